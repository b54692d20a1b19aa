"""What the tests of a consent's life share: clocks that jump, and a worker that runs what is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from broker import jobs
from broker.audit import log, signer
from broker.notices.models import Notice
from broker.terms import Actor, EventRef
from broker.transport import Proof, ProvenAddress
from consents import electronic, life_work
from consents.models import Consent
from tests import requests_world
from tests.integration.audit_support import integrate, log_world
from tests.requests_world import World

CENTRAL = ZoneInfo("America/Chicago")
MAILS = ("ends_soon", "still_sharing", "not_used", "paused", "ran_out", "replaced", "declined_receipt", "paper_chosen")


def at(day: date, clock: str = "12:00") -> datetime:
    """Give a moment of a Central day."""
    return datetime.combine(day, time.fromisoformat(clock), CENTRAL)


@dataclass
class Life:
    """A worker and a signer whose clock the test sets."""

    signer: signer.Desk

    def sign(self) -> None:
        """Have everything signed, so that reads are open at the real time."""
        integrate(self.signer.answer)

    def work(self, now: datetime) -> None:
        """Let a worker wake at this moment: the turn of the day, and everything that is due by then."""
        with time_machine.travel(now, tick=False):
            integrate(self.signer.answer)  # nothing personal is read while the log waits unsigned
            with transaction.atomic():
                jobs.enqueue(life_work.DAY, life_work.CLOCK, key=f"test:{now.isoformat()}")
            while run_due(now):
                pass


@pytest.fixture
def life(committing: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """A log of the test's own, signed whenever a worker wakes.

    PostgreSQL judges by its own clock whether an event is fresh enough to open an address, and no test moves that
    one: there the address is given without opening it.
    """
    (tmp_path / "log").mkdir()
    if committing == "postgresql":
        known = ProvenAddress("pat@member.example", Proof("code", "test"))
        monkeypatch.setattr(electronic, "customer_address", lambda *_args, **_facts: (known, EventRef(0)))
    with log_world(settings, tmp_path / "log") as desk:
        yield Life(desk)


def run_due(now: datetime) -> int:
    """Run what is due, but for the sending of mails: these tests look at what was written."""
    from broker.jobs.models import Job

    found = Job.objects.filter(state="queued", due_at__lte=now).exclude(kind="notices.send").order_by("due_at")
    ids = list(found.values_list("id", flat=True))
    for each in ids:
        jobs.run(each, now=now)
    return len(ids)


def mails() -> list[str]:
    """Give the templates of the mails about a consent's life, in the order in which they were written."""
    rows = Notice.objects.filter(template__in=MAILS).order_by("created_at", "id")
    return list(rows.values_list("template", flat=True))


def world_on(day: date, **consent: Any) -> World:
    """Make the world as of noon of a Central day; the consent starts that day, for a year unless told otherwise."""
    with time_machine.travel(at(day), tick=False):
        facts = {"starts": day, "ends": day + timedelta(days=365), **consent}
        return requests_world.world(**facts)


def granted(w: World, now: datetime, **facts: Any) -> Consent:
    """Give a further consent of the same customer and account."""
    with time_machine.travel(now, tick=False), transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        return requests_world.grant(w.customer, w.organisation, [w.account], ref=ref, now=now, **facts)
