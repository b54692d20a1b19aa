# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen to a value in the database: be written over, take another's place, or be compared by half.

A series of readings keeps what its file said. Its place is the next one of its own account, role, unit and resolution.
A comparison counts each of its values once, and the first series of all has nothing to be compared with.
"""

_SERIES, _PLACE, _COMPARISON = "requests_app_readingseries", "one_value_place", "one_value_comparison"
_STAYS = "evidence: a value is never written over; what a later file says is a series of its own"
_NEXT = "evidence: a series takes the next place of its own kind"
_WHOLE = "evidence: a comparison counts each value of a series once"
_FIXED = (
    "id", "file_id", "account_id", "data_type", "role", "unit", "resolution", "zone", "first", "last", "count",
    "values", "importer",
)  # fmt: skip
_OWN = " AND ".join(f'x."{name}" = NEW."{name}"' for name in ("file_id", "account_id", "role", "unit", "resolution"))
_KIND = " AND ".join(f'p."{name}" = NEW."{name}"' for name in ("account_id", "role", "unit", "resolution"))
_WRONG_PLACE = (
    f"NOT EXISTS (SELECT 1 FROM {_SERIES} x WHERE x.id = NEW.series_id AND {_OWN}) OR (NEW.number > 1 AND "
    f"NOT EXISTS (SELECT 1 FROM {_PLACE} p WHERE {_KIND} AND p.number = NEW.number - 1))"
)
_BY_HALF = (
    f"NOT EXISTS (SELECT 1 FROM {_PLACE} p JOIN {_SERIES} x ON x.id = p.series_id WHERE p.series_id = NEW.place_id "
    'AND p.number > 1 AND x."count" = NEW.fresh + NEW.same + NEW.differs)'
)


def _changed(form: str) -> str:
    return " OR ".join(form.format(c=column) for column in _FIXED)


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, bytea, date): their text form decides.
_PG = 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'

SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_SERIES}_values" BEFORE UPDATE ON "{_SERIES}" WHEN {_changed(_LITE)} '
    f"BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END",
    f'CREATE TRIGGER "ev_{_PLACE}_next" BEFORE INSERT ON "{_PLACE}" WHEN {_WRONG_PLACE} '
    f"BEGIN SELECT RAISE(ABORT, '{_NEXT}'); END",
    f'CREATE TRIGGER "ev_{_COMPARISON}_whole" BEFORE INSERT ON "{_COMPARISON}" WHEN {_BY_HALF} '
    f"BEGIN SELECT RAISE(ABORT, '{_WHOLE}'); END",
]

_NO = "RAISE EXCEPTION '{}' USING ERRCODE = 'restrict_violation';"


def guard(name: str, wrong: str, text: str, event: str, table: str) -> list[str]:
    """Give a trigger of PostgreSQL that refuses what is wrong of a row."""
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN IF {wrong} THEN {_NO.format(text)} END IF; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


POSTGRES: list[str] = [
    *guard("ev_series_values", _changed(_PG), _STAYS, "UPDATE", _SERIES),
    *guard("ev_series_place", _WRONG_PLACE, _NEXT, "INSERT", _PLACE),
    *guard("ev_series_compared", _BY_HALF, _WHOLE, "INSERT", _COMPARISON),
]
