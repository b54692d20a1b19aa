"""Refusals by their number, as whoever was refused tells it, and the newest of an incident (reads)."""

import re
import uuid
from collections.abc import Collection, Iterable

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from broker.inlets.incidents import MOST_CONCERNED
from broker.inlets.models import Incident, Refused

EXAMPLE = "G-932c7c6a"
MOST = 20  # refusals of one number: eight digits are no whole id
_NUMBER = re.compile(r"(?:g\s?[-–]?\s?)?([0-9a-f]{8})", re.IGNORECASE)


def of_number(sought: str) -> list[Refused] | None:
    """Give the refusals of a number, newest first; None where this is no number, whichever way one writes it."""
    found = _NUMBER.fullmatch(sought.strip())
    if found is None:
        return None
    first, last = (uuid.UUID(found[1] + each * 24) for each in "0f")
    return list(_with_people().filter(id__gte=first, id__lte=last).order_by("-at", "id")[:MOST])


def newest(groups: Collection[Incident], each: int) -> dict[uuid.UUID, list[Refused]]:
    """Give the newest refusals of these open incidents, so many of each, newest first; one look-up for all."""
    if not groups:
        return {}
    place = Window(RowNumber(), partition_by=[F("inlet"), F("sender")], order_by=[F("at").desc(), F("id").asc()])
    rows = Refused.objects.filter(
        inlet__in={group.inlet for group in groups},
        sender__in={group.sender for group in groups},
        at__gte=min(group.first_at for group in groups),
    )
    by_group: dict[tuple[str, str], list[Refused]] = {}
    for row in rows.annotate(place=place).filter(place__lte=each).order_by("-at", "id"):
        by_group.setdefault((row.inlet, row.sender), []).append(row)
    return {
        group.id: [row for row in by_group.get((group.inlet, group.sender), []) if row.at >= group.first_at]
        for group in groups
    }


def group_of(row: Refused) -> Incident | None:
    """Give the incident in which a refusal was counted, open or closed."""
    same = Incident.objects.filter(inlet=row.inlet, sender=row.sender, first_at__lte=row.at, last_at__gte=row.at)
    return same.select_related("closed_by").order_by("-first_at").first()


def event_of(row: Refused) -> int | None:
    """Give the log's entry of the refusal itself; None where a later act took its place before it was kept."""
    if row.refused_event is not None:
        return row.refused_event
    unchanged = row.asked_by_id is None and (row.structural or row.mac is not None)
    return row.audit_event_id if unchanged else None


def of_events(ids: Iterable[int], parts: Iterable[int]) -> dict[int, Refused]:
    """Give the refusals of these entries; `parts` are those of them that are parts of one act.

    The entry of a customer whom a refusal concerned stands right behind the refusal's own, with those of others.
    """
    wanted, among = set(ids), set(parts)
    before = {each - back for each in among for back in range(1, MOST_CONCERNED + 1)}
    kept = Refused.objects.filter(
        Q(refused_event__in=wanted | before)
        | Q(refused_event=None, asked_by=None, audit_event_id__in=wanted)
    )  # fmt: skip
    own = {event: row for row in kept if (event := event_of(row)) is not None}
    found = {event: own[event] for event in wanted & set(own)}
    for each in among - set(found):
        heads = [each - back for back in range(1, MOST_CONCERNED + 1) if each - back in own]
        if heads and heads[0] >> 32 == each >> 32:
            found[each] = own[heads[0]]
    return found


def _with_people() -> "QuerySet[Refused]":
    return Refused.objects.select_related("organisation", "asked_by", "released_by", "typed_by")
