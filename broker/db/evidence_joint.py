# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen in the database to second holders and objections.

A consent that another holder must agree to does not come into force before that, whichever name line was typed; once
that holder asked that both must agree, no other mailbox agrees, and one that staff heard of counts by two people.
Neither does any consent over an account while an objection reaches it. An objection is not edited, deleted, or taken
back by fewer than two people.
"""

_CONSENT, _OBJECTION, _REACH, _MEMBER = (
    "consents_consent", "joint_objection", "joint_objectionreach", "joint_jointmember",
)  # fmt: skip
# The notes that both must agree over a consent's account: found by the number, since line and address are typed.
_OVER = (
    "FROM consents_consentaccount ca JOIN parties_utilityaccount a ON a.id = ca.account_id "
    "JOIN parties_utilityaccount b ON b.customer_id = a.customer_id AND b.utility = a.utility "
    "AND b.number_index = a.number_index JOIN joint_coapproval c ON c.account_id = b.id WHERE ca.consent_id = {consent}"
)
_STANDS = (
    "NOT EXISTS (SELECT 1 FROM joint_bothchange e WHERE e.asked_id = c.id AND e.kind = 'ended' AND NOT EXISTS "
    "(SELECT 1 FROM joint_bothchange g WHERE g.asked_id = c.id AND g.kind = 'again' AND g.at > e.at))"
)


def _word(of: str) -> str:
    """Some other holder asked, and it has not ended since; `of` is demanded of the mailbox, `{row}.mailbox_index`."""
    ended = "NOT EXISTS (SELECT 1 FROM joint_bothchange e WHERE e.asked_id = c.id AND e.kind = 'ended'"
    # A posted letter's word, which has no mailbox, goes over to the one that two people heard from its reader.
    counts = (
        "({row}.mailbox_index IS NOT NULL OR NOT EXISTS (SELECT 1 FROM joint_bothchange h "
        "WHERE h.asked_id = c.id AND h.kind = 'heard' AND h.at > {since}))"
    )
    first = f"(c.by_holder AND {of.format(row='c')} AND {counts.format(row='c', since='c.since')} AND {ended}))"
    later = (
        "EXISTS (SELECT 1 FROM joint_bothchange w WHERE w.asked_id = c.id AND w.kind IN ('again', 'heard') "
        f"AND w.by_holder AND {of.format(row='w')} AND {counts.format(row='w', since='w.at')} "
        f"AND {ended} AND e.at >= w.at))"
    )
    return f"({first} OR {later})"


def _about(account: str) -> str:
    """The word of a second holder is about one account of a letter; without one, about the only one."""
    return (
        f"({account} IS NULL OR EXISTS (SELECT 1 FROM parties_utilityaccount z WHERE z.id = {account} "
        "AND z.utility = a.utility AND z.number_index = a.number_index))"
    )


_NO_WORD_YET = (
    f"EXISTS (SELECT 1 {_OVER.format(consent='NEW.id')} AND {_STANDS} AND NOT EXISTS "
    "(SELECT 1 FROM joint_jointmember m "
    f"WHERE m.consent_id = NEW.id AND m.agreed_at IS NOT NULL AND {_about('m.account_id')} AND (NOT {_word('1 = 1')} "
    f"OR {_word('{row}.mailbox_index = m.email_index')})))"
)
_OTHER_MAILBOX = (
    f"(NEW.agreed_at IS NOT NULL AND OLD.agreed_at IS NULL AND EXISTS (SELECT 1 "
    f"{_OVER.format(consent='NEW.consent_id')} AND {_about('NEW.account_id')} AND "
    f"{_word('({row}.mailbox_index IS NULL OR {row}.mailbox_index <> NEW.email_index)')}))"
)
_OTHER_TEXT = "evidence: another mailbox than the one that asked does not agree"
_ONE_ASK = (
    "NEW.act = 'joint.end_both' AND EXISTS (SELECT 1 FROM approvals_approval a WHERE a.act = NEW.act "
    "AND a.about = NEW.about AND a.state IN ('requested', 'approved'))"
)
_ONE_ASK_TEXT = "evidence: one request to end that both must agree is open at a time"
_WAITS = (
    "NEW.state = 'active' AND OLD.state <> 'active' AND (EXISTS (SELECT 1 FROM joint_jointmember m "
    "WHERE m.consent_id = NEW.id AND {must} AND m.agreed_at IS NULL) OR EXISTS (SELECT 1 FROM joint_objectionreach r "
    "WHERE r.consent_id = NEW.id AND r.lifted_at IS NULL) OR " + _NO_WORD_YET + ")"
)
_WAITS_TEXT = "evidence: a consent that waits for another holder does not come into force"
_STAYS_TEXT = "evidence: an objection is not edited, deleted or brought back"
_MEMBER_TEXT = "evidence: what a second holder said is not edited or taken back"
_BOTH = "joint_bothchange"
_BOTH_TEXT = "evidence: what both holders must agree to is made easier by two people"
_BOTH_BY_TWO = (
    "NEW.kind = 'ended' AND NOT EXISTS (SELECT 1 FROM approvals_approval a JOIN joint_coapproval c "
    "ON c.account_id = a.about WHERE a.id = NEW.approval AND c.id = NEW.asked_id AND a.act = 'joint.end_both' "
    "AND a.state IN ('approved', 'executed') AND a.approver IS NOT NULL AND a.approver <> a.requester "
    # What anybody said since it was asked was read by nobody.
    "AND NOT EXISTS (SELECT 1 FROM joint_bothchange g WHERE g.asked_id = c.id AND g.at >= a.requested_at))"
)
_HEARD_TEXT = "evidence: the mailbox of another holder is recorded by two people, from that holder"
_HEARD_BY_TWO = (
    "NEW.kind = 'heard' AND (NOT NEW.by_holder OR NOT EXISTS (SELECT 1 FROM approvals_approval a "
    "JOIN joint_holdermailbox h ON h.approval = a.id JOIN joint_jointmember m ON m.id = h.member_id "
    "JOIN consents_consentaccount ca ON ca.consent_id = m.consent_id "
    "JOIN parties_utilityaccount b ON b.id = ca.account_id JOIN joint_coapproval c ON c.id = NEW.asked_id "
    "JOIN parties_utilityaccount x ON x.id = c.account_id AND x.customer_id = b.customer_id "
    "AND x.utility = b.utility AND x.number_index = b.number_index WHERE a.id = NEW.approval "
    "AND a.act = 'joint.mailbox' AND a.about = m.id AND a.state IN ('approved', 'executed') "
    "AND a.approver IS NOT NULL AND a.approver <> a.requester AND h.email_index = NEW.mailbox_index))"
)
_ASKED = (
    "id", "number", "utility", "number_index", "last_four", "account_number", "name", "email", "email_index",
    "mailbox_index", "made_at",
)  # fmt: skip
_REACHED = ("id", "objection_id", "consent_id", "since")
_SAID = ("id", "consent_id", "account_id", "name", "signer_index", "token_hash", "created_at")
_TO = ("email", "email_index")  # once it agreed, a mailbox is not exchanged
_APPROVAL = "approvals_approval"
_ONCE = ("told_at", "agreed_at", "stopped_at")  # once there, they stay
_NEXT = (
    "(OLD.state = 'received' AND NEW.state IN ('standing', 'review')) "
    "OR (OLD.state IN ('standing', 'review') AND NEW.state IN ('upheld', 'dismissed'))"
)
_BY_TWO = (
    "NEW.state = 'dismissed' AND OLD.state <> 'dismissed' AND NOT EXISTS (SELECT 1 FROM approvals_approval a "
    "WHERE a.id = NEW.approval AND a.act = 'objection.dismiss' AND a.about = NEW.id "
    "AND a.state IN ('approved', 'executed'))"
)


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)


def _lost(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'(OLD."{column}" IS NOT NULL AND OLD."{column}" IS NOT NEW."{column}")' for column in columns)


def _sqlite(table: str, verb: str, when: str, text: str, name: str = "") -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f'CREATE TRIGGER "ev_{name or f"{table}_{verb.lower()}"}" BEFORE {verb} ON "{table}" '
        f"{condition}BEGIN SELECT RAISE(ABORT, '{text}'); END"
    )


_MEMBER_OFF = "(OLD.must_agree AND NOT NEW.must_agree)"
SQLITE: list[str] = [
    _sqlite(_CONSENT, "UPDATE", _WAITS.format(must="m.must_agree = 1"), _WAITS_TEXT, "joint_waits"),
    _sqlite(
        _OBJECTION,
        "UPDATE",
        f"{_changed(_ASKED)} OR (OLD.state <> NEW.state AND NOT ({_NEXT})) OR ({_BY_TWO})",
        _STAYS_TEXT,
    ),
    _sqlite(_OBJECTION, "INSERT", "NEW.state NOT IN ('received', 'review')", _STAYS_TEXT),
    _sqlite(
        _OBJECTION,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_OBJECTION} WHERE id = NEW.id OR number = NEW.number)",
        _STAYS_TEXT,
        f"{_OBJECTION}_over",
    ),
    _sqlite(_OBJECTION, "DELETE", "", _STAYS_TEXT),
    _sqlite(_REACH, "UPDATE", f"{_changed(_REACHED)} OR OLD.lifted_at IS NOT NULL", _STAYS_TEXT),
    _sqlite(_REACH, "DELETE", "", _STAYS_TEXT),
    _sqlite(
        _REACH,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_REACH} WHERE id = NEW.id OR (objection_id = NEW.objection_id "
        "AND consent_id = NEW.consent_id))",
        _STAYS_TEXT,
        f"{_REACH}_over",
    ),
    _sqlite(_MEMBER, "UPDATE", f"{_changed(_SAID)} OR {_lost(_ONCE)} OR {_MEMBER_OFF}", _MEMBER_TEXT),
    _sqlite(_MEMBER, "DELETE", "", _MEMBER_TEXT),
    _sqlite(_BOTH, "INSERT", _BOTH_BY_TWO, _BOTH_TEXT, f"{_BOTH}_by_two"),
    _sqlite(_BOTH, "INSERT", _HEARD_BY_TWO, _HEARD_TEXT, f"{_BOTH}_heard"),
    _sqlite(_MEMBER, "UPDATE", _OTHER_MAILBOX, _OTHER_TEXT, f"{_MEMBER}_mailbox"),
    _sqlite(_MEMBER, "INSERT", "NEW.agreed_at IS NOT NULL", _OTHER_TEXT, f"{_MEMBER}_new"),
    _sqlite(_MEMBER, "UPDATE", f"OLD.agreed_at IS NOT NULL AND ({_changed(_TO)})", _MEMBER_TEXT, f"{_MEMBER}_agreed"),
    _sqlite(_APPROVAL, "INSERT", _ONE_ASK, _ONE_ASK_TEXT, "joint_one_ask"),
    _sqlite(
        _MEMBER,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_MEMBER} WHERE id = NEW.id OR consent_id = NEW.consent_id "
        "OR token_hash = NEW.token_hash)",
        _MEMBER_TEXT,
        f"{_MEMBER}_over",
    ),
]


def _pg_changed(columns: tuple[str, ...]) -> str:
    # The types have no common comparison (uuid, bytea): their text form decides.
    return " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in columns)


def _pg_lost(columns: tuple[str, ...]) -> str:
    return " OR ".join(
        f"(OLD.{column} IS NOT NULL AND OLD.{column}::text IS DISTINCT FROM NEW.{column}::text)" for column in columns
    )


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION ev_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN {body} END $$"
    )


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


def _trigger(table: str, function: str, verbs: str) -> str:
    return f"CREATE TRIGGER ev_{function} BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION ev_{function}()"


POSTGRES: list[str] = [
    _function("joint_waits", f"IF {_WAITS.format(must='m.must_agree')} THEN {_no(_WAITS_TEXT)} END IF; RETURN NEW;"),
    _trigger(_CONSENT, "joint_waits", "UPDATE"),
    _function(
        "joint_objection_stays",
        f"IF TG_OP = 'DELETE' THEN {_no(_STAYS_TEXT)} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF NEW.state NOT IN ('received', 'review') THEN {_no(_STAYS_TEXT)} END IF; "
        "RETURN NEW; END IF; "
        f"IF ({_pg_changed(_ASKED)}) OR (OLD.state <> NEW.state AND NOT ({_NEXT})) OR ({_BY_TWO}) "
        f"THEN {_no(_STAYS_TEXT)} END IF; RETURN NEW;",
    ),
    _trigger(_OBJECTION, "joint_objection_stays", "DELETE OR INSERT OR UPDATE"),
    _function(
        "joint_reach_stays",
        f"IF TG_OP = 'DELETE' THEN {_no(_STAYS_TEXT)} END IF; "
        f"IF ({_pg_changed(_REACHED)}) OR OLD.lifted_at IS NOT NULL THEN {_no(_STAYS_TEXT)} END IF; RETURN NEW;",
    ),
    _trigger(_REACH, "joint_reach_stays", "DELETE OR UPDATE"),
    _function(
        "joint_member_stays",
        f"IF TG_OP = 'DELETE' THEN {_no(_MEMBER_TEXT)} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF NEW.agreed_at IS NOT NULL THEN {_no(_OTHER_TEXT)} END IF; RETURN NEW; END IF; "
        f"IF ({_pg_changed(_SAID)}) OR {_pg_lost(_ONCE)} OR {_MEMBER_OFF} "
        f"OR (OLD.agreed_at IS NOT NULL AND ({_pg_changed(_TO)})) THEN {_no(_MEMBER_TEXT)} END IF; "
        f"IF {_OTHER_MAILBOX} THEN {_no(_OTHER_TEXT)} END IF; RETURN NEW;",
    ),
    _trigger(_MEMBER, "joint_member_stays", "DELETE OR INSERT OR UPDATE"),
    _function("joint_one_ask", f"IF {_ONE_ASK} THEN {_no(_ONE_ASK_TEXT)} END IF; RETURN NEW;"),
    _trigger(_APPROVAL, "joint_one_ask", "INSERT"),
    _function(
        "joint_both_by_two",
        f"IF {_BOTH_BY_TWO} THEN {_no(_BOTH_TEXT)} END IF; "
        f"IF {_HEARD_BY_TWO} THEN {_no(_HEARD_TEXT)} END IF; RETURN NEW;",
    ),
    _trigger(_BOTH, "joint_both_by_two", "INSERT"),
]
