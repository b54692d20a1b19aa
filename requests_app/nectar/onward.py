"""A file that was taken goes on to Nectar, where she agreed to that (in the caller's transaction)."""

from datetime import datetime

from broker import jobs
from broker.terms import EventRef
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull, ReceivedFile


def send_on(file: ReceivedFile, ref: EventRef, now: datetime) -> None:
    """Have an accepted file handed to Nectar once, if it came for that; the job asks her permission again.

    It is called by the act that accepts the file, so that of both there is none or each.
    """
    if file.channel != "nectar":
        return
    pull = NectarPull.objects.create(file=file, state=NectarState.QUEUED, updated_at=now, audit_event_id=ref.id)
    jobs.enqueue("nectar.upload", pull.id, key=f"nectar.upload:{pull.id}")
