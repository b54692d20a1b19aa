"""The colours of a heat map: few classes that the eye tells apart whatever it sees of colour (rules).

The scales are ColorBrewer's YlGnBu and PuOr, which its authors mark as safe for colour-blind readers; lightness alone
orders them, so they hold in a grey print too.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ONE_WAY = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494")
BACK, FORTH = ("#b35806", "#f1a340", "#fee0b6"), ("#d8daeb", "#998ec3", "#542788")


@dataclass(frozen=True)
class Shades:
    """Bounds between classes, each class with its colour; a bound belongs to the class above it."""

    bounds: tuple[Decimal, ...]
    colours: tuple[str, ...]

    def of(self, value: Decimal) -> int:
        """Give the number of the class that a value falls into."""
        return bisect_right(self.bounds, value)


def shades(values: Sequence[Decimal]) -> Shades:
    """Choose classes that hold about as many values each, so that one odd hour does not make all others pale."""
    ordered = sorted(values)
    if ordered[0] < 0 < ordered[-1]:
        below = [each for each in ordered if each < 0]
        above = [each for each in ordered if each >= 0]
        lower, upper = _bounds(below, 3), _bounds(above, 3)
        lower = [each for each in lower if each < 0]
        upper = [each for each in upper if each > 0]
        colours = (*BACK[: len(lower) + 1], *FORTH[len(FORTH) - len(upper) - 1 :])
        return Shades((*lower, Decimal(0), *upper), colours)
    bounds = tuple(_bounds(ordered, len(ONE_WAY)))
    scale = ONE_WAY if ordered[-1] > 0 else tuple(reversed(ONE_WAY))
    return Shades(bounds, _spread(scale, len(bounds) + 1))


def _bounds(ordered: Sequence[Decimal], classes: int) -> list[Decimal]:
    """Give round bounds at equal shares of the values; those that would leave a class empty are left out."""
    found: list[Decimal] = []
    for n in range(1, classes):
        bound = _rounded(ordered[len(ordered) * n // classes])
        if ordered[0] < bound <= ordered[-1] and (not found or bound > found[-1]):
            found.append(bound)
    at = [bisect_right(found, each) for each in ordered]
    return [bound for n, bound in enumerate(found) if n in at and n + 1 in at] if found else []


def _rounded(value: Decimal) -> Decimal:
    """Round to two digits that count: bounds are read by people."""
    return value if not value else round(value, 1 - value.adjusted())


def _spread(scale: Sequence[str], count: int) -> tuple[str, ...]:
    """Take `count` colours from all over a scale; of one class, a middle one."""
    if count == 1:
        return (scale[len(scale) // 2 + 1],)
    return tuple(scale[round(n * (len(scale) - 1) / (count - 1))] for n in range(count))
