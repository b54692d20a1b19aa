"""What a page says of new data, and of who else may see the data on the way."""

from datetime import date

from django import template

from consents.comparing import companies
from consents.models import Consent
from consents.rules import through

register = template.Library()


@register.filter
def new_data_through(consent: Consent) -> date | None:
    """Give the last day of new data; None where none is shared."""
    return through(consent.forward) if isinstance(consent, Consent) and consent.forward else None


@register.filter
def onward(consent: Consent) -> str:
    """Name whom the data may reach on the way; empty where nobody else gets it."""
    return companies(consent.onward_recipients) if isinstance(consent, Consent) else ""
