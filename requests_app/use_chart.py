"""A customer's readings as a picture and a table: at most some sixty bars, of days or of months (rules).

The picture is numbers for an SVG that the template writes down; the table beneath says the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from requests_app.one_value.merging import Value

MOST_DAYS = 62  # more than two months of days are shown by month
WIDTH, HEIGHT, TOP, FOOT = 640, 240, 34, 34
PEAKS = frozenset({"kW"})  # of power the highest counts; a sum of it says nothing
ROLES = ("delivered", "received", "net", "demand", "billed")


@dataclass(frozen=True)
class Bar:
    """What was used on a day or in a month, and where its bar stands."""

    first: date
    value: Decimal
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """Give where its name stands."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Chart:
    """One picture: the readings of one role, unit and resolution, by day or by month."""

    role: str
    unit: str
    monthly: bool
    bars: tuple[Bar, ...]
    total: Decimal  # of power the highest value
    zero: int  # where the line of nothing stands: what went back to the co-op hangs below it

    @property
    def is_peak(self) -> bool:
        """Say whether the values are highest ones, not sums."""
        return self.unit in PEAKS

    @property
    def highest(self) -> Decimal:
        """Give the value at the upper edge."""
        return max(Decimal(0), *(each.value for each in self.bars))

    @property
    def lowest(self) -> Decimal:
        """Give the value at the lower edge; below nothing where more went back than came."""
        return min(Decimal(0), *(each.value for each in self.bars))

    @property
    def named(self) -> tuple[Bar, ...]:
        """Give the bars that bear a name beneath: the first, the middle and the last."""
        return tuple({n: self.bars[n] for n in (0, len(self.bars) // 2, len(self.bars) - 1)}.values())


@dataclass(frozen=True)
class Bill:
    """What one bill came to, in dollars: for which days (the last one counts), and its own day, if any."""

    first: date
    last: date
    billed_on: date | None
    amount: Decimal
    others: tuple[Decimal, ...] = ()  # what other files say that it came to


def bills(found: Iterable[Value[Any]]) -> list[Bill]:
    """List bills by their periods; what another file says of the same one stands beside it."""
    listed = [
        Bill(
            date.fromisoformat(str(each.said["start"])),
            date.fromisoformat(str(each.said["end"])),
            date.fromisoformat(each.said["billed_on"]) if each.said["billed_on"] else None,
            Decimal(each.said["value"]),
            tuple(Decimal(other["value"]) for other, _ in each.revisions),
        )
        for each in found
    ]
    return sorted(listed, key=lambda bill: (bill.first, bill.last))


def charts(found: Iterable[tuple[str, str, str, Iterable[Mapping[str, Any]]]]) -> list[Chart]:
    """Draw readings given as (role, unit, resolution, values), one value for each moment.

    Each resolution is a picture of its own: an hour and the day that it lies in are never added.
    """
    kept: dict[tuple[str, str, str], dict[str, Decimal]] = {}
    for role, unit, resolution, values in found:
        moments = kept.setdefault((role, unit, resolution), {})
        for each in values:
            moments.setdefault(str(each["start"]), Decimal(str(each["value"])))
    order = sorted(kept, key=lambda key: (ROLES.index(key[0]) if key[0] in ROLES else len(ROLES), key))
    return [
        _chart(role, unit, kept[role, unit, resolution], monthly=resolution.endswith("M") and "T" not in resolution)
        for role, unit, resolution in order
        if kept[role, unit, resolution]
    ]


def _chart(role: str, unit: str, moments: Mapping[str, Decimal], *, monthly: bool) -> Chart:
    days = _together(moments, unit, lambda day: day)
    monthly = monthly or len(days) > MOST_DAYS
    shown = _together(moments, unit, lambda day: day.replace(day=1)) if monthly else days
    above, below = max(Decimal(0), *shown.values()), max(Decimal(0), *(-each for each in shown.values()))
    step, room = WIDTH / len(shown), HEIGHT - TOP - FOOT
    scale = room / ((above + below) or Decimal(1))
    zero = TOP + int(above * scale) if above or below else HEIGHT - FOOT
    bars = []
    for number, (first, value) in enumerate(sorted(shown.items())):
        tall = min(int(abs(value) * scale) or (1 if value else 0), zero - TOP if value > 0 else HEIGHT - FOOT - zero)
        width = max(1, min(40, int(step) - 2))
        x, y = int(number * step + (step - width) / 2), zero - tall if value > 0 else zero
        bars.append(Bar(first, value, x, y, width, tall))
    total = max(moments.values()) if unit in PEAKS else sum(moments.values(), Decimal(0))
    return Chart(role, unit, monthly, tuple(bars), total, zero)


def _together(moments: Mapping[str, Decimal], unit: str, of: Any) -> dict[date, Decimal]:
    """Put values together by the local day on which each begins; an instant carries its offset, so its day is local."""
    found: dict[date, Decimal] = {}
    for start, value in moments.items():
        first = of(date.fromisoformat(start[:10]))
        if first in found:
            value = max(found[first], value) if unit in PEAKS else found[first] + value
        found[first] = value
    return found
