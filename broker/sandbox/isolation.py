"""The walls of the sandbox, put up inside the child before anything heavy is imported.

Each wall is tried by itself and reported: a host that refuses one (an old kernel, a strict container) still gets the
others, and `doctor` can say what is missing. The boundary is namespace + Landlock + limits; the audit hook is a
tripwire that ends the process when a parser does what no parser should.
"""

import mimetypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from broker.sandbox import landlock

MEMORY = 768 * 1024 * 1024
OPEN_FILES = 64
TRIPPED = 86  # the exit status that says "tripwire"

# The last is what a PDF reader takes its random numbers from; without it it opens no file that an owner protected.
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig", "/dev/urandom")
_NEVER = (
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "subprocess.Popen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "os.remove",
    "os.rename",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "shutil.rmtree",
)


def shut_in(source: Path, packages: tuple[str, ...]) -> dict[str, Any]:
    """Put up namespaces, Landlock and limits; say which of them stand."""
    mimetypes.init()  # reads /etc, which is closed afterwards
    report: dict[str, Any] = {"network_namespace": _own_namespaces(), "landlock": 0, "user": os.getuid()}
    readable = [*_SYSTEM, sys.prefix, sys.base_prefix, *(str(source / name) for name in packages)]
    try:
        report["landlock"] = landlock.restrict(readable)
    except OSError as problem:
        report["why_no_landlock"] = problem.errno or str(problem)
    _limit()
    return report


def limit_job(cpu: int, wall: float) -> None:
    """Give the next job its CPU seconds, and an alarm of its own should the parent be gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + cpu
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    signal.setitimer(signal.ITIMER_REAL, wall + 1)


def end_job() -> None:
    """Take the alarm off again."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def set_tripwire() -> None:
    """From here on, what no parser does ends the process."""
    sys.addaudithook(_tripwire)


def _own_namespaces() -> bool:
    """Leave the network; with a user namespace it works without privileges, without one only for root."""
    apart = os.CLONE_NEWNET | os.CLONE_NEWIPC
    for flags in (os.CLONE_NEWUSER | apart, apart):
        with suppress(OSError):
            os.unshare(flags)
            return True
    return False


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        hard = resource.getrlimit(what)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)  # a host may have set a lower one
        resource.setrlimit(what, (limit, limit))


def _tripwire(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NEVER or (event == "open" and _writes(arguments)):
        os._exit(TRIPPED)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _path, mode, flags = (*arguments, None, None, None)[:3]
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return True
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
