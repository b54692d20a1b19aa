"""What follows when a second person has compared a signed original: the consent, its letter, its receipt (actions)."""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from broker import jobs, sandbox, vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.notices import context as site_context
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer, find_customer
from broker.parties.links import token_hash
from broker.parties.models import Customer
from broker.terms import DATA_TYPES, PURPOSES, SERVICE, Actor, EventRef
from broker.vault import Place
from consents.actions import _next_number, move, stop_token
from consents.electronic import on_paper
from consents.identity.levels import follow
from consents.lifecycle import State
from consents.loa import words
from consents.models import Consent, ConsentAccount, ConsentEvent, LetterFile, LetterOfAuthorization, PaperChoice
from consents.paper import entering
from consents.paper.entering import Original
from consents.paper.models import PaperConsent, PaperEntry
from consents.rules import Answers, through
from consents.signals import consent_granted
from consents.stopping.receipt import to_post

DESK = SERVICE("paper")
DELIVER = "paper.deliver"
WALL, CPU = 60.0, 40
NO_ADDRESS = "paper.invalid"  # of a customer without e-mail: a name that no server answers to (RFC 2606)


def approve(
    entry: PaperEntry, *, actor: Actor, now: datetime, agree: Callable[..., Approval] = decide.approve
) -> Consent:
    """Take the original as it was entered: one transaction with the decision. Raises `decide.NotAllowed`.

    `agree` decides; another way than the usual one is for who is none of our own people.
    """
    original, _ref = entering.opened(entry, actor=actor, why="to approve it")
    with transaction.atomic():
        row = PaperEntry.objects.select_for_update().get(id=entry.id)
        approval = agree(row.approval, approver=actor, now=now)
        consent = _grant(row, original, approval, actor=actor, now=now)
        decide.execute(approval, actor=actor, now=now)
        jobs.enqueue(DELIVER, consent.id, key=f"{DELIVER}:{consent.id}")
    return consent


@jobs.handler(DELIVER)
def deliver_job(job: jobs.JobView) -> None:
    """Put the signed original under its cover, as the file that the co-op gets; only then is the consent in force."""
    paper = PaperConsent.objects.select_related("consent__recipient", "consent__customer", "entry__letter").get(
        consent_id=job.subject_id
    )
    consent = paper.consent
    if consent.state != State.SIGNED:
        return
    original, ref = entering.opened(paper.entry, actor=DESK, why="to send it")
    scan = vault.open_file(paper.entry.scan, under=ref)
    payload = {
        "html": _cover(consent, paper.entry, original),
        "data": sandbox.pack(scan),
        "media_type": paper.entry.scan_type,
    }
    pdf = sandbox.unpack(sandbox.call("consents.paper.paper_pdf:bundle", payload, wall=WALL, cpu=CPU)["pdf"])
    now = timezone.now()
    with transaction.atomic():
        facts = {"consent": consent.id, "letter": consent.letter.number, "how": "paper"}
        digest = hashlib.sha256(pdf).digest()
        ref = log.append(
            "letter.sealed", actor=DESK, subject=consent.customer_id, body={**facts, "delivered_sha256": digest.hex()}
        )
        _keep(consent.letter, LetterFile.Kind.DELIVERED, pdf, consent.customer_id, ref=ref, now=now)
        move(consent, State.ACTIVE, ref=ref, now=now)
        if on_paper(consent.customer):
            to_post(consent, "receipt", pdf, ref=ref, now=now)
        else:
            jobs.enqueue("consent.receipt", consent.id, key=f"consent.receipt:{consent.id}")


def _grant(entry: PaperEntry, original: Original, approval: Approval, *, actor: Actor, now: datetime) -> Consent:
    consent_id, number, company = uuid.uuid4(), _next_number(now), entry.letter.organisation
    known = find_customer(original.email) if original.email else None
    subject = known.id if known else entry.customer
    ref = log.append(
        "consent.granted",
        actor=actor,
        subject=subject,
        purpose=original.purpose,
        body={
            "consent": str(consent_id),
            "number": number,
            "how": "paper",
            "recipient": str(company.id),
            "recipient_name": company.legal_name,
            "data_types": list(original.data_types),
            "letter_sha256": bytes(entry.scan_sha256).hex(),
            "text_version": entry.letter.version,
            "entered_by": str(approval.requester),
            "approved_by": str(approval.approver),
            "approval": str(approval.id),
            "signed_on": original.signed_on.isoformat(),
            "received_at": entry.received_at.isoformat(),
            "until": original.ends.isoformat(),
        },
    )
    # First how it was given: the database takes no consent with a paper letter's text without it.
    PaperConsent.objects.create(consent_id=consent_id, entry=entry, approval=approval.id, audit_event_id=ref.id)
    customer = _customer(subject, entry, original, ref=ref, now=now)
    facts = AccountFacts(original.account, original.name, original.address)
    account = ensure_account(customer, settings.HOME_UTILITY, facts, ref=ref, now=now)
    consent = Consent.objects.create(
        id=consent_id,
        number=number,
        customer=customer,
        recipient=company,
        utility=settings.HOME_UTILITY,
        data_types=[kind for kind in DATA_TYPES if kind in original.data_types],
        purpose=original.purpose,
        onward_recipients=["nectar"] if original.nectar else [],
        history_from=original.history_from,
        history_to=original.history_to,
        forward=original.ends if original.forward else None,
        starts=now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date(),
        ends=original.ends,
        state=State.SIGNED,
        assurance=Consent.Assurance.L1,
        text_version=entry.letter.version,
        text_sha256=bytes(entry.letter.sha256),
        signed_at=now,
        stop_token_hash=token_hash(stop_token(consent_id)),
        granted_event=ref.id,
        audit_event_id=ref.id,
    )
    ConsentAccount.objects.create(consent=consent, account=account, audit_event_id=ref.id)
    follow(consent, ref=ref)
    ConsentEvent.objects.create(consent=consent, state=State.SIGNED, at=now, audit_event_id=ref.id)
    _letter(consent, entry, original, ref=ref, now=now)
    answers = Answers(
        account_number=original.account,
        name_as_billed=original.name,
        service_address=original.address,
        role="customer",
        data_types=original.data_types,
        history_from=original.history_from,
        history_to=original.history_to,
        purpose=original.purpose,
        ends=original.ends,
        forward=original.forward,
        nectar=original.nectar,
        language=entry.letter.language,
    )
    consent_granted.send(
        sender=Consent, consent=consent, answers=answers, signer=original.name, address="", ref=ref, now=now
    )
    state = PaperEntry.State.APPROVED
    PaperEntry.objects.filter(id=entry.id).update(state=state, decided_at=now, audit_event_id=ref.id)
    return consent


def _customer(subject: uuid.UUID, entry: PaperEntry, original: Original, *, ref: EventRef, now: datetime) -> Customer:
    email = original.email or f"{subject}@{NO_ADDRESS}"
    customer = ensure_customer(subject, email, language=entry.letter.language, ref=ref, now=now)
    if not original.email:  # whatever we have to tell her is printed and posted
        PaperChoice.objects.create(customer=customer, since=now, audit_event_id=ref.id)
    return customer


def _letter(consent: Consent, entry: PaperEntry, original: Original, *, ref: EventRef, now: datetime) -> None:
    letter_id = uuid.uuid4()
    place = Place("consents_letterofauthorization", "signer_name", letter_id)
    LetterOfAuthorization.objects.create(
        id=letter_id,
        consent=consent,
        number=f"LOA-{now:%Y}-{secrets.randbelow(10**8):08d}",
        verification_code=entry.letter.code,
        template_version=entry.letter.version,
        language=entry.letter.language,
        signer_name=vault.seal(original.name, subject=consent.customer_id, place=place),
        signed_at=now,
        audit_event_id=ref.id,
    )


def _keep(
    letter: LetterOfAuthorization, kind: str, data: bytes, subject: uuid.UUID, *, ref: EventRef, now: datetime
) -> None:
    LetterFile.objects.create(
        letter=letter,
        kind=kind,
        sha256=hashlib.sha256(data).digest(),
        bytes=len(data),
        file=vault.seal_file(data, subject=subject, name=f"{letter.number}.pdf", retention=vault.EVIDENCE),
        made_at=now,
        audit_event_id=ref.id,
    )


def _cover(consent: Consent, entry: PaperEntry, original: Original) -> str:
    """Write the cover in English, the language of the co-op's clerks; the signed language governs."""
    context = {
        **site_context.facts(),
        "consent": consent,
        "letter": consent.letter,
        "original": original,
        "code": entry.letter.code,
        "kinds": [words.DATA_TYPES[kind][0] for kind in consent.data_types],
        "purpose": PURPOSES[consent.purpose],
        "last_day": through(consent.ends),
        "history_through": through(original.history_to),
        "scan_sha256": bytes(entry.scan_sha256).hex(),
        "received_at": entry.received_at,
    }
    return render_to_string("paper/cover.html", context)


ACT = TwoPersonAct(
    entering.ACT,
    "Take a letter that was signed on paper",
    requesters=frozenset({"staff", "operator"}),
    approvers=frozenset({"operator"}),
    life=timedelta(days=14),
)
