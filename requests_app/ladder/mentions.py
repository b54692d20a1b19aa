"""Which requests a held mail may be about, written down as it comes (action's part): hints, never a proof."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from broker.terms import EventRef
from requests_app import matching
from requests_app.ladder.models import Mention
from requests_app.models import ManualRequest, Message

MOST = 20
MOST_NUMBERS = 3  # numbers count up and can be guessed: a mail with a list of them says nothing about any


def keep(row: Message, read: Mapping[str, Any], tokens: Sequence[str], ref: EventRef) -> int:
    """Write down the requests that a held mail names: by token, by number, or by a mail of ours that it answers.

    None of them is asked about again before a person has said what the mail is; one that is named by its number alone
    waits no longer than `open_tasks.holds_back` says, and not at all where the mail names more than three of them. Give
    how many were written down.
    """
    named = [*read["refers_to"], str((read["report"] or {}).get("original") or "")]
    ours = Message.objects.filter(direction="out", message_id__in=[each for each in named if each][:MOST])
    rows = ManualRequest.objects.order_by("created_at")
    rows = rows.exclude(id=row.manual_id) if row.manual_id else rows
    known = rows.filter(Q(thread_token__in=tokens[:MOST]) | Q(id__in=ours.values("manual")))
    proven = list(known.values_list("id", flat=True)[:MOST])
    numbers = matching.numbers_in(read)
    guessed = rows.filter(number__in=numbers if len(numbers) <= MOST_NUMBERS else []).exclude(id__in=proven)
    named = list(guessed.values_list("id", flat=True))
    for manual in [*proven, *named]:
        by_number = manual in named
        Mention.objects.create(message=row, manual_id=manual, by_number=by_number, audit_event_id=ref.id)
    return len(proven) + len(named)
