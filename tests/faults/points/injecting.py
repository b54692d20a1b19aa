"""What a process passes when it commits, sends, writes a file or waits for the disk; and a fault at one such point.

Nothing of it is in the product, so nothing of it is there in production: the calls that end in the driver's commit, the
mail server, the other end's HTTP, the file store and the disk are wrapped in the process of the test. So every point is
found, that of tomorrow's code too. A point is named by its kind, by the function of the product that leads to it, and
by how often it was passed before: `commit requests_app.pull:record #1`.

A file that is written without the file store, in a folder of the installation, is a point where its first bytes go to
the disk, whoever opened it (`open`, `Path.write_bytes`, `os.fdopen`, `os.write`). What another program writes
(`pg_dump`, SQLite itself) is none.
"""

import builtins
import errno
import io
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import OperationalError, connection
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

from broker.transport import errors, http, outward, smtp
from broker.transport.object_store import SealedObjects
from tests.environment import ROOT

FAULTS = (
    "killed before", "killed after", "exception before", "exception after",
    "connection lost", "disk full", "outcome unknown",
)  # fmt: skip
COMMITS, SENDS, FILES = ("commit", "write"), ("mail", "webhook", "call"), ("file", "fsync", "rename")
_PACKAGES = tuple(f"{ROOT}/{name}/" for name in ("broker", "consents", "requests_app"))
# What only carries a point: it is named by whoever calls these.
_CARRYING = (
    "db/", "transport/", "audit/log.py", "audit/insertion.py", "audit/lanes.py", "limits/counting.py",
    "vault/files.py", "demo/",
)  # fmt: skip
_CARRIERS = tuple(f"{ROOT}/broker/{name}" for name in _CARRYING)
_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH\b.*\b(?:INSERT|UPDATE|DELETE))\b", re.I | re.S)


class Broken(Exception):
    """The exception that nobody foresaw."""


class Injector:
    """Counts the points that this process passes, and lets one fault happen at one of them."""

    def __init__(self, wanted: str = "", fault: str = "") -> None:
        self.wanted, self.fault = wanted, fault
        self.passed: list[str] = []
        self.happened = False
        self._full = self._lost = self._writing = False

    def arm(self) -> None:
        """Wrap this process's ways to the database, to others and to the disk; there is no way back."""
        database: Any = type(_wrapper())
        self._wrap(database, "_commit", "commit")
        _wrapper().execute_wrappers.append(self._statement)
        self._wrap(smtp, "_content", "mail")
        self._wrap(outward, "post", "webhook")
        self._wrap(http.GuardedTransport, "handle_request", "call")
        self._wrap(FileSystemStorage, "_save", "file", half=_half_stored)
        self._wrap(SealedObjects, "_save", "file")  # what is put there is there whole or not at all
        self._wrap_files()
        self._wrap(os, "fsync", "fsync")
        self._wrap(os, "rename", "rename")
        self._wrap(os, "replace", "rename")

    def calm(self) -> None:
        """Let the disk have room again and nothing more go wrong: the process goes on."""
        self.wanted, self._full, self._lost = "", False, False

    def _wrap(self, owner: Any, name: str, kind: str, half: Callable[..., None] | None = None) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            return self._pass(kind, real, args, options, half)

        setattr(owner, name, call)

    def _wrap_files(self) -> None:
        """Stand between the product and each file that it writes itself; what is only read costs a look at the mode."""
        real_open, real_write = io.open, os.write

        def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            found = real_open(file, mode, *args, **options)
            return Written(found, self) if set(mode) & set("wax+") and not self._writing and _is_ours(file) else found

        def written(descriptor: int, data: Any) -> int:
            if self._writing or not _is_ours(descriptor):
                return real_write(descriptor, data)
            return int(self._pass("file", real_write, (descriptor, data), {}, _half_of_what_is_written(real_write)))

        builtins.open = io.open = opened
        os.write = written

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._lost:
            self._lost = False
            raise OperationalError("disk I/O error")
        if connection.in_atomic_block or not _WRITES.match(sql):
            return execute(sql, params, many, context)
        return self._pass("write", execute, (sql, params, many, context), {})

    def passes_file(self, real: Callable[[Any], Any], data: Any, *, first: bool) -> Any:
        """Let a file that the product opened take bytes: a point where they are its first."""
        if first:
            return self._pass("file", real, (data,), {}, lambda data: real(data[: len(data) // 2]))
        if self._full:
            raise _no_room("file")
        return real(data)

    def _pass(
        self,
        kind: str,
        real: Callable[..., Any],
        args: tuple[Any, ...],
        options: dict[str, Any],
        half: Callable[..., Any] | None = None,
    ) -> Any:
        name = self._named(kind)
        self.passed.append(name)
        here = name == self.wanted and not self.happened
        if here:
            self.happened = True
            self._before(args, half)
        if self._full and kind not in SENDS:
            raise _no_room(kind)
        if self._lost and kind == "commit":
            self._lost = False
            raise OperationalError("disk I/O error")
        before, self._writing = self._writing, self._writing or kind == "file"
        try:
            done = real(*args, **options)
        finally:
            self._writing = before
        if here:
            self._after(kind, args)
        return done

    def _before(self, args: tuple[Any, ...], half: Callable[..., Any] | None) -> None:
        if self.fault == "killed before":
            self._half(args, half)
            _die()
        elif self.fault == "exception before":
            raise Broken
        elif self.fault == "connection lost":
            self._lose()
        elif self.fault == "disk full":
            self._full = True
            self._half(args, half)

    def _half(self, args: tuple[Any, ...], half: Callable[..., Any] | None) -> None:
        """Let half of a file come to the disk."""
        if half is not None:
            before, self._writing = self._writing, True
            half(*args)
            self._writing = before

    def _after(self, kind: str, args: tuple[Any, ...]) -> None:
        if self.fault == "killed after":
            _die()
        elif self.fault == "exception after":
            raise Broken
        elif self.fault == "outcome unknown":
            if kind in COMMITS:
                self._lose()
                self._lost = False
                raise OperationalError("the connection was lost before the answer")
            if kind == "mail":
                raise errors.DeliveryUnknown(str(args[1]), "000 lost")
            if kind == "webhook":
                raise outward.NoAnswer("connection")
            if kind == "call":
                raise httpx.ReadError("lost")
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _lose(self) -> None:
        """Cut the line to the database; a database that is a file cannot be read for once."""
        if isinstance(_wrapper(), SQLite):
            self._lost = True
        elif _wrapper().connection is not None:
            _wrapper().connection.close()
        _wrapper().errors_occurred = True

    def _named(self, kind: str) -> str:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(_PACKAGES) and not path.startswith(_CARRIERS):
                place = path[len(str(ROOT)) + 1 : -3].replace("/", ".").removesuffix(".__init__")
                return self._numbered(f"{kind} {place}:{frame.f_code.co_name}")
            frame = frame.f_back
        return self._numbered(f"{kind} test")

    def _numbered(self, name: str) -> str:
        again = sum(each.rpartition(" #")[0] == name for each in self.passed)
        return f"{name} #{again + 1}"


def _wrapper() -> Any:
    from django.db import connections

    return connections["default"]


def _no_room(kind: str) -> Exception:
    if kind in COMMITS:
        return OperationalError("database or disk is full")
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _half_stored(store: Any, name: str, content: Any) -> None:
    path = Path(store.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.read()
    content.seek(0)
    path.write_bytes(data[: len(data) // 2])


def _half_of_what_is_written(write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    return lambda descriptor, data: write(descriptor, data[: len(data) // 2])


def _is_ours(file: Any) -> bool:
    """Whether a path or a descriptor is a file in a folder of the installation."""
    try:
        path = os.readlink(f"/proc/self/fd/{file}") if isinstance(file, int) else str(Path(file).absolute())
    except (OSError, TypeError):
        return False
    places = [settings.DATA_DIR, Path(settings.KEY_FILE).parent]
    if isinstance(sealed := storages["sealed"], FileSystemStorage):
        places.append(sealed.base_location)
    return any(path.startswith(f"{place}/") for place in places)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Written:
    """A file that the product opened to write: its first bytes are a point, and are on the disk once it was passed."""

    def __init__(self, file: Any, injector: Injector) -> None:
        self._file, self._injector, self._first = file, injector, True

    def write(self, data: Any) -> Any:
        """Write."""
        first, self._first = self._first, False
        return self._injector.passes_file(self._flushed if first else self._file.write, data, first=first)

    def _flushed(self, data: Any) -> Any:
        done = self._file.write(data)
        self._file.flush()
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *_what: object) -> None:
        self._file.close()

    def __iter__(self) -> Any:
        return iter(self._file)
