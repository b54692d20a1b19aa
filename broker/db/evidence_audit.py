# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""Triggers of the audit tables, for the one list of evidence triggers (`broker.db.evidence`).

They stop accidents and the application's role. Whoever owns the database file or the tables can drop them: the
Merkle tree and its anchors show what was changed then.
"""

INSERT_ONLY: dict[str, tuple[str, ...]] = {
    "audit_origin": ("id",),
    "audit_lane": ("id",),
    "audit_event": ("id",),
    "audit_index": ("event_id",),
    "audit_leaf": ("origin", "seq"),
    "audit_checkpoint": ("origin", "size"),
    "audit_anchor": ("id",),
}
GROWING: dict[str, tuple[str, ...]] = {
    "audit_tile": ("origin", "level", "idx"),
    "audit_cursor": ("origin", "lane"),
    "audit_key": ("kid",),
    "audit_alias": ("field", "epoch", "token", "kid"),
}
KEY_SHRED = 372  # number of the act key.shred (audit.words.ACTS)
KEY_ALIAS = 371
KEY_CHANGES = (373, 374, 375)  # key.hold, key.release, key.rewrapped

_SECOND_SUBJECT = "EXISTS (SELECT 1 FROM audit_alias WHERE kid = NEW.kid AND field = 0)"
_SAME_PROOF = (
    "EXISTS (SELECT 1 FROM audit_anchor WHERE origin = NEW.origin AND size = NEW.size AND kind = NEW.kind "
    "AND proof = NEW.proof)"
)
_SAME_TILE = "NEW.origin = OLD.origin AND NEW.level = OLD.level AND NEW.idx = OLD.idx AND NEW.width > OLD.width"
_SAME_CURSOR = "NEW.origin = OLD.origin AND NEW.lane = OLD.lane AND NEW.n > OLD.n"
_SAME_KEY = "NEW.kid = OLD.kid AND NEW.class = OLD.class AND NEW.period = OLD.period AND OLD.wrapped IS NOT NULL"
_SHRED = (
    "NEW.wrapped IS NULL AND NEW.shredded_event IS NOT NULL AND NEW.kek = OLD.kek AND NEW.hold = OLD.hold "
    "AND OLD.hold = 0 AND EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.shredded_event AND act = {act})"
)
_REWRAP = (
    "NEW.wrapped IS NOT NULL AND NEW.wrapped <> OLD.wrapped AND NEW.kek <> OLD.kek AND NEW.hold = OLD.hold "
    "AND NEW.shredded_event IS NULL"
)
_HOLD = (
    "NEW.wrapped = OLD.wrapped AND NEW.kek = OLD.kek AND abs(NEW.hold - OLD.hold) = 1 AND NEW.shredded_event IS NULL"
)


def _sqlite(table: str, key: tuple[str, ...]) -> str:
    """Refuse an insert over an existing row: REPLACE would pass the triggers on UPDATE and DELETE."""
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return (
        f"CREATE TRIGGER ev_{table}_over BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, 'evidence: {table} has this row'); END"
    )


def _refuse(table: str, verb: str, when: str = "") -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER ev_{table}_{verb.lower()} BEFORE {verb} ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, 'evidence: {table} refuses this {verb}'); END"
    )


SQLITE: list[str] = [
    *(_sqlite(table, key) for table, key in {**INSERT_ONLY, **GROWING}.items()),
    *(_refuse(table, verb) for table in INSERT_ONLY for verb in ("UPDATE", "DELETE")),
    # An event or a place in the tree is unique under its second key too.
    "CREATE TRIGGER ev_audit_leaf_event BEFORE INSERT ON audit_leaf "
    "WHEN EXISTS (SELECT 1 FROM audit_leaf WHERE event_id = NEW.event_id) "
    "BEGIN SELECT RAISE(ABORT, 'evidence: audit_leaf has this event'); END",
    "CREATE TRIGGER ev_audit_origin_name BEFORE INSERT ON audit_origin "
    "WHEN EXISTS (SELECT 1 FROM audit_origin WHERE name = NEW.name) "
    "BEGIN SELECT RAISE(ABORT, 'evidence: audit_origin has this name'); END",
    f"CREATE TRIGGER ev_audit_anchor_once BEFORE INSERT ON audit_anchor WHEN {_SAME_PROOF} "
    "BEGIN SELECT RAISE(ABORT, 'evidence: audit_anchor has this proof'); END",
    *(_refuse(table, "DELETE") for table in ("audit_tile", "audit_cursor", "audit_key")),
    _refuse("audit_tile", "UPDATE", f"NOT ({_SAME_TILE} AND substr(NEW.data, 1, OLD.width * 32) = OLD.data)"),
    _refuse("audit_cursor", "UPDATE", f"NOT ({_SAME_CURSOR})"),
    _refuse(
        "audit_key",
        "UPDATE",
        f"({_SAME_KEY} AND (({_SHRED.format(act=KEY_SHRED)}) OR ({_REWRAP}) OR ({_HOLD}))) IS NOT 1",
    ),
    # A data key belongs to one subject: the token of field 0 says which.
    "CREATE TRIGGER ev_audit_alias_one BEFORE INSERT ON audit_alias "
    f"WHEN NEW.field = 0 AND {_SECOND_SUBJECT} "
    "BEGIN SELECT RAISE(ABORT, 'evidence: this data key has its subject'); END",
    _refuse("audit_alias", "UPDATE"),
    _refuse(
        "audit_alias",
        "DELETE",
        "NOT EXISTS (SELECT 1 FROM audit_key WHERE kid = OLD.kid AND shredded_event IS NOT NULL)",
    ),
]


def _function(name: str, body: str, *, declare: str = "") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ {declare}BEGIN {body} END $$"
    )


_NO = "RAISE EXCEPTION 'evidence: % refuses this %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';"
_OURS = "tx = pg_current_xact_id() AND at >= transaction_timestamp()"
_NAMED = (
    "EXISTS (SELECT 1 FROM audit_event WHERE id = nullif(current_setting('audit.event', true), '')::bigint "
    f"AND {_OURS} AND act IN ({', '.join(str(number) for number in KEY_CHANGES)}))"
)


def _statement_trigger(table: str, verbs: str) -> list[str]:
    name = f"ev_{table}_stays"
    return [
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verbs} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ev_audit_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def _row_trigger(table: str, verb: str, function: str) -> list[str]:
    name = f"ev_{table}_{verb.lower()}"
    return [
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


POSTGRES: list[str] = [
    _function("ev_audit_refuse", _NO),
    _function(
        "ev_audit_tile_grows",
        f"IF NOT ({_SAME_TILE} AND substr(NEW.data, 1, OLD.width * 32) = OLD.data) THEN {_NO} END IF; RETURN NEW;",
    ),
    _function("ev_audit_cursor_grows", f"IF NOT ({_SAME_CURSOR}) THEN {_NO} END IF; RETURN NEW;"),
    _function(
        "ev_audit_key_changes",
        f"IF ({_SAME_KEY} AND (({_SHRED.format(act=f'{KEY_SHRED} AND {_OURS}')}) "
        f"OR ((({_REWRAP}) OR ({_HOLD})) AND {_NAMED}))) IS NOT TRUE THEN {_NO} END IF; RETURN NEW;",
    ),
    _function(
        "ev_audit_alias_goes",
        "IF NOT EXISTS (SELECT 1 FROM audit_key k JOIN audit_event e ON e.id = k.shredded_event "
        f"WHERE k.kid = OLD.kid AND {_OURS}) THEN {_NO} END IF; RETURN OLD;",
    ),
    # Two at once wait for each other, else neither would see the other's row.
    _function(
        "ev_audit_alias_one",
        "IF NEW.field = 0 THEN PERFORM pg_advisory_xact_lock(hashtextextended(encode(NEW.kid, 'hex'), 371)); "
        f"IF {_SECOND_SUBJECT} THEN RAISE EXCEPTION 'evidence: this data key has its subject' "
        "USING ERRCODE = 'restrict_violation'; END IF; END IF; RETURN NEW;",
    ),
    _function(
        "ev_audit_anchor_once",
        "PERFORM pg_advisory_xact_lock(hashtextextended(encode(sha256(NEW.proof), 'hex'), NEW.size)); "
        f"IF {_SAME_PROOF} THEN RAISE EXCEPTION 'evidence: audit_anchor has this proof' "
        "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
    _function(
        "ev_audit_alias_named",
        f"IF NOT EXISTS (SELECT 1 FROM audit_event WHERE kid = NEW.kid AND act = {KEY_ALIAS} AND {_OURS}) THEN "
        "RAISE EXCEPTION 'evidence: a data key was named without its event' USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NULL;",
    ),
    # A changed row names an event of this very transaction (`at`: transaction ids begin again in a new cluster).
    _function(
        "ev_audited",
        "IF TG_OP = 'DELETE' THEN ev := nullif(current_setting('audit.event', true), '')::bigint; "
        "ELSE ev := NEW.audit_event_id; END IF; "
        f"IF NOT EXISTS (SELECT 1 FROM audit_event WHERE id = ev AND {_OURS}) THEN "
        "RAISE EXCEPTION 'evidence: % changed without its event', TG_TABLE_NAME USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NULL;",
        declare="DECLARE ev bigint; ",
    ),
    *(line for table in INSERT_ONLY for line in _statement_trigger(table, "UPDATE OR DELETE OR TRUNCATE")),
    *_statement_trigger("audit_used", "UPDATE OR DELETE OR TRUNCATE"),
    *(
        line
        for table in ("audit_tile", "audit_cursor", "audit_key")
        for line in _statement_trigger(table, "DELETE OR TRUNCATE")
    ),
    *_statement_trigger("audit_alias", "UPDATE OR TRUNCATE"),
    *_row_trigger("audit_tile", "UPDATE", "ev_audit_tile_grows"),
    *_row_trigger("audit_cursor", "UPDATE", "ev_audit_cursor_grows"),
    *_row_trigger("audit_key", "UPDATE", "ev_audit_key_changes"),
    *_row_trigger("audit_alias", "DELETE", "ev_audit_alias_goes"),
    *_row_trigger("audit_alias", "INSERT", "ev_audit_alias_one"),
    *_row_trigger("audit_anchor", "INSERT", "ev_audit_anchor_once"),
    "CREATE CONSTRAINT TRIGGER ev_audit_alias_named AFTER INSERT ON audit_alias "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ev_audit_alias_named()",
]


# The hash of an entry (audit.entry.leaf_hash), for the keeper: it checks an event's MAC and reads no body.
LEAF = (
    "CREATE OR REPLACE FUNCTION ev_leaf(wanted bigint) RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT sha256("
    "decode('0001', 'hex') || int2send(length(header)::int2) || header || ct) "
    "FROM public.audit_event WHERE id = wanted); END $$"
)


def AUDITED_TRIGGER_SQL(table: str) -> list[str]:
    """Return the PostgreSQL statements by which a table of an `Audited` model demands its event at commit."""
    name = f"ev_{table}_audited"[:63]
    return [
        f'DROP TRIGGER IF EXISTS {name} ON "{table}"',
        f'CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ev_audited()",
        f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}',
    ]
