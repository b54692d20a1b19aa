"""What somebody with the application's login alone tries with plain SQL: the database, or the keeper, refuses."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.approvals.models import Approval
from broker.audit import entry, keeper, keys, log, store
from broker.audit.encoding import opaque
from broker.audit.words import ACTS
from broker.console.holds import proof
from broker.console.packs import demands
from broker.console.packs.models import LegalDemand
from broker.parties.models import User
from broker.terms import Actor, EventRef
from tests import factories
from tests.integration.audit_support import SUBJECT, headers, log_world, write
from tests.integration.holds_support import APPROVER, NOW, OFFICER, OTHER, YEAR, Records, approve, ask, keep, run
from tests.integration.test_vault_postgresql import refusal

FORGED_LANE = 88_888


@pytest.fixture
def both(committing: str, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A log of the test's own on each engine."""
    with log_world(settings, tmp_path):
        yield
        log.close_lanes()


@pytest.fixture
def pg(postgresql_db: str, settings: Any, tmp_path: Path) -> Iterator[None]:
    """The same where the database knows transactions and roles."""
    with log_world(settings, tmp_path):
        yield
        log.close_lanes()


def forge(act: str, kid: bytes, *, n: int = 1, lane: int = FORGED_LANE, actor: Actor = APPROVER, **more: Any) -> int:
    """Insert an event that no writer sealed: a right header over junk, without the lanes' secret."""
    facts = {"obj": "approval", "ts": int(timezone.now().timestamp() * 1e6), **more}
    head = entry.Header(
        act, opaque(actor.kind, actor.id), None, 0, 0, None, bytes(32), kid, django_settings.LOG_ORIGIN, n,
        facts["obj"], bytes(32), None, "ok", actor.role, 1, facts["ts"], lane,
    )  # fmt: skip
    statement = "INSERT INTO audit_event (id, header, ct, mac, kid, act) VALUES (%s, %s, %s, %s, %s, %s)"
    run(statement, head.event_id, entry.encode_header(head), bytes(96), bytes(32), kid, ACTS[act].number)
    return head.event_id


def kid_of(subject: uuid.UUID) -> bytes:
    with connection.cursor() as cursor:
        return min(keys.of_subject(cursor, subject))


def lives(subject: uuid.UUID = SUBJECT, retention: str = "case") -> bool:
    return bool(keeper._log_keys(keys.subject_token(subject), keeper.Group(subject, retention, YEAR)))


def name(kid: bytes, field: int, token: bytes, *, event_of: bytes | None) -> None:
    """Let a key be found by a token, with an event about this key or none."""
    with transaction.atomic():
        if event_of is not None:
            forge("key.alias", event_of, obj="key")
        run("INSERT INTO audit_alias (field, epoch, token, kid) VALUES (%s, 1, %s, %s)", field, token, kid)


def forged_yes(asked: Approval, *, n: int = 1) -> None:
    """Approve by SQL alone, in the name of the real approver."""
    with transaction.atomic():
        event = forge("approval.given", kid_of(SUBJECT), n=n)
        Approval.objects.filter(id=asked.id).update(
            state="approved", approver=APPROVER.id, decided_at=NOW, audit_event_id=event
        )


# --- two people ---------------------------------------------------------------------------------------------------


def _given(approval: Approval, approver: uuid.UUID, act: str = "approval.given") -> None:
    with transaction.atomic():
        event = factories.event(act, obj="approval").id
        Approval.objects.filter(id=approval.id).update(
            state="approved", approver=approver, decided_at=NOW, audit_event_id=event
        )


def _asked(like: Approval, requester: uuid.UUID, act: str = "approval.requested") -> None:
    copy = Approval.objects.get(id=like.id)
    copy.id, copy.requester = uuid.uuid4(), requester
    with transaction.atomic():
        copy.audit_event_id = factories.event(act, obj="approval").id
        copy.save(force_insert=True)


def test_nobody_approves_who_is_no_active_user_of_the_role(both: None) -> None:
    Records()
    asked = ask()
    staff, gone = (Actor("s", uuid.uuid4(), role=role) for role in ("staff", "approver"))
    factories.enrol(staff, gone)
    User.objects.filter(id=gone.id).update(is_active=False)
    for approver in (uuid.uuid4(), staff.id, gone.id):
        with pytest.raises(DatabaseError, match="evidence"):
            _given(asked, approver)
    _given(asked, APPROVER.id)


def test_an_approval_names_the_event_of_its_own_step(both: None) -> None:
    Records()
    asked = ask()
    with pytest.raises(DatabaseError, match="evidence"):
        _given(asked, APPROVER.id, "admin.setting")
    with pytest.raises(DatabaseError, match="evidence"):
        _asked(asked, OFFICER.id, "admin.setting")
    _asked(asked, OFFICER.id)


def test_nobody_asks_who_is_no_user(both: None) -> None:
    Records()
    with pytest.raises(DatabaseError, match="evidence"):
        _asked(ask(), uuid.uuid4())


def test_a_real_event_of_another_transaction_approves_nothing(pg: None) -> None:
    Records()
    asked = ask()
    event = factories.event("approval.given", obj="approval").id
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        Approval.objects.filter(id=asked.id).update(
            state="approved", approver=APPROVER.id, decided_at=NOW, audit_event_id=event
        )


# --- the keeper ---------------------------------------------------------------------------------------------------


def test_the_keeper_destroys_nothing_on_a_yes_that_no_writer_sealed(both: None) -> None:
    Records()
    forged_yes(ask())
    assert keep() == 1  # it ends the act
    assert keep() == 0
    assert lives()
    assert Approval.objects.get().state == "withdrawn"
    assert [head.res for head in headers() if head.act == "approval.withdrawn"] == ["denied"]


def test_the_keeper_asks_who_said_yes_and_whether_both_are_still_there(both: None) -> None:
    Records()
    asked = ask()
    factories.enrol(other := Actor("s", uuid.UUID(int=103), role="approver"))
    with transaction.atomic():  # sealed by its writer, in another's name
        event = log.append("approval.given", actor=other, subject=SUBJECT, body={}, obj="approval").id
        Approval.objects.filter(id=asked.id).update(
            state="approved", approver=APPROVER.id, decided_at=NOW, audit_event_id=event
        )
    keep()
    assert lives()


@pytest.mark.parametrize("person", [OFFICER, APPROVER])
def test_the_keeper_destroys_nothing_for_somebody_who_has_left(both: None, person: Actor) -> None:
    Records()
    approve(ask())
    User.objects.filter(id=person.id).update(is_active=False)
    keep()
    User.objects.filter(id=person.id).update(is_active=True)
    assert keep() == 0
    assert lives()
    approve(ask())
    keep()
    assert not lives()


def test_the_keeper_destroys_nothing_before_its_day(both: None) -> None:
    her = factories.customer()
    Records(her.id)
    approve(ask(her.id, rule="retention", retention="evidence"))
    assert keep(NOW + timedelta(days=1)) == 0
    assert lives(her.id, "evidence")
    assert Approval.objects.get().state == "approved"
    old = keeper.Group(her.id, "case", YEAR - 3)
    approval = ask(her.id, rule="retention", period=old.period, scope="records")
    assert proof.is_due(approval, old, NOW)


def test_the_keeper_finds_keys_by_names_that_an_event_proves(sqlite_db: str, settings: Any, tmp_path: Path) -> None:
    Records()
    token = keys.subject_token(SUBJECT)
    kid, columns = uuid.uuid4().bytes, "(kid, wrapped, kek, class, period, hold)"
    run(f"INSERT INTO audit_key {columns} VALUES (%s, %s, 1, 'case', %s, 0)", kid, bytes(60), YEAR)
    name(kid, 0, token, event_of=None)
    group = keeper.Group(SUBJECT, "case", YEAR)
    assert len(keeper._log_keys(token, group)) == 1
    forge("key.alias", kid, obj="key")
    assert kid in keeper._log_keys(token, group)


# --- names and openings -------------------------------------------------------------------------------------------


def test_a_data_key_belongs_to_one_subject(both: None) -> None:
    Records()
    Records(OTHER)
    kid, token = kid_of(OTHER), keys.subject_token(SUBJECT)
    with pytest.raises(DatabaseError, match="evidence"):
        name(kid, 0, token, event_of=kid)


def test_a_name_of_a_key_has_its_event(pg: None) -> None:
    Records()
    Records(OTHER)
    kid = kid_of(OTHER)
    for event_of in (None, kid_of(SUBJECT)):
        with pytest.raises(DatabaseError, match="evidence"):
            name(kid, 2, bytes(8), event_of=event_of)
    name(kid, 2, bytes(8), event_of=kid)


def test_a_forged_event_opens_no_key(pg: None) -> None:
    records = Records()
    key, kid = records.case.key_id, kid_of(SUBJECT)
    known = store.rows("SELECT max(id) FROM audit_lane")[0][0]
    assert refusal(key, EventRef(forge("parties.read", kid, obj="notice"))) == "the event is in no lane"
    for n, ts in ((7_001, 2**52), (7_002, 1)):
        event = EventRef(forge("parties.read", kid, obj="notice", lane=known, n=n, ts=ts))
        assert refusal(key, event) == "the time of the event is not its own"
    assert write("parties.read", obj="customer")


# --- an order of silence ------------------------------------------------------------------------------------------


def _demand() -> LegalDemand:
    now = timezone.now()
    order = demands.Gag("ORDER-7", now + timedelta(days=30))
    received = demands.Received("A Court", "subpoena", "CV-17", "everything", NOW.date(), NOW.date(), order)
    return demands.record(received, actor=OFFICER, now=now)


def _moved(demand: LegalDemand, act: str, **change: Any) -> None:
    with transaction.atomic():
        LegalDemand.objects.filter(id=demand.id).update(**change, audit_event_id=factories.event(act).id)


def test_the_end_of_an_order_moves_by_another_order_alone_and_by_three_years_at_most(both: None) -> None:
    demand = _demand()
    past, later, never = (NOW + timedelta(days=days) for days in (-1, 60, 4 * 365))
    for act, change in (
        ("demand.gag", {"gag_until": past}),
        ("demand.gag", {"gag_until": later}),
        ("admin.setting", {"gag_until": later, "gag_reference": "ORDER-8"}),
        ("demand.gag", {"gag_until": never, "gag_reference": "ORDER-8"}),
    ):
        with pytest.raises(DatabaseError, match="evidence"):
            _moved(demand, act, **change)
    _moved(demand, "demand.gag", gag_until=later, gag_reference="ORDER-8")
