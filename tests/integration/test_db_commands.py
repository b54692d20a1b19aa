"""The commands of set-up: migrate as the owner, make the keys."""

import io
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from broker.db import evidence, grants
from tests import cluster, harness
from tests.environment import ROOT


def test_the_application_cannot_migrate_and_the_owner_can(postgresql_db: str) -> None:
    name = connection.settings_dict["NAME"]
    with cluster.connect("postgres", name) as superuser:
        superuser.execute("DROP TRIGGER ev_installation_stays ON installation")
    assert evidence.differences(connection) == ["trigger ev_installation_stays on installation is missing"]
    with pytest.raises(pytest.fail.Exception, match=r"permission denied|must be owner"):
        harness.migrate(cluster.url("broker_app", name))
    harness.migrate(cluster.url("broker_app", name), cluster.url("broker_owner", name))
    assert evidence.differences(connection) == []


def test_migrate_leaves_the_login_as_it_was(postgresql_db: str, settings: object) -> None:
    name = connection.settings_dict["NAME"]
    settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", name)  # type: ignore[attr-defined]
    call_command("migrate", "--skip-checks", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("broker_app",)


def test_without_the_roles_nothing_is_migrated(postgresql_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a protection is none: the error says which file makes the roles."""
    monkeypatch.setattr(grants, "ROLES", (*grants.ROLES, "nobody"))
    with pytest.raises(ImproperlyConfigured, match=r"nobody.*roles\.sql"):
        evidence.install(connection)


def test_the_roles_can_be_made_again(postgresql_db: str) -> None:
    text = (ROOT / "broker" / "db" / "roles.sql").read_text()
    with cluster.connect("postgres", "postgres") as superuser:
        superuser.execute(text)
        rows = superuser.execute("SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname LIKE 'broker%'")
        assert sorted(rows) == [(role, True, False) for role in sorted(cluster.ROLES)]


def test_every_ordinary_table_is_the_applications_to_use(postgresql_db: str) -> None:
    name = connection.settings_dict["NAME"]
    with cluster.connect("broker_app", name) as app:
        for table in ("jobs_job", "django_session", "django_q_ormq", "axes_accessattempt"):
            app.execute(f"DELETE FROM {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM django_migrations")


def test_make_keys_makes_a_file_once(tmp_path: Path, settings: object) -> None:
    path = tmp_path / "keys" / "broker.keys"
    settings.KEY_FILE = path  # type: ignore[attr-defined]
    call_command("make_keys", stdout=io.StringIO())
    assert set(json.loads(path.read_text())) == {"format", "current", "wrapping", "root"}
    with pytest.raises(CommandError, match="never replaced"):
        call_command("make_keys")


def test_make_keys_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "make_keys", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Example: manage.py make_keys" in " ".join(done.stdout.split())
