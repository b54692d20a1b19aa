"""The canary: a customer who does not exist, sealed like everybody else's data, and whom nobody has a reason to open.

Her id follows from the installation's key file, so that nothing in the database tells her row from a real one
(audit-log.md 7.11). Who opens her was going through customers, and `broker.console.canary` raises the alarm.
"""

import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import Customer
from broker.terms import SERVICE
from broker.vault import keyring

PLANTER = SERVICE("canary")
PLANTED = "parties.created"
WATCH = "canary.watch"  # the job; its subject is the planter, because the jobs' table is not sealed
FIRST_LOOK = timedelta(minutes=1)
_DIGITS = 12  # more than any account number has


def subject() -> uuid.UUID:
    """Give the id that the canary of this installation has, planted or not."""
    made = hmac.digest(keyring.secret("canary"), b"subject", "sha256")
    return uuid.UUID(bytes=made[:16], version=4)


def plant(utility: str, *, now: datetime) -> bool:
    """Record the canary as a customer with an account at this utility, and begin to watch; False where she is."""
    hers = subject()
    if Customer.objects.filter(id=hers).exists():
        return False
    number = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    # The domain can never receive mail (RFC 2606); it is read by whoever has opened the field already.
    email = f"{secrets.token_hex(8)}@canary.invalid"
    facts = AccountFacts(number, "Nobody (canary record)", "No such place (canary record)")
    with transaction.atomic():
        ref = log.append(PLANTED, actor=PLANTER, subject=hers, body={"customer": hers})
        customer = ensure_customer(hers, email, language="en", ref=ref, now=now, actor=PLANTER)
        ensure_account(customer, utility, facts, ref=ref, now=now, actor=PLANTER)
        jobs.enqueue(WATCH, PLANTER.id, due_at=now + FIRST_LOOK, key=f"{WATCH}:0")
    return True
