"""A series of readings as the pictures take it, and the local days that it lies on (rules)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

PEAKS = frozenset({"kW"})  # of power the highest counts; a sum of it says nothing
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Point:
    """One value, and the local time from which and to which it holds."""

    start: datetime
    end: datetime
    value: Decimal

    @property
    def length(self) -> timedelta:
        """Give how long it really is: two local times of one zone are compared in UTC."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


@dataclass(frozen=True)
class Series:
    """Values of one role, unit and resolution in order of time; what differs in one of these is never put together."""

    role: str
    unit: str
    resolution: str
    zone: ZoneInfo
    points: tuple[Point, ...]

    @property
    def is_peak(self) -> bool:
        """Say whether its values are highest ones (power), not sums (energy, money)."""
        return self.unit in PEAKS

    @property
    def is_by_period(self) -> bool:
        """Say whether each value stands for a month or for a bill's days: none of them is put together with another."""
        return self.resolution.startswith("P") and "T" not in self.resolution and not self.resolution.endswith("D")

    @property
    def is_by_hour(self) -> bool:
        """Say whether every value lies inside one hour of the clock: only then can hours be shown."""
        return bool(self.points) and all(hour_of(each.start) + HOUR >= each.end.astimezone(UTC) for each in self.points)


def read(role: str, unit: str, resolution: str, values: Iterable[Mapping[str, Any]], *, zone: str) -> Series:
    """Take readings with `start`, `end` and `value`; the first value of a moment counts.

    Instants carry their offset; a date stands for local midnight, and as an `end` that day belongs to it (a bill's).
    Without an `end` a value stands for its day. Raises `ValueError` for what is no time and no number.
    """
    there = ZoneInfo(zone)
    found: dict[datetime, Point] = {}
    for each in values:
        start = _moment(str(each["start"]), there)
        end = _end(str(each["end"]), there) if each.get("end") else midnight(start.date() + timedelta(days=1), there)
        found.setdefault(start.astimezone(UTC), Point(start, end, Decimal(str(each["value"]))))
    return Series(role, unit, resolution, there, tuple(found[moment] for moment in sorted(found)))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Give the local beginning of a day."""
    return datetime.combine(day, time(), zone)


def length_of(day: date, zone: ZoneInfo) -> timedelta:
    """Give how long a local day is: 23, 24 or 25 hours."""
    return midnight(day + timedelta(days=1), zone).astimezone(UTC) - midnight(day, zone).astimezone(UTC)


def hour_of(moment: datetime) -> datetime:
    """Give the beginning, in UTC, of the hour that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hours_of(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Give the beginnings of a day's hours in UTC, each as often as the clock shows it."""
    moment, end = midnight(day, zone).astimezone(UTC), midnight(day + timedelta(days=1), zone).astimezone(UTC)
    while moment < end:
        yield moment
        moment += HOUR


def days_between(first: date, end: date) -> Iterator[date]:
    """Give the days from `first` to before `end`."""
    return (first + timedelta(days=n) for n in range((end - first).days))


def next_month(day: date) -> date:
    """Give the first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    if len(text) == len("2026-01-01"):
        return midnight(date.fromisoformat(text), zone)
    found = datetime.fromisoformat(text)
    return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)


def _end(text: str, zone: ZoneInfo) -> datetime:
    if len(text) == len("2026-01-01"):
        return midnight(date.fromisoformat(text) + timedelta(days=1), zone)
    return _moment(text, zone)
