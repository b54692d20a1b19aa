"""No request ends without an answer on one person's word in the database: two, or a declined fee; on both engines."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.terms import Actor, EventRef
from requests_app.fees import deciding as fees
from requests_app.fees import quoting
from requests_app.fees.lifecycle import FeeState, SaidBy
from requests_app.fees.models import FeeQuote
from requests_app.ladder import deciding
from requests_app.ladder.models import LastDecision
from requests_app.ladder.words import Choice
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move
from tests import clock
from tests.ladder_world import person
from tests.request_lives import bring, given_up, to_decide
from tests.requests_world import ACTOR, World, world

S = ManualState
NO = "ends without an answer by two people"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def w(committing: str) -> Any:
    with clock.travel(NOW):
        yield world()


def waiting(w: World) -> ManualRequest:
    """A request that nobody answered, and about which two people have to decide."""
    manual = bring(w.manual(), S.WAITING_ON_UTILITY)
    to_decide(manual)
    return manual


def ends(manual: ManualRequest, first: Callable[[EventRef], object] = lambda _ref: None) -> str:
    """Give what the database says when SQL ends a request after `first`, under one event: empty, it is ended.

    Nothing of it stays.
    """
    try:
        with transaction.atomic():
            ref = log.append("request.closed", actor=ACTOR, subject=manual.request.customer_id, body={})
            first(ref)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE requests_app_manualrequest SET state = 'closed_without_response', audit_event_id = %s "
                    "WHERE number = %s",
                    [ref.id, manual.number],
                )
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return ""


def decided(manual: ManualRequest, choice: Choice = Choice.CLOSE, until: date | None = None) -> Approval:
    """Let two people decide about it."""
    asked = deciding.ask(manual, choice, until=until, reason="-", requester=person("staff"), now=timezone.now())
    assert isinstance(asked, Approval)
    return decide.approve(asked.id, approver=person("officer"), now=timezone.now())


def noted(manual: ManualRequest, approval: uuid.UUID) -> Callable[[EventRef], object]:
    """Note past the product that two people agreed to end it."""
    facts: dict[str, Any] = {"manual": manual, "number": 9, "choice": Choice.CLOSE, "approval": approval}
    return lambda ref: LastDecision.objects.create(**facts, at=timezone.now(), audit_event_id=ref.id)


def test_no_statement_ends_a_request_that_two_people_did_not_end(w: World) -> None:
    manual = waiting(w)
    assert NO in ends(manual)
    for state in (S.NOT_DELIVERED, S.DELIVERY_UNPROVEN, S.FEE_QUOTED, S.PARTIALLY_ANSWERED):
        assert NO in ends(bring(w.manual(), state)), state
    assert NO in ends(manual, lambda ref: move(manual, S.CLOSED_WITHOUT_RESPONSE, ref=ref))


def test_what_one_person_asked_for_ends_nothing_yet(w: World) -> None:
    manual = waiting(w)
    asked = deciding.ask(manual, Choice.CLOSE, reason="-", requester=person("staff"), now=timezone.now())
    assert isinstance(asked, Approval)
    assert NO in ends(manual)
    decide.refuse(asked.id, approver=person("officer"), now=timezone.now())
    assert NO in ends(manual)


def test_a_decision_to_keep_waiting_or_about_another_request_ends_nothing(w: World) -> None:
    manual, other = waiting(w), bring(w.manual(), S.WAITING_ON_UTILITY)
    wait = decided(manual, Choice.WAIT, until=date(2026, 3, 20))
    assert NO in ends(manual)
    given_up(other)
    (approval,) = LastDecision.objects.filter(manual=other).values_list("approval", flat=True)
    for each in (approval, wait.id):
        assert ends(manual, noted(manual, each))
    assert ManualRequest.objects.get(id=manual.id).state == S.WAITING_ON_UTILITY


@pytest.mark.parametrize("choice", [Choice.CLOSE, Choice.UPLOAD])
def test_two_people_end_it(w: World, choice: Choice) -> None:
    manual = waiting(w)
    decided(manual, choice)
    found, last = ManualRequest.objects.get(id=manual.id), LastDecision.objects.get()
    assert (found.state, found.audit_event_id) == (S.CLOSED_WITHOUT_RESPONSE, last.audit_event_id)


def quoted(manual: ManualRequest, amount: str) -> FeeQuote:
    fee = quoting.quote(manual, Decimal(amount), said_by=SaidBy.PHONE, actor=Actor("s", ACTOR.id), now=NOW)
    assert isinstance(fee, FeeQuote)
    return fee


def declined(fee: FeeQuote, **more: Any) -> Callable[[EventRef], object]:
    """Decline a fee past the product."""
    facts = {"state": "declined", "decided_by": "one", "decider": uuid.uuid4(), "decided_at": NOW, **more}
    return lambda ref: FeeQuote.objects.filter(id=fee.id).update(**facts, audit_event_id=ref.id)


def test_a_declined_fee_ends_its_own_request_alone(w: World) -> None:
    fee, other = quoted(waiting(w), "20.00"), quoted(waiting(w), "20.00")
    manual = ManualRequest.objects.get(id=fee.manual_id)
    assert NO in ends(manual)  # it is quoted, and no more
    assert NO in ends(manual, declined(other))
    assert ends(manual, declined(fee)) == ""
    large = quoted(waiting(w), "35.00")
    assert "one_person_decides_up_to_the_limit" in ends(large.manual, declined(large))
    assert fees.decide_alone(fee, FeeState.DECLINED, actor=person("staff"), now=NOW) is None
    assert ManualRequest.objects.get(id=manual.id).state == S.CLOSED_WITHOUT_RESPONSE
