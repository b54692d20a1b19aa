"""A call to the co-op about who signed, at the number of its profile and no other (actions)."""

import uuid
from datetime import datetime

from django.db import transaction

from broker import publishing, vault
from broker.audit import log
from broker.terms import Actor
from broker.utilities.profile import Contact
from consents.identity.levels import confirm_by_utility
from consents.identity.models import CallBack, How
from consents.lifecycle import ENDED
from consents.models import Consent


def number_of(consent: Consent) -> Contact:
    """Give the number to call: the profile's; a number from a letter or from the customer is never called."""
    return publishing.working(consent.utility).contacts.phone


def record(consent: Consent, *, spoke_with: str, confirmed: bool, actor: Actor, now: datetime) -> bool:
    """Write a call down: who answered (sealed), what they said; a yes is L3. False when the consent has ended."""
    number, call_id = number_of(consent), uuid.uuid4()
    with transaction.atomic():
        row = Consent.objects.get(id=consent.id)
        if row.state in ENDED:
            return False
        ref = log.append(
            "identity.called",
            actor=actor,
            subject=row.customer_id,
            obj="consent",
            body={"consent": str(row.id), "call": str(call_id), "number": number.value, "confirmed": confirmed},
        )
        place = vault.Place("identity_callback", "spoke_with", call_id)
        CallBack.objects.create(
            id=call_id,
            consent=row,
            number=number.value,
            number_proof=number.proof,
            spoke_with=vault.seal(spoke_with, subject=row.customer_id, place=place),
            confirmed=confirmed,
            at=now,
            audit_event_id=ref.id,
        )
        if confirmed:
            confirm_by_utility(row, how=How.CALL_BACK, actor=actor, now=now)
    return True
