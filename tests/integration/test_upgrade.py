"""An upgrade: what was written before the newest migrations is as whole after them, and code of before runs on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from broker.audit import log, store
from broker.db import evidence, installation, migrating, owner
from tests import cluster, harness
from tests.faults.scale import WHOLE, record
from tests.integration.audit_support import integrate, log_world, verdict, write

OURS = ("broker", "consents", "requests_app")
# Columns of migrations that landed before this was asked: code of before cannot write such a row. None is added.
FROM_BEFORE_THIS_RULE = {"checking_clerkcode.open"}
WRITTEN = {"db", "jobs", "vault", "audit"}  # what this test writes is written by the code of today
# What an installation upgrades; on both engines in a whole run (`./run faults restore`).
ENGINES = [*(["sqlite"] if WHOLE else []), pytest.param("postgresql", marks=pytest.mark.postgresql)]

type Node = tuple[str, str]


@contextmanager
def empty(engine: str, folder: Path, settings: Any) -> Iterator[None]:
    """Work on a database in which nothing was migrated yet."""
    before = dict(harness.base())
    name = f"broker_upgrade_{time.time_ns()}"
    if engine == "sqlite":
        harness.switch({**before, "ENGINE": "broker.db.sqlite3", "NAME": str(folder / "upgrade.sqlite3")})
        try:
            yield
        finally:
            harness.switch(before)
        return
    with cluster.connect("postgres", "postgres") as admin:
        admin.execute(cluster.quoted("CREATE DATABASE {} OWNER broker_owner TEMPLATE template0", name))
        known = cluster.facts()
        login = {"USER": "broker_app", "PASSWORD": known["passwords"]["broker_app"], "PORT": str(known["port"])}
        more = {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "OPTIONS": {"prepare_threshold": 5}}
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", name)
        harness.switch({"NAME": name, **login, **more})
        try:
            yield
        finally:
            settings.MIGRATE_DATABASE_URL = ""
            harness.switch(before)
            admin.execute(cluster.quoted("DROP DATABASE {} WITH (FORCE)", name))


def newest() -> tuple[list[Node], list[Node]]:
    """The newest migration of each of our packages on which no other stands, and where each package stood before."""
    graph = MigrationExecutor(connection).loader.graph
    ours = [node for node, each in graph.nodes.items() if type(each).__module__.startswith(OURS)]
    last = [
        node
        for node in ours
        if node[0] not in WRITTEN
        and not graph.node_map[node].children
        and any(parent.key[0] == node[0] for parent in graph.node_map[node].parents)
    ]
    targets = []
    for app in {app for app, _ in graph.nodes}:
        left = [node for node in graph.nodes if node[0] == app and node not in last]
        targets += [node for node in left if not any(child.key in left for child in graph.node_map[node].children)]
    return last, targets


def migrate(targets: list[Node]) -> ProjectState:
    """Migrate as the owner of the tables does, evidence and grants included; the state of the code of then."""
    with owner.logged_in():
        executor = migrating.Executor(connection)
        executor.migrate(targets)
        evidence.install(connection)
        return executor.loader.project_state(targets)


def unknown_to(model: type[models.Model]) -> list[str]:
    """Columns that code of before does not fill in, and that nothing else does."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, model._meta.db_table)
    filled = {field.column for field in model._meta.local_concrete_fields}
    return [
        f"{model._meta.db_table}.{column.name}"
        for column in found
        if column.name not in filled and not column.null_ok and column.default is None
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_newest_migrations_leave_the_log_as_it_was_and_code_of_before_runs(
    engine: str, django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> None:
    with django_db_blocker.unblock(), empty(engine, tmp_path, settings), log_world(settings, tmp_path) as desk:
        last, targets = newest()
        assert len(last) > 5
        before = migrate(targets)
        installation.declare("rehearsal")
        for _ in range(20):
            write()
        size = integrate(desk.answer)
        root = store.newest_note(1)
        began = time.monotonic()
        call_command("migrate", "--no-input", "--skip-checks", verbosity=0)
        record("newest migrations", engine, migrations=len(last), seconds=round(time.monotonic() - began, 1))
        assert store.newest_note(1) == root
        assert (verdict()["ok"], verdict()["size"]) == (True, size)
        evidence.assert_intact()
        # The processes of before go on for a while: what they read is there, and what they write is accepted.
        missing: list[str] = []
        for model in before.apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                list(model._default_manager.all()[:1])
                missing += unknown_to(model)
        assert set(missing) <= FROM_BEFORE_THIS_RULE
        write()
        assert integrate(desk.answer) > size
        assert verdict()["ok"]
        log.close_lanes()


# What a newer version may have brought that this one has not on its list.
LATER = {
    "sqlite": [
        "CREATE TRIGGER ev_later BEFORE DELETE ON parties_customer BEGIN SELECT RAISE(ABORT, 'later'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION ev_later() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "REVOKE ALL ON FUNCTION ev_later FROM PUBLIC",  # as each version does with its own
        "CREATE TRIGGER ev_later BEFORE DELETE ON parties_customer FOR EACH ROW EXECUTE FUNCTION ev_later()",
        "GRANT SELECT ON parties_customer TO broker_reader",
    ],
}


def test_back_again_it_serves_once_its_own_migrate_has_run(committing: str, settings: Any) -> None:
    if committing == "postgresql":
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    evidence.assert_intact()
    with owner.logged_in(), connection.cursor() as cursor:
        for statement in LATER[committing]:
            cursor.execute(statement)
    with pytest.raises(evidence.EvidenceTampered, match="ev_later on parties_customer is not ours"):
        evidence.assert_intact()
    call_command("migrate", "--no-input", "--skip-checks", verbosity=0)
    evidence.assert_intact()
