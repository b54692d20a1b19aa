# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a customer's question can never do in the database: change, vanish, lose its reply, or go back."""

_TABLE = "consents_complaint"
_ASKED = ("id", "number", "customer_id", "event", "words", "day0", "due", "opened_at")
_REPLY = ("reply", "notice", "answered_at")  # once given, they stay
_NEXT = "(OLD.state = 'received' AND NEW.state = 'answered') OR (OLD.state = 'answered' AND NEW.state = 'closed')"
_TEXT = "evidence: a question and its reply are not edited, deleted or taken back"

_SQLITE_CHANGED = " OR ".join(
    [
        *(f'OLD."{column}" IS NOT NEW."{column}"' for column in _ASKED),
        *(f'(OLD."{column}" IS NOT NULL AND OLD."{column}" IS NOT NEW."{column}")' for column in _REPLY),
    ]
)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_SQLITE_CHANGED} OR (OLD.state <> NEW.state AND NOT ({_NEXT})) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> 'received' BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_over" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR number = NEW.number) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

# The types have no common comparison (uuid, bytea, date): their text form decides.
_PG_CHANGED = " OR ".join(
    [
        *(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _ASKED),
        *(
            f"(OLD.{column} IS NOT NULL AND OLD.{column}::text IS DISTINCT FROM NEW.{column}::text)"
            for column in _REPLY
        ),
    ]
)
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_complaint_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'received' THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF ({_PG_CHANGED}) OR (OLD.state <> NEW.state AND NOT ({_NEXT})) THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_complaint_stays()",
]
