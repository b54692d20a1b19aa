"""Readings in the order of time: none twice, none over another, and every hole between them named (rules)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

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


def gaps_of_days(
    readings: Sequence[dict[str, Any]], days: Sequence[tuple[date, date]], zone: str
) -> list[dict[str, str]]:
    """Give the same for stretches of days (end exclusive, by the clock of `zone`): also before the first and behind the
    last reading of each, and a stretch without any.
    """
    found: list[dict[str, str]] = []
    for first, stop in days:
        inside = [each for each in readings if first.isoformat() <= each["start"][:10] < stop.isoformat()]
        own = [{"start": each["start"], "end": _end(each["end"])} for each in inside]
        begin, end = (_edge(each, own, zone) for each in (first, stop))
        if not own:
            found.append({"start": begin, "end": end})
            continue
        rim = [{"start": begin, "end": begin}, *own, {"start": end, "end": end}]
        found += gaps(rim)
    return found


def _end(text: str) -> str:
    """Give the end of a reading; where it is named as a day, that day belongs to it."""
    return text if "T" in text else date.fromordinal(date.fromisoformat(text).toordinal() + 1).isoformat()


def _edge(day: date, readings: Sequence[dict[str, Any]], zone: str) -> str:
    """Write the first moment of a day as the readings write theirs."""
    if readings and "T" not in readings[0]["start"]:
        return day.isoformat()
    return datetime.combine(day, time.min, ZoneInfo(zone)).isoformat(timespec="minutes")


def instant(text: str) -> datetime:
    """Read a local time with its offset; two of them are compared in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
