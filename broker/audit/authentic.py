"""Whether an event is its lane's writer's own, for who may read no body (look-ups)."""

import hmac
from typing import NamedTuple

from django.db import connection

from broker.audit import entry, keys, store
from broker.audit.chain import read_entry
from broker.audit.entry import Header, Invalid

_SELECT = """SELECT e.header, e.mac, e.act, l.mac_key, {leaf} FROM audit_event e
    JOIN audit_lane l ON l.id = e.id / 4294967296 WHERE e.id = %s"""


class _Row(NamedTuple):
    header: bytes
    mac: bytes
    act: int
    mac_key: int
    leaf: bytes


def header_of(event: int) -> Header | None:
    """Give the header of an event that the secret of its lane sealed; None where there is none, or a forged one.

    On PostgreSQL the database hashes the entry (`ev_leaf`), so that the keeper, who asks, never reads a body.
    """
    row = _row(event)
    if row is None:
        return None
    try:
        head = entry.parse_header(row.header)
    except Invalid:
        return None
    key = entry.lane_key(keys.lane_secret(row.mac_key), head.w)
    sealed = hmac.compare_digest(entry.lane_mac(key, row.leaf), row.mac)
    return head if sealed and head.event_id == event else None


def _row(event: int) -> _Row | None:
    postgresql = connection.vendor == "postgresql"
    found = store.rows(_SELECT.format(leaf="ev_leaf(e.id)" if postgresql else "e.ct"), [event])
    if not found:
        return None
    row = _Row(*found[0])
    if postgresql:
        return row
    try:
        return row._replace(leaf=read_entry(row.header, row.leaf)[1])
    except Invalid:
        return None
