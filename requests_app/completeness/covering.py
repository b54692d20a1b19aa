"""Which days an accepted file holds, as it says itself: kept beside it, so that a gap inside it is seen (action).

The period that a page names says which days a bill is of. It is no proof of a value for each of them: where a kind of
data has one for each day and no value was read, a person who opened the file says which days stand on it.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from broker.terms import EventRef
from requests_app.completeness.matrix import PERIODS, Days, common, joined
from requests_app.completeness.models import Coverage
from requests_app.importing import Imported
from requests_app.models import ReceivedFile


def keep(file: ReceivedFile, found: Imported, ref: EventRef) -> Coverage | None:
    """Keep the days of a file in the caller's transaction; nothing where it does not say which they are.

    Of what a customer handed over nobody typed the days: there each page of a PDF that says its own counts. A usage
    file without a value holds no day, whatever it is headed with.
    """
    pages = found.said_days if file.share_id is not None else found.page_days
    days, source = (days_of(found.series), "readings") if found.series else (joined(pages), "pages")
    if not found.series and not days:
        return None
    if not are_read(found, file.data_type) and file.covers_from is not None and file.covers_to is not None:
        days = common(days, [(file.covers_from, file.covers_to)])  # what a person says counts inside what it says
    said = [[first.isoformat(), last.isoformat()] for first, last in days]
    return Coverage.objects.create(file=file, days=said, source=source, audit_event_id=ref.id)


def read_in(found: Imported) -> list[Days]:
    """Give the days that were read in a file: of its values, else of the pages that name a period."""
    return days_of(found.series) if found.series else joined(found.said_days)


def are_read(found: Imported, data_type: str) -> bool:
    """Say whether a file shows by itself of which days it holds this kind of data, so that nobody has to say it."""
    return bool(found.series) or (data_type in PERIODS and bool(found.page_days))


def within(found: Imported, days: Days) -> Days | None:
    """Give what of the days that a person names lies between those that all of a file says; None for nothing."""
    said = [found.days] if found.days else found.page_days
    if not said:
        return days
    kept = max(days[0], min(first for first, _ in said)), min(days[1], max(end for _, end in said))
    return kept if kept[0] < kept[1] else None


def days_of(series: Iterable[dict[str, Any]]) -> list[Days]:
    """Give the days that readings touch, by the utility's own clock; each reading's last moment is not one of them."""
    return joined({_days(each["start"], each["end"]) for one in series for each in one["readings"]})


def _days(start: str, end: str) -> Days:
    first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10])
    return first, last if end[11:16] == "00:00" else date.fromordinal(last.toordinal() + 1)
