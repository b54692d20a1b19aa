"""What the tests themselves promise: a database each, no flush, no way off the machine, a real socket."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.db import connection

from tests import harness
from tests.conftest import NoNetwork
from tests.environment import ROOT, RUN

names: list[str] = []


@pytest.mark.parametrize("turn", [1, 2])
def test_every_committing_test_has_a_database_of_its_own(committing: str, turn: int) -> None:
    from tests import factories

    factories.organisation()
    assert type(factories.organisation()).objects.count() == 2
    assert connection.vendor == committing
    assert connection.settings_dict["NAME"] not in names
    names.append(connection.settings_dict["NAME"])


@pytest.mark.django_db
def test_a_test_that_rolls_back_shares_one() -> None:
    from broker.db import installation

    assert connection.settings_dict["NAME"] == harness.base()["NAME"]
    assert installation.mode() == "rehearsal"


def test_without_a_database_fixture_the_database_is_closed() -> None:
    with pytest.raises(RuntimeError, match="not allowed"), connection.cursor():
        pass


def test_the_application_is_not_its_own_owner(postgresql_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, pg_catalog.pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
        assert cursor.fetchone() == ("broker_app", "broker_owner")


def test_the_site_answers_on_a_real_socket_over_its_own_database(site: object) -> None:
    answer = httpx.get(f"{site.url}/no-such-page", follow_redirects=False)  # type: ignore[attr-defined]
    assert answer.status_code == 404


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.org", 443)])
def test_nothing_leaves_this_machine(address: tuple[str, int]) -> None:
    with pytest.raises(NoNetwork):
        socket.create_connection(address, timeout=1)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as one:
        with pytest.raises(NoNetwork):
            one.connect(address)
        with pytest.raises(NoNetwork):
            one.connect_ex(address)


def test_no_datagram_leaves_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(NoNetwork):
        one.sendto(b"x", ("192.0.2.1", 9))


def test_a_process_that_a_test_starts_works_on_the_same_database(committing: str) -> None:
    script = "import django; django.setup(); from broker.db import installation; print(installation.mode())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "rehearsal"


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass


FLUSHING = """
import pytest
from django.test import TestCase, TransactionTestCase

def test_fixture(transactional_db): pass
def test_server(live_server): pass
@pytest.mark.django_db(transaction=True)
def test_marker(): pass
@pytest.mark.django_db
def test_both(sqlite_db): pass
class TestClass(TransactionTestCase):
    def test_it(self): pass
class TestFine(TestCase):
    def test_it(self): pass
"""


def test_tests_that_would_flush_are_not_even_collected(tmp_path: Path) -> None:
    written = tmp_path / "test_it.py"
    written.write_text(FLUSHING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "tests.conftest", f"--rootdir={tmp_path}", written],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    _, heading, said = (done.stdout + done.stderr).rpartition("Tests never flush")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert heading
    assert all(name in said for name in ("test_fixture", "test_server", "test_marker", "test_both", "TestClass"))
    assert "TestFine" not in said


def test_the_run_keeps_everything_in_its_own_folder(settings: object) -> None:
    assert Path(settings.KEY_FILE).is_relative_to(RUN)  # type: ignore[attr-defined]
    assert Path(settings.DATA_DIR).is_relative_to(RUN)  # type: ignore[attr-defined]
    assert Path(harness.base()["NAME"]).is_relative_to(RUN)
