"""The SQL of the anchors: which proofs of our checkpoints in other hands are stored."""

import hashlib
from typing import NamedTuple

from django.db import connection, transaction

from broker.audit import cosignature, log, store
from broker.audit.words import ACTS

_COUNTING = 0x616E63686F7273  # one anchor at a time: each event counts all before it


class AnchorRow(NamedTuple):
    """An anchor as it is stored, beside the note of its checkpoint."""

    kind: str
    size: int
    proof: bytes
    note: str


_ANCHORS = """SELECT a.kind, a.size, a.proof, c.note FROM audit_anchor a
    JOIN audit_checkpoint c ON c.origin = a.origin AND c.size = a.size WHERE a.origin = %s AND """


def add_anchor(origin: int, size: int, kind: str, proof: bytes, now_us: int) -> None:
    """Keep a proof that this checkpoint is in other hands, with the event that counts it: none can be taken away.

    A proof that is kept already is not kept twice: a witness that is asked again within the same second gives the same
    bytes, and a proof that is stored twice would be one that somebody put in.
    """
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            store.rows("SELECT pg_advisory_xact_lock(%s)", [_COUNTING])
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO audit_anchor (origin, size, kind, proof, created_us) SELECT %s, %s, %s, %s, %s WHERE NOT
                EXISTS (SELECT 1 FROM audit_anchor WHERE origin = %s AND size = %s AND kind = %s AND proof = %s)""",
                [origin, size, kind, proof, now_us, origin, size, kind, proof],
            )
            if not cursor.rowcount:
                return
        number = store.rows("SELECT count(*) FROM audit_anchor WHERE origin = %s", [origin])[0][0]
        body = {"size": size, "kind": kind, "proof_sha256": hashlib.sha256(proof).hexdigest()}
        log.append("log.anchored", actor=log.WRITER, subject=None, obj="checkpoint", cnt=number, body=body)


def grew(origin: int, before: int, size: int) -> bool:
    """Say whether anything but the counting of anchors was written between two sizes: else anchors beget anchors."""
    found = store.rows(
        """SELECT 1 FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
        WHERE l.origin = %s AND l.seq >= %s AND l.seq < %s AND e.act <> %s LIMIT 1""",
        [origin, before, size, ACTS["log.anchored"].number],
    )
    return bool(found)


def may_anchor() -> bool:
    """Say whether this database login may add anchors (on PostgreSQL the integrator's alone)."""
    if connection.vendor != "postgresql":
        return True
    return bool(store.rows("SELECT has_table_privilege('audit_anchor', 'INSERT')")[0][0])


def anchors_of(origin: int, size: int) -> list[AnchorRow]:
    """Every anchor of one checkpoint, oldest first."""
    return [AnchorRow(*row) for row in store.rows(_ANCHORS + "a.size = %s ORDER BY a.id", [origin, size])]


def anchors_from(origin: int, size: int) -> list[AnchorRow]:
    """The first anchors whose checkpoint is at least so large, by size."""
    return [
        AnchorRow(*row) for row in store.rows(_ANCHORS + "a.size >= %s ORDER BY a.size, a.id LIMIT 64", [origin, size])
    ]


def anchors_since(origin: int, since_us: int) -> list[AnchorRow]:
    """The newest anchors that were stored since then (microseconds since 1970), newest first."""
    found = store.rows(_ANCHORS + "a.created_us >= %s ORDER BY a.id DESC LIMIT 64", [origin, since_us])
    return [AnchorRow(*row) for row in found]


def last_anchored_us(origin: int, kind: str) -> int:
    """When an anchor of this kind was stored last (microseconds since 1970); 0: never."""
    last = store.rows("SELECT max(created_us) FROM audit_anchor WHERE origin = %s AND kind = %s", [origin, kind])[0][0]
    return 0 if last is None else int(last)


def last_cosigned(origin: int, name: str, key_id: int) -> int:
    """The largest tree that this witness has cosigned, among the newest stored lines; 0: none that we know."""
    found = store.rows(
        "SELECT size, proof FROM audit_anchor WHERE origin = %s AND kind = 'witness' ORDER BY id DESC LIMIT 256",
        [origin],
    )
    return max((size for size, proof in found if cosignature.whose(proof.decode()) == (name, key_id)), default=0)
