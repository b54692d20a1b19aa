# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What may ever change in a vault key: its wrapping, its holds by one, and once its end; each with its event."""

_TABLE = "vault_key"
SHRED, HOLD, RELEASE, REWRAP = 381, 382, 383, 384  # acts vault.key_… (audit.words.ACTS)
_TEXT = "evidence: a vault key changes only by its own acts"
_STAYS = ("id", "subject", "part", "token", "class", "period", "created")
_OURS = "tx = pg_current_xact_id() AND at >= transaction_timestamp()"

_SAME = " AND ".join(f"NEW.{column} = OLD.{column}" for column in _STAYS) + " AND OLD.wrapped IS NOT NULL"
_SHREDS = (
    "NEW.wrapped IS NULL AND NEW.shredded_event IS NOT NULL AND NEW.kek = OLD.kek AND NEW.hold = OLD.hold "
    "AND OLD.hold = 0 AND EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.shredded_event AND act = {act})"
)
_LIVES = "NEW.wrapped IS NOT NULL AND NEW.shredded_event IS NULL"
_REWRAPS = f"{_LIVES} AND NEW.wrapped <> OLD.wrapped AND NEW.kek <> OLD.kek AND NEW.hold = OLD.hold"
_HOLDS = f"{_LIVES} AND NEW.wrapped = OLD.wrapped AND NEW.kek = OLD.kek AND NEW.hold = OLD.hold + 1"
_RELEASES = f"{_LIVES} AND NEW.wrapped = OLD.wrapped AND NEW.kek = OLD.kek AND NEW.hold = OLD.hold - 1"

SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN ({_SAME} AND (({_SHREDS.format(act=SHRED)}) OR ({_REWRAPS}) OR ({_HOLDS}) OR ({_RELEASES}))) IS NOT 1 "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
    f'CREATE TRIGGER "ev_{_TABLE}_over" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
]


def _named(act: int) -> str:
    return (
        "EXISTS (SELECT 1 FROM audit_event WHERE id = nullif(current_setting('audit.event', true), '')::bigint "
        f"AND {_OURS} AND act = {act})"
    )


_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_vault_key_changes() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF ({_SAME} AND (({_SHREDS.format(act=f'{SHRED} AND {_OURS}')}) OR ({_REWRAPS} AND {_named(REWRAP)}) "
    f"OR ({_HOLDS} AND {_named(HOLD)}) OR ({_RELEASES} AND {_named(RELEASE)}))) IS NOT TRUE "
    f"THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_update BEFORE UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_vault_key_changes()",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR TRUNCATE ON {_TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ev_refuse()",
]
