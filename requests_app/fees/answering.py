"""Our mails to the utility on a request's thread: the answer to a fee or a question, and that it has ended (actions).

Like the letter itself: the Message-ID is reserved first, “sending” is committed before the first byte leaves, and what
may have left is never sent again by itself. The clock goes on once the mail has left (5.4, Day-0 rule).
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.channels import thread_answer
from broker.channels.manual_request import Mailing, message_id
from broker.terms import Actor, EventRef, Refusal
from broker.transport import Delivery
from requests_app import grants
from requests_app.alerts import tell_staff
from requests_app.desk import bundles
from requests_app.desk.mail import page_of, thread_of
from requests_app.fees import falling, standing
from requests_app.fees.lifecycle import ENDS, STUCK, Mail, MailState, Payer, Why
from requests_app.fees.models import FeeQuote, Succession, ThreadMail
from requests_app.handing_over import checked, hand_over
from requests_app.lifecycle import FACTS, OVER, ClockMode, ManualState, may_have_left
from requests_app.mailing import (
    SENDER,
    Overtaken,
    address_of,
    begin,
    destination,
    facts_of,
    find,
    last_four,
    profile_for,
    reply_of,
)
from requests_app.models import ManualRequest, Message
from requests_app.moves import move

SEND, FEE_TOLD = "thread.send", "fee.told"
NOT_LEFT = (MailState.QUEUED, MailState.REFUSED)
NEWER = "overtaken"
AFTER_A_CHANGE = timedelta(seconds=5)
ON_ITS_WAY = (MailState.QUEUED, MailState.SENDING, MailState.UNKNOWN, MailState.REFUSED)


def write(
    manual: ManualRequest,
    what: Mail,
    *,
    actor: Actor,
    ref: EventRef,
    now: datetime,
    fee: FeeQuote | None = None,
    words: str = "",
) -> ThreadMail:
    """Reserve a mail to the utility and the job that sends it, in the caller's transaction and under its event.

    Where the request's clock rests now, it goes on once this mail has left.
    """
    made, customer = uuid.uuid4(), manual.request.customer_id
    assert customer is not None
    rests = FACTS[ManualState(manual.state)].clock == ClockMode.RESTS and what not in ENDS
    row = ThreadMail.objects.create(
        id=made,
        manual=manual,
        what=what,
        fee=fee,
        words=vault.seal(words, subject=customer, place=vault.Place("fees_threadmail", "words", made)),
        message_id=message_id(manual.thread_token),
        rests_in=manual.state if rests else "",
        written_by=actor.id,
        written_at=now,
        audit_event_id=ref.id,
    )
    jobs.enqueue(SEND, made, key=f"{SEND}:{made}")
    return row


def on_its_way(manual: ManualRequest) -> ThreadMail | None:
    """Give the mail of ours that has not surely left yet."""
    return ThreadMail.objects.filter(manual=manual, state__in=ON_ITS_WAY).order_by("-written_at").first()


def put_aside(manual: ManualRequest, what: Mail, *, ref: EventRef) -> None:
    """Void our answers of this kind that surely have not left, since the utility said something newer to answer.

    In the caller's transaction and under its event. What may have left stays as it is, and moves nothing any more.
    """
    for mail in ThreadMail.objects.select_for_update().filter(manual=manual, what=what, state__in=NOT_LEFT):
        if _mark(mail, MailState.VOID, ref):
            _say(mail, manual, MailState.VOID, NEWER, ref)


def is_being_sent(manual: ManualRequest) -> bool:
    """Say whether a worker may be handing over such a mail of this request at this moment."""
    return ThreadMail.objects.filter(manual=manual, state=MailState.SENDING).exists()


def say_ended(
    manual: ManualRequest, what: Mail, *, was: ManualState, actor: Actor, ref: EventRef, now: datetime
) -> ThreadMail | None:
    """Have the utility told that a request has ended and that it need do nothing more, in the caller's transaction.

    `was`: its state before. None, and nothing is sent, where no letter of ours is with the utility.
    """
    if was == ManualState.NOT_DELIVERED or not may_have_left(was, manual.sent_at):
        return None
    return write(manual, what, actor=actor, ref=ref, now=now)


def overtaken(mail: ThreadMail) -> bool:
    """Say whether the utility named another fee, or asked anew, after we wrote this answer: it then settles nothing."""
    if mail.what == Mail.ANSWER:
        asks_on_page = Q(desk_act__kind__in=("own_form", "not_member"), desk_act__at__gt=mail.written_at)
        asks_by_word = Q(heard__kind__in=("own_form", "refusal"), heard__at__gt=mail.written_at)
        return Message.objects.filter(asks_on_page | asks_by_word, manual=mail.manual_id, direction="in").exists()
    newer = FeeQuote.objects.filter(manual=mail.manual_id, quoted_at__gt=mail.written_at)
    return mail.what == Mail.FEE_ACCEPTED and newer.exists()


def is_void(fee: FeeQuote | None) -> bool:
    """Say whether a yes to this fee was written and never left us: then it does not stand."""
    return fee is not None and fee.mails.filter(what=Mail.FEE_ACCEPTED, state=MailState.VOID).exists()


@jobs.handler(SEND)
def send_job(job: jobs.JobView) -> None:
    """Send a mail of ours on its thread, once, if it still may go out."""
    mail = ThreadMail.objects.select_related("fee").get(id=job.subject_id)
    manual = find(mail.manual_id)
    if mail.state == MailState.SENDING:
        _ended(mail, manual, MailState.UNKNOWN, "an earlier run ended in the middle of sending")
        return
    if mail.state != MailState.QUEUED:
        return
    if (why := _stopped(mail, manual, timezone.now())) is not None:
        _ended(mail, manual, MailState.VOID, why)
        return
    mailing = _written(mail, manual)
    try:
        begin(manual, mailing.raw, mail.message_id, mail.what, lambda ref: _take(mail, ref))
    except Overtaken:
        raise jobs.RetryLater("request.changed", AFTER_A_CHANGE) from None  # then it says why it does not go out
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _left(mail, delivery),
        unknown=lambda error: _ended(mail, manual, MailState.UNKNOWN, error.reply),
        refused=lambda error: _ended(mail, manual, MailState.REFUSED, error.reply),
        back=lambda error: _back(mail, manual, error),
    )


def settle(mail: ThreadMail, *, arrived: bool, actor: Actor, now: datetime) -> Refusal | None:
    """Take a person's word on a mail that may have left or was refused: it is there, or goes out again.

    One that something newer overtook goes out no more. Refused with `state.conflict` where nothing is unknown about it.
    """
    with transaction.atomic():
        manual = standing.locked(mail.manual_id)
        row = ThreadMail.objects.select_for_update().get(id=mail.id)
        if row.state not in STUCK:
            return Refusal("state.conflict")
        body = {"mail": row.what, "message_id": row.message_id, "arrived": arrived}
        ref = standing.event(manual, "request.state", actor, body)
        if arrived:
            _sent(row, manual, ref, now)
        elif overtaken(row):
            _mark(row, MailState.VOID, ref)
        elif _mark(row, MailState.QUEUED, ref):
            # A key of its own: this is a new sending that somebody asked for, not the old one again.
            jobs.enqueue(SEND, row.id, key=f"{SEND}:{row.id}:{ref.id}")
    return None


def _stopped(mail: ThreadMail, manual: ManualRequest, now: datetime) -> str | None:
    """Give why a mail does not go out any more; what tells of a request's end goes out although it has ended.

    Where its permission has ended too, the withdrawal alone says so.
    """
    if mail.what in ENDS:
        return "withdrawn" if manual.state == ManualState.WITHDRAWN else None
    consent = manual.request.consent
    assert consent is not None
    if manual.state in OVER:
        return manual.state
    return grants.not_in_force(consent, now) or (NEWER if overtaken(mail) else None)


def _take(mail: ThreadMail, ref: EventRef) -> bool:
    """Take a mail for sending under the lock of its request: whoever ends that comes before or after.

    Raises `jobs.Held` where nothing may go to its recipient; what tells of an end goes out all the same.
    """
    manual = standing.locked(mail.manual_id)
    if mail.what not in ENDS:
        bundles.hold(manual)
    return _stopped(mail, manual, timezone.now()) is None and _mark(mail, MailState.SENDING, ref)


def _written(mail: ThreadMail, manual: ManualRequest) -> Mailing:
    profile, consent = profile_for(manual), manual.request.consent
    assert consent is not None
    words = _words(mail, manual) if mail.what == Mail.ANSWER else ""
    order = thread_answer.ThreadAnswer(
        thread=thread_of(manual),
        to=address_of(profile),
        message_id=mail.message_id,
        utility_name=profile.name,
        last_four=last_four(manual),
        what=mail.what,
        amount=f"${mail.fee.amount}" if mail.fee else "",
        recipient=consent.recipient.legal_name,
        member_pays=mail.fee is not None and mail.fee.payer == Payer.CUSTOMER,
        words=words,
        answered=mail.what == Mail.CLOSED and falling.was_answered(manual),
        fees=tuple(f"${each.amount}" for each in falling.of(manual)) if mail.what == Mail.CLOSED else (),
        page=page_of(manual),
        **_successor(manual) if mail.what == Mail.REPLACED else {},
    )
    return checked(thread_answer.answer(order, destination=destination(), own_servers=profile.contacts.mail_servers))


def _successor(manual: ManualRequest) -> dict[str, Any]:
    row = Succession.objects.select_related("new").get(old=manual)
    return {"newer": row.new.number, "on_paper": row.why == Why.ON_PAPER}


def _words(mail: ThreadMail, manual: ManualRequest) -> str:
    ref = log.append_read(
        "mail.read",
        actor=SENDER,
        subject=manual.request.customer_id,
        purpose="fulfilment",
        obj="mail",
        body={"number": manual.number, "mail": mail.what, "why": "to send it"},
        cnt=1,
    )
    return vault.open(mail.words, under=ref)


def _back(mail: ThreadMail, manual: ManualRequest, error: Exception) -> None:
    with transaction.atomic():
        ref = _event(manual, "mail.failed", {"mail": mail.what, "reply": reply_of(error)}, res="error")
        _mark(mail, MailState.QUEUED, ref)


def _left(mail: ThreadMail, delivery: Delivery) -> None:
    with transaction.atomic():
        manual = standing.locked(mail.manual_id)
        ref = _event(manual, "mail.sent", {"mail": mail.what, "message_id": mail.message_id, **facts_of(delivery)})
        _sent(mail, manual, ref, timezone.now())


def _sent(mail: ThreadMail, manual: ManualRequest, ref: EventRef, now: datetime) -> None:
    if _mark(mail, MailState.SENT, ref, sent_at=now) and manual.state == mail.rests_in and not overtaken(mail):
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, happened_at=now)


def _ended(mail: ThreadMail, manual: ManualRequest, new: MailState, reply: str) -> None:
    with transaction.atomic():
        ref = _event(manual, "mail.failed", {"mail": mail.what, "state": new.value, "reply": reply[:200]}, res="error")
        _mark(mail, new, ref)
        _say(mail, manual, new, reply, ref)


def _say(mail: ThreadMail, manual: ManualRequest, new: MailState, why: str, ref: EventRef) -> None:
    if new == MailState.VOID and mail.what in (Mail.CLOSED, Mail.REPLACED):
        return  # its permission ended meanwhile: the withdrawal says it, and nobody has to do anything
    what = {
        MailState.UNKNOWN: "was our answer sent?",
        MailState.REFUSED: "the co-op's server refused our answer",
        MailState.VOID: "our answer was not sent",
    }[new]
    detail = "Nothing is sent again by itself." if new != MailState.VOID else "Nothing permits it now."
    if why == NEWER:
        detail = "The co-op said something newer meanwhile: decide, or answer, anew."
    tell_staff(f"Request {manual.number}: {what}", detail, key=f"{new}:{mail.id}:{ref.id}", manual=manual)


def _mark(mail: ThreadMail, new: MailState, ref: EventRef, **more: datetime) -> bool:
    rows = ThreadMail.objects.filter(id=mail.id, state=mail.state)
    marked = rows.update(state=new, audit_event_id=ref.id, **more)
    if marked:
        mail.state = new
    if marked and new == MailState.VOID and mail.what == Mail.FEE_ACCEPTED and mail.fee_id is not None:
        jobs.enqueue(FEE_TOLD, mail.fee_id, key=f"{FEE_TOLD}:void:{mail.id}")
    return bool(marked)


def _event(manual: ManualRequest, act: str, body: dict[str, object], *, res: str = "ok") -> EventRef:
    return standing.event(manual, act, SENDER, body, res=res)
