"""Bars, one for each month, day or bill; what is missing is hatched, never drawn as nothing used (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from requests_app.charts import drawn, words
from requests_app.charts.axis import axis
from requests_app.charts.drawn import Picture, Table
from requests_app.charts.series import Series, days_between, length_of, next_month
from requests_app.charts.words import Say

MOST_DAYS = 62  # more than two months of days are shown by month
LEFT, RIGHT, TOP, PLOT = 76, 12, 52, 210
WIDEST = 96.0  # from one bar to the next
BLUE = "#1a4480"


@dataclass(frozen=True)
class Bar:
    """What was used in a stretch of days, the end exclusive; `value` is nothing where nothing is known."""

    first: date
    end: date
    value: Decimal | None
    missing: int  # days of it that are not whole

    @property
    def days(self) -> int:
        """Give how many days it stands for."""
        return (self.end - self.first).days


def bars(series: Series, *, ident: str, by: str = "", say: Say = words.english) -> Picture | None:
    """Draw a bar for each month (`by` "month") or day ("day"), else for what fits; nothing where there is no value.

    Sums of energy; of power the highest value. Values of a month or of a bill's days are drawn as they are.
    """
    found = stretches(series, by)
    if not found:
        return None
    kind = _kind(series, found, by)
    title = f"{words.role(series.role, say)}, {series.unit}: {say(_TITLES[kind])}"
    description = _description(series, found, say)
    table = _table(series, found, kind, title, say)
    svg = _draw(series, found, ident, title, description, say)
    return Picture(_NAMES[kind], title, description, svg, table, _data(series, found, title))


def stretches(series: Series, by: str = "") -> list[Bar]:
    """Give the bars in order of time, with those in between of which nothing is known."""
    if not series.points:
        return []
    if series.is_by_period:
        return [
            Bar(each.start.date(), (each.end - timedelta(microseconds=1)).date() + timedelta(days=1), each.value, 0)
            for each in series.points
        ]
    by_day = _days(series)
    first, end = min(by_day), max(by_day) + timedelta(days=1)
    monthly = by == "month" or (by != "day" and len(by_day) > MOST_DAYS)
    found, day = [], first.replace(day=1) if monthly else first
    while day < end:
        after = next_month(day) if monthly else day + timedelta(days=1)
        own = {each: by_day[each] for each in days_between(day, after) if each in by_day}
        whole = sum(held >= length_of(each, series.zone) for each, (_, held) in own.items())
        found.append(
            Bar(day, after, _together(series, [value for value, _ in own.values()]), (after - day).days - whole)
        )
        day = after
    return found


_TITLES = {
    "month": words._("by month"),
    "day": words._("by day"),
    "period": words._("by period"),
}
_NAMES = {"month": "months", "day": "days", "period": "periods"}


def _kind(series: Series, found: Sequence[Bar], by: str) -> str:
    if series.is_by_period:
        return "period"
    return "month" if by == "month" or found[0].end != found[0].first + timedelta(days=1) else "day"


def _days(series: Series) -> dict[date, tuple[Decimal, timedelta]]:
    """Put values together by the local day on which each begins, with how much of the day they hold."""
    found: dict[date, tuple[list[Decimal], timedelta]] = {}
    for each in series.points:
        values, held = found.setdefault(each.start.date(), ([], timedelta()))
        values.append(each.value)
        found[each.start.date()] = (values, held + each.length)
    return {
        day: (max(values) if series.is_peak else sum(values, Decimal(0)), held) for day, (values, held) in found.items()
    }


def _together(series: Series, values: Sequence[Decimal]) -> Decimal | None:
    if not values:
        return None
    return max(values) if series.is_peak else sum(values, Decimal(0))


def _name(bar: Bar, say: Say) -> str:
    return words.days(bar.first, bar.end - timedelta(days=1), say)


def _missing(bar: Bar, say: Say) -> str:
    if bar.value is None:
        return say(words.NO_VALUE)
    return say(words.DAYS_MISSING) % {"days": bar.missing, "of": bar.days} if bar.missing else say(words.WHOLE)


def _description(series: Series, found: Sequence[Bar], say: Say) -> str:
    known = [bar for bar in found if bar.value is not None]
    values = [bar.value for bar in known if bar.value is not None]
    top = max(known, key=lambda bar: bar.value or Decimal(0))
    said = say(words._("%(count)s bars. Highest: %(value)s %(unit)s, %(when)s. The table says the same."))
    return said % {
        "count": len(found), "value": words.number(max(values)), "unit": series.unit, "when": _name(top, say),
    }  # fmt: skip


def _table(series: Series, found: Sequence[Bar], kind: str, title: str, say: Say) -> Table:
    first = {"month": words.MONTH, "day": words.DAY, "period": words.PERIOD}[kind]
    head = (
        say(first),
        f"{say(words.HIGHEST) if series.is_peak else say(words.VALUE)} ({series.unit})",
        say(words.MISSING),
    )
    made = [
        (_name(bar, say), say(words.NO_VALUE) if bar.value is None else words.number(bar.value), _missing(bar, say))
        for bar in found
    ]
    return Table(title, head, drawn.rows(made))


def _data(series: Series, found: Sequence[Bar], title: str) -> Table:
    head = ("first_day", "last_day", "role", "unit", "value", "days_not_whole")
    made = [
        (
            bar.first.isoformat(), (bar.end - timedelta(days=1)).isoformat(), series.role, series.unit,
            "" if bar.value is None else f"{bar.value:f}", str(bar.missing),
        )
        for bar in found
    ]  # fmt: skip
    return Table(title, head, drawn.rows(made))


def _draw(series: Series, found: Sequence[Bar], ident: str, title: str, description: str, say: Say) -> drawn.Svg:
    values = [bar.value for bar in found if bar.value is not None]
    upright = axis(series.unit, values, left=LEFT, top=TOP, height=PLOT)
    parts = [drawn.text(8, 18, title), *upright.drawn(drawn.WIDTH - RIGHT)]
    # A few bars stand at the left, where a narrow screen shows them.
    step = min((drawn.WIDTH - LEFT - RIGHT) / len(found), WIDEST)
    width, named = max(1.0, min(48.0, step * 0.8)), drawn.every(len(found), 8 if series.is_by_period else 12)
    for number, bar in enumerate(found):
        x = LEFT + number * step + (step - width) / 2
        if bar.value is None:
            parts.append(drawn.rect(x, TOP, width, PLOT, f"url(#{ident}-none)"))
        else:
            top, foot = sorted((upright.at(bar.value), upright.at(Decimal(0))))
            tall = max(foot - top, 1.0 if bar.value else 0.0)
            fill = f"url(#{ident}-part)" if bar.missing else BLUE
            parts.append(drawn.rect(x, top, width, tall, fill, f'stroke="{BLUE}"' if bar.missing else ""))
        if number % named == 0:
            above, below = _short(bar, say)
            parts.append(drawn.text(x + width / 2, TOP + PLOT + 18, above, "middle"))
            if number == 0 or found[number - named].first.year != bar.first.year:
                parts.append(drawn.text(x + width / 2, TOP + PLOT + 34, below, "middle"))
    parts += _legend(found, ident, say)
    patterns = drawn.hatch(f"{ident}-part", BLUE) + drawn.hatch(f"{ident}-none", "#c3c7cb")
    return drawn.svg(ident, TOP + PLOT + 68, title, description, parts, patterns)


def _short(bar: Bar, say: Say) -> tuple[str, str]:
    """Name a bar beneath it, with its year: a month by its name, a day or a period by its first day."""
    name = say(words.MONTHS[bar.first.month - 1])
    whole = bar.first.day == 1 and bar.end == next_month(bar.first)
    return (name if whole else f"{bar.first.day} {name}", str(bar.first.year))


def _legend(found: Sequence[Bar], ident: str, say: Say) -> list[str]:
    parts, x, y = [], float(LEFT), TOP + PLOT + 44.0
    for there, pattern, meaning in (
        (any(bar.value is not None and bar.missing for bar in found), "part", words.PARTLY),
        (any(bar.value is None for bar in found), "none", words.NOTHING_THERE),
    ):
        if there:
            parts.append(drawn.rect(x, y, 16, 14, f"url(#{ident}-{pattern})", f'stroke="{drawn.FRAME}"'))
            parts.append(drawn.text(x + 22, y + 12, say(meaning)))
            x += 300
    return parts
