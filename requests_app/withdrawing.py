"""The job that takes a sent letter back, once: one mail for all requests whose letters went out together (actions).

A withdrawal is moved to “sending” in a commit of its own before the first byte leaves, like the letter itself. Of the
requests that went out in one mail under one permission, the first one's job writes for all, so that a billing desk
reads one mail and not several near-equal ones.
"""

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.channels.manual_request import Fee, Mailing, Withdrawal, withdrawal
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.terms import EventRef
from broker.transport import Delivery, DeliveryUnknown, PermanentRefusal
from consents.renewal import successor
from consents.stopping import progress
from consents.stopping.lifecycle import Ended, Kind, Reached, ended_by
from consents.stopping.models import Stop
from requests_app.alerts import tell_staff
from requests_app.desk import bundles
from requests_app.desk.mail import last_fours, thread_of
from requests_app.fees import answering, falling
from requests_app.fees.lifecycle import Payer
from requests_app.handing_over import checked, hand_over
from requests_app.ladder import asking
from requests_app.lifecycle import WithdrawalState
from requests_app.mailing import Overtaken, address_of, destination, event, facts_of, find, profile_for, reply_of
from requests_app.models import ManualRequest, Message
from requests_app.sending import AFTER_THE_LETTER

KIND = "withdrawal"


@jobs.handler("manual.withdraw")
def withdraw_job(job: jobs.JobView) -> None:
    """Tell the billing desk, on the same thread and once, that the letter is no longer valid."""
    manual = find(job.subject_id)
    if manual.withdrawal == WithdrawalState.SENDING:
        if _leads(manual):  # else that one's own job says what became of the mail
            _leave_to_a_person(manual)
        return
    if manual.withdrawal != WithdrawalState.QUEUED:
        return
    together = _together(manual)
    if together[0].id != manual.id:
        return  # that one's job, enqueued with this one, takes all of them
    if any(_is_being_sent(each) or asking.is_being_sent(each) or answering.is_being_sent(each) for each in together):
        raise jobs.RetryLater("send.running", AFTER_THE_LETTER)  # the co-op gets the letter first, then this
    mailing = _mailing(together)
    try:
        bundles.begin_all(together, mailing, message_id=manual.withdrawal_id, kind=KIND, take=_out)
    except Overtaken:
        return
    except bundles.Changed:
        raise jobs.RetryLater("request.changed", AFTER_THE_LETTER) from None
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _sent(together, delivery),
        unknown=_unknown,
        refused=lambda error: _refused(together, error),
        back=lambda error: _back(together, error),
    )


def _together(manual: ManualRequest) -> list[ManualRequest]:
    """Give what is called back in one mail with a request: out with it, of the same permission; the mail's owner first.

    The order is the same whichever of them asks.
    """
    mail = bundles.mail_of(manual)
    rows = [
        each
        for each in bundles.all_in(manual)
        if each.withdrawal == WithdrawalState.QUEUED and each.request.consent_id == manual.request.consent_id
    ]
    return sorted(rows, key=lambda each: (mail is None or each.id != mail.manual_id, each.created_at, str(each.id)))


def _withdrawn_in(manual: ManualRequest) -> list[ManualRequest]:
    """Give the requests that a request's newest withdrawal takes back, itself first."""
    mail = Message.objects.filter(manual=manual, direction="out", kind=KIND).order_by("-at").first()
    rows = ManualRequest.objects.filter(enclosed_in__message=mail).order_by("created_at", "id") if mail else []
    return [manual, *rows]


def _leads(manual: ManualRequest) -> bool:
    return Message.objects.filter(manual=manual, direction="out", kind=KIND).exists()


def _leave_to_a_person(first: ManualRequest) -> None:
    with transaction.atomic():
        for manual in _withdrawn_in(first):
            if manual.withdrawal != WithdrawalState.SENDING:
                continue
            tell_staff(
                f"Request {manual.number}: was the withdrawal sent?",
                "An earlier run ended in the middle of sending. Please ask the billing desk by phone.",
                key=f"withdrawal-unknown:{manual.id}",
                manual=manual,
            )
            ref = event(manual, "request.unproven", {"message_id": first.withdrawal_id}, res="error")
            progress.alarm_about(Kind.UTILITY_REQUEST, manual.id, "unknown", ref=ref, now=timezone.now())


def _is_being_sent(manual: ManualRequest) -> bool:
    """Whether a worker holds the letter's own job at this moment."""
    ids = {manual.id, bundles.carrier_of(manual) or manual.id}
    jobs_of_it = Job.objects.filter(kind="manual.send", subject_id__in=ids, state=JobState.RUNNING)
    return jobs_of_it.filter(lease_until__gt=timezone.now()).exists()


def _sent(manuals: list[ManualRequest], delivery: Delivery) -> None:
    with transaction.atomic():
        for each in manuals:
            body = {"message_id": manuals[0].withdrawal_id, **facts_of(delivery)}
            ref = event(each, "request.withdrawn", body)
            _mark(each, WithdrawalState.SENT, ref)
            done, now = Reached.DONE, timezone.now()
            progress.settle(Kind.UTILITY_REQUEST, each.id, done, "withdrawn", ref=ref, now=now)


def _unknown(error: DeliveryUnknown) -> None:
    raise error  # the state says “sending”: the next run tells a person


def _refused(manuals: list[ManualRequest], error: PermanentRefusal) -> None:
    with transaction.atomic():
        for each in manuals:
            ref = event(each, "mail.failed", {"mail": KIND, "reply": error.reply}, res="error")
            _mark(each, WithdrawalState.REFUSED, ref)
            progress.alarm_about(Kind.UTILITY_REQUEST, each.id, "refused", ref=ref, now=timezone.now())
            what = f"Request {each.number}: the withdrawal was refused"
            tell_staff(what, "Please call the billing desk.", key=f"withdrawal-refused:{each.id}", manual=each)


def _back(manuals: list[ManualRequest], error: Exception) -> None:
    with transaction.atomic():
        for each in manuals:
            ref = event(each, "mail.failed", {"mail": KIND, "reply": reply_of(error)}, res="error")
            _mark(each, WithdrawalState.QUEUED, ref)


def _mailing(manuals: list[ManualRequest]) -> Mailing:
    first = manuals[0]
    profile, consent, letter = profile_for(first), first.request.consent, bundles.mail_of(first)
    assert consent is not None
    newer, stop = successor(consent), Stop.objects.filter(consent=consent).first()
    falls = [(each.number, fee) for each in manuals for fee in falling.of(each)]
    order = Withdrawal(
        thread=thread_of(first),
        to=address_of(profile),
        message_id=first.withdrawal_id,
        utility_name=profile.name,
        requests=tuple((each.number, ", ".join(last_fours(each))) for each in manuals),
        letter_number=consent.letter.number,
        newer_letter=newer.letter.number if newer else "",
        by_member=stop is not None and ended_by(stop.because, stop.how) == Ended.HER,
        answered=any(falling.was_answered(each) for each in manuals),
        fees=tuple(Fee(number, f"${fee.amount}", fee.payer == Payer.CUSTOMER) for number, fee in falls),
        parent=letter.message_id if letter else "",
    )
    return checked(withdrawal(order, destination=destination(), own_servers=profile.contacts.mail_servers))


def _out(manual: ManualRequest, ref: EventRef) -> bool:
    return _mark(manual, WithdrawalState.SENDING, ref)


def _mark(manual: ManualRequest, new: WithdrawalState, ref: EventRef) -> bool:
    rows = ManualRequest.objects.filter(id=manual.id, withdrawal=manual.withdrawal)
    marked = rows.update(withdrawal=new, audit_event_id=ref.id)
    if marked:
        manual.withdrawal = new
    return bool(marked)
