"""What several sources say of the same days, side by side: a bar for each of them (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from requests_app.charts import drawn, words
from requests_app.charts.axis import axis
from requests_app.charts.drawn import Picture, Svg, Table

LEFT, RIGHT, TOP, PLOT = 76, 12, 52, 210
MOST = 62  # more than so many pairs are no picture any more
# Each source has a colour and a texture of its own: never colour alone.
FILLS = (("#1a4480", None), ("#c05600", "#c05600"), ("#447a35", None), ("#71767a", "#71767a"))


@dataclass(frozen=True)
class Pair:
    """What the sources say of one value, in their order; nothing where one is silent."""

    name: str
    values: tuple[Decimal | None, ...]


def pairs(found: Sequence[Pair], sources: Sequence[str], *, unit: str, title: str, ident: str) -> Picture | None:
    """Draw the first values of which sources do not agree; nothing where there is none."""
    shown = found[:MOST]
    values = [value for each in shown for value in each.values if value is not None]
    if not values:
        return None
    rest = "" if len(found) == len(shown) else f" The first {len(shown)} of {len(found)} are drawn."
    description = f"For each value one bar for each of {len(sources)} sources.{rest} The table says the same."
    head = ("Value", *(f"{each} ({unit})" for each in sources))
    rows = [(each.name, *(_figure(value) for value in each.values)) for each in found]
    table = Table(title, head, drawn.rows(rows))
    return Picture("pairs", title, description, _draw(shown, sources, unit, ident, title, description), table, table)


def _figure(value: Decimal | None) -> str:
    return words.NO_VALUE if value is None else words.number(value)


def _draw(shown: Sequence[Pair], sources: Sequence[str], unit: str, ident: str, title: str, description: str) -> Svg:
    values = [value for each in shown for value in each.values if value is not None]
    upright = axis(unit, values, left=LEFT, top=TOP, height=PLOT)
    parts = [drawn.text(8, 18, title), *upright.drawn(drawn.WIDTH - RIGHT)]
    step = (drawn.WIDTH - LEFT - RIGHT) / len(shown)
    width = max(0.8, min(28.0, step * 0.8 / len(sources)))
    named = drawn.every(len(shown), 8)
    for number, each in enumerate(shown):
        x = LEFT + number * step + (step - width * len(sources)) / 2
        for place, value in enumerate(each.values):
            if value is not None:
                top, foot = sorted((upright.at(value), upright.at(Decimal(0))))
                fill, line = _fill(place, ident)
                parts.append(
                    drawn.rect(x + place * width, top, width, max(foot - top, 1.0 if value else 0.0), fill, line)
                )
        if number % named == 0:
            parts.append(drawn.text(x + width, TOP + PLOT + 18, each.name, "middle"))
    for place, name in enumerate(sources[: len(FILLS)]):
        fill, line = _fill(place, ident)
        at = LEFT + place * 180.0
        parts.append(drawn.rect(at, TOP + PLOT + 32, 16, 14, fill, line))
        parts.append(drawn.text(at + 22, TOP + PLOT + 44, name))
    patterns = "".join(
        drawn.hatch(f"{ident}-{place}", colour) for place, (_, colour) in enumerate(FILLS) if colour is not None
    )
    return drawn.svg(ident, TOP + PLOT + 60, title, description, parts, patterns)


def _fill(place: int, ident: str) -> tuple[str, str]:
    at = min(place, len(FILLS) - 1)
    plain, hatched = FILLS[at]
    return (f"url(#{ident}-{at})", f'stroke="{hatched}"') if hatched else (plain, "")
