"""Jobs of a consent: send the receipt, tell that sharing stopped (actions)."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import covering, log, store, tlogproof
from broker.inlets import outbound
from broker.jobs import JobView
from broker.terms import PURPOSES, SERVICE, EventRef
from broker.transport import Proof, ProvenAddress
from consents import archiving, electronic, sealing  # noqa: F401 - importing registers their jobs
from consents.actions import stop_token
from consents.comparing import companies
from consents.identity.levels import prove_path
from consents.models import Consent, LetterFile, endings_of
from consents.rules import through
from consents.stopping import attest
from consents.stopping.receipt import to_post

WRITER = SERVICE("notices")
AGAIN = timedelta(minutes=1)  # where the gate could not read the letter


@jobs.handler("consent.receipt")
def receipt_job(job: JobView) -> None:
    """Mail the receipt: the sealed letter, the stop link, and the proof that the grant's own event is in the log."""
    consent = Consent.objects.select_related("letter", "customer", "recipient").get(id=job.subject_id)
    proof = covering.proof_or_wait(EventRef(consent.granted_event), job=job, now=timezone.now())
    to = electronic.address(consent.customer, actor=WRITER, why="receipt")
    delivered = consent.letter.files.get(kind=LetterFile.Kind.DELIVERED)
    read = log.append_read(
        "letter.read",
        actor=WRITER,
        subject=consent.customer_id,
        purpose="operations",
        obj="letter",
        body={"why": "receipt"},
        cnt=1,
    )
    letter = vault.open_file(delivered.file, under=read)
    with outbound.or_later(AGAIN), transaction.atomic():
        if to is None:  # she chose paper since she signed
            facts = {"consent": consent.id, "number": consent.number, "template": "receipt"}
            ref = log.append("electronic.printed", actor=WRITER, subject=consent.customer_id, body=facts)
            to_post(consent, "receipt", letter, ref=ref, now=timezone.now())
            return
        notices.send_later(
            "receipt",
            to=to,
            subject=consent.customer_id,
            language=consent.customer.language,
            context={
                "number": consent.number,
                "who": consent.recipient.legal_name,
                "data_types": consent.data_types,
                "purpose": PURPOSES[consent.purpose],
                "history_from": consent.history_from,
                "history_through": through(consent.history_to) if consent.history_to else None,
                "forward_through": through(consent.forward) if consent.forward else None,
                "onward": companies(consent.onward_recipients),
                "last_day": through(consent.ends),
                "account_ending": endings_of(consent),
                "stop_path": reverse("stop", args=[stop_token(consent.id)]),
                "my_path": reverse("my"),
                "prove_path": prove_path(consent),
                "letter_sha256": bytes(delivered.sha256).hex(),
                "check_path": reverse("check"),
                "log_keys": [key.encode() for key in store.verifier_keys()],
                "checkpoint": tlogproof.parse(proof).note,
            },
            attachments=[
                (f"{consent.letter.number}.pdf", "application/pdf", letter),
                ("receipt.tlog-proof", "text/plain", proof.encode()),
            ],
            key=f"receipt:{consent.id}",
        )


@jobs.handler("consent.stopped")
def stopped_job(job: JobView) -> None:
    """Mail the recipient that sharing stopped, and where to say that copies are deleted (the customer: `stopping`)."""
    consent = Consent.objects.select_related("recipient").get(id=job.subject_id)
    with transaction.atomic():
        notices.send_later(
            "stopped_recipient",
            to=ProvenAddress(consent.recipient.contact_email, Proof("party", str(consent.recipient_id))),
            subject=consent.recipient_id,
            language="en",
            context={
                "number": consent.number,
                "consent_id": str(consent.id),
                "who": consent.recipient.legal_name,
                "at": consent.ended_at,
                **attest.duty(consent),
            },
            key=f"stopped-recipient:{consent.id}",
        )
