"""Proofs and levels: a proof of an account raises every consent of its customer over it (actions)."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from broker import jobs, publishing
from broker.audit import log
from broker.db import turns
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor, EventRef
from consents.identity.models import How, Proof
from consents.identity.needs import Lacking, awaited_hours, lacking
from consents.lifecycle import ENDED
from consents.models import Consent
from consents.signals import account_proven

BY_UTILITY = (How.CLERK_BUTTON, How.CALL_BACK, How.POSTED_CODE)
NOTICE = "identity.notice"  # the job that looks whether a notice is due
TELL = "joint.tell"  # the job of the package above that writes to a second holder, by post once the address is proven
COMPARE = "objection.compare"  # the job of the package above that holds the names of objectors against the account's


def confirm_by_utility(consent: Consent, *, how: str, actor: Actor, now: datetime) -> bool:
    """Record that the co-op confirmed who signed this consent: L3 for each of its accounts; False when it was so.

    `how` is clerk_button, call_back or posted_code (ValueError otherwise). False for a consent that has ended, too.
    """
    if how not in BY_UTILITY:
        raise ValueError("the co-op does not confirm in this way")
    with transaction.atomic():
        row = Consent.objects.get(id=consent.id)
        if row.state in ENDED:
            return False
        accounts = [each for each in row.accounts.all() if level_of(each) != "L3"]
        if not accounts:
            return False
        prove(accounts, level="L3", how=How(how), actor=actor, now=now, consent=row)
    consent.refresh_from_db()
    return True


def prove(
    accounts: Iterable[UtilityAccount],
    *,
    level: str,
    how: How,
    actor: Actor,
    now: datetime,
    consent: Consent | None = None,
    file: uuid.UUID | None = None,
    files: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> EventRef:
    """Record a proof of these accounts of one customer, and raise her consents over them; inside `atomic()`.

    `file` is the sealed bill of one account, `files` those of several, by account.
    """
    rows = list(accounts)
    (customer,) = {row.customer_id for row in rows}
    # One proof after the other: of two at once, each would not see the account that the other proves.
    Customer.objects.select_for_update().get(id=customer)
    take_turns(rows)
    ref = log.append(
        "identity.proven",
        actor=actor,
        subject=customer,
        obj="account",
        body={
            "accounts": [str(row.id) for row in rows],
            "level": level,
            "how": how.value,
            "consent": str(consent.id) if consent else None,
        },
    )
    for row in rows:
        Proof.objects.create(
            account=row,
            level=level,
            how=how,
            consent=consent,
            file=files[row.id] if files else file,
            at=now,
            audit_event_id=ref.id,
        )
    over = Consent.objects.filter(customer=customer, accounts__in=rows).exclude(state__in=ENDED)
    for each in over.distinct():
        follow(each, ref=ref)
    account_proven.send(sender=Proof, accounts=rows, now=now)
    return ref


def take_turns(accounts: Iterable[UtilityAccount]) -> None:
    """Let nobody else prove an account of these numbers until the caller's transaction ends, whoever's it is.

    Before any consent is locked: whoever has the turn may hold other customers' consents over the number.
    """
    turns.take(bytes(each.number_index) for each in accounts)


def level_of(account: UtilityAccount) -> str:
    """Give the highest level to which this account of this customer is proven; L1 without any proof."""
    return max(Proof.objects.filter(account=account).values_list("level", flat=True), default="L1")


def follow(consent: Consent, *, ref: EventRef) -> bool:
    """Raise a consent to the lowest level of its accounts, under the caller's event; False when it stays.

    A consent is born at L1; whoever makes one calls this once its accounts are there. Where hourly data
    now waits for a notice, a job sends it.
    """
    level = min((level_of(each) for each in consent.accounts.all()), default="L1")
    if level <= consent.assurance:
        return False
    raised = Consent.objects.filter(id=consent.id, assurance__lt=level).update(assurance=level, audit_event_id=ref.id)
    consent.assurance = level
    needs = publishing.assurance(consent.utility)
    if raised and awaited_hours(consent.data_types, level=level, needs=needs) is not None:
        jobs.enqueue(NOTICE, consent.id, key=f"{NOTICE}:{consent.id}")
    if raised and hasattr(consent, "joint_member") and consent.joint_member.email_index is None:
        jobs.enqueue(TELL, consent.id, key=f"{TELL}:{consent.id}:{level}")
    if raised and consent.objections.filter(lifted_at=None).exists():
        # At L1 an objection pauses whatever its name is; now the name on the account is proven, and says who may.
        jobs.enqueue(COMPARE, consent.id, key=f"{COMPARE}:{consent.id}:{level}")
    return bool(raised)


def unproven(consent: Consent, *, now: datetime) -> list[Lacking]:
    """Name the data types of a consent that its level does not open at this moment, and what would."""
    needs = publishing.assurance(consent.utility)
    return lacking(consent.data_types, level=consent.assurance, notice_at=consent.notice_at, needs=needs, now=now)


def opened_types(account: UtilityAccount) -> tuple[list[str], dict[str, int]]:
    """Give the data types that the proof of this account opens, and those that a notice opens after so many hours."""
    needs, level = publishing.assurance(account.utility), level_of(account)
    waits = {
        name: need.notice_hours
        for name, need in needs.items()
        if level < need.level and need.notice_hours and need.level_with_notice and level >= need.level_with_notice
    }
    return [name for name, need in needs.items() if level >= need.level], waits


def prove_path(consent: Consent) -> str:
    """Give the path of the page where she proves an account of this consent; empty where each one is proven.

    Until then nothing is handed over, which every text that says what happens next has to say.
    """
    rows = consent.accounts.order_by("id") if consent.assurance == "L1" else []
    return next((reverse("my-prove", args=[row.id]) for row in rows if level_of(row) == "L1"), "")
