"""What else of hers a stop ended, and what goes on beside it (reads only)."""

from datetime import date

from consents import renewal
from consents.lifecycle import ENDED, LIVE, State
from consents.models import Consent


def ending_with(consent: Consent) -> list[Consent]:
    """Give what ends, or ended, with this consent because it waits to take its place."""
    if consent.state not in ENDED:
        return renewal.waiting(consent)
    found, last = list[Consent](), consent
    while newer := last.renewals.filter(state=State.REVOKED, ended_at=consent.ended_at).exclude(id=last.id).first():
        if newer in found:
            break
        found.append(newer)
        last = newer
    return found if consent.state == State.REVOKED else []


def standing(consent: Consent, today: date) -> list[Consent]:
    """Give her other consents for the same recipient over one of the same accounts that this end does not reach.

    `today` is the Central day: what ran out is over, whether or not anybody wrote that down.
    """
    mine = Consent.objects.filter(customer_id=consent.customer_id, recipient_id=consent.recipient_id)
    rows = mine.filter(state__in=LIVE, ends__gt=today, accounts__in=consent.accounts.all()).exclude(id=consent.id)
    ending = ending_with(consent)
    return [each for each in rows.distinct().order_by("signed_at", "id") if each not in ending]
