"""The database refuses every move that the table does not have, and every date of a closed request; on both engines."""

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import EventRef
from requests_app.clocks.models import ClockStep
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import FACTS, OVER, ClockMode, ManualState, can_move
from requests_app.models import ManualRequest
from requests_app.moves import move
from tests.request_lives import bring
from tests.requests_world import ACTOR, World, world

S = ManualState
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def w(committing: str) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield world()


def refused(manual: ManualRequest, **facts: Any) -> bool:
    """Say whether the database itself refuses an edit past the product; nothing of it stays."""
    try:
        with transaction.atomic():
            ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
            if facts.get("state") == S.CLOSED_WITHOUT_RESPONSE:
                declined(manual, ref)  # what ends it stands beside it: `test_request_ended` leaves it out
            ManualRequest.objects.filter(id=manual.id).update(**facts, audit_event_id=ref.id)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "evidence" in str(error)
    return False


def declined(manual: ManualRequest, ref: EventRef) -> None:
    """Note that a fee was named for a request, and declined by somebody else, under one event."""
    facts: dict[str, Any] = {"amount": 5, "said_by": "mail", "limit": 25, "quoted_by": ACTOR.id, "quoted_at": NOW}
    fee = FeeQuote.objects.create(manual=manual, **facts, audit_event_id=ref.id)
    no = {"state": "declined", "decided_by": "one", "decider": uuid.uuid4(), "decided_at": NOW}
    FeeQuote.objects.filter(id=fee.id).update(**no, audit_event_id=ref.id)


def step(manual: ManualRequest, new: ManualState, at: datetime) -> None:
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
        assert move(manual, new, ref=ref, happened_at=at)


def test_the_database_makes_exactly_the_moves_of_the_table(w: World) -> None:
    """Every pair of states: one request in each, every move tried and taken back."""
    lives = {state: bring(w.manual(), state) for state in S}
    for old, new in itertools.product(S, S):
        if old != new:
            # What may have left ends with the mail that calls it back, and with nothing less.
            back = {"withdrawal": "queued"} if new == S.WITHDRAWN else {}
            assert refused(lives[old], state=new, **back) is not can_move(old, new), (old, new)
    for state, manual in lives.items():
        manual.refresh_from_db()
        assert manual.state == state
        clock = FACTS[state].clock
        if clock in (ClockMode.NONE, ClockMode.RESTS):
            assert (manual.due is None, manual.paused_on is None) == (clock == ClockMode.NONE, clock == ClockMode.NONE)


def test_a_closed_request_keeps_its_dates(w: World) -> None:
    changed: dict[str, Any] = {
        "due": date(2026, 4, 1),
        "due_at": timezone.now(),
        "day0": date(2026, 3, 1),
        "expected_from": date(2026, 3, 1),
        "first_follow_up": date(2026, 3, 1),
        "delivered_at": timezone.now() - timedelta(days=1),
        "calendar_version": "other",
        "promised_for": date(2026, 4, 1),
    }
    # By way of a delivered letter, so that there are dates.
    for state in sorted(OVER):
        manual = bring(bring(w.manual(), S.WAITING_ON_UTILITY), state)
        assert manual.due == date(2026, 3, 16)
        for field, value in changed.items():
            assert refused(manual, **{field: value}), (state, field)
    running = bring(w.manual(), S.WAITING_ON_UTILITY)
    assert not refused(running, due=date(2026, 4, 1))


def test_what_was_reserved_stays(w: World) -> None:
    manual = w.manual()
    for field in ("number", "message_id", "thread_token"):
        assert refused(manual, **{field: "other"}), field
    assert refused(manual, id=uuid.uuid4())
    assert refused(manual, created_at=timezone.now() - timedelta(days=1))


def test_a_request_is_born_before_anything_was_sent(w: World) -> None:
    bring(w.manual(), S.DRAFTED)  # the one other birth that there is
    like = ManualRequest.objects.order_by("created_at").first()
    assert like is not None
    for state in sorted(set(S) - {S.DRAFTED, S.QUEUED}):
        with pytest.raises(DatabaseError, match="evidence"):
            _born(state, like)


def _born(state: ManualState, like: ManualRequest) -> None:
    with transaction.atomic():
        ref = log.append("request.created", actor=ACTOR, subject=like.request.customer_id, body={})
        ManualRequest.objects.create(
            number=f"R-{state}"[:20],
            request_id=like.request_id,
            state=state,
            message_id=f"<{state}>",
            thread_token=state,
            created_at=timezone.now(),
            audit_event_id=ref.id,
        )


def test_the_clock_follows_the_table(w: World) -> None:
    manual = bring(w.manual(), S.WAITING_ON_UTILITY)
    step(manual, S.ACKNOWLEDGED, NOW + timedelta(days=1))
    assert manual.paused_on is None  # an acknowledgement is no pause
    step(manual, S.FEE_QUOTED, datetime(2026, 3, 9, 20, tzinfo=UTC))
    assert (manual.paused_on, manual.remaining) == (date(2026, 3, 9), 5)
    step(manual, S.WAITING_ON_CUSTOMER, datetime(2026, 3, 11, 20, tzinfo=UTC))
    assert (manual.paused_on, manual.remaining) == (date(2026, 3, 9), 5)  # it rests already
    step(manual, S.WAITING_ON_UTILITY, datetime(2026, 3, 18, 15, tzinfo=UTC))
    assert (manual.paused_on, manual.due) == (None, date(2026, 3, 25))
    step(manual, S.ANSWERED, datetime(2026, 3, 20, 15, tzinfo=UTC))
    step(manual, S.PARTIALLY_ANSWERED, datetime(2026, 3, 23, 15, tzinfo=UTC))
    assert manual.due == date(2026, 3, 25)  # it runs on for what is missing
    step(manual, S.DELIVERED, datetime(2026, 3, 24, 15, tzinfo=UTC))
    kept = ManualRequest.objects.get(id=manual.id)
    assert (kept.state, kept.due, kept.paused_on) == ("delivered", date(2026, 3, 25), None)
    kinds = list(ClockStep.objects.filter(manual=manual).order_by("number").values_list("kind", flat=True))
    assert kinds == ["started", "paused", "resumed"]


def test_s36_a_late_bounce_ends_the_clock_and_a_new_sending_starts_another(w: World) -> None:
    manual = bring(w.manual(), S.WAITING_ON_UTILITY)
    step(manual, S.NOT_DELIVERED, NOW + timedelta(days=1))
    kept = ManualRequest.objects.get(id=manual.id)
    assert (kept.due, kept.day0, kept.delivered_at, kept.calendar_version) == (None, None, None, "")
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        again = bring(kept, S.QUEUED)
        bring(again, S.WAITING_ON_UTILITY)
    assert again.due == date(2026, 3, 23)
    kinds = list(ClockStep.objects.filter(manual=manual).order_by("number").values_list("kind", flat=True))
    assert kinds == ["started", "stopped", "started"]
