"""The axis of a picture's values, in one unit (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from requests_app.charts import drawn, words

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Axis:
    """Round values from the lowest to the highest, nothing always among them, and where each stands."""

    unit: str
    marks: tuple[Decimal, ...]
    left: int
    top: int
    height: int

    def at(self, value: Decimal) -> float:
        """Give how far down a value stands."""
        low, high = self.marks[0], self.marks[-1]
        return self.top + self.height * float((high - value) / (high - low))

    def drawn(self, right: int) -> list[str]:
        """Draw a line and a number for each mark, and the unit above them."""
        parts = [drawn.text(self.left - 6, self.top - 14, self.unit, "end")]
        for mark in self.marks:
            colour = drawn.PALE if mark else drawn.FRAME
            parts.append(drawn.line(self.left, self.at(mark), right, self.at(mark), colour))
            parts.append(drawn.text(self.left - 6, self.at(mark) + 4, words.number(mark), "end"))
        return parts


def axis(unit: str, values: Sequence[Decimal], *, left: int, top: int, height: int) -> Axis:
    """Give the axis of some values, at least one; an axis has one unit, so never hand in values of two."""
    return Axis(unit, tuple(ticks(min(values), max(values))), left, top, height)


def ticks(lowest: Decimal, highest: Decimal) -> list[Decimal]:
    """Give round values for an axis that holds nothing, `lowest` and `highest`: from five to some eight."""
    low, high = min(Decimal(0), lowest), max(Decimal(0), highest)
    span = (high - low) or Decimal(1)
    power = Decimal(1).scaleb((span / 4).adjusted())
    step = next(each * power for each in STEPS if each * power * 4 >= span)
    first, last = (
        int((low / step).to_integral_value("ROUND_FLOOR")),
        int((high / step).to_integral_value("ROUND_CEILING")),
    )
    return [step * n for n in range(first, max(last, first + 1) + 1)]
