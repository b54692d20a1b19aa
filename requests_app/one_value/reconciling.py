"""Whether finer numbers come to what a bill says, period by period (rules).

Only a period of which every day is there whole is compared: a sum with a hole proves nothing. Resolutions are never
added: the numbers of one of them are counted, the one with the fewest holes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

TOLERANCE = Decimal("0.05")  # kWh a day: hours and days are rounded each for themselves
FINER = ("P1D", "PT1H", "PT15M")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stated:
    """What a bill or a monthly number says was used, in kWh; the end is exclusive."""

    first: date
    end: date
    kwh: Decimal


@dataclass(frozen=True)
class Reconciled:
    """What a period is said to come to, and what the finer numbers of it come to."""

    first: date
    last: date
    stated: Decimal
    counted: Decimal
    role: str
    resolution: str
    days: int
    missing: int  # days that are not there whole

    @property
    def difference(self) -> Decimal | None:
        """Give by how much the finer numbers are above what is stated; nothing where they have a hole."""
        return None if self.missing else self.counted - self.stated

    @property
    def agrees(self) -> bool | None:
        """Say whether both come to the same; nothing where the finer numbers have a hole."""
        return None if self.difference is None else abs(self.difference) <= TOLERANCE * self.days


def stated_by(each: Mapping[str, Any], kwh: object) -> Stated:
    """Give what a value of a series says of its period; where it has dates alone, the last one belongs to it."""
    first, end = str(each["start"]), str(each["end"])
    last = date.fromisoformat(end[:10])
    return Stated(date.fromisoformat(first[:10]), last + ONE_DAY if len(end) == 10 else last, Decimal(str(kwh)))


def reconcile(
    stated: Iterable[Stated], finer: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
) -> list[Reconciled]:
    """Compare periods with finer numbers, given by (role, resolution); periods of which none is there are left out.

    What a bill states is what was delivered, or, where that does not come to it, the net. The last day that a bill
    names may be the first of the next one: a period that agrees without it agrees.
    """
    by_day = {
        (role, resolution): _whole_days(finer[role, resolution])
        for role in ("delivered", "net")
        for resolution in FINER
        if finer.get((role, resolution))
    }
    found = []
    for each in stated:
        tried = [
            _compare(each, end, role, resolution, days)
            for (role, resolution), days in by_day.items()
            for end in (each.end, each.end - ONE_DAY)
            if each.first < end
        ]
        there = [one for one in tried if one.missing < one.days]
        if there:
            whole = each.end - ONE_DAY
            found.append(min(there, key=lambda one: (one.agrees is not True, one.last < whole, one.missing)))
    return found


def _compare(each: Stated, end: date, role: str, resolution: str, days: Mapping[date, Decimal]) -> Reconciled:
    wanted = [each.first + timedelta(days=number) for number in range((end - each.first).days)]
    there = [days[day] for day in wanted if day in days]
    return Reconciled(
        first=each.first,
        last=end - ONE_DAY,
        stated=each.kwh,
        counted=sum(there, Decimal(0)),
        role=role,
        resolution=resolution,
        days=len(wanted),
        missing=len(wanted) - len(there),
    )


def _whole_days(values: Sequence[Mapping[str, Any]]) -> dict[date, Decimal]:
    """Give the sum of each local day that is there from midnight to midnight without a hole."""
    sums: dict[date, Decimal] = {}
    reached: dict[date, str | None] = {}  # how far a day goes without a hole; nothing once it has one
    for each in values:
        start, end = str(each["start"]), str(each["end"])
        day = date.fromisoformat(start[:10])
        begins = start[11:16] == "00:00" if day not in reached else reached[day] == start
        reached[day] = end if begins and not (day in reached and reached[day] is None) else None
        sums[day] = sums.get(day, Decimal(0)) + Decimal(str(each["value"]))
    return {
        day: sums[day]
        for day, end in reached.items()
        if end is not None and end[:10] == (day + ONE_DAY).isoformat() and end[11:16] == "00:00"
    }
