"""The second holder of an account: recorded, told, heard (actions: one transaction, one log entry each)."""

import base64
import hmac
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from broker import jobs, vault
from broker.audit import log
from broker.parties.links import token_hash
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor, EventRef
from broker.vault import keyring
from consents import actions
from consents.joint import binding, mailboxes, names
from consents.joint.entering import TELL, enter, lift_objection
from consents.joint.models import JointMember
from consents.joint.reach import (
    account_of,
    asked,
    asked_without_proof,
    is_both,
    is_same,
    others,
    reached_by,
    same,
)
from consents.joint.signs import mailbox_folded
from consents.lifecycle import ENDED, State
from consents.models import Consent, Suspension
from consents.suspending import standing, suspend

LINE = "joint.line"  # the job that tells our people who cannot go on without them, or how a line leaves out a holder
APART = "joint.apart"  # the job that tells our people that two customers' words over one account stand apart
PAUSED = "joint.paused"  # the job that tells a signer that another holder asked that both must agree
BY_LINK = "joint_link"  # how a second holder ends a consent
_HELD: dict[str, object] = {"both_must_agree": True, "binds": None}


def token(member_id: uuid.UUID) -> str:
    """Give the single-purpose token of the second holder's mail; only its hash is stored."""
    mac = hmac.digest(keyring.secret("joint-link"), member_id.bytes, "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def find(text: str) -> JointMember | None:
    """Find the second holder of this token; reading changes nothing, so a mail scanner may look."""
    rows = JointMember.objects.select_related("consent__recipient", "consent__customer")
    return rows.filter(token_hash=token_hash(text)).first()


def speaker(member: JointMember) -> Actor:
    """Name a second holder in the log."""
    return Actor("c", member.id, role="joint_member")


def record(consent: Consent, account: UtilityAccount, *, line: str, signer: str, now: datetime) -> JointMember | None:
    """Record the second holder whom the name as billed names, inside the signing transaction; None for one holder.

    Where both must agree over this account number there is one, whichever name line was typed.
    """
    joint, both = names.read(line).is_joint, is_both(account)
    if asked_without_proof(account):
        jobs.enqueue(APART, consent.id, key=f"{APART}:{consent.id}")
    if not joint and not both:
        return None
    name = next(iter(names.others(line, signer)), "")
    member = _create(consent, account, name=name, both=both, actor=Actor("c", consent.customer_id), now=now)
    if not joint:
        jobs.enqueue(LINE, consent.id, key=f"{LINE}:{consent.id}")
    jobs.enqueue(TELL, consent.id, key=f"{TELL}:{consent.id}:signed")
    return member


def name_address(member: JointMember, email: str, *, actor: Actor) -> bool:
    """Keep the second holder's address that the signer gives, once.

    False for the signer's own mailbox, when there is one already, and while both must agree where she would replace
    the one that asked, or one that she gave before.
    """
    with transaction.atomic():
        # Of two at once, the second sees what the first did.
        Customer.objects.select_for_update().get(id=member.consent.customer_id)
        account = account_of(member.consent)
        if not mailboxes.may_name(account, mailboxes.index_of(email)):
            return False
        return _put_address(member, email, JointMember.objects.filter(email_index=None), actor, when="named")


def right_address(member: JointMember, email: str, *, actor: Actor) -> bool:
    """Write from now on to the mailbox whose word counts, whatever the signer had given; False once it has agreed."""
    rows = JointMember.objects.filter(agreed_at=None)
    return _put_address(member, email, rows, actor, when=mailboxes.index_of(email).hex()[:8])


def _put_address(member: JointMember, email: str, rows: QuerySet[JointMember], actor: Actor, *, when: str) -> bool:
    given = _address(member.id, email, bytes(member.signer_index))
    if not given:
        return False
    with transaction.atomic():
        ref = _append("joint.named", member, actor, {})
        if not rows.filter(id=member.id).update(**given, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return False
        jobs.enqueue(TELL, member.consent_id, key=f"{TELL}:{member.consent_id}:{when}")
    member.refresh_from_db()
    return True


def require_both(member: JointMember, *, actor: Actor, now: datetime) -> bool:
    """Let the consents over this account need both holders from now on; either holder may ask for that alone.

    It binds what was signed by the customer whose second holder this is, under whichever name line, and what others
    signed over the account only where hers is proven (L2) and the name lines agree. Where others' are not reached, our
    people are told. What both have not agreed to is held at once, also where it is in force. Asked by the second
    holder, it fixes the mailbox that agrees from now on. False when nothing changed.
    """
    account, by_holder = account_of(member.consent), actor == speaker(member)
    mailbox = None if member.email_index is None else bytes(member.email_index)
    reached = reached_by(account)  # opens name lines: before the transaction
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=member.consent.customer_id)
        fresh = by_holder and mailbox not in mailboxes.words(account)
        binds = fresh or not asked(account) or binding.is_being_ended(account)
        said = mailboxes.words(account) | ({mailbox} if by_holder else set())
        held = [each for each in _over(account, reached) if _is_unheld(each, account, said)]
        if not binds and not held:
            return False
        own = any(each.id == member.consent_id for each in held) and not member.must_agree
        told: dict[str, object] = binding.facts(account, by_holder=by_holder) if binds else {"binds": None}
        asked_for = _append("joint.required", member, actor, {"both_must_agree": own, **told})
        if binds:
            binding.bind(account, told, mailbox, ref=asked_for, actor=actor, now=now)
        if _stands_apart(account, reached):
            jobs.enqueue(APART, member.consent_id, key=f"{APART}:{member.consent_id}")
        for each in held:
            _hold(each, account, asked_for if each.id == member.consent_id else None, actor, now)
            if actor != Actor("c", each.customer_id):  # whoever asked knows
                jobs.enqueue(PAUSED, each.id, key=f"{PAUSED}:{each.id}:{asked_for.id}")
        over = _over(account, reached)
        for row in JointMember.objects.filter(consent__in=over, must_agree=True, agreed_at=None):
            jobs.enqueue(TELL, row.consent_id, key=f"{TELL}:{row.consent_id}:{asked_for.id}")
    member.refresh_from_db()
    return True


def agree(member: JointMember, *, now: datetime) -> bool:
    """Record that the second holder, whose mailbox code was right, agrees.

    False when that was said before, and where it is not this mailbox that asked that both must agree.
    """
    actor = speaker(member)
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(id=member.consent_id)
        if consent.state in ENDED or not mailboxes.may_agree(member):
            return False
        ref = _append("consent.confirmed", member, actor, {"number": consent.number})
        rows = JointMember.objects.filter(id=member.id, agreed_at=None, email_index__isnull=False)
        if not rows.update(agreed_at=now, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return False
        lift_objection(consent, actor=actor, now=now)
        enter(consent, ref=ref, now=now)
    member.refresh_from_db()
    return True


def stop(member: JointMember, *, now: datetime) -> bool:
    """End the consent on the second holder's word; the mailed link is enough for the safe direction."""
    with transaction.atomic():
        stopped = actions.revoke(member.consent, actor=speaker(member), how=BY_LINK, now=now)
        if stopped:
            event = Consent.objects.values_list("audit_event_id", flat=True).get(id=member.consent_id)
            JointMember.objects.filter(id=member.id, stopped_at=None).update(stopped_at=now, audit_event_id=event)
    member.refresh_from_db()
    return stopped


def _create(
    consent: Consent, account: UtilityAccount, *, name: str, both: bool, actor: Actor, now: datetime
) -> JointMember:
    member_id = uuid.uuid4()
    ref = log.append(
        "joint.recorded",
        actor=actor,
        subject=consent.customer_id,
        obj="joint_member",
        body={
            "consent": str(consent.id),
            "member": str(member_id),
            "both_must_agree": both,
            "mailbox": False,
            "binds": None,
        },
    )
    return JointMember.objects.create(
        id=member_id,
        consent=consent,
        account=account,
        name=vault.seal(name, subject=consent.customer_id, place=vault.Place("joint_jointmember", "name", member_id)),
        signer_index=bytes(consent.customer.email_index),
        language=consent.customer.language,
        token_hash=token_hash(token(member_id)),
        must_agree=both,
        created_at=now,
        audit_event_id=ref.id,
    )


def _over(account: UtilityAccount, reached: list[UtilityAccount]) -> list[Consent]:
    """Give what is signed over the account, under whichever name line, and what the word reaches of others'."""
    rows = Consent.objects.select_related("customer").exclude(state__in=ENDED)
    over = rows.filter(accounts__in=[*same(account), *reached]).distinct()
    return sorted(over, key=lambda each: each.signed_at)


def _is_unheld(consent: Consent, account: UtilityAccount, said: frozenset[bytes | None]) -> bool:
    member = JointMember.objects.filter(consent=consent).first()
    if member is None:
        return True
    if not is_same(account_of(consent), account):  # what was said about another account of the letter says nothing here
        return not (is_both(_named_in(consent, account)) and _is_paused(consent))
    if member.agreed_at is None:
        return not member.must_agree
    theirs = None if member.email_index is None else bytes(member.email_index)
    return bool(said) and consent.customer_id == account.customer_id and theirs not in said


def _named_in(consent: Consent, account: UtilityAccount) -> UtilityAccount:
    """Give the account as this consent names it."""
    return next(each for each in consent.accounts.order_by("created_at", "id") if is_same(each, account))


def _is_paused(consent: Consent) -> bool:
    """Say whether it cannot be in force before `waits_for_holder` says no."""
    return consent.state == State.SIGNED or Suspension.Because.OBJECTION in standing(consent)


def _hold(consent: Consent, account: UtilityAccount, asked_for: EventRef | None, actor: Actor, now: datetime) -> None:
    """Let a consent wait for the other holder; what holds another's is told to that other, and claims that row.

    A letter for many accounts has one second holder. Where a second account of it needs another one's word, it waits
    until it ends, and our people are told.
    """
    if consent.state != State.SIGNED:  # what is only signed simply stays so
        suspend(consent, because=Suspension.Because.OBJECTION, actor=actor, now=now)
    member = JointMember.objects.select_related("consent").filter(consent=consent).first()
    if member is None:
        _create(consent, _named_in(consent, account), name="", both=True, actor=actor, now=now)
    elif not is_same(account_of(consent), account):
        jobs.enqueue(LINE, consent.id, key=f"{LINE}:{consent.id}:second")
    elif not member.must_agree:
        ref = asked_for or _append("joint.required", member, actor, _HELD)
        JointMember.objects.filter(id=member.id).update(must_agree=True, audit_event_id=ref.id)


def _stands_apart(account: UtilityAccount, reached: Iterable[UtilityAccount]) -> bool:
    """Say whether somebody else shares data of an account of this number that the word of this one does not reach."""
    beyond = {each.id for each in others(account)} - {each.id for each in reached}
    return Consent.objects.filter(accounts__in=beyond).exclude(state__in=ENDED).exists()


def _address(member_id: uuid.UUID, email: str, signer: bytes) -> dict[str, object]:
    folded = mailbox_folded(email.strip())
    if not email.strip() or signer in (vault.blind_index("email", email), vault.blind_index("email", folded)):
        return {}
    place = vault.Place("joint_jointmember", "email", member_id)
    return {
        "email": vault.seal(email.strip(), subject=member_id, place=place),
        "email_index": vault.blind_index("email", email),
    }


def _append(act: str, member: JointMember, actor: Actor, more: dict[str, object]) -> EventRef:
    return log.append(
        act,
        actor=actor,
        subject=member.consent.customer_id,
        obj="joint_member",
        body={"consent": str(member.consent_id), "member": str(member.id), **more},
    )
