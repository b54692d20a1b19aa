"""Fees and questions that cross our own answer, old pages, split amounts, and what is said of acts that did nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.channels.manual_request import ManualRequestChannel
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor
from broker.transport import DeliveryUnknown, TemporaryRefusal
from requests_app.fees import answering, asking, deciding, quoting
from requests_app.fees.lifecycle import FeeState, SaidBy
from requests_app.fees.models import FeeQuote, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests import clock
from tests.integration.desk_support import opened, told
from tests.requests_world import ACTOR, World, coop, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")
S = ManualState
Desk = tuple[World, ManualRequest, CoopMailbox]


@pytest.fixture
def desk(sqlite_db: str, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    with coop(tmp_path, settings) as mailbox:
        w = world()
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "done"
        yield w, again(manual), mailbox


def again(manual: ManualRequest) -> ManualRequest:
    return ManualRequest.objects.get(id=manual.id)


def busy(_self: ManualRequestChannel, _order: Any) -> None:
    raise TemporaryRefusal("mail.example", "451 later")


def lost(_self: ManualRequestChannel, _order: Any) -> None:
    raise DeliveryUnknown("mail.example", "the line broke")


def later(mail: ThreadMail) -> str:
    """Let the next try come."""
    with clock.travel(timezone.now() + timedelta(minutes=10)):
        run_job("thread.send", mail.id, now=timezone.now())
    mail.refresh_from_db()
    return mail.state


def accepted(manual: ManualRequest) -> ThreadMail:
    fee = FeeQuote.objects.get(manual=manual, state="quoted")
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=timezone.now()) is None
    return ThreadMail.objects.get(fee=fee)


def answer(manual: ManualRequest) -> ThreadMail:
    made = asking.answer_utility(manual, "It is the same member.", actor=STAFF, now=timezone.now())
    assert isinstance(made, ThreadMail)
    return made


# --- what crosses our answer --------------------------------------------------------------------------------------


def test_a_fee_named_while_our_yes_waits_for_a_retry_is_the_one_to_decide(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "fee", amount="5.00")
    mail, before = accepted(manual), None
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        assert run_job("thread.send", mail.id) == "queued"
    before = mailbox.mails.numbers()
    told(page, manual, "fee", amount="888.00")
    assert later(mail) == "void"
    assert mailbox.mails.numbers() == before  # the yes to $5 is not heard as one to $888
    found = again(manual)
    fee = quoting.open_fee(found)
    assert (found.state, fee.amount if fee else None) == (S.FEE_QUOTED, 888)


def test_a_yes_that_may_have_left_leaves_the_newer_fee_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "fee", amount="5.00")
    mail = accepted(manual)
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", lost)
        run_job("thread.send", mail.id)
    mail.refresh_from_db()
    assert mail.state == "unknown"
    told(page, manual, "fee", amount="6.00")
    assert answering.settle(mail, arrived=True, actor=STAFF, now=timezone.now()) is None
    assert (again(manual).state, ThreadMail.objects.get().state) == (S.FEE_QUOTED, "sent")
    newer = accepted(manual)
    assert later(newer) == "sent"
    assert again(manual).state == S.WAITING_ON_UTILITY


def test_an_unknown_yes_to_an_older_fee_is_not_sent_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "fee", amount="5.00")
    mail = accepted(manual)
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", lost)
        run_job("thread.send", mail.id)
    told(page, manual, "fee", amount="6.00")
    mail.refresh_from_db()
    assert answering.settle(mail, arrived=False, actor=STAFF, now=timezone.now()) is None
    mail.refresh_from_db()
    assert mail.state == "void"


@pytest.mark.parametrize("second", ["own_form", "not_member"])
def test_a_question_asked_while_our_answer_waits_is_the_one_to_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "not_member", words="We do not know this name.")
    mail = answer(manual)
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        run_job("thread.send", mail.id)
    told(page, manual, second, words="And we need something else.")
    assert later(mail) == "void"
    assert again(manual).state == S.WAITING_ON_US
    assert answering.on_its_way(manual) is None  # staff answer anew


def test_a_question_beside_a_yes_that_waits_stays_with_us_and_the_yes_leaves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "fee", amount="5.00")
    mail = accepted(manual)
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        run_job("thread.send", mail.id)
    told(page, manual, "own_form", words="Our own form, please.")
    assert later(mail) == "sent"
    found = again(manual)
    assert (found.state, found.paused_on is not None) == (S.WAITING_ON_US, True)
