"""Readings and bills as tables (rules): a head, one value in each row, and where it came from beside it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from consents import csv_cells

_CAME = (
    "file", "file_sha256", "channel", "came_by", "consent", "importer", "importer_version", "cut_from_sha256",
    "confirmed_at",
)  # fmt: skip
READINGS = (
    "account_id", "account_ending", "data_type", "role", "unit", "resolution", "zone", "start", "end", "value",
    "quality", "row",
    *_CAME, "also_in_sha256", "others_say", "settled", "settled_by", "settled_at",
)  # fmt: skip
BILLS = (
    "account_id", "account_ending", "from", "to", "billed_on", "total", "currency", "usage_kwh", "quality", "page",
    *_CAME, "also_in_sha256", "others_say", "settled", "settled_by", "settled_at",
)  # fmt: skip


def readings(shown: Mapping[str, Any]) -> str:
    """Give released readings as CSV; every cell is quoted, and none of them is a formula."""
    return csv_cells.table([READINGS, *_values(shown["series"])])


def bills(shown: Mapping[str, Any]) -> str:
    """Give released bills as CSV; of one that could not be read, its days and no figure."""
    return csv_cells.table([BILLS, *(_bill(each, shown["sources"]) for each in shown["bills"])])


def _values(series: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in series:
        kind = tuple(_text(one[name]) for name in READINGS[:7])
        sources = [tuple(_text(each[name]) for name in _CAME) for each in one["sources"]]
        for each in one["readings"]:
            said = tuple(_text(each[name]) for name in READINGS[7:12])
            yield (*kind, *said, *sources[each["source"]], *_beside(each, one["sources"], "value"))


def _bill(each: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> tuple[str, ...]:
    said = tuple(_text(each[name]) for name in BILLS[:10])
    came = tuple(_text(sources[each["source"]][name]) for name in _CAME)
    return (*said, *came, *_beside(each, sources, "total"))


def _beside(each: Mapping[str, Any], sources: list[Mapping[str, Any]], figure: str) -> tuple[str, ...]:
    also = "; ".join(sources[source]["file_sha256"] for source in each.get("also", ()))
    others = (f"{other[figure]} ({sources[other['source']]['file_sha256']})" for other in each.get("revisions", ()))
    settled = each.get("settled", {})
    return also, "; ".join(others), *(_text(settled.get(name)) for name in ("outcome", "rule", "at"))


def _text(value: object) -> str:
    return "" if value is None else str(value)
