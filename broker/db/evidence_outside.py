# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What an approver from outside can never be: one of our own, one who benefits, one for another act, one unasked.

A person is enrolled by two of ours until a day, and decides nothing that was asked for by whoever proposed the
enrolment or sent the link: nobody is both people of an act by a mailbox under another name. The id of that person is
taken as the approver of an act where just this act was sent there, for a list of acts, and a code from the mailbox came
back within the hour.
"""

from broker.db.evidence_duties import same
from broker.db.evidence_waits import OUT

TEXT = "evidence: an approver from outside is nobody of ours and decides what was sent there, once"
ENROL = "outside.enrol"  # the act of two people
# What a team without a second person may send: `broker.duties.team.FROM_OUTSIDE` is this list.
FROM_OUTSIDE = (
    "incident.decide", "joint.end_both", "joint.mailbox", "objection.dismiss", "organisation.enrol",
    "organisation.purposes", "pack.export", "paper.consent", "profile.change",
)  # fmt: skip
_ACTS = f"({', '.join(repr(each) for each in FROM_OUTSIDE)})"
_PERSON, _ASK = "outside_approver", "outside_ask"


def _ours(row: str) -> str:
    """Say that a row of approvers is somebody who asks, decides or benefits here; what nobody proved does not count."""
    boxes = f"({row}.email_index, {row}.mailbox_index)"
    name, house = f"lower(trim({row}.full_name))", f"lower(trim({row}.house))"
    return (
        f"(EXISTS (SELECT 1 FROM parties_user f WHERE lower(trim(f.full_name)) = {name}) "
        f"OR EXISTS (SELECT 1 FROM parties_organisation f WHERE lower(trim(f.legal_name)) = {house}) "
        f"OR EXISTS (SELECT 1 FROM recipients_signup f WHERE lower(trim(f.legal_name)) = {house} "
        "AND f.state <> 'refused') "
        f"OR EXISTS (SELECT 1 FROM parties_customer f WHERE f.email_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM parties_emaillink f WHERE f.purpose = 'join' AND f.code_used_at IS NOT NULL "
        f"AND f.email_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM joint_objection f WHERE f.email_index IN {boxes} "
        f"OR f.mailbox_index = {row}.mailbox_index) "
        "OR EXISTS (SELECT 1 FROM joint_jointmember f WHERE f.agreed_at IS NOT NULL "
        f"AND f.email_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM joint_coapproval f WHERE f.mailbox_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM joint_bothchange f WHERE f.mailbox_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM joint_holdermailbox f WHERE f.email_index IN {boxes}) "
        f"OR EXISTS (SELECT 1 FROM signin_workmailbox f WHERE f.ended_at IS NULL AND f.proven_at IS NOT NULL "
        f"AND f.mailbox_index = {row}.mailbox_index))"
    )


def _one_person(act: str, sender: str, person: str) -> str:
    """Say that whoever asked for an act also sent its link, or proposed the enrolment of whoever was asked."""
    return f"({same(f'{act}.requester', sender)} OR {same(f'{act}.requester', f'{person}.asked_by')})"


_LATELY = {
    "sqlite": "julianday(NEW.decided_at) - julianday(k.confirmed_at) <= 1.0 / 24 + 0.0000001",
    "postgresql": "NEW.decided_at <= k.confirmed_at + interval '1 hour'",
}


def stands_in(engine: str) -> str:
    """Say, for a row of approvals, that its approver is somebody from outside who was asked just this."""
    return (
        f"(NEW.state IN ('approved', 'refused') AND NEW.act IN {_ACTS} AND EXISTS (SELECT 1 FROM {_ASK} k "
        f"JOIN {_PERSON} o ON o.id = k.outside_id WHERE o.id = NEW.approver AND k.approval = NEW.id "
        "AND k.state = 'waiting' AND k.confirmed_at <= NEW.decided_at AND k.expires_at > NEW.decided_at "
        f"AND {_LATELY[engine]} AND o.enrolled_at IS NOT NULL AND o.ended_at IS NULL "
        f"AND o.ends_at > NEW.decided_at AND NOT {_ours('o')} AND NOT {_one_person('NEW', 'k.sent_by', 'o')} "
        f"AND NOT {OUT.format(who='NEW.requester, k.sent_by')}))"
    )


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_FIXED = {
    _PERSON: (
        "id", "full_name", "house", "email", "email_index", "mailbox_index", "approval", "asked_by", "asked_at",
        "ends_at",
    ),
    _ASK: (
        "id", "approval", "outside_id", "token_hash", "digest", "note", "sent_by", "sent_at", "expires_at",
    ),
}  # fmt: skip
_ENROLLED = (
    f"EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.act = '{ENROL}' "
    "AND a.about = NEW.id AND a.requester = NEW.asked_by AND a.state IN {states})"
)
_PERSON_BORN = (
    f"NEW.enrolled_at IS NOT NULL OR NEW.ended_at IS NOT NULL OR {_ours('NEW')} "
    f"OR NOT {_ENROLLED.format(states="('requested')")}"
)
_PERSON_WRONG = (
    "(OLD.enrolled_at IS NULL AND NEW.enrolled_at IS NOT NULL "
    f"AND ({_ours('NEW')} OR NOT {_ENROLLED.format(states="('approved')")})) "
    "OR (OLD.enrolled_at IS NULL AND NEW.ended_at IS NOT NULL)"
)
_LONGEST = {
    "sqlite": "julianday(NEW.expires_at) - julianday(NEW.sent_at) > 7.0 + 0.0000001",
    "postgresql": "NEW.expires_at > NEW.sent_at + interval '7 days'",
}
_ASKED = (
    f"EXISTS (SELECT 1 FROM approvals_approval a JOIN {_PERSON} o ON o.id = NEW.outside_id WHERE a.id = NEW.approval "
    f"AND a.state = 'requested' AND a.act IN {_ACTS} AND NEW.expires_at <= a.expires_at "
    "AND o.enrolled_at IS NOT NULL AND o.ended_at IS NULL AND o.ends_at > NEW.sent_at "
    f"AND NOT {_ours('o')} AND NOT {_one_person('a', 'NEW.sent_by', 'o')}) "
    "AND EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.sent_by AND u.is_active AND u.role <> 'analyst') "
    f"AND NOT {OUT.format(who='NEW.sent_by')}"
)
_ANSWERED = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.approver = NEW.outside_id "
    "AND ((NEW.state = 'approved' AND a.state IN ('approved', 'executed')) "
    "OR (NEW.state = 'declined' AND a.state = 'refused')))"
)
_ASK_WRONG = f"OLD.state <> 'waiting' OR (NEW.state IN ('approved', 'declined') AND NOT {_ANSWERED})"


def _ask_born(engine: str) -> str:
    return f"NEW.state <> 'waiting' OR NEW.confirmed_at IS NOT NULL OR NOT ({_ASKED}) OR ({_LONGEST[engine]})"


def _sqlite(table: str, name: str, verb: str, when: str) -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f'CREATE TRIGGER "ev_{table}_{name}" BEFORE {verb} ON "{table}" {condition}'
        f"BEGIN SELECT RAISE(ABORT, '{TEXT}'); END"
    )


def _sqlite_of(table: str, born: str, wrong: str) -> list[str]:
    once = "OR (OLD.{c} IS NOT NULL AND OLD.{c} IS NOT NEW.{c})"
    set_once = " ".join(once.format(c=column) for column in _ONCE[table])
    return [
        _sqlite(table, "born", "INSERT", f"{born} OR EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
        _sqlite(table, "stays", "UPDATE", f"{wrong} OR {_changed(_FIXED[table], 'OLD.{c} IS NOT NEW.{c}')} {set_once}"),
        _sqlite(table, "delete", "DELETE", ""),
    ]


_ONCE: dict[str, tuple[str, ...]] = {_PERSON: ("enrolled_at", "ended_at"), _ASK: ()}
SQLITE: list[str] = [
    *_sqlite_of(_PERSON, _PERSON_BORN, _PERSON_WRONG),
    *_sqlite_of(_ASK, _ask_born("sqlite"), _ASK_WRONG),
]
_NO = f"RAISE EXCEPTION '{TEXT}' USING ERRCODE = 'restrict_violation';"


def _postgres_of(table: str, born: str, wrong: str) -> list[str]:
    # The types have no common comparison (uuid, timestamp): their text form decides.
    once = "OR (OLD.{c} IS NOT NULL AND OLD.{c} IS DISTINCT FROM NEW.{c})"
    set_once = " ".join(once.format(c=column) for column in _ONCE[table])
    changed = _changed(_FIXED[table], "OLD.{c}::text IS DISTINCT FROM NEW.{c}::text")
    return [
        f"CREATE OR REPLACE FUNCTION ev_{table}_stays() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF {born} THEN {_NO} END IF; RETURN NEW; END IF; "
        f"IF {wrong} OR {changed} {set_once} THEN {_NO} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{table}_stays()",
    ]


POSTGRES: list[str] = [
    *_postgres_of(_PERSON, _PERSON_BORN, _PERSON_WRONG),
    *_postgres_of(_ASK, _ask_born("postgresql"), _ASK_WRONG),
]
