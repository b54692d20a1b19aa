"""Readings in the order of time: none twice, none over another, and every hole between them named (rules)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from broker.importers.readings import layout_unknown


def in_order(readings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort readings of one series by time; what says the same of the same moment twice counts once.

    Raises `Refused("file.layout_unknown")` where two of them overlap or disagree: nobody knows which one holds.
    """
    kept: list[dict[str, Any]] = []
    before: datetime | None = None
    for start, end, each in sorted(
        ((instant(each["start"]), instant(each["end"]), each) for each in readings), key=lambda one: one[:2]
    ):
        if before is not None and start < before:
            if (each["start"], each["end"], each["value"]) == (kept[-1]["start"], kept[-1]["end"], kept[-1]["value"]):
                continue
            raise layout_unknown()
        kept.append(each)
        before = end
    return kept


def gaps(readings: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Give the holes between readings that are in order, each with its two ends; nothing is put into them."""
    return [
        {"start": one["end"], "end": other["start"]}
        for one, other in pairwise(readings)
        if one["end"] != other["start"] and instant(one["end"]) < instant(other["start"])
    ]


def instant(text: str) -> datetime:
    """Read a local time with its offset; two of them are compared in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
