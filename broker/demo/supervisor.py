"""A small supervisor: starts services group by group, knows when each is ready, and ends all when one ends.

Each service is the head of its own process group and dies with this process, however this process dies.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

PR_SET_PDEATHSIG = 1
POLL = 0.05
_libc = ctypes.CDLL(None, use_errno=True)


class ServiceFailed(Exception):
    """A service did not become ready, or ended by itself; the message names it and where its log lies."""


@dataclass(frozen=True)
class Service:
    """What to run, and how to know that it serves."""

    name: str
    argv: Sequence[str]
    ready: Callable[[int], bool]  # is given the process id; must answer at once
    limit: float = 90  # seconds until it must be ready: a busy machine may need them
    grace: float = 10  # seconds between TERM and KILL
    stop: signal.Signals = signal.SIGTERM
    more: Mapping[str, str] = field(default_factory=dict)  # of its environment alone


def _die_with(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return prepare


class Supervisor:
    """Runs services until one ends or `down` is called; used as a context manager it never leaves one behind."""

    def __init__(self, *, logs: Path, environment: Mapping[str, str], folder: Path) -> None:
        """Write each service's output to `logs`, run it with `environment` in `folder`."""
        if threading.current_thread() is not threading.main_thread():
            # The kernel sends the death signal when the starting *thread* ends.
            raise RuntimeError("the supervisor runs in the main thread alone")
        self._logs = logs
        self._environment = dict(environment)
        self._folder = folder
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, whatever happened."""
        self.down()

    def up(self, *services: Service) -> None:
        """Start services that need not wait for each other, and return when all are ready; raise `ServiceFailed`."""
        self.check()
        begun = [(service, self._spawn(service)) for service in services]
        start = time.monotonic()
        for service, process in begun:
            while not (service.ready(process.pid) and process.poll() is None):
                self.check()
                if time.monotonic() > start + service.limit:
                    raise ServiceFailed(self._say(service, f"is not ready after {service.limit:.0f} s"))
                time.sleep(POLL)

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with (self._logs / f"{service.name}.log").open("wb") as log:
            process = subprocess.Popen(
                list(service.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**self._environment, **service.more},
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        self._running.append((service, process))
        return process

    def check(self) -> None:
        """Raise `ServiceFailed` when a service has ended by itself."""
        for service, process in self._running:
            if process.poll() is not None:
                raise ServiceFailed(self._say(service, f"ended with code {process.returncode}"))

    def watch(self) -> None:
        """Return never; raise `ServiceFailed` when one service ends."""
        while True:
            self.check()
            time.sleep(0.5)

    def down(self) -> None:
        """Stop all, last started first: TERM, each its own grace, then KILL to its whole group."""
        while self._running:
            service, process = self._running[-1]
            self._stop(service, process)
            self._running.pop()

    def _stop(self, service: Service, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(service.stop)  # the head alone: it ends its own children in its own order
            with suppress(subprocess.TimeoutExpired):
                process.wait(service.grace)
        with suppress(ProcessLookupError):  # whoever of its group is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _say(self, service: Service, what: str) -> str:
        path = self._logs / f"{service.name}.log"
        tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        return "\n".join([f"{service.name} {what} (its log: {path})", *(f"  | {line}" for line in tail)])
