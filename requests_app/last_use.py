"""When a recipient last used a consent (rules of a look-up)."""

from datetime import datetime

from django.db.models import Max

from consents.models import Consent
from requests_app.models import DataRequest, Release


def of(consent: Consent) -> datetime | None:
    """Give the newest ask or read under a consent; looking at its own list of consents is no use."""
    asked = DataRequest.objects.filter(consent=consent).aggregate(at=Max("made_at"))["at"]
    read = Release.objects.filter(consent=consent).aggregate(at=Max("at"))["at"]
    return max((each for each in (asked, read) if each is not None), default=None)
