"""The words of the pictures: English msgids, said in the reader's language by whoever shows them (rules)."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

type Say = Callable[[str], str]


def _(text: str) -> str:
    """Mark a text for translation."""
    return text


def english(text: str) -> str:
    """Say a text as it stands."""
    return text


MONTHS = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
    _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip
ROLES = {
    "delivered": _("Energy used"),
    "received": _("Energy sent back"),
    "net": _("Energy used less energy sent back"),
    "demand": _("Power"),
    "billed": _("Billed"),
}
PERIOD = _("Period")
MONTH = _("Month")
DAY = _("Day")
HOUR = _("Hour")
VALUE = _("Value")
HIGHEST = _("Highest")
LOWEST = _("Lowest")
MEAN = _("Mean")
MISSING = _("Missing")
NO_VALUE = _("no value")
DAYS_MISSING = _("%(days)s of %(of)s days not whole")
WHOLE = _("nothing")
PARTLY = _("some of its days are missing")
NOTHING_THERE = _("no value: missing, not zero")
NO_SUCH_HOUR = _("no such hour: the clocks go forward")
TWICE = _("On the day when the clocks go back one hour comes twice: its square is in two halves.")
WEEKDAYS = _("Weekdays")
WEEKEND = _("Saturdays and Sundays")
HOURS_COUNTED = _("Hours counted")
HOURS_THERE = _("Hours with a value")
HOURS_MISSING = _("Hours without")
WHEN = _("When it was highest")


def role(name: str, say: Say) -> str:
    """Name what a series counts; an unknown role keeps its own name."""
    return say(ROLES[name]) if name in ROLES else name


def month(day: date, say: Say) -> str:
    """Name a month with its year."""
    return f"{say(MONTHS[day.month - 1])} {day.year}"


def days(first: date, last: date, say: Say) -> str:
    """Name a stretch of days; both ends belong to it."""
    if first == last:
        return f"{first.day} {month(first, say)}"
    if first.day == 1 and last.month == first.month and last.year == first.year and _is_last(last):
        return month(first, say)
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {say(MONTHS[first.month - 1])}{year} – {last.day} {month(last, say)}"


def number(value: Decimal) -> str:
    """Write a number in full: to three places, of a small one to two digits that count."""
    if not value:
        return "0"
    places = max(3, 1 - value.adjusted())
    text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):f}"
    return text.rstrip("0").rstrip(".")


def _is_last(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1
