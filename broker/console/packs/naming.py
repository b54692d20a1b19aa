"""Whom a demand names (actions inside the caller's transaction): each customer's own entry, and when she is told."""

import uuid
from collections.abc import Collection
from datetime import datetime

from broker.audit import log
from broker.audit.log import Act
from broker.console.packs import gag, notice, selection
from broker.console.packs.lifecycle import Scope, State
from broker.console.packs.models import DemandSubject, EvidencePack, LegalDemand
from broker.terms import Actor


def name(row: LegalDemand, found: Collection[uuid.UUID], *, actor: Actor, now: datetime, unmatched: int = 0) -> int:
    """Name these customers in a locked demand, those named before stay; give how many are new. One event at least."""
    known = set(row.subjects.values_list("customer_id", flat=True))
    new = sorted({*found} - known)
    refs = log.append_group(*_naming(row, actor, new, unmatched))
    row.unmatched += unmatched
    row.audit_event_id = refs[0].id
    row.save(update_fields=["unmatched", "audit_event"])
    for customer, ref in zip(new, refs[1:], strict=True):
        made = DemandSubject.objects.create(demand=row, customer_id=customer, added_at=now, audit_event_id=ref.id)
        if row.gag_until is not None:
            notice.plan(made, at=max(row.gag_until, now))
    return len(new)


def name_by_packs(row: LegalDemand, *, actor: Actor, now: datetime) -> None:
    """Under an order of silence name whoever is in a pack for this demand: they are told at its end."""
    found: set[uuid.UUID] = set()
    for pack in row.packs.all():
        found |= set(pack.accesses.values_list("customer_id", flat=True))
        if pack.scope != Scope.PERIOD and pack.state not in (State.READY, State.EXPIRED):
            found |= set(selection.about(pack).customers)
    _missing(row, found, actor, now)


def before_telling(pack: EvidencePack, customers: Collection[uuid.UUID], *, actor: Actor, now: datetime) -> None:
    """Look again, before a pack writes entries that its customers see, whether an order forbids it by now.

    The entries of a pack under an order are hidden (`gag.hidden`); whoever has one is named in the demand, so that
    she is told at the order's end. Inside the transaction that writes the entries; an order that is recorded at the
    same time waits for it.
    """
    if pack.demand_id is None:
        return
    row = LegalDemand.objects.select_for_update().get(id=pack.demand_id)
    if gag.runs(row, now):
        _missing(row, customers, actor, now)


def _missing(row: LegalDemand, customers: Collection[uuid.UUID], actor: Actor, now: datetime) -> None:
    if set(customers) - set(row.subjects.values_list("customer_id", flat=True)):
        name(row, customers, actor=actor, now=now)


def _naming(row: LegalDemand, actor: Actor, new: list[uuid.UUID], unmatched: int) -> tuple[Act, list[Act]]:
    facts: dict[str, object] = {"demand": row.id, "number": row.number}

    def one(subject: uuid.UUID | None, body: dict[str, object]) -> Act:
        return {
            "act": "demand.subject",
            "actor": actor,
            "subject": subject,
            "purpose": "legal_obligation",
            "obj": "demand",
            "body": body,
        }

    return one(None, {**facts, "unmatched": unmatched}), [one(customer, facts) for customer in new]
