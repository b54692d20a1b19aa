"""The end of a draft (actions): saved, thrown away, forgotten after an hour, or stopped with its permission.

Its bytes and what was read in them are deleted by a job at once; the keeper then destroys the draft's keys, so that no
copy of the sealed bytes, on a disk or in a backup, can be read by anybody.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, log
from broker.db import holds
from broker.terms import SERVICE, Actor, EventRef
from consents.models import Consent
from requests_app.upload.drafts import ENDS
from requests_app.upload.models import DraftFile, ShareDraft

KEEPER = SERVICE("share drafts")
How = ShareDraft.How


def finish(draft: ShareDraft, how: str, *, actor: Actor, now: datetime, outcome: Sequence[dict[str, Any]] = ()) -> bool:
    """End a draft once; False when it has ended already. Its bytes go by a job that is due now."""
    with transaction.atomic():
        # A stop locks the permission before anything else; who came to a draft first would wait for it in a circle.
        Consent.objects.select_for_update(no_key=True).get(id=draft.consent_id)
        rows = ShareDraft.objects.filter(id=draft.id, ended_at=None)
        if not rows.update(ended_at=now, how=how, outcome=list(outcome)):
            return False
        _note(draft, how, actor)
        jobs.enqueue(ENDS, draft.id, key=f"{ENDS}:{draft.id}:{how}")
    return True


def on_consent_ended(*, consent: Consent, ref: EventRef, now: datetime, **_signal: Any) -> None:  # noqa: ARG001
    """End every open draft of a permission that ends, in the transaction that ends it."""
    for draft in ShareDraft.objects.filter(consent=consent, ended_at=None):
        finish(draft, How.STOPPED, actor=KEEPER, now=now)


def empty(draft_id: uuid.UUID, *, now: datetime) -> bool:
    """Delete bytes, names and readings of a draft that is over; False while it is not, or a legal hold keeps it."""
    draft = ShareDraft.objects.select_related("consent").filter(id=draft_id, emptied_at=None).first()
    if draft is None or (draft.ended_at is None and now < draft.expires_at):
        return False
    if keeper.is_held(draft.id, holds.RECORDS):
        return False
    if draft.ended_at is None:
        finish(draft, How.EXPIRED, actor=KEEPER, now=now)
    files = vault.files_of(draft.id)
    for each in files:
        vault.delete_bytes(each, for_a_time=True)
    with transaction.atomic():
        if ShareDraft.objects.filter(id=draft.id, emptied_at=None).update(emptied_at=now):
            DraftFile.objects.filter(draft=draft).delete()
            log.append("share.draft_deleted", actor=KEEPER, subject=draft.id, body={"files_deleted": len(files)})
    return True


@jobs.handler(ENDS)
def end_job(job: jobs.JobView) -> None:
    """Empty the draft whose hour is over, or that was ended before."""
    empty(job.subject_id, now=timezone.now())


def _note(draft: ShareDraft, how: str, actor: Actor) -> None:
    body = {"consent": draft.consent_id, "draft": draft.id, "how": how}
    subject = draft.consent.customer_id
    log.append("share.draft_ended", actor=actor, subject=subject, purpose="own_data", obj="share", body=body)
