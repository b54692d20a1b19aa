"""Jobs that tell people of a fee or a question: the customer, and the recipient who pays (actions)."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices
from broker.notices.models import Notice
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.lifecycle import State
from consents.models import Consent
from consents.stopping.lifecycle import Ended, ended_by
from consents.stopping.models import Stop
from requests_app import what_asked
from requests_app.decision import PASSING_STATES
from requests_app.fees import answering, asking, deciding
from requests_app.fees.lifecycle import Answer, Asks, FeeState, Payer, SaidBy
from requests_app.fees.models import FeeQuote, Question, Reply
from requests_app.lifecycle import ManualState
from requests_app.mailing import find, pause, profile_for
from requests_app.models import ManualRequest

WRITER = SERVICE("notices")
ON_HOLD = (State.SUSPENDED, State.PAUSED_DORMANT)  # it may be in force again


@jobs.handler(deciding.TOLD)
def fee_told_job(job: jobs.JobView) -> None:
    """Tell who is concerned of a decided fee: a payer of the yes, a customer of the end because of costs.

    Where a yes never left us the customer who gave it is told, once, and a recipient that was told of it.
    """
    fee = FeeQuote.objects.get(id=job.subject_id)
    manual = find(fee.manual_id)
    if fee.state == FeeState.DECLINED and manual.state != ManualState.WITHDRAWN:
        message = _to_her("fee_declined", manual, fee, f"fee-declined:{fee.id}")
        electronic.tell(message, why="a fee was declined", actor=WRITER, now=timezone.now())
    elif answering.is_void(fee):  # the utility never heard the yes: nobody is told that it stands
        _take_back(manual, fee)
    elif fee.payer == Payer.CUSTOMER:
        on_page = Reply.objects.filter(question__fee=fee, answer=Answer.YES, how=SaidBy.PAGE).exists()
        message = _to_her("fee_accepted", manual, fee, f"fee-accepted:{fee.id}", on_page=on_page)
        electronic.tell(message, why="a fee was accepted", actor=WRITER, now=timezone.now())
    elif fee.payer == Payer.RECIPIENT:
        _tell_recipient(manual, fee, "fee_accepted_recipient", f"fee-accepted-recipient:{fee.id}")


@jobs.handler(asking.TOLD)
def question_told_job(job: jobs.JobView) -> None:
    """Tell the customer that her co-op needs something of her, and where she answers; once, while it waits for her.

    Where her permission is on hold it waits, and she is told once the hold is lifted.
    """
    question = Question.objects.select_related("fee").get(id=job.subject_id)
    manual = find(question.manual_id)
    consent = _consent(manual)
    if asking.waiting(manual) != question:
        return
    if consent.state in ON_HOLD:
        raise jobs.RetryLater("consent.suspended", pause(job.waits))
    if consent.state not in PASSING_STATES:
        return
    context = {
        **_context(manual, question.fee),
        "is_fee": question.asks == Asks.FEE,
        "on_paper": electronic.on_paper(consent.customer),
        "path": reverse("my-request-question", args=[manual.id]),
    }
    message = electronic.Message("request_question", consent.customer, context, f"question:{question.id}", consent)
    electronic.tell(message, why="your co-op needs something of you", actor=WRITER, now=timezone.now())


def _to_her(template: str, manual: ManualRequest, fee: FeeQuote, key: str, **more: bool) -> electronic.Message:
    consent = _consent(manual)
    return electronic.Message(template, consent.customer, _context(manual, fee) | more, key, consent)


def _context(manual: ManualRequest, fee: FeeQuote | None) -> dict[str, object]:
    return {
        "number": manual.number,
        "who": _consent(manual).recipient.legal_name,
        "utility_name": profile_for(manual).name,
        "amount": f"${fee.amount}" if fee else "",
        **what_asked.of(manual),
        "my_path": reverse("my"),
    }


def _take_back(manual: ManualRequest, fee: FeeQuote) -> None:
    """Say that a yes does not stand: to her who gave it, and to a recipient that was told of it."""
    if fee.payer == Payer.CUSTOMER and not _stopped_by_her(manual):
        message = _to_her("fee_void", manual, fee, f"fee-void:{fee.id}")
        electronic.tell(message, why="a fee is not to be paid", actor=WRITER, now=timezone.now())
    elif Notice.objects.filter(key=f"fee-accepted-recipient:{fee.id}").exists():
        _tell_recipient(manual, fee, "fee_void_recipient", f"fee-void-recipient:{fee.id}")


def _stopped_by_her(manual: ManualRequest) -> bool:
    """Say whether she ended the permission herself: what she is told of her stop names the fee already."""
    stop = Stop.objects.filter(consent=_consent(manual)).first()
    return stop is not None and ended_by(stop.because, stop.how) == Ended.HER


def _tell_recipient(manual: ManualRequest, fee: FeeQuote, template: str, key: str) -> None:
    organisation = _consent(manual).recipient
    with transaction.atomic():
        notices.send_later(
            template,
            to=ProvenAddress(organisation.contact_email, Proof("party", str(organisation.id))),
            subject=organisation.id,
            context={
                "number": manual.number,
                "utility_name": profile_for(manual).name,
                "amount": f"${fee.amount}",
                "path": reverse("api-request", args=[manual.request_id]),
            },
            key=key,
        )


def _consent(manual: ManualRequest) -> Consent:
    consent = manual.request.consent
    if consent is None:
        raise LookupError("a manual request without a consent")
    return consent
