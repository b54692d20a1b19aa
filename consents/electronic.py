"""Withdrawing the agreement to deal electronically, and what is delivered on paper since (actions).

This is not revoking: 15 U.S.C. 7001(c)(1)(B) lets her withdraw from electronic records, and the authorization that she
signed goes on (RSMo 432.220 reads the same for later transactions). Two buttons, two events.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from broker import notices, vault
from broker.audit import log
from broker.notices import compose
from broker.parties.models import Customer
from broker.terms import Actor, EventRef
from broker.transport import ProvenAddress
from consents.actions import customer_address
from consents.models import Consent, PaperChoice, PaperNotice
from consents.paper_choice import agree_again, on_paper

__all__ = ["address", "agree_again", "deliver", "on_paper", "withdraw"]


def withdraw(customer: Customer, *, actor: Actor, now: datetime) -> bool:
    """Record that she withdraws from electronic records; False when she had done so. No consent ends by this.

    One last mail confirms it: a mailbox that somebody else has must not end her mail in silence.
    """
    to, _ = customer_address(customer, actor=actor, why="receipt")
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=customer.id)
        if on_paper(customer):
            return False
        choice = uuid.uuid4()
        ref = log.append(
            "electronic.withdrawn", actor=actor, subject=customer.id, body={"choice": str(choice), "consents": "stay"}
        )
        PaperChoice.objects.create(id=choice, customer=customer, since=now, audit_event_id=ref.id)
        notices.send_later(
            "paper_chosen",
            to=to,
            subject=customer.id,
            language=customer.language,
            context={"at": now, "my_path": reverse("my")},
            key=f"paper_chosen:{choice}",
        )
    return True


def address(customer: Customer, *, actor: Actor, why: str) -> ProvenAddress | None:
    """Open her address for a mail, which is an event; None, and nothing opened, where she deals on paper."""
    return None if on_paper(customer) else customer_address(customer, actor=actor, why=why)[0]


def deliver(
    template: str,
    consent: Consent,
    *,
    to: ProvenAddress | None,
    context: Mapping[str, object],
    key: str,
    ref: EventRef,
    now: datetime,
) -> None:
    """Send a notice to her in the way that she chose, inside the caller's transaction and under its event.

    `to` is what `address` gave. On paper, the words are sealed for staff to print and post; the mailbox gets nothing.
    """
    customer = consent.customer
    if to is not None:
        notices.send_later(template, to=to, subject=customer.id, language=customer.language, context=context, key=key)
        return
    rendered = compose.render(template, language=customer.language, context=context)
    text = f"{rendered.subject}\n\n{rendered.text}".encode()
    PaperNotice.objects.create(
        consent=consent,
        template=template,
        file=vault.seal_file(text, subject=customer.id, name=f"{template}.txt", retention=vault.CASE),
        made_at=now,
        audit_event_id=ref.id,
    )
