"""Series of several files, opened, as one value each: what every reader of numbers goes through."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from requests_app.differences import decided
from requests_app.differences.decided import Kind
from requests_app.models import ReadingSeries
from requests_app.one_value.merging import Merged, Value
from requests_app.one_value.reconciling import Reconciled, reconcile, stated_by
from requests_app.one_value.settling import settle


@dataclass(frozen=True)
class Together:
    """The values of one kind as people settled them, and the series that say them, the first one first."""

    series: tuple[ReadingSeries, ...]
    values: Sequence[Value[int]]  # each value names its series by number


def in_order(series: Iterable[ReadingSeries]) -> list[ReadingSeries]:
    """Give series in the order in which they came: by their place; those from before there were places come first."""
    return sorted(series, key=lambda one: (*places_of([one]), one.file.received_at, str(one.id)))


def together(series: Sequence[ReadingSeries], opened: Sequence[str]) -> list[Together]:
    """Put series of one customer together, in the order of their first days; `opened`: their values, in turn."""
    texts = {one.id: text for one, text in zip(series, opened, strict=True)}
    kinds: dict[Kind, list[ReadingSeries]] = {}
    for one in in_order(series):
        kinds.setdefault(kind_of(one), []).append(one)
    found, decisions = [], decided.of({one.account_id for one in series})
    for kind, some in kinds.items():
        values: Merged[int] = Merged()
        for number, one in enumerate(some):
            values.take(json.loads(texts[one.id]), number)
        found.append(Together(tuple(some), settle(values, places_of(some), decisions.get(kind, ()))))
    return sorted(found, key=lambda one: (min(each.first for each in one.series), one.series[0].role))


def places_of(series: Iterable[ReadingSeries]) -> list[int]:
    """Give the places of series among those of their kind; those from before there were places have none."""
    return [one.place.number if hasattr(one, "place") else 0 for one in series]


def kind_of(one: ReadingSeries) -> Kind:
    """Give the kind of a series."""
    return Kind(str(one.account_id), one.role, one.unit, one.resolution)


def reconciled(stated: Iterable[Together], finer: Iterable[Together]) -> list[Reconciled]:
    """Compare what bills and monthly numbers say was used with the finer numbers of one account, by their days."""
    said = [
        stated_by(value.said, kwh)
        for kind in stated
        for value in kind.values
        if kind.series[0].resolution == "P1M" and (kwh := _kwh(kind, value.said)) is not None
    ]
    if not said:
        return []
    numbers = {
        (kind.series[0].role, kind.series[0].resolution): [value.said for value in kind.values]
        for kind in finer
        if kind.series[0].unit == "kWh"
    }
    once = {(each.first, each.end, each.kwh): each for each in said}  # a bill that Nectar read, too, says it once
    return reconcile(sorted(once.values(), key=lambda each: each.first), numbers)


def _kwh(kind: Together, said: Mapping[str, Any]) -> object:
    """Give what was delivered in a period, as a monthly number or as a bill says it."""
    if kind.series[0].unit == "kWh" and kind.series[0].role == "delivered":
        return said["value"]
    return said.get("kwh")
