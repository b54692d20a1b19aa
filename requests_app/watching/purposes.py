"""An application that asks again for a purpose to which the customer did not agree (action, in the asking transaction).

One such ask may be a mistake in a program; two are a sign (field guide, S32). Nothing is held: the asks are refused
already. Each doubling raises an alarm, so that a program that goes wrong all night is told a few times.
"""

from broker.audit import log
from broker.db import turns
from broker.parties.models import Application
from broker.terms import SERVICE
from consents.models import Consent
from requests_app.alerts import tell_staff
from requests_app.models import DataRequest

WATCH = SERVICE("purpose-watch")
MISMATCH = ["purpose.mismatch"]  # rule 8 ends a decision, so it is its one code
FEWEST = 2


def is_sign(count: int) -> bool:
    """Say whether so many asks for another purpose are told: two, and each doubling of it."""
    return count >= FEWEST and count & (count - 1) == 0


def look(application: Application, consent: Consent) -> bool:
    """Count the asks of this organisation under a consent, the one just recorded included; True if an alarm was raised.

    The caller has recorded an ask that failed by its purpose, in this very transaction.
    """
    turns.take([consent.id.bytes, application.organisation_id.bytes])  # of two at once, each would not count the other
    asked = DataRequest.objects.filter(organisation_id=application.organisation_id, consent=consent)
    count = asked.filter(decisions__step="order", decisions__codes=MISMATCH).count()
    if not is_sign(count):
        return False
    facts = {"organisation": application.organisation_id, "application": application.id, "consent": consent.id}
    body = {**facts, "number": consent.number, "count": count}
    log.append("alarm.purpose", actor=WATCH, subject=None, body=body, obj="decision", res="error")
    tell_staff(
        f"{application.organisation.legal_name} asked {count} times for another purpose",
        f"Permission {consent.number} is for another purpose than the one that was asked for. Each ask was refused.",
        key=f"purpose:{application.organisation_id}:{consent.id}:{count}",
    )
    return True
