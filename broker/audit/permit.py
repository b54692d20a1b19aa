"""Which event permits an opening: the check that the vault and the log's own reader ask."""

import time
import uuid

from django.db import connection

from broker.audit import entry, keys, lanes, store, words
from broker.audit.entry import Header
from broker.terms import EventRef

MAX_AGE_US = 60_000_000
OPENING_ACTS = frozenset(
    {"log.read", "log.exported", "admin.export"}
)  # what may open bodies: nothing else says that it did


def permits(event: EventRef, *, subject: uuid.UUID, part: str, key_id: uuid.UUID) -> bool:  # noqa: ARG001
    """Say whether this committed event, at most 60 s old and of this subject, may open this part of its data."""
    head = committed(event)
    return head is not None and _fresh(head) and _is_of(head, subject) and words.may_open(head.obj, part)


def permits_bodies(event: EventRef, *, subject: uuid.UUID | None) -> bool:
    """Say whether this event permits opening the bodies of the subject's events (None: those of operations)."""
    head = committed(event)
    return head is not None and head.act in OPENING_ACTS and _fresh(head) and _is_of(head, subject)


def committed(event: EventRef) -> Header | None:
    """The event's header if it is committed; one that this connection's open transaction wrote is not."""
    for waiting in connection.run_on_commit:
        hook = waiting[1]
        if isinstance(hook, lanes.Advance) and entry.event_id(hook.lane.id, hook.head.n) == event.id:
            return None
    found = store.rows("SELECT header FROM audit_event WHERE id = %s", [event.id])
    return entry.parse_header(found[0][0]) if found else None


def _fresh(head: Header) -> bool:
    age = time.time_ns() // 1000 - head.ts
    return head.res == "ok" and -MAX_AGE_US <= age <= MAX_AGE_US


def _is_of(head: Header, subject: uuid.UUID | None) -> bool:
    found = store.rows(
        "SELECT 1 FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s AND kid = %s",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject), head.kid],
    )
    return bool(found)
