"""What becomes of a document whose job died: a state of its own, never a wait without end (receiver)."""

from typing import Any

from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull
from requests_app.nectar import recording
from requests_app.nectar.states import UNUSABLE

OPEN = (NectarState.QUEUED, NectarState.UPLOADING, NectarState.WAITING)


def on_job_dead(*, job: Any, code: str, **_kwargs: object) -> None:
    """End a document as failed, in the transaction that buries its job."""
    if job.kind not in ("nectar.upload", "nectar.poll"):
        return
    rows = NectarPull.objects.select_related("file__consent", "file__account")
    pull = rows.filter(id=job.subject_id, state__in=OPEN).first()
    if pull is not None:
        recording.end(pull, NectarState.FAILED, UNUSABLE, code)
