"""How a service shows that it serves: each check answers at once, and only for a process of this run."""

import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Check = Callable[[int], bool]
LISTEN = "0A"  # TCP_LISTEN in the kernel's table


def page(url: str, token: str) -> Check:
    """Ready when the health page gives this run's token; a stranger on that port cannot know it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def check(_pid: int) -> bool:
        try:
            with opener.open(url, timeout=1) as answer:
                return token.encode() in answer.read(4096)
        except (urllib.error.URLError, OSError):
            return False

    return check


def unix_socket(path: Path) -> Check:
    """Ready when somebody listens on this socket file."""

    def check(_pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as knock:
            try:
                knock.connect(str(path))
            except OSError:
                return False
        return True

    return check


def listens(port: int) -> Check:
    """Ready when the service's own process group, not a stranger, listens on this loopback port."""

    def check(pid: int) -> bool:
        return bool(_listening_sockets(port) & _group_sockets(pid))

    return check


def says(log: Path, words: str) -> Check:
    """Ready when the service has written these words; each run begins its log anew."""

    def check(_pid: int) -> bool:
        return log.exists() and words in log.read_text(encoding="utf-8", errors="replace")

    return check


def both(*checks: Check) -> Check:
    """Ready when every check says so."""
    return lambda pid: all(check(pid) for check in checks)


def _listening_sockets(port: int) -> set[str]:
    found = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
            found.add(f"socket:[{fields[9]}]")
    return found


def _group_sockets(group: int) -> set[str]:
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):  # a process may end while we look
            if os.getpgid(int(entry.name)) == group:
                found.update(_links(entry / "fd"))
    return found


def _links(folder: Path) -> set[str]:
    found = set()
    for link in folder.iterdir():
        with suppress(OSError):
            found.add(str(link.readlink()))
    return found
