# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""Who asks, who decides and who benefits are different people, for every act that takes two: the database's own look.

Two users of one full name (blanks and case aside) count as one person with two accounts. Whoever belongs to a
recipient, by the own account or by another one of that name, decides nothing that would serve this recipient; which
recipient that is follows from the rows that the act is about, not from what the asking code says.
"""

from broker.db.evidence_fees import BY_MAIL

TEXT = "evidence: who asks, who decides and who benefits are different people"

_REQUEST = "SELECT r.organisation_id FROM requests_app_datarequest r"
_MANUAL = f"{_REQUEST} JOIN requests_app_manualrequest m ON m.request_id = r.id"
_FEE = f"{_MANUAL} JOIN fees_feequote q ON q.manual_id = m.id WHERE q.id = NEW.about"
_ACCOUNT = (
    "SELECT k.recipient_id FROM consents_consent k JOIN consents_consentaccount ka ON ka.consent_id = k.id "
    "JOIN parties_utilityaccount kb ON kb.id = ka.account_id JOIN parties_utilityaccount kc "
    "ON kc.customer_id = kb.customer_id AND kc.utility = kb.utility AND kc.number_index = kb.number_index "
)
# The recipients whom an act of two people serves, by the act's name; acts that are not here serve none.
SERVES: dict[str, str] = {
    "fee.accept": _FEE,
    "fee.decline": _FEE,
    "fee.her_yes": _FEE,
    "request.unanswered": f"{_MANUAL} WHERE m.id = NEW.about",
    "file.accept_held": "SELECT k.recipient_id FROM consents_consent k JOIN requests_app_receivedfile f "
    "ON f.consent_id = k.id WHERE f.id = NEW.about",
    "file.surplus": f"{_MANUAL} JOIN completeness_overdelivery o ON o.manual_id = m.id WHERE o.id = NEW.about",
    "difference.settle": f"{_ACCOUNT} JOIN one_value_place p ON p.account_id = kc.id "
    "JOIN differences_difference d ON d.place_id = p.series_id WHERE d.topic = NEW.about",
    "paper.consent": "SELECT l.organisation_id FROM paper_paperletter l JOIN paper_paperentry e ON e.letter_id = l.id "
    "WHERE e.id = NEW.about",
    "objection.dismiss": "SELECT k.recipient_id FROM consents_consent k JOIN joint_objectionreach j "
    "ON j.consent_id = k.id WHERE j.objection_id = NEW.about",
    "joint.end_both": f"{_ACCOUNT} WHERE kc.id = NEW.about",
    "joint.mailbox": "SELECT k.recipient_id FROM consents_consent k JOIN joint_jointmember j ON j.consent_id = k.id "
    "WHERE j.id = NEW.about",
    "organisation.purposes": "SELECT o.id FROM parties_organisation o WHERE o.id = NEW.about",
    "pack.export": "SELECT k.recipient_id FROM consents_consent k JOIN packs_evidencepack p ON p.scope_id = k.id "
    f"WHERE p.id = NEW.about UNION {_REQUEST} JOIN packs_evidencepack p ON p.scope_id = r.id WHERE p.id = NEW.about",
}


def _name(user: str) -> str:
    return f"lower(trim({user}.full_name))"


def same(one: str, other: str) -> str:
    """Two accounts of one person, or one account."""
    return (
        f"({one} = {other} OR EXISTS (SELECT 1 FROM parties_user u JOIN parties_user v ON {_name('v')} = {_name('u')} "
        f"WHERE u.id = {one} AND v.id = {other}))"
    )


def belongs(person: str, to: str) -> str:
    """Belongs to one of these organisations, by this account or by another of the same name."""
    return (
        f"EXISTS (SELECT 1 FROM parties_user u JOIN parties_user v ON {_name('v')} = {_name('u')} "
        f"WHERE u.id = {person} AND v.organisation_id IN ({to}))"
    )


def _is_named(person: str, name: str) -> str:
    return f"EXISTS (SELECT 1 FROM parties_user u WHERE u.id = {person} AND {_name('u')} = lower(trim({name})))"


def _serves(person: str) -> str:
    each = (f"(NEW.act = '{act}' AND {belongs(person, rows)})" for act, rows in SERVES.items())
    return f"({' OR '.join(each)})"


def _for_oneself(person: str, invited: str) -> str:
    """The person would get an account, or a way back into one."""
    return (
        f"((NEW.beneficiary IS NOT NULL AND {same(person, 'NEW.beneficiary')}) "
        f"OR (NEW.act = 'people.invite' AND {_is_named(person, invited)}))"
    )


def _asks(invited: str) -> str:
    lacks = "(NEW.act = 'people.link' AND NEW.beneficiary IS NULL)"
    return f"{lacks} OR {_for_oneself('NEW.requester', invited)} OR {_serves('NEW.requester')}"


_BEGAN = "(SELECT s.begun_by FROM waits_wait s WHERE s.id = NEW.approver)"


def _decides(invited: str) -> str:
    # What the act is about may have been written only after it was asked for: who asked is looked at once more. Where
    # a wait stands in, whoever began it is looked at too.
    return (
        f"{same('NEW.requester', 'NEW.approver')} OR {_for_oneself('NEW.approver', invited)} "
        f"OR {_serves('NEW.approver')} OR {_serves('NEW.requester')} OR {_serves(_BEGAN)}"
    )


_APPROVAL, _REFUSED, _WATCHED, _FEES = "approvals_approval", "inlets_refused", "inlets_watched", "fees_feequote"
_FIRST = "(OLD.approver IS NULL AND NEW.approver IS NOT NULL)"
_OWN = "SELECT NEW.organisation_id"
_LET_GO = (
    "(OLD.released_by_id IS NULL AND NEW.released_by_id IS NOT NULL AND "
    f"({same('NEW.asked_by_id', 'NEW.released_by_id')} OR {belongs('NEW.released_by_id', _OWN)} "
    f"OR {belongs('NEW.asked_by_id', _OWN)} "
    f"OR (NEW.typed_by_id IS NOT NULL AND {same('NEW.typed_by_id', 'NEW.released_by_id')})))"
)
_LIFTED = f"(OLD.state = 'suspended' AND NEW.state <> 'suspended' AND {belongs('NEW.lifted_by_id', _OWN)})"
# Whoever wrote a fee down decides it by no second account either; one that a mail names is nobody's word alone.
_OWN_WORD = f"(NEW.quoted_by <> NEW.decider AND {same('NEW.quoted_by', 'NEW.decider')} AND NOT ({BY_MAIL}))"
_PAID = (
    "(OLD.state = 'quoted' AND NEW.decided_by = 'one' AND "
    f"({belongs('NEW.decider', f'{_MANUAL} WHERE m.id = NEW.manual_id')} OR {_OWN_WORD}))"
)


def _sqlite(name: str, verb: str, table: str, when: str) -> str:
    return (
        f'CREATE TRIGGER "ev_{name}" BEFORE {verb} ON "{table}" WHEN {when} BEGIN SELECT RAISE(ABORT, \'{TEXT}\'); END'
    )


_LITE_NAME, _PG_NAME = "json_extract(NEW.params, '$.name')", "NEW.params->>'name'"
SQLITE: list[str] = [
    _sqlite("duties_asked", "INSERT", _APPROVAL, _asks(_LITE_NAME)),
    _sqlite("duties_decided", "UPDATE", _APPROVAL, f"{_FIRST} AND ({_decides(_LITE_NAME)})"),
    _sqlite("duties_false_alarm", "UPDATE", _REFUSED, _LET_GO),
    _sqlite("duties_lifted", "UPDATE", _WATCHED, _LIFTED),
    _sqlite("duties_fee", "UPDATE", _FEES, _PAID),
]

_NO = f"RAISE EXCEPTION '{TEXT}' USING ERRCODE = 'restrict_violation';"


def _postgres(name: str, verb: str, table: str, wrong: str) -> list[str]:
    """A function and its trigger."""
    return [
        f"CREATE OR REPLACE FUNCTION ev_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN IF {wrong} THEN {_NO} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION ev_{name}()",
    ]


POSTGRES: list[str] = [
    *_postgres("duties_asked", "INSERT", _APPROVAL, _asks(_PG_NAME)),
    # The keeper, who decides nothing, is not asked for what it need not read.
    "CREATE OR REPLACE FUNCTION ev_duties_decided() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF {_FIRST} THEN IF {_decides(_PG_NAME)} THEN {_NO} END IF; END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_duties_decided BEFORE UPDATE ON {_APPROVAL} FOR EACH ROW EXECUTE FUNCTION ev_duties_decided()",
    *_postgres("duties_false_alarm", "UPDATE", _REFUSED, _LET_GO),
    *_postgres("duties_lifted", "UPDATE", _WATCHED, _LIFTED),
    *_postgres("duties_fee", "UPDATE", _FEES, _PAID),
]
