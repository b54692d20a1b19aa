"""Legal demands: the register, and an order of silence that hides until its end and not a moment longer."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs, notices
from broker.console.packs import demands, gag, notice
from broker.console.packs.lifecycle import Basis, Redaction, Scope
from broker.console.packs.models import DemandSubject, LegalDemand
from broker.console.packs.requesting import NotPossible
from broker.jobs.models import Job
from broker.notices import compose
from broker.notices.models import Notice
from consents.access import access_rows
from tests import clock, requests_world
from tests.clock import travel
from tests.factories import event
from tests.integration.audit_support import acts, integrate
from tests.packs_world import Packs, packs


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def record(desk: Packs, *, silent: timedelta | None = timedelta(days=30)) -> LegalDemand:
    """A demand that came in; with an order of silence unless told otherwise."""
    now = timezone.now()
    order = demands.Gag("ORDER-7", now + silent) if silent else None
    received = demands.Received(
        "Example County Court", "subpoena", "CV-17", "MARKER-ASKED", date(2026, 3, 2), date(2026, 3, 20), order
    )
    return demands.record(received, actor=desk.actor(desk.officer), now=now)


def name(desk: Packs, demand: LegalDemand, *lines: str) -> demands.Matched:
    """Say whom it names."""
    return demands.name_subjects(demand, lines, actor=desk.actor(desk.officer), now=timezone.now())


def seen(desk: Packs, at: Any = None) -> set[int]:
    """The entries that the customer sees."""
    return {row.event for row in access_rows(desk.world.customer, now=at or timezone.now())}


def tell(desk: Packs, *, at: Any) -> None:
    """Run every notice that is due at this time; the log is signed until then, or protected reads would be closed."""
    integrate(desk.desk.answer)
    with travel(at):
        for job in Job.objects.filter(kind=notice.TELL, state="queued", due_at__lte=at):
            jobs.run(job.id, now=at)


def test_lines_lead_to_customers_and_strangers_are_only_counted(desk: Packs) -> None:
    demand = record(desk)
    found = name(desk, demand, "pat@member.example", " 4090-0017 ", "nobody@else.example", "99999999", "Pat Member", "")
    assert (found.added, found.known, found.unmatched) == (1, 0, 3)
    assert demand.subjects.get().customer_id == desk.world.customer.id
    demand.refresh_from_db()
    assert demand.unmatched == 3
    assert name(desk, demand, requests_world.ACCOUNT) == demands.Matched(0, 1, 0)
    assert acts().count("demand.subject") == 3  # two lists, and her one entry


def test_an_order_hides_until_its_end_and_no_longer(desk: Packs) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    pack = desk.ready(basis=Basis.DEMAND, demand=demand)
    desk.data(pack)
    hidden = set(pack.accesses.values_list("audit_event_id", flat=True)) | {demand.subjects.get().audit_event_id}
    assert len(hidden) == 3
    now = timezone.now()
    assert set(gag.hidden(desk.world.customer.id, now)) == hidden
    assert not seen(desk) & hidden
    assert demand.gag_until
    assert seen(desk, demand.gag_until) >= hidden
    assert gag.hidden(desk.world.account.id, now) == set()


def test_a_pack_without_an_order_is_seen_at_once(desk: Packs) -> None:
    demand = record(desk, silent=None)
    name(desk, demand, "pat@member.example")
    pack = desk.ready(basis=Basis.DEMAND, demand=demand)
    assert seen(desk) >= {demand.subjects.get().audit_event_id, *pack.accesses.values_list("audit_event_id", flat=True)}


def test_at_the_end_of_the_order_the_customer_is_told_once(desk: Packs) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    assert demand.gag_until
    tell(desk, at=demand.gag_until - timedelta(seconds=1))
    assert not Notice.objects.exists()
    with pytest.raises(NotPossible):
        demands.give_notice(demand, actor=desk.actor(desk.officer), now=timezone.now())
    tell(desk, at=demand.gag_until)
    told = demand.subjects.get()
    assert Notice.objects.get().id == told.notice
    assert told.noticed_at == demand.gag_until
    assert acts().count("demand.noticed") == 1
    with transaction.atomic():
        notice.plan(told, at=demand.gag_until + timedelta(days=1))
    tell(desk, at=demand.gag_until + timedelta(days=2))
    assert Notice.objects.count() == 1
    assert acts().count("demand.noticed") == 1


def test_a_longer_order_puts_it_off_and_a_shorter_one_brings_it_forward(desk: Packs) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    first = demand.gag_until
    assert first
    demands.set_gag(
        demand, demands.Gag("ORDER-8", first + timedelta(days=10)), actor=desk.actor(desk.officer), now=timezone.now()
    )
    tell(desk, at=first)
    assert not Notice.objects.exists()
    demands.set_gag(
        demand, demands.Gag("ORDER-9", first + timedelta(days=5)), actor=desk.actor(desk.officer), now=timezone.now()
    )
    tell(desk, at=first + timedelta(days=5))
    tell(desk, at=first + timedelta(days=11))
    assert Notice.objects.count() == 1


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("point", ["send_later", "append"])
def test_a_death_while_telling_neither_loses_nor_doubles_the_notice(
    desk: Packs, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    end = demand.gag_until
    assert end
    place = {"send_later": notices, "append": notice.log}[point]
    real = getattr(place, point)

    def die(*args: Any, **kwargs: Any) -> Any:
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(place, point, die)
        with pytest.raises(Killed):
            tell(desk, at=end)
    assert not Notice.objects.exists()
    job = Job.objects.get(kind=notice.TELL)
    assert job.lease_until
    integrate(desk.desk.answer)
    with travel(job.lease_until + timedelta(seconds=1)):
        jobs.run(job.id, now=timezone.now())
    assert Notice.objects.count() == 1
    assert acts().count("demand.noticed") == 1


def test_without_an_order_an_officer_has_them_told(desk: Packs) -> None:
    demand = record(desk, silent=None)
    name(desk, demand, "pat@member.example")
    assert demands.give_notice(demand, actor=desk.actor(desk.officer), now=timezone.now()) == 1
    tell(desk, at=timezone.now())
    assert Notice.objects.count() == 1
    assert demands.give_notice(demand, actor=desk.actor(desk.officer), now=timezone.now()) == 0


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", LegalDemand.Kind.values)
def test_the_notice_names_the_authority_and_nothing_that_was_found(sqlite_db: str, language: str, kind: str) -> None:
    context = {
        "number": "L-2026-0001",
        "authority": "Example County Court",
        "kind": kind,
        "reference": "CV-17",
        "received_on": date(2026, 3, 2),
        "forbidden_until": timezone.now(),
        "handed": True,
        "my_path": "/my/",
    }
    said = compose.render("legal_demand", language=language, context=context)
    for part in ("Example County Court", "CV-17", "L-2026-0001", "/my/"):
        assert part in said.text
    assert "L-2026-0001" in said.subject
    assert ("marzo" if language == "es" else "March") in said.text


# --- an order that comes later ---


def silence(desk: Packs, demand: LegalDemand) -> None:
    """Record an order for a demand that had none."""
    order = demands.Gag("ORDER-9", timezone.now() + timedelta(days=30))
    demands.set_gag(demand, order, actor=desk.actor(desk.officer), now=timezone.now())
    demand.refresh_from_db()


@pytest.mark.parametrize("when", ["asked", "approved", "built", "handed"])
def test_an_order_after_the_pack_was_asked_for_is_followed_and_ends_with_a_notice(desk: Packs, when: str) -> None:
    demand = record(desk, silent=None)
    pack = desk.ask(basis=Basis.DEMAND, demand=demand, redaction=Redaction.OPEN)
    if when == "asked":
        silence(desk, demand)
    desk.approve(pack)
    if when == "approved":
        silence(desk, demand)
    desk.work(pack)
    if when == "built":
        silence(desk, demand)
    desk.data(pack)
    if when == "handed":
        silence(desk, demand)
    theirs = set(pack.accesses.values_list("audit_event_id", flat=True))
    assert len(theirs) == 2
    assert demand.subjects.get().customer_id == desk.world.customer.id
    assert not seen(desk) & {*theirs, demand.subjects.get().audit_event_id}
    tell(desk, at=demand.gag_until)
    assert Notice.objects.count() == 1
    assert seen(desk, demand.gag_until) >= theirs


def test_a_period_asked_for_before_the_order_names_and_hides_everybody_in_it(desk: Packs) -> None:
    demand = record(desk, silent=None)
    today = clock.today()
    period = (today - timedelta(days=2), today + timedelta(days=2))
    facts = {"scope": Scope.PERIOD, "scope_id": None, "period": period, "redaction": Redaction.MASKED}
    pack = desk.ask(basis=Basis.DEMAND, demand=demand, **facts)
    silence(desk, demand)
    assert not demand.subjects.exists()
    desk.approve(pack)
    desk.work(pack)
    assert demand.subjects.get().customer_id == desk.world.customer.id
    assert not seen(desk) & set(pack.accesses.values_list("audit_event_id", flat=True))


@pytest.mark.parametrize("scope", ["customer", "period"])
def test_a_pack_on_another_basis_says_nothing_of_what_an_order_hides(desk: Packs, scope: str) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    desk.data(desk.ready(basis=Basis.DEMAND, demand=demand))
    integrate(desk.desk.answer)
    today = clock.today()
    facts: dict[str, Any] = {"scope": Scope.CUSTOMER, "scope_id": desk.world.customer.id}
    if scope == "period":
        period = (today - timedelta(days=2), today + timedelta(days=2))
        facts = {"scope": Scope.PERIOD, "scope_id": None, "period": period}
    facts["redaction"] = Redaction.OPEN
    hers = desk.ready(basis=Basis.CUSTOMER, **facts)
    with zipfile.ZipFile(io.BytesIO(desk.data(hers))) as out:
        lines = json.loads(out.read("records/events.json"))
        report = out.read("report.html").decode()
    said = [each["act"] for each in lines]
    assert not [each for each in said if each.startswith(("demand.", "pack.", "approval."))]
    assert said.count("admin.export") == 3  # its own
    assert "L-2026-0001" not in json.dumps(lines) + report
    if scope == "customer":
        theirs = desk.ready(basis=Basis.DEMAND, demand=demand, **facts)
        with zipfile.ZipFile(io.BytesIO(desk.data(theirs))) as out:
            assert "demand.subject" in out.read("records/events.json").decode()


def test_a_pack_made_before_the_order_is_not_handed_out_with_what_it_hides(desk: Packs) -> None:
    demand = record(desk, silent=None)
    name(desk, demand, "pat@member.example")
    integrate(desk.desk.answer)
    facts: dict[str, Any] = {"scope": Scope.CUSTOMER, "scope_id": desk.world.customer.id, "redaction": Redaction.OPEN}
    pack = desk.ready(basis=Basis.CUSTOMER, **facts)
    assert desk.data(pack)
    silence(desk, demand)
    with pytest.raises(NotPossible, match="overtaken"):
        desk.data(pack)
    integrate(desk.desk.answer)
    assert desk.data(desk.ready(basis=Basis.CUSTOMER, **facts))


def test_an_order_that_is_over_already_is_refused(desk: Packs) -> None:
    demand = record(desk, silent=None)
    order = demands.Gag("ORDER-9", timezone.now())
    with pytest.raises(NotPossible):
        demands.set_gag(demand, order, actor=desk.actor(desk.officer), now=timezone.now())


# --- the database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"gag_until": None, "gag_reference": ""}, {"gag_reference": ""}, {"gag_until": None},
        {"authority": "Another"}, {"reference": "X"}, {"received_on": date(2026, 1, 1)}, {"number": "L-1"},
        {"due_on": date(2026, 3, 1)}, {"decision": "comply"}, {"kind": "wish"}, {"unmatched": -1},
    ],
)  # fmt: skip
def test_the_database_keeps_a_demand_as_it_was_received(desk: Packs, change: dict[str, Any]) -> None:
    demand = record(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        LegalDemand.objects.filter(id=demand.id).update(**change, audit_event_id=event().id)


def test_the_database_refuses_an_order_without_reference_or_end(desk: Packs) -> None:
    demand = record(desk, silent=None)
    for change in ({"gag_reference": "ORDER-1"}, {"gag_until": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LegalDemand.objects.filter(id=demand.id).update(**change, audit_event_id=event().id)


def test_the_database_refuses_to_tell_early_or_twice(desk: Packs) -> None:
    demand = record(desk)
    name(desk, demand, "pat@member.example")
    row = demand.subjects.get()
    assert demand.gag_until
    early = {"notice": demand.id, "noticed_at": demand.gag_until - timedelta(seconds=1)}
    with pytest.raises(DatabaseError), transaction.atomic():
        DemandSubject.objects.filter(id=row.id).update(**early, audit_event_id=event().id)
    with transaction.atomic():
        right = {"notice": demand.id, "noticed_at": demand.gag_until, "audit_event_id": event().id}
        DemandSubject.objects.filter(id=row.id).update(**right)
    for again in ({"notice": row.id}, {"notice": None, "noticed_at": None}, {"customer_id": row.id}):
        with pytest.raises(DatabaseError), transaction.atomic():
            DemandSubject.objects.filter(id=row.id).update(**again, audit_event_id=event().id)


def test_counsel_decides_once(desk: Packs) -> None:
    demand = record(desk)
    actor = desk.actor(desk.officer)
    demands.decide(demand, "comply_partly", "MARKER-REASONS", on=date(2026, 3, 5), actor=actor)
    with pytest.raises(NotPossible):
        demands.decide(demand, "object", "no", on=date(2026, 3, 6), actor=actor)
    demands.answer(demand, produced="MARKER-PRODUCED", withheld="MARKER-WITHHELD", actor=actor)
    demand.refresh_from_db()
    texts = demands.open_texts(demand, actor=actor)
    assert texts == {
        "asked": "MARKER-ASKED",
        "decision_note": "MARKER-REASONS",
        "produced": "MARKER-PRODUCED",
        "withheld": "MARKER-WITHHELD",
    }
    assert acts()[-4:] == ["demand.recorded", "demand.decided", "demand.answered", "demand.read"]
