"""Words and dates in mails, as people read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

register = template.Library()

_KINDS = {
    "account_info": "Account information",
    "bill": "Bills",
    "payment": "Payments",
    "usage_monthly": "Monthly energy use",
    "usage_daily": "Daily energy use",
    "usage_hourly": "Hourly energy use",
    "usage_15min": "Energy use every 15 minutes",
}


@register.filter
def data_type(code: str) -> str:
    """Name a kind of data for a person."""
    return _KINDS.get(code, code)


@register.filter
def day(value: date | None) -> str:
    """Write a day out in full."""
    return f"{value:%B} {value.day}, {value.year}" if value else ""


@register.filter
def moment(value: datetime) -> str:
    """Write an instant in the co-op's local time, with the zone's name."""
    local = value.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{day(local.date())}, {local.hour % 12 or 12}:{local:%M} {half} ({local:%Z})"
