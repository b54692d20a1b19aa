"""A utility's calendar with what officers changed since its profile was written (rules).

The profile's file gives the closing days that we know of beforehand; an ice storm is a change. Each change is a version
of the calendar, numbered from 1 for each utility; `at(profile, changes)` is the calendar after all of them. Rows are
`confirmed` (the utility said so) or `assumed` (nobody did; an assumed closing only makes us more patient).
Source: field guide 5.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from broker.utilities.calendar import SATURDAY, Calendar
from broker.utilities.profile import UtilityProfile


class Act(StrEnum):
    """What a change does to one day."""

    CLOSE = "close"
    OPEN = "open"  # the office is open after all
    CONFIRM = "confirm"  # somebody asked: the closing that was assumed is certain


class Certainty(StrEnum):
    """Whether the utility said so."""

    CONFIRMED = "confirmed"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Change:
    """One version of a utility's calendar: what it changed about one day."""

    number: int
    day: date
    act: Act
    name: str
    certainty: Certainty


@dataclass(frozen=True)
class Row:
    """A closing day in force; `since` is the change that brought or confirmed it, 0 for the profile."""

    day: date
    name: str
    certainty: Certainty
    since: int


@dataclass(frozen=True)
class InForce:
    """A utility's calendar as of one version."""

    version: str
    number: int
    calendar: Calendar
    rows: Mapping[date, Row]


def at(profile: UtilityProfile, changes: Iterable[Change] = ()) -> InForce:
    """Give the calendar of a profile after these changes, in the order of their numbers."""
    rows = {
        each.date: Row(
            each.date,
            each.name,
            Certainty.CONFIRMED if each.evidence.certainty == "stated" else Certainty.ASSUMED,
            0,
        )
        for each in profile.closing_days
    }
    number = 0
    for change in sorted(changes, key=lambda each: each.number):
        number = change.number
        if change.act == Act.OPEN:
            rows.pop(change.day, None)
        else:
            rows[change.day] = Row(change.day, change.name, change.certainty, change.number)
    calendar = Calendar(profile.tz, profile.clock.cut_off, frozenset(rows))
    return InForce(version_of(profile, number), number, calendar, rows)


def version_of(profile: UtilityProfile, number: int) -> str:
    """Name a version: the published file's, and the last change counted in; “c0” is the file as it is."""
    return f"{profile.version.partition('+')[0]}+c{number}"


def number_of(version: str) -> int:
    """Give the last change that a version counts in; 0 for the name of a plain file."""
    tail = version.rpartition("+c")[2]
    return int(tail) if tail.isdecimal() and "+c" in version else 0


def fits(rows: Mapping[date, Row], day: date, act: Act) -> bool:
    """Say whether a change does anything: a weekend is closed anyway, and nothing is closed or opened twice."""
    if day.weekday() >= SATURDAY:
        return False
    row = rows.get(day)
    if act == Act.CLOSE:
        return row is None
    return row is not None and (act == Act.OPEN or row.certainty == Certainty.ASSUMED)
