"""What is printed and posted to a customer who deals on paper (actions)."""

from datetime import datetime

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.terms import Actor
from consents.models import PaperNotice


def opened(notice: PaperNotice, *, actor: Actor) -> bytes:
    """Open a notice for the person who prints it; one event."""
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=notice.consent.customer_id,
        purpose="fulfilment",
        obj="mail",
        body={"template": notice.template, "consent": notice.consent_id, "why": "to post it"},
        cnt=1,
    )
    return vault.open_file(notice.file, under=ref)


def posted(notice: PaperNotice, *, actor: Actor, now: datetime) -> bool:
    """Record that a notice was posted; False where that was said before."""
    with transaction.atomic():
        row = PaperNotice.objects.select_for_update().get(id=notice.id)
        if row.posted_at is not None:
            return False
        ref = log.append(
            "notice.sent",
            actor=actor,
            subject=notice.consent.customer_id,
            obj="notice",
            body={"template": notice.template, "consent": notice.consent_id, "by": "post"},
        )
        PaperNotice.objects.filter(id=row.id).update(posted_at=now, audit_event_id=ref.id)
    return True
