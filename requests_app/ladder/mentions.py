"""Which requests a held mail may be about, written down as it comes (action's part): hints, never a proof."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from broker.terms import EventRef
from requests_app import matching
from requests_app.ladder.models import Mention
from requests_app.models import ManualRequest, Message

MOST = 20


def keep(row: Message, read: Mapping[str, Any], tokens: Sequence[str], ref: EventRef) -> int:
    """Write down the requests that a held mail names: by token, by number, or by a mail of ours that it answers.

    None of them is asked about again before a person has said what the mail is. Give how many there are.
    """
    named = [*read["refers_to"], str((read["report"] or {}).get("original") or "")]
    ours = Message.objects.filter(direction="out", message_id__in=[each for each in named if each][:MOST])
    rows = ManualRequest.objects.filter(
        Q(thread_token__in=tokens[:MOST]) | Q(number__in=matching.numbers_in(read)) | Q(id__in=ours.values("manual"))
    )
    ids = rows.order_by("created_at").values_list("id", flat=True)[:MOST]
    found = [each for each in ids if each != row.manual_id]
    for manual in found:
        Mention.objects.create(message=row, manual_id=manual, audit_event_id=ref.id)
    return len(found)
