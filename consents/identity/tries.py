"""How often an account may be tried to be proven (actions): counted in the database, under a lock."""

from datetime import datetime, timedelta

from broker.parties.models import Customer, UtilityAccount
from consents.identity.models import Attempt, How

WINDOW = timedelta(days=1)
COMPARED, ANY = 5, 20  # of tries in which fields were compared, and of all
UNREAD = "file."  # what could not be read says nothing about the account


def may_try(account: UtilityAccount, how: How, *, now: datetime, lock: bool = False) -> bool:
    """Say whether another try is open; with `lock`, nobody else counts until the caller's transaction ends."""
    if lock:
        Customer.objects.select_for_update().get(id=account.customer_id)
    # By number: another name or address in a new letter gives no further tries.
    same = Attempt.objects.filter(
        account__customer=account.customer_id,
        account__utility=account.utility,
        account__number_index=bytes(account.number_index),
    )
    recent = same.filter(how=how, at__gt=now - WINDOW).values_list("failed", flat=True)
    compared = [failed for failed in recent if not any(code.startswith(UNREAD) for code in failed)]
    return len(compared) < COMPARED and len(recent) < ANY
