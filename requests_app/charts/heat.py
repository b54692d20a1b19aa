"""A year by the hour: a column for each day, a square for each hour, a colour for how much (rules).

Missing hours are hatched. On the day of 23 hours the hour that never was is left blank; on the day of 25 the hour that
came twice has two halves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from requests_app.charts import drawn, words
from requests_app.charts.drawn import Picture, Table
from requests_app.charts.hours import by_hour
from requests_app.charts.series import Series, days_between, hours_of, next_month
from requests_app.charts.shades import Shades, shades
from requests_app.charts.words import Say

LEFT, TOP, ROW = 44, 40, 11
WIDEST, NARROWEST = 24, 2
HOURS = 24


@dataclass(frozen=True)
class Square:
    """One hour of a day: where it stands, which half of the square it fills (nothing: all of it), and its value."""

    day: date
    hour: int
    moment: datetime
    half: int | None
    value: Decimal | None


def years(series: Series, *, ident: str, say: Say = words.english) -> list[Picture]:
    """Draw one picture for each calendar year; none where the readings are not by the hour or finer."""
    values = by_hour(series)
    if not values:
        return []
    squares = list(_squares(series, values))
    scale = shades(list(values.values()))
    found = []
    for year in sorted({each.day.year for each in squares}):
        own = [each for each in squares if each.day.year == year]
        if any(each.value is not None for each in own):
            found.append(_year(series, year, own, scale, f"{ident}-{year}", say))
    return found


def _squares(series: Series, values: Mapping[datetime, Decimal]) -> Iterator[Square]:
    first, last = (min(values).astimezone(series.zone).date(), max(values).astimezone(series.zone).date())
    for day in days_between(first, last + timedelta(days=1)):
        moments = list(hours_of(day, series.zone))
        shown = [moment.astimezone(series.zone).hour for moment in moments]
        for moment, hour in zip(moments, shown, strict=True):
            half = moment.astimezone(series.zone).fold if shown.count(hour) > 1 else None
            yield Square(day, hour, moment, half, values.get(moment))


def _year(series: Series, year: int, own: Sequence[Square], scale: Shades, ident: str, say: Say) -> Picture:
    title = f"{words.role(series.role, say)}, {series.unit}: {say(words._('hour by hour'))}, {year}"
    known = [each for each in own if each.value is not None]
    top = max(known, key=lambda each: each.value or Decimal(0))
    said = say(
        words._(
            "A column for each day from %(first)s to %(last)s, midnight at the top. %(count)s hours have a value, "
            "%(missing)s have none. Highest: %(value)s %(unit)s, %(when)s."
        )
    )
    description = said % {
        "first": own[0].day.isoformat(), "last": own[-1].day.isoformat(), "count": len(known),
        "missing": len(own) - len(known), "value": words.number(top.value or Decimal(0)), "unit": series.unit,
        "when": _when(top),
    }  # fmt: skip
    svg = _draw(series, own, scale, ident, title, description, say)
    return Picture(f"hours-{year}", title, description, svg, _table(series, own, title, say), _data(series, own, title))


def _when(square: Square) -> str:
    return f"{square.day.isoformat()} {square.hour:02}:00"


def _table(series: Series, own: Sequence[Square], title: str, say: Say) -> Table:
    unit = series.unit
    head = tuple(
        map(
            say,
            (words.MONTH, words.HOURS_THERE, words.HOURS_MISSING, words.LOWEST, words.MEAN, words.HIGHEST, words.WHEN),
        )
    )
    head = (*head[:3], *(f"{each} ({unit})" for each in head[3:6]), head[6])
    made = []
    for month in sorted({each.day.replace(day=1) for each in own}):
        of_it = [each for each in own if each.day.replace(day=1) == month]
        values = [each.value for each in of_it if each.value is not None]
        top = max((each for each in of_it if each.value is not None), key=lambda each: each.value or 0, default=None)
        said = (
            [words.number(each) for each in (min(values), sum(values, Decimal(0)) / len(values), max(values))]
            if values
            else [say(words.NO_VALUE)] * 3
        )
        made.append(
            (
                words.month(month, say),
                str(len(values)),
                str(len(of_it) - len(values)),
                *said,
                _when(top) if top else say(words.NO_VALUE),
            )
        )
    return Table(title, head, drawn.rows(made))


def _data(series: Series, own: Sequence[Square], title: str) -> Table:
    head = ("start", "day", "hour", "role", "unit", "value")
    made = [
        (
            each.moment.astimezone(series.zone).isoformat(), each.day.isoformat(), str(each.hour), series.role,
            series.unit, "" if each.value is None else f"{each.value:f}",
        )
        for each in own
    ]  # fmt: skip
    return Table(title, head, drawn.rows(made))


def _draw(
    series: Series, own: Sequence[Square], scale: Shades, ident: str, title: str, description: str, say: Say
) -> drawn.Svg:
    first, last = own[0].day, own[-1].day
    count = (last - first).days + 1
    width = max(NARROWEST, min(WIDEST, (drawn.WIDTH - LEFT - 8) // count))
    right, foot = LEFT + count * width, TOP + HOURS * ROW
    parts = [drawn.text(8, 18, title)]
    for hour in range(0, HOURS, 6):
        parts.append(drawn.text(LEFT - 6, TOP + hour * ROW + 11, f"{hour:02}:00", "end"))
    parts += _months(first, last, width, foot, say)
    for number, colour in enumerate(scale.colours):
        parts += _runs(
            [each for each in own if each.value is not None and scale.of(each.value) == number], first, width, colour
        )
    parts += _runs([each for each in own if each.value is None], first, width, f"url(#{ident}-none)")
    parts.append(drawn.rect(LEFT, TOP, right - LEFT, foot - TOP, "none", f'stroke="{drawn.FRAME}"'))
    parts += _legend(series, own, scale, ident, foot + 32, say)
    return drawn.svg(ident, foot + 114, title, description, parts, drawn.hatch(f"{ident}-none", "#8d9297"))


def _months(first: date, last: date, width: int, foot: int, say: Say) -> list[str]:
    """Name the months beneath the columns where there is room for their names."""
    found, month, free = [], first, 0
    while month <= last:
        x = LEFT + (month - first).days * width
        found.append(drawn.line(x, foot, x, foot + 5, drawn.FRAME))
        if x >= free:
            found.append(drawn.text(x + 2, foot + 16, say(words.MONTHS[month.month - 1])))
            free = x + 30
        month = next_month(month)
    return found


def _runs(squares: Sequence[Square], first: date, width: int, colour: str) -> list[str]:
    """Draw squares of one colour as one path: a stroke for hours of a day that follow each other."""
    parts = []
    for half, wide, shift in ((None, width, width / 2), (0, width / 2, width / 4), (1, width / 2, width * 0.75)):
        runs: list[list[int]] = []
        for each in squares:
            if each.half != half:
                continue
            column = (each.day - first).days
            if runs and runs[-1][0] == column and runs[-1][2] == each.hour:
                runs[-1][2] += 1
            else:
                runs.append([column, each.hour, each.hour + 1])
        if runs:
            path = "".join(
                f"M{drawn.place(LEFT + column * width + shift)} {TOP + start * ROW}v{(end - start) * ROW}"
                for column, start, end in runs
            )
            parts.append(
                f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{drawn.place(wide)}" '
                'shape-rendering="crispEdges"/>'
            )
    return parts


def _legend(series: Series, own: Sequence[Square], scale: Shades, ident: str, y: float, say: Say) -> list[str]:
    what = words._("%(unit)s, highest of the hour") if series.is_peak else words._("%(unit)s in an hour")
    parts, x = [drawn.text(LEFT, y + 12, say(what) % {"unit": series.unit})], float(LEFT)
    y += 18
    values = [each.value for each in own if each.value is not None]
    step = min(126.0, (drawn.WIDTH - LEFT) / len(scale.colours))
    for number, colour in enumerate(scale.colours):
        parts.append(drawn.rect(x, y, 16, 14, colour, f'stroke="{drawn.FRAME}"'))
        parts.append(drawn.text(x + 21, y + 12, _range(scale, number, values)))
        x += step
    x, y = float(LEFT), y + 22
    if any(each.value is None for each in own):
        parts.append(drawn.rect(x, y, 16, 14, f"url(#{ident}-none)", f'stroke="{drawn.FRAME}"'))
        parts.append(drawn.text(x + 21, y + 12, say(words.NOTHING_THERE)))
        x += 240
    if min(Counter(each.day for each in own).values()) < HOURS:
        parts.append(drawn.rect(x, y, 16, 14, "#fff", f'stroke="{drawn.FRAME}"'))
        parts.append(drawn.text(x + 21, y + 12, say(words.NO_SUCH_HOUR)))
    if any(each.half is not None for each in own):
        parts.append(drawn.text(LEFT, y + 34, say(words.TWICE)))
    return parts


def _range(scale: Shades, number: int, values: Sequence[Decimal]) -> str:
    """Say what a colour stands for, by its bounds; the outer classes end at what was really seen."""
    low = scale.bounds[number - 1] if number else min(values)
    if number < len(scale.bounds):
        return f"{words.number(low)} – {words.number(scale.bounds[number])}"
    return words.number(low) if low == max(values) else f"{words.number(low)} – {words.number(max(values))}"
