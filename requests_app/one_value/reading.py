"""Series of several files, opened, as one value each: what every reader of numbers goes through."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from requests_app.models import ReadingSeries
from requests_app.one_value.merging import Merged


@dataclass(frozen=True)
class Kind:
    """What values are together: of one account, one role, one unit, one resolution."""

    account: str
    role: str
    unit: str
    resolution: str


@dataclass(frozen=True)
class Together:
    """The values of one kind, and the series that say them, the first one first."""

    series: tuple[ReadingSeries, ...]
    values: Merged[int]  # each value names its series by number


def in_order(series: Iterable[ReadingSeries]) -> list[ReadingSeries]:
    """Give series in the order in which they came: by their place; those from before there were places come first."""
    return sorted(
        series, key=lambda one: (one.place.number if hasattr(one, "place") else 0, one.file.received_at, str(one.id))
    )


def together(series: Sequence[ReadingSeries], opened: Sequence[str]) -> list[Together]:
    """Put series of one customer together, in the order of their first days; `opened`: their values, in turn."""
    texts = {one.id: text for one, text in zip(series, opened, strict=True)}
    kinds: dict[Kind, list[ReadingSeries]] = {}
    for one in in_order(series):
        kinds.setdefault(kind_of(one), []).append(one)
    found = []
    for some in kinds.values():
        values: Merged[int] = Merged()
        for number, one in enumerate(some):
            values.take(json.loads(texts[one.id]), number)
        found.append(Together(tuple(some), values))
    return sorted(found, key=lambda one: (min(each.first for each in one.series), one.series[0].role))


def kind_of(one: ReadingSeries) -> Kind:
    """Give the kind of a series."""
    return Kind(str(one.account_id), one.role, one.unit, one.resolution)
