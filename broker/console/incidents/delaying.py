"""Notice waits because a law enforcement agency asked for it in writing: two people decide (actions)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.console.hours import instant_of, local, midnight_us
from broker.console.incidents import duties, turn
from broker.console.incidents.models import Delay, Incident, Step
from broker.console.incidents.recording import entry
from broker.db.evidence_incidents import DELAY as ACT
from broker.notices.templatetags.notices import day
from broker.terms import Actor, Refusal

__all__ = ["ACT", "Asked", "ask", "begins", "carry_out", "waits", "words_of"]


@dataclass(frozen=True)
class Asked:
    """What the agency wrote: who, on which day, until which day notice waits, and who asked (sealed)."""

    agency: str
    written_on: date
    until: date
    words: str


def ask(incident: Incident, asked: Asked, *, actor: Actor, now: datetime) -> Approval | Refusal:
    """Ask a second person; raises `decide.NotAllowed` for another role.

    Refused: `ask.invalid` for days that cannot be, or more than a year ahead; `state.conflict` after the end, or while
    another delay waits for its second person.
    """
    today = local(now).date()
    if not local(incident.happened_from).date() <= asked.written_on <= today <= asked.until:
        return Refusal("ask.invalid")
    if asked.until - today > duties.LONGEST_DELAY or not (asked.agency.strip() and asked.words.strip()):
        return Refusal("ask.invalid")
    with transaction.atomic():
        row = turn.take(incident)
        if row.steps.filter(kind=Step.Kind.CLOSED).exists() or waits(row):
            return Refusal("state.conflict")
        params = {
            "number": row.number,
            "agency": asked.agency.strip(),
            "written_on": asked.written_on.isoformat(),
            "until": asked.until.isoformat(),
        }
        return decide.request(
            ACT, requester=actor, reason=asked.words, now=now, subject=row.id, about=row.id, params=params
        )


def carry_out(approval: Approval, actor: Actor, now: datetime) -> None:
    """Write the delay down, in the transaction of the second person's yes.

    Raises `decide.NotAllowed("approval.over")` once the incident is closed, or its day has come.
    """
    assert approval.about is not None
    row = turn.take(Incident.objects.get(id=approval.about))
    until = date.fromisoformat(str(approval.params["until"]))
    if row.steps.filter(kind=Step.Kind.CLOSED).exists() or until < local(now).date():
        raise decide.NotAllowed("approval.over")
    written_on = date.fromisoformat(str(approval.params["written_on"]))
    facts = {"agency": approval.params["agency"], "written_on": written_on, "until": until, "approval": approval.id}
    ref = entry("incident.delayed", row, actor, **facts)
    Delay.objects.create(
        incident=row,
        approval=approval,
        agency=str(approval.params["agency"]),
        written_on=written_on,
        until=until,
        ends_at=begins(until),
        recorder=approval.requester,
        decided_at=now,
        audit_event_id=ref.id,
    )
    decide.execute(approval, actor=actor, now=now)


def begins(day: date) -> datetime:
    """Give the moment at which a Central day begins."""
    return instant_of(midnight_us(day))


def waits(incident: Incident) -> bool:
    """Say whether a delay waits for its second person."""
    return decide.is_open(ACT, about=incident.id)


def words_of(row: Approval) -> tuple[list[tuple[str, str]], str]:
    """Give the facts for whoever decides, and the sentence that a yes confirms; nothing sealed is opened."""
    said = {name: str(row.params.get(name, "")) for name in ("number", "agency", "written_on", "until")}
    number, agency = said["number"], said["agency"]
    written_on, until = (
        day(date.fromisoformat(said[name]) if said[name] else None) for name in ("written_on", "until")
    )
    facts = [
        ("Incident", number),
        ("Agency", agency),
        ("Day of its letter", written_on),
        ("Notice waits until", f"{until}; on this day it goes on"),
    ]
    return facts, f"let notice of incident {number} wait until {until}, as {agency} asks."
