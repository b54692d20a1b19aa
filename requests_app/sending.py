"""The job of a manual request that sends its letter, once (actions).

A request is moved to “delivery unknown” in a commit of its own before the first byte leaves. Whoever finds it there
later never sends again: the mail may have arrived, and a person decides.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.transport import Delivery, MailError
from consents.stopping import progress
from consents.stopping.lifecycle import Kind
from requests_app import clock, grants
from requests_app.alerts import tell_staff
from requests_app.desk import bundles, turns
from requests_app.desk.mail import written
from requests_app.handing_over import checked, hand_over
from requests_app.ladder import before
from requests_app.lifecycle import ManualState
from requests_app.mailing import (
    Overtaken,
    event,
    facts_of,
    find,
    pause,
    profile_for,
    reply_of,
)
from requests_app.models import ManualRequest
from requests_app.moves import move

AFTER_THE_LETTER = timedelta(seconds=5)
LOOK_AGAIN = timedelta(hours=4)


@jobs.handler("manual.send")
def send_job(job: jobs.JobView) -> None:
    """Send a request's letter to the billing desk, if the consent still permits it."""
    manual = find(job.subject_id)
    if manual.state == ManualState.DELIVERY_UNKNOWN:
        if not bundles.goes_with_another(manual):  # else that one's own job says what became of the mail
            _leave_to_a_person(manual, "an earlier run ended in the middle of sending")
        return
    if manual.state != ManualState.QUEUED:
        return
    now = timezone.now()
    decided = grants.decide_again(manual.request, channel="manual_request", step="order", now=now)
    if decided.outcome == "refusal":
        _give_up(manual, list(decided.codes))
        return
    if (waits := turns.wait(manual, now=now)) is not None:
        raise jobs.RetryLater(*waits)
    found = before.checked([manual, *bundles.companions(manual, now=now)], now)
    if codes := before.stops(found[0]):
        _hold(manual, codes)
        raise jobs.RetryLater("request.checklist", LOOK_AGAIN)
    fit = [each for each in found if not before.stops(each)]
    together = [each.manual for each in fit]
    mailing = checked(written(together))
    try:
        with transaction.atomic():
            bundles.begin_all(together, mailing)
            for each in together:
                bundles.hold(each)  # the switch may have been pressed since this job began
            before.keep(fit, now)
    except Overtaken:
        return
    except bundles.Changed:
        raise jobs.RetryLater("request.changed", AFTER_THE_LETTER) from None
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _sent(manual, delivery),
        unknown=lambda error: _leave_to_a_person(manual, error.reply),
        refused=lambda error: _not_delivered(manual, error),
        back=lambda error: _back(manual, error, job),
    )


def _hold(manual: ManualRequest, codes: list[str]) -> None:
    """Keep a letter back that the checklist speaks against, and have a person look."""
    with transaction.atomic():
        event(manual, "request.failed", {"codes": codes, "again": True}, res="denied")
        what = f"Request {manual.number}: its letter is kept back"
        detail = f"What was checked: {', '.join(codes)}."
        tell_staff(what, detail, key=f"checklist:{manual.id}:{','.join(codes)}", manual=manual)


def _sent(manual: ManualRequest, delivery: Delivery) -> None:
    now, profile = timezone.now(), profile_for(manual)
    evidence = f"{delivery.host}: {delivery.reply}"[:300]
    proven = delivery.kind == "accepted_by_destination"
    with transaction.atomic():
        for each in bundles.all_in(manual):
            body = {"message_id": manual.message_id, "letter": _letter_number(each), **facts_of(delivery)}
            ref = event(each, "request.sent", body)
            if proven:
                changes = clock.start(now, profile)
                move(each, ManualState.WAITING_ON_UTILITY, ref=ref, sent_at=now, evidence=evidence, **changes)
            else:
                move(each, ManualState.DELIVERY_UNPROVEN, ref=ref, sent_at=now, evidence=evidence)
            # She stopped while it was on its way: it is called back, and both times are shown to her.
            progress.crossed(Kind.UTILITY_REQUEST, each.id, ref=ref, now=now)
            jobs.enqueue("request.told", each.id, key=f"request.told:{each.id}")


def _back(manual: ManualRequest, error: Exception, job: jobs.JobView) -> None:
    with transaction.atomic():
        for each in bundles.all_in(manual):
            ref = event(each, "request.failed", {"reply": reply_of(error), "again": True}, res="error")
            if move(each, ManualState.QUEUED, ref=ref) and each is not manual:
                # Its own job may be done: it found the request on its way in this mail.
                again = timezone.now() + pause(job.waits)
                jobs.enqueue("manual.send", each.id, due_at=again, key=f"manual.send:{each.id}:{ref.id}")


def _not_delivered(manual: ManualRequest, error: MailError) -> None:
    with transaction.atomic():
        for each in bundles.all_in(manual):
            ref = event(each, "request.failed", {"reply": error.reply, "again": False}, res="error")
            move(each, ManualState.NOT_DELIVERED, ref=ref, evidence=f"{error.host}: {error.reply}"[:300])
            what = f"Request {each.number}: the co-op's server refused the mail"
            tell_staff(what, f"It said: {error.reply[:3]}.", key=f"not-delivered:{each.id}", manual=each)


def _leave_to_a_person(manual: ManualRequest, reply: str) -> None:
    with transaction.atomic():
        for each in bundles.all_in(manual):
            if each.state != ManualState.DELIVERY_UNKNOWN:
                continue
            event(each, "request.unproven", {"message_id": manual.message_id, "reply": reply[:200]}, res="error")
            tell_staff(
                f"Request {each.number}: was the mail sent?",
                "The connection or our worker ended in the middle of sending. Nothing is sent again by itself.",
                key=f"delivery-unknown:{each.id}",
                manual=each,
            )


def _give_up(manual: ManualRequest, codes: list[str]) -> None:
    with transaction.atomic():
        if manual.sent_at is not None:
            # It went out before, and the permission may only rest: that first letter still stands, and is not ended.
            ref = event(manual, "request.failed", {"codes": codes, "again": False}, res="denied")
            move(manual, ManualState.DELIVERY_UNPROVEN, ref=ref)
            what = f"Request {manual.number}: it was not sent again"
            tell_staff(what, f"Nothing permits it now: {codes[:3]}.", key=f"not-again:{ref.id}", manual=manual)
            return
        ref = event(manual, "request.withdrawn", {"codes": codes, "sent": False}, res="denied")
        move(manual, ManualState.WITHDRAWN, ref=ref)


def _letter_number(manual: ManualRequest) -> str:
    consent = manual.request.consent
    assert consent is not None
    return consent.letter.number
