"""What a page says of the permissions beside one that is stopped."""

from django import template
from django.utils import timezone

from consents.actions import central_today
from consents.models import Consent
from consents.stopping import beside

register = template.Library()


@register.filter
def ending_with(consent: Consent) -> list[Consent]:
    """Give what waits to take its place, and ends with it."""
    return beside.ending_with(consent) if isinstance(consent, Consent) else []


@register.filter
def standing(consent: Consent) -> list[Consent]:
    """Give her others for the same company over the same account, which go on."""
    return beside.standing(consent, central_today(timezone.now())) if isinstance(consent, Consent) else []
