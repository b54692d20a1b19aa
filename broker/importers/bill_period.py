"""The days that a page of a bill says it is about, where it says so without a doubt (rules).

Layouts differ, so a period is only believed where one line of the page names it as one and gives exactly two dates, and
no other line of the page gives another. A page that says nothing, or two things, says nothing.
"""

import re
from datetime import date, timedelta

from broker.importers.bill_identity import dates

LONGEST = timedelta(days=100)  # a quarter and a few days: longer is no billing period
_PERIOD = re.compile(
    r"\b(?:service|billing|bill|usage|reading|meter|statement|servicio|facturaci[oó]n|lectura)s?\b.*"
    r"(?:\bfrom\b|\bperiods?\b|\bdates?\b|\bthrough\b|\bto\b|\bdel?\b|\bper[ií]odo\b|[-–])",
    re.I,
)


def period(text: str) -> tuple[date, date] | None:
    """Give the first day and the day after the last of the one period that a page names; None where it is not sure."""
    found = {pair for line in text.splitlines() if _PERIOD.search(line) and (pair := _pair(line)) is not None}
    return found.pop() if len(found) == 1 else None


def _pair(line: str) -> tuple[date, date] | None:
    days = sorted(set(dates(line)))
    if len(days) != 2 or days[1] - days[0] > LONGEST:
        return None
    return days[0], days[1] + timedelta(days=1)
