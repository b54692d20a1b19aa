"""A legal demand, its order of silence and whom it names: what the database's owner does to them unseen is named."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker import jobs
from broker.console.packs import demands, notice
from broker.console.packs.models import DemandSubject, LegalDemand
from broker.jobs.models import Job
from tests import requests_world
from tests.integration.audit_support import tamper, verified
from tests.packs_world import Packs, packs

DEMAND, SUBJECT = "packs_legaldemand", "packs_demandsubject"
GONE, OTHER = "is gone from the database", "says something else than its event about"


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def silent(desk: Packs) -> LegalDemand:
    """A demand that names a customer who may not be told, decided and answered; then the silence was prolonged."""
    now, actor = timezone.now(), desk.actor(desk.officer)
    order = demands.Gag("ORDER-7", now + timedelta(days=30))
    received = demands.Received(
        "Example County Court", "subpoena", "CV-17", "all of it", date(2026, 3, 2), date(2026, 3, 20), order
    )
    made = demands.record(received, actor=actor, now=now)
    demands.name_subjects(made, [requests_world.ACCOUNT, "nobody@else.example"], actor=actor, now=now)
    demands.decide(made, "comply", "it is valid", on=date(2026, 3, 3), actor=actor)
    demands.set_gag(made, demands.Gag("ORDER-8", now + timedelta(days=40)), actor=actor, now=now)
    demands.answer(made, produced="a pack", withheld="nothing", actor=actor)
    return made


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (DEMAND, f"DELETE FROM {DEMAND}", f"A legal demand {GONE}"),
        (DEMAND, f"UPDATE {DEMAND} SET gag_until = NULL, gag_reference = ''", f"A legal demand {OTHER} end of silence"),
        (DEMAND, f"UPDATE {DEMAND} SET gag_until = recorded_at", f"{OTHER} end of silence"),
        (DEMAND, f"UPDATE {DEMAND} SET decision = 'object'", f"A legal demand {OTHER} decision"),
        (SUBJECT, f"DELETE FROM {SUBJECT}", f"A customer whom a demand names {GONE}"),
    ],
)
def test_what_its_owner_does_to_a_demand_is_named(desk: Packs, table: str, statement: str, said: str) -> None:
    silent(desk)
    assert verified(desk.desk).ok, verified(desk.desk).why
    if table == DEMAND and "DELETE" in statement:
        tamper(f"DELETE FROM {SUBJECT}", table=SUBJECT)
    tamper(statement, table=table)
    found = verified(desk.desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert said in found.why, found.why


def test_who_was_told_stays_told(desk: Packs) -> None:
    received = demands.Received(
        "Example County Court", "subpoena", "CV-17", "all of it", date(2026, 3, 2), date(2026, 3, 20)
    )
    now, actor = timezone.now(), desk.actor(desk.officer)
    made = demands.record(received, actor=actor, now=now)
    demands.name_subjects(made, [requests_world.ACCOUNT], actor=actor, now=now)
    assert demands.give_notice(made, actor=actor, now=now) == 1
    for job in Job.objects.filter(kind=notice.TELL, state="queued"):
        jobs.run(job.id, now=now)
    assert DemandSubject.objects.get().notice is not None
    assert verified(desk.desk).ok, verified(desk.desk).why
    tamper(f"UPDATE {SUBJECT} SET notice = NULL, noticed_at = NULL", table=SUBJECT)
    assert f"A customer whom a demand names {OTHER} notice" in verified(desk.desk).why
