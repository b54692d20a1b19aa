"""What every page and every mail knows about this site."""

from django.conf import settings
from django.http import HttpRequest

from broker.db import installation


def facts() -> dict[str, object]:
    """Give who operates this site, how to reach them, and whether the database is a rehearsal."""
    return {
        "operator_name": settings.OPERATOR_NAME,
        "operator_address": settings.OPERATOR_ADDRESS,
        "operator_phone": settings.OPERATOR_PHONE,
        "operator_email": settings.OPERATOR_EMAIL,
        "public_url": settings.PUBLIC_URL,
        "display_zone": settings.DISPLAY_ZONE,
        # Anything but a plain "live" shows the banner: a site that cannot tell must not look live.
        "is_rehearsal": installation.mode() != "live",
    }


def site(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001
    """Context processor: the site's facts and the languages that it speaks."""
    return {**facts(), "site_languages": settings.LANGUAGES}
