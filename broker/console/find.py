"""Finding a customer from what a complaint names (interface)."""

import uuid

from broker import vault
from broker.parties.directory import find_customer
from broker.parties.models import UtilityAccount
from consents.models import Consent


def customer_of(sought: str) -> uuid.UUID | None:
    """Give the customer of an e-mail address, account number or permission number; look-ups open nothing."""
    text = sought.strip()
    if "@" in text:
        found = find_customer(text)
        return found.id if found else None
    if text.isascii() and text.isdigit():
        index = vault.blind_index("account_number", text)
        return UtilityAccount.objects.filter(number_index=index).values_list("customer_id", flat=True).first()
    return Consent.objects.filter(number=text.upper()).values_list("customer_id", flat=True).first()
