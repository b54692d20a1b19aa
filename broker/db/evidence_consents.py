# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a consent can never do in the database: change what was signed, or come back after its end."""

_TABLE = "consents_consent"
# The moves of `consents.lifecycle.TABLE` between stored states, in the database's own words; a test compares the two.
_ENDS = ("revoked", "expired", "superseded")
NEXT: dict[str, tuple[str, ...]] = {
    "signed": ("active", "suspended", *_ENDS),
    "active": ("suspended", "paused_dormant", *_ENDS),
    "suspended": ("active", "paused_dormant", *_ENDS),
    "paused_dormant": ("active", "suspended", *_ENDS),
}
_BORN = "signed"
_MAY = " OR ".join(f"(OLD.state = '{old}' AND NEW.state IN {new})" for old, new in NEXT.items())
_MOVES = f"(OLD.state <> NEW.state AND NOT ({_MAY}))"
# Everything that the customer signed; a change of scope is a new consent.
_SIGNED = (
    "id", "number", "customer_id", "recipient_id", "utility", "data_types", "purpose", "onward_recipients",
    "history_from", "history_to", "forward", "starts", "ends", "text_version", "text_sha256", "signed_at",
    "stop_token_hash", "supersedes_id", "granted_event",
)  # fmt: skip
_TEXT = "evidence: a signed consent is not edited, deleted or brought back"
# The accounts of a consent come with the signature, and stay.
_ACCOUNT = "consents_consentaccount"
_ACCOUNT_TEXT = "evidence: the accounts of a consent are those that were signed for"
_NOT_SIGNED_FOR = (
    "NOT EXISTS (SELECT 1 FROM consents_consent c WHERE c.id = NEW.consent_id "
    "AND c.granted_event = NEW.audit_event_id)"
)  # fmt: skip

_SQLITE_CHANGED = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _SIGNED)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_SQLITE_CHANGED} OR {_MOVES} BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> '{_BORN}' OR EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR number = NEW.number) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
    f'CREATE TRIGGER "ev_{_ACCOUNT}_insert" BEFORE INSERT ON "{_ACCOUNT}" '
    f"WHEN {_NOT_SIGNED_FOR} OR EXISTS (SELECT 1 FROM {_ACCOUNT} WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_ACCOUNT}_update" BEFORE UPDATE ON "{_ACCOUNT}" '
    f"BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_ACCOUNT}_delete" BEFORE DELETE ON "{_ACCOUNT}" '
    f"BEGIN SELECT RAISE(ABORT, '{_ACCOUNT_TEXT}'); END",
]

# The types have no common comparison (jsonb, bytea, date): their text form decides.
_PG_CHANGED = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _SIGNED)
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
_NO_ACCOUNT = f"RAISE EXCEPTION '{_ACCOUNT_TEXT}' USING ERRCODE = 'restrict_violation';"
_FUNCTION = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
POSTGRES: list[str] = [
    f"CREATE OR REPLACE FUNCTION ev_consent_stays() {_FUNCTION}"
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> '{_BORN}' THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF {_PG_CHANGED} OR {_MOVES} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_consent_stays()",
    f"CREATE OR REPLACE FUNCTION ev_consent_account_stays() {_FUNCTION}"
    f"IF TG_OP <> 'INSERT' OR {_NOT_SIGNED_FOR} THEN {_NO_ACCOUNT} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_ACCOUNT}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_ACCOUNT} "
    "FOR EACH ROW EXECUTE FUNCTION ev_consent_account_stays()",
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
