"""One answer to several requests of one customer: a person attaches it to each (the action's part, and its query)."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from broker import vault
from broker.terms import EventRef
from requests_app.desk.models import AlsoAttached
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.moves import move


def note(
    mail: Message, manual: ManualRequest, words: str, *, kind: str, ref: EventRef, title: str = "", alone: bool = False
) -> Message:
    """Note on a request's thread that a mail came which lies elsewhere; sealed under her key, it names nobody else.

    In the caller's transaction and under its event. `alone`: under a key of its own, where files come with it.
    """
    customer = manual.request.customer_id
    assert customer is not None
    made = EmailMessage(policy=SMTP)
    made["Message-ID"] = mail.message_id or f"<{mail.id}@invalid>"
    made["Subject"] = f"{manual.number}: {title or kind.replace('_', ' ')}"
    made["X-Holding-Pen"] = str(mail.id)
    made.set_content(words)
    raw = made.as_bytes()
    return Message.objects.create(
        manual=manual,
        direction="in",
        message_id=mail.message_id,
        kind=kind,
        raw=vault.seal_file(raw, subject=customer, name="mail.eml", alone=alone),
        sha256=hashlib.sha256(raw).digest(),
        at=mail.at,
        audit_event_id=ref.id,
    )


def attach_too(held: Message, first: Message, manual: ManualRequest, *, with_files: bool, ref: EventRef) -> Message:
    """Note on the thread of a further request where its answer lies, in the caller's transaction and under its event.

    The mail and its files stay with the request that it was attached to first, once: whatever has to be destroyed of
    them later has no copy elsewhere. What is accepted of the files counts for this request as well.
    """
    assert first.manual is not None
    words = f"The answer to {manual.number} lies with request {first.manual.number}."
    title = f"answered together with {first.manual.number}"
    row = note(held, manual, words, title=title, kind="answer" if with_files else "message", ref=ref)
    AlsoAttached.objects.create(message=held, manual=manual, attached=row, audit_event_id=ref.id)
    if with_files:
        move(manual, ManualState.ANSWERED, ref=ref)
    return row


def also_answered(message: Message) -> list[ManualRequest]:
    """Give the further requests that the mail of a file answers: they settle when its files are decided on."""
    rows = AlsoAttached.objects.filter(message__choice__attached=message, manual__request__customer=_whose(message))
    rows = rows.select_related("manual__request__consent").order_by("manual__created_at", "id")
    return [each.manual for each in rows]


def _whose(message: Message) -> UUID | None:
    """Give whose message it is: what answers another customer's request has files of its own there."""
    return message.manual.request.customer_id if message.manual is not None else None
