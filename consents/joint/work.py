"""Jobs around second holders, objections and signs of abuse: compare, and write to people (actions)."""

import uuid

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.jobs import JobView
from broker.parties.models import Customer, UtilityAccount
from broker.terms import PURPOSES, SERVICE, EventRef
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.comparing import companies
from consents.joint import by_post, counting, mailboxes, members, objecting, provers, reach, telling_earlier
from consents.joint.entering import TELL
from consents.joint.models import BothChange, HolderMailbox, JointMember, Objection
from consents.joint.signs import in_words
from consents.joint.waiting import is_looked_at, waits_for_holder
from consents.lifecycle import ENDED
from consents.models import Consent
from consents.rules import through

WRITER = SERVICE("notices")
STAFF = SERVICE("staff")


@jobs.handler(TELL)
def tell_job(job: JobView) -> None:
    """Write to the second holder, once for each thing to say; nothing goes out while a person looks at the consent."""
    member = _member(job.subject_id)
    if member is None or member.consent.state in ENDED or is_looked_at(member.consent):
        return
    now = timezone.now()
    asks = member.must_agree and member.agreed_at is None
    if asks and not mailboxes.may_agree(member):
        _right_address(member)
    telling_earlier.tell(member, _notice(member, asks=False))
    key = f"joint:{member.id}:{'asks' if asks else 'told'}"
    stuck = asks and not mailboxes.may_agree(member)
    if stuck and member.email_index is not None:
        with transaction.atomic():  # nobody can agree: it waits until our people have the word of both
            jobs.enqueue(members.LINE, member.consent_id, key=f"{members.LINE}:{member.consent_id}:nobody")
    by_letter = None in mailboxes.words(reach.account_of(member.consent))
    if member.email_index is None or member.email is None or (stuck and by_letter):
        words = {**_notice(member, asks=asks), "by_post": True}
        by_post.write(member, "joint_notice", words, key=key, actor=WRITER, now=now)
        return
    if stuck:
        return
    event = _opened(member, ["email"])
    to = ProvenAddress(vault.open(member.email, under=event), Proof("invitation", str(member.id)))
    consent = member.consent
    if asks:
        key += f":{bytes(member.email_index).hex()[:8]}"  # once to each mailbox that it was put right to
    with transaction.atomic():
        first = JointMember.objects.select_for_update().get(id=member.id).told_at is None
        ref = log.append(
            "notice.queued",
            actor=WRITER,
            subject=consent.customer_id,
            obj="notice",
            body={"consent": str(consent.id), "member": str(member.id), "asks": asks, "first": first},
        )
        if first:
            JointMember.objects.filter(id=member.id).update(told_at=now, audit_event_id=ref.id)
        notices.send_later(
            "joint_notice",
            to=to,
            subject=member.id,
            language=member.language,
            context=_notice(member, asks=asks),
            key=key,
        )


def _notice(member: JointMember, *, asks: bool) -> dict[str, object]:
    consent = member.consent
    return {
        "number": consent.number,
        "who": consent.recipient.legal_name,
        "data_types": consent.data_types,
        "purpose": PURPOSES[consent.purpose],
        "forward_through": through(consent.forward) if consent.forward else None,
        "onward": companies(consent.onward_recipients),
        "last_day": through(consent.ends),
        "account_ending": reach.account_of(consent).last_four,
        "asks": asks,
        "path": reverse("joint", args=[members.token(member.id)]),
    }


@jobs.handler(members.PAUSED)
def waits_job(job: JobView) -> None:
    """Write to a signer that another holder asked that both must agree, and that her permission waits for that."""
    consent = Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)
    if consent.state in ENDED or not waits_for_holder(consent):
        return
    about = reach.account_of(consent)
    # Of another account than its second holder's: that one was told when it came to wait for this holder.
    second = [each for each in mailboxes.unspoken(consent) if not reach.is_same(each, about)]
    facts = {**_permission(consent), "account_ending": (second or [about])[0].last_four}
    message = electronic.Message("joint_waits", consent.customer, facts, f"joint-waits:{job.id}", consent)
    electronic.tell(message, why="both must agree", actor=WRITER, now=timezone.now())


@jobs.handler(objecting.CHECK)
def check_job(job: JobView) -> None:
    """Compare a new objection with the consents over its account."""
    objecting.check(Objection.objects.get(id=job.subject_id), now=timezone.now())


@jobs.handler(objecting.COMPARE)
def compare_job(job: JobView) -> None:
    """Compare a consent that was held at its signature with the objections to its account."""
    objecting.compare(Consent.objects.get(id=job.subject_id), now=timezone.now())


@jobs.handler(objecting.RECEIVED_MAIL)
def received_job(job: JobView) -> None:
    """Write to the objector: the same words for every account, known to us or not."""
    row = Objection.objects.get(id=job.subject_id)
    to, context, key = _objector(row), _about(row), f"objection-received:{row.id}"
    with transaction.atomic():
        notices.send_later("objection_received", to=to, subject=row.id, language=row.language, context=context, key=key)


@jobs.handler(objecting.CLOSED_MAIL)
def closed_job(job: JobView) -> None:
    """Write to the objector that the objection was looked at; not what was found."""
    row = Objection.objects.get(id=job.subject_id)
    to, context, key = _objector(row), _about(row), f"objection-closed:{row.id}"
    with transaction.atomic():
        notices.send_later("objection_closed", to=to, subject=row.id, language=row.language, context=context, key=key)


@jobs.handler(objecting.PAUSED_MAIL)
def paused_job(job: JobView) -> None:
    """Write to the signer that her permission is paused; not who said what."""
    consent = Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)
    if consent.state in ENDED or not consent.objections.filter(lifted_at=None).exists():
        return
    her, key = consent.customer, f"objection-paused:{job.id}"
    message = electronic.Message("objection_paused", her, _permission(consent), key, consent)
    electronic.tell(message, why="paused", actor=WRITER, now=timezone.now())


@jobs.handler(objecting.RESUMED_MAIL)
def resumed_job(job: JobView) -> None:
    """Write to the signer that her permission is in force again."""
    consent = Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)
    her, key = consent.customer, f"objection-resumed:{job.id}"
    message = electronic.Message("objection_resumed", her, _permission(consent), key, consent)
    electronic.tell(message, why="paused", actor=WRITER, now=timezone.now())


@jobs.handler(provers.COMPARE)
def provers_job(job: JobView) -> None:
    """Hold the names of two mailboxes that proved one account against each other."""
    provers.compare(Consent.objects.get(id=job.subject_id), now=timezone.now())


@jobs.handler(provers.TELL)
def proven_too_job(job: JobView) -> None:
    """Write to a customer that another mailbox proved her account; not whose, and once for each."""
    account = UtilityAccount.objects.select_related("customer").get(id=job.subject_id)
    facts = {"account_ending": account.last_four, "my_path": reverse("my"), "object_path": reverse("object")}
    message = electronic.Message("proven_too", account.customer, facts, f"proven-too:{job.id}")
    electronic.tell(message, why="another mailbox proved the account", actor=WRITER, now=timezone.now())


@jobs.handler(objecting.ALERT)
def objection_alert_job(job: JobView) -> None:
    """Tell our people that an objection waits for them."""
    row = Objection.objects.get(id=job.subject_id)
    detail = f"{row.number}: {row.get_state_display()}."
    _tell_staff("An objection waits", detail, "admin:objections", key=f"objection:{row.id}")


@jobs.handler(members.APART)
def apart_job(job: JobView) -> None:
    """Tell our people that "both must agree" was asked for by one of two customers who share data of one account."""
    consent = Consent.objects.get(id=job.subject_id)
    detail = f"{consent.number}: another customer shares data of this account; each word binds its own permissions."
    _tell_staff("Two customers name one account", detail, "admin:index", key=f"joint-apart:{consent.id}")


@jobs.handler(members.LINE)
def line_job(job: JobView) -> None:
    """Tell our people of a permission over an account of which both must agree that does not fit what is known.

    Its name line leaves out a holder, or nobody's mailbox can agree to it: the signer named another than the one that
    asked, two have asked, or it is a letter for many accounts and a second one needs another holder.
    """
    consent = Consent.objects.select_related("joint_member").get(id=job.subject_id)
    member = consent.joint_member
    stuck = member.email_index is not None and not mailboxes.may_agree(member)
    about = reach.account_of(consent)
    if any(not reach.is_same(each, about) for each in mailboxes.unspoken(consent)):
        why, kind = "so they must over a second one of it: it can only be ended and signed anew", ":second"
    elif stuck:
        why, kind = "no mailbox named can agree to it", ":nobody"
    else:
        why, kind = "its name line names one holder", ""
    detail = f"{consent.number}: both must agree over this account, and {why}. It waits."
    _tell_staff("Both must agree: look at this", detail, "admin:both", key=f"joint-line:{consent.id}{kind}")


@jobs.handler(counting.ALERT)
def sign_alert_job(job: JobView) -> None:
    """Tell our people that a consent is held for signs of abuse."""
    consent = Consent.objects.get(id=job.subject_id)
    signs = "; ".join(in_words(each.code, each.counted) for each in consent.abuse_signs.order_by("code"))
    _tell_staff(
        "A permission is held for review",
        f"{consent.number}: {signs}.",
        "admin:held-consents",
        key=f"abuse:{job.id}",  # what was let go can be held anew, for another reason
    )


def _member(consent_id: uuid.UUID) -> JointMember | None:
    rows = JointMember.objects.select_related("consent__recipient", "consent__customer")
    return rows.filter(consent_id=consent_id).first()


def _opened(member: JointMember, fields: list[str]) -> EventRef:
    return log.append_read(
        "joint.read",
        actor=WRITER,
        subject=member.id,
        purpose="operations",
        obj="joint_member",
        body={"member": str(member.id), "fields": fields},
        cnt=1,
    )


def _right_address(member: JointMember) -> None:
    """Take the address whose word counts from what was said before: by the other holder, or by a proven one alike.

    No address comes from anybody else's consent: a stranger who knows the number would write herself in. Nothing is
    taken where two mailboxes asked, or where a letter did, and from nobody whom we wrote to before the one that asked:
    the link in that mail goes on speaking for its own reader.
    """
    account = reach.account_of(member.consent)
    if member.told_at is not None and not _asked_earlier(member, mailboxes.words(account), account):
        return
    heard = [] if mailboxes.words(account) else reach.heard_by(account)
    email = (
        _heard_by_us(account) or _earlier_member(member, [*reach.same(account), *heard]) or _other_signer(member, heard)
    )
    if email:
        members.right_address(member, email, actor=WRITER)


def _heard_by_us(account: UtilityAccount) -> str | None:
    """Open the address that two of our people heard from the holder; it counts as long as its word does."""
    members_here = reach.members_of(reach.same(account))
    rows = HolderMailbox.objects.select_related("member").filter(member__in=members_here)
    confirmed = BothChange.objects.filter(kind=BothChange.Kind.HEARD, asked__account__in=reach.same(account))
    for found in rows.filter(approval__in=confirmed.values("approval")).order_by("-at"):
        if bytes(found.email_index) in mailboxes.words(account):
            return vault.open(found.email, under=_opened(found.member, ["email"]))
    return None


def _asked_earlier(member: JointMember, words: mailboxes.Mailboxes, account: UtilityAccount) -> bool:
    if not words:
        return True
    rows = reach.members_of(reach.same(account)).filter(told_at__lt=member.told_at)
    return rows.filter(email_index__in=[each for each in words if each is not None]).exists()


def _earlier_member(member: JointMember, accounts: list[UtilityAccount]) -> str | None:
    rows = reach.members_of(accounts).filter(email_index__isnull=False)
    rows = rows.exclude(email_index=bytes(member.signer_index))
    for found in rows.order_by("created_at"):
        index = found.email_index
        if found.email is not None and index is not None and _counts(member, bytes(index)):
            return vault.open(found.email, under=_opened(found, ["email"]))
    return None


def _other_signer(member: JointMember, accounts: list[UtilityAccount]) -> str | None:
    rows = Customer.objects.filter(accounts__in=accounts, consents__joint_member__isnull=False)
    for other in rows.exclude(email_index=bytes(member.signer_index)).order_by("created_at"):
        if _counts(member, bytes(other.email_index)):
            to = electronic.address(other, actor=WRITER, why="second holder")
            return to.address if to else None
    return None


def _counts(member: JointMember, index: bytes) -> bool:
    found = mailboxes.counting(reach.account_of(member.consent))
    return found is None or index in found


def _objector(objection: Objection) -> ProvenAddress:
    event = log.append_read(
        "objection.read",
        actor=WRITER,
        subject=objection.id,
        purpose="operations",
        obj="objection",
        body={"objection": str(objection.id), "fields": ["email"]},
        cnt=1,
    )
    return ProvenAddress(vault.open(objection.email, under=event), Proof("code", str(objection.id)))


def _about(objection: Objection) -> dict[str, object]:
    return {"number": objection.number, "account_ending": objection.last_four, "at": objection.made_at}


def _permission(consent: Consent) -> dict[str, object]:
    return {"number": consent.number, "who": consent.recipient.legal_name, "my_path": reverse("my")}


def _tell_staff(what: str, detail: str, page: str, *, key: str) -> None:
    with transaction.atomic():
        notices.send_later(
            "staff_alert",
            to=ProvenAddress(settings.OPERATOR_EMAIL, Proof("party", "operator")),
            subject=STAFF.id,
            context={"what": what, "detail": detail, "path": reverse(page)},
            key=f"staff:{key}",
        )
