"""Signing, declining and stopping (actions: one transaction, one log entry each)."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from broker import jobs, notices, vault
from broker.audit import log
from broker.db import turns
from broker.parties.directory import AccountFacts, customer_id_for, ensure_account, ensure_customer
from broker.parties.links import person, token_hash
from broker.parties.models import Customer, EmailLink, Organisation
from broker.parties.purposes import approved
from broker.terms import SERVICE, UNKNOWN, Actor, EventRef
from broker.transport import Proof, ProvenAddress
from broker.vault import keyring
from consents import renewal
from consents.ceremony import evidence
from consents.ceremony.ending import forget_pages
from consents.ceremony.evidence import Surroundings
from consents.ceremony.pages import Page, keep_signed
from consents.drafts import is_current
from consents.identity.levels import follow
from consents.joint.names import names_a_holder, people, read, signs_alone
from consents.joint.waiting import waits
from consents.lifecycle import ENDED, State, can_move, may_move, under
from consents.loa.facts import first_day
from consents.loa.letter import TEMPLATE_VERSION
from consents.loa.words import LANGUAGES
from consents.models import Consent, ConsentAccount, ConsentEvent, Draft, LetterFile, LetterOfAuthorization
from consents.paper_choice import agree_again
from consents.rules import Answers, accounts_of, forward_end, missing_step, name_to_sign, same_name, was_opened
from consents.several.signing import can_be_signed, prove
from consents.signals import consent_declined, consent_ended, consent_granted

LIFE = SERVICE("consent-life")  # what the clock and a newer consent do


@dataclass(frozen=True)
class NotSigned:
    """Why a letter was not signed: a code for the page."""

    code: str  # letter_changed, name_differs, two_names, not_opened, incomplete, accounts_changed, over


def central_today(now: datetime) -> date:
    """Give the date in the co-op's zone."""
    return now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()


def stop_token(consent_id: uuid.UUID) -> str:
    """Give the single-purpose token of a receipt's stop link; only its hash is stored."""
    mac = hmac.digest(keyring.secret("stop-link"), consent_id.bytes, "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


@dataclass(frozen=True)
class Signature:
    """What the signer did on the last page."""

    typed_name: str
    letter_sha256: str
    surroundings: Surroundings = field(default_factory=Surroundings)
    pages: tuple[Page, ...] = ()  # as they were served, for the record
    bills: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # of many accounts, by the index of each


def sign(
    draft: Draft, answers: Answers, email: str, letter: bytes, signature: Signature, *, now: datetime
) -> Consent | NotSigned:
    """Turn a draft into a signed consent; the letter is sealed by a job before anything may be asked for."""
    refused = _refusal(draft, answers, letter, signature, now=now)
    if refused:
        return refused
    assert answers.ends
    customer_id, consent_id, letter_id = customer_id_for(email), uuid.uuid4(), uuid.uuid4()
    with transaction.atomic():
        if not Draft.objects.filter(id=draft.id, ended_at=None, presented_sha256=draft.presented_sha256).update(
            ended_at=now
        ):
            is_open = Draft.objects.filter(id=draft.id, ended_at=None).exists()
            return NotSigned("letter_changed" if is_open else "over")
        number = _next_number(now)
        gathered = evidence.gather(
            evidence.Signing(
                consent_id=consent_id,
                number=number,
                draft=draft,
                answers=answers,
                email=email,
                letter=letter,
                typed_name=signature.typed_name,
                surroundings=signature.surroundings,
                pages=signature.pages,
            ),
            now=now,
        )
        ref = log.append(
            "consent.granted",
            actor=Actor("c", customer_id),
            subject=customer_id,
            purpose=answers.purpose,
            body={
                "consent": str(consent_id),
                "number": number,
                "recipient": str(draft.organisation_id),
                "recipient_name": draft.organisation.legal_name,
                "data_types": list(answers.data_types),
                "letter_sha256": signature.letter_sha256,
                "text_version": TEMPLATE_VERSION,
                "agreed": {"electronic": True, "opened_pdf": True},
                "disclosure": {name: answers.terms[name] for name in ("version", "locale", "sha256")},
                "opened": answers.opened["method"],
                "role": answers.role,
                "helped": bool(answers.helped),
                "evidence_sha256": gathered.commitment.hex(),
                "until": answers.ends.isoformat(),
                "link": str(draft.link_id),
                **({"accounts": len(accounts_of(answers))} if answers.several else {}),
            },
        )
        signer = Actor("c", customer_id)
        customer = ensure_customer(customer_id, email, language=answers.language, ref=ref, now=now, actor=signer)
        facts = [AccountFacts(number, answers.name_as_billed, address) for number, address in accounts_of(answers)]
        accounts = [ensure_account(customer, settings.HOME_UTILITY, f, ref=ref, now=now, actor=signer) for f in facts]
        if answers.several:  # each by the bill that she handed over: before any consent is locked
            prove(accounts, signature.bills, actor=signer, now=now)
        consent = Consent.objects.create(
            id=consent_id,
            number=number,
            customer=customer,
            recipient=draft.organisation,
            utility=settings.HOME_UTILITY,
            data_types=list(answers.data_types),
            purpose=answers.purpose,
            onward_recipients=["nectar"] if answers.nectar else [],
            history_from=answers.history_from,
            history_to=answers.history_to,
            forward=forward_end(answers),
            starts=first_day(answers),  # as the letter has it, which was written on this day or some days before
            ends=answers.ends,
            state=State.SIGNED,
            assurance=Consent.Assurance.L1,
            text_version=TEMPLATE_VERSION,
            text_sha256=draft.presented_sha256,
            signed_at=now,
            stop_token_hash=token_hash(stop_token(consent_id)),
            supersedes=_renewed(draft, customer_id, answers.account_number),
            granted_event=ref.id,
            audit_event_id=ref.id,
        )
        ConsentAccount.objects.bulk_create(
            ConsentAccount(consent=consent, account=each, audit_event_id=ref.id) for each in accounts
        )
        follow(consent, ref=ref)  # what proved this account before counts for this consent, too
        agree_again(customer, ref=ref, now=now)  # the disclosure that she just agreed to ends "paper from now on"
        ConsentEvent.objects.create(consent=consent, state=State.SIGNED, at=now, audit_event_id=ref.id)
        _keep_letter(consent, letter_id, answers, letter, signature, ref=ref, now=now)
        evidence.keep(consent, gathered, ref=ref, now=now)
        keep_signed(consent, signature.pages, ref=ref)
        forget_pages(draft)
        consent_granted.send(
            sender=Consent,
            consent=consent,
            answers=answers,
            signer=signature.typed_name,
            address=signature.surroundings.ip,
            link=draft.link,
            ref=ref,
            now=now,
        )
        jobs.enqueue("letter.seal", consent_id, key=f"letter.seal:{consent_id}")
    return consent


def decline(organisation: Organisation, link: EmailLink | None, draft: Draft | None, *, now: datetime) -> str | None:
    """Record "No, do not share" and give its number; no account data is kept, the recipient learns only "declined".

    None where the letter behind this link was signed: that is ended by a stop. Of a renewal that is given up nobody
    is told: the recipient did not ask for it, and what was to be renewed goes on.
    """
    number = decline_number(link.id if link else uuid.uuid4(), now)
    with transaction.atomic():
        if draft and not Draft.objects.filter(id=draft.id, ended_at=None).update(ended_at=now, presented_file=None):
            return None  # signed in another window at this very moment
        if link and _signed_behind(link):
            return None
        actor = person(link) if link else UNKNOWN
        ref = log.append(
            "consent.declined",
            actor=actor,
            subject=link.id if link else None,
            body={"recipient": str(organisation.id), "number": number},
        )
        if link:
            consent_declined.send(sender=Consent, link=link, ref=ref, now=now)
        if draft:
            forget_pages(draft)
        if link is None or renewal.was_asked_for(link):
            return number  # anybody can press the button; only somebody with a mailbox has the recipient told
        to = ProvenAddress(organisation.contact_email, Proof("party", str(organisation.id)))
        notices.send_later(
            "declined",
            to=to,
            subject=organisation.id,
            language="en",
            context={"number": number},
            key=f"declined:{number}",
        )
        jobs.enqueue("consent.declined", link.id, key=f"consent.declined:{link.id}")
    return number


def _signed_behind(link: EmailLink) -> bool:
    """Say whether the owner of this mailbox signed what this link asks for, with this link or with a fresher one."""
    signed = Draft.objects.filter(
        link__email_index=bytes(link.email_index),
        organisation=link.organisation,
        ended_at__gte=link.created_at,
        presented_file__isnull=False,  # a draft that was declined keeps no letter
    )
    return link.code_used_at is not None and signed.exists()


def decline_number(of: uuid.UUID, now: datetime) -> str:
    """Give the number of a "no": the receipt names the same one."""
    return f"OB-{now:%Y}-N{of.hex[:8].upper()}"


def revoke(consent: Consent, *, actor: Actor, how: str, now: datetime, received_at: datetime | None = None) -> bool:
    """Stop sharing from this commit on; False when it had ended already.

    What waits to take its place ends with it, each under an event of its own: who stops means the renewal, too.
    `received_at` is when her word reached us, where that was before `now` (a call, a letter).
    """
    with transaction.atomic():
        for waiting in reversed(renewal.waiting(consent)):  # newer ones first, as whatever enters into force locks them
            _locked(waiting.id)
        row = _locked(consent.id)
        if not may_move(State(row.state), State.REVOKED, actor.kind):
            return False
        for each in (row, *renewal.waiting(row)):
            body = {"consent": str(each.id), "number": each.number, "how": how}
            if received_at:
                body["received_at"] = received_at.isoformat()
            if each != row:
                body["with"] = row.number
            ref = log.append("consent.revoked", actor=actor, subject=each.customer_id, body=body)
            if not move(each, State.REVOKED, ref=ref, now=now):
                raise RuntimeError("the consent changed while it was being stopped")
            consent_ended.send(sender=Consent, consent=each, ref=ref, now=now, how=how, received_at=received_at)
            jobs.enqueue("consent.stopped", each.id, key=f"consent.stopped:{each.id}")
    consent.refresh_from_db()
    return True


def move(consent: Consent, new: State, *, ref: EventRef, now: datetime) -> bool:
    """Move a consent under the caller's event; False when another move came first.

    One that would enter into force while a reason for a suspension stands is suspended instead.
    """
    old = State(consent.state)
    if new == State.ACTIVE and waits(consent):
        return False  # another holder has not agreed yet, or a person looks at it first
    if new == State.ACTIVE:
        new = under(consent.suspensions.filter(lifted_at=None).values_list("because", flat=True))
    if not can_move(old, new):
        return False
    if new == State.ACTIVE:
        if _locked(consent.id).state != old:
            return False  # stopped at this very moment: then nothing takes the older one's place
        _supersede(consent, now=now)
    ended = {"ended_at": now} if new in ENDED else {}
    if not Consent.objects.filter(id=consent.id, state=old).update(state=new, audit_event_id=ref.id, **ended):
        return False
    ConsentEvent.objects.create(consent=consent, state=new, at=now, audit_event_id=ref.id)
    consent.state = new
    return True


def _locked(consent_id: uuid.UUID) -> Consent:
    # Not the row's key: every read at work holds that until its commit, and more of them could come without end.
    return Consent.objects.select_for_update(no_key=True).get(id=consent_id)


def _renewed(draft: Draft, customer_id: uuid.UUID, account_number: str) -> Consent | None:
    """Give the signer's own consent that this grant renews; of two grants at once the first gets the place."""
    rows = Consent.objects.select_for_update().filter(renewals_asked__link=draft.link)
    old = renewal.takes_the_place_of(draft.link, account_number) if list(rows) else None
    return old if old is not None and old.customer_id == customer_id else None


def _supersede(newer: Consent, *, now: datetime) -> None:
    """End the consent that this one renews or corrects, in the transaction in which this one enters into force."""
    if newer.supersedes_id is None:
        return
    row = Consent.objects.select_for_update().get(id=newer.supersedes_id)
    if not can_move(State(row.state), State.SUPERSEDED):
        return  # it ended before, or this one was suspended and comes back
    ref = log.append(
        "consent.superseded",
        actor=LIFE,
        subject=row.customer_id,
        body={"consent": str(row.id), "number": row.number, "by": str(newer.id), "by_number": newer.number},
    )
    if not move(row, State.SUPERSEDED, ref=ref, now=now):
        raise RuntimeError("the consent changed while it was being superseded")
    consent_ended.send(sender=Consent, consent=row, ref=ref, now=now, how="renewal", received_at=None, by=newer)
    jobs.enqueue("consent.replaced", row.id, key=f"consent.replaced:{row.id}")


def customer_address(customer: Customer, *, actor: Actor, why: str) -> tuple[ProvenAddress, EventRef]:
    """Open a customer's verified address for a mail to her; the opening is an event."""
    event = log.append_read(
        "parties.read",
        actor=actor,
        subject=customer.id,
        purpose="operations",
        obj="customer",
        body={"why": why, "fields": ["email"]},
        cnt=1,
    )
    email = vault.open(customer.email, under=event)
    return ProvenAddress(email, Proof("code", str(customer.id))), event


def refused_before(
    draft: Draft, answers: Answers, typed_name: str, letter_sha256: str, *, now: datetime
) -> NotSigned | None:
    """Say why a letter is not signed, as far as that is seen before letter and bills are opened; None goes on."""
    shown = bytes(draft.presented_sha256 or b"").hex()
    assert draft.organisation
    purposes = approved(draft.organisation)
    if missing_step(answers, today=central_today(now), purposes=purposes) is not None:
        return NotSigned("incomplete")
    if not shown or letter_sha256 != shown:
        return NotSigned("letter_changed")
    if not is_current(answers):
        return NotSigned("letter_changed")
    if not was_opened(answers, shown):
        return NotSigned("not_opened")
    return _name_refused(typed_name, answers)


def _refusal(draft: Draft, answers: Answers, letter: bytes, signature: Signature, *, now: datetime) -> NotSigned | None:
    if refused := refused_before(draft, answers, signature.typed_name, signature.letter_sha256, now=now):
        return refused
    if hashlib.sha256(letter).hexdigest() != signature.letter_sha256:
        return NotSigned("letter_changed")
    if answers.several and not can_be_signed(draft, answers.several, signature.bills):
        return NotSigned("accounts_changed")
    return None


def _name_refused(typed: str, answers: Answers) -> NotSigned | None:
    """Each signs for herself: of two whom the bill names, one types her own name; the letter shows the whole line."""
    line = answers.name_as_billed
    if answers.role == "customer" and people(line):
        if people(typed):
            return NotSigned("two_names")
        return None if signs_alone(typed, line) else NotSigned("name_differs")
    named = answers.role == "customer" and read(line).is_joint and names_a_holder(typed, line)
    return None if same_name(typed, name_to_sign(answers)) or named else NotSigned("name_differs")


def _keep_letter(
    consent: Consent,
    letter_id: uuid.UUID,
    answers: Answers,
    pdf: bytes,
    signature: Signature,
    *,
    ref: EventRef,
    now: datetime,
) -> None:
    place = vault.Place("consents_letterofauthorization", "signer_name", letter_id)
    row = LetterOfAuthorization.objects.create(
        id=letter_id,
        consent=consent,
        number=answers.extra["letter"],
        verification_code=answers.extra["code"],
        template_version=TEMPLATE_VERSION,
        language=answers.language if answers.language in LANGUAGES else "en",
        signer_name=vault.seal(signature.typed_name, subject=consent.customer_id, place=place),
        signed_at=now,
        audit_event_id=ref.id,
    )
    LetterFile.objects.create(
        letter=row,
        kind=LetterFile.Kind.PRESENTED,
        sha256=hashlib.sha256(pdf).digest(),
        bytes=len(pdf),
        file=vault.seal_file(pdf, subject=consent.customer_id, name="letter.pdf", retention=vault.EVIDENCE),
        made_at=now,
        audit_event_id=ref.id,
    )


def _next_number(now: datetime) -> str:
    """Give the next number of the year, in the caller's transaction: who comes meanwhile waits until that commits."""
    prefix = f"OB-{now:%Y}-"
    turns.take([hashlib.sha256(f"consent number {prefix}".encode()).digest()])
    last = (
        Consent.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    )
    return f"{prefix}{(int(last.removeprefix(prefix)) if last else 0) + 1:06d}"
