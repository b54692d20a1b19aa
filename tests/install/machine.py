"""A bare Debian 13 in a folder, booted under systemd: what the guide is typed into. Root alone can make one."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.install.guide import ROOT

NAME = "broker-guide"
NEEDS = ("debootstrap", "systemd-nspawn", "nsenter")
FIRST = "systemd,systemd-sysv,dbus"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
SCRIPT, TRUSTED, SOURCE = "guide.sh", "guide-trust.crt", "srv/broker.git"


class Machine:
    """A booted root; what is typed is typed as root, in one shell."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root, self._leader = root, leader

    def run(self, *argv: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program inside, and give what it said."""
        trust = dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS"), f"/etc/{TRUSTED}")
        inside = ["env", "-i", f"PATH={PATH}", "HOME=/", "LC_ALL=C.UTF-8", *(f"{a}={b}" for a, b in trust.items())]
        return subprocess.run(
            ["nsenter", "--target", str(self._leader), "--all", "--", *inside, *argv],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip

    def typed(self, text: str) -> subprocess.CompletedProcess[str]:
        """Type a text into one shell."""
        (self.root / "srv" / SCRIPT).write_text(text, encoding="utf-8")
        return self.run("sh", f"/srv/{SCRIPT}", seconds=1800)


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    """Make the root, put the code beside it as a repository, boot, and end it all afterwards."""
    missing = [name for name in NEEDS if shutil.which(name) is None]
    assert not missing, f"apt-get install --no-install-recommends debootstrap systemd-container util-linux: {missing}"
    root = folder / "root"
    _said(["debootstrap", "--variant=minbase", f"--include={FIRST}", "trixie", str(root)])
    _said(["git", "clone", "--quiet", "--bare", str(ROOT), str(root / SOURCE)])
    for path in sorted(Path("/etc/apt/apt.conf.d").glob("99*")):  # how this machine reaches Debian's packages
        shutil.copy(path, root / "etc/apt/apt.conf.d")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    shutil.copy(TRUST, root / "etc" / TRUSTED)
    left = Path("/run/systemd/nspawn/unix-export") / NAME
    subprocess.run(["umount", "--quiet", str(left)], check=False)
    with suppress(OSError):
        left.rmdir()
    with (folder / "boot.log").open("wb") as log:
        outer = subprocess.Popen(
            ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", f"--machine={NAME}", f"--directory={root}",
             "--boot", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(),
        )  # fmt: skip
    try:
        machine = Machine(root, _leader(outer))
        _until(lambda: machine.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"))
        yield machine
        machine.run("systemctl", "poweroff")
        outer.wait(60)
    finally:
        if outer.poll() is None:
            for child in _children(outer.pid):
                os.kill(child, signal.SIGKILL)  # the first process inside: all others end with it
            outer.kill()
            outer.wait()


def _environment() -> dict[str, str]:
    legacy = {} if Path("/sys/fs/cgroup/cgroup.controllers").exists() else {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "0"}
    return {"PATH": PATH, **legacy}


def _said(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _leader(outer: subprocess.Popen[bytes]) -> int:
    found: list[int] = []

    def begun() -> bool:
        found[:] = _children(outer.pid)
        return bool(found)

    _until(begun)
    return found[0]


def _until(holds: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "the machine did not come up"
        time.sleep(0.5)
