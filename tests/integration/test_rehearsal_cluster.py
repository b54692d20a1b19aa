"""The database of `./run demo --postgres`: made once, a login for each role, and it ends with the rehearsal."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from broker.demo import cluster, environment
from broker.demo.supervisor import ServiceFailed
from tests.environment import RUN


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = RUN / "rehearsal-postgresql"
    monkeypatch.setattr(environment, "CLUSTER", made)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_each_role_logs_in_and_what_was_written_stays(folder: Path, tmp_path: Path) -> None:
    first = environment.variables(environment.choose_ports(), {}, tmp_path, postgresql=True)
    assert environment.is_on_postgresql(first)
    with cluster.serving(first, tmp_path / "logs"):
        for name in ("DATABASE_URL", "MIGRATE_DATABASE_URL", "INTEGRATOR_DATABASE_URL", "KEEPER_DATABASE_URL"):
            with psycopg.connect(first[name]) as login:
                (who, power) = login.execute(
                    "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
                ).fetchone() or ("", True)
                assert (first[name].startswith(f"postgresql://{who}:"), power) == (True, False)
        with psycopg.connect(first["MIGRATE_DATABASE_URL"]) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(first["DATABASE_URL"].replace("broker_app", "broker_owner"))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first["DATABASE_URL"], connect_timeout=5)
    again = environment.variables(environment.choose_ports(), first, tmp_path, postgresql=True)
    assert environment.passwords(again) == environment.passwords(first)
    with cluster.serving(again, tmp_path / "logs"), psycopg.connect(again["MIGRATE_DATABASE_URL"]) as owner:
        assert owner.execute("SELECT one FROM kept").fetchone() == (1,)


def test_where_there_is_no_server_it_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "BINARIES", tmp_path)
    values = environment.variables(environment.choose_ports(), {}, tmp_path, postgresql=True)
    with pytest.raises(ServiceFailed, match="postgresql-17"), cluster.serving(values, tmp_path / "logs"):
        pytest.fail("there is no server")


def test_on_sqlite_there_is_no_login_of_another_role(tmp_path: Path) -> None:
    values = environment.variables(environment.choose_ports(), {}, tmp_path)
    assert not environment.is_on_postgresql(values)
    assert not [name for name in values if name.endswith("_DATABASE_URL") and values[name]]
