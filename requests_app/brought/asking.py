"""A customer is asked about files that somebody brought, and the recipient is told what became of them (actions).

One mail asks about all that waits, at most one a day for each customer, whoever brings.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices
from broker.notices.models import Notice
from broker.parties.models import Customer
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import asked, electronic
from consents.models import Consent, PaperNotice
from requests_app.brought import rules
from requests_app.brought.models import BroughtFile, Drop

ASKS, TELLS = "brought.ask", "brought.told"
KEY = "brought-asked"
WRITER = SERVICE("notices")
State = BroughtFile.State


def due(file: uuid.UUID, customer: uuid.UUID, *, now: datetime) -> None:
    """Have a customer asked about a file some minutes after it came, in the caller's transaction.

    Each file has a job of its own, since one that came after a mail is told of by none otherwise; most find all asked.
    """
    jobs.enqueue(ASKS, customer, due_at=now + rules.ASKED_AFTER, key=f"{ASKS}:{file}")


def settled(drop: uuid.UUID, file: uuid.UUID, *, now: datetime) -> None:
    """Have the recipient told once nothing of a drop is open any more, in the caller's transaction."""
    jobs.enqueue(TELLS, drop, due_at=now + rules.TOLD_AFTER, key=f"{TELLS}:{file}")


@jobs.handler(ASKS)
def ask_job(job: jobs.JobView) -> None:
    """Ask her about everything that waits and that no mail has told of; a day after the last one at the earliest."""
    now, customer = timezone.now(), Customer.objects.get(id=job.subject_id)
    rows = BroughtFile.objects.filter(state=State.WAITING, consent__customer=customer, drop__expires_at__gt=now)
    last = last_asked(customer)
    fresh = rows.filter(at__gt=last) if last else rows
    if not fresh.exists():
        return
    if last and now < last + rules.ASKED_AGAIN:
        raise jobs.RetryLater("asked", last + rules.ASKED_AGAIN - now)
    to = electronic.address(customer, actor=WRITER, why="somebody brought files")
    with transaction.atomic():
        # As `dropping` locks the one it holds a file under: a file is in this mail, or came after it.
        list(Consent.objects.select_for_update(no_key=True).filter(customer=customer).order_by("id"))
        waiting = list(rows.select_related("consent", "drop__organisation").order_by("at"))
        if waiting:
            message = _question(customer, waiting, now)
            ref = None if to else electronic.printed(message, actor=WRITER)
            electronic.deliver_message(message, to=to, ref=ref, now=now)


def _question(customer: Customer, waiting: Sequence[BroughtFile], now: datetime) -> electronic.Message:
    context = {
        "houses": sorted({each.drop.organisation.legal_name for each in waiting}),
        "count": len(waiting),
        "answer_by": min(each.drop.expires_at for each in waiting),
        "brought_path": reverse("my-brought"),
        "my_path": reverse("my"),
    }
    key = f"{KEY}:{customer.id}:{now:%Y-%m-%d}"
    return electronic.Message("brought_asked", customer, context, key, waiting[0].consent)


@jobs.handler(TELLS)
def tell_job(job: jobs.JobView) -> None:
    """Tell the recipient's contact where it reads what became of a drop, once nothing of it is open any more."""
    drop = Drop.objects.select_related("organisation").get(id=job.subject_id)
    if drop.files.filter(state__in=rules.OPEN).exists():
        return
    with transaction.atomic():
        notices.send_later(
            "brought_answered",
            to=ProvenAddress(drop.organisation.contact_email, Proof("party", str(drop.organisation_id))),
            subject=drop.organisation_id,
            context={"at": drop.begun_at, "path": reverse("recipient-drop", args=[drop.id])},
            key=f"brought-answered:{drop.id}",
        )


def last_asked(customer: Customer) -> datetime | None:
    """Give when the last mail, or letter, asked her."""
    begins = f"{KEY}:{customer.id}:"
    mailed = Notice.objects.filter(key__startswith=begins).aggregate(at=Max("created_at"))["at"]
    printed = PaperNotice.objects.filter(key__startswith=begins).aggregate(at=Max("made_at"))["at"]
    return max((each for each in (mailed, printed) if each), default=None)


def for_her_page(customer: Customer, *, now: datetime) -> list[asked.ToAnswer]:
    """Say what waits for her answer, for the first of her pages; nothing is opened."""
    rows = BroughtFile.objects.filter(state=State.WAITING, consent__customer=customer, drop__expires_at__gt=now)
    found: dict[str, list[BroughtFile]] = {}
    for each in rows.select_related("drop__organisation"):
        found.setdefault(each.drop.organisation.legal_name, []).append(each)
    path = reverse("my-brought")
    return [
        asked.ToAnswer(who, len(files), min(each.drop.expires_at for each in files), path)
        for who, files in sorted(found.items())
    ]
