"""On which day she is told what about a consent that goes on (rules: pure date arithmetic, no clock).

The rules look at today alone, never at what a stopped scheduler missed: of several thresholds that passed only the
nearest is due, so a week without a worker makes no burst of stale mails. All dates are Central; `end` is exclusive.
"""

from dataclasses import dataclass
from datetime import date, timedelta

ENDINGS = {1: "ends_1", 7: "ends_7", 30: "ends_30"}  # days left, the last day counting as one
SHARING_DAYS = 90
DORMANT_DAYS = 60
GRACE_DAYS = 14  # between telling her that nobody uses it and pausing it


@dataclass(frozen=True)
class Running:
    """A consent in force, as far as its dates matter."""

    starts: date
    end: date
    last_used: date  # or in force since, where nobody has used it


@dataclass(frozen=True)
class Due:
    """What is due, and which of its kind it is: the same one is never told twice."""

    kind: str
    about: str


def due(consent: Running, today: date) -> list[Due]:
    """Give what she is to be told today, if it was not told yet."""
    found = [ending(consent, today), sharing(consent, today), dormant(consent, today)]
    return [each for each in found if each is not None]


def ending(consent: Running, today: date) -> Due | None:
    """Give the reminder of the end: the nearest threshold, and none that lay before the start."""
    left = (consent.end - today).days
    if left < 1:
        return None
    days = next((each for each in ENDINGS if left <= each), None)
    if days is None or consent.end - timedelta(days=days) <= consent.starts:
        return None
    return Due(ENDINGS[days], consent.end.isoformat())


def sharing(consent: Running, today: date) -> Due | None:
    """Give the quarter's "still sharing"; in the last month the reminders of the end say it."""
    quarter = (today - consent.starts).days // SHARING_DAYS
    if quarter < 1 or (consent.end - today).days <= max(ENDINGS):
        return None
    return Due("sharing", str(quarter))


def dormant(consent: Running, today: date) -> Due | None:
    """Give the word that nobody uses it, unless it ends before it could be paused."""
    if (today - consent.last_used).days < DORMANT_DAYS or consent.end <= pause_day(today):
        return None
    return Due("dormant", consent.last_used.isoformat())


def pause_day(told: date) -> date:
    """Give the day on which an unused consent is paused after she was told."""
    return told + timedelta(days=GRACE_DAYS)
