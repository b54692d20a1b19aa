"""Which days an accepted file holds, as it says itself: kept beside it, so that a gap inside it is seen (action)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from broker.terms import EventRef
from requests_app.completeness.matrix import Days, joined
from requests_app.completeness.models import Coverage
from requests_app.importing import Imported
from requests_app.models import ReceivedFile


def keep(file: ReceivedFile, found: Imported, ref: EventRef) -> Coverage | None:
    """Keep the days of a file in the caller's transaction; nothing where it does not say which they are.

    Of what a customer handed over nobody typed the days: there each page of a PDF that says its own counts.
    """
    pages = found.said_days if file.share_id is not None else found.page_days
    days, source = (days_of(found.series), "readings") if found.series else (pages, "pages")
    if not days:
        return None
    said = [[first.isoformat(), last.isoformat()] for first, last in joined(days)]
    return Coverage.objects.create(file=file, days=said, source=source, audit_event_id=ref.id)


def days_of(series: Iterable[dict[str, Any]]) -> list[Days]:
    """Give the days that readings touch, by the utility's own clock; each reading's last moment is not one of them."""
    return joined({_days(each["start"], each["end"]) for one in series for each in one["readings"]})


def _days(start: str, end: str) -> Days:
    first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10])
    return first, last if end[11:16] == "00:00" else date.fromordinal(last.toordinal() + 1)
