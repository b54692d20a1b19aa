"""The end of a draft (actions): after its seven days it is deleted with its letters and the pages served for it.

A letter that nobody signed is no evidence: its bytes go, also those of the letters that later answers replaced. What
was signed was sealed anew under its signer's key when she signed, and stays.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, log
from broker.db import holds
from broker.jobs import JobView, RetryLater
from broker.terms import SERVICE
from consents.ceremony.models import ServedPage
from consents.models import Draft

KEEPER = SERVICE("drafts")
ENDS = "draft.end"


def end_later(draft: Draft) -> None:
    """Ask for the draft's end on its last day, in the caller's transaction."""
    jobs.enqueue(ENDS, draft.id, due_at=draft.expires_at, key=f"{ENDS}:{draft.id}")


def forget_pages(draft: Draft) -> None:
    """Delete the pages that were served for a draft, in the caller's transaction."""
    ServedPage.objects.filter(draft=draft).delete()


def end(draft_id: uuid.UUID, *, now: datetime) -> bool:
    """Delete a draft whose days are over, with letters and pages; False when there is none or its days are not over.

    False also while a legal hold keeps its records. What was cut short after bytes went is finished by the next try.
    """
    with transaction.atomic():
        draft = Draft.objects.filter(id=draft_id, expires_at__lte=now).first()
        if draft is None or keeper.is_held(draft.id, holds.RECORDS):
            return False
        files = vault.files_of(draft.id)
        for each in files:
            vault.delete_bytes(each, for_a_time=True)
        body = {"signed_or_declined": bool(draft.ended_at), "letters_deleted": len(files)}
        log.append("draft.deleted", actor=KEEPER, subject=draft.id, body=body)
        draft.delete()
    return True


@jobs.handler(ENDS)
def end_job(job: JobView) -> None:
    """End the draft whose days are over; what a legal hold keeps is looked at again each day."""
    if not end(job.subject_id, now=timezone.now()) and keeper.is_held(job.subject_id, holds.RECORDS):
        raise RetryLater("hold.standing", timedelta(days=1))
