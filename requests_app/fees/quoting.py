"""A utility names a fee: it is written down, and the clock rests until it has a yes or a no (actions).

Source: field guide 5.4 (the pause) and S40. Nobody pays by this: a fee is decided in `deciding`.
"""

import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from broker.approvals import decide
from broker.terms import Actor, EventRef, Refusal
from requests_app import seconding
from requests_app.fees import answering, standing
from requests_app.fees.lifecycle import FeeState, Mail, SaidBy
from requests_app.fees.limits import is_fee, limit_for, needs_two
from requests_app.fees.models import FeeQuote, Succession
from requests_app.inbound.models import MailChoice
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message

ACCEPT, DECLINE = "fee.accept", "fee.decline"
HER_YES = "fee.her_yes"  # the customer's own, by post or phone
FROM_THE_UTILITY = ("answer", "message")  # kinds of what came: by mail from a proven sender, or on the desk's page
ACTS = {FeeState.ACCEPTED: ACCEPT, FeeState.DECLINED: DECLINE}
ABOUT_A_FEE = (ACCEPT, DECLINE, HER_YES)


def quote(
    manual: ManualRequest,
    amount: Decimal,
    *,
    said_by: SaidBy,
    actor: Actor,
    now: datetime,
    message: Message | None = None,
    happened_at: datetime | None = None,
) -> FeeQuote | Refusal:
    """Write down a fee in US dollars that the utility asks for; one that was named before and not decided is replaced.

    A yes to an earlier one that has not left is put aside: the utility has to hear a yes or no to this one.
    `message` is the mail, or what else was kept, that named it; `happened_at` when it was named, by default when that
    came, else now. Refused with `state.conflict` where the request cannot wait for a fee; ValueError for what is no fee
    (`limits`), and for a fee by mail whose mail is none of `mails`.
    """
    if not is_fee(amount):
        raise ValueError("not a fee")
    if message is not None and message.manual_id != manual.id:
        raise ValueError("a mail of another request")
    if message is not None and said_by == SaidBy.MAIL and message not in mails(manual):
        raise ValueError("a mail whose sender nobody proved")
    at = happened_at or (message.at if message else now)
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if manual.state != ManualState.FEE_QUOTED and not standing.may_reach(manual, ManualState.FEE_QUOTED):
            return Refusal("state.conflict")
        made, limit = uuid.uuid4(), _limit(manual)
        ref = standing.event(
            manual,
            "fee.quoted",
            actor,
            {
                "fee": made,
                "amount": str(amount),
                "currency": "USD",
                "said_by": said_by.value,
                "message": message.id if message else None,
                "limit": str(limit),
                "two_people": needs_two(amount, limit, accepted=accepted(manual)),
                "puts_aside": undecided(manual),
            },
        )
        replace(manual, actor=actor, ref=ref)
        answering.put_aside(manual, Mail.FEE_ACCEPTED, ref=ref)
        if manual.state != ManualState.FEE_QUOTED:
            standing.reach(manual, ManualState.FEE_QUOTED, ref=ref, happened_at=at)
        return FeeQuote.objects.create(
            id=made,
            manual=manual,
            amount=amount,
            said_by=said_by,
            message=message,
            limit=limit,
            quoted_by=actor.id,
            quoted_at=now,
            audit_event_id=ref.id,
        )


def undecided(manual: ManualRequest) -> list[str]:
    """Give the ids of the fees of a locked request that nobody decided: what `replace` puts aside, for its event."""
    return [
        str(each) for each in FeeQuote.objects.filter(manual=manual, state=FeeState.QUOTED).values_list("id", flat=True)
    ]


def replace(manual: ManualRequest, *, actor: Actor, ref: EventRef) -> None:
    """Put the fee aside that nobody decided, with what was asked about it, in the caller's transaction.

    The event says which (`puts_aside`).
    """
    for fee in FeeQuote.objects.select_for_update().filter(manual=manual, state=FeeState.QUOTED):
        for act in ABOUT_A_FEE:
            decide.overtaken(act, about=fee.id, actor=actor)
        FeeQuote.objects.filter(id=fee.id).update(state=FeeState.REPLACED, audit_event_id=ref.id)


def mails(manual: ManualRequest) -> list[Message]:
    """Give what the utility itself wrote on a request's thread, the newest first: a fee can stand in each of them.

    A mail that a person took out of the holding pen is among them only where its sender was proven, and where it was
    not divided: of that one a person's own words stand on the thread.
    """
    rows = Message.objects.filter(manual=manual, direction="in", kind__in=FROM_THE_UTILITY).order_by("-at")
    chosen = {each: seconding.choice_of(each) for each in rows}
    return [each for each, choice in chosen.items() if choice is None or _names_it(choice, each)]


def _names_it(choice: MailChoice, message: Message) -> bool:
    return seconding.is_proven(choice, message) and seconding.is_whole(choice)


def open_fee(manual: ManualRequest) -> FeeQuote | None:
    """Give the fee that waits for a yes or a no; none where the request does not wait for one (any more)."""
    if manual.state not in (ManualState.FEE_QUOTED, ManualState.WAITING_ON_CUSTOMER):
        return None
    return FeeQuote.objects.filter(manual=manual, state=FeeState.QUOTED).first()


def accepted(manual: ManualRequest) -> Decimal:
    """Give the sum in US dollars of all fees that were accepted for a request and those whose place it took.

    Whoever pays them: another form of the utility makes no new limit.
    """
    rows = FeeQuote.objects.filter(manual__in=_line(manual), state=FeeState.ACCEPTED)
    found: Decimal = rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return found.quantize(Decimal("0.01"))


def _line(manual: ManualRequest) -> list[uuid.UUID]:
    """Give the id of a request, and of each that was replaced before it."""
    found = [manual.id]
    while (old := Succession.objects.filter(new=found[-1]).values_list("old", flat=True).first()) is not None:
        found.append(old)
    return found


def _limit(manual: ManualRequest) -> Decimal:
    consent = manual.request.consent
    assert consent is not None
    return limit_for(settings.FEE_LIMITS, organisation=consent.recipient.slug, utility=consent.utility)
