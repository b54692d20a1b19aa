"""What PostgreSQL's catalogue says about triggers, functions and grants, in a form that can be compared."""

import re
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from broker.db import grants

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


def function_of(sql: str) -> Function | None:
    """Read a CREATE FUNCTION statement of the list."""
    made = _FUNCTION.fullmatch(sql)
    if made is None:
        return None
    return Function(made["name"], made["body"], made["path"], made["definer"] is not None, sql)


def trigger_of(sql: str) -> Trigger | None:
    """Read a CREATE TRIGGER statement, of the list or of the catalogue; None where ours could not say that."""
    made = _TRIGGER.fullmatch(sql)
    if made is None:
        return None
    verbs = frozenset(made["verbs"].split(" OR "))
    says = (bool(made["constraint"]), made["when"], verbs, bool(made["deferred"]), made["each"], made["function"])
    return Trigger(made["name"], made["table"], says, sql)


def rows(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a query of the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return [tuple(row) for row in cursor.fetchall()]


def tables(connection: BaseDatabaseWrapper) -> set[str]:
    """Give the names of our tables."""
    return {
        name
        for (name,) in rows(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
        )
    }


def functions(connection: BaseDatabaseWrapper) -> dict[str, Function]:
    """Give the functions that the evidence rules use."""
    found = rows(
        connection,
        "SELECT proname, prosrc, coalesce(array_to_string(proconfig, ';'), ''), prosecdef FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND (proname LIKE 'ev\\_%%' OR proname = 'open_key')",
    )
    return {
        name: Function(name, body, config.removeprefix("search_path="), bool(definer))
        for name, body, config, definer in found
    }


def triggers(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[Trigger | None, str]]:
    """Give (table, name) -> what each trigger does, and how it is switched on."""
    found = rows(
        connection,
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal",
    )
    return {(table, name): (trigger_of(text), enabled) for table, name, text, enabled in found}


def granted(connection: BaseDatabaseWrapper) -> set[tuple[str, grants.Grant]]:
    """Give every grant to anybody but the owner, on tables and on columns."""
    found = rows(
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
    return {(table, grants.Grant(role, privilege, column)) for table, role, privilege, column in found}


def executable(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """Give (function, role) for everybody but the owner who may execute one of ours."""
    found = rows(
        connection,
        "SELECT p.proname, coalesce(r.rolname, 'PUBLIC') FROM pg_proc p "
        "CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE p.pronamespace = 'public'::regnamespace AND (p.proname LIKE 'ev\\_%%' OR p.proname = 'open_key') "
        "AND a.grantee <> p.proowner",
    )
    return {(name, role) for name, role in found}


def powers(connection: BaseDatabaseWrapper) -> list[tuple[Any, ...]]:
    """Give (role, superuser, owns tables, may make temporary tables, may make tables) for each of our roles."""
    return rows(
        connection,
        "SELECT r.rolname, r.rolsuper, EXISTS (SELECT 1 FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')), "
        "has_database_privilege(r.oid, current_database(), 'TEMPORARY'), "
        "has_schema_privilege(r.oid, 'public', 'CREATE') "
        "FROM pg_roles r WHERE r.rolname = ANY (%s) ORDER BY r.rolname",
        [list(grants.ROLES)],
    )


def login(connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """Give who this process is to PostgreSQL, and why triggers and grants do not hold it ("": they do)."""
    (role, mighty, owns), *_ = rows(
        connection,
        "SELECT r.rolname, r.rolsuper, EXISTS (SELECT 1 FROM pg_class c WHERE c.relkind = 'r' "
        "AND c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')) "
        "FROM pg_roles r WHERE r.rolname = current_user",
    )
    return str(role), "is a superuser" if mighty else "owns the tables" if owns else ""


def default_of(connection: BaseDatabaseWrapper, table: str, column: str) -> str | None:
    """Give a column's default; "" where it has none, None where there is no such column."""
    found = rows(
        connection,
        "SELECT coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "WHERE a.attrelid = to_regclass(%s) AND a.attname = %s",
        [f"public.{table}", column],
    )
    return found[0][0] if found else None
