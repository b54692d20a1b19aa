"""Several requests of one customer and one recipient go in one mail (actions in the caller's transaction, queries).

Each keeps its number, its thread and its life; the mail bears the Message-ID of the first, and its References name the
threads of the others.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from broker.channels.manual_request import Mailing
from broker.terms import EventRef
from requests_app import grants
from requests_app.desk.models import Enclosed
from requests_app.lifecycle import ManualState
from requests_app.mailing import begin, event
from requests_app.models import ManualRequest, Message
from requests_app.moves import move

MOST = 10  # requests in one mail: a schedule that fits a page


class Changed(Exception):
    """A further request of the mail was moved while the mail was written: it is written anew."""


def companions(first: ManualRequest, *, now: datetime) -> list[ManualRequest]:
    """Give what goes in the mail of a request: queued too, with its turn, never sent, and permitted at this moment."""
    asked, consent = first.request, first.request.consent
    if first.sent_at is not None or asked.customer_id is None or consent is None:
        return []  # sent again by a person: the one that did not arrive, and nothing else
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__consent__customer").filter(
        state=ManualState.QUEUED,
        sent_at=None,
        slot__isnull=False,
        request__customer_id=asked.customer_id,
        request__organisation_id=asked.organisation_id,
        request__consent__utility=consent.utility,
    )
    found = rows.exclude(id=first.id).order_by("created_at", "id")[: MOST - 1]
    return [each for each in found if _permitted(each, now)]


def out(manual: ManualRequest, ref: EventRef) -> bool:
    """Say of a request that its letter may be out, in the caller's transaction."""
    return move(manual, ManualState.DELIVERY_UNKNOWN, ref=ref)


def begin_all(
    manuals: Sequence[ManualRequest],
    mailing: Mailing,
    *,
    message_id: str = "",
    kind: str = "request",
    take: Callable[[ManualRequest, EventRef], bool] = out,
) -> None:
    """Keep the mail and say of each request that it may be out (`take`), in one commit, before it is.

    `message_id` is the mail's own, where it is not the letter's. Raises `mailing.Overtaken` where the first one was
    moved meanwhile, `Changed` where another was.
    """
    first, *others = manuals
    with transaction.atomic():
        begin(first, mailing.raw, message_id or first.message_id, kind, lambda ref: take(first, ref))
        if not others:
            return
        digest = hashlib.sha256(mailing.raw).digest()
        row = Message.objects.get(direction="out", sha256=digest)
        for each in others:
            said = {"state": "sending", "mail": kind, "sha256": digest.hex(), "with": first.number}
            ref = event(each, "request.state", said)
            if not take(each, ref):
                raise Changed
            # The very same bytes are kept once, also where they are handed over a second time.
            Enclosed.objects.get_or_create(message=row, manual=each, defaults={"audit_event_id": ref.id})


def mail_of(manual: ManualRequest) -> Message | None:
    """Give the newest mail in which a request left us or may have: its own, or another one's that enclosed it."""
    own = manual.messages.filter(direction="out", kind="request").order_by("-at").first()
    letters = Enclosed.objects.filter(manual=manual, message__kind="request")
    row = letters.select_related("message").order_by("-message__at").first()
    if row is None or (own is not None and own.at >= row.message.at):
        return own
    return row.message


def all_in(manual: ManualRequest) -> list[ManualRequest]:
    """Give all requests of the newest mail in which this one went out, itself first; itself alone where none did."""
    mail = mail_of(manual)
    if mail is None:
        return [manual]
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__consent__customer")
    rows = rows.filter(Q(messages=mail) | Q(enclosed_in__message=mail)).exclude(id=manual.id).distinct()
    others = [each for each in rows.order_by("created_at", "id") if _same(each, mail)]
    return [manual, *others]


def goes_with_another(manual: ManualRequest) -> bool:
    """Say whether a request's newest mail is another request's, whose job then says what became of it."""
    mail = mail_of(manual)
    return mail is not None and mail.manual_id != manual.id


def _same(manual: ManualRequest, mail: Message) -> bool:
    newest = mail_of(manual)
    return newest is not None and newest.id == mail.id


def _permitted(manual: ManualRequest, now: datetime) -> bool:
    decided = grants.decide_again(manual.request, channel="manual_request", step="order", now=now)
    return bool(decided.outcome != "refusal")
