"""Asking again for the agreement to electronic records when what it takes to read them has changed (actions).

15 U.S.C. 7001(c)(1)(D): after such a change she is told of the new needs and of her right to withdraw, free of charge,
and agrees anew. Until then nothing goes to paper by itself (7001(c)(4): that is hers to choose): decision 0057.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.parties.models import Customer
from broker.terms import SERVICE, Actor
from consents import electronic, rules
from consents.ceremony.disclosure import Disclosure
from consents.ceremony.models import SigningRecord
from consents.lifecycle import LIVE
from consents.models import TermsAgreement

TELL = "electronic.changed"
WRITER = SERVICE("notices")


def is_asked(customer: Customer) -> bool:
    """Say whether she agreed to electronic records, has a permission that goes on, and has not agreed to today's needs.

    Who deals on paper is not asked; a signature agrees to the needs of its day.
    """
    signed = SigningRecord.objects.filter(consent__customer=customer)
    if not signed.filter(consent__state__in=LIVE).exists() or electronic.on_paper(customer):
        return False
    version = rules.DISCLOSURE
    return not (
        signed.filter(disclosure=version).exists()
        or TermsAgreement.objects.filter(customer=customer, version=version).exists()
    )


def agree(customer: Customer, shown: Disclosure, *, actor: Actor, now: datetime) -> bool:
    """Record that she agrees to the very text that was shown; False where that was not asked."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=customer.id)
        if shown.version != rules.DISCLOSURE or not is_asked(customer):
            return False
        body = {"version": shown.version, "locale": shown.locale, "sha256": shown.sha256}
        ref = log.append("electronic.agreed", actor=actor, subject=customer.id, body=body)
        TermsAgreement.objects.create(
            customer=customer,
            version=shown.version,
            locale=shown.locale,
            sha256=bytes.fromhex(shown.sha256),
            at=now,
            audit_event_id=ref.id,
        )
    return True


def enqueue_due() -> int:
    """Enqueue one mail for each customer who is asked; a second one about the same change is none."""
    older = SigningRecord.objects.filter(consent__state__in=LIVE).exclude(disclosure=rules.DISCLOSURE)
    found = Customer.objects.filter(consents__in=older.values("consent")).distinct()
    asked = [each for each in found if is_asked(each)]
    for customer in asked:
        with transaction.atomic():
            jobs.enqueue(TELL, customer.id, key=f"{TELL}:{customer.id}:{rules.DISCLOSURE}")
    return len(asked)


@jobs.handler(TELL)
def tell_job(job: jobs.JobView) -> None:
    """Write to her once that the needs have changed, and where she agrees or chooses paper."""
    customer = Customer.objects.get(id=job.subject_id)
    if not is_asked(customer):
        return
    key = f"terms_changed:{customer.id}:{rules.DISCLOSURE}"
    message = electronic.Message("terms_changed", customer, {"my_path": reverse("my-paper")}, key)
    electronic.tell(message, why="new needs", actor=WRITER, now=timezone.now())
