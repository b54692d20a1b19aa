"""The second holder of an account: recorded, told, heard (actions: one transaction, one log entry each)."""

import base64
import hmac
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from broker import jobs, vault
from broker.audit import log
from broker.parties.links import token_hash
from broker.parties.models import UtilityAccount
from broker.terms import Actor, EventRef
from broker.vault import keyring
from consents import actions
from consents.joint import names
from consents.joint.entering import TELL, enter, lift_objection
from consents.joint.models import BothChange, CoApproval, JointMember
from consents.joint.reach import asked, asked_without_proof, is_both, others, reached_by
from consents.lifecycle import ENDED, State
from consents.models import Consent, Suspension
from consents.suspending import suspend

ASKED_EARLY = "joint_email"  # an answer that a page before the signature may have kept
BOTH_EARLY = "joint_both"
APART = "joint.apart"  # the job that tells our people that two customers' words over one account stand apart
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


def record(
    consent: Consent, account: UtilityAccount, *, line: str, signer: str, extra: dict[str, str], now: datetime
) -> JointMember | None:
    """Record the second holder whom the name as billed names, inside the signing transaction; None for one holder."""
    found = names.read(line)
    if not found.is_joint:
        return None
    asks = extra.get(BOTH_EARLY) == "yes"
    member_id, both = uuid.uuid4(), is_both(account) or asks
    binds = asks and not asked(account)
    name = next(iter(names.others(line, signer)), "")
    given = _address(member_id, extra.get(ASKED_EARLY, ""), bytes(consent.customer.email_index))
    ref = log.append(
        "joint.recorded",
        actor=Actor("c", consent.customer_id),
        subject=consent.customer_id,
        obj="joint_member",
        body={
            "consent": str(consent.id),
            "member": str(member_id),
            "both_must_agree": both,
            "mailbox": bool(given),
            "binds": str(account.id) if binds and _is_first(account) else None,
        },
    )
    member = JointMember.objects.create(
        id=member_id,
        consent=consent,
        name=vault.seal(name, subject=consent.customer_id, place=vault.Place("joint_jointmember", "name", member_id)),
        signer_index=bytes(consent.customer.email_index),
        language=consent.customer.language,
        token_hash=token_hash(token(member_id)),
        must_agree=both,
        created_at=now,
        audit_event_id=ref.id,
        **given,
    )
    if binds:
        _require(account, ref, now)
    if asked_without_proof(account) or (asks and _stands_apart(account, ())):
        jobs.enqueue(APART, consent.id, key=f"{APART}:{consent.id}")
    jobs.enqueue(TELL, consent.id, key=f"{TELL}:{consent.id}:signed")
    return member


def name_address(member: JointMember, email: str, *, actor: Actor) -> bool:
    """Keep the second holder's address, once; False for the signer's own mailbox, and when there is one already."""
    given = _address(member.id, email, bytes(member.signer_index))
    if not given:
        return False
    with transaction.atomic():
        ref = _append("joint.named", member, actor, {})
        rows = JointMember.objects.filter(id=member.id, email_index=None)
        if not rows.update(**given, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return False
        jobs.enqueue(TELL, member.consent_id, key=f"{TELL}:{member.consent_id}:named")
    member.refresh_from_db()
    return True


def require_both(member: JointMember, *, actor: Actor, now: datetime) -> bool:
    """Let the consents over this account need both holders from now on; either holder may ask for that alone.

    It binds what was signed by the customer whose second holder this is, and what others signed over the account only
    where hers is proven (L2) and the name lines agree. Where others' are not reached, our people are told. What both
    have not agreed to is held at once, also where it is in force. False when nothing changed.
    """
    account = member.consent.accounts.get()
    reached = reached_by(account)  # opens name lines: before the transaction
    if asked(account) and not _open_members(account, reached):
        return False
    with transaction.atomic():
        held, binds = _open_members(account, reached), not asked(account)
        own = any(each.id == member.id for each in held)
        asking: dict[str, object] = {
            "both_must_agree": own,
            "binds": str(account.id) if binds and _is_first(account) else None,
        }
        asked_for = _append("joint.required", member, actor, asking)
        if binds:
            _require(account, asked_for, now)
        if _stands_apart(account, reached):
            jobs.enqueue(APART, member.consent_id, key=f"{APART}:{member.consent_id}")
        for each in held:
            # What holds another's consent is told to that other, and claims that other's row.
            ref = asked_for if each.id == member.id else _append("joint.required", each, actor, _HELD)
            if each.consent.state != State.SIGNED:  # what is only signed simply stays so
                suspend(each.consent, because=Suspension.Because.OBJECTION, actor=actor, now=now)
            JointMember.objects.filter(id=each.id).update(must_agree=True, audit_event_id=ref.id)
            jobs.enqueue(TELL, each.consent_id, key=f"{TELL}:{each.consent_id}:both")
    member.refresh_from_db()
    return True


def agree(member: JointMember, *, now: datetime) -> bool:
    """Record that the second holder, whose mailbox code was right, agrees; False when that was said before."""
    actor = speaker(member)
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(id=member.consent_id)
        if consent.state in ENDED:
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


def _is_first(account: UtilityAccount) -> bool:
    """Say whether nobody asked before through this customer: then a row is made; after an end one is added to it."""
    return not CoApproval.objects.filter(account=account).exists()


def _require(account: UtilityAccount, ref: EventRef, now: datetime) -> None:
    ended = CoApproval.objects.filter(account=account).first()
    if ended is not None:
        BothChange.objects.create(asked=ended, kind=BothChange.Kind.AGAIN, at=now, audit_event_id=ref.id)
        return
    CoApproval.objects.create(
        account=account,
        utility=account.utility,
        number_index=bytes(account.number_index),
        since=now,
        audit_event_id=ref.id,
    )


def _open_members(account: UtilityAccount, reached: list[UtilityAccount]) -> list[JointMember]:
    rows = JointMember.objects.select_related("consent").exclude(consent__state__in=ENDED)
    over = rows.filter(consent__accounts__in=[account, *reached], agreed_at=None, must_agree=False)
    return list(over.order_by("created_at"))


def _stands_apart(account: UtilityAccount, reached: Iterable[UtilityAccount]) -> bool:
    """Say whether somebody else shares data of an account of this number that the word of this one does not reach."""
    beyond = {each.id for each in others(account)} - {each.id for each in reached}
    return Consent.objects.filter(accounts__in=beyond).exclude(state__in=ENDED).exists()


def _address(member_id: uuid.UUID, email: str, signer: bytes) -> dict[str, object]:
    if not email.strip() or vault.blind_index("email", email) == signer:
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
