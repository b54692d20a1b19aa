# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What an ask for a consent can never do in the database: change what it asks, come back, write more often, vanish."""

_TABLE = "asking_consentask"
_SAID = (
    "id", "organisation_id", "application_id", "analyst_id", "idempotency_key", "ask_hash", "token_hash", "by_mail",
    "email_index", "language", "utility", "purpose", "data_types", "history_from", "history_to", "forward", "ends",
    "account_ending", "accounts", "asked_at", "expires_at",
)  # fmt: skip
_TEXT = "evidence: an ask for a consent is not edited, deleted or taken up again"
# The address may go, and never become another one.
_BACK = (
    "OLD.state <> 'pending' OR NEW.mails < OLD.mails OR NEW.mails > OLD.mails + 1 "
    "OR (NEW.email IS NOT NULL AND (OLD.email IS NULL OR OLD.email <> NEW.email))"
)

_LITE = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _SAID)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" WHEN {_LITE} OR {_BACK} '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" WHEN NEW.state <> \'pending\' '
    f"OR EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

# The types have no common comparison (uuid, bytea, date, jsonb): their text form decides.
_PG = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _SAID)
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_ask_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'pending' THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF {_PG} OR {_BACK} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_ask_stays()",
]
