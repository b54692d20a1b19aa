"""Words and dates in mails, as people read them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from broker import utilities
from broker.terms import CameBy
from broker.utilities import UtilityProfile

register = template.Library()

_KINDS = {
    "account_info": _("Account information"),
    "bill": _("Bills"),
    "payment": _("Payments"),
    "usage_monthly": _("Monthly energy use"),
    "usage_daily": _("Daily energy use"),
    "usage_hourly": _("Hourly energy use"),
    "usage_15min": _("Energy use every 15 minutes"),
}
_CAME_BY = {
    CameBy.EMAIL: _("By e-mail"),
    CameBy.DESK_PAGE: _("Uploaded by your co-op’s billing desk on our page"),
    CameBy.POST: _("By post; our staff scanned it"),
    CameBy.CUSTOMER: _("You shared it yourself"),
    CameBy.BROUGHT: _("Brought by the company that you gave it to; you said so"),
    CameBy.NECTAR: _("Through Nectar"),
}


@register.simple_tag
def home_utility() -> str:
    """Give the id of the utility whose customers this installation serves."""
    return str(settings.HOME_UTILITY)


@register.simple_tag
def home_profile() -> UtilityProfile | None:
    """Give the profile of that utility, for its name and its usual times; none where it has none (`consents.E001`)."""
    return utilities.find(settings.HOME_UTILITY)


@register.filter
def data_type(code: str) -> str:
    """Name a kind of data for a person, in the language of the page or mail."""
    return gettext(_KINDS[code]) if code in _KINDS else code


@register.filter
def came_by(code: CameBy) -> str:
    """Say to a customer how a file of hers reached us, in the language of the page."""
    return gettext(_CAME_BY[code])


@register.filter
def quoted(source: str) -> str:
    """Give a quotation without the bars of the table that it stood in; a cell that is only a mark is left out."""
    if "|" not in source:
        return source
    cells = [cell.strip() for cell in source.strip().strip("|").split("|")]
    return " · ".join(cell for cell in cells if cell not in {"", "✓", "—"})


@register.filter
def day(value: date | None) -> str:
    """Write a day out in full, in the language of the page or mail."""
    if not value:
        return ""
    if _spanish():
        return formats.date_format(value, r"j \d\e F \d\e Y")
    return f"{value:%B} {value.day}, {value.year}"


@register.filter
def last_day(end: date | datetime | None) -> date | None:
    """Give the last day that counts, where an end is kept as the first moment after it."""
    if isinstance(end, datetime):
        end = end.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
    return end - timedelta(days=1) if end else None


@register.filter
def moment(value: datetime) -> str:
    """Write an instant in the co-op's local time, with the zone's name."""
    local = value.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    halves = ("a. m.", "p. m.") if _spanish() else ("a.m.", "p.m.")
    return f"{day(local.date())}, {local.hour % 12 or 12}:{local:%M} {halves[local.hour >= 12]} ({local:%Z})"


def _spanish() -> bool:
    return (translation.get_language() or "").partition("-")[0] == "es"
