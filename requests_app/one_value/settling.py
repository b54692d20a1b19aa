"""What a person decided about values on which sources do not agree, laid over them (rules).

A decision names the values that it is about by their time, the sources that were considered, and the one that stands.
Nothing that a source said is lost: it stays beside the value as a revision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from requests_app.one_value.merging import DOUBTFUL, ELSEWHERE, NEWER, STANDS, Settled, Value, same, span

type Moment = tuple[str, str]


@dataclass(frozen=True)
class Decided:
    """One decision. Sources are named by their place among those of their kind.

    `considered`: which were there when it was made. `stands`: the one that stands, then those that say the same;
    empty where nobody could tell.
    """

    moments: frozenset[Moment]
    considered: frozenset[int]
    stands: tuple[int, ...]
    rule: str
    at: datetime


def moment_of(said: Mapping[str, Any]) -> Moment:
    """Name a value by when it begins and ends, in UTC: the same for however a file writes it."""
    start, end = span(said)
    return start.isoformat(), end.isoformat()


def settle(values: Iterable[Value[int]], places: Sequence[int], decisions: Iterable[Decided]) -> list[Value[int]]:
    """Lay decisions, the later ones over the earlier, over values whose sources stand at these places, in turn."""
    by_moment = {moment: each for each in decisions for moment in each.moments}
    if not by_moment:
        return list(values)
    return [
        _settled(value, places, decided) if (decided := by_moment.get(moment_of(value.said))) else value
        for value in values
    ]


def _settled(value: Value[int], places: Sequence[int], decided: Decided) -> Value[int]:
    words = value.words
    if not any(places[source] in decided.considered for _, source in words):
        return value  # only what came later is said here
    if not decided.stands:
        return replace(value, settled=Settled(DOUBTFUL, decided.rule, decided.at))
    chosen = next((n for place in decided.stands for n, (_, one) in enumerate(words) if places[one] == place), None)
    if chosen is None:
        return replace(value, settled=Settled(ELSEWHERE, decided.rule, decided.at))
    said, source = words.pop(chosen)
    also = [each for other, each in words if same(other, said) and each != source]
    others = [(other, each) for other, each in words if not same(other, said)]
    newer = any(places[each] not in decided.considered for _, each in others)
    return Value(said, source, also, others, Settled(NEWER if newer else STANDS, decided.rule, decided.at))
