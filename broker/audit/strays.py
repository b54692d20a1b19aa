"""Rows of the log that belong to no lane and to no log of the database: nobody of ours has written them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

type Rows = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_FIRST, _LAST = -(2**63), 2**63 - 1
_OF_AN_ORIGIN = ("audit_leaf", "audit_cursor", "audit_checkpoint", "audit_tile", "audit_anchor")


def event_in_no_lane(rows: Rows) -> int | None:
    """The first event whose lane nobody has opened; None: there is none. Reads the gaps between the lanes alone."""
    for begin, end in _gaps(sorted(lane for (lane,) in rows("SELECT id FROM audit_lane", []))):
        at = begin
        while at <= end:
            found = rows("SELECT min(id) FROM audit_event WHERE id >= %s AND id <= %s", [at, end])[0][0]
            if found is None:
                break
            if not is_lane(rows, int(found) >> 32):
                return int(found)
            at = ((int(found) >> 32) + 1) << 32  # opened since we asked
    return None


def is_lane(rows: Rows, number: int) -> bool:
    """Say whether this lane was opened; one that was is never forgotten."""
    return bool(rows("SELECT 1 FROM audit_lane WHERE id = %s AND id > 0", [number]))


def has_rows_of_no_origin(rows: Rows) -> bool:
    """Say whether a row belongs to a log that the database does not name; logs are numbered from 1 without a gap."""
    known = sorted(each for (each,) in rows("SELECT id FROM audit_origin", []))
    if known != list(range(1, len(known) + 1)):
        return True
    for table in _OF_AN_ORIGIN:
        for end in ("min", "max"):  # one each, so that an index answers
            found = rows(f"SELECT {end}(origin) FROM {table}", [])[0][0]  # noqa: S608  (names of ours)
            if found is not None and found not in known:
                return True
    return False


def _gaps(lanes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ids that belong to none of these lanes, as first and last."""
    at = _FIRST
    for lane in lanes:
        if lane < 1:
            continue
        if at < lane << 32:
            yield at, (lane << 32) - 1
        at = (lane + 1) << 32
    if at <= _LAST:
        yield at, _LAST
