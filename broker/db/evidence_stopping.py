# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What the targets of a stop can never do in the database: go back, vanish, or be about something else.

An alert is closed once, and what a person wrote stays.
"""

_TARGET, _ALERT = "stopping_stoptarget", "stopping_stopalert"
_SAID = ("id", "stop_id", "kind", "about", "label", "began_at", "due", "token_hash")
_ONCE = ("ended_at", "crossed_at")  # once set, they stay
_RAISED = ("id", "target_id", "why", "opened_at")
_CLOSED = ("closed_at", "closed_by_id", "outcome", "note")
_TEXT = "evidence: what a stop reaches only moves forward"


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
_LITE_ONCE = '(OLD."{c}" IS NOT NULL AND OLD."{c}" IS NOT NEW."{c}")'
# The types have no common comparison (uuid, bytea, date): their text form decides.
_PG = "OLD.{c}::text IS DISTINCT FROM NEW.{c}::text"
_PG_ONCE = "(OLD.{c} IS NOT NULL AND OLD.{c}::text IS DISTINCT FROM NEW.{c}::text)"
_BACK = (
    "(OLD.state <> 'waiting' AND (OLD.state <> NEW.state OR OLD.code <> NEW.code)) OR NEW.count < OLD.count "
    "OR NEW.tries < OLD.tries"
)

SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TARGET}_update" BEFORE UPDATE ON "{_TARGET}" '
    f"WHEN {_changed(_SAID, _LITE)} OR {_changed(_ONCE, _LITE_ONCE)} OR {_BACK} "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TARGET}_over" BEFORE INSERT ON "{_TARGET}" WHEN EXISTS (SELECT 1 FROM {_TARGET} '
    f"WHERE id = NEW.id OR (stop_id = NEW.stop_id AND kind = NEW.kind AND about = NEW.about)) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TARGET}_delete" BEFORE DELETE ON "{_TARGET}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
    f'CREATE TRIGGER "ev_{_ALERT}_update" BEFORE UPDATE ON "{_ALERT}" '
    f"WHEN {_changed(_RAISED, _LITE)} OR (OLD.closed_at IS NOT NULL AND ({_changed(_CLOSED, _LITE)})) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_ALERT}_over" BEFORE INSERT ON "{_ALERT}" '
    f"WHEN EXISTS (SELECT 1 FROM {_ALERT} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_ALERT}_delete" BEFORE DELETE ON "{_ALERT}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
POSTGRES: list[str] = [
    f"CREATE OR REPLACE FUNCTION ev_stop_target_forward() {_HEAD}"
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF {_changed(_SAID, _PG)} OR {_changed(_ONCE, _PG_ONCE)} OR {_BACK} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TARGET}_forward BEFORE DELETE OR UPDATE ON {_TARGET} "
    "FOR EACH ROW EXECUTE FUNCTION ev_stop_target_forward()",
    f"CREATE OR REPLACE FUNCTION ev_stop_alert_forward() {_HEAD}"
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF {_changed(_RAISED, _PG)} OR (OLD.closed_at IS NOT NULL AND ({_changed(_CLOSED, _PG)})) THEN {_NO} END IF; "
    "RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_ALERT}_forward BEFORE DELETE OR UPDATE ON {_ALERT} "
    "FOR EACH ROW EXECUTE FUNCTION ev_stop_alert_forward()",
]
