"""Which sealed files are lost: their bytes are gone, and nobody of ours ended them (asks the live database)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from broker.audit import query
from broker.vault import files
from broker.vault.models import SealedFile
from consents.models import Draft
from requests_app.brought.models import BroughtFile
from requests_app.upload.models import ShareDraft

_STEP = 500  # ids of one statement
_for_a_time: list[Callable[[], QuerySet[Any]]] = [Draft.objects.all, ShareDraft.objects.all]


def made_for_a_time(rows: Callable[[], QuerySet[Any]]) -> None:
    """Have `rows` say under whose ids files are sealed that may go while their key lives, besides drafts."""
    _for_a_time.append(rows)


def among(without_bytes: Sequence[UUID]) -> list[UUID]:
    """Give those of these files, whose bytes are not there, that ought to have them.

    Bytes go rightly after their key; and without it where a file was made for a time. Such a file belongs to a draft,
    which may be deleted itself and has its entry then, or to a pack that is over; or it was brought and is emptied once
    nobody wants it. Any other is lost, whosesoever it is: of a customer, of somebody who is none yet, or of nobody.
    Asked after the look at the storage: whatever ended meanwhile has ended here, too.
    """
    found: list[UUID] = []
    for at in range(0, len(without_bytes), _STEP):
        rows = SealedFile.objects.filter(
            ~files.is_gone("id"), ~Exists(_EMPTIED), id__in=without_bytes[at : at + _STEP]
        ).order_by("id")
        for each in _for_a_time:
            rows = rows.exclude(subject__in=each().values("id"))
        left = list(rows.values_list("id", "subject"))
        deleted = query.with_entry("draft.deleted", {subject for _id, subject in left})
        found += [file_id for file_id, subject in left if subject not in deleted]
    return found


_EMPTIED = BroughtFile.objects.filter(Q(file=OuterRef("id")) | Q(preview=OuterRef("id")), emptied_at__isnull=False)
