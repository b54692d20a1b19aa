"""One answer to several requests of one customer: a person attaches it to each (the action's part, and its query)."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP

from broker import vault
from broker.terms import EventRef
from requests_app.desk.models import AlsoAttached
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.moves import move


def attach_too(held: Message, first: Message, manual: ManualRequest, *, with_files: bool, ref: EventRef) -> Message:
    """Note on the thread of a further request where its answer lies, in the caller's transaction and under its event.

    The mail and its files stay with the request that it was attached to first, once: whatever has to be destroyed of
    them later has no copy elsewhere. What is accepted of the files counts for this request as well.
    """
    customer = manual.request.customer_id
    assert customer is not None
    assert first.manual is not None
    note = EmailMessage(policy=SMTP)
    note["Message-ID"] = held.message_id or f"<{first.id}@invalid>"
    note["Subject"] = f"{manual.number}: answered together with {first.manual.number}"
    note["X-Holding-Pen"] = str(held.id)
    note.set_content(f"The answer to {manual.number} lies with request {first.manual.number}.")
    raw = note.as_bytes()
    row = Message.objects.create(
        manual=manual,
        direction="in",
        message_id=held.message_id,
        kind="answer" if with_files else "message",
        raw=vault.seal_file(raw, subject=customer, name="mail.eml"),
        sha256=hashlib.sha256(raw).digest(),
        at=held.at,
        audit_event_id=ref.id,
    )
    AlsoAttached.objects.create(message=held, manual=manual, attached=row, audit_event_id=ref.id)
    if with_files:
        move(manual, ManualState.ANSWERED, ref=ref)
    return row


def also_answered(message: Message) -> list[ManualRequest]:
    """Give the further requests that the mail of a file answers: they settle when its files are decided on."""
    held = AlsoAttached.objects.filter(message__choice__attached=message).select_related("manual__request__consent")
    return [each.manual for each in held.order_by("manual__created_at", "id")]
