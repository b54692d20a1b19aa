"""What Nectar says otherwise, later, of a document that was taken: kept beside the first word, not over it (action)."""

import json
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from requests_app import importing
from requests_app.alerts import tell_staff
from requests_app.models import NectarPull, ReadingSeries
from requests_app.nectar import polling, recording
from requests_app.nectar.permitting import refusal
from requests_app.one_value import keeping
from requests_app.one_value.reading import in_order


def keep(pull: NectarPull, found: polling.Fetched) -> int:
    """Keep what differs from Nectar's last word as a later edition, which flags the value; give how many series do.

    A document that cannot be read any more, or is another account's now, changes nothing: a person is told.
    """
    if refusal(pull.file, timezone.now()) is not None:
        return 0
    known = polling.read(pull, found)
    if isinstance(known, str):
        recording.trouble(pull, known)
        return 0
    imported, _ = known
    last = _last_words(pull)
    # Of a document and what supersedes it, the newest word is Nectar's word of now.
    newest = {_kind(each): each for each in sorted(imported.series, key=lambda one: int(one["edition"]))}
    changed = [each for kind, each in newest.items() if _values(each["readings"]) != last.get(kind)]
    if not changed:
        return 0
    with transaction.atomic():
        ref = recording.event(pull, "nectar.revised", {"series": len(changed), "documents": len(found.ids)})
        numbered = [{**each, "edition": keeping.next_edition(pull.file_id, *_kind(each))} for each in changed]
        revised = importing.Imported(imported.importer, zone=imported.zone, series=numbered)
        importing.save_series(pull.file, revised, data_type=pull.file.data_type, ref=ref)
        tell_staff(
            "Nectar changed the numbers of a bill",
            "Both stay, and the value is flagged.",
            key=f"nectar-revised:{ref.id}",
            file=pull.file_id,
        )
    return len(changed)


def _last_words(pull: NectarPull) -> dict[tuple[str, str, str], set[tuple[str, str, Decimal]]]:
    rows = in_order(
        ReadingSeries.objects.filter(file=pull.file_id, importer__startswith="nectar.")
        .exclude(role=importing.BILLED)
        .select_related("place", "file")
    )
    if not rows:
        return {}
    event = log.append_read(
        "data.compared",
        actor=recording.CARRIER,
        subject=pull.file.consent.customer_id,
        purpose="fulfilment",
        obj="data",
        cnt=len(rows),
        body={"files": [bytes(pull.file.sha256).hex()]},
    )
    opened = vault.open_all([each.values for each in rows], under=event)
    return {
        (each.role, each.unit, each.resolution): _values(json.loads(text))
        for each, text in zip(rows, opened, strict=True)
    }


def _values(readings: list[dict[str, Any]]) -> set[tuple[str, str, Decimal]]:
    return {(each["start"], each["end"], Decimal(str(each["value"]))) for each in readings}


def _kind(each: dict[str, Any]) -> tuple[str, str, str]:
    return each["role"], each["unit"], each["resolution"]
