"""Whom a fee takes: one person within the limit and by a mail of the co-op, else two, also over replaced requests."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from broker.parties.models import Role
from broker.terms import Actor, Refusal
from requests_app import choosing
from requests_app.fees import deciding, quoting, replacing
from requests_app.fees.lifecycle import FeeState, SaidBy, Why
from requests_app.fees.models import FeeQuote, ThreadMail
from requests_app.models import ManualRequest, Message
from tests.integration.console_support import officer
from tests.integration.desk_support import drawn, opened, told
from tests.integration.test_fees_attacks import STAFF, Desk, S, accepted, again, desk, later, post
from tests.integration.test_receive import take
from tests.request_lives import bring
from tests.requests_world import reply

__all__ = ["desk"]


def test_a_fee_in_parts_is_decided_by_two_people_as_one(desk: Desk) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    told(page, manual, "fee", amount="20.00")
    assert later(accepted(manual)) == "sent"
    told(page, manual, "fee", amount="6.00")
    fee = FeeQuote.objects.get(state="quoted")
    refused = deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=timezone.now())
    assert refused == Refusal("fee.two_people")
    shown = officer(Role.STAFF).get(f"/admin/requests/{manual.id}/acts/").content.decode()
    assert "with the $20.00 that were accepted before" in shown
    assert "acts/alone/" not in shown


def test_a_fee_in_parts_stays_one_fee_when_another_request_takes_the_place_of_the_first(desk: Desk) -> None:
    _, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "fee", amount="20.00")
    assert later(accepted(manual)) == "sent"
    new: Any = manual
    for _ in range(2):
        new = replacing.supersede(
            bring(again(new), S.WAITING_ON_UTILITY), Why.ON_PAPER, actor=STAFF, now=timezone.now()
        )
        assert isinstance(new, ManualRequest)
        assert replacing.posted(new, actor=STAFF, now=timezone.now()) is None
    other = Actor("s", uuid.uuid4(), role="staff")
    fee = quoting.quote(again(new), Decimal("6.00"), said_by=SaidBy.PHONE, actor=other, now=timezone.now())
    assert isinstance(fee, FeeQuote)
    refused = deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=timezone.now())
    assert refused == Refusal("fee.two_people")
    shown = officer(Role.STAFF).get(f"/admin/requests/{new.id}/acts/").content.decode()
    assert "with the $20.00 that were accepted before" in shown
    fee = quoting.quote(again(new), Decimal("5.00"), said_by=SaidBy.PHONE, actor=other, now=timezone.now())
    assert isinstance(fee, FeeQuote)
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=timezone.now()) is None


def test_whoever_wrote_a_fee_down_after_a_call_is_not_the_only_one_who_accepts_it(desk: Desk) -> None:
    _, manual, _mailbox = desk
    fee = quoting.quote(manual, Decimal("9.00"), said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    assert isinstance(fee, FeeQuote)
    refused = deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=timezone.now())
    assert refused == Refusal("fee.two_people")
    shown = officer(Role.STAFF).get(f"/admin/requests/{manual.id}/acts/").content.decode()
    assert "acts/second/" in shown  # and asks another one here
    other = Actor("s", uuid.uuid4(), role="staff")
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=other, now=timezone.now()) is None


def test_a_fee_by_mail_without_a_mail_is_one_persons_word(desk: Desk) -> None:
    _, manual, _mailbox = desk
    staff = officer(Role.STAFF)
    assert post(staff, manual, "quote", amount="25.00", said_by="mail").status_code == 302
    got = staff.post(f"/admin/requests/{manual.id}/acts/alone/", drawn(manual, "alone") | {"answer": "accepted"})
    assert got.status_code == 302
    assert FeeQuote.objects.get().state == "quoted"
    assert ThreadMail.objects.count() == 0
    shown = staff.get(f"/admin/requests/{manual.id}/acts/").content.decode()
    assert "no mail of it is named" in shown
    assert "acts/second/" in shown


def test_one_person_accepts_a_fee_that_a_proven_mail_of_the_thread_names(desk: Desk) -> None:
    _, manual, _mailbox = desk
    staff = officer(Role.STAFF)
    take(reply(manual, csv=False, text="Copies cost $25.00."), manual)
    mail = Message.objects.get(manual=manual, direction="in")
    assert str(mail.id) in staff.get(f"/admin/requests/{manual.id}/acts/").content.decode()
    assert post(staff, manual, "quote", amount="25.00", said_by="phone", mail=str(mail.id)).status_code == 422
    assert post(staff, manual, "quote", amount="25.00", said_by="mail", mail=str(mail.id)).status_code == 302
    assert FeeQuote.objects.get().message_id == mail.id
    assert post(staff, manual, "alone", answer="accepted", **drawn(manual, "alone")).status_code == 302
    assert FeeQuote.objects.get().state == "accepted"


def test_a_mail_of_a_sender_whom_nobody_proved_names_no_fee(desk: Desk) -> None:
    w, manual, _mailbox = desk
    staff, now = officer(Role.STAFF), timezone.now()
    foreign = reply(manual, sender="x@else.example", csv=False, text="Copies cost $25.00.")
    take(foreign, manual)
    held = Message.objects.get(kind="held")
    attached = choosing.attach(held, manual.number, actor=STAFF, now=now)
    assert isinstance(attached, Message)
    other = bring(w.manual(), S.WAITING_ON_UTILITY)
    take(reply(other, csv=False, text="Copies cost $25.00."), other)
    of_another = Message.objects.get(manual=other, direction="in")
    for mail in (held, attached, of_another):
        assert post(staff, manual, "quote", amount="25.00", said_by="mail", mail=str(mail.id)).status_code == 422
    for mail in (attached, of_another):
        with pytest.raises(ValueError, match="mail"):
            quoting.quote(manual, Decimal("25.00"), said_by=SaidBy.MAIL, actor=STAFF, now=now, message=mail)
    assert not FeeQuote.objects.exists()


def test_nobody_alone_ends_a_request_by_a_no_to_a_fee_of_her_own_hand(desk: Desk) -> None:
    _, manual, mailbox = desk
    staff, before = officer(Role.STAFF), mailbox.mails.numbers()
    assert post(staff, manual, "quote", amount="1.00", said_by="phone").status_code == 302
    assert post(staff, manual, "alone", answer="declined", **drawn(manual, "alone")).status_code == 302
    assert (again(manual).state, FeeQuote.objects.get().state) == (S.FEE_QUOTED, "quoted")
    assert ThreadMail.objects.count() == 0
    assert mailbox.mails.numbers() == before
    other = Actor("s", uuid.uuid4(), role="staff")
    fee = FeeQuote.objects.get()
    assert deciding.decide_alone(fee, FeeState.DECLINED, actor=other, now=timezone.now()) is None
    assert again(manual).state == S.CLOSED_WITHOUT_RESPONSE


def test_one_person_says_no_to_a_fee_that_the_desk_named_on_its_page(desk: Desk) -> None:
    _, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "fee", amount="5.00")
    fee = FeeQuote.objects.get()
    assert deciding.decide_alone(fee, FeeState.DECLINED, actor=STAFF, now=timezone.now()) is None
    assert again(manual).state == S.CLOSED_WITHOUT_RESPONSE
