"""Proofs out of the stored tiles: that an event is in the log, and that a later log continues an earlier one."""

from broker.audit import checkpoint, log, merkle, store, tiles
from broker.audit.tlogproof import TlogProof
from broker.terms import EventRef


class NotCovered(LookupError):
    """No published checkpoint covers this event yet, or there is none of this size."""


def tlog_proof(event: EventRef | int, size: int | None = None) -> str:
    """The proof that an event (or the entry with this sequence number) is in the log, as C2SP tlog-proof text.

    It leads to the checkpoint of `size`, or to the smallest published one that covers the entry. Raises `NotCovered`.
    """
    origin, seq = _place(event)
    covering = store.covering_size(origin, seq) if size is None else size
    if covering is None or covering <= seq or not store.has_checkpoint(origin, covering):
        raise NotCovered("no published checkpoint covers this entry")
    hashes = merkle.inclusion_proof(seq, covering, reader(origin))
    return TlogProof(seq, tuple(hashes), store.served_note(origin, covering)).encode()


def _place(event: EventRef | int) -> tuple[int, int]:
    """The origin and sequence number of an event."""
    if isinstance(event, int):
        return log.origin_id(), event
    found = store.rows("SELECT origin, seq FROM audit_leaf WHERE event_id = %s", [event.id])
    if not found:
        raise NotCovered("the event is not in the tree yet")
    return found[0][0], found[0][1]


def consistency(old_size: int, new_size: int, *, origin: int | None = None) -> list[bytes]:
    """The proof that the tree of `new_size` leaves begins with that of `old_size`; ValueError for impossible sizes."""
    place = log.origin_id() if origin is None else origin
    if new_size > store.tree_size(place):
        raise ValueError("no such tree")
    return merkle.consistency_proof(old_size, new_size, reader(place))


def root_at(size: int, *, origin: int | None = None) -> bytes:
    """Root of the first `size` leaves as the stored tiles give it; `merkle.BadProof` where there are not so many."""
    return merkle.root_at(size, reader(log.origin_id() if origin is None else origin))


def leaf_of(seq: int, *, origin: int | None = None) -> bytes:
    """The leaf hash with this sequence number."""
    return reader(log.origin_id() if origin is None else origin)(0, seq)


def reader(origin: int) -> merkle.NodeReader:
    """Tree nodes out of the stored tiles."""
    return tiles.reader(lambda level, index: store.read_tile(origin, level, index))


def newest() -> tuple[checkpoint.Checkpoint, str] | None:
    """The newest published checkpoint and its served note; None before the first."""
    published = store.newest_note(log.origin_id())
    if published is None:
        return None
    return checkpoint.parse(checkpoint.text_of(published.note)), store.served_note(log.origin_id(), published.size)
