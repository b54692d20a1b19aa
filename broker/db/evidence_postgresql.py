"""The evidence rules on PostgreSQL: triggers, functions, and a grant for each role on each table."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from broker.db import evidence, evidence_audit, evidence_vault, grants

_REFUSE = (
    "CREATE OR REPLACE FUNCTION ev_refuse() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = pg_catalog, pg_temp AS $$ BEGIN "
    "RAISE EXCEPTION 'evidence: rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
    "END $$"
)
_FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION (?P<name>\w+)\(.*?\) RETURNS (?P<returns>\w+) LANGUAGE plpgsql "
    r"(?P<definer>SECURITY DEFINER )?SET search_path = (?P<path>.*?) AS \$\$(?P<body>.*)\$\$",
    re.DOTALL,
)
_TRIGGER = re.compile(
    r'CREATE (?:OR REPLACE )?(?P<constraint>CONSTRAINT )?TRIGGER "?(?P<name>\w+)"? (?P<when>BEFORE|AFTER) '
    r'(?P<verbs>[A-Z ]+?) ON (?:public\.)?"?(?P<table>\w+)"? (?P<deferred>DEFERRABLE INITIALLY DEFERRED )?'
    r"FOR EACH (?P<each>ROW|STATEMENT) EXECUTE FUNCTION (?:public\.)?(?P<function>\w+)\(\)$"
)


class Function(NamedTuple):
    """A function as the catalogue knows it; `sql` makes it."""

    name: str
    body: str
    path: str
    definer: bool
    sql: str = ""


class Trigger(NamedTuple):
    """What a trigger does, however its statement was worded."""

    name: str
    table: str
    says: tuple[object, ...]
    sql: str = ""


class Expected(NamedTuple):
    """Everything that should be in the database."""

    functions: dict[str, Function]
    triggers: dict[tuple[str, str], Trigger]
    grants: set[tuple[str, grants.Grant]]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make what is missing or different; needs the owner's login if there is anything to do."""
    with transaction.atomic(using=connection.alias):
        _demand_roles(connection)
        wanted = _wanted(connection)
        statements = [
            *_for_functions(connection, wanted),
            *_for_triggers(connection, wanted),
            *_for_grants(connection, wanted),
        ]
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def differences(connection: BaseDatabaseWrapper) -> list[str]:
    """Name every function, trigger and grant that is not as listed."""
    wanted = _wanted(connection)
    return [
        *_function_differences(connection, wanted),
        *_trigger_differences(connection, wanted),
        *_grant_differences(connection, wanted),
        *_role_differences(connection),
    ]


# --- what should be there -----------------------------------------------------------------------------------------


def _wanted(connection: BaseDatabaseWrapper) -> Expected:
    tables = _tables(connection)
    functions, triggers = {}, {}
    for sql in _statements(tables):
        if made := _FUNCTION.fullmatch(sql):
            functions[made["name"]] = Function(
                made["name"], made["body"], made["path"], made["definer"] is not None, sql
            )
        elif trigger := _parse(sql):
            if trigger.table in tables:
                triggers[trigger.table, trigger.name] = trigger
        elif not sql.startswith(("ALTER TABLE ", "DROP TRIGGER IF EXISTS ")):  # what install itself does with each
            raise ValueError(f"neither a function nor a trigger: {sql[:60]}")
    granted = {
        (table, grant) for table in tables for grant in grants.wanted(table, append_only=table in evidence.APPEND_ONLY)
    }
    return Expected(functions, triggers, granted)


def _statements(tables: set[str]) -> Iterable[str]:
    yield _REFUSE
    yield from evidence_audit.POSTGRES
    for table in evidence.APPEND_ONLY:
        yield (
            f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ev_refuse()"
        )
    for table in evidence.AUDITED:
        yield from evidence_audit.AUDITED_TRIGGER_SQL(table)
    if tables.issuperset(evidence_vault.NEEDS):
        yield evidence_vault.open_key(evidence.OBJ_PARTS)


def _parse(sql: str) -> Trigger | None:
    made = _TRIGGER.fullmatch(sql)
    if made is None:
        return None
    verbs = frozenset(made["verbs"].split(" OR "))
    says = (bool(made["constraint"]), made["when"], verbs, bool(made["deferred"]), made["each"], made["function"])
    return Trigger(made["name"], made["table"], says, sql)


# --- what is there ------------------------------------------------------------------------------------------------


def _rows(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return [tuple(row) for row in cursor.fetchall()]


def _tables(connection: BaseDatabaseWrapper) -> set[str]:
    return {
        name
        for (name,) in _rows(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
        )
    }


def _functions(connection: BaseDatabaseWrapper) -> dict[str, Function]:
    rows = _rows(
        connection,
        "SELECT proname, prosrc, coalesce(array_to_string(proconfig, ';'), ''), prosecdef FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND (proname LIKE 'ev\\_%%' OR proname = 'open_key')",
    )
    return {
        name: Function(name, body, config.removeprefix("search_path="), bool(definer))
        for name, body, config, definer in rows
    }


def _triggers(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[Trigger | None, str]]:
    rows = _rows(
        connection,
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal",
    )
    return {(table, name): (_parse(text), enabled) for table, name, text, enabled in rows}


def _granted(connection: BaseDatabaseWrapper) -> set[tuple[str, grants.Grant]]:
    rows = _rows(
        connection,
        """SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type, NULL
             FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner
        UNION ALL
           SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type, t.attname
             FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
            CROSS JOIN LATERAL aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner""",
    )
    return {(table, grants.Grant(role, privilege, column)) for table, role, privilege, column in rows}


def _executable(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    rows = _rows(
        connection,
        "SELECT p.proname, coalesce(r.rolname, 'PUBLIC') FROM pg_proc p "
        "CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE p.pronamespace = 'public'::regnamespace AND (p.proname LIKE 'ev\\_%%' OR p.proname = 'open_key') "
        "AND a.grantee <> p.proowner",
    )
    return {(name, role) for name, role in rows}


def _demand_roles(connection: BaseDatabaseWrapper) -> None:
    there = {name for (name,) in _rows(connection, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'broker\\_%%'")}
    if missing := sorted(set(grants.ROLES) - there):
        raise ImproperlyConfigured(
            f"PostgreSQL lacks the roles {', '.join(missing)}: run broker/db/roles.sql as superuser first"
        )


# --- the two compared ---------------------------------------------------------------------------------------------


def _may_execute(wanted: Expected) -> set[tuple[str, str]]:
    return {("open_key", grants.APP)} if "open_key" in wanted.functions else set()


def _for_functions(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found, allowed = _functions(connection), _executable(connection)
    for name, function in wanted.functions.items():
        if name not in found or found[name] != function._replace(sql=""):
            yield function.sql
        may = {role for what, role in _may_execute(wanted) if what == name}
        if name not in found or {role for what, role in allowed if what == name} != may:
            yield f"REVOKE ALL ON FUNCTION {name} FROM {', '.join(('PUBLIC', *grants.ROLES))}"
            yield from (f"GRANT EXECUTE ON FUNCTION {name} TO {role}" for role in sorted(may))


def _for_triggers(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = _triggers(connection)
    for table, name in found:
        if name.startswith("ev_") and (table, name) not in wanted.triggers:
            yield f'DROP TRIGGER "{name}" ON "{table}"'
    for key, trigger in wanted.triggers.items():
        if not _same(found.get(key), trigger):
            yield f'DROP TRIGGER IF EXISTS "{trigger.name}" ON "{trigger.table}"'
            yield trigger.sql
            # Even a superuser who replays changes as a replica runs into it.
            yield f'ALTER TABLE "{trigger.table}" ENABLE ALWAYS TRIGGER "{trigger.name}"'


def _same(found: tuple[Trigger | None, str] | None, wanted: Trigger) -> bool:
    return found is not None and found[1] == "A" and found[0] is not None and found[0].says == wanted.says


def _for_grants(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = _granted(connection)
    for table in sorted({table for table, _ in found ^ wanted.grants}):
        strangers = {grant.role for name, grant in found if name == table}
        everybody = sorted({"PUBLIC", *grants.ROLES, *strangers})
        yield f'REVOKE ALL ON "{table}" FROM {", ".join(everybody)}'
        for _, grant in sorted(each for each in wanted.grants if each[0] == table):
            column = f' ("{grant.column}")' if grant.column else ""
            yield f'GRANT {grant.privilege}{column} ON "{table}" TO {grant.role}'


def _function_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = _functions(connection)
    for name, function in wanted.functions.items():
        if name not in found:
            yield f"function {name} is missing"
        elif found[name] != function._replace(sql=""):
            yield f"function {name} was changed"
    for name, role in sorted(_executable(connection) ^ _may_execute(wanted)):
        yield f"function {name}: {role} may or may not execute it, against the list"


def _trigger_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = _triggers(connection)
    tables = {table for table, _ in wanted.triggers}
    for key, trigger in wanted.triggers.items():
        if key not in found:
            yield f"trigger {trigger.name} on {trigger.table} is missing"
        elif not _same(found[key], trigger):
            yield f"trigger {trigger.name} on {trigger.table} was changed or switched off"
    for table, name in found:
        if (table, name) not in wanted.triggers and (table in tables or name.startswith("ev_")):
            yield f"trigger {name} on {table} is not ours"
    rules = _rows(connection, "SELECT tablename, rulename FROM pg_rules WHERE schemaname = 'public'")
    yield from (f"rule {name} on {table} is not ours" for table, name in rules if table in tables)


def _grant_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = _granted(connection)
    for table, grant in sorted(found - wanted.grants, key=str):
        yield f"{grant.role} may {grant.privilege} {grant.column or 'every column'} of {table}, against the list"
    for table, grant in sorted(wanted.grants - found, key=str):
        yield f"{grant.role} may not {grant.privilege} {grant.column or 'every column'} of {table}, against the list"


def _role_differences(connection: BaseDatabaseWrapper) -> Iterable[str]:
    """A role that is superuser, or that owns a table, could undo everything above."""
    for name, superuser, owns in _rows(
        connection,
        "SELECT r.rolname, r.rolsuper, EXISTS (SELECT 1 FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')) "
        "FROM pg_roles r WHERE r.rolname = ANY (%s)",
        [list(grants.ROLES)],
    ):
        if superuser:
            yield f"role {name} is a superuser"
        elif owns:
            yield f"role {name} can act as the owner of tables"
