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

# Rows that are set once and closed once: what they say stays, and the one open column is filled from nothing, once.
_ONCE = {
    "consents_suspension": (("id", "consent_id", "because", "since"), "lifted_at"),
    "consents_paperchoice": (("id", "customer_id", "since"), "ended_at"),
    "consents_papernotice": (("id", "consent_id", "template", "file", "key", "made_at"), "posted_at"),
}


def _sqlite_once(table: str, fixed: tuple[str, ...], closed: str) -> list[str]:
    text = f"evidence: a row of {table} is not edited, deleted or opened anew"
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in fixed)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    return [
        f'CREATE TRIGGER "ev_{table}_update" BEFORE UPDATE ON "{table}" '
        f"WHEN {changed} OR OLD.{closed} IS NOT NULL {refuse}",
        f'CREATE TRIGGER "ev_{table}_delete" BEFORE DELETE ON "{table}" {refuse}',
        f'CREATE TRIGGER "ev_{table}_over" BEFORE INSERT ON "{table}" '
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refuse}",
    ]


def _postgres_once(table: str, fixed: tuple[str, ...], closed: str) -> list[str]:
    refuse = (
        f"RAISE EXCEPTION 'evidence: a row of {table} is not edited, deleted or opened anew' "
        "USING ERRCODE = 'restrict_violation';"
    )
    changed = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in fixed)
    return [
        f"CREATE OR REPLACE FUNCTION ev_{table}_stays() {_FUNCTION}"
        f"IF TG_OP = 'DELETE' THEN {refuse} END IF; "
        f"IF {changed} OR OLD.{closed} IS NOT NULL THEN {refuse} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{table}_stays()",
    ]


for _table, (_fixed, _closed) in _ONCE.items():
    SQLITE += _sqlite_once(_table, _fixed, _closed)
    POSTGRES += _postgres_once(_table, _fixed, _closed)
