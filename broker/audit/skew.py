"""Whether the clocks behind the log agree (rules): the order is that of the numbers, a wrong time only misleads people.

Field guide S67. Steps below the tolerance are what keeping time by the network does.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

TOLERANCE_US = 5_000_000


class Skew(NamedTuple):
    """A time that cannot be right: `back`, `behind` or `ahead`, and by how many microseconds."""

    kind: str
    by_us: int


def in_lane(before_us: int, times_us: Iterable[int]) -> Skew | None:
    """Find the largest step back in one lane, whose last event so far has the time `before_us`; 0: it has none."""
    steps = max((earlier - later for earlier, later in pairwise((before_us, *times_us))), default=0)
    return Skew("back", steps) if steps > TOLERANCE_US else None


def of_last(ts_us: int, *, now_us: int, seen_signed_us: int | None) -> Skew | None:
    """Compare an event with the integrator's clock, and with when the checkpoint was published that its writer saw.

    An event cannot have been written after it was read, nor before what its writer had seen; `seen_signed_us` None says
    that this is not known.
    """
    if ts_us - now_us > TOLERANCE_US:
        return Skew("ahead", ts_us - now_us)
    if seen_signed_us is not None and seen_signed_us - ts_us > TOLERANCE_US:
        return Skew("behind", seen_signed_us - ts_us)
    return None
