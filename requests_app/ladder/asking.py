"""A follow-up leaves us with the safety of the letter itself: never two mails, never a lost one (actions).

Its Message-ID is reserved when it is queued. It is moved to “sending” in a commit of its own before the first byte
leaves; whoever finds it there later never sends again, for it may have arrived. The database refuses the same.
Requests of one customer that left in one mail and are due at once are asked about in one mail: the job of the first
one writes for all, each keeps its row, its number and its events, and what becomes of the mail is said of each.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from broker import jobs
from broker.channels import manual_request
from broker.jobs.models import Job
from broker.jobs.states import OPEN
from broker.terms import EventRef
from broker.transport import Delivery, MailError
from requests_app import grants
from requests_app.alerts import each_hour, tell_staff
from requests_app.desk import bundles
from requests_app.handing_over import hand_over
from requests_app.inbound import reports
from requests_app.ladder import asking_mail, checks, looking, rules
from requests_app.ladder.models import FollowUp, SendingCheck
from requests_app.ladder.open_tasks import holds_back
from requests_app.ladder.words import AskState
from requests_app.lifecycle import OWED
from requests_app.mailing import Overtaken, address_of, event, facts_of, profile_for, reply_of
from requests_app.models import ManualRequest

FOLLOW_UP = "manual.follow_up"
KIND = "follow_up"
AFTER_A_CHANGE = timedelta(seconds=5)
WITH_ANOTHER = timedelta(minutes=10)  # until we look again what became of a mail that another one's job sends
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
    """Ask the utility again, in one mail about all that left together and is due now; each only if all speaks for it.

    Raises `RetryLater` where another one's job sends the mail: should that not come about, this one does.
    """
    ask, now = _rows().get(id=job.subject_id), timezone.now()
    if ask.state == AskState.SENDING:
        if ask.went_with_id is not None:
            raise jobs.RetryLater("ask.with_another", WITH_ANOTHER)
        _unknown(in_mail_of(ask), "an earlier run ended in the middle of sending")
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
    asks = _together(ask, now)
    if asks[0].id != ask.id:
        raise jobs.RetryLater("ask.with_another", WITH_ANOTHER)
    mailing = asking_mail.written(asks)
    try:
        _begin(asks, mailing, now)
    except (Overtaken, bundles.Changed):
        raise jobs.RetryLater("request.changed", AFTER_A_CHANGE) from None  # then it says of each why not
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _sent(asks, delivery),
        unknown=lambda error: _unknown(asks, error.reply),
        refused=lambda error: _refused(asks, error),
        back=lambda error: _back(asks, error),
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
    ask = _rows().filter(manual__in=bundles.all_in(manual), message_id__in=named).first()
    asks = in_mail_of(ask) if ask is not None else []
    action = reports.action_for(report, address_of(profile_for(manual)).address)
    if action == "failed":
        for each in asks:
            _mark(each, AskState.REFUSED, ref, evidence="came back")
        for about in [each.manual for each in asks] or [manual]:
            what = f"Request {about.number}: a later mail of ours came back"
            detail = "A report says so. Please ask the billing desk by phone whether its address is still right."
            tell_staff(what, detail, key=each_hour(f"later-bounced:{about.id}", now), manual=about)
    elif action == "delivered":
        for each in asks:
            if each.state == AskState.UNKNOWN:
                _mark(each, AskState.SENT, ref, evidence="success report through a relay")


def is_being_sent(manual: ManualRequest) -> bool:
    """Say whether a worker may be handing over a follow-up of this request at this moment."""
    return FollowUp.objects.filter(manual=manual, state=AskState.SENDING).exists()


def in_mail_of(ask: FollowUp) -> list[FollowUp]:
    """Give the follow-ups whose mail is this one's, itself first."""
    return [ask, *_rows().filter(went_with=ask).order_by("created_at", "id")]


def _rows() -> QuerySet[FollowUp]:
    return FollowUp.objects.select_related("manual__request__consent__recipient", "manual__request__consent__customer")


def _together(ask: FollowUp, now: datetime) -> list[FollowUp]:
    """Give what is asked about in one mail with a follow-up: hers of that mail, queued, and nothing against it.

    The first one's job sends. The order is the same whichever of them asks, but one whose job died leads none.
    """
    others = [each.id for each in bundles.hers_in(ask.manual) if each.id != ask.manual_id]
    if not others:
        return [ask]
    rows = _rows().filter(manual__in=others, state=AskState.QUEUED)
    waiting = [each for each in rows if bundles.barred(each.manual) is None]  # its own job waits as long as it takes
    fit = [each for each in waiting if _why_not(each, now) is None and not forbidden(each.manual, now)]
    asks, mail = [ask, *fit], bundles.mail_of(ask.manual)
    jobs_of_them = Job.objects.filter(kind=FOLLOW_UP, subject_id__in=[each.id for each in asks], state__in=OPEN)
    alive = {ask.id, *jobs_of_them.values_list("subject_id", flat=True)}
    owner = mail.manual_id if mail else None

    def place(each: FollowUp) -> tuple[bool, bool, datetime, str]:
        manual = each.manual
        return (each.id not in alive, manual.id != owner, manual.created_at, manual.number)

    return sorted(asks, key=place)


def _begin(asks: Sequence[FollowUp], mailing: manual_request.Mailing, now: datetime) -> None:
    first = asks[0]
    by_request = {each.manual_id: each for each in asks}
    found = {each.manual_id: looking.checklist(each.manual, now) for each in asks}

    def take(manual: ManualRequest, ref: EventRef) -> bool:
        ask = by_request[manual.id]
        return _take(ask, found[manual.id], ref, now, went_with=None if ask is first else first)

    manuals = [each.manual for each in asks]
    bundles.begin_all(manuals, mailing, message_id=first.message_id, kind=KIND, take=take)


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


def _take(
    ask: FollowUp, found: list[checks.Check], ref: EventRef, now: datetime, *, went_with: FollowUp | None
) -> bool:
    """Take the follow-up for sending, under the lock of its request: whoever ends that comes before or after.

    Raises `jobs.Held` where nothing may go to its recipient.
    """
    bundles.hold(ask.manual)
    manual = ManualRequest.objects.select_for_update(of=("self",)).get(id=ask.manual_id)
    if manual.state not in OWED or manual.paused_on is not None or holds_back(manual, now):
        return False
    if not _mark(ask, AskState.SENDING, ref, asked_at=now, went_with=went_with):
        return False
    record(ask.manual, KIND, found, ref=ref, now=now)
    return True


def record(manual: ManualRequest, mail: str, found: list[checks.Check], *, ref: EventRef, now: datetime) -> None:
    """Keep what was checked before a mail left, under the event of its sending."""
    results = [{"code": each.code, "ok": each.ok} for each in found]
    SendingCheck.objects.create(manual=manual, mail=mail, results=results, at=now, audit_event_id=ref.id)


def _back(asks: Sequence[FollowUp], error: Exception) -> None:
    with transaction.atomic():
        for ask in asks:
            ref = event(ask.manual, "mail.failed", {"mail": KIND, "reply": reply_of(error)}, res="error")
            _mark(ask, AskState.QUEUED, ref, went_with=None)


def _sent(asks: Sequence[FollowUp], delivery: Delivery) -> None:
    with transaction.atomic():
        for ask in asks:
            body = {"follow_up": ask.number, "message_id": asks[0].message_id, **facts_of(delivery)}
            ref = event(ask.manual, "sla.follow_up", body)
            _mark(ask, AskState.SENT, ref, evidence=f"{delivery.host}: {delivery.reply}"[:300])


def _refused(asks: Sequence[FollowUp], error: MailError) -> None:
    with transaction.atomic():
        for ask in asks:
            ref = event(ask.manual, "mail.failed", {"mail": KIND, "reply": error.reply[:200]}, res="error")
            _mark(ask, AskState.REFUSED, ref, evidence=f"{error.host}: {error.reply}"[:300])
            what = f"Request {ask.manual.number}: the co-op's server refused follow-up {ask.number}"
            detail = f"It said: {error.reply[:3]}. Please call the billing desk."
            tell_staff(what, detail, key=f"ask-refused:{ask.id}", manual=ask.manual)


def _unknown(asks: Sequence[FollowUp], reply: str) -> None:
    with transaction.atomic():
        ids = [each.id for each in asks]
        rows = FollowUp.objects.select_for_update().filter(id__in=ids, state=AskState.SENDING).order_by("id")
        still = set(rows.values_list("id", flat=True))  # a report may have said meanwhile what became of the mail
        for ask in asks:
            if ask.id not in still:
                continue
            body = {"mail": KIND, "message_id": asks[0].message_id, "reply": reply[:200]}
            ref = event(ask.manual, "request.unproven", body, res="error")
            _mark(ask, AskState.UNKNOWN, ref, evidence=reply[:300])
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
