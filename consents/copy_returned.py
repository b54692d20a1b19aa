"""The signer's copy came back (actions and jobs): her permission rests, and the copy goes by post.

A consent is in force because its signer holds a copy of what she signed (`loa-esign.md` 6.1 and 6.3, step 9). Where the
mail with it comes back, nothing is read until staff have posted the copy and the post has had its days; mail that was
never hers to read must not be the only word that somebody shares her data.
"""

import hmac
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.jobs import JobView, job_dead
from broker.notices import sending
from broker.notices.models import Notice
from broker.parties.models import Customer
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents.lifecycle import ENDED
from consents.models import Consent, LetterFile, Suspension
from consents.stopping.receipt import to_post
from consents.suspending import resume, suspend

RETURNED, ARRIVED = "receipt.returned", "receipt.arrived"
KEEPER = SERVICE("receipts")
STAFF = SERVICE("staff")
POST_DAYS = timedelta(days=5)
RECEIPT = "receipt"


@dataclass(frozen=True)
class Words:
    """What the desk is told of a mail that may have come back; nothing in it is personal."""

    hint: str  # beside the button: what a person's word brings about
    button: str
    done: str
    alert: Callable[[Notice], tuple[str, str]]  # what a report says that nothing proves, and what to do


OF_A_COPY = Words(
    "If the signer or her mail service says that her copy did not arrive: her permission rests, and the copy goes by "
    "post.",
    "Her copy did not arrive",
    "The permission rests, and the copy goes by post.",
    lambda _told: ("Did a signer's copy come back?", "A report says so, and nothing proves it: see the holding pen."),
)
_also: dict[str, tuple[Callable[[Notice], None], Words]] = {}


def also(template: str, follow: Callable[[Notice], None], words: Words) -> None:
    """Have `follow` do what follows where another mail to a customer, of this template, comes back."""
    _also[template] = (follow, words)


def words_of(message_id: str) -> Words | None:
    """Give what the desk is told of this mail, should it have come back; None for a mail of another kind."""
    row = _copy(message_id)
    return None if row is None else _words(row)


def alert_of(message_id: str) -> tuple[str, str, str] | None:
    """Give what, detail and key of the alert that this mail may have come back; None for a mail of another kind."""
    row = _copy(message_id)
    if row is None:
        return None
    key = f"{row.template}-returned:{row.id}" if row.template in _also else "copy-returned"
    return (*_words(row).alert(row), key)


def address_in(message_id: str, failed: Iterable[str]) -> str:
    """Give her address where a report names the mail with her copy, or one of `also`, and her as not reached.

    `failed`: the addresses that the report names. Empty where it is about another mail or another mailbox. Whoever
    carried or received that mail knows its id, so such a report proves nothing yet.
    """
    row = _copy(message_id)
    if row is None:
        return ""
    hers = bytes(Customer.objects.get(id=row.subject).email_index)
    same = (each for each in failed if each.strip() and hmac.compare_digest(vault.blind_index("email", each), hers))
    return next(same, "")


def came_back(message_id: str) -> bool:
    """Take it that the mail with a signer's copy, or one of `also`, came back, inside `atomic()`; False for others.

    Called where our own mail server proved the report, or a person says so: a permission rests for nobody's mere word.
    """
    row = _copy(message_id)
    if row is None:
        return False
    if row.template in _also:
        _also[row.template][0](row)
        return True
    return _look_later(row)


def refused(job: JobView, **_facts: Any) -> None:
    """Receive the death of a job: a copy that a mail server refused for good has come back, too."""
    if job.kind == sending.KIND:
        row = Notice.objects.filter(id=job.subject_id, template=RECEIPT, state="refused").first()
        if row is not None:
            _look_later(row)


def returned(consent: Consent, *, now: datetime) -> bool:
    """Let the consent rest and have the copy posted; False where it has ended or rests for this already."""
    if consent.state in ENDED:
        return False
    delivered = consent.letter.files.get(kind=LetterFile.Kind.DELIVERED)
    read = log.append_read(
        "letter.read",
        actor=KEEPER,
        subject=consent.customer_id,
        purpose="operations",
        obj="letter",
        body={"why": "the mailed copy came back"},
        cnt=1,
    )
    letter = vault.open_file(delivered.file, under=read)
    with transaction.atomic():
        if not suspend(consent, because=Suspension.Because.COPY_BOUNCED, actor=KEEPER, now=now):
            return False
        facts = {"consent": consent.id, "number": consent.number, "template": RECEIPT}
        ref = log.append("electronic.printed", actor=KEEPER, subject=consent.customer_id, body=facts)
        to_post(consent, RECEIPT, letter, ref=ref, now=now)
        notices.send_later(
            "staff_alert",
            to=ProvenAddress(settings.OPERATOR_EMAIL, Proof("party", "operator")),
            subject=STAFF.id,
            context={
                "what": "A signer's copy came back",
                "detail": f"{consent.number} rests until the copy is posted.",
                "path": reverse("admin:paper"),
            },
            key=f"staff:copy-returned:{consent.id}",
        )
    return True


def went_by_post(consent: Consent, template: str, *, now: datetime) -> None:
    """Let a consent that rests for its copy go on when the posted one has had time to come; inside `atomic()`."""
    if template == RECEIPT:
        jobs.enqueue(ARRIVED, consent.id, due_at=now + POST_DAYS, key=f"{ARRIVED}:{consent.id}")


@jobs.handler(RETURNED)
def returned_job(job: JobView) -> None:
    """Let the consent rest and have the copy posted."""
    returned(Consent.objects.select_related("letter", "customer").get(id=job.subject_id), now=timezone.now())


@jobs.handler(ARRIVED)
def arrived_job(job: JobView) -> None:
    """Let the consent go on: its signer's copy has come by post."""
    consent = Consent.objects.get(id=job.subject_id)
    resume(consent, because=Suspension.Because.COPY_BOUNCED, actor=KEEPER, now=timezone.now())


def _copy(message_id: str) -> Notice | None:
    mails = Notice.objects.filter(template__in=[RECEIPT, *_also])
    return mails.filter(message_id=message_id).first() if message_id else None


def _words(row: Notice) -> Words:
    return _also[row.template][1] if row.template in _also else OF_A_COPY


def _consent_of(row: Notice) -> uuid.UUID:
    return uuid.UUID(row.key.partition(":")[2])


def _look_later(row: Notice) -> bool:
    consent = _consent_of(row)
    jobs.enqueue(RETURNED, consent, key=f"{RETURNED}:{consent}")
    return True


job_dead.connect(refused, dispatch_uid="consents.copy_returned")
