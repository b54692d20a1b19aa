"""What several files say of the same moments, as one value each (rules).

The key of a value is (service point, role, unit, resolution, start, end). The file that came first holds its value;
another that says the same is a second source; one that says otherwise is a revision, which stands beside the value and
flags it. A stretch of time that lies over another one of the same kind is such a revision too: it is never added to it.
A person may settle which one stands (`settled`); then that one is the value, and what the others say stays beside it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

FLAGGED = "flagged"
STANDS, DOUBTFUL, ELSEWHERE, NEWER = "stands", "doubtful", "elsewhere", "newer"


@dataclass(frozen=True)
class Settled:
    """What became of a difference: by which rule, when, and its outcome.

    `stands`: the value is the one that stands. `doubtful`: nobody can tell. `elsewhere`: what stands is said by a
    source that is not among these. `newer`: a source that came later says otherwise again.
    """

    outcome: str
    rule: str
    at: datetime


@dataclass
class Value[Source]:
    """One value: as it was first said and by whom, by whom else, and what others say instead of it."""

    said: Mapping[str, Any]
    source: Source
    also: list[Source] = field(default_factory=list)
    revisions: list[tuple[Mapping[str, Any], Source]] = field(default_factory=list)
    settled: Settled | None = None

    @property
    def is_doubted(self) -> bool:
        """Say whether nobody vouches for it: somebody says otherwise, and no person settled that it stands."""
        return bool(self.revisions) if self.settled is None else self.settled.outcome != STANDS

    @property
    def quality(self) -> str:
        """Give the quality as it was said, or that nobody vouches for it."""
        return FLAGGED if self.is_doubted else str(self.said.get("quality") or "")

    @property
    def words(self) -> list[tuple[Mapping[str, Any], Source]]:
        """Give everything that was said, each with who says it: the value first."""
        return [(self.said, source) for source in (self.source, *self.also)] + self.revisions


@dataclass(frozen=True)
class Weighed:
    """How the values of a series stand to those of earlier ones: new, the same, or another, and where those lie."""

    fresh: int
    same: int
    differs: int
    first: str = ""
    last: str = ""


class Merged[Source]:
    """The values of one key, taken in the order in which files came."""

    def __init__(self) -> None:
        self._by_words: dict[tuple[str, str], Value[Source]] = {}
        self._by_time: list[tuple[datetime, datetime, int]] = []
        self._all: list[Value[Source]] = []
        self._timed = 0
        self._files = 0

    def take(self, values: Sequence[Mapping[str, Any]], source: Source) -> Weighed:
        """Take what one more file says; give how it stands to what is there."""
        earlier, found = len(self._all), {"fresh": 0, "same": 0, "differs": 0}
        other: list[str] = []
        self._files += 1
        for each in values:
            how = self._take(each, source, earlier)
            found[how] += 1
            if how == "differs":
                other.append(str(each["start"]))
        return Weighed(**found, first=min(other, default=""), last=max(other, default=""))

    def __iter__(self) -> Iterator[Value[Source]]:
        """Give the values in order of time; those of one file alone in its own order."""
        if self._files == 1:
            return iter(self._all)
        self._time_all()
        return (self._all[at] for _, _, at in self._by_time)

    def _take(self, each: Mapping[str, Any], source: Source, earlier: int) -> str:
        words = (str(each["start"]), str(each["end"]))
        there = self._by_words.get(words)
        if there is None and earlier:
            there = self._lying_over(each, earlier)
        if there is None:
            self._by_words[words] = made = Value(each, source)
            self._all.append(made)
            return "fresh"
        if same(there.said, each):
            if source != there.source and source not in there.also:
                there.also.append(source)
            return "same"
        there.revisions.append((each, source))
        return "differs"

    def _lying_over(self, each: Mapping[str, Any], earlier: int) -> Value[Source] | None:
        """Give an earlier file's value for most of the same time.

        Less is no other word for the same: the last day of a bill is often the first one of the next.
        """
        self._time_all()
        start, end = span(each)
        at = bisect_left(self._by_time, (start,))
        for near in self._by_time[max(0, at - 1) : at + 1]:
            over = min(end, near[1]) - max(start, near[0])
            if near[2] < earlier and 2 * over > min(end - start, near[1] - near[0]):
                return self._all[near[2]]
        return None

    def _time_all(self) -> None:
        """Put by time what came since it was last asked; most series never need it but once."""
        rest = [(*span(value.said), self._timed + n) for n, value in enumerate(self._all[self._timed :])]
        self._timed = len(self._all)
        if len(rest) > 8:
            self._by_time = sorted([*self._by_time, *rest])
        else:
            for one in rest:
                insort(self._by_time, one)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two words are the same: of the same time, and the same number."""
    return span(one) == span(other) and Decimal(str(one["value"])) == Decimal(str(other["value"]))


def span(each: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Give when a value begins and ends; of a bill, whose days are dates, the last one belongs to it."""
    start, end = _moment(str(each["start"])), _moment(str(each["end"]))
    return (start, end + timedelta(days=1)) if len(str(each["end"])) == 10 else (start, end)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else datetime.combine(found.date(), time(), UTC)
