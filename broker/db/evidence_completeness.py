# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen in the database to a file that brought too much: be accepted, or be disposed of by one person.

Of an incident only its decision changes, once; who decided is an approval about it by two people.
"""

_FILES, _TABLE = "requests_app_receivedfile", "completeness_overdelivery"
ACT = "file.surplus"
_SHUT = "evidence: a file that brought too much stays sealed"
_TEXT = "evidence: what was too much is disposed of by two people, once"
_TOO_MUCH = f"NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM {_TABLE} s WHERE s.file_id = NEW.id)"
_LATE = f"EXISTS (SELECT 1 FROM {_FILES} f WHERE f.id = NEW.file_id AND f.state = 'accepted')"
_FIXED = ("id", "manual_id", "file_id", "kinds", "pages", "months", "values", "found_at", "due")
_ALONE = (
    "NEW.state = 'decided' AND NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval "
    f"AND a.act = '{ACT}' AND a.about = NEW.id AND a.state IN ('approved', 'executed') "
    "AND a.approver IS NOT NULL AND a.approver <> a.requester)"
)
# What is another member's is not hers to share more of.
_NOT_HERS = "NEW.disposition = 'wider' AND CAST(NEW.kinds AS text) LIKE '%other_account%'"


def _changed(form: str) -> str:
    return " OR ".join(form.format(c=column) for column in _FIXED)


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
_PG = 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'

SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_FILES}_surplus" BEFORE UPDATE ON "{_FILES}" '
    f"WHEN {_TOO_MUCH} BEGIN SELECT RAISE(ABORT, '{_SHUT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_born" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> 'open' OR {_LATE} "
    f"OR EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR file_id = NEW.file_id) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_two" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN OLD.state <> 'open' OR {_changed(_LITE)} OR ({_ALONE}) OR ({_NOT_HERS}) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

_NO = "RAISE EXCEPTION '{}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_surplus_file() RETURNS trigger LANGUAGE plpgsql "
    f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN IF {_TOO_MUCH} THEN {_NO.format(_SHUT)} END IF; "
    "RETURN NEW; END $$",
    f"CREATE TRIGGER ev_surplus_file BEFORE UPDATE ON {_FILES} FOR EACH ROW EXECUTE FUNCTION ev_surplus_file()",
    "CREATE OR REPLACE FUNCTION ev_surplus() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'open' OR {_LATE} THEN {_NO.format(_TEXT)} END IF; RETURN NEW; END IF; "
    f"IF OLD.state <> 'open' OR {_changed(_PG)} OR ({_ALONE}) OR ({_NOT_HERS}) THEN {_NO.format(_TEXT)} END IF; "
    "RETURN NEW; END $$",
    f"CREATE TRIGGER ev_surplus BEFORE INSERT OR UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_surplus()",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR TRUNCATE ON {_TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ev_refuse()",
]
