# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen to webhooks in the database: a message that says something else, a key that signs for longer.

A message keeps its words and its id, and its tries only grow. A key's end comes nearer, never further. An endpoint
keeps its address and its types, and one that was disabled stays so.
"""

_ENDPOINT, _KEY, _DELIVERY = "hooks_endpoint", "hooks_signingkey", "hooks_delivery"
_TEXT = {
    _ENDPOINT: "evidence: an endpoint keeps its address, and one that was disabled stays so",
    _KEY: "evidence: a signing key is never changed, and its end comes no later",
    _DELIVERY: "evidence: a message keeps what it says, and its tries only grow",
}
_FIXED = {
    _ENDPOINT: ("id", "application_id", "url", "types", "made_at"),
    _KEY: ("id", "endpoint_id", "secret", "made_at"),
    _DELIVERY: ("id", "endpoint_id", "message", "type", "data", "consent_id", "at"),
}
_MORE = {
    _ENDPOINT: "OLD.disabled_at IS NOT NULL",
    _KEY: "(OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at))",
    _DELIVERY: "NEW.attempts < OLD.attempts OR NEW.attempts > OLD.attempts + 1",
}


def _wrong(table: str, form: str) -> str:
    return " OR ".join([*(form.format(c=column) for column in _FIXED[table]), _MORE[table]])


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, bytea, jsonb): their text form decides.
_PG = 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'

SQLITE: list[str] = [
    statement
    for table, text in _TEXT.items()
    for statement in (
        f'CREATE TRIGGER "ev_{table}_stays" BEFORE UPDATE ON "{table}" WHEN {_wrong(table, _LITE)} '
        f"BEGIN SELECT RAISE(ABORT, '{text}'); END",
        f'CREATE TRIGGER "ev_{table}_over" BEFORE INSERT ON "{table}" '
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{text}'); END",
        f'CREATE TRIGGER "ev_{table}_delete" BEFORE DELETE ON "{table}" BEGIN SELECT RAISE(ABORT, \'{text}\'); END',
    )
]


def _guard(table: str, text: str) -> list[str]:
    no = f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"
    return [
        f"CREATE OR REPLACE FUNCTION ev_{table}_stays() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN IF TG_OP = 'DELETE' THEN {no} END IF; "
        f"IF {_wrong(table, _PG)} THEN {no} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{table}_stays()",
    ]


POSTGRES: list[str] = [statement for table, text in _TEXT.items() for statement in _guard(table, text)]
