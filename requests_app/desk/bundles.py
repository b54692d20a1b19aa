"""Several requests to one recipient go in one mail (actions in the caller's transaction, queries).

They are of one customer; of several, where the utility's profile says so. Each keeps its number, its thread and its
life; the mail bears the Message-ID of the first, and its References name the threads of the others. Of a mail of
several customers each keeps her part alone, under her own key: the whole is sealed under nobody's.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from broker.channels.manual_request import Mailing
from broker.duties import bars
from broker.terms import EventRef
from consents.models import LetterFile
from requests_app import grants
from requests_app.desk.mail import by_customer, may_be_shared, part
from requests_app.desk.models import Enclosed, MailPart
from requests_app.lifecycle import ManualState
from requests_app.mailing import Overtaken, begin, event, profile_for
from requests_app.models import ManualRequest, Message
from requests_app.moves import move

MOST = 10  # requests in one mail: a schedule that fits a page
# Of letters in one mail, before base64 makes a third more of them: mail servers take 10 MB at least, as Postfix does.
MOST_BYTES = 7_000_000
LOOKED_AT = 3 * MOST  # of those that wait: what nothing permits, or does not fit, leaves its place to others


class Changed(Exception):
    """A further request of the mail was moved while the mail was written: it is written anew."""


def companions(first: ManualRequest, *, now: datetime) -> list[ManualRequest]:
    """Give what goes in the mail of a request: queued too, with its turn, never sent, and permitted at this moment.

    Not of a program to which nothing may go: one of its sister programs may write on.
    Of the same recipient, and of the same customer too unless the utility's profile lets several share a mail; each
    customer's stand together. Not more than `MOST` in one mail, and not more letters than `MOST_BYTES`.
    """
    asked, consent = first.request, first.request.consent
    if first.sent_at is not None or asked.customer_id is None or consent is None:
        return []  # sent again by a person: the one that did not arrive, and nothing else
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__consent__customer").filter(
        state=ManualState.QUEUED,
        sent_at=None,
        slot__isnull=False,
        request__customer_id__isnull=False,
        request__organisation_id=asked.organisation_id,
        request__consent__utility=consent.utility,
    )
    if not may_be_shared(profile_for(first)):
        rows = rows.filter(request__customer_id=asked.customer_id)
    found, letters = [first], {asked.consent_id: _size(consent.id)}
    for each in rows.exclude(id=first.id).order_by("created_at", "id")[:LOOKED_AT]:
        if len(found) == MOST:
            break
        more = {each.request.consent_id: _size(each.request.consent_id)}
        if sum((letters | more).values()) <= MOST_BYTES and barred(each) is None and _permitted(each, now):
            found.append(each)
            letters |= more
    return [each for hers in by_customer(found) for each in hers][1:]


def barred(manual: ManualRequest) -> str | None:
    """Give why nothing may go to the recipient of a request, or to its program; None where it may."""
    asked = manual.request
    return bars.code_for(organisation=asked.organisation_id, application=asked.application_id)


def hold(manual: ManualRequest) -> None:
    """Have the job of a request wait where nothing may go to its recipient or program; raises `jobs.Held`."""
    asked = manual.request
    bars.hold(organisation=asked.organisation_id, application=asked.application_id)


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
    people = by_customer(manuals)
    if len(people) > 1 and kind != "request":
        raise ValueError("only a request mail holds several customers' requests")
    with transaction.atomic():
        for hers in people:
            _begin_hers(hers, manuals[0], mailing, message_id or manuals[0].message_id, kind, take, len(people) > 1)


def _begin_hers(
    hers: Sequence[ManualRequest],
    carrier: ManualRequest,
    mailing: Mailing,
    message_id: str,
    kind: str,
    take: Callable[[ManualRequest, EventRef], bool],
    is_shared: bool,
) -> None:
    """Keep one customer's mail, or her part of it, under her key and under events of hers that name nobody else."""
    first, *others = hers
    whole = hashlib.sha256(mailing.raw).digest()
    kept, part_of = (part(mailing, hers), whole) if is_shared else (mailing.raw, b"")
    try:
        row, under = begin(first, kept, message_id, kind, lambda ref: take(first, ref), part_of=part_of)
    except Overtaken:
        if first is carrier:
            raise
        raise Changed from None
    if is_shared:
        facts = {"carrier": carrier, "mail_sha256": whole, "audit_event_id": under.id}
        MailPart.objects.get_or_create(message=row, defaults=facts)
    for each in others:
        said = {"state": "sending", "mail": kind, "sha256": whole.hex(), "with": first.number}
        ref = event(each, "request.state", said)
        if not take(each, ref):
            raise Changed
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
    """Give all requests of the newest mail in which this one went out, itself first; itself alone where none did.

    They may be several customers': whoever shows or keeps anything for one of them asks `hers_in`.
    """
    mail = mail_of(manual)
    if mail is None:
        return [manual]
    kept = _kept_of(mail)
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__consent__customer")
    rows = rows.filter(Q(messages__in=kept) | Q(enclosed_in__message__in=kept)).exclude(id=manual.id).distinct()
    others = [each for each in rows.order_by("created_at", "id") if (newest := mail_of(each)) and newest.id in kept]
    return [manual, *others]


def hers_in(manual: ManualRequest) -> list[ManualRequest]:
    """Give those of `all_in` that are of the same customer, the request itself first."""
    return [each for each in all_in(manual) if each.request.customer_id == manual.request.customer_id]


def is_shared(manuals: Sequence[ManualRequest]) -> bool:
    """Say whether requests are of several customers."""
    return len({each.request.customer_id for each in manuals}) > 1


def was_shared(manuals: Sequence[ManualRequest]) -> bool:
    """Say whether one of these ever went out in a mail that held other customers' requests: an answer may quote it."""
    ids = [each.id for each in manuals]
    return MailPart.objects.filter(Q(message__manual__in=ids) | Q(message__enclosed__manual__in=ids)).exists()


def carrier_of(manual: ManualRequest) -> UUID | None:
    """Give the request whose Message-ID the newest mail of a request bears, and whose job sends it."""
    mail = mail_of(manual)
    if mail is None:
        return None
    shared = MailPart.objects.filter(message=mail).values_list("carrier_id", flat=True).first()
    return shared or mail.manual_id


def goes_with_another(manual: ManualRequest) -> bool:
    """Say whether a request's newest mail is another request's, whose job then says what became of it."""
    return carrier_of(manual) not in (None, manual.id)


def _kept_of(mail: Message) -> set[UUID]:
    """Give the rows in which a mail is kept: itself, or each customer's part of it."""
    part = MailPart.objects.filter(message=mail).first()
    if part is None:
        return {mail.id}
    return set(MailPart.objects.filter(mail_sha256=part.mail_sha256).values_list("message_id", flat=True))


def _size(consent: UUID | None) -> int:
    """Give the bytes of the letter that goes with a request of this permission."""
    rows = LetterFile.objects.filter(letter__consent=consent, kind=LetterFile.Kind.DELIVERED)
    return sum(rows.values_list("bytes", flat=True))


def _permitted(manual: ManualRequest, now: datetime) -> bool:
    decided = grants.decide_again(manual.request, channel="manual_request", step="order", now=now)
    return bool(decided.outcome != "refusal")
