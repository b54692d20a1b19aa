"""Jobs of a consent's life: the turn of the day, and the notes that go with each end (actions)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.jobs import JobView, standing
from broker.parties.models import EmailLink
from broker.terms import EventRef
from broker.transport import Proof, ProvenAddress
from consents import effects, electronic, expiry, reminders, renewal, terms
from consents.actions import LIFE, central_today, decline_number
from consents.models import Consent
from consents.stopping.lifecycle import Kind

DAY = "consent.day"
CLOCK = standing.daily(DAY)


@jobs.handler(DAY)
def day_job(_job: JobView) -> None:
    """Enqueue what today brings, and come again at the next midnight Central.

    A worker sees to one such job on each day on which it runs, so no chain of jobs can break.
    """
    now = timezone.now()
    expiry.enqueue_due(now)
    reminders.enqueue_due(now)
    terms.enqueue_due()
    tomorrow = central_today(now) + timedelta(days=1)
    with transaction.atomic():
        jobs.enqueue(DAY, CLOCK, due_at=expiry.midnight(tomorrow), key=f"{DAY}:begins:{tomorrow}")


@jobs.handler("consent.ran_out")
def ran_out_job(job: JobView) -> None:
    """Tell her and the recipient that a consent ran out."""
    consent = _consent(job)
    _to_her("ran_out", consent, key=f"ran_out:{consent.id}")
    _to_recipient("ran_out_recipient", consent)


@jobs.handler("consent.replaced")
def replaced_job(job: JobView) -> None:
    """Tell her and the recipient which consent took the place of this one, and what is different."""
    consent = _consent(job)
    newer = renewal.successor(consent)
    assert newer is not None  # this job is enqueued by the move that put it in the place
    facts: dict[str, object] = {"newer": newer.number, "closed": _closed(consent)}
    more = {**facts, "lines": renewal.lines(consent, newer)}
    _to_her("replaced", consent, key=f"replaced:{consent.id}", more=more)
    _to_recipient("replaced_recipient", consent, more=facts)


@jobs.handler("consent.paused")
def paused_job(job: JobView) -> None:
    """Tell her that a consent which nobody used rests, and how she resumes it."""
    consent = _consent(job)
    _to_her("paused", consent, key=f"paused:{consent.id}:{job.id}")


@jobs.handler("consent.declined")
def declined_job(job: JobView) -> None:
    """Mail the receipt of a "no" to the mailbox behind the link; nothing else of the person is kept."""
    link = EmailLink.objects.select_related("organisation").get(id=job.subject_id)
    assert link.organisation
    event = log.append_read(
        "draft.read", actor=LIFE, subject=link.id, purpose="operations", obj="link", body={"why": "receipt"}, cnt=1
    )
    email = vault.open(link.email, under=event)
    with transaction.atomic():
        notices.send_later(
            "declined_receipt",
            to=ProvenAddress(email, Proof("invitation", str(link.id))),
            subject=link.id,
            language=link.language,
            context={"number": decline_number(link.id, job.created_at), "who": link.organisation.legal_name},
            key=f"declined_receipt:{link.id}",
        )


def _closed(consent: Consent) -> list[str]:
    """Give the numbers of the requests to the co-op that ended with a consent."""
    requests = (Kind.UTILITY_REQUEST, Kind.JOBS)
    return [each.label for each in effects.targets(consent) if each.kind in requests and each.label]


def _consent(job: JobView) -> Consent:
    return Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)


def _to_her(template: str, consent: Consent, *, key: str, more: dict[str, object] | None = None) -> None:
    now = timezone.now()
    to = electronic.address(consent.customer, actor=LIFE, why="receipt")
    context = {**reminders.facts(consent, now=now), "at": consent.ended_at, **(more or {})}
    with transaction.atomic():
        ref = EventRef(consent.audit_event_id)
        if to is None:
            ref = log.append("electronic.printed", actor=LIFE, subject=consent.customer_id, body={"template": template})
        electronic.deliver(template, consent, to=to, context=context, key=key, ref=ref, now=now)


def _to_recipient(template: str, consent: Consent, *, more: dict[str, object] | None = None) -> None:
    facts = {"number": consent.number, "who": consent.recipient.legal_name, "at": consent.ended_at}
    with transaction.atomic():
        notices.send_later(
            template,
            to=ProvenAddress(consent.recipient.contact_email, Proof("party", str(consent.recipient_id))),
            subject=consent.recipient_id,
            language="en",
            context={**facts, **(more or {})},
            key=f"{template}:{consent.id}",
        )
