"""Lanes: each thread's private chain of events, its remembered head, and the boot lock that says who lives."""

import fcntl
import os
import secrets
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from broker.audit import entry, keys


class LaneBroken(Exception):
    """The lane's tail in the database is not one that this process wrote; nothing more goes into it."""


class Closed(Exception):
    """The process is ending: no lane is handed out any more."""


class Head(NamedTuple):
    """The last event of a lane."""

    n: int
    leaf: bytes
    mac: bytes
    cp: int


START = Head(0, entry.FIRST_PREVIOUS, b"", 0)


@dataclass(eq=False)
class Lane:
    """One lane of this process; `head` is the last one known to be committed."""

    id: int
    boot: bytes
    opened_us: int
    key: bytes
    head: Head = START
    confirmed: bool = False  # a commit with this lane has been seen
    dirty: bool = True  # something was appended whose commit has not been seen
    ended: bool = False
    remembered: dict[bytes, Head] = field(default_factory=dict)  # by MAC: what we sealed since the last commit

    def current(self, connection: BaseDatabaseWrapper) -> Head | None:
        """Return the head that the next event follows, or None where the lane itself was rolled back.

        `on_commit` is a hint: a lane whose last append was not confirmed reads its tail again.
        """
        pending = self.pending(connection)
        if pending is not None:
            return pending.head
        if self.dirty and not self._read_again(connection):
            return None
        return self.head

    def pending(self, connection: BaseDatabaseWrapper) -> "Advance | None":
        """The last thing that this connection's open transaction appended here and did not roll back."""
        for hook in reversed(connection.run_on_commit):
            if isinstance(hook[1], Advance) and hook[1].lane is self:
                return hook[1]
        return None

    def _read_again(self, connection: BaseDatabaseWrapper) -> bool:
        first = entry.event_id(self.id, 0)
        with connection.cursor() as cursor:
            if not self.confirmed:
                # Its moment too: SQLite gives the number of a lane that was rolled back to another thread of this boot.
                cursor.execute(
                    "SELECT 1 FROM audit_lane WHERE id = %s AND boot = %s AND opened_us = %s",
                    [self.id, self.boot, self.opened_us],
                )
                if cursor.fetchone() is None:
                    return False
            cursor.execute(
                "SELECT id, mac FROM audit_event WHERE id > %s AND id < %s ORDER BY id DESC LIMIT 1",
                [first, entry.event_id(self.id + 1, 0)],
            )
            row = cursor.fetchone()
        found = START if row is None else self._recognise(row[0] - first, bytes(row[1]))
        if found.n < self.head.n:
            raise LaneBroken
        self.head, self.dirty = found, False
        self.remembered.clear()
        return True

    def _recognise(self, n: int, mac: bytes) -> Head:
        known = self.head if mac == self.head.mac else self.remembered.get(mac)
        if known is None or known.n != n:
            raise LaneBroken
        return known


class Advance:
    """Moves a lane's remembered head when its transaction commits; found again in `run_on_commit` before."""

    def __init__(self, lane: Lane, head: Head) -> None:
        self.lane = lane
        self.head = head

    def __call__(self) -> None:
        """Take the head as committed."""
        self.lane.confirmed = True
        # An earlier hook of this commit may have appended and committed more already: never go back.
        if self.head.n >= self.lane.head.n:
            self.lane.head = self.head
            self.lane.dirty = False
            self.lane.remembered.clear()


class Boot:
    """This process's random name and the locked file that shows it alive."""

    def __init__(self) -> None:
        self.id = secrets.token_bytes(16)
        self.fd: int | None = None
        self._holding = threading.Lock()

    @property
    def path(self) -> Path:
        """The lock file."""
        return lock_dir() / self.id.hex()

    def hold(self) -> None:
        """Lock the file before the first lane names this boot."""
        with self._holding:  # two threads may open their first lanes at once; the second open file would find it locked
            if self.fd is not None:
                return
            lock_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                raise
            self.fd = fd

    def let_go(self, *, remove: bool) -> None:
        """Give the lock back; `remove` once every lane of this boot has its end."""
        if self.fd is not None:
            if remove:
                self.path.unlink(missing_ok=True)
            os.close(self.fd)
            self.fd = None


def lock_dir() -> Path:
    """Where boots hold their locks."""
    return Path(settings.DATA_DIR) / "lanes"


def is_dead(boot: bytes) -> bool:
    """Say whether the process of this boot is known to have ended; an unknown one counts as alive."""
    try:
        fd = os.open(lock_dir() / boot.hex(), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False  # another machine's, or never here: not ours to judge
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(fd)


def is_here(boot: bytes) -> bool:
    """Say whether this boot's process is (or was) on this machine, so that its end can be seen from here."""
    return (lock_dir() / boot.hex()).exists()


def forget(boot: bytes) -> None:
    """Remove a dead boot's lock file once all its lanes are ended."""
    (lock_dir() / boot.hex()).unlink(missing_ok=True)


class _Holder:
    """Ties a lane to its thread; when the thread ends the lane goes back to the pool."""

    def __init__(self, pool: "Pool", lane: Lane) -> None:
        self.lane = lane
        weakref.finalize(self, pool.put_back, lane).atexit = False


class Pool:
    """The lanes of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._local = threading.local()
        self._free: list[Lane] = []
        self._boot = Boot()
        self.all: list[Lane] = []
        self.closing = False
        self.left_open = False  # a lane was given up: its end will be said by the integrator, who needs the boot file

    @property
    def boot(self) -> bytes:
        """The random name of this process."""
        return self._boot.id

    def take(self, connection: BaseDatabaseWrapper) -> tuple[Lane, Head]:
        """Return this thread's lane and the head that the next event follows; open a lane where there is none."""
        if self.closing:
            raise Closed
        holder: _Holder | None = getattr(self._local, "holder", None)
        if holder is not None:
            try:
                head = None if holder.lane.ended else holder.lane.current(connection)
            except LaneBroken:
                self.drop(holder.lane)
                raise
            if head is not None:
                return holder.lane, head
            self.drop(holder.lane)
        with self._lock:
            lane = self._free.pop() if self._free else None
        if lane is None:
            lane = self._open(connection)
        self._local.holder = _Holder(self, lane)
        return self.take(connection)

    def _open(self, connection: BaseDatabaseWrapper) -> Lane:
        self._boot.hold()
        columns, opened_us = "opened_us, boot, mac_key", time.time_ns() // 1000
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO audit_lane ({columns}) VALUES (%s, %s, %s) RETURNING id",  # noqa: S608
                [opened_us, self.boot, keys.MAC_KEY],
            )
            number: int = cursor.fetchone()[0]
        lane = Lane(number, self.boot, opened_us, entry.lane_key(keys.lane_secret(keys.MAC_KEY), number))
        connection.on_commit(Advance(lane, START))
        with self._lock:
            self.all.append(lane)
        return lane

    def drop(self, lane: Lane) -> None:
        """Never write into this lane again."""
        self.left_open = self.left_open or (lane.confirmed and not lane.ended)
        lane.ended = True
        self._local.holder = None
        with self._lock:
            self.all = [each for each in self.all if each is not lane]

    def give_up(self, lane: Lane) -> None:
        """End a lane of any thread of this process from outside: whoever holds it opens another at the next event."""
        lane.ended = self.left_open = True
        with self._lock:
            self.all = [each for each in self.all if each is not lane]

    def put_back(self, lane: Lane) -> None:
        """Take a lane whose thread has ended."""
        with self._lock:
            if not lane.ended and not self.closing:
                self._free.append(lane)

    @property
    def mine(self) -> Lane | None:
        """The calling thread's lane."""
        holder: _Holder | None = getattr(self._local, "holder", None)
        return None if holder is None else holder.lane

    @property
    def settled(self) -> Lane | None:
        """The calling thread's lane, where nothing of it waits for a commit and none is in doubt."""
        lane = self.mine
        there = lane is not None and lane.confirmed and not (lane.dirty or lane.ended or self.closing)
        return lane if there else None

    def let_go(self, *, remove: bool) -> None:
        """Give up the boot lock."""
        self._boot.let_go(remove=remove)


_pool = Pool()


def pool() -> Pool:
    """The pool of this process."""
    return _pool


def reset(*, remove: bool = False) -> None:
    """Begin again with no lanes and a new boot (after a fork, a closing, or another database in tests)."""
    global _pool
    _pool.let_go(remove=remove)
    _pool = Pool()
