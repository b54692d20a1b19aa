"""A key signs only after it was announced in the log, under a checkpoint that it has not signed itself (rules)."""

from collections.abc import Iterable, Sequence

from broker.audit import checkpoint


def unannounced(notes: Iterable[tuple[int, str]], announcements: Sequence[int], origin: str) -> int | None:
    """Give the size of the first note that bears a key of the log which was not announced; None where there is none.

    `notes` are size and note, smallest first, their signatures checked before; `announcements` the places of the
    `admin.log_key` events, ascending. The keys on the first note are the log's first; each later one needs an event
    of its own, covered by an earlier note. Which key an event means stands in its sealed body.
    """
    known: set[int] = set()
    covered, used = 0, 0  # the size before this note; how many announcements have had their key
    for size, note in notes:
        found = set(checkpoint.key_ids(note, origin))
        if known:
            new = found - known
            ready = sum(place < covered for place in announcements) - used
            if len(new) > ready:
                return size
            used += len(new)
        known |= found
        covered = size
    return None
