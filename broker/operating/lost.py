"""Which sealed files are lost: their bytes are gone, and nobody of ours ended them (asks the live database)."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from broker.parties.models import Customer
from broker.vault import files
from broker.vault.models import SealedFile
from requests_app.brought.models import BroughtFile

_STEP = 500  # ids of one statement


def among(without_bytes: Sequence[UUID]) -> list[UUID]:
    """Give those of these files, whose bytes are not there, that ought to have them.

    Bytes go rightly after their key; and without it where a file was made for a time. Such a file belongs to a draft or
    a pack, and no customer is its subject; or it was brought and is emptied once nobody wants it. Asked after the look
    at the storage: whatever ended meanwhile has ended here, too.
    """
    found: list[UUID] = []
    for at in range(0, len(without_bytes), _STEP):
        rows = SealedFile.objects.filter(
            ~files.is_gone("id"),
            ~Exists(_EMPTIED),
            id__in=without_bytes[at : at + _STEP],
            subject__in=Customer.objects.values("id"),
        )
        found += rows.order_by("id").values_list("id", flat=True)
    return found


_EMPTIED = BroughtFile.objects.filter(Q(file=OuterRef("id")) | Q(preview=OuterRef("id")), emptied_at__isnull=False)
