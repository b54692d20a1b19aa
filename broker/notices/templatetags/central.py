"""Times for people: Central, with the zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import formats

register = template.Library()


@register.filter
def central(at: datetime | None) -> str:
    """Write an instant as people in the co-op's area read it, with the zone's name."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {formats.date_format(local, 'TIME_FORMAT')} {local:%Z}"
