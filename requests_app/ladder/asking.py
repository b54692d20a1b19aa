"""A follow-up leaves us with the safety of the letter itself: never two mails, never a lost one (actions).

Its Message-ID is reserved when it is queued. It is moved to “sending” in a commit of its own before the first byte
leaves; whoever finds it there later never sends again, for it may have arrived. The database refuses the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.channels import follow_up as channel
from broker.channels import manual_request
from broker.channels.manual_request import Mailing
from broker.terms import EventRef
from broker.transport import Delivery, MailError
from requests_app import grants
from requests_app.alerts import each_hour, tell_staff
from requests_app.desk import bundles
from requests_app.desk.mail import last_fours, thread_of
from requests_app.handing_over import checked, hand_over
from requests_app.inbound import reports
from requests_app.ladder import checks, looking, rules
from requests_app.ladder.models import FollowUp, SendingCheck
from requests_app.ladder.open_tasks import holds_back
from requests_app.ladder.words import AskState
from requests_app.lifecycle import OWED
from requests_app.mailing import (
    Overtaken,
    address_of,
    begin,
    destination,
    event,
    facts_of,
    profile_for,
    reply_of,
)
from requests_app.models import ManualRequest

FOLLOW_UP = "manual.follow_up"
KIND = "follow_up"
# What a follow-up can do; `broker.db.evidence_ladder` has the same in the database's own words.
MOVES: dict[AskState, frozenset[AskState]] = {
    AskState.QUEUED: frozenset({AskState.SENDING, AskState.CANCELLED}),
    # Back to queued: nothing left us.
    AskState.SENDING: frozenset({AskState.QUEUED, AskState.SENT, AskState.UNKNOWN, AskState.REFUSED}),
    AskState.SENT: frozenset({AskState.REFUSED}),  # it came back
    AskState.UNKNOWN: frozenset({AskState.SENT, AskState.REFUSED}),  # a report said what became of it
    AskState.REFUSED: frozenset(),
    AskState.CANCELLED: frozenset(),
}


def queue(manual: ManualRequest, now: datetime) -> FollowUp:
    """Reserve the next follow-up of a request and enqueue its sending, in the caller's transaction."""
    number = 1 + FollowUp.objects.filter(manual=manual).exclude(state=AskState.CANCELLED).count()
    ref = event(manual, "request.state", {"state": "asking again", "follow_up": number})
    ask = FollowUp.objects.create(
        manual=manual,
        number=number,
        message_id=manual_request.message_id(manual.thread_token),
        state=AskState.QUEUED,
        day=looking.calendar_of(manual).today(now),
        created_at=now,
        audit_event_id=ref.id,
    )
    jobs.enqueue(FOLLOW_UP, ask.id, key=f"{FOLLOW_UP}:{ask.id}")
    return ask


@jobs.handler(FOLLOW_UP)
def follow_up_job(job: jobs.JobView) -> None:
    """Ask the utility again, if at this moment all still speaks for it; else say why not, and send nothing."""
    rows = FollowUp.objects.select_related("manual__request__consent__recipient", "manual__request__consent__customer")
    ask, now = rows.get(id=job.subject_id), timezone.now()
    if ask.state == AskState.SENDING:
        _unknown(ask, "an earlier run ended in the middle of sending")
        return
    if ask.state != AskState.QUEUED:
        return
    if (code := _why_not(ask, now)) is not None:
        _cancel(ask, [code])
        return
    calendar = looking.calendar_of(ask.manual)
    if not rules.in_office(calendar, now):
        raise jobs.RetryLater("ask.office_closed", rules.next_opening(calendar, now) - now)
    if codes := forbidden(ask.manual, now):
        _cancel(ask, codes)
        return
    found = looking.checklist(ask.manual, now)
    mailing = _mailing(ask)
    try:
        begin(ask.manual, mailing.raw, ask.message_id, KIND, lambda ref: _take(ask, found, ref, now))
    except Overtaken:
        return
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _sent(ask, delivery),
        unknown=lambda error: _unknown(ask, error.reply),
        refused=lambda error: _refused(ask, error),
        back=lambda error: _back(ask, error),
    )


def forbidden(manual: ManualRequest, now: datetime) -> list[str]:
    """Give the codes for which no mail of this request may leave now: of the consent's rules, and of the checklist."""
    decided = grants.decide_again(manual.request, channel="manual_request", step="order", now=now)
    return [*decided.codes, *checks.stops(looking.checklist(manual, now))]


def came_back(manual: ManualRequest, read: Mapping[str, Any], ref: EventRef, now: datetime) -> None:
    """Follow a report about a later mail of ours on this thread, in the caller's transaction.

    A report can be written by anybody: a follow-up that came back is not sent again, and a person is told.
    """
    report = read.get("report") or {}
    named = {str(report.get("original") or ""), *read["refers_to"]}
    ask = FollowUp.objects.filter(manual=manual, message_id__in=named).first()
    action = reports.action_for(report, address_of(profile_for(manual)).address)
    if action == "failed":
        if ask is not None:
            _mark(ask, AskState.REFUSED, ref, evidence="came back")
        what = f"Request {manual.number}: a later mail of ours came back"
        detail = "A report says so. Please ask the billing desk by phone whether its address is still right."
        tell_staff(what, detail, key=each_hour(f"later-bounced:{manual.id}", now), manual=manual)
    elif action == "delivered" and ask is not None and ask.state == AskState.UNKNOWN:
        _mark(ask, AskState.SENT, ref, evidence="success report through a relay")


def is_being_sent(manual: ManualRequest) -> bool:
    """Say whether a worker may be handing over a follow-up of this request at this moment."""
    return FollowUp.objects.filter(manual=manual, state=AskState.SENDING).exists()


def _why_not(ask: FollowUp, now: datetime) -> str | None:
    """Give the code of what speaks against it now; the ladder makes a new one where it still is due later."""
    manual = ask.manual
    if manual.state not in OWED:
        return "ask.not_owed"
    if holds_back(manual, now):
        return "ask.unread"
    if manual.paused_on is not None:
        return "ask.resting"
    dates, calendar = looking.dates_of(manual), looking.calendar_of(manual)
    if dates is None or calendar.today(now) <= max(dates.due, dates.promised_for or dates.due):
        return "ask.not_due"  # the dates moved meanwhile: a closing day, a named day
    return None


def _take(ask: FollowUp, found: list[checks.Check], ref: EventRef, now: datetime) -> bool:
    """Take the follow-up for sending, under the lock of its request: whoever ends that comes before or after."""
    manual = ManualRequest.objects.select_for_update(of=("self",)).get(id=ask.manual_id)
    if manual.state not in OWED or manual.paused_on is not None or holds_back(manual, now):
        return False
    if not _mark(ask, AskState.SENDING, ref, asked_at=now):
        return False
    record(ask.manual, KIND, found, ref=ref, now=now)
    return True


def record(manual: ManualRequest, mail: str, found: list[checks.Check], *, ref: EventRef, now: datetime) -> None:
    """Keep what was checked before a mail left, under the event of its sending."""
    results = [{"code": each.code, "ok": each.ok} for each in found]
    SendingCheck.objects.create(manual=manual, mail=mail, results=results, at=now, audit_event_id=ref.id)


def _mailing(ask: FollowUp) -> Mailing:
    manual, profile = ask.manual, profile_for(ask.manual)
    consent = manual.request.consent
    assert consent is not None
    letter = bundles.mail_of(manual)  # its own mail, or another request's that it went with
    earlier = FollowUp.objects.filter(manual=manual, state__in=looking.ASKED).order_by("number")
    order = channel.FollowUp(
        thread=thread_of(manual),
        to=address_of(profile),
        message_id=ask.message_id,
        earlier=(letter.message_id if letter else manual.message_id, *earlier.values_list("message_id", flat=True)),
        utility_name=profile.name,
        last_fours=last_fours(manual),
        letter_number=consent.letter.number,
        sent_on=manual.sent_at.astimezone(profile.tz).date() if manual.sent_at else None,
        promised_for=manual.promised_for,
        number=ask.number,
    )
    return checked(channel.follow_up(order, destination=destination(), own_servers=profile.contacts.mail_servers))


def _back(ask: FollowUp, error: Exception) -> None:
    with transaction.atomic():
        ref = event(ask.manual, "mail.failed", {"mail": KIND, "reply": reply_of(error)}, res="error")
        _mark(ask, AskState.QUEUED, ref)


def _sent(ask: FollowUp, delivery: Delivery) -> None:
    with transaction.atomic():
        body = {"follow_up": ask.number, "message_id": ask.message_id, **facts_of(delivery)}
        ref = event(ask.manual, "sla.follow_up", body)
        _mark(ask, AskState.SENT, ref, evidence=f"{delivery.host}: {delivery.reply}"[:300])


def _refused(ask: FollowUp, error: MailError) -> None:
    with transaction.atomic():
        ref = event(ask.manual, "mail.failed", {"mail": KIND, "reply": error.reply[:200]}, res="error")
        _mark(ask, AskState.REFUSED, ref, evidence=f"{error.host}: {error.reply}"[:300])
        what = f"Request {ask.manual.number}: the co-op's server refused follow-up {ask.number}"
        detail = f"It said: {error.reply[:3]}. Please call the billing desk."
        tell_staff(what, detail, key=f"ask-refused:{ask.id}", manual=ask.manual)


def _unknown(ask: FollowUp, reply: str) -> None:
    with transaction.atomic():
        body = {"mail": KIND, "message_id": ask.message_id, "reply": reply[:200]}
        ref = event(ask.manual, "request.unproven", body, res="error")
        if not _mark(ask, AskState.UNKNOWN, ref, evidence=reply[:300]):
            transaction.set_rollback(True)
            return
        what = f"Request {ask.manual.number}: was follow-up {ask.number} sent?"
        detail = "The connection or our worker ended in the middle of sending. Nothing is sent again by itself."
        tell_staff(what, detail, key=f"ask-unknown:{ask.id}", manual=ask.manual)


def _cancel(ask: FollowUp, codes: list[str]) -> None:
    with transaction.atomic():
        body = {"follow_up": ask.number, "codes": codes, "sent": False}
        ref = event(ask.manual, "request.state", {"state": "not asked again", **body}, res="denied")
        if not _mark(ask, AskState.CANCELLED, ref):
            transaction.set_rollback(True)
            return


def _mark(ask: FollowUp, new: AskState, ref: EventRef, **changes: Any) -> bool:
    if new not in MOVES[AskState(ask.state)]:
        return False
    rows = FollowUp.objects.filter(id=ask.id, state=ask.state)
    if not rows.update(state=new, audit_event_id=ref.id, **changes):
        return False
    ask.state = new
    return True
