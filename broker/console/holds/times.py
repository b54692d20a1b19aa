"""How long what is kept (rules; field-guide 5.3, counsel to confirm; the figures are settings).

Records of a case (mails, files, readings): at most so many months, and so many days after the last permission ended.
Evidence and entries of the log: so many years after the last permission ended, and after the year that they are of.
Mail that belongs to nobody known has no permission whose end counts: the months alone, and the years from its own year.
A mail that carried a portal login is kept for ten working days and then goes by itself (0147); what the log says of it
is kept like all evidence.
"""

from dataclasses import dataclass
from datetime import date, timedelta

FRIDAY = 4
LEAST_YEARS, MOST_YEARS = 5, 10  # of evidence: RSMo 516.120 and 516.110 (loa-esign 6.6)
LOGIN_DAYS = 10  # Mondays to Fridays: our own desk's days, which no closing day of a utility makes longer


@dataclass(frozen=True)
class Times:
    """The figures of an installation; five to ten years for evidence (the two periods of limitation in Missouri)."""

    evidence_years: int = 7
    case_months: int = 24
    days_after_end: int = 30

    def __post_init__(self) -> None:
        """Refuse figures that no installation may have."""
        if self.evidence_years < LEAST_YEARS or self.case_months < 1 or self.days_after_end < 0:
            raise ValueError("a time of keeping is too short")
        if self.evidence_years > MOST_YEARS:
            raise ValueError("a time of keeping is too long")


def evidence_ends(period: int, last_end: date | None, times: Times) -> date | None:
    """Give the first day on which evidence of a year may go; None while a permission is in force."""
    if last_end is None:
        return None
    return max(_later(last_end, times.evidence_years), date(period + 1 + times.evidence_years, 1, 1))


def case_ends(period: int, last_end: date | None, times: Times) -> date:
    """Give the first day on which a year's records of a case must go.

    The months count from the year's first day, so that none of it is kept longer. What came in after the last end is
    not due before that year is over.
    """
    months = times.case_months
    oldest = date(period + months // 12, 1 + months % 12, 1)
    if last_end is None or last_end.year < period:
        return oldest
    return min(oldest, last_end + timedelta(days=times.days_after_end))


def login_ends(came: date) -> date:
    """Give the first day on which a mail that carried a portal login must go: its ten working days are over."""
    day, left = came, LOGIN_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() <= FRIDAY
    return day + timedelta(days=1)


def last_came(day: date) -> date:
    """Give the last day of which mails with a portal login must go by this day; `login_ends` the other way round."""
    found = day
    while login_ends(found) > day:
        found -= timedelta(days=1)
    return found


def next_friday(today: date) -> date:
    """Give the Friday on which the queue is worked off: today's or the next."""
    return today + timedelta(days=(FRIDAY - today.weekday()) % 7)


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
