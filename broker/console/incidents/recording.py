"""An incident opened, and what was done about it noted (actions): one transaction, one entry each."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.console.holds.numbers import next_number
from broker.console.incidents import duties, listing, turn
from broker.console.incidents.duties import Choice, Facts, Kind
from broker.console.incidents.models import Decision, Incident, Step, Told
from broker.terms import Actor, EventRef, Refusal

WHY = "legal_obligation"


@dataclass(frozen=True)
class Seen:
    """An incident as an officer writes it down."""

    source: str
    reference: str
    words: str
    happened_from: datetime
    happened_to: datetime | None
    known_at: datetime


def open_incident(seen: Seen, *, actor: Actor, now: datetime) -> Incident | Refusal:
    """Write an incident down; `ask.invalid` where its times cannot be."""
    ends = seen.happened_to or seen.happened_from
    if not seen.happened_from <= seen.known_at <= now or not seen.happened_from <= ends <= now:
        return Refusal("ask.invalid")
    made = Incident(
        id=uuid.uuid4(),
        source=seen.source,
        reference=seen.reference,
        happened_from=seen.happened_from,
        happened_to=seen.happened_to,
        known_at=seen.known_at,
        recorder=actor.id,
        recorded_at=now,
    )
    with transaction.atomic():
        made.number = next_number(Incident, "I", now)
        facts = {"source": seen.source, "reference": seen.reference, "known_at": seen.known_at}
        made.audit_event_id = entry("incident.opened", made, actor, **facts).id
        place = vault.Place("incidents_incident", "words", made.id)
        made.words = vault.seal(seen.words, subject=made.id, place=place)
        made.save(force_insert=True)
    return made


def note(incident: Incident, kind: str, how: str, *, at: datetime, actor: Actor, now: datetime) -> Step | Refusal:
    """Note a step that was done outside; `state.conflict` where it is noted already or is not done by a note.

    An incident is closed when nothing that it asks for is left.
    """
    if kind == Step.Kind.CUSTOMERS or at > now or at < incident.happened_from:
        return Refusal("ask.invalid")
    with transaction.atomic():
        row = turn.take(incident)
        if kind == Step.Kind.CLOSED and any(each.done_at is None for each in duties.duties(facts(row))):
            return Refusal("state.conflict")
        return keep(row, kind, how, at=at, actor=actor, now=now)


def keep(
    incident: Incident,
    kind: str,
    how: str,
    *,
    at: datetime,
    actor: Actor,
    now: datetime,
    notice: uuid.UUID | None = None,
) -> Step | Refusal:
    """Write a step down, inside the caller's transaction, which holds the incident's row."""
    if incident.steps.filter(kind__in=[kind, Step.Kind.CLOSED]).exists():
        return Refusal("state.conflict")
    ref = entry("incident.step", incident, actor, step=kind, how=how, at=at, notice=notice)
    return Step.objects.create(
        incident=incident, kind=kind, how=how, notice=notice, at=at, by=actor.id, noted_at=now, audit_event_id=ref.id
    )


def facts(incident: Incident) -> Facts:
    """Give what the clock needs to know."""
    made = listing.newest(incident)
    decision = Decision.objects.filter(incident=incident).order_by("-decided_at").first()
    done = {Kind(each.kind): each.at for each in incident.steps.exclude(kind=Step.Kind.CLOSED)}
    begun = done.pop(Kind.CUSTOMERS, None)
    if begun is not None and made is not None and Told.objects.filter(incident=incident).count() >= made.customers:
        last = Told.objects.filter(incident=incident).order_by("-at").first()
        done[Kind.CUSTOMERS] = last.at if last else begun
    if made is not None:
        first = incident.lists.order_by("number").first()
        done[Kind.LIST] = first.made_at if first else made.made_at
    if decision is not None:
        done[Kind.DECIDE] = decision.decided_at
    return Facts(
        incident.known_at, made.customers if made else None, Choice(decision.choice) if decision else None, done
    )


def open_ones() -> list[Incident]:
    """Give the incidents that are not closed, the oldest first."""
    closed = Step.objects.filter(kind=Step.Kind.CLOSED).values("incident")
    return list(Incident.objects.exclude(id__in=closed).order_by("known_at", "number"))


def late_ones(now: datetime) -> list[Incident]:
    """Give those of them with a clock that ran out."""
    return [each for each in open_ones() if duties.late(facts(each), now)]


def read(incident: Incident, *, actor: Actor) -> str:
    """Open what the officer wrote, under one entry."""
    body = {"incident": incident.id, "number": incident.number, "fields": ["words"]}
    ref = log.append_read(
        "incident.read", actor=actor, subject=incident.id, purpose=WHY, obj="incident", body=body, cnt=1
    )
    return vault.open(incident.words, under=ref)


def entry(act: str, incident: Incident, actor: Actor, **more: object) -> EventRef:
    """Log an act about an incident, under no customer's key."""
    body = {"incident": incident.id, "number": incident.number, **more}
    return log.append(act, actor=actor, subject=None, purpose=WHY, obj="incident", body=body)
