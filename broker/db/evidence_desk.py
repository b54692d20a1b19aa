# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What the desk's records can never do in the database: begin anew, change what they say, or vanish.

Who saw to a request ends once; days away are taken back once.
"""

_TEXT = "evidence: who saw to a request, and who was away, is ended once and never rewritten"
# Table -> what never changes, and what is set once.
_TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "desk_work_assignment": (("id", "manual_id", "person_id", "how", "since"), "ended_at"),
    "desk_work_absence": (("id", "person_id", "cover_id", "first", "last", "made_at"), "taken_back_at"),
}
_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, date, timestamp): their text form decides.
_PG = 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'


def _wrong(table: str, form: str) -> str:
    said, end = _TABLES[table]
    changed = " OR ".join(form.format(c=column) for column in said)
    return f"{changed} OR OLD.{end} IS NOT NULL"


SQLITE: list[str] = [
    statement
    for table in _TABLES
    for statement in (
        f'CREATE TRIGGER "ev_{table}_once" BEFORE UPDATE ON "{table}" WHEN {_wrong(table, _LITE)} '
        f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
        f'CREATE TRIGGER "ev_{table}_over" BEFORE INSERT ON "{table}" '
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
        f'CREATE TRIGGER "ev_{table}_stays" BEFORE DELETE ON "{table}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
    )
]

_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    statement
    for table in _TABLES
    for statement in (
        f"CREATE OR REPLACE FUNCTION ev_{table}_once() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {_NO} END IF; IF {_wrong(table, _PG)} THEN {_NO} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_once BEFORE DELETE OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{table}_once()",
    )
]
