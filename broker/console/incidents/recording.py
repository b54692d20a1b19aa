"""An incident opened, and what was done about it noted (actions): one transaction, one entry each."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.approvals import decide
from broker.audit import log
from broker.console.holds.numbers import next_number
from broker.console.incidents import duties, listing, turn
from broker.console.incidents.duties import Choice, Facts, Kind, Pause
from broker.console.incidents.models import AffectedList, Decision, Incident, Proposal, Step, Told
from broker.db.evidence_incidents import ACT
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

    An incident is closed when nothing that it asks for is left, and no proposal waits for its second person.
    """
    if kind == Step.Kind.CUSTOMERS or at > now or at < incident.happened_from:
        return Refusal("ask.invalid")
    with transaction.atomic():
        row = turn.take(incident)
        left = any(each.done_at is None for each in duties.duties(facts(row)))
        if kind == Step.Kind.CLOSED and (left or waiting(row) is not None):
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
    of: AffectedList | None = None,
) -> Step | Refusal:
    """Write a step down, inside the caller's transaction, which holds the incident's row: once, or once for a list."""
    steps = incident.steps
    if steps.filter(kind=Step.Kind.CLOSED).exists() or steps.filter(kind=kind, list=of).exists():
        return Refusal("state.conflict")
    ref = entry("incident.step", incident, actor, step=kind, how=how, at=at, notice=notice)
    made = Step(incident=incident, kind=kind, how=how, notice=notice, list=of, at=at, by=actor.id, noted_at=now)
    made.audit_event_id = ref.id
    made.save(force_insert=True)
    return made


def decided(incident: Incident) -> Decision | None:
    """Give what two people decided last; it is of the list that its proposal names, whatever list came after."""
    rows = Decision.objects.select_related("proposal__list").filter(incident=incident)
    return rows.order_by("-decided_at").first()


def in_force(incident: Incident) -> Decision | None:
    """Give it where it is of the newest list; one officer computes a list, and two decide on it."""
    last, made = decided(incident), listing.newest(incident)
    return last if last is not None and made is not None and last.proposal.list_id == made.id else None


def facts(incident: Incident) -> Facts:
    """Give what the clock needs to know: of the list on which two people decided; before that, of the newest.

    A list that came after the decision asks for a new one, and until then nothing counts as decided.
    """
    last, standing = decided(incident), in_force(incident)
    made = last.proposal.list if last else listing.newest(incident)
    done = {Kind(each.kind): each.at for each in incident.steps.exclude(kind__in=[Kind.CUSTOMERS, Step.Kind.CLOSED])}
    told = Told.objects.filter(incident=incident)
    first = incident.lists.order_by("number").first()
    count = None
    if made is not None and first is not None:
        done[Kind.LIST] = first.made_at
        whose = made.rows.values("customer")
        # Whom an earlier list told counts too: the law counts who is told.
        count = made.customers + told.exclude(customer__in=whose).count()
        begun = incident.steps.filter(kind=Step.Kind.CUSTOMERS, list=made).first()
        if begun is not None and not made.rows.exclude(customer__in=told.values("customer")).exists():
            newest = told.order_by("-at").first()
            done[Kind.CUSTOMERS] = newest.at if newest else begun.at
    if standing is not None:
        done[Kind.DECIDE] = standing.decided_at
    choice = Choice(standing.choice) if standing else None
    return Facts(incident.known_at, count, choice, done, pauses(incident))


def pauses(incident: Incident) -> list[Pause]:
    """Give the delays that two people decided, in their order; each ends as its day begins, Central."""
    rows = incident.delays.order_by("decided_at")
    return [Pause(each.decided_at, each.ends_at) for each in rows]


def waiting(incident: Incident) -> Proposal | None:
    """Give the proposal that waits for its second person."""
    rows = incident.proposals.select_related("list").order_by("-proposed_at")
    return next((each for each in rows if decide.is_open(ACT, about=each.id)), None)


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
