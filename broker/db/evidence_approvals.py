# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a two-person act can never do in the database.

Change what was asked, be decided twice, be asked or decided by somebody who is no active user of such a role, or take
a step without the event of that step. In the place of the second one a wait may stand (`evidence_waits`); while it
does, no other yes is taken. Or somebody from outside who was asked just this (`evidence_outside`).
"""

from broker.db import evidence_outside
from broker.db.evidence_waits import IS_HELD, stands_in

_TABLE = "approvals_approval"
_ASKED = (
    "id", "act", "subject", "about", "params", "reason", "requester", "beneficiary", "requested_at", "expires_at",
)  # fmt: skip
_NEXT = (
    ("requested", "('approved', 'refused', 'withdrawn', 'expired')"),
    ("approved", "('executed', 'withdrawn', 'expired')"),
)
_TEXT = "evidence: what was asked of two people is not edited, deleted or decided twice"
_ROLES = "('approver', 'officer', 'operator')"
_EVENTS = {"approved": 481, "refused": 482, "withdrawn": 483, "executed": 484, "expired": 485}  # audit.words.ACTS
_ASKING = 480
_ACT = f"CASE NEW.state {' '.join(f"WHEN '{state}' THEN {act}" for state, act in _EVENTS.items())} END"
_NAMES = "EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.audit_event_id AND act = {act})"
_PERSON = (
    "EXISTS (SELECT 1 FROM parties_user WHERE id = NEW.{column} AND is_active AND role IN " + _ROLES + ")"
)  # fmt: skip
# Staff ask; they decide nothing.
_ASKER = _PERSON.replace(_ROLES, "('approver', 'officer', 'operator', 'staff')").format(column="requester")
_BEGINS = f"{_NAMES.format(act=_ASKING)} AND {_ASKER}"
_STEP = " OR ".join(f"(OLD.state = '{before}' AND NEW.state IN {after})" for before, after in _NEXT)

_SQLITE_CHANGED = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _ASKED)
_SQLITE_DECIDED = "(OLD.approver IS NOT NULL AND OLD.approver IS NOT NEW.approver)"
_SQLITE_NOBODY = (
    f"(OLD.approver IS NULL AND NEW.approver IS NOT NULL AND ({IS_HELD} OR (NOT "
    f"{_PERSON.format(column='approver')} AND NOT {stands_in('sqlite')} "
    f"AND NOT {evidence_outside.stands_in('sqlite')})))"
)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_SQLITE_CHANGED} OR {_SQLITE_DECIDED} OR NOT ({_STEP}) OR {_SQLITE_NOBODY} "
    f"OR NOT {_NAMES.format(act=_ACT)} BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> 'requested' OR NEW.approver IS NOT NULL OR NOT ({_BEGINS}) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_over" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

_PG_CHANGED = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _ASKED)
# The event is one of this very transaction (`at`: transaction ids begin again in a new cluster).
_OURS = " AND tx = pg_current_xact_id() AND at >= transaction_timestamp()"
_PG_BEGINS = f"{_NAMES.format(act=f'{_ASKING}{_OURS}')} AND {_ASKER}"
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_approval_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'requested' OR NEW.approver IS NOT NULL OR NOT ({_PG_BEGINS}) "
    f"THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF ({_PG_CHANGED}) OR (OLD.approver IS NOT NULL AND OLD.approver IS DISTINCT FROM NEW.approver) "
    f"OR NOT ({_STEP}) OR NOT {_NAMES.format(act=f'({_ACT}){_OURS}')} THEN {_NO} END IF; "
    # A statement of its own: the keeper, who decides nothing, is not asked for what it need not read.
    f"IF OLD.approver IS NULL AND NEW.approver IS NOT NULL THEN IF {IS_HELD} OR (NOT "
    f"{_PERSON.format(column='approver')} AND NOT {stands_in('postgresql')} "
    f"AND NOT {evidence_outside.stands_in('postgresql')}) THEN {_NO} END IF; END IF; "
    "RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_approval_stays()",
]
