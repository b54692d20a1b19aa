"""Files for `./run bench upload`: a year by the hour in the portal's layout, and a set of 24 bills. Invented."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from broker.rehearsal import paper

ACCOUNT = "40900017"
HOUR = timedelta(hours=1)
_RULER = " " + "=" * 40


def hourly_year(year: int = 2025, zone: str = "America/Chicago") -> tuple[bytes, int]:
    """Give a year of hours with its days of 23 and 25 hours, and how many rows there are."""
    rows = list(_rows(year, ZoneInfo(zone)))
    begin = f"{year}-01-01 00:00 for {len(rows)} hours"
    head = [
        "",
        _RULER,
        " Usage Information",
        f" For: {ACCOUNT}",
        _RULER,
        " Meter Reading Information",
        " Type of readings: Electricity, Energy Consumption, Real energy in kilowatt-hours ",
        _RULER,
        " Detailed Usage",
        _RULER,
        f" Start date: {begin}",
        _RULER,
        f" Interval Blockdata for period starting:, {begin}",
        _RULER,
        " Energy consumption time period,Usage(Real energy in kilowatt-hours),Events occurred",
    ]
    return ("\n".join([*head, *rows]) + "\n ").encode(), len(rows)


def _rows(year: int, zone: ZoneInfo) -> Iterator[str]:
    at, end = (datetime(each, 1, 1, tzinfo=zone).astimezone(UTC) for each in (year, year + 1))
    number = 0
    while at < end:
        start, stop = at.astimezone(zone), (at + HOUR).astimezone(zone)
        wall = stop.replace(tzinfo=None)
        if wall <= start.replace(tzinfo=None):
            wall += HOUR  # the clock goes back: the portal writes the hour as the wall shows it
        value = Decimal(800 + number * 37 % 900) / 1000
        yield f" {start:%Y-%m-%d %H:%M} to {wall:%Y-%m-%d %H:%M},{value:.3f},,"
        at, number = at + HOUR, number + 1


def bills(count: int = 24, first: date = date(2024, 2, 1)) -> list[tuple[str, bytes]]:
    """Give bills of this many months, each in a file of its own."""
    found = []
    for number in range(count):
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        last, kwh = following - timedelta(days=1), Decimal(700 + number * 13)
        data = paper.bill(account=ACCOUNT, begin=first, end=last, kwh=kwh, charges=Decimal("98.10"), due=following)
        found.append((f"bill-{number + 1}.pdf", data))
        first = following
    return found
