"""The key of a single event (K_e): opens one event to a court or an auditor and leaves its neighbours closed.

Whoever gets K_e checks it against the commitment `kc` in the event's header and proves with the inclusion proof that
this header is the one in the log; the data key, from which every K_e of a customer follows, stays here.
"""

import uuid
from collections.abc import Iterable

from django.db import connection

from broker.audit import entry, keys, permit, store
from broker.audit.canonical import Json
from broker.terms import EventRef

_STEP = 500  # ids per query


class NotPermitted(Exception):
    """No committed, fresh event of this subject permits opening its events (`permit.OPENING_ACTS`)."""


class NotOfSubject(LookupError):
    """An event that does not exist, belongs to another subject, or whose data key was destroyed."""


def event_keys(subject: uuid.UUID | None, event_ids: Iterable[int], *, under: EventRef) -> dict[int, bytes]:
    """Give K_e (32 bytes) of these events of one subject (None: of operations, where acts of staff lie).

    `under` is a committed event of the same subject that says so (`log.read`, `log.exported`, `admin.export`), at most
    60 s old. All or none: one event that is not the subject's raises `NotOfSubject` and no key is given; without a
    permit, `NotPermitted`.
    """
    if not permit.permits_bodies(under, subject=subject):
        raise NotPermitted("no event permits opening these events")
    wanted = sorted(set(event_ids))
    with connection.cursor() as cursor:
        data_keys = keys.of_subject(cursor, subject)
    found: dict[int, bytes] = {}
    for at in range(0, len(wanted), _STEP):
        part = wanted[at : at + _STEP]
        marks = ", ".join(["%s"] * len(part))
        statement = f"SELECT id, header, ct FROM audit_event WHERE id IN ({marks})"  # noqa: S608  (marks alone)
        for number, header, ct in store.rows(statement, part):
            kid = entry.parse_header(header).kid
            if kid in data_keys:
                found[number] = entry.event_key(data_keys[kid], kid, ct[:16])
    if len(found) != len(wanted):
        raise NotOfSubject("an event is not this subject's, or its key was destroyed")
    return found


def open_with(event_id: int, key: bytes) -> dict[str, Json]:
    """Open one event's body with its K_e alone. Raises `entry.Invalid` where the header does not commit to this key."""
    rows = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event_id])
    if not rows:
        raise NotOfSubject("there is no such event")
    return entry.decrypt(key, *rows[0])
