"""A file that holds other days than she shares: which ones it holds, which she shares, in her language (rules).

The file is not taken in part: it goes to the recipient as it is, so what lies outside would go with it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from broker.notices.templatetags.notices import day

Days = tuple[date, date]  # end exclusive
ONE_DAY = timedelta(days=1)
MOST = 3  # stretches that a sentence names


def written(holds: Iterable[Days], shares: Iterable[Days]) -> str:
    """Write both down for a refusal: days alone, nothing else of the file."""
    return "|".join(",".join(f"{first}/{end}" for first, end in some) for some in (holds, shares))


def said(detail: str) -> str:
    """Say which days a file holds that is refused for its days, and what to do; nothing where it was not written."""
    holds, _bar, shares = detail.partition("|")
    if not holds or not shares:
        return ""
    words = _("It holds %(holds)s. You share %(shares)s. Download it again for these days alone, or share more days.")
    return words % {"holds": _named(holds), "shares": _named(shares)}


def _named(text: str) -> str:
    found = [_span(each) for each in text.split(",")]
    more = [_("other days")] if len(found) > MOST else []
    return get_text_list([*found[:MOST], *more], _("and"))


def _span(text: str) -> str:
    first, _slash, end = text.partition("/")
    begins, last = date.fromisoformat(first), date.fromisoformat(end) - ONE_DAY
    return day(begins) if begins == last else f"{day(begins)} – {day(last)}"
