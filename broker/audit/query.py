"""Reading the log: masked headers for lists, opened bodies under an event, the banner, and proofs."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db import connection

from broker.audit import banner as banners
from broker.audit import entry, keys, log, permit, store
from broker.audit.banner import Banner
from broker.audit.encoding import b64url, unb64url
from broker.audit.entry import Header
from broker.audit.words import ACTS
from broker.terms import Actor, EventRef


class NotPermitted(Exception):
    """No committed, fresh `log.read` event of this subject permits opening its events."""


class Row(NamedTuple):
    """One event as a list shows it: nothing of its body, its actor masked."""

    id: int
    seq: int | None
    at: datetime
    act: str
    res: str
    who: str
    role: str | None
    purpose: str | None
    obj: str | None
    cnt: int


class Event(NamedTuple):
    """One opened event."""

    id: int
    seq: int | None
    at: datetime
    act: str
    res: str
    actor: Actor
    purpose: str | None
    obj: str | None
    cnt: int
    body: dict[str, Any]


def _at(head: Header) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=head.ts)


_KINDS = {"s": "staff", "c": "customer", "a": "application", "v": "service", "x": "unknown", "o": "outside"}


def _masked(head: Header) -> str:
    kind, _colon, identity = head.actor.partition(":")
    return f"{_KINDS[kind]} {identity[:6]}…"


def _actor(head: Header) -> Actor:
    kind, _colon, identity = head.actor.partition(":")
    app = None if head.app is None else _uuid(head.app.partition(":")[2])
    return Actor(cast(Any, kind), _uuid(identity), role=head.role, app=app)


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(bytes=unb64url(text))


_PLACED = "SELECT e.id, e.header, l.seq FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id"
_EVENTS = """SELECT e.id, e.header, e.ct, l.seq FROM audit_event e
    LEFT JOIN audit_leaf l ON l.event_id = e.id AND l.origin = %s"""


_TOKENS = """SELECT DISTINCT a.token FROM audit_alias a JOIN audit_event e ON e.kid = a.kid AND e.act = %s
    WHERE a.field = %s AND a.epoch = %s"""


def newest(
    limit: int = 50, before: int | None = None, act: str | None = None, subject: uuid.UUID | None = None
) -> list[Row]:
    """Headers, newest first; events that wait for their place in the tree (seq None) stand before all others."""
    number = None
    if act is not None:
        if act not in ACTS:
            return []
        number = ACTS[act].number
    kids = None if subject is None else _kids(subject)
    if kids == []:
        return []
    waiting = [] if before is not None else _waiting(number, kids)
    placed = _placed(limit - len(waiting), before, number, kids) if len(waiting) < limit else []
    return [_row(event, entry.parse_header(header), seq) for event, header, seq in (waiting + placed)[:limit]]


def _waiting(number: int | None, kids: Sequence[bytes] | None) -> list[tuple[Any, ...]]:
    """Events that are not in the tree yet, newest first; the lanes' cursors say which they are."""
    found = store.waiting_events(log.origin_id())
    fits = [
        (event, header, None)
        for event, header, kid, act in found
        if (number is None or act == number) and (kids is None or kid in kids)
    ]
    return sorted(fits, key=lambda row: entry.parse_header(row[1]).ts, reverse=True)


def _placed(limit: int, before: int | None, number: int | None, kids: Sequence[bytes] | None) -> list[tuple[Any, ...]]:
    rules, values = ["TRUE"], list[store.Value]()
    if before is not None:  # a place of the newest log: all of what older logs hold lies before it
        rules.append("(l.origin < %s OR l.seq < %s)")
        values.extend((log.origin_id(), before))
    if number is not None:
        rules.append("e.act = %s")
        values.append(number)
    if kids is not None:
        rules.append(f"e.kid IN ({', '.join(['%s'] * len(kids))})")
        values.extend(kids)
    where = " AND ".join(rules)  # constants of this function
    statement = f"{_PLACED} WHERE {where} ORDER BY l.origin DESC, l.seq DESC LIMIT %s"
    return store.rows(statement, [*values, limit])


def _row(event: int, head: Header, seq: int | None) -> Row:
    return Row(event, seq, _at(head), head.act, head.res, _masked(head), head.role, head.purpose, head.obj, head.cnt)


def _kids(subject: uuid.UUID) -> list[bytes]:
    found = store.rows(
        "SELECT kid FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s ORDER BY kid",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject)],
    )
    return [kid for (kid,) in found]


def with_entry(act: str, subjects: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Give those of these subjects about whom there is an entry of this act, in any log, with a place or without."""
    of_token = {keys.subject_token(each): each for each in subjects}
    if not of_token:
        return set()
    marks = ", ".join(["%s"] * len(of_token))
    found = store.rows(f"{_TOKENS} AND a.token IN ({marks})", [ACTS[act].number, keys.SUBJECT, keys.EPOCH, *of_token])
    return {of_token[bytes(token)] for (token,) in found}


def for_subject(subject: uuid.UUID, *, under: EventRef) -> list[Event]:
    """Open the bodies of a subject's events, newest first, under a committed `log.read` event of this subject."""
    if not permit.permits_bodies(under, subject=subject):
        raise NotPermitted("no event permits opening these events")
    with connection.cursor() as cursor:
        data_keys = keys.of_subject(cursor, subject)
    if not data_keys:
        return []
    marks = ", ".join(["%s"] * len(data_keys))
    found = store.rows(f"{_EVENTS} WHERE e.kid IN ({marks})", [log.origin_id(), *data_keys])
    events = list(_opened(found, data_keys))
    return sorted(events, key=lambda event: (event.at, event.id), reverse=True)


def _opened(found: Sequence[tuple[Any, ...]], data_keys: dict[bytes, bytes]) -> Iterator[Event]:
    for event, header, ct, seq in found:
        head = entry.parse_header(header)
        body = entry.open_body(header, ct, dek=data_keys[head.kid])
        yield Event(event, seq, _at(head), head.act, head.res, _actor(head), head.purpose, head.obj, head.cnt, body)


def proof_note(event: EventRef) -> str | None:
    """The smallest published checkpoint whose size covers this event, with its cosignatures; None so far."""
    found = store.rows(
        """SELECT c.origin, c.size FROM audit_leaf l
        JOIN audit_checkpoint c ON c.origin = l.origin AND c.size > l.seq
        WHERE l.event_id = %s ORDER BY c.size LIMIT 1""",
        [event.id],
    )
    return store.served_note(*found[0]) if found else None


def banner() -> Banner:
    """What can be said about the log's integrity at this moment."""
    return banners.banner(datetime.now(UTC))


def opaque_id(identity: uuid.UUID) -> str:
    """An id as headers and masked lists write it."""
    return b64url(identity.bytes)
