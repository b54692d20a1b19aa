"""Finds the event that a destroyed key names, where it does not stand among the verified places of this log."""

from collections.abc import Callable, Sequence
from typing import Any

from broker.audit import checkpoint, entry, merkle, strays, tiles
from broker.audit.readings import Shredding

type Rows = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_EVENT = """SELECT e.header, e.ct, l.origin, l.seq, o.name FROM audit_event e
    LEFT JOIN audit_leaf l ON l.event_id = e.id LEFT JOIN audit_origin o ON o.id = l.origin WHERE e.id = %s"""
_TILE = "SELECT data FROM audit_tile WHERE origin = %s AND level = %s AND idx = %s"
_NOTE = "SELECT note FROM audit_checkpoint WHERE origin = %s ORDER BY size DESC LIMIT 1"


def find(
    rows: Rows, event: int, *, origin: int, size: int, lanes: tuple[int, int], keys: Sequence[checkpoint.Verifier],
    now_us: int,
) -> Shredding | None:  # fmt: skip
    """The event, and what shows that it was really written; None: nothing does.

    `origin`, `size` and `lanes` (first, end) are those of the log that is verified, `keys` those of all its
    neighbours; `now_us` is the clock, 0 where ages are not judged. In another log of the database the event must
    have a place under that log's newest signature; where it has none, the reason is said.
    """
    found = rows(_EVENT, [event])
    if not found or not strays.is_lane(rows, event >> 32):
        return None
    header, ct, placed, seq, name = found[0]
    header, ours = bytes(header), lanes[0] <= event >> 32 < lanes[1]
    if placed == origin:
        return Shredding(header, waits=False) if ours and seq >= size else None
    if ours:  # waits for its place here; a place in another log is not its own
        return Shredding(header, waits=True, now_us=now_us) if placed is None else None
    if placed is None:
        return Shredding(header, waits=False, doubt="an event without a place in another log of this database")
    if name is None:
        return None
    try:
        leaf = entry.leaf_hash(entry.entry_bytes(header, bytes(ct)))
        doubt = _doubt(rows, int(placed), str(name), int(seq), leaf, keys)
    except (ValueError, entry.EntryTooLarge, merkle.BadProof):
        return None
    return Shredding(header, waits=False, doubt=doubt)


def _doubt(
    rows: Rows, origin: int, name: str, seq: int, leaf: bytes, keys: Sequence[checkpoint.Verifier]
) -> str:  # fmt: skip
    """Prove that this leaf stands there under that log's newest signature. Raises ValueError, `merkle.BadProof`."""
    own, note = [key for key in keys if key.name == name], rows(_NOTE, [origin])
    if not own or not note:
        return f"an event of {name}, whose signature could not be checked"
    signed = checkpoint.open_checkpoint(str(note[0][0]), own, origin=name)
    if seq >= signed.size:
        return f"an event of {name} that was never signed"

    def tile(level: int, index: int) -> bytes:
        data = rows(_TILE, [origin, level, index])
        return bytes(data[0][0]) if data else b""

    proof = merkle.inclusion_proof(seq, signed.size, tiles.reader(tile))
    merkle.verify_inclusion(seq, signed.size, leaf, proof, signed.root)
    return ""
