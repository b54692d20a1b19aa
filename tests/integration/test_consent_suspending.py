"""Suspending a consent for one reason or several, and who may lift which."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import SERVICE, Actor
from consents import suspending
from consents.actions import move, revoke
from consents.lifecycle import State
from consents.models import Consent, ConsentEvent, Suspension
from tests import requests_world
from tests.requests_world import World, events

STAFF, SERVICE_ACTOR = Actor("s", uuid.uuid4(), role="staff"), SERVICE("tests")


@pytest.fixture
def w(committing: str) -> World:
    """A customer with a consent in force."""
    return requests_world.world()


def herself(w: World) -> Actor:
    """The customer."""
    return Actor("c", w.customer.id)


def suspend(w: World, because: str, actor: Actor = STAFF) -> bool:
    """Suspend now."""
    return suspending.suspend(w.consent, because=because, actor=actor, now=timezone.now())


def resume(w: World, actor: Actor = STAFF, because: str | None = None) -> bool:
    """Lift now."""
    return suspending.resume(w.consent, actor=actor, now=timezone.now(), because=because)


def code(w: World) -> str:
    """The code with which an ask is refused; empty when it is not."""
    answer = w.post(w.ask())
    return "" if answer.status_code in (201, 202) else str(answer.json()["code"])


def record(w: World, **facts: Any) -> None:
    """Write a row past the action, with its event."""
    with transaction.atomic():
        ref = log.append("consent.suspended", actor=STAFF, subject=w.customer.id, body={})
        Suspension.objects.create(consent=w.consent, since=timezone.now(), audit_event_id=ref.id, **facts)


def edit(w: World, **facts: Any) -> None:
    """Change the rows past the action, with an event."""
    with transaction.atomic():
        ref = log.append("consent.changed", actor=STAFF, subject=w.customer.id, body={})
        Suspension.objects.update(audit_event_id=ref.id, **facts)


def test_a_suspended_consent_refuses_until_the_reason_is_lifted(w: World) -> None:
    """Each way one event and one state."""
    assert code(w) == ""
    assert suspend(w, "utility_doubt")
    assert (w.consent.state, code(w)) == (State.SUSPENDED, "consent.suspended")
    assert resume(w)
    assert (w.consent.state, w.consent.ended_at, code(w)) == (State.ACTIVE, None, "")
    assert len(events("consent.suspended")) == len(events("consent.resumed")) == 1
    assert list(ConsentEvent.objects.order_by("id").values_list("state", flat=True)) == ["suspended", "active"]


def test_it_is_in_force_again_only_when_every_reason_is_lifted(w: World) -> None:
    """Lifting one of two says so in the log and opens nothing."""
    assert suspend(w, "officer")
    assert suspend(w, "objection")
    assert suspending.standing(w.consent) == ["officer", "objection"]
    assert resume(w, because="officer") is False
    assert (w.consent.state, suspending.standing(w.consent)) == (State.SUSPENDED, ["objection"])
    assert len(events("consent.resumed")) == 0
    assert len(events("consent.changed")) == 1
    assert resume(w)
    assert w.consent.state == State.ACTIVE


def test_the_same_reason_twice_is_one(w: World) -> None:
    """A second press changes nothing; after it was lifted, the reason can come again."""
    assert suspend(w, "officer")
    assert not suspend(w, "officer")
    assert len(events("consent.suspended")) == 1
    assert resume(w)
    assert suspend(w, "officer")
    assert Suspension.objects.count() == 2


def test_dormancy_has_a_code_of_its_own_and_only_she_ends_it(w: World) -> None:
    """Staff cannot wake a consent for her; another reason beside it is the stronger one."""
    assert suspend(w, "dormant", SERVICE_ACTOR)
    assert (w.consent.state, code(w)) == (State.PAUSED_DORMANT, "consent.paused_dormant")
    assert not resume(w)
    assert not resume(w, SERVICE_ACTOR)
    assert not resume(w, Actor("c", uuid.uuid4()))
    assert suspend(w, "copy_bounced")
    assert code(w) == "consent.suspended"
    assert resume(w) is False
    assert w.consent.state == State.PAUSED_DORMANT
    assert resume(w, herself(w))
    assert code(w) == ""


@pytest.mark.parametrize("because", ["utility_doubt", "objection", "copy_bounced", "abuse", "officer"])
def test_she_lifts_no_reason_that_others_had(w: World, because: str) -> None:
    """Her account, but not her decision."""
    assert suspend(w, because)
    assert not resume(w, herself(w))
    assert not resume(w, herself(w), because)
    assert not resume(w, Actor("a", uuid.uuid4()))
    assert not resume(w, Actor("x", uuid.uuid4()))
    assert w.consent.state == State.SUSPENDED


def test_who_objected_may_take_it_back(w: World) -> None:
    """Another customer of the account lifts an objection, and nothing else."""
    other = Actor("c", uuid.uuid4())
    assert suspend(w, "objection", other)
    assert suspend(w, "abuse")
    assert resume(w, other) is False
    assert suspending.standing(w.consent) == ["abuse"]


def test_somebody_from_outside_lifts_an_objection_and_nothing_else(w: World) -> None:
    """Who dismisses one with us."""
    outside = Actor("o", uuid.uuid4())
    for because in ("objection", "utility_doubt", "copy_bounced", "abuse", "officer"):
        assert suspend(w, because)
    assert resume(w, outside) is False
    assert suspending.standing(w.consent) == ["utility_doubt", "copy_bounced", "abuse", "officer"]
    assert resume(w)
    assert suspend(w, "dormant", SERVICE_ACTOR)
    assert not resume(w, outside)


def test_a_reason_that_is_not_in_the_list_is_refused(w: World) -> None:
    """By the action and by the database."""
    with pytest.raises(ValueError, match="mood"):
        suspend(w, "mood")
    with pytest.raises(DatabaseError):
        record(w, because="mood")


def test_an_ended_consent_is_neither_suspended_nor_resumed(w: World) -> None:
    """Its end is its end, also when a reason still stood."""
    assert suspend(w, "officer")
    assert revoke(w.consent, actor=herself(w), how="test", now=timezone.now())
    assert not suspend(w, "abuse")
    assert not resume(w)
    assert Consent.objects.get().state == State.REVOKED


def test_a_reason_that_comes_before_the_seal_takes_hold_at_the_seal(committing: str) -> None:
    """Nothing is in force for a moment in between."""
    w = requests_world.world(state=State.SIGNED)
    assert suspend(w, "objection")
    assert w.consent.state == State.SIGNED
    with transaction.atomic():
        ref = log.append("letter.sealed", actor=SERVICE_ACTOR, subject=w.customer.id, body={})
        assert move(w.consent, State.ACTIVE, ref=ref, now=timezone.now())
    w.consent.refresh_from_db()
    assert w.consent.state == State.SUSPENDED
    assert resume(w)
    assert w.consent.state == State.ACTIVE


def test_a_reason_lifted_before_the_seal_leaves_nothing(committing: str) -> None:
    """It stays signed until the seal."""
    w = requests_world.world(state=State.SIGNED)
    assert suspend(w, "objection")
    assert resume(w) is False
    assert (w.consent.state, suspending.standing(w.consent)) == (State.SIGNED, [])


def test_the_database_keeps_reasons(w: World) -> None:
    """A reason is not deleted, edited, or opened anew, whatever event is named."""
    assert suspend(w, "officer")
    row = Suspension.objects.get()
    changes: list[dict[str, Any]] = [{"because": "abuse"}, {"since": row.since - timedelta(days=1)}]
    for change in changes:
        with pytest.raises(DatabaseError, match="evidence"):
            edit(w, **change)
    assert resume(w)
    with pytest.raises(DatabaseError, match="evidence"):
        edit(w, lifted_at=None)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM consents_suspension")
