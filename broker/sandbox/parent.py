"""The parent's side: one child per process, started when first needed, replaced when it is in doubt."""

import atexit
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from broker.sandbox import budget, wire
from broker.sandbox.child import SOURCE
from broker.sandbox.errors import Died, Refused, TookTooLong
from broker.sandbox.isolation import TRIPPED

START_SECONDS = 60.0  # cold imports on a loaded machine
_BOOT = "import sys; sys.path.append(sys.argv[1]); from broker.sandbox.child import main; main()"
# PATH leads nowhere: library look-ups would otherwise try compilers.
_BARE = {
    "PATH": "/nonexistent",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "MALLOC_ARENA_MAX": "2",
}


class _Child:
    """One running child and its two pipes."""

    def __init__(self) -> None:
        # Executed anew, never forked: a forked child would carry the keys in our memory into the sandbox.
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            [sys.executable, "-B", "-I", "-X", "utf8", "-c", _BOOT, str(SOURCE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_BARE,
            cwd="/",
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.to, self.back = self.process.stdin.fileno(), self.process.stdout.fileno()
        for pipe in (self.to, self.back):
            os.set_blocking(pipe, False)
        hello = self.exchange(b"", time.monotonic() + START_SECONDS)
        self.isolation: dict[str, Any] = hello["ready"]

    def exchange(self, data: bytes, deadline: float) -> dict[str, Any]:
        """Write a frame and read one, by the deadline; whatever goes wrong ends the child."""
        try:
            return self._exchange(memoryview(data), deadline)
        except BaseException:
            self.kill()
            raise

    def _exchange(self, data: memoryview, deadline: float) -> dict[str, Any]:
        answer = bytearray()
        with selectors.DefaultSelector() as pipes:
            pipes.register(self.back, selectors.EVENT_READ)
            if data:
                pipes.register(self.to, selectors.EVENT_WRITE)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TookTooLong("wall")
                for key, _ in pipes.select(left):
                    if key.fd == self.back:
                        self._read_into(answer)
                    else:
                        data = self._write_some(data)
                        if not data:
                            pipes.unregister(self.to)
                if len(answer) >= wire.HEAD_BYTES:
                    end = wire.HEAD_BYTES + self._length(answer)
                    if len(answer) >= end:
                        return wire.message(bytes(answer[wire.HEAD_BYTES : end]))

    def _read_into(self, answer: bytearray) -> None:
        chunk = os.read(self.back, 1 << 16)
        if not chunk:
            raise self._ended()
        answer += chunk

    def _write_some(self, data: memoryview) -> memoryview:
        try:
            return data[os.write(self.to, data[: 1 << 16]) :]
        except BrokenPipeError:
            raise self._ended() from None

    @staticmethod
    def _length(answer: bytearray) -> int:
        try:
            return wire.length(bytes(answer[: wire.HEAD_BYTES]))
        except ValueError:
            raise Died("answer over the limit") from None

    def _ended(self) -> Died | TookTooLong:
        """Say how the child ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        status = self.process.returncode
        if status in (-signal.SIGXCPU, -signal.SIGALRM):
            return TookTooLong("cpu" if status == -signal.SIGXCPU else "wall")
        if status == TRIPPED:
            return Died("tripwire")
        return Died(f"signal {-status}" if status is not None and status < 0 else f"exit {status}")

    def alive(self) -> bool:
        """Say whether it can take another job."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it and whatever it may have started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close_pipes()

    def forget(self) -> None:
        """In a forked process: let go of the pipes, leave the child to its parent."""
        self.process.returncode = 0  # not ours to wait for
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Seat:
    """Holds this process's child, one job at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: _Child | None = None

    @contextmanager
    def taken(self, patience: float | None) -> Iterator[None]:
        """Hold the lock; raises `OutOfTime` for whoever has to wait longer than this."""
        if not self.lock.acquire(timeout=-1 if patience is None else patience):
            raise budget.OutOfTime
        try:
            yield
        finally:
            self.lock.release()

    def ready(self) -> _Child:
        """Give a child that can take a job (the lock is held)."""
        if self.child is None or not self.child.alive():
            self.drop()
            self.child = _Child()
        return self.child

    def drop(self) -> None:
        """End the child, if there is one (the lock is held)."""
        if self.child is not None:
            self.child.kill()
            self.child = None


_seat = _Seat()


def call(name: str, payload: dict[str, Any], *, wall: float, cpu: int) -> dict[str, Any]:
    """Run `package.module:function` on this payload inside; its answer, `Refused`, `TookTooLong` or `Died`.

    Inside a budget (`budget.within`) also `OutOfTime`, however much of it went by while others had the child.
    """
    job = wire.frame({"call": name, "payload": payload, "wall": wall, "cpu": cpu})
    with _seat.taken(budget.left()):
        child = _seat.ready()
        left = budget.left()
        try:
            answer = child.exchange(job, time.monotonic() + (wall if left is None else min(wall, left)))
        except TookTooLong:
            budget.left()  # it was not this job that took too long
            raise
        if answer.get("last"):
            _seat.drop()
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "failed" in answer:
        raise Died(answer["failed"])
    result = answer["ok"]
    if not isinstance(result, dict):
        raise Died("no answer")
    return result


def isolation() -> dict[str, Any]:
    """Say which walls the child of this process has: `network_namespace`, `landlock` (version), `user`."""
    with _seat.lock:
        return dict(_seat.ready().isolation)


def close() -> None:
    """End this process's child; the next call starts another."""
    with _seat.lock:
        _seat.drop()


def _after_fork() -> None:
    global _seat
    inherited, _seat = _seat, _Seat()
    if inherited.child is not None:
        inherited.child.forget()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(close)
