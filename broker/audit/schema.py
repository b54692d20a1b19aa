"""The audit tables in each engine's SQL: final, so that what was sealed stays readable for ever."""

_BYTES = {"sqlite": "BLOB", "postgresql": "bytea"}
_WHOLE = {"sqlite": "INTEGER", "postgresql": "bigint"}
_SMALL = {"sqlite": "INTEGER", "postgresql": "smallint"}
_INT = {"sqlite": "INTEGER", "postgresql": "integer"}
_TEXT = {"sqlite": "TEXT", "postgresql": "text"}
_LANE_ID = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
# Which transaction wrote an event, and when by the database's clock: neither hashed nor in the application's grant.
_STAMP = {
    "sqlite": "",
    "postgresql": ", tx xid8 NOT NULL DEFAULT pg_current_xact_id(), at timestamptz NOT NULL DEFAULT clock_timestamp()",
}
_END = {"sqlite": " STRICT", "postgresql": ""}

_TABLES = (
    """CREATE TABLE audit_origin (
        id {small} PRIMARY KEY CHECK (id > 0), name {text} NOT NULL UNIQUE, opened_us {whole} NOT NULL){end}""",
    """CREATE TABLE audit_lane (
        id {lane_id} CHECK (id > 0 AND id < 2147483648), opened_us {whole} NOT NULL,
        boot {bytes} NOT NULL CHECK (length(boot) = 16), mac_key {small} NOT NULL CHECK (mac_key > 0)){end}""",
    """CREATE TABLE audit_event (
        id {whole} PRIMARY KEY CHECK (id > 4294967296),
        header {bytes} NOT NULL CHECK (length(header) <= 1024),
        ct {bytes} NOT NULL CHECK (length(ct) % 64 = 32 AND length(ct) >= 96 AND length(ct) < 65536),
        mac {bytes} NOT NULL CHECK (length(mac) = 32), kid {bytes} NOT NULL CHECK (length(kid) = 16),
        act {small} NOT NULL CHECK (act > 0){stamp}){end}""",
    "CREATE INDEX audit_event_kid ON audit_event (kid)",
    """CREATE TABLE audit_index (
        event_id {whole} PRIMARY KEY REFERENCES audit_event (id), ts {whole} NOT NULL, actor {text} NOT NULL,
        app {text}, act {small} NOT NULL, res {text} NOT NULL, obj {text}){end}""",
    "CREATE INDEX audit_index_ts ON audit_index (ts)",
    "CREATE INDEX audit_index_actor ON audit_index (actor, ts)",
    "CREATE INDEX audit_index_app ON audit_index (app, ts)",
    "CREATE INDEX audit_index_act ON audit_index (act, ts)",
    "CREATE INDEX audit_index_res ON audit_index (res, ts)",
    "CREATE INDEX audit_index_obj ON audit_index (obj, ts)",
    """CREATE TABLE audit_leaf (
        origin {small} NOT NULL REFERENCES audit_origin (id), seq {whole} NOT NULL CHECK (seq >= 0),
        event_id {whole} NOT NULL UNIQUE REFERENCES audit_event (id), PRIMARY KEY (origin, seq)){end}""",
    """CREATE TABLE audit_tile (
        origin {small} NOT NULL REFERENCES audit_origin (id), level {small} NOT NULL CHECK (level >= 0),
        idx {whole} NOT NULL CHECK (idx >= 0), width {small} NOT NULL CHECK (width BETWEEN 1 AND 256),
        data {bytes} NOT NULL, PRIMARY KEY (origin, level, idx), CHECK (length(data) = width * 32)){end}""",
    """CREATE TABLE audit_checkpoint (
        origin {small} NOT NULL REFERENCES audit_origin (id), size {whole} NOT NULL CHECK (size >= 0),
        note {text} NOT NULL, created_us {whole} NOT NULL, PRIMARY KEY (origin, size)){end}""",
    """CREATE TABLE audit_anchor (
        id {anchor_id}, origin {small} NOT NULL, size {whole} NOT NULL,
        kind {text} NOT NULL CHECK (kind IN ('witness', 'tsa', 'mail', 'file')), proof {bytes} NOT NULL,
        created_us {whole} NOT NULL, FOREIGN KEY (origin, size) REFERENCES audit_checkpoint (origin, size)){end}""",
    """CREATE TABLE audit_key (
        kid {bytes} NOT NULL PRIMARY KEY CHECK (length(kid) = 16),
        wrapped {bytes} CHECK (wrapped IS NULL OR length(wrapped) = 60), kek {small} NOT NULL CHECK (kek > 0),
        class {text} NOT NULL, period {int} NOT NULL, hold {int} NOT NULL DEFAULT 0 CHECK (hold >= 0),
        shredded_event {whole} REFERENCES audit_event (id),
        CHECK ((wrapped IS NULL) = (shredded_event IS NOT NULL))){end}""",
    """CREATE TABLE audit_alias (
        field {small} NOT NULL CHECK (field >= 0), epoch {small} NOT NULL CHECK (epoch >= 0),
        token {bytes} NOT NULL CHECK (length(token) = 8), kid {bytes} NOT NULL REFERENCES audit_key (kid),
        PRIMARY KEY (field, epoch, token, kid)){end}""",
    """CREATE TABLE audit_cursor (
        origin {small} NOT NULL REFERENCES audit_origin (id), lane {int} NOT NULL REFERENCES audit_lane (id),
        n {whole} NOT NULL CHECK (n > 0), PRIMARY KEY (origin, lane)){end}""",
)
_POSTGRESQL_ONLY = (
    "ALTER TABLE audit_event ALTER COLUMN header SET STORAGE EXTERNAL, ALTER COLUMN ct SET STORAGE EXTERNAL",
    "ALTER TABLE audit_tile ALTER COLUMN data SET STORAGE EXTERNAL",
    # Which vault key an event has opened; written by open_key alone.
    """CREATE TABLE audit_used (
        event_id bigint NOT NULL REFERENCES audit_event (id), vault_key {vault_key} NOT NULL,
        PRIMARY KEY (event_id, vault_key))""",
)


def statements(vendor: str) -> list[str]:
    """Return the CREATE statements of all audit tables for this engine, in order."""
    names = {
        "bytes": _BYTES[vendor],
        "whole": _WHOLE[vendor],
        "small": _SMALL[vendor],
        "int": _INT[vendor],
        "text": _TEXT[vendor],
        "lane_id": _LANE_ID[vendor],
        "anchor_id": _LANE_ID[vendor].replace("integer", "bigint"),
        "stamp": _STAMP[vendor],
        "end": _END[vendor],
        "vault_key": "uuid",
    }
    tables = _TABLES + (_POSTGRESQL_ONLY if vendor == "postgresql" else ())
    return [table.format(**names) for table in tables]
