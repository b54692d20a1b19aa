"""The list of the affected, computed from the log and kept (action); nothing of anybody is opened for it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from broker.audit import log, query, timeline
from broker.audit.entry import Header
from broker.audit.timeline import Filters
from broker.console import criteria, subjects
from broker.console.groups import READS
from broker.console.hours import instant_of, us_of
from broker.console.incidents import owners, touched, turn
from broker.console.incidents.models import Affected, AffectedList, Incident, Step
from broker.terms import Actor, Refusal
from requests_app.models import Release

RELEASED = ("data.released", "data.link_made", "identity.code_printed")
TOUCHED = (*READS, *RELEASED)
CUSTOMER = "c"
OWN_NAME = "own_name"  # also what was done in the customer's own name, through a stolen session or link for example
_MINUTE = timedelta(minutes=1)


def compute(incident: Incident, words: Mapping[str, str], *, actor: Actor, now: datetime) -> AffectedList | Refusal:
    """Compute a further list with an officer's filters and keep it, under one entry with its fingerprint.

    `words` are the filters of the log's page, and `file` and `request`, ids of what was released. Without an act or a
    group only entries that opened or released data count; without a first day the incident's own time bounds it. What
    a customer did about herself counts with `own_name` alone, or where customers are asked for. All logs count, those
    that a declared loss closed too, and entries that have no place in their log's tree; how many is kept.
    `state.conflict` once the incident is closed. After a decision a further list is one more to be decided on.
    """
    wanted = criteria.of({name: value for name, value in words.items() if name in criteria.FIELDS})
    filters = _narrowed(wanted.filters, incident, words)
    size, unplaced = timeline.standing(filters, keep=wanted.keep)
    heads = [each.head for each in (*unplaced, *timeline.walk(filters, size=size, keep=wanted.keep))]
    whose = subjects.of_kids({each.kid for each in heads})
    known = {each for each in whose.values() if isinstance(each, uuid.UUID)}
    if filters.kind != CUSTOMER and not words.get(OWN_NAME):
        heads = _by_others(heads, whose, known)
    without_place = len({each.id for each in unplaced} & {head.event_id for head in heads})
    found, unknown = touched.by_customer(heads, whose, owners.of(known))
    digest = touched.fingerprint(found)
    with transaction.atomic():
        turn.take(incident)
        if incident.steps.filter(kind=Step.Kind.CLOSED).exists():
            return Refusal("state.conflict")
        number = incident.lists.count() + 1
        made = AffectedList(
            incident=incident,
            number=number,
            filters=dict(words),
            size=size,
            entries=len(heads),
            unplaced=without_place,
            customers=len(found),
            unknown=unknown,
            sha256=digest,
            made_at=now,
        )
        body = {"incident": incident.id, "number": incident.number, "list": number, "filters": dict(words)}
        body |= {
            "size": size,
            "entries": len(heads),
            "unplaced": without_place,
            "customers": len(found),
            "sha256": digest.hex(),
        }
        ref = log.append(
            "incident.listed", actor=actor, subject=None, purpose="legal_obligation", obj="incident", body=body
        )
        made.audit_event_id = ref.id
        made.save(force_insert=True)
        Affected.objects.bulk_create(
            Affected(
                of=made,
                customer_id=customer,
                entries=touch.entries,
                first_at=instant_of(touch.first),
                last_at=instant_of(touch.last),
                readers=touch.named(),
                audit_event_id=ref.id,
            )
            for customer, touch in sorted(found.items())
        )
    return made


def newest(incident: Incident) -> AffectedList | None:
    """Give the list that counts."""
    return incident.lists.order_by("-number").first()


def stands(made: AffectedList) -> bool:
    """Say whether the rows are still what they were when the list was made."""
    found = {}
    for row in made.rows.all():
        readers = {(str(who), str(act)) for who, act in row.readers}
        found[row.customer_id] = touched.Touch(row.entries, us_of(row.first_at), us_of(row.last_at), readers)
    return touched.fingerprint(found) == bytes(made.sha256)


def _by_others(heads: Iterable[Header], whose: Mapping[bytes, uuid.UUID | str], known: set[uuid.UUID]) -> list[Header]:
    """Leave out what somebody did about herself."""
    own = {
        (each, f"{CUSTOMER}:{query.opaque_id(person)}")
        for each, people in owners.people(known).items()
        for person in people
    }
    return [head for head in heads if (whose.get(head.kid), head.actor) not in own]


def _narrowed(filters: Filters, incident: Incident, words: Mapping[str, str]) -> Filters:
    events = None
    rows = Release.objects.all()
    if words.get("file"):
        events = set(rows.filter(file=uuid.UUID(words["file"])).values_list("audit_event_id", flat=True))
    if words.get("request"):
        of = set(rows.filter(request=uuid.UUID(words["request"])).values_list("audit_event_id", flat=True))
        events = of if events is None else events & of
    if events is not None and filters.events is not None:
        events &= set(filters.events)
    return replace(
        filters,
        since=filters.since if filters.since is not None else us_of(incident.happened_from),
        until=filters.until if filters.until is not None else _end(incident),
        acts=filters.acts if filters.acts is not None else TOUCHED,
        events=filters.events if events is None else tuple(sorted(events)),
    )


def _end(incident: Incident) -> int | None:
    """Give the first moment after the minute in which it ended: a form knows minutes, an entry microseconds."""
    if incident.happened_to is None:
        return None
    return us_of(incident.happened_to.replace(second=0, microsecond=0) + _MINUTE)
