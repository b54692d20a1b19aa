"""Telling the co-op, and each affected customer once (actions and a job)."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, publishing
from broker.audit import log
from broker.console.incidents import duties, listing, turn
from broker.console.incidents.duties import Choice
from broker.console.incidents.models import Affected, Decision, Incident, Proposal, Step, Told
from broker.console.incidents.recording import WHY, decided, in_force, keep, pauses
from broker.notices import compose
from broker.terms import SERVICE, Actor, Refusal
from broker.transport import Proof, ProvenAddress
from broker.utilities import UtilityProfile
from consents import electronic

TELL = "incident.tell"
TEMPLATE = "incident"
LOOK_AGAIN = timedelta(hours=1)
WRITER = SERVICE("notices")


def desk() -> UtilityProfile:
    """Give the co-op whose data it is."""
    return publishing.working(settings.HOME_UTILITY)


def letter(incident: Incident) -> str:
    """Give the words to the co-op, for an officer to read before they leave."""
    return compose.render("coop_incident", language="en", context=_context(incident)).text


def tell_coop(incident: Incident, *, actor: Actor, now: datetime) -> Step | Refusal:
    """Mail the co-op's desk, at the address of its published profile; `state.conflict` once it was told."""
    profile = desk()
    to = ProvenAddress(profile.contacts.email.value, Proof("profile", f"{profile.id} {profile.version}"))
    with transaction.atomic():
        row = turn.take(incident)
        if row.steps.filter(kind__in=[Step.Kind.COOP, Step.Kind.CLOSED]).exists():
            return Refusal("state.conflict")
        key = f"incident-coop:{row.id}"
        notice = notices.send_later("coop_incident", to=to, subject=row.id, context=_context(row), key=key)
        return keep(row, Step.Kind.COOP, "mail to its desk", at=now, actor=actor, now=now, notice=notice)


def begin(incident: Incident, *, actor: Actor, now: datetime) -> Step | Refusal:
    """Have every customer told of the list on which two people decided so.

    `state.conflict` without such a decision, after a newer list, which needs a decision of its own, if it is begun, or
    while a delay stands.
    """
    with transaction.atomic():
        row = turn.take(incident)
        decision = in_force(row)
        if decision is None or decision.choice != Choice.NOTIFY or duties.is_delayed(pauses(row), now):
            return Refusal("state.conflict")
        made = decision.proposal.list
        step = keep(row, Step.Kind.CUSTOMERS, f"list {made.number}", at=now, actor=actor, now=now, of=made)
        if not isinstance(step, Refusal):
            for each in made.rows.values_list("id", flat=True):
                jobs.enqueue(TELL, each, key=f"{TELL}:{each}")
        return step


@jobs.handler(TELL)
def tell_job(job: jobs.JobView) -> None:
    """Tell one customer, unless she was told before."""
    row = Affected.objects.select_related("of__incident", "customer").get(id=job.subject_id)
    tell(row, now=timezone.now())


def tell(row: Affected, *, now: datetime) -> None:
    """Write the notice and record it, in one commit, in the way that she chose: to her proven address, or on paper."""
    incident, customer = row.of.incident, row.customer
    if Told.objects.filter(incident=incident, customer=customer).exists():
        return
    _may_tell(incident, now)
    to = electronic.address(customer, actor=WRITER, why="incident")
    with transaction.atomic():
        turn.take(incident)
        if Told.objects.filter(incident=incident, customer=customer).exists():
            return  # another run was faster
        proposal = _may_tell(incident, now).proposal  # again: two people may have decided meanwhile
        context = notice_context(incident, proposal, customer.language)
        message = electronic.Message(TEMPLATE, customer, context, f"incident:{incident.id}:{customer.id}")
        ref = None if to else electronic.printed(message, actor=WRITER)
        notice = electronic.deliver_message(message, to=to, ref=ref, now=now)
        body = {"incident": incident.id, "number": incident.number, "notice": notice}
        ref = log.append("incident.told", actor=WRITER, subject=customer.id, purpose=WHY, obj="incident", body=body)
        Told.objects.create(incident=incident, customer=customer, notice=notice, at=now, audit_event_id=ref.id)


def notice_context(incident: Incident, proposal: Proposal, language: str) -> dict[str, object]:
    """Give what a notice to a customer says, in her language; it names nobody."""
    return {
        "number": incident.number,
        "happened_from": incident.happened_from,
        "happened_to": incident.happened_to,
        "said": proposal.said_es if language == "es" else proposal.said_en,
        "my_path": reverse("my"),
    }


def hold(notice: uuid.UUID) -> None:
    """Raise `Held` where a mail or letter of ours, written already, has to wait: a delay stands.

    In the transaction in which it is handed over, so that it is either gone before a delay is decided, or waits.
    """
    incident = turn.take(Told.objects.select_related("incident").get(notice=notice).incident)
    _demand_no_delay(incident, timezone.now())


def _may_tell(incident: Incident, now: datetime) -> Decision:
    """Give the decision to tell; raises `GiveUp` where there is none, and `Held` while a delay stands."""
    decision = decided(incident)
    if decision is None or decision.choice != Choice.NOTIFY:
        raise jobs.GiveUp("incident.not_decided")
    _demand_no_delay(incident, now)
    return decision


def _demand_no_delay(incident: Incident, now: datetime) -> None:
    if duties.is_delayed(pauses(incident), now):
        raise jobs.Held("incident.delayed", after=LOOK_AGAIN)


def _context(incident: Incident) -> dict[str, object]:
    made = listing.newest(incident)
    return {
        "number": incident.number,
        "known_at": incident.known_at,
        "happened_from": incident.happened_from,
        "happened_to": incident.happened_to,
        "customers": made.customers if made else None,
    }
