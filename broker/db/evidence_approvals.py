# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a two-person act can never do in the database: change what was asked, or be decided twice."""

_TABLE = "approvals_approval"
_ASKED = (
    "id", "act", "subject", "about", "params", "reason", "requester", "beneficiary", "requested_at", "expires_at",
)  # fmt: skip
_NEXT = (
    ("requested", "('approved', 'refused', 'withdrawn', 'expired')"),
    ("approved", "('executed', 'withdrawn', 'expired')"),
)
_TEXT = "evidence: what was asked of two people is not edited, deleted or decided twice"
_STEP = " OR ".join(f"(OLD.state = '{before}' AND NEW.state IN {after})" for before, after in _NEXT)

_SQLITE_CHANGED = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _ASKED)
_SQLITE_DECIDED = "(OLD.approver IS NOT NULL AND OLD.approver IS NOT NEW.approver)"
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_SQLITE_CHANGED} OR {_SQLITE_DECIDED} OR NOT ({_STEP}) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> 'requested' OR NEW.approver IS NOT NULL "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_over" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

_PG_CHANGED = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _ASKED)
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_approval_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'requested' OR NEW.approver IS NOT NULL THEN {_NO} END IF; "
    "RETURN NEW; END IF; "
    f"IF ({_PG_CHANGED}) OR (OLD.approver IS NOT NULL AND OLD.approver IS DISTINCT FROM NEW.approver) "
    f"OR NOT ({_STEP}) THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_approval_stays()",
]
