"""The receipt of a stop: a PDF with the proof that its own entry stands in the log, mailed to her (actions)."""

from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from broker import jobs, notices, sandbox, vault
from broker.audit import covering, log, receipts, tlogproof
from broker.inlets import outbound
from broker.jobs import JobView
from broker.notices import context as site_context
from broker.terms import SERVICE, EventRef
from consents import effects, electronic
from consents.loa.words import LOG_PROOF_NAME
from consents.models import Consent, PaperNotice
from consents.stopping import beside, seen
from consents.stopping.lifecycle import ended_by
from consents.stopping.models import Stop
from consents.stopping.record import RECEIPT

WRITER = SERVICE("notices")
WALL, CPU = 30.0, 20
AGAIN = timedelta(minutes=1)  # where the gate could not read the receipt


@jobs.handler(RECEIPT)
def receipt_job(job: JobView) -> None:
    """Make the receipt of a stop and mail it; it waits for the log's proof of the stop, and the stop for nothing."""
    stop = Stop.objects.select_related("consent__customer", "consent__recipient").get(consent_id=job.subject_id)
    consent, event = stop.consent, EventRef(stop.audit_event_id)
    proof = covering.proof_or_wait(event, job=job, now=timezone.now())
    to = electronic.address(consent.customer, actor=WRITER, why="stopped")
    pdf = make(stop, proof=proof, made_at=timezone.now(), language=consent.customer.language)
    progress, today = seen.of(consent), timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
    with outbound.or_later(AGAIN), transaction.atomic():
        ref = log.append(
            "stop.receipt",
            actor=WRITER,
            subject=consent.customer_id,
            obj="receipt",
            body={"consent": consent.id, "number": consent.number},
        )
        if to is None:
            to_post(consent, "stopped", pdf, ref=ref, now=timezone.now())
            return
        notices.send_later(
            "stopped",
            to=to,
            subject=consent.customer_id,
            language=consent.customer.language,
            context={
                "number": consent.number,
                "who": consent.recipient.legal_name,
                "at": consent.ended_at,
                "by": str(ended_by(stop.because, stop.how)),
                "nothing_left": bool(progress and progress.nothing_left),
                "my_path": reverse("my-stop", args=[consent.id]),
                "ended_with": [each.number for each in beside.ending_with(consent)],
                "standing": [each.number for each in beside.standing(consent, today)],
                "charges": [asdict(each) for each in effects.charges(consent)],
            },
            attachments=[
                (f"{consent.number}-stop.pdf", "application/pdf", pdf),
                (LOG_PROOF_NAME, "text/plain", proof.encode()),
            ],
            key=f"stopped:{consent.id}",
        )


def to_post(consent: Consent, template: str, pdf: bytes, *, ref: EventRef, now: datetime) -> None:
    """Keep a PDF for a customer who deals on paper, once, for staff to print and post; under the caller's event."""
    key = f"{template}:{consent.id}"
    if PaperNotice.objects.filter(key=key).exists():
        return
    PaperNotice.objects.create(
        consent=consent,
        template=template,
        file=vault.seal_file(pdf, subject=consent.customer_id, name=f"{template}.pdf", retention=vault.EVIDENCE),
        key=key,
        made_at=now,
        audit_event_id=ref.id,
    )


def make(stop: Stop, *, proof: str, made_at: datetime, language: str) -> bytes:
    """Print the receipt (tagged, PDF/UA-1) in this language. Raises `sandbox.SandboxError`."""
    with translation.override(language):
        payload = {
            "html": html(stop, proof=proof, made_at=made_at, language=language),
            "proof": proof,
            "proof_name": LOG_PROOF_NAME,
            "proof_about": _("Proof that the stop stands in the log"),
            "made_at": made_at.isoformat(),
        }
    answer = sandbox.call("consents.year_report_pdf:report", payload, wall=WALL, cpu=CPU)
    return sandbox.unpack(answer["pdf"])


def html(stop: Stop, *, proof: str, made_at: datetime, language: str) -> str:
    """Write the receipt as HTML; every value is escaped."""
    consent: Consent = stop.consent
    context = {
        **site_context.facts(),
        "css": mark_safe(render_to_string("consents/report.css")),  # noqa: S308 - our own file, no values in it
        "language": language,
        "consent": consent,
        "stop": stop,
        "progress": seen.of(consent),
        "charges": effects.charges(consent),
        "event": stop.audit_event_id,
        "checkpoint": tlogproof.parse(proof).note,
        "receipt": receipts.receipt(EventRef(stop.audit_event_id)),
        "made_at": made_at,
    }
    return render_to_string("consents/stop_receipt.html", context)
