"""The one INSERT of the log: prepared, and refusing by itself where data key or predecessor are not as remembered."""

from django.db.backends.base.base import BaseDatabaseWrapper

from broker.audit.entry import Header, SealedEvent
from broker.audit.words import ACTS
from broker.db import statements

_ROW = "INSERT INTO audit_event (id, header, ct, mac, kid, act) SELECT %s, {bytes}, {bytes}, {bytes}, {bytes}, {small} "
_KEY_LIVES = "WHERE EXISTS (SELECT 1 FROM audit_key WHERE kid = %s AND shredded_event IS NULL) AND EXISTS "
_FIRST = "(SELECT 1 FROM audit_lane WHERE id = %s)"
_NEXT = "(SELECT 1 FROM audit_event WHERE id = %s AND mac = %s)"
_CASTS = {
    "sqlite": {"bytes": "%s", "small": "%s"},
    "postgresql": {"bytes": "%s::bytea", "small": "%s::smallint"},
}
# Engine, and whether the event is the first of its lane.
_STATEMENTS = {
    (vendor, first): (_ROW + _KEY_LIVES + (_FIRST if first else _NEXT)).format(**casts)
    for vendor, casts in _CASTS.items()
    for first in (True, False)
}


def insert(database: BaseDatabaseWrapper, header: Header, sealed: SealedEvent, mac: bytes, previous: bytes) -> bool:
    """Insert the event, inside the open transaction, if its data key lives and its predecessor is the one remembered.

    Returns whether it went in; raises `DatabaseError`.
    """
    first, event_id, kid = header.n == 1, header.event_id, header.kid
    values: list[int | bytes] = [event_id, sealed.header, sealed.ct, mac, kid, ACTS[header.act].number, kid]
    values += [header.w] if first else [event_id - 1, previous]
    return statements.run(database, _STATEMENTS[database.vendor, first], values) == 1
