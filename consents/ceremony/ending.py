"""The end of a draft (actions): after its seven days it is deleted with the pages that were served for it."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs import JobView
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
    """Delete a draft whose days are over, with its pages; False when there is none or its days are not over."""
    with transaction.atomic():
        draft = Draft.objects.filter(id=draft_id, expires_at__lte=now).first()
        if draft is None:
            return False
        log.append("draft.deleted", actor=KEEPER, subject=draft.id, body={"signed_or_declined": bool(draft.ended_at)})
        draft.delete()
    return True


@jobs.handler(ENDS)
def end_job(job: JobView) -> None:
    """End the draft whose days are over."""
    end(job.subject_id, now=timezone.now())
