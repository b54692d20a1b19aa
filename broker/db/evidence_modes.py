"""Rehearsal and live never meet: the database takes no application whose keys are of the other kind of installation.

Where nobody has declared yet what the installation is, it takes none at all.
"""

_TABLE = "parties_application"
_TEXT = "evidence: a test key belongs to a rehearsal, a live key to a live installation"
_FITS = (
    "EXISTS (SELECT 1 FROM installation i WHERE (i.mode = 'rehearsal' AND NEW.mode = 'test') "
    "OR (i.mode = 'live' AND NEW.mode = 'live'))"
)

SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_mode" BEFORE INSERT ON "{_TABLE}" WHEN NOT {_FITS} '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_mode_changed" BEFORE UPDATE ON "{_TABLE}" '
    f'WHEN OLD."mode" IS NOT NEW."mode" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_application_mode() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'UPDATE' THEN IF OLD.mode <> NEW.mode THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF NOT {_FITS} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_mode BEFORE INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_application_mode()",
]
