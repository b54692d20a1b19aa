"""What the settings read from the environment, for one run of the tests; imported before Django loads.

Everything a run writes lies in one folder in memory, named by the process that began the run, so that a later run can
clear up after one that was killed.
"""

import atexit
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEMORY = Path("/dev/shm")  # a cluster on disk takes ten times as long to clone
PREFIX = "broker-tests-"
VARIABLE = "BROKER_TEST_RUN"


def alive(pid: int) -> bool:
    """Say whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop(pid: int, folder: Path, how: signal.Signals = signal.SIGINT) -> None:
    """Stop the server of this data folder, and only if the process really is that server."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return
    if str(folder).encode() not in command:
        return
    os.kill(pid, how)
    end = time.monotonic() + 20
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    if alive(pid) and how is not signal.SIGQUIT:
        stop(pid, folder, signal.SIGQUIT)


def remove(folder: Path) -> None:
    """Stop the folder's servers, if any runs, and delete everything."""
    for data in folder.glob("*pg"):
        try:
            pid = int((data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        stop(pid, data)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(FileNotFoundError):  # another run that began at the same moment cleared it up
            if pid.isdigit() and not alive(int(pid)) and folder.stat().st_uid == os.geteuid():
                remove(folder)


def _begin() -> tuple[Path, bool]:
    """Give the run's folder, and whether this process made it (else it is a worker of the one that did)."""
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE]), False
    base = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
    folder.chmod(0o711)  # the database server runs as another user
    os.environ[VARIABLE] = str(folder)
    return folder, True


RUN, OURS = _begin()
_OWNER = os.getpid()


@atexit.register
def _end() -> None:
    """Leave nothing behind, however the run ended; a forked child is not the run."""
    if OURS and os.getpid() == _OWNER:
        remove(RUN)


if OURS and "broker.settings" in sys.modules:
    raise RuntimeError("the settings were loaded before the tests' environment: unset DJANGO_SETTINGS_MODULE")
_VALUES = {
    "SECRET_KEY": secrets.token_urlsafe(48),
    "BROKER_DATA_DIR": str(RUN / "data"),
    "REQUEST_GATHER_MINUTES": "0",
    "BROKER_KEY_FILE": str(RUN / "keys" / "broker.keys"),
    "SEALED_FILES_DIR": str(RUN / "data" / "files"),
    "DATABASE_URL": f"sqlite:///{RUN}/none.sqlite3",
    "MIGRATE_DATABASE_URL": "",
    "LOG_ORIGIN": "broker.localhost/audit/tests",
    "LOG_LEVEL": "WARNING",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "ALLOWED_EGRESS": "",
    "MAIL_AUTHSERV_ID": "mx.broker.example",
    "EXTRA_AUTHENTICATION_BACKENDS": "",
}
if OURS:
    os.environ.update(_VALUES)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")
