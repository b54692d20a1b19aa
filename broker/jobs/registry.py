"""Handlers by name, so that jobs can run actions of packages above this one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True)
class JobView:
    """What a handler learns of its job; `id` stays the same in every attempt and serves as idempotency key."""

    id: UUID
    kind: str
    subject_id: UUID
    attempt: int
    waits: int
    created_at: datetime


Handler = Callable[[JobView], None]


class RetryLater(Exception):
    """Raised by a handler that must wait for the world; costs no attempt."""

    def __init__(self, code: str, after: timedelta) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


class Held(Exception):
    """Raised by a guard, or by a handler that can begin anew: the job waits as long as it takes, and nothing counts.

    For what people lift in their own time, where a limit of tries would end what nobody decided to end.
    """

    def __init__(self, code: str, after: timedelta) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


class GiveUp(Exception):
    """Raised by a handler for which trying again cannot help: the job is dead at once."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownKind(LookupError):
    """No handler is registered for this kind of job."""


_handlers: dict[str, Handler] = {}
_guards: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for this kind; one handler per kind."""

    def register(function: Handler) -> Handler:
        known = _handlers.setdefault(kind, function)
        if (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise ValueError(f"two handlers for {kind}")
        return function

    return register


def handler_of(kind: str) -> Handler:
    """Give the handler of this kind, or raise `UnknownKind`."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def guard(kind: str, look: Handler) -> None:
    """Have `look` called before each run of this kind: it raises `Held` where the job has to wait for people."""
    _guards[kind] = look


def guarded() -> frozenset[str]:
    """Give every kind that a guard looks at."""
    return frozenset(_guards)


def look_first(job: JobView) -> None:
    """Ask the guard of this job's kind, where there is one; raises `Held`."""
    if (look := _guards.get(job.kind)) is not None:
        look(job)


def kinds() -> frozenset[str]:
    """Give every kind that has a handler."""
    return frozenset(_handlers)
