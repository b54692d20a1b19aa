# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a consent can never do in the database: change what was signed, or come back after its end."""

_TABLE = "consents_consent"
_ENDED = "('revoked', 'expired', 'superseded')"
# Everything that the customer signed; a change of scope is a new consent.
_SIGNED = (
    "number", "customer_id", "recipient_id", "utility", "data_types", "purpose", "onward_recipients",
    "history_from", "history_to", "forward", "starts", "ends", "text_version", "text_sha256", "signed_at",
    "stop_token_hash", "granted_event",
)  # fmt: skip
_TEXT = "evidence: a signed consent is not edited, deleted or brought back"

_SQLITE_CHANGED = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _SIGNED)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f'WHEN {_SQLITE_CHANGED} OR (OLD."state" IN {_ENDED} AND NEW."state" <> OLD."state") '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

# The types have no common comparison (jsonb, bytea, date): their text form decides.
_PG_CHANGED = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _SIGNED)
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_consent_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation'; END IF; "
    f"IF ({_PG_CHANGED}) OR (OLD.state IN {_ENDED} AND NEW.state <> OLD.state) THEN "
    f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_consent_stays()",
]

# A reason for a suspension is set once and lifted once.
_REASON = "consents_suspension"
_SET = ("id", "consent_id", "because", "since")
_REASON_TEXT = "evidence: a reason for a suspension is not edited, deleted or set anew"
SQLITE += [
    f'CREATE TRIGGER "ev_{_REASON}_update" BEFORE UPDATE ON "{_REASON}" '
    f"WHEN {' OR '.join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _SET)} "
    f"OR OLD.lifted_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{_REASON_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_REASON}_delete" BEFORE DELETE ON "{_REASON}" '
    f"BEGIN SELECT RAISE(ABORT, '{_REASON_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_REASON}_over" BEFORE INSERT ON "{_REASON}" '
    f"WHEN EXISTS (SELECT 1 FROM {_REASON} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_REASON_TEXT}'); END",
]
POSTGRES += [
    "CREATE OR REPLACE FUNCTION ev_suspension_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{_REASON_TEXT}' USING ERRCODE = 'restrict_violation'; END IF; "
    f"IF ({' OR '.join(f'OLD.{column}::text IS DISTINCT FROM NEW.{column}::text' for column in _SET)}) "
    f"OR OLD.lifted_at IS NOT NULL THEN "
    f"RAISE EXCEPTION '{_REASON_TEXT}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_REASON}_stays BEFORE DELETE OR UPDATE ON {_REASON} "
    "FOR EACH ROW EXECUTE FUNCTION ev_suspension_stays()",
]
