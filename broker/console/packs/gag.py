"""What a recorded order hides, from whom, and until when (reads)."""

import uuid
from collections.abc import Collection
from datetime import datetime
from itertools import chain

from django.db.models import QuerySet

from broker.audit import packing
from broker.audit.packing import Held
from broker.console.packs.lifecycle import Scope
from broker.console.packs.models import DemandSubject, EvidencePack, LegalDemand, PackAccess
from broker.terms import EventRef
from consents import access

ABOUT = frozenset({"demand", "pack", "approval"})  # what entries of operations are about that could tell of a demand


def install() -> None:
    """Tell the customer's page where to ask."""
    access.hide(hidden)


def runs(demand: LegalDemand | None, now: datetime) -> bool:
    """Say whether an order forbids now to tell anybody of this demand."""
    return demand is not None and demand.gag_until is not None and now < demand.gag_until


def hidden(customer: uuid.UUID, now: datetime) -> Collection[int]:
    """Give the entries that an order forbids to show this customer now.

    Only entries about a demand that names her, and about packs made for a demand, and only until the order's recorded
    end: whoever was hidden something is told of it then (`notice`).
    """
    return _entries(_running(now), [customer])


def left_out(pack: EvidencePack, found: list[Held], now: datetime) -> list[Held]:
    """Give the events without those that an order hides now, unless the pack is for the demand of that very order.

    A pack may reach a customer. Of a period also all entries go out of which only their content says whether they
    tell of the demand. The pack does not say that anything was left out: that would tell.
    """
    running = _running(now, but=pack.demand_id)
    if not running:
        return found
    entries = _entries(running)
    everybody = pack.scope == Scope.PERIOD
    return [each for each in found if each.id not in entries and not (everybody and each.head.obj in ABOUT)]


def overtaken(pack: EvidencePack, now: datetime) -> bool:
    """Say whether a finished pack holds entries that an order recorded after it was made hides now.

    A pack may be older than the log of today: then all of that log came after it.
    """
    assert pack.checkpoint_size is not None
    assert pack.export_event is not None
    its_log, size = packing.log_of(EventRef(pack.export_event)), pack.checkpoint_size
    customers = None if pack.scope == Scope.PERIOD else list(pack.accesses.values_list("customer_id", flat=True))
    for demand in _running(now, but=pack.demand_id):
        later = not packing.known_at([demand.audit_event_id], its_log, size)
        if later and packing.known_at(sorted(_entries([demand], customers)), its_log, size):
            return True
    return False


def _running(now: datetime, *, but: uuid.UUID | None = None) -> QuerySet[LegalDemand]:
    running = LegalDemand.objects.filter(gag_until__gt=now)
    return running if but is None else running.exclude(id=but)


def _entries(
    demands: Collection[LegalDemand] | QuerySet[LegalDemand], customers: list[uuid.UUID] | None = None
) -> set[int]:
    named = DemandSubject.objects.filter(demand__in=demands)
    accesses = PackAccess.objects.filter(pack__demand__in=demands)
    if customers is not None:
        named, accesses = named.filter(customer__in=customers), accesses.filter(customer__in=customers)
    ids = (rows.values_list("audit_event_id", flat=True) for rows in (named, accesses))
    return set(chain.from_iterable(ids))
