"""The signer under its own operating system user: it signs, and reaches neither the database nor the keys."""

import os
import pwd
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from broker.audit import signer
from broker.demo import signer_account
from tests.environment import ROOT
from tests.unit.test_audit_signer import ORIGIN, opened, request

USER = "nobody"  # Debian has it everywhere; it owns nothing
MANAGE = [sys.executable, str(ROOT / "manage.py")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation's folders, closed to everybody else, as `./run demo` makes them."""
    folder = tmp_path / "c" / "data"  # short: the path of a socket has 107 characters at most
    folder.mkdir(parents=True)
    (tmp_path / "c").chmod(0o700)
    signer.make_key(folder / "signer", ORIGIN)
    for name in ("broker.sqlite3", "broker.keys"):
        (folder / name).write_text("secret")
        (folder / name).chmod(0o600)
    return folder


def give(folder: Path) -> None:
    user = pwd.getpwnam(USER)
    for path in [folder, *folder.iterdir()]:
        os.chown(path, user.pw_uid, user.pw_gid)


@contextmanager
def running(data: Path) -> Iterator[subprocess.Popen[str]]:
    """The signer as the rehearsal starts it."""
    argv = signer_account.command(MANAGE, {"BROKER_DATA_DIR": str(data)}, USER)
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_another_user_signs_and_reaches_neither_database_nor_keys(data: Path) -> None:
    if os.geteuid() != 0:  # nobody but root can give root up: it must be refused, and no signer run as before
        with running(data) as process:
            assert "only root" in said(process)
        return
    give(data / "signer")
    socket = data / "run" / "signer.sock"
    with running(data) as process:
        assert said(process) == "signer ready at size 0\n"
        user = pwd.getpwnam(USER)
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        assert status["Uid"].split() == [str(user.pw_uid)] * 4
        assert status["Gid"].split() == [str(user.pw_gid)] * 4
        assert status["Groups"].split() == []
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        handles = {os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()}
        assert not [each for each in handles if each.startswith(str(data)) and "signer" not in each]
        told = Path(f"/proc/{process.pid}/environ").read_text()
        assert "DATABASE_URL" not in told
        assert opened(data / "signer", signer.ask(socket, request(0, 4))).size == 4
        assert signer.ask(socket, request(4, 9))["note"]
    # What it wrote is its own, and root's commands go on from there.
    assert {path.owner() for path in (data / "signer").iterdir()} == {USER}
    desk = signer.Desk(data / "signer")
    assert desk.answer(request(9, 12))["note"]
    desk.close()
    with running(data) as process:
        assert said(process) == "signer ready at size 12\n"
        assert signer.ask(socket, request(12, 13))["note"]


def test_that_user_cannot_open_what_is_not_the_signers(data: Path) -> None:
    if os.geteuid() != 0:
        assert signer_account.prepare(data / "signer")[0] == ""
        return
    code = (
        "import os, sys; from broker.audit import signer_user; signer_user.become(sys.argv[1])\n"
        "for path in sys.argv[2:]:\n"
        "    try: os.close(os.open(path, os.O_RDONLY)); print('opened', path)\n"
        "    except OSError as error: print(type(error).__name__)\n"
        "try: os.setuid(0); print('root again')\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    paths = [str(data / name) for name in ("broker.sqlite3", "broker.keys")]
    done = subprocess.run(
        [sys.executable, "-c", code, USER, *paths], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["PermissionError"] * 3


def test_a_folder_of_somebody_elses_is_refused_at_the_start(data: Path) -> None:
    if os.geteuid() != 0:
        with running(data) as process:
            assert "only root" in said(process)
        return
    with running(data) as process:
        assert "SIGNER_DIR must belong to the signer's user" in said(process) + said(process)
        assert process.wait(60) == 1
    assert (data / "signer" / signer.LAST).read_text().split("\n")[1] == "0"


PARENT = """
import subprocess, sys, time
from pathlib import Path
from broker.demo.supervisor import Service, Supervisor
from broker.demo import readiness
data, argv = Path(sys.argv[1]), sys.argv[2:]
with Supervisor(logs=data / "logs", environment={}, folder=Path.cwd()) as supervisor:
    supervisor.up(Service("signer", argv, readiness.unix_socket(data / "run" / "signer.sock")))
    print(supervisor._running[0][1].pid, flush=True)
    time.sleep(600)
"""


def test_it_ends_with_the_supervisor_that_started_it(data: Path) -> None:
    """The kernel forgets the death signal when a process changes its user: it is asked for again."""
    if os.geteuid() != 0:
        with running(data) as process:
            assert "only root" in said(process)
        return
    give(data / "signer")
    argv = signer_account.command(MANAGE, {"BROKER_DATA_DIR": str(data)}, USER)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data), *argv], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 60
    while _runs(pid):
        assert time.monotonic() < end
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether it still runs; a dead one that nobody has fetched yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("user", ["root", "no-such-user-here"])
def test_root_and_unknown_users_are_refused(data: Path, settings: object, user: str) -> None:
    settings.SIGNER_DIR = data / "signer"
    settings.SIGNER_SOCKET = data / "s"
    before = Path.cwd()
    try:
        with pytest.raises(CommandError, match=r"root|no user"):
            call_command("sign_log", "--user", user)
    finally:
        os.chdir(before)


def test_root_writes_through_no_link_that_the_signers_user_laid(data: Path, tmp_path: Path) -> None:
    """Root's own commands write into a folder that belongs to another user: a link there leads nowhere."""
    target = tmp_path / "target"
    target.write_text("untouched")
    (data / "signer" / "last.new").symlink_to(target)
    desk = signer.Desk(data / "signer")
    assert desk.answer(request(0, 4))["note"]
    desk.close()
    assert target.read_text() == "untouched"
    assert not (data / "signer" / signer.LAST).is_symlink()
    (data / "signer" / signer.LOCK).unlink()
    (data / "signer" / signer.LOCK).symlink_to(target)
    with pytest.raises(signer.CannotSign):
        signer.Desk(data / "signer")
