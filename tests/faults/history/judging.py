"""Judges a history (rules): every call with its begin, its end and its answer, against what the database says after it.

Times are seconds of one monotonic clock, that of the clients. A call without an answer has no end: it may or may not
have had an effect, and nothing is concluded from it. What is concluded holds whatever order the service chose.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

GRANT, READ, STOP, ASK, LINK = "grant", "read", "stop", "ask", "link"
_DONE = {GRANT: (200,), READ: (200,), STOP: (302,), ASK: (201, 202), LINK: (200, 201)}


@dataclass(frozen=True)
class Call:
    """One call: what was done, to what (a consent, an ask, an Idempotency-Key), and what was answered."""

    kind: str
    about: str
    begun: float
    ended: float | None = None  # None: the connection broke, or nothing came
    status: int = 0
    id: str = ""  # what the answer named
    way: str = ""  # of a read: by a key, an open link, or a page

    @property
    def acknowledged(self) -> bool:
        """Whether the service said that it is done."""
        return self.ended is not None and self.status in _DONE[self.kind]


@dataclass(frozen=True)
class Facts:
    """What the database and the log say when all is over."""

    stops: dict[str, int] = field(default_factory=dict)  # consent: events of its end
    ended: frozenset[str] = frozenset()  # consents that are over
    releases: dict[str, int] = field(default_factory=dict)  # consent: entries of reads
    requests: dict[str, tuple[str, ...]] = field(default_factory=dict)  # Idempotency-Key: requests
    grants: dict[str, tuple[str, ...]] = field(default_factory=dict)  # ask: consents
    wrong: tuple[str, ...] = ()  # what is wrong with the log itself


def violations(history: Iterable[Call], facts: Facts) -> list[str]:
    """Say what no honest service could have answered or kept; nothing where all is well."""
    calls = list(history)
    by_kind: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_kind[call.kind].append(call)
    return [
        *_stale(by_kind[READ], by_kind[STOP]),
        *_stops(by_kind[STOP], facts),
        *_reads(by_kind[READ], facts),
        *_once("request", by_kind[ASK], facts.requests),
        *_once("consent", by_kind[GRANT], facts.grants),
        *_broken(calls),
        *(f"the log: {each}" for each in facts.wrong),
    ]


def _broken(calls: list[Call]) -> Iterator[str]:
    """A service that cannot answer says so, with when to come back (503); 500 says that nobody had thought of it."""
    for call in calls:
        if call.ended is not None and call.status >= 500 and call.status != 503:
            yield f"{call.about}: {call.kind} was answered with {call.status}"


def stale(history: Iterable[Call]) -> list[Call]:
    """Give the reads that began after a stop was answered, and were answered with data."""
    return [call for call in after_stops(history) if call.acknowledged]


def after_stops(history: Iterable[Call]) -> list[Call]:
    """Give the reads that began after a stop was answered, and were answered themselves: what is judged at all."""
    calls = list(history)
    said: dict[str, float] = {}
    for call in calls:
        if call.kind == STOP and call.acknowledged and call.ended is not None:
            said[call.about] = min(call.ended, said.get(call.about, call.ended))
    reads = [call for call in calls if call.kind == READ and call.ended is not None]
    return [call for call in reads if call.begun > said.get(call.about, float("inf"))]


def too_few(history: Iterable[Call], least: int) -> list[str]:
    """Name the kinds of calls of which fewer than so many were acknowledged: of them a history says nothing."""
    done = Counter(call.kind for call in history if call.acknowledged)
    return [kind for kind in _DONE if done[kind] < least]


def _stale(reads: list[Call], stops: list[Call]) -> Iterator[str]:
    for call in stale([*reads, *stops]):
        yield f"{call.about}: a read that began at {call.begun:.3f}, after the stop was answered, gave data"


def _stops(stops: list[Call], facts: Facts) -> Iterator[str]:
    tried = {call.about for call in stops}
    for about in sorted({call.about for call in stops if call.acknowledged} - facts.ended):
        yield f"{about}: a stop that was answered is lost"
    for about in sorted(facts.ended):
        if about not in tried:
            yield f"{about}: it ended, and nobody had stopped it"
        if (events := facts.stops.get(about, 0)) != 1:
            yield f"{about}: it ended with {events} entries of its end"
    for about in sorted(set(facts.stops) - facts.ended):
        yield f"{about}: the log tells of an end that the row does not know"


def _reads(reads: list[Call], facts: Facts) -> Iterator[str]:
    answered = Counter(call.about for call in reads if call.acknowledged)
    tried = Counter(call.about for call in reads)
    for about in sorted(tried.keys() | facts.releases.keys()):
        entries = facts.releases.get(about, 0)
        if entries < answered[about]:
            yield f"{about}: {answered[about]} reads were answered, {entries} are in the log"
        if entries > tried[about]:
            yield f"{about}: {entries} reads are in the log, {tried[about]} were made"


def _once(noun: str, calls: list[Call], made: dict[str, tuple[str, ...]]) -> Iterator[str]:
    tried = {call.about for call in calls}
    for about in sorted(tried | made.keys()):
        found, said = made.get(about, ()), {call.id for call in calls if call.about == about and call.acknowledged}
        if len(found) > 1:
            yield f"{about}: {len(found)} {noun}s of one"
        if found and about not in tried:
            yield f"{about}: a {noun} that nobody asked for"
        if len(said) > 1:
            yield f"{about}: the same call was answered with {len(said)} {noun}s"
        for each in sorted(said - set(found)):
            yield f"{about}: the {noun} {each} was answered, and is lost"
