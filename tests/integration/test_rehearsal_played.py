"""`./run demo --once --postgres`: the whole case on PostgreSQL, each process with the login of its own role."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from broker.demo import environment
from tests.environment import ROOT, RUN

pytestmark = pytest.mark.postgresql
LONG = 900  # seconds until it counts as hanging


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a rehearsal of the test's own lies; its database beside it."""
    made = RUN / "played"
    yield made
    for each in (made, made.with_name("played-postgresql")):
        shutil.rmtree(each, ignore_errors=True)


def test_the_whole_case_is_played_on_postgresql_and_the_database_ends_with_it(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "case.json"
    inherited = {name: value for name, value in os.environ.items() if name not in environment.FOREIGN}
    done = subprocess.run(
        [sys.executable, "-m", "broker.demo", "--once", "--postgres", "--json", str(record)],
        cwd=ROOT,
        env={**inherited, "REHEARSAL_DIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    played = json.loads(record.read_text())
    assert [step["name"] for step in played["steps"] if not step["ok"]] == []
    assert played["steps"][0]["name"] == "start PostgreSQL"
    assert played["log"]["ok"]
    assert played["log"]["size"] > 100
    assert played["paths"]["database"] == str(folder.with_name("played-postgresql"))
    values = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines() if "=" in line)
    assert environment.is_on_postgresql(values)
    assert values["DATABASE_URL"].startswith("postgresql://broker_app:")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(values["DATABASE_URL"], connect_timeout=5)
    assert not list(folder.rglob("*.sqlite3"))
