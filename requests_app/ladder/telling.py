"""The customer is told how her request stands: late, a day that the co-op named, an end without answer (jobs)."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic, reminders
from requests_app import what_asked
from requests_app.decision import PASSING_STATES
from requests_app.ladder.climbing import TOLD
from requests_app.ladder.deciding import ENDED
from requests_app.ladder.models import LadderStep, LastDecision
from requests_app.ladder.words import Choice, Step
from requests_app.lifecycle import OWED
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest

WRITER = SERVICE("notices")
RENEWAL = "ladder.renewal"


@jobs.handler(TOLD)
def told_job(job: jobs.JobView) -> None:
    """Tell the customer that the answer is late, or on which day her co-op wants to send it; once for each step."""
    rows = LadderStep.objects.select_related(
        "manual__request__consent__customer", "manual__request__consent__recipient"
    )
    step = rows.get(id=job.subject_id)
    manual, consent = step.manual, step.manual.request.consent
    if consent is None or consent.state not in PASSING_STATES or manual.state not in OWED:
        return  # answered or ended meanwhile
    key = f"ladder:{step.id}"
    if step.step == Step.PROMISED:
        context = {**_facts(manual), "promised_for": step.about}
        message = electronic.Message("request_promised", consent.customer, context, key, consent)
    else:
        context = {**_facts(manual), "due": step.about, "promised_for": manual.promised_for}
        message = electronic.Message("request_late", consent.customer, context, key, consent)
    electronic.tell(message, why="how a request stands", actor=WRITER, now=timezone.now())


@jobs.handler(ENDED)
def ended_job(job: jobs.JobView) -> None:
    """Tell the customer that her request ended without an answer and what she can do, and the recipient that it did."""
    rows = LastDecision.objects.select_related(
        "manual__request__consent__customer", "manual__request__consent__recipient", "manual__request__organisation"
    )
    made = rows.get(id=job.subject_id)
    manual, asked = made.manual, made.manual.request
    consent = asked.consent
    if consent is None or consent.state not in PASSING_STATES:
        return  # she hears of the end of her permission itself
    context = {
        **_facts(manual),
        "asks": made.choice == Choice.UPLOAD,
        "share_path": reverse("my-share-file", args=[consent.id]),
        "portal": profile_for(manual).contacts.portal.value,
    }
    message = electronic.Message("request_unanswered", consent.customer, context, f"unanswered:{made.id}", consent)
    electronic.tell(message, why="how a request stands", actor=WRITER, now=timezone.now())
    with transaction.atomic():
        notices.send_later(
            "unanswered_recipient",
            to=ProvenAddress(asked.organisation.contact_email, Proof("party", str(asked.organisation_id))),
            subject=asked.organisation_id,
            context={
                "number": manual.number,
                "path": reverse("api-request", args=[asked.id]),
                "asks": made.choice == Choice.UPLOAD,
            },
            key=f"unanswered-recipient:{made.id}",
        )


@jobs.handler(RENEWAL)
def renewal_job(job: jobs.JobView) -> None:
    """Offer a renewal where the permission ends before the day on which the answer is due (field guide 5.4)."""
    rows = ManualRequest.objects.select_related("request__consent__customer", "request__consent__recipient")
    manual = rows.get(id=job.subject_id)
    consent, now = manual.request.consent, timezone.now()
    if consent is None or consent.state not in PASSING_STATES:
        return
    context = reminders.facts(consent, now=now)
    message = electronic.Message("ends_soon", consent.customer, context, f"outlived:{manual.id}", consent)
    electronic.tell(message, why="reminder", actor=WRITER, now=now)


def _facts(manual: ManualRequest) -> dict[str, Any]:
    consent = manual.request.consent
    assert consent is not None
    return {
        "number": manual.number,
        "who": consent.recipient.legal_name,
        "utility_name": profile_for(manual).name,
        **what_asked.of(manual),
        "my_path": reverse("my"),
    }
