# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a wait in the place of a second person can never be: for another act, shorter than a day, edited, deleted."""

_WAIT = "waits_wait"
TEXT = "evidence: a wait is for an act that permits it, lasts a day, ends once, and is never edited or deleted"
# About one customer alone, who is told and can end it: `broker.duties.team.MAY_WAIT` is this list.
MAY_WAIT = (
    "difference.settle", "fee.accept", "fee.decline", "fee.her_yes", "file.accept_held", "file.surplus",
    "request.unanswered",
)  # fmt: skip
_ACTS = f"({', '.join(repr(each) for each in MAY_WAIT)})"
_FIXED = ("id", "approval", "customer_id", "notice", "begun_by", "begun_at", "ends_at")
_DAY = {
    "sqlite": "julianday({to}) - julianday({since}) >= 1.0 - 0.0000001",
    "postgresql": "{to} >= {since} + interval '24 hours'",
}
_ASKED = (
    f"EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.state = 'requested' "
    f"AND a.act IN {_ACTS} AND a.subject = NEW.customer_id AND NEW.ends_at < a.expires_at)"
)
_OURS = "EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.begun_by AND u.is_active AND u.role <> 'analyst')"


def stands_in(engine: str) -> str:
    """Say, for a row of approvals, that its approver is a wait of a day of which the customer was told."""
    day = _DAY[engine].format(to="NEW.decided_at", since="n.sent_at")
    return (
        f"(NEW.state = 'approved' AND NEW.act IN {_ACTS} AND EXISTS (SELECT 1 FROM {_WAIT} w JOIN notices_notice n "
        "ON n.id = w.notice WHERE w.id = NEW.approver AND w.approval = NEW.id AND w.state = 'waiting' "
        f"AND w.ends_at <= NEW.decided_at AND n.state = 'sent' AND {day}))"
    )


def _born(engine: str) -> str:
    day = _DAY[engine].format(to="NEW.ends_at", since="NEW.begun_at")
    return f"NEW.state <> 'waiting' OR NOT {_ASKED} OR NOT {_OURS} OR NOT ({day})"


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
