# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a wait in the place of a second person can never be: for another act, shorter than a day, edited, deleted.

Nor untold, nor for what its customer said no to once, nor for a key, nor asked for or begun by somebody who is out.
"""

_WAIT = "waits_wait"
TEXT = "evidence: a wait is for an act that permits it, lasts a day, ends once, and is never edited or deleted"
# About one customer alone, who is told and can end it: `broker.duties.team.MAY_WAIT` is this list.
MAY_WAIT = ("difference.settle", "fee.decline", "file.accept_held", "file.surplus", "request.unanswered")
MAIL = "wait_begun"  # the template that tells her
_ACTS = f"({', '.join(repr(each) for each in MAY_WAIT)})"
_FIXED = ("id", "approval", "customer_id", "notice", "begun_by", "begun_at", "ends_at")
_DAY = {
    "sqlite": "julianday({to}) - julianday({since}) >= 1.0 - 0.0000001",
    "postgresql": "{to} >= {since} + interval '24 hours'",
}
# Keys are never for a wait: an act that names some destroys them.
_KEYS = {
    "sqlite": "json_extract({row}.params, '$.vault_keys') IS NOT NULL",
    "postgresql": "{row}.params->'vault_keys' IS NOT NULL",
}
# Whoever was disabled or suspended meanwhile does nothing more, nor does what that person asked for.
OUT = (
    "EXISTS (SELECT 1 FROM parties_user u WHERE u.id IN ({who}) AND (NOT u.is_active OR EXISTS "
    "(SELECT 1 FROM duties_bar b WHERE b.person_id = u.id AND b.lifted_at IS NULL)))"
)


def _said_no(row: str) -> str:
    """Say that she objected to this act about this object before: two people decide it since."""
    return (
        f"EXISTS (SELECT 1 FROM {_WAIT} o JOIN approvals_approval p ON p.id = o.approval WHERE o.state = 'objected' "
        f"AND p.act = {row}.act AND p.subject = {row}.subject AND (p.about = {row}.about "
        f"OR (p.about IS NULL AND {row}.about IS NULL)))"
    )


def stands_in(engine: str) -> str:
    """Say, for a row of approvals, that its approver is a wait of a day of which the customer was told."""
    day = _DAY[engine].format(to="NEW.decided_at", since="n.sent_at")
    return (
        f"(NEW.state = 'approved' AND NEW.act IN {_ACTS} AND NOT ({_KEYS[engine].format(row='NEW')}) "
        f"AND NOT {_said_no('NEW')} AND EXISTS (SELECT 1 FROM {_WAIT} w JOIN notices_notice n "
        "ON n.id = w.notice WHERE w.id = NEW.approver AND w.approval = NEW.id AND w.state = 'waiting' "
        f"AND w.ends_at <= NEW.decided_at AND n.state = 'sent' AND n.template = '{MAIL}' AND n.subject = w.customer_id "
        f"AND n.created_at >= w.begun_at AND n.sent_at >= w.begun_at AND {day} "
        f"AND NOT {OUT.format(who='NEW.requester, w.begun_by')}))"
    )


# While she can say no, nobody's yes goes past her.
IS_HELD = (
    f"(NEW.state = 'approved' AND EXISTS (SELECT 1 FROM {_WAIT} h WHERE h.approval = NEW.id AND h.state = 'waiting' "
    "AND h.id <> NEW.approver))"
)


def _asked(engine: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.state = 'requested' "
        f"AND a.act IN {_ACTS} AND a.subject = NEW.customer_id AND NEW.ends_at < a.expires_at "
        f"AND NOT ({_KEYS[engine].format(row='a')}) AND NOT {_said_no('a')})"
    )


_OURS = (
    "EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.begun_by AND u.is_active AND u.role <> 'analyst') "
    f"AND NOT {OUT.format(who='NEW.begun_by')}"
)


def _born(engine: str) -> str:
    day = _DAY[engine].format(to="NEW.ends_at", since="NEW.begun_at")
    return f"NEW.state <> 'waiting' OR NOT {_asked(engine)} OR NOT ({_OURS}) OR NOT ({day})"


_DONE = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.approver = NEW.id "
    "AND a.state IN ('approved', 'executed'))"
)
_WRONG = f"OLD.state <> 'waiting' OR NEW.state = 'waiting' OR (NEW.state = 'done' AND NOT {_DONE})"


def _changed(form: str) -> str:
    return " OR ".join(form.format(c=column) for column in _FIXED)


def _sqlite(name: str, verb: str, when: str) -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f'CREATE TRIGGER "ev_{_WAIT}_{name}" BEFORE {verb} ON "{_WAIT}" {condition}'
        f"BEGIN SELECT RAISE(ABORT, '{TEXT}'); END"
    )


SQLITE: list[str] = [
    _sqlite("born", "INSERT", f"{_born('sqlite')} OR EXISTS (SELECT 1 FROM {_WAIT} WHERE id = NEW.id)"),
    _sqlite("stays", "UPDATE", f"{_WRONG} OR {_changed('OLD.{c} IS NOT NEW.{c}')}"),
    _sqlite("delete", "DELETE", ""),
]
_NO = f"RAISE EXCEPTION '{TEXT}' USING ERRCODE = 'restrict_violation';"
# The types have no common comparison (uuid, timestamp): their text form decides.
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_wait_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF {_born('postgresql')} THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF {_WRONG} OR {_changed('OLD.{c}::text IS DISTINCT FROM NEW.{c}::text')} THEN {_NO} END IF; "
    "RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_WAIT}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_WAIT} "
    "FOR EACH ROW EXECUTE FUNCTION ev_wait_stays()",
]
