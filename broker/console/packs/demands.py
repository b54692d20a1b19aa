"""The register of legal demands (actions: one transaction each, one event, and one for each customer concerned)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.console.packs import naming, notice
from broker.console.packs.models import LegalDemand
from broker.console.packs.requesting import NotPossible, next_demand_number, seal_text
from broker.parties.directory import find_customer
from broker.parties.models import UtilityAccount
from broker.terms import Actor, EventRef
from broker.vault import Sealed

LONGEST_SILENCE = timedelta(days=3 * 365)  # after a demand was received; the database keeps to three years
TABLE = "packs_legaldemand"
MOST_LINES = 5_000


@dataclass(frozen=True)
class Gag:
    """A recorded order that forbids telling customers: its reference, and its end."""

    reference: str
    until: datetime


@dataclass(frozen=True)
class Received:
    """A demand as it came in."""

    authority: str
    kind: str
    reference: str
    asked: str
    received_on: date
    due_on: date
    gag: Gag | None = None


@dataclass(frozen=True)
class Matched:
    """What became of a list of names: customers added, those named before, and lines that named nobody."""

    added: int
    known: int
    unmatched: int


def record(received: Received, *, actor: Actor, now: datetime) -> LegalDemand:
    """Record a demand as it came in; raises `NotPossible` for an order that is over."""
    if received.gag is not None and received.gag.until <= now:
        raise NotPossible("demand.gag_over")
    made = LegalDemand(
        id=uuid.uuid4(),
        authority=received.authority,
        kind=received.kind,
        reference=received.reference,
        received_on=received.received_on,
        due_on=received.due_on,
        gag_reference=received.gag.reference if received.gag else "",
        gag_until=received.gag.until if received.gag else None,
        recorder=actor.id,
        recorded_at=now,
    )
    with transaction.atomic():
        made.number = next_demand_number(now)
        made.asked = seal_text(made.id, TABLE, "asked", received.asked)
        made.audit_event_id = _log("demand.recorded", made, actor, gag_until=made.gag_until).id
        made.save(force_insert=True)
    return made


def decide(demand: LegalDemand, decision: str, reasons: str, *, on: date, actor: Actor) -> None:
    """Record counsel's decision, once; raises `NotPossible`."""
    with transaction.atomic():
        row = _locked(demand)
        if row.decision is not None:
            raise NotPossible("demand.decided")
        row.decision, row.decided_on = decision, on
        row.decision_note = seal_text(row.id, TABLE, "decision_note", reasons)
        ref = _log("demand.decided", row, actor, decision=decision, decided_on=on)
        _save(row, ref, "decision", "decided_on", "decision_note")


def set_gag(demand: LegalDemand, gag: Gag, *, actor: Actor, now: datetime) -> None:
    """Record an order that forbids telling customers, or its new end; at the end they are told automatically.

    Whoever is in a pack for this demand is named in it from then on. Raises `NotPossible` for an end that is over or
    too far from the demand, and for another end of an order that is recorded already: a renewal has its own reference.
    """
    if gag.until <= now:
        raise NotPossible("demand.gag_over")
    if gag.until.date() > demand.received_on + LONGEST_SILENCE:
        raise NotPossible("demand.gag_too_long")
    with transaction.atomic():
        row = _locked(demand)
        if row.gag_until not in (None, gag.until) and row.gag_reference == gag.reference:
            raise NotPossible("demand.same_order")
        row.gag_reference, row.gag_until = gag.reference, gag.until
        _save(row, _log("demand.gag", row, actor, gag_until=gag.until), "gag_reference", "gag_until")
        naming.name_by_packs(row, actor=actor, now=now)
        for each in row.subjects.filter(notice=None):
            notice.plan(each, at=gag.until)


def answer(demand: LegalDemand, *, produced: str, withheld: str, actor: Actor) -> None:
    """Record what was produced and what was withheld."""
    with transaction.atomic():
        row = _locked(demand)
        row.produced = seal_text(row.id, TABLE, "produced", produced)
        row.withheld = seal_text(row.id, TABLE, "withheld", withheld)
        _save(row, _log("demand.answered", row, actor), "produced", "withheld")


def name_subjects(demand: LegalDemand, lines: Iterable[str], *, actor: Actor, now: datetime) -> Matched:
    """Find the customers whom account numbers and e-mail addresses name; what names nobody is counted, never kept.

    Each customer's own entry says that a demand names her; an order hides it until its end.
    """
    wanted = {line.strip() for line in lines if line.strip()}
    if len(wanted) > MOST_LINES:
        raise NotPossible("demand.too_many")
    found = {line: _customers(line) for line in sorted(wanted)}
    unmatched = sum(not each for each in found.values())
    named = sorted({customer for each in found.values() for customer in each})
    with transaction.atomic():
        row = _locked(demand)
        added = naming.name(row, named, actor=actor, now=now, unmatched=unmatched)
    return Matched(added, len(named) - added, unmatched)


def give_notice(demand: LegalDemand, *, actor: Actor, now: datetime) -> int:
    """Have every customer told now who was not told yet; raises `NotPossible` while an order forbids it."""
    with transaction.atomic():
        row = _locked(demand)
        if row.gag_until is not None and now < row.gag_until:
            raise NotPossible("demand.gag")
        waiting = list(row.subjects.filter(notice=None))
        if waiting:
            _save(row, _log("demand.noticed", row, actor, customers=len(waiting)))
        for each in waiting:
            notice.plan(each, at=now)
    return len(waiting)


def _customers(line: str) -> list[uuid.UUID]:
    if "@" in line:
        found = find_customer(line)
        return [found.id] if found else []
    try:
        index = vault.blind_index("account_number", line)
    except ValueError:
        return []
    rows = UtilityAccount.objects.filter(number_index=index)
    return sorted(set(rows.values_list("customer_id", flat=True)))


def open_texts(demand: LegalDemand, *, actor: Actor) -> dict[str, str]:
    """Open what was asked, counsel's reasons, and what was produced and withheld; the reading is an event."""
    fields = ("asked", "decision_note", "produced", "withheld")
    sealed = {name: value for name in fields if isinstance(value := getattr(demand, name), Sealed)}
    body = {"demand": demand.id, "number": demand.number, "fields": sorted(sealed)}
    ref = log.append_read(
        "demand.read", actor=actor, subject=demand.id, purpose="legal_obligation", obj="demand", body=body, cnt=1
    )
    return dict(zip(sealed, vault.open_all(list(sealed.values()), under=ref), strict=True))


def _locked(demand: LegalDemand) -> LegalDemand:
    return LegalDemand.objects.select_for_update().get(id=demand.id)


def _save(row: LegalDemand, ref: EventRef, *fields: str) -> None:
    row.audit_event_id = ref.id
    row.save(update_fields=[*fields, "audit_event"])


def _log(act: str, row: LegalDemand, actor: Actor, **facts: object) -> EventRef:
    body = {"demand": row.id, "number": row.number, **facts}
    return log.append(act, actor=actor, subject=None, purpose="legal_obligation", obj="demand", body=body)
