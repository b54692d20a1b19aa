"""Withdrawing the agreement to deal electronically, and what is delivered on paper since (actions).

This is not revoking: 15 U.S.C. 7001(c)(1)(B) lets her withdraw from electronic records, and the authorization that she
signed goes on (RSMo 432.220 reads the same for later transactions). Two buttons, two events.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
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

__all__ = [
    "Message",
    "address",
    "agree_again",
    "deliver",
    "deliver_message",
    "on_paper",
    "printed",
    "tell",
    "withdraw",
]


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


@dataclass(frozen=True)
class Message:
    """What she is told: a template with its values, in which matter, and the key that makes it go out once."""

    template: str
    customer: Customer
    context: Mapping[str, object]
    key: str
    consent: Consent | None = None  # of which it tells; on paper, what tells of none goes with her newest one


def tell(message: Message, *, why: str, actor: Actor, now: datetime) -> uuid.UUID:
    """Tell her something in the way that she chose, in one transaction; give the id of the mail or of the letter."""
    to = address(message.customer, actor=actor, why=why)
    with transaction.atomic():
        return deliver_message(message, to=to, ref=None if to else printed(message, actor=actor), now=now)


def printed(message: Message, *, actor: Actor) -> EventRef:
    """Record, inside the caller's transaction, that a notice is made ready for the post."""
    body = {"template": message.template}
    return log.append("electronic.printed", actor=actor, subject=message.customer.id, body=body)


def deliver(
    template: str,
    consent: Consent,
    *,
    to: ProvenAddress | None,
    context: Mapping[str, object],
    key: str,
    ref: EventRef,
    now: datetime,
) -> uuid.UUID:
    """Send a notice to her in the way that she chose, inside the caller's transaction and under its event.

    `to` is what `address` gave. On paper, the words are sealed for staff to print and post; the mailbox gets nothing.
    """
    return deliver_message(Message(template, consent.customer, context, key, consent), to=to, ref=ref, now=now)


def deliver_message(message: Message, *, to: ProvenAddress | None, ref: EventRef | None, now: datetime) -> uuid.UUID:
    """Do what `deliver` does, and give the id of the mail or of the letter; only a letter needs the event."""
    customer, template = message.customer, message.template
    if to is not None:
        return notices.send_later(
            template,
            to=to,
            subject=customer.id,
            language=customer.language,
            context=message.context,
            key=message.key,
        )
    known = PaperNotice.objects.filter(key=message.key).values_list("id", flat=True).first()
    if known is not None:
        return known
    if ref is None:
        raise ValueError("a letter is made under an event")
    rendered = compose.render(template, language=customer.language, context=message.context)
    text = f"{rendered.subject}\n\n{rendered.text}".encode()
    return PaperNotice.objects.create(
        consent=message.consent or customer.consents.latest("signed_at"),
        template=template,
        file=vault.seal_file(text, subject=customer.id, name=f"{template}.txt", retention=vault.CASE),
        key=message.key,
        made_at=now,
        audit_event_id=ref.id,
    ).id
