"""Job of a manual request: take a letter back that was sent, once (action)."""

from django.db import transaction

from broker import jobs
from broker.channels.manual_request import Mailing, ManualRequestChannel, Withdrawal, withdrawal
from broker.terms import EventRef
from broker.transport import DeliveryUnknown, PermanentRefusal, TemporaryRefusal
from requests_app.alerts import tell_staff
from requests_app.lifecycle import WithdrawalState
from requests_app.mailing import (
    Overtaken,
    address_of,
    begin,
    destination,
    event,
    facts_of,
    find,
    last_four,
    pause,
    profile_for,
    reply_of,
    thread,
)
from requests_app.models import ManualRequest


@jobs.handler("manual.withdraw")
def withdraw_job(job: jobs.JobView) -> None:
    """Tell the billing desk, on the same thread and once, that the letter is no longer valid."""
    manual = find(job.subject_id)
    if manual.withdrawal == WithdrawalState.SENDING:
        with transaction.atomic():
            tell_staff(
                f"Request {manual.number}: was the withdrawal sent?",
                "An earlier run ended in the middle of sending. Please ask the billing desk by phone.",
                key=f"withdrawal-unknown:{manual.id}",
                manual=manual,
            )
        return
    if manual.withdrawal != WithdrawalState.QUEUED:
        return
    mailing = _withdrawal(manual)
    try:
        begin(manual, mailing, "withdrawal", lambda ref: _mark(manual, WithdrawalState.SENDING, ref))
    except Overtaken:
        return
    _hand_over_withdrawal(manual, mailing, job)


def _hand_over_withdrawal(manual: ManualRequest, mailing: Mailing, job: jobs.JobView) -> None:
    try:
        delivery = ManualRequestChannel().hand_over(mailing)
    except DeliveryUnknown:
        raise  # the state says “sending”: the next run tells a person
    except PermanentRefusal as error:
        with transaction.atomic():
            ref = event(manual, "mail.failed", {"mail": "withdrawal", "reply": error.reply}, res="error")
            _mark(manual, WithdrawalState.REFUSED, ref)
            what = f"Request {manual.number}: the withdrawal was refused"
            tell_staff(what, "Please call the billing desk.", key=f"withdrawal-refused:{manual.id}", manual=manual)
    except Exception as error:
        with transaction.atomic():
            ref = event(manual, "mail.failed", {"mail": "withdrawal", "reply": reply_of(error)}, res="error")
            _mark(manual, WithdrawalState.QUEUED, ref)
        if isinstance(error, TemporaryRefusal):
            raise jobs.RetryLater("mail.temporary", pause(job.waits)) from None
        raise
    else:
        with transaction.atomic():
            ref = event(manual, "request.withdrawn", {"message_id": manual.withdrawal_id, **facts_of(delivery)})
            _mark(manual, WithdrawalState.SENT, ref)


def _withdrawal(manual: ManualRequest) -> Mailing:
    profile = profile_for(manual)
    order = Withdrawal(
        thread=thread(manual),
        to=address_of(profile),
        message_id=manual.withdrawal_id,
        utility_name=profile.name,
        last_four=last_four(manual),
    )
    return withdrawal(order, destination=destination(), own_servers=profile.contacts.mail_servers)


def _mark(manual: ManualRequest, new: WithdrawalState, ref: EventRef) -> bool:
    rows = ManualRequest.objects.filter(id=manual.id, withdrawal=manual.withdrawal)
    marked = rows.update(withdrawal=new, audit_event_id=ref.id)
    if marked:
        manual.withdrawal = new
    return bool(marked)
