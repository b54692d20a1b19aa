"""Recipients hear of a file that was destroyed while its permission is in force (action of the daily look).

The keeper, who destroys, may write nothing here: what it did is found by the dead key, and told under the event by
which the key died. After the end of a permission nothing is told: its data was withdrawn already.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.terms import EventRef
from requests_app import release
from requests_app.hooks import events, telling
from requests_app.hooks.models import Delivery
from requests_app.models import DataRequest, ReceivedFile


def tell_all(now: datetime) -> int:
    """Tell each request's application once of each file of it that is there no more; return how many were told."""
    found = list(_gone())
    for asked, file, ref in found:
        with transaction.atomic():
            telling.file_destroyed(asked, file, ref=ref, now=now)
    return len(found)


def _gone() -> Iterator[tuple[DataRequest, ReceivedFile, EventRef]]:
    rows = ReceivedFile.objects.filter(vault.is_gone("file"), state=ReceivedFile.State.ACCEPTED, consent__ended_at=None)
    for file in rows.select_related("consent").defer("name"):
        ref = vault.destroyed_by(file.file)
        if ref is None:
            continue
        for asked in DataRequest.objects.filter(consent=file.consent).select_related("consent").order_by("made_at"):
            data = {"request": str(asked.id), "consent": str(file.consent_id), "file": str(file.id)}
            told = Delivery.objects.filter(message=events.message_id(ref.id, "file.destroyed", data)).exists()
            if not told and release.files_of(asked).filter(id=file.id).exists():
                yield asked, file, ref
