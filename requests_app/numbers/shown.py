"""The numbers as charts and words for a page (interface)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from requests_app.numbers import measures
from requests_app.numbers.bars import Bar, Drawing, columns, rows
from requests_app.numbers.measures import Utility
from requests_app.numbers.quantiles import FEWEST, Spread

LONGEST = 25  # business days with a column of their own; the last one holds all that took longer


@dataclass(frozen=True)
class Shown:
    """One utility on the page: its numbers, its chart, and the chart's rows as a table."""

    utility: Utility
    chart: Drawing
    counted: list[tuple[str, int]]
    median: str
    ninety: str
    fee: str
    in_window: str
    complete: str


def page(now: datetime) -> dict[str, Any]:
    """Give all that the page shows; nothing is opened."""
    ways = measures.grant_to_data()
    return {
        "utilities": [_shown(each) for each in measures.of_utilities(now)],
        "ways": [
            (way, words(way.days, way.days.median, "day"), words(way.days, way.days.ninety, "day")) for way in ways
        ],
        "ways_chart": rows([Bar(f"{way.title}: median", (way.days.median,)) for way in ways if way.days.median]),
        "ways_known": any(way.days.median is not None for way in ways),
        "fewest": FEWEST,
        "newest": measures.NEWEST,
    }


def words(of: Spread[Any], value: Any, unit: str) -> str:
    """Say a median or 90 % in words, or why there is none."""
    if value is None:
        return f"{of.count} so far; shown from {FEWEST} on"
    return f"${value}" if unit == "$" else f"{value} {unit}{'' if value == 1 else 's'}"


def share(part: tuple[int, int]) -> str:
    """Say a share as it was counted, with its percentage where there is enough of it."""
    count, of = part
    if of == 0:
        return "none so far"
    return f"{count} of {of}" + (f" ({Decimal(100 * count) / of:.0f} %)" if of >= FEWEST else "")


def _shown(utility: Utility) -> Shown:
    days = utility.days if utility.answers.median is not None else []  # few answers are no picture of a utility
    counted, last = Counter(min(each, LONGEST) for each in days), utility.profile.clock.last_days
    most = max([*counted, last])
    bars = [Bar(_name(day), (counted[day], 0) if day <= last else (0, counted[day])) for day in range(most + 1)]
    return Shown(
        utility=utility,
        chart=replace(columns(bars), newest_last=False),  # a narrow screen begins with the quick answers
        counted=[(_name(day), counted[day]) for day in sorted(counted)],
        median=words(utility.answers, utility.answers.median, "business day"),
        ninety=words(utility.answers, utility.answers.ninety, "business day"),
        fee=words(utility.fees, utility.fees.median, "$"),
        in_window=share(utility.in_window),
        complete=share(utility.complete),
    )


def _name(day: int) -> str:
    return f"{day} or more" if day == LONGEST else str(day)
