"""The evidence rules on PostgreSQL: triggers, functions, and a grant for each role on each table."""

from collections.abc import Iterable
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from broker.db import (
    catalogue,
    evidence,
    evidence_approvals,
    evidence_asking,
    evidence_audit,
    evidence_bars,
    evidence_brought,
    evidence_complaints,
    evidence_completeness,
    evidence_consents,
    evidence_desk,
    evidence_differences,
    evidence_duties,
    evidence_fees,
    evidence_glass,
    evidence_held_files,
    evidence_holds,
    evidence_hooks,
    evidence_identity,
    evidence_incidents,
    evidence_joint,
    evidence_ladder,
    evidence_modes,
    evidence_one_value,
    evidence_outside,
    evidence_packs,
    evidence_paper,
    evidence_publishing,
    evidence_purposes,
    evidence_requests,
    evidence_rights,
    evidence_stopping,
    evidence_vault,
    evidence_vault_key,
    evidence_waits,
    grants,
)

_REFUSE = (
    "CREATE OR REPLACE FUNCTION ev_refuse() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = pg_catalog, pg_temp AS $$ BEGIN "
    "RAISE EXCEPTION 'evidence: rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
    "END $$"
)
_STAMPS = {"tx": "pg_current_xact_id()", "at": "clock_timestamp()"}


class Expected(NamedTuple):
    """Everything that should be in the database."""

    functions: dict[str, catalogue.Function]
    triggers: dict[tuple[str, str], catalogue.Trigger]
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
            *_for_roles(connection),
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
        *_stamp_differences(connection),
    ]


def unbound(connection: BaseDatabaseWrapper) -> list[str]:
    """Say why this process's own login is held by none of it; nothing where it is held."""
    role, power = catalogue.login(connection)
    return [f"we log in as {role}, which {power}"] if power else []


def _wanted(connection: BaseDatabaseWrapper) -> Expected:
    tables = catalogue.tables(connection)
    functions, triggers = {}, {}
    for sql in _statements(tables):
        if function := catalogue.function_of(sql):
            functions[function.name] = function
        elif trigger := catalogue.trigger_of(sql):
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
    yield evidence_audit.LEAF
    yield from evidence_audit.POSTGRES
    yield from evidence_consents.POSTGRES
    yield from evidence_approvals.POSTGRES
    yield from evidence_complaints.POSTGRES
    yield from evidence_completeness.POSTGRES
    yield from evidence_packs.POSTGRES
    yield from evidence_paper.POSTGRES
    yield from evidence_requests.POSTGRES
    yield from evidence_stopping.POSTGRES
    yield from evidence_asking.POSTGRES
    yield from evidence_modes.POSTGRES
    yield from evidence_vault_key.POSTGRES
    yield from evidence_held_files.POSTGRES
    yield from evidence_fees.POSTGRES
    yield from evidence_holds.POSTGRES
    yield from evidence_joint.POSTGRES
    yield from evidence_publishing.POSTGRES
    yield from evidence_purposes.POSTGRES
    yield from evidence_ladder.POSTGRES
    yield from evidence_identity.POSTGRES
    yield from evidence_desk.POSTGRES
    yield from evidence_one_value.POSTGRES
    yield from evidence_differences.POSTGRES
    yield from evidence_brought.POSTGRES
    yield from evidence_hooks.POSTGRES
    yield from evidence_duties.POSTGRES
    yield from evidence_bars.POSTGRES
    yield from evidence_glass.POSTGRES
    yield from evidence_incidents.POSTGRES
    yield from evidence_rights.POSTGRES
    yield from evidence_waits.POSTGRES
    yield from evidence_outside.POSTGRES
    for table in evidence.APPEND_ONLY:
        yield (
            f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ev_refuse()"
        )
    for table in evidence.AUDITED:
        yield from evidence_audit.AUDITED_TRIGGER_SQL(table)
    if tables.issuperset(evidence_vault.NEEDS):
        yield evidence_vault.open_key(evidence.OBJ_PARTS)


def _demand_roles(connection: BaseDatabaseWrapper) -> None:
    there = {
        name for (name,) in catalogue.rows(connection, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'broker\\_%%'")
    }
    if missing := sorted(set(grants.ROLES) - there):
        raise ImproperlyConfigured(
            f"PostgreSQL lacks the roles {', '.join(missing)}: run broker/db/roles.sql as superuser first"
        )


# --- the two compared ---------------------------------------------------------------------------------------------


def _may_execute(wanted: Expected) -> set[tuple[str, str]]:
    may = {("open_key", grants.APP), ("ev_leaf", grants.KEEPER)}
    return {(name, role) for name, role in may if name in wanted.functions}


def _for_functions(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found, allowed = catalogue.functions(connection), catalogue.executable(connection)
    for name, function in wanted.functions.items():
        if name not in found or found[name] != function._replace(sql=""):
            yield function.sql
        may = {role for what, role in _may_execute(wanted) if what == name}
        held = {role for what, role in allowed if what == name}
        if name not in found or held != may:
            yield f"REVOKE ALL ON FUNCTION {name} FROM {_everybody(held)}"
            yield from (f"GRANT EXECUTE ON FUNCTION {name} TO {role}" for role in sorted(may))


def _for_triggers(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = catalogue.triggers(connection)
    for table, name in found:
        if name.startswith("ev_") and (table, name) not in wanted.triggers:
            yield f'DROP TRIGGER "{name}" ON "{table}"'
    for key, trigger in wanted.triggers.items():
        if not _same(found.get(key), trigger):
            yield f'DROP TRIGGER IF EXISTS "{trigger.name}" ON "{trigger.table}"'
            yield trigger.sql
            # Even a superuser who replays changes as a replica runs into it.
            yield f'ALTER TABLE "{trigger.table}" ENABLE ALWAYS TRIGGER "{trigger.name}"'


def _same(found: tuple[catalogue.Trigger | None, str] | None, wanted: catalogue.Trigger) -> bool:
    return found is not None and found[1] == "A" and found[0] is not None and found[0].says == wanted.says


def _for_grants(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = catalogue.granted(connection)
    for table in sorted({table for table, _ in found ^ wanted.grants}):
        strangers = {grant.role for name, grant in found if name == table}
        yield f'REVOKE ALL ON "{table}" FROM {_everybody(strangers)}'
        for _, grant in sorted((each for each in wanted.grants if each[0] == table), key=str):
            column = f' ("{grant.column}")' if grant.column else ""
            yield f'GRANT {grant.privilege}{column} ON "{table}" TO {grant.role}'


def _everybody(strangers: set[str]) -> str:
    """Name all whom something is taken from: ours, whoever else has it, and the public."""
    named = sorted({*grants.ROLES, *strangers} - {"PUBLIC"})
    return ", ".join(["PUBLIC", *('"{}"'.format(role.replace('"', '""')) for role in named)])


def _function_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = catalogue.functions(connection)
    for name, function in wanted.functions.items():
        if name not in found:
            yield f"function {name} is missing"
        elif found[name] != function._replace(sql=""):
            yield f"function {name} was changed"
    for name, role in sorted(catalogue.executable(connection) ^ _may_execute(wanted)):
        yield f"function {name}: {role} may or may not execute it, against the list"


def _trigger_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = catalogue.triggers(connection)
    tables = {table for table, _ in wanted.triggers}
    for key, trigger in wanted.triggers.items():
        if key not in found:
            yield f"trigger {trigger.name} on {trigger.table} is missing"
        elif not _same(found[key], trigger):
            yield f"trigger {trigger.name} on {trigger.table} was changed or switched off"
    for table, name in found:
        if (table, name) not in wanted.triggers and (table in tables or name.startswith("ev_")):
            yield f"trigger {name} on {table} is not ours"
    rules = catalogue.rows(connection, "SELECT tablename, rulename FROM pg_rules WHERE schemaname = 'public'")
    yield from (f"rule {name} on {table} is not ours" for table, name in rules if table in tables)


def _grant_differences(connection: BaseDatabaseWrapper, wanted: Expected) -> Iterable[str]:
    found = catalogue.granted(connection)
    for table, grant in sorted(found - wanted.grants, key=str):
        yield f"{grant.role} may {grant.privilege} {grant.column or 'every column'} of {table}, against the list"
    for table, grant in sorted(wanted.grants - found, key=str):
        yield f"{grant.role} may not {grant.privilege} {grant.column or 'every column'} of {table}, against the list"


def _role_differences(connection: BaseDatabaseWrapper) -> Iterable[str]:
    """A role that is superuser, or that owns a table, could undo everything above."""
    for name, superuser, owns, temporary, creates in catalogue.powers(connection):
        if superuser:
            yield f"role {name} is a superuser"
        elif owns:
            yield f"role {name} can act as the owner of tables"
        if temporary or creates:
            yield f"role {name} can make tables that hide ours"


def _for_roles(connection: BaseDatabaseWrapper) -> Iterable[str]:
    """Take from the roles, and from everybody, what would let a table of theirs stand before one of ours."""
    if any(temporary or creates for _, _, _, temporary, creates in catalogue.powers(connection)):
        everybody = ", ".join(("PUBLIC", *grants.ROLES))
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        yield f"REVOKE TEMPORARY ON DATABASE {database} FROM {everybody}"
        yield f"REVOKE CREATE ON SCHEMA public FROM {everybody}"


def _stamp_differences(connection: BaseDatabaseWrapper) -> Iterable[str]:
    """Which transaction wrote an event, and when, is the database's word: another default would forge it."""
    for column, default in _STAMPS.items():
        found = catalogue.default_of(connection, "audit_event", column)
        if found not in (None, default):
            yield f"the default of audit_event.{column} was changed"
