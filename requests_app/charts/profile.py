"""A mean day by the hour: weekdays, and Saturdays and Sundays (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from requests_app.charts import drawn, words
from requests_app.charts.axis import axis
from requests_app.charts.drawn import Picture, Table
from requests_app.charts.hours import by_hour
from requests_app.charts.series import Series
from requests_app.charts.words import Say

HOURS = 24
LEFT, RIGHT, TOP, PLOT = 76, 16, 52, 210
COLOURS = ("#1a4480", "#b35806")  # blue and orange, told apart by every eye; one line is broken as well


@dataclass(frozen=True)
class Mean:
    """What a day of one kind looks like at one hour: the mean of `count` hours; nothing where there is none."""

    value: Decimal | None
    count: int


def mean_day(series: Series, *, ident: str, say: Say = words.english) -> Picture | None:
    """Draw the mean day; nothing where the readings are not by the hour or finer.

    Each hour that has a value counts once: on the day of 25 hours one of them counts twice, on that of 23 one is not
    there, and an hour that is missing counts nowhere, least of all as zero.
    """
    lines = means(series)
    if not any(each.count for line in lines for each in line):
        return None
    what = words._("mean of each hour's highest") if series.is_peak else words._("mean use of each hour")
    title = f"{words.role(series.role, say)}, {series.unit}: {say(what)}"
    known = [(each.value, hour) for line in lines for hour, each in enumerate(line) if each.value is not None]
    top, when = max(known)
    said = say(
        words._(
            "Two lines over 24 hours: weekdays, and Saturdays and Sundays. Highest: %(value)s %(unit)s at %(hour)s."
        )
    )
    description = said % {"value": words.number(top), "unit": series.unit, "hour": f"{when:02}:00"}
    table = _table(series, lines, title, say)
    svg = _draw(series, lines, ident, title, description, say)
    return Picture("day", title, description, svg, table, table)


def means(series: Series) -> tuple[tuple[Mean, ...], tuple[Mean, ...]]:
    """Give the mean of each hour on weekdays, and on Saturdays and Sundays."""
    found: tuple[list[list[Decimal]], list[list[Decimal]]] = ([[] for _ in range(HOURS)], [[] for _ in range(HOURS)])
    for moment, value in by_hour(series).items():
        local = moment.astimezone(series.zone)
        found[local.weekday() >= 5][local.hour].append(value)
    weekdays, weekend = (
        tuple(Mean(sum(each, Decimal(0)) / len(each) if each else None, len(each)) for each in line) for line in found
    )
    return weekdays, weekend


def _table(series: Series, lines: Sequence[Sequence[Mean]], title: str, say: Say) -> Table:
    head = [say(words.HOUR)]
    for name in (words.WEEKDAYS, words.WEEKEND):
        head += [f"{say(name)} ({series.unit})", f"{say(words.HOURS_COUNTED)}, {say(name)}"]
    made = []
    for hour in range(HOURS):
        row = [f"{hour:02}:00"]
        for line in lines:
            each = line[hour]
            row += [say(words.NO_VALUE) if each.value is None else words.number(each.value), str(each.count)]
        made.append(row)
    return Table(title, tuple(head), drawn.rows(made))


def _draw(
    series: Series, lines: Sequence[Sequence[Mean]], ident: str, title: str, description: str, say: Say
) -> drawn.Svg:
    values = [each.value for line in lines for each in line if each.value is not None]
    upright = axis(series.unit, values, left=LEFT, top=TOP, height=PLOT)
    step = (drawn.WIDTH - LEFT - RIGHT) / HOURS
    parts = [drawn.text(8, 18, title), *upright.drawn(drawn.WIDTH - RIGHT)]
    for hour in range(0, HOURS, 3):
        parts.append(drawn.text(LEFT + (hour + 0.5) * step, TOP + PLOT + 18, f"{hour:02}:00", "middle"))
    x = float(LEFT)
    for number, (line, name) in enumerate(zip(lines, (words.WEEKDAYS, words.WEEKEND), strict=True)):
        if not any(each.count for each in line):
            continue
        path, drawing = "", False
        for hour, each in enumerate(line):
            if each.value is None:
                drawing = False
                continue
            spot = (LEFT + (hour + 0.5) * step, upright.at(each.value))
            path += f"{'L' if drawing else 'M'}{drawn.place(spot[0])} {drawn.place(spot[1])}"
            parts.append(_mark(number, *spot))
            drawing = True
        parts.append(_line(number, path))
        parts.append(_line(number, f"M{drawn.place(x)} {TOP + PLOT + 41}h30"))
        parts += [_mark(number, x + 15, TOP + PLOT + 41), drawn.text(x + 38, TOP + PLOT + 45, say(name))]
        x += 220
    return drawn.svg(ident, TOP + PLOT + 60, title, description, parts)


def _line(number: int, path: str) -> str:
    dash = ' stroke-dasharray="7 4"' if number else ""
    return f'<path d="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="2.5"{dash}/>'


def _mark(number: int, x: float, y: float) -> str:
    """Give a dot on the line of weekdays and a square on the other."""
    if number:
        return drawn.rect(x - 3.5, y - 3.5, 7, 7, COLOURS[1])
    return f'<circle cx="{drawn.place(x)}" cy="{drawn.place(y)}" r="3.5" fill="{COLOURS[0]}"/>'
