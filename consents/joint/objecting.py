"""Objections: whoever was not named may say no (actions: one transaction, one log entry each).

A mailbox, an account number and a name as billed are enough for the safe direction. From the commit on the decision
refuses what is over that account (rule 9); a job then compares the names and pauses what the objection reaches.
Nothing here answers differently for an account that we do not know: not the page, not the mail, not the time it takes.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from broker import jobs, vault
from broker.audit import log
from broker.parties.links import person
from broker.parties.models import EmailLink, UtilityAccount
from broker.terms import SERVICE, Actor, EventRef
from consents import actions
from consents.joint.entering import enter, lift_objection, tell_again
from consents.joint.models import Objection, ObjectionReach
from consents.joint.names import lines_agree
from consents.joint.signs import Objected, mailbox_folded, objection_pauses, too_many_objections
from consents.lifecycle import ENDED
from consents.models import Consent, Suspension
from consents.suspending import suspend

State = Objection.State
COMPARER = SERVICE("objections")
CHECK, COMPARE, RECEIVED_MAIL = "objection.check", "objection.compare", "objection.received"
PAUSED_MAIL, RESUMED_MAIL, CLOSED_MAIL = "objection.paused", "objection.resumed", "objection.closed"
ALERT = "objection.alert"
# In these an objection holds back new consents over its account; upheld ones go on doing so.
BLOCKING = (State.RECEIVED, State.STANDING, State.UPHELD)
TRIES = 25


def make(link: EmailLink, *, utility: str, number: str, name: str, now: datetime) -> Objection:
    """Record an objection of the person whose mailbox code was right; what she asked for before is given back."""
    event = log.append_read(
        "objection.read",
        actor=person(link),
        subject=link.id,
        purpose="own_data",
        obj="link",
        body={"why": "objecting"},
        cnt=1,
    )
    email = vault.open(link.email, under=event)
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _open_one(link, utility, number) or _record(link, email, utility, number, name, now)
        except IntegrityError:  # somebody took the number
            continue
    raise RuntimeError("no number was free")


def check(objection: Objection, *, now: datetime) -> int:
    """Compare a new objection with the consents over its account and pause those that it reaches; gives how many."""
    if objection.state != State.RECEIVED:
        return 0
    reached = _reached_by(objection)
    with transaction.atomic():
        ref = _append("objection.checked", objection, COMPARER, {"reached": len(reached)})
        taken = Objection.objects.filter(id=objection.id, state=State.RECEIVED)
        if not taken.update(state=State.STANDING, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return 0
        for consent in reached:
            _reach(objection, consent, now)
    objection.refresh_from_db()
    return len(reached)


def reach_new(consent: Consent, account: UtilityAccount, *, now: datetime) -> int:
    """Hold a consent that is being signed over an account to which somebody objects, in the signing transaction.

    The signature is taken and held: to refuse it would tell whoever signs that somebody objected.
    """
    rows = over(account).filter(state__in=BLOCKING)
    found = list(rows.exclude(email_index=bytes(consent.customer.email_index)))
    for objection in found:
        _reach(objection, consent, now)
    if found:
        jobs.enqueue(COMPARE, consent.id, key=f"{COMPARE}:{consent.id}")
    return len(found)


def compare(consent: Consent, *, now: datetime) -> None:
    """Let go again what was held at its signature though the objector's name is not the account's."""
    for reach in ObjectionReach.objects.select_related("objection").filter(consent=consent, lifted_at=None):
        if any(each.id == consent.id for each in _reached_by(reach.objection)):
            continue
        with transaction.atomic():
            ref = _disputed(reach.objection, consent, COMPARER, {"reached": False})
            _let_go(reach, ref, COMPARER, now)


def uphold(objection: Objection, *, actor: Actor, now: datetime) -> bool:
    """Find an objection right: what it paused ends. One person is enough for the safe direction."""
    with transaction.atomic():
        standing = _standing(objection)
        ref = _append("objection.resolved", objection, actor, {"outcome": "upheld", **_lifts(standing)})
        rows = Objection.objects.filter(id=objection.id, state__in=(State.STANDING, State.REVIEW))
        if not rows.update(state=State.UPHELD, resolved_at=now, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return False
        for reach in standing:
            actions.revoke(reach.consent, actor=actor, how="objection", now=now)
            ObjectionReach.objects.filter(id=reach.id).update(lifted_at=now, audit_event_id=ref.id)
        jobs.enqueue(CLOSED_MAIL, objection.id, key=f"{CLOSED_MAIL}:{objection.id}")
    objection.refresh_from_db()
    return True


def dismiss(objection: Objection, *, approval: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """Find an objection not right, under the act of two people: what only it paused is in force again."""
    with transaction.atomic():
        standing = _standing(objection)
        told = {"outcome": "dismissed", "approval": str(approval), **_lifts(standing)}
        ref = _append("objection.resolved", objection, actor, told)
        rows = Objection.objects.filter(id=objection.id, state__in=(State.STANDING, State.REVIEW))
        taken = rows.update(state=State.DISMISSED, resolved_at=now, approval=approval, audit_event_id=ref.id)
        if not taken:
            transaction.set_rollback(True)
            return False
        for reach in standing:
            _let_go(reach, ref, actor, now)
        jobs.enqueue(CLOSED_MAIL, objection.id, key=f"{CLOSED_MAIL}:{objection.id}")
    objection.refresh_from_db()
    return True


def over(account: UtilityAccount) -> QuerySet[Objection]:
    """Give the objections to this account, whoever of our customers it belongs to."""
    return Objection.objects.filter(utility=account.utility, number_index=bytes(account.number_index))


def from_mailbox(index: bytes) -> QuerySet[Objection]:
    """Give the objections of the mailbox with this blind index, whatever tag its address had."""
    return Objection.objects.filter(Q(mailbox_index=index) | Q(email_index=index))


def _open_one(link: EmailLink, utility: str, number: str) -> Objection | None:
    rows = Objection.objects.filter(
        utility=utility,
        number_index=vault.blind_index("account_number", number),
        email_index=bytes(link.email_index),
    )
    return rows.exclude(state__in=(State.UPHELD, State.DISMISSED)).first()


def _record(link: EmailLink, email: str, utility: str, number: str, name: str, now: datetime) -> Objection:
    objection_id = uuid.uuid4()
    mailbox = vault.blind_index("email", mailbox_folded(email))
    waits = _is_over_the_limit(mailbox, utility, vault.blind_index("account_number", number), now)
    prefix = f"OBJ-{now:%Y}-"
    count = Objection.objects.filter(number__startswith=prefix).count()
    ref = log.append(
        "objection.made",
        actor=Actor("c", objection_id),
        subject=objection_id,
        obj="objection",
        body={"objection": str(objection_id), "utility": utility, "link": str(link.id), "waits_for_review": waits},
    )

    def seal(column: str, value: str) -> vault.Sealed:
        return vault.seal(value, subject=objection_id, place=vault.Place("joint_objection", column, objection_id))

    made = Objection.objects.create(
        id=objection_id,
        number=f"{prefix}{count + 1:05d}",
        utility=utility,
        number_index=vault.blind_index("account_number", number),
        last_four=number[-4:],
        account_number=seal("account_number", number),
        name=seal("name", name),
        email=seal("email", email),
        email_index=bytes(link.email_index),
        mailbox_index=mailbox,
        language=link.language,
        state=State.REVIEW if waits else State.RECEIVED,
        made_at=now,
        audit_event_id=ref.id,
    )
    jobs.enqueue(CHECK, made.id, key=f"{CHECK}:{made.id}")
    jobs.enqueue(RECEIVED_MAIL, made.id, key=f"{RECEIVED_MAIL}:{made.id}")
    jobs.enqueue(ALERT, made.id, key=f"{ALERT}:{made.id}")
    return made


def _is_over_the_limit(mailbox: bytes, utility: str, number: bytes, now: datetime) -> bool:
    """Count by keyed hashes alone: the same work for an account that we know and one that we do not."""
    mine = from_mailbox(mailbox)
    same = Objection.objects.filter(utility=utility, number_index=number)
    dismissed = Q(state=State.DISMISSED, resolved_at__gt=now - timedelta(days=365))
    counted = Objected(
        of_the_day=mine.filter(made_at__gt=now - timedelta(days=1)).count(),
        dismissed=mine.filter(dismissed).count(),
        pausing=same.filter(state=State.STANDING, reach__lifted_at=None, reach__isnull=False).distinct().count(),
        account_dismissed=same.filter(dismissed).count(),
    )
    return too_many_objections(counted, per_day=settings.OBJECTIONS_PER_DAY, false_ones=settings.OBJECTIONS_DISMISSED)


def _is_further(objection: Objection) -> bool:
    """Say whether an earlier objection, of anybody, paused something of the same account not long before.

    One that was held at a signature and let go since the names differ does not count.
    """
    since = objection.made_at - timedelta(days=settings.OBJECTION_AGAIN_DAYS)
    rows = ObjectionReach.objects.filter(
        objection__utility=objection.utility,
        objection__number_index=bytes(objection.number_index),
        objection__made_at__range=(since, objection.made_at),
    ).exclude(objection=objection)
    return rows.filter(Q(lifted_at=None) | Q(objection__resolved_at__isnull=False)).exists()


def _reached_by(objection: Objection) -> list[Consent]:
    """Open both sides' names and give the consents that the objection reaches; each opening is an event."""
    event = log.append_read(
        "objection.read",
        actor=COMPARER,
        subject=objection.id,
        purpose="operations",
        obj="objection",
        body={"objection": str(objection.id), "fields": ["name"]},
        cnt=1,
    )
    theirs = vault.open(objection.name, under=event)
    accounts = UtilityAccount.objects.filter(utility=objection.utility, number_index=bytes(objection.number_index))
    further, mailbox = _is_further(objection), bytes(objection.email_index)
    return [each for account in accounts for each in _over(account, theirs, mailbox, further=further)]


def _over(account: UtilityAccount, theirs: str, mailbox: bytes, *, further: bool) -> list[Consent]:
    rows = Consent.objects.filter(accounts=account).exclude(state__in=ENDED)
    consents = list(rows.exclude(customer__email_index=mailbox).select_related("customer"))
    if not consents:
        return []
    event = log.append_read(
        "account.read",
        actor=COMPARER,
        subject=account.customer_id,
        purpose="operations",
        obj="account",
        body={"account": str(account.id), "fields": ["name_as_billed"]},
        cnt=1,
    )
    agree = lines_agree(theirs, vault.open(account.name_as_billed, under=event))
    return [e for e in consents if objection_pauses(names_agree=agree, assurance=e.assurance, further=further)]


def _reach(objection: Objection, consent: Consent, now: datetime) -> None:
    if ObjectionReach.objects.filter(objection=objection, consent=consent).exists():
        return
    suspend(consent, because=Suspension.Because.OBJECTION, actor=COMPARER, now=now)
    ref = _disputed(objection, consent, COMPARER, {"reached": True})
    ObjectionReach.objects.create(objection=objection, consent=consent, since=now, audit_event_id=ref.id)
    jobs.enqueue(PAUSED_MAIL, consent.id, key=f"{PAUSED_MAIL}:{objection.id}:{consent.id}")


def _let_go(reach: ObjectionReach, ref: EventRef, actor: Actor, now: datetime) -> None:
    ObjectionReach.objects.filter(id=reach.id, lifted_at=None).update(lifted_at=now, audit_event_id=ref.id)
    if lift_objection(reach.consent, actor=actor, now=now):
        jobs.enqueue(RESUMED_MAIL, reach.consent_id, key=f"{RESUMED_MAIL}:{reach.id}")
        return
    enter(reach.consent, ref=ref, now=now)
    tell_again(reach.consent, when=str(reach.id))


def _standing(objection: Objection) -> list[ObjectionReach]:
    return list(ObjectionReach.objects.select_related("consent").filter(objection=objection, lifted_at=None))


def _lifts(standing: list[ObjectionReach]) -> dict[str, object]:
    """Name the pauses that end with an objection, so that its entry claims their rows."""
    return {"lifted": [str(each.consent_id) for each in standing]}


def _disputed(objection: Objection, consent: Consent, actor: Actor, more: dict[str, object]) -> EventRef:
    # Nothing of the objector stands here: this entry is the customer's to read.
    body = {"consent": str(consent.id), "number": consent.number, "objection": objection.number, **more}
    return log.append("consent.disputed", actor=actor, subject=consent.customer_id, obj="consent", body=body)


def _append(act: str, objection: Objection, actor: Actor, more: dict[str, object]) -> EventRef:
    body = {"objection": str(objection.id), "number": objection.number, **more}
    return log.append(act, actor=actor, subject=objection.id, obj="objection", body=body)
