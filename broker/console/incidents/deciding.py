"""Whether the affected are told: one officer proposes, another person decides, both in the log (actions)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.console.hours import local
from broker.console.incidents import duties, listing, turn
from broker.console.incidents.duties import Choice, Ground
from broker.console.incidents.models import Decision, Incident, Proposal, Step
from broker.console.incidents.recording import entry, waiting
from broker.db.evidence_incidents import ACT
from broker.terms import Actor, Refusal

__all__ = ["ACT", "Wanted", "carry_out", "propose"]


@dataclass(frozen=True)
class Wanted:
    """A proposal: what, on which ground, after which investigation, and for notices the words to the public."""

    choice: Choice
    ground: Ground
    investigation: str
    said_en: str = ""
    said_es: str = ""


def propose(incident: Incident, wanted: Wanted, *, actor: Actor, now: datetime) -> Proposal | Refusal:
    """Ask a second person; raises `decide.NotAllowed` for another role.

    Refused: `ask.invalid` for a ground that does not fit or words that are missing; `state.conflict` without a list,
    after the end, or while a proposal waits.
    """
    words = bool(wanted.said_en.strip() and wanted.said_es.strip())
    if not duties.fits(wanted.choice, wanted.ground) or not wanted.investigation.strip():
        return Refusal("ask.invalid")
    if wanted.choice is Choice.NOTIFY and not words:
        return Refusal("ask.invalid")
    with transaction.atomic():
        row = turn.take(incident)
        made = listing.newest(row)
        if made is None or row.steps.filter(kind=Step.Kind.CLOSED).exists() or waiting(row) is not None:
            return Refusal("state.conflict")
        told = wanted.choice is Choice.NOTIFY
        proposal = Proposal(
            id=uuid.uuid4(),
            incident=row,
            choice=wanted.choice,
            ground=wanted.ground,
            list=made,
            said_en=wanted.said_en if told else "",
            said_es=wanted.said_es if told else "",
            proposed_by=actor.id,
            proposed_at=now,
        )
        place = vault.Place("incidents_proposal", "investigation", proposal.id)
        facts = {"proposal": proposal.id, "choice": wanted.choice, "ground": wanted.ground, "list": made.number}
        proposal.audit_event_id = entry("incident.proposed", row, actor, **facts).id
        proposal.investigation = vault.seal(wanted.investigation, subject=row.id, place=place)
        proposal.save(force_insert=True)
        params: dict[str, object] = {"number": row.number, "choice": wanted.choice.value, "ground": wanted.ground.value}
        params |= {"customers": made.customers, "list": made.number}
        decide.request(
            ACT, requester=actor, reason=wanted.investigation, now=now, subject=row.id, about=proposal.id, params=params
        )
    return proposal


def carry_out(approval: Approval, actor: Actor, now: datetime) -> None:
    """Write the decision down, in the transaction of the second person's yes.

    Raises `decide.NotAllowed("approval.over")` once the incident is closed, or where a newer list stands than the one
    that the proposal is of, and that the second person was shown.
    """
    assert approval.about is not None
    proposal = Proposal.objects.select_related("incident", "list").get(id=approval.about)
    row = turn.take(proposal.incident)
    if row.steps.filter(kind=Step.Kind.CLOSED).exists() or listing.newest(row) != proposal.list:
        raise decide.NotAllowed("approval.over")
    kept = duties.kept_until(local(now).date())
    facts = {"proposal": proposal.id, "choice": proposal.choice, "ground": proposal.ground, "kept_until": kept}
    ref = entry("incident.decided", proposal.incident, actor, **facts)
    Decision.objects.create(
        incident=proposal.incident,
        proposal=proposal,
        approval=approval,
        choice=proposal.choice,
        token=vault.subject_token(proposal.incident_id),
        decided_at=now,
        kept_until=kept,
        audit_event_id=ref.id,
    )
    decide.execute(approval, actor=actor, now=now)
