"""What one request wrote into the log, compared with what was declared for it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from broker.audit import entry, keys, store
from broker.audit.encoding import unb64url
from tests.completeness import broken, broken_postgresql
from tests.completeness.declared_broken import ANSWERS

HOUSEKEEPING = ("key.created", "key.alias", "key.hold", "lane.close", "lane.dead", "vault.key_created")
# Nobody is answered: what they do is tried again by the queue, or by whoever typed it.
WITHOUT_ANSWER = ("job", "command", "canary")
KINDS = {"s": "staff", "c": "customer", "a": "application", "v": "service", "x": "unknown", "o": "outside"}


@dataclass(frozen=True)
class E:
    """One event that a request must leave: who (kind, or kind/role), about whom, with which outcome and purpose.

    `of` names a subject of the walk (`her`), or is None for an event about no single subject. `body` is what must be
    in the sealed body, word for word; the walk fills in names of its own such as `{consent}`.
    """

    act: str
    by: str
    of: str | None = None
    res: str = "ok"
    obj: str | None = None
    purpose: str | None = None
    cnt: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)


class Watch:
    """Performs requests of one walk and remembers which were performed.

    Each that leaves an entry is tried without a log before: on SQLite in all walks, on PostgreSQL where a walk says so.
    """

    def __init__(self, declared: Mapping[str, tuple[E, ...]], *, prefix: str, postgresql: bool = False) -> None:
        self._tries = {"sqlite": broken.wrong} | ({"postgresql": broken_postgresql.wrong} if postgresql else {})
        self._declared = {name: events for name, events in declared.items() if name.startswith(prefix + " ")}
        self._prefix = prefix
        self._done: set[str] = set()
        self.subjects: dict[str, uuid.UUID] = {}
        self.names: dict[str, Any] = {}

    def know(self, name: str, subject: uuid.UUID) -> None:
        """Give a subject of the walk its name."""
        self.subjects[name] = subject

    def step[T](self, name: str, perform: Callable[[], T], meanwhile: Callable[[], None] = lambda: None) -> T:
        """Perform one request; the events that it left must be the declared ones, no more and no fewer.

        `meanwhile` is called between the request and the comparison: it names subjects that the request made.
        """
        name = f"{self._prefix} {name}"
        if self._declared[name] and name not in self._done:
            self._without_log(name, perform)
        before = _ids()
        answer = perform()
        meanwhile()
        found = [_seen(event) for event in sorted(_ids() - before)]
        found = [each for each in found if each["act"] not in HOUSEKEEPING]
        wanted = self._declared[name]
        left = list(found)
        for event in wanted:
            match = next((each for each in left if self._fits(event, each)), None)
            assert match is not None, f"{name}: {event} is not among {[_short(each) for each in found]}"
            left.remove(match)
        assert not left, f"{name}: also left {[_short(each) for each in left]}"
        self._done.add(name)
        return answer

    def _without_log(self, name: str, perform: Callable[[], object]) -> None:
        """Perform it once while no entry can be written: nothing of it may come or stay."""
        if self._prefix not in WITHOUT_ANSWER and connection.vendor in self._tries:
            found = self._tries[connection.vendor](perform, as_ever=name in ANSWERS)
            assert not found, f"{name} without a log: {found}"

    def finish(self) -> None:
        """Demand that the walk performed everything that is declared for it."""
        assert self._done == set(self._declared)

    def _fits(self, event: E, seen: Mapping[str, Any]) -> bool:
        kind, _slash, role = event.by.partition("/")
        subject = None if event.of is None else self.subjects[event.of]
        facts = (event.act, kind, role or None, event.res, event.obj, event.purpose, event.cnt)
        names = ("act", "kind", "role", "res", "obj", "purpose", "cnt")
        if facts != tuple(seen[name] for name in names) or not _is_of(seen["kid"], subject):
            return False
        if not event.body:
            return True
        body = _opened(seen)
        wanted = {key: self._filled(value) for key, value in event.body.items()}
        return {key: body.get(key) for key in wanted} == wanted

    def _filled(self, value: Any) -> Any:
        return self.names[value[1:-1]] if isinstance(value, str) and value[:1] == "{" else value


def opened(event: int) -> dict[str, Any]:
    """Give what stands in the body of an entry."""
    return _opened(_seen(event))


def _ids() -> set[int]:
    return {event for (event,) in store.rows("SELECT id FROM audit_event")}


def _seen(event: int) -> dict[str, Any]:
    header, ct = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event])[0]
    head = entry.parse_header(header)
    return {
        "act": head.act, "kind": KINDS[head.actor[0]], "role": head.role, "res": head.res, "obj": head.obj,
        "purpose": head.purpose, "cnt": head.cnt, "kid": head.kid, "header": header, "ct": ct,
        "actor": uuid.UUID(bytes=unb64url(head.actor[2:])),
    }  # fmt: skip


def _is_of(kid: bytes, subject: uuid.UUID | None) -> bool:
    return bool(
        store.rows(
            "SELECT 1 FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s AND kid = %s",
            [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject), kid],
        )
    )


def _opened(seen: Mapping[str, Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped, kek FROM audit_key WHERE kid = %s", [seen["kid"]])
        wrapped, kek = cursor.fetchone()
    dek = keys.keyring.unwrap(bytes(wrapped), seen["kid"], kek)
    return entry.open_body(seen["header"], seen["ct"], dek=dek)


def _short(seen: Mapping[str, Any]) -> str:
    names = ("act", "kind", "role", "res", "obj", "purpose", "cnt")
    return f"{tuple(seen[name] for name in names)} {_opened(seen)}"
