"""The co-op hears once that a request has ended and needs nothing more; after a stop, by the withdrawal alone."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel
from broker.notices.models import Notice
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor
from broker.transport import DeliveryUnknown
from consents import actions
from requests_app.fees import answering, quoting, replacing
from requests_app.fees.lifecycle import SaidBy, Why
from requests_app.fees.models import FeeQuote, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move
from tests import clock
from tests.integration.test_receive import take
from tests.request_lives import bring, given_up
from tests.requests_world import ACCOUNT, ACTOR, World, coop, reply, run_job, world

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


def newest(mailbox: CoopMailbox) -> Any:
    return mailbox.mails.message(max(mailbox.mails.numbers()))


def words(mail: Any) -> str:
    return " ".join(str(mail.get_body(("plain",)).get_content()).split())


def stopped(w: World) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())


def test_a_request_that_two_people_close_is_closed_for_the_desk_too_once(desk: Desk) -> None:
    _, manual, mailbox = desk
    given_up(manual)
    mail = ThreadMail.objects.get()
    for _ in range(2):
        assert run_job("thread.send", mail.id) == "done"
    assert len(mailbox.mails.numbers()) == 2  # the letter, and this
    came = newest(mailbox)
    assert came["In-Reply-To"] == manual.message_id
    assert came["Subject"] == f"Re: Data access request {manual.number} — closed, nothing more to do"
    for said in ("found no answer", "You need do nothing more for it", f"account ending in {ACCOUNT[-4:]}"):
        assert said in words(came)
    assert ACCOUNT not in came.as_string()
    assert "page for your desk" not in words(came)  # its code opens nothing any more
    assert again(manual).state == S.CLOSED_WITHOUT_RESPONSE  # an ended clock does not go on
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_a_part_that_came_is_thanked_for_and_a_named_fee_falls_where_nothing_came(desk: Desk) -> None:
    w, manual, mailbox = desk
    take(reply(manual), manual)
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, body={})
        move(again(manual), S.PARTIALLY_ANSWERED, ref=ref)
    given_up(again(manual))
    assert run_job("thread.send", ThreadMail.objects.get().id) == "done"
    assert "Thank you for what you sent" in words(newest(mailbox))
    other = w.manual()
    assert run_job("manual.send", other.id) == "done"
    fee = quoting.quote(again(other), Decimal("12.50"), said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    assert isinstance(fee, FeeQuote)
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, body={})
        move(again(other), S.WAITING_ON_UTILITY, ref=ref)
    given_up(again(other))
    assert run_job("thread.send", ThreadMail.objects.get(manual=other).id) == "done"
    assert "Please do not charge the fee of $12.50" in words(newest(mailbox))


def test_after_her_stop_the_withdrawal_alone_goes_out(desk: Desk) -> None:
    w, manual, mailbox = desk
    given_up(manual)
    stopped(w)
    mail = ThreadMail.objects.get()
    assert run_job("thread.send", mail.id) == "done"
    mail.refresh_from_db()
    assert (mail.state, len(mailbox.mails.numbers())) == ("void", 1)
    assert run_job("manual.withdraw", manual.id) == "done"
    assert "withdrawn" in newest(mailbox)["Subject"]
    assert len(mailbox.mails.numbers()) == 2
    assert not Notice.objects.filter(key__startswith="staff:void:").exists()  # nobody has to do anything about it


def test_a_stop_while_the_mail_is_written_comes_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    w, manual, mailbox = desk
    given_up(manual)
    mail, write = ThreadMail.objects.get(), answering._written

    def meanwhile(row: ThreadMail, request: ManualRequest) -> Any:
        ready = write(row, request)
        stopped(w)
        return ready

    with monkeypatch.context() as patch:
        patch.setattr(answering, "_written", meanwhile)
        assert run_job("thread.send", mail.id) == "queued"
    with clock.travel(timezone.now() + timedelta(minutes=1)):
        assert run_job("thread.send", mail.id, now=timezone.now()) == "done"
    mail.refresh_from_db()
    assert (mail.state, len(mailbox.mails.numbers())) == ("void", 1)


def test_one_that_may_have_left_is_not_sent_again_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, manual, mailbox = desk
    given_up(manual)
    mail = ThreadMail.objects.get()

    def lost(_self: ManualRequestChannel, _order: Any) -> None:
        raise DeliveryUnknown("mail.example", "the line broke")

    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", lost)
        run_job("thread.send", mail.id)
    assert run_job("thread.send", mail.id) == "done"
    mail.refresh_from_db()
    assert (mail.state, len(mailbox.mails.numbers())) == ("unknown", 1)
    assert answering.settle(mail, arrived=False, actor=STAFF, now=timezone.now()) is None
    assert run_job("thread.send", mail.id) == "done"
    assert len(mailbox.mails.numbers()) == 2


@pytest.mark.parametrize(
    ("why", "said"), [(Why.OWN_FORM, "a form of your own"), (Why.ON_PAPER, "on paper, signed with a pen")]
)
def test_the_desk_hears_which_request_takes_the_place_of_one_that_it_could_not_use(
    desk: Desk, why: Why, said: str
) -> None:
    _, manual, mailbox = desk
    new = replacing.supersede(manual, why, actor=STAFF, now=timezone.now())
    assert isinstance(new, ManualRequest)
    assert run_job("thread.send", ThreadMail.objects.get().id) == "done"
    text = words(newest(mailbox))
    for each in (said, f"Request {new.number} takes its place", "You need do nothing more for it"):
        assert each in text
    assert len(mailbox.mails.numbers()) == 2


def test_whoever_has_no_letter_of_ours_is_told_nothing(desk: Desk) -> None:
    w, _manual, _mailbox = desk
    lost = bring(w.manual(), S.NOT_DELIVERED)
    assert isinstance(replacing.supersede(lost, Why.OWN_FORM, actor=STAFF, now=timezone.now()), ManualRequest)
    assert ThreadMail.objects.count() == 0
