"""Orders of a test key about its own requests: the played co-op answers over the real wires, in a rehearsal alone."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from broker.db import installation
from broker.notices.models import Notice
from broker.parties.keys import create_application
from broker.rehearsal import paper
from broker.rehearsal.coop_mailbox import CoopMailbox
from requests_app.clocks.models import ClockStep
from requests_app.fees.models import ThreadMail
from requests_app.hooks import actions
from requests_app.hooks.models import Delivery
from requests_app.ladder.looking import calendar_of
from requests_app.ladder.models import FollowUp, LadderStep
from requests_app.mailing import event
from requests_app.models import ManualRequest, Message
from requests_app.pull import actor_of
from requests_app.test_orders import at_coop, clock_moved, earlier
from tests import clock, factories
from tests.api_contract import holds
from tests.played_coop import played_coop
from tests.requests_world import ACTOR, World, events, run_job, world

ORDERS = ("answer", "part", "late", "fee", "accept-fee", "decline-fee", "bounce", "send-again", "clock")
DAYS = {"from": "2025-10-01", "to": "2025-11-01"}


def order(w: World, manual: ManualRequest, what: str, body: Any = None, *, expect: int = 200, key: str = "") -> Any:
    """Give an order by the API."""
    place = f"/api/v1/test/data-requests/{manual.request_id}/{what}"
    sent = body if body is not None else {"business_days": 3} if what == "clock" else ""
    headers = {"Authorization": f"Bearer {key or w.key}"}
    answer = Client().post(place, sent, content_type="application/json", headers=headers)
    holds("POST", place, answer)
    assert answer.status_code == expect, answer.content
    return answer.json()


def sent(w: World, **ask: Any) -> ManualRequest:
    """Ask for data and let the letter go."""
    manual = w.manual(**ask)
    run_job("manual.send", manual.id)
    return again(manual)


def again(manual: ManualRequest) -> ManualRequest:
    return ManualRequest.objects.get(id=manual.id)


@pytest.fixture
def case(committing: str, tmp_path: Path, settings: Any) -> Iterator[tuple[World, CoopMailbox]]:
    with played_coop(tmp_path, settings) as mailbox:
        yield world(letter=paper.pdf([["one"]])), mailbox


def told(w: World) -> list[str]:
    return list(Delivery.objects.order_by("at", "audit_event_id").values_list("type", flat=True))


def test_the_co_op_answers_in_part_then_in_whole_and_the_data_is_read(case: Any) -> None:
    w, _ = case
    actions.create_endpoint(
        w.application,
        "https://app.example/hook",
        ["request.state_changed", "data.ready"],
        actor=actor_of(w.application),
        now=timezone.now(),
    )
    manual = sent(w, data_types=["bill", "usage_daily"], to="2025-12-01", **{"from": "2025-10-01"})
    part = order(w, manual, "part")
    assert (part["state"], part["completeness"]["complete"]) == ("partially_answered", False)
    assert {each["data_type"] for each in part["files"]} == {"bill", "usage_daily"}
    whole = order(w, manual, "answer")
    assert (whole["state"], whole["completeness"]["complete"]) == ("delivered", True)
    readings = w.get(f"data-requests/{manual.request_id}/readings").json()
    days = {each["start"] for series in readings["series"] for each in series["readings"]}
    assert len(days) == 61
    assert len(w.get(f"data-requests/{manual.request_id}/bills").json()["bills"]) == 2
    kinds = list(Message.objects.filter(direction="in").values_list("kind", flat=True))
    assert kinds == ["answer", "answer"]  # by the listener: nothing was written past it
    assert {"file.received", "file.accepted", "rehearsal.ordered"} <= {
        each for each in ("file.received", "file.accepted", "rehearsal.ordered") if events(each)
    }
    assert told(w).count("data.ready") >= 2
    assert order(w, manual, "answer", expect=409)["code"] == "state.conflict"


def test_a_fee_rests_the_clock_and_a_yes_lets_it_go_on(case: Any) -> None:
    w, mailbox = case
    manual = sent(w)
    found = order(w, manual, "fee")
    assert (found["state"], found["fee"]["amount"], found["fee"]["state"]) == ("fee_quoted", "12.00", "quoted")
    assert found["clock"]["paused_on"]
    assert order(w, manual, "accept-fee")["fee"]["state"] == "accepted"
    assert run_job("thread.send", ThreadMail.objects.get().id) == "done"
    assert "$12.00" in mailbox.mails.view(mailbox.mails.numbers()[-1])["text"]
    state = w.get(f"data-requests/{manual.request_id}").json()
    assert (state["state"], state["clock"]["paused_on"]) == ("waiting_on_utility", None)
    assert order(w, manual, "accept-fee", expect=409)["code"] == "state.conflict"
    order(w, manual, "fee")
    # With what was accepted before it is $24.00: still within what one person may decide ($25.00), a third is not.
    order(w, manual, "accept-fee")
    order(w, manual, "fee")
    assert order(w, manual, "accept-fee", expect=409)["code"] == "fee.two_people"


def test_a_declined_fee_ends_the_request(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    order(w, manual, "fee")
    assert order(w, manual, "decline-fee")["state"] == "closed_without_response"
    assert order(w, manual, "clock", expect=409)["code"] == "state.conflict"


def test_a_letter_is_refused_when_it_leaves_and_one_that_left_comes_back(case: Any) -> None:
    w, mailbox = case
    first = w.manual()
    assert order(w, first, "bounce")["state"] == "queued"  # it has not left
    run_job("manual.send", first.id)
    assert again(first).state == "not_delivered"
    assert not mailbox.mails.numbers()
    assert order(w, first, "bounce", expect=409)["code"] == "state.conflict"
    assert order(w, first, "send-again")["state"] == "queued"
    run_job("manual.send", first.id)
    assert again(first).state == "waiting_on_utility"  # the next one is taken
    back = order(w, first, "bounce")
    assert (back["state"], back["clock"]["due"]) == ("not_delivered", None)
    assert Message.objects.filter(kind="bounce").count() == 1


def test_a_late_answer_comes_when_the_clock_was_moved_past_the_due_day(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    before, calendar = again(manual), calendar_of(manual)
    assert order(w, manual, "late")["state"] == "waiting_on_utility"
    moved = order(w, manual, "clock", {"business_days": 9})
    assert moved["state"] == "waiting_on_utility"
    assert before.due is not None
    assert moved["clock"]["due"] == earlier.day(before.due, 9, calendar).isoformat()
    late = order(w, manual, "clock", {"business_days": 5})
    assert late["state"] == "delivered"
    assert {"overdue", "follow_up"} <= set(late["steps"])
    assert date.fromisoformat(late["clock"]["due"]) < clock.today()
    assert [each.kind for each in ClockStep.objects.order_by("number")] == ["started"] * 3
    assert len(events("rehearsal.clock_moved")) == 2
    assert Message.objects.filter(direction="in", kind="answer").count() == 1


def test_the_ladder_climbs_as_if_the_days_had_passed_and_no_step_is_taken_twice(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    first = order(w, manual, "clock", {"business_days": 12})
    assert first["steps"] == ["overdue", "follow_up"]
    run_job("ladder.told", LadderStep.objects.get(step="overdue").id)
    overdue = Notice.objects.filter(template__contains="overdue").count()
    ask = FollowUp.objects.get()
    for state in ("sending", "sent"):  # as its job does in the office's hours
        with transaction.atomic():
            ref = event(manual, "request.state", {"state": state})
            FollowUp.objects.filter(id=ask.id).update(state=state, asked_at=timezone.now(), audit_event_id=ref.id)
    assert order(w, manual, "clock", {"business_days": 1})["steps"] == []
    assert order(w, manual, "clock", {"business_days": 2})["steps"] == ["call"]
    assert order(w, manual, "clock", {"business_days": 3})["steps"] == ["follow_up"]
    assert Notice.objects.filter(template__contains="overdue").count() == overdue
    assert FollowUp.objects.count() == 2


def test_a_resting_clock_keeps_what_is_left_of_it(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    order(w, manual, "fee")
    rests = again(manual)
    order(w, manual, "clock", {"business_days": 4})
    after, calendar = again(manual), calendar_of(manual)
    assert rests.paused_on is not None
    assert after.remaining == rests.remaining
    assert after.paused_on == earlier.day(rests.paused_on, 4, calendar)
    assert order(w, manual, "accept-fee")["fee"]["state"] == "accepted"


def test_days_that_are_none_are_refused(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    for body in ({}, {"business_days": 0}, {"business_days": 61}, {"business_days": True}, {"business_days": "3"}, []):
        assert order(w, manual, "clock", body, expect=400)["code"] == "ask.invalid"
    with pytest.raises(ValueError, match="61"):
        clock_moved.move(manual, 61, now=timezone.now())


def test_the_co_op_has_no_letter_yet_or_nothing_of_what_was_asked_or_is_not_played(case: Any, settings: Any) -> None:
    w, _ = case
    waiting = w.manual()
    for what in ("answer", "part", "late", "fee", "accept-fee", "decline-fee", "send-again", "clock"):
        assert order(w, waiting, what, expect=409)["code"] == "state.conflict"
    manual = sent(w)
    for place in ("", "http://192.0.2.1:80", "http://127.0.0.1:1"):
        settings.REHEARSAL_COOP_URL = place
        assert order(w, manual, "answer", expect=503)["code"] == "rehearsal.unreachable"
    assert again(manual).state == "waiting_on_utility"


def test_only_the_application_that_asked_orders(case: Any) -> None:
    w, _ = case
    manual = sent(w)
    now = timezone.now()
    _, same = create_application(
        w.organisation, "Other", "test", expires_at=now + timedelta(days=1), actor=ACTOR, now=now
    )
    _, other = create_application(
        factories.organisation(), "Other", "test", expires_at=now + timedelta(days=1), actor=ACTOR, now=now
    )
    for what in ORDERS:
        for key in (same, other):
            order(w, manual, what, expect=404, key=key)
    assert not events("rehearsal.ordered")


@pytest.mark.undeclared
def test_on_a_live_installation_no_such_address_exists_and_nobody_is_played(committing: str) -> None:
    installation.declare("live")
    for what in ORDERS:
        assert Client().post(f"/api/v1/test/data-requests/{uuid.uuid4()}/{what}").status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE act IN (105, 106, 628, 629)")
        assert cursor.fetchone()[0] == 0
    manual = ManualRequest()
    acts = (at_coop.answer, at_coop.answer_in_part, at_coop.answer_late, at_coop.fee, at_coop.accept_fee)
    for what in (*acts, at_coop.decline_fee, at_coop.bounce, at_coop.send_again):
        with pytest.raises(RuntimeError, match="only a rehearsal"):
            what(manual, None, now=timezone.now())
    with pytest.raises(RuntimeError, match="only a rehearsal"):
        clock_moved.move(manual, 1, now=timezone.now())
