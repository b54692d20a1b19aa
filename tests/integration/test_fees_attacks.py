"""Fees and questions that cross our own answer, old pages, split amounts, and what is said of acts that did nothing."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.approvals.models import Approval
from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor
from broker.transport import DeliveryUnknown, TemporaryRefusal
from consents import actions, effects, suspending
from requests_app.desk.models import DeskAct
from requests_app.fees import answering, asking, deciding, falling, quoting
from requests_app.fees.lifecycle import Answer, Asks, FeeState, SaidBy
from requests_app.fees.models import FeeQuote, Question, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.numbers import measures
from tests import clock
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.desk_support import drawn, opened, press, told, upload
from tests.integration.test_receive import take
from tests.numbers_world import answered
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, usage, world

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


def fee_of(mail: ThreadMail) -> uuid.UUID:
    assert mail.fee_id is not None
    return mail.fee_id


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
    assert fee is not None
    assert (str(found.state), fee.amount) == (S.FEE_QUOTED, Decimal(888))


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


# --- pages that were open for long --------------------------------------------------------------------------------


def post(client: Client, manual: ManualRequest, what: str, **form: str) -> Any:
    return client.post(f"/admin/requests/{manual.id}/acts/{what}/", form)


def test_a_yes_on_an_older_page_accepts_no_other_amount(desk: Desk) -> None:
    _, manual, mailbox = desk
    page, staff = opened(manual, mailbox), officer(Role.STAFF)
    told(page, manual, "fee", amount="20.00")
    old = drawn(manual, "alone")
    assert old["about"] in staff.get(f"/admin/requests/{manual.id}/acts/").content.decode()
    told(page, manual, "fee", amount="25.00")
    for sent in (old, {}):
        got = post(staff, manual, "alone", answer="accepted", **sent)
        assert got.status_code == 409
        assert "Nothing was done" in got.content.decode()
    assert not FeeQuote.objects.filter(state="accepted").exists()
    assert ThreadMail.objects.count() == 0
    assert post(staff, manual, "alone", answer="accepted", **drawn(manual, "alone")).status_code == 302
    assert FeeQuote.objects.get(state="accepted").amount == 25


def test_an_older_page_of_a_large_fee_asks_nobody_about_another(desk: Desk) -> None:
    _, manual, mailbox = desk
    page, staff = opened(manual, mailbox), officer(Role.STAFF)
    told(page, manual, "fee", amount="40.00")
    old = drawn(manual, "second")
    told(page, manual, "fee", amount="400.00")
    got = post(staff, manual, "second", answer="accepted", reason="Ten bills.", **old)
    assert got.status_code == 409
    assert not Approval.objects.exists()


def test_her_answer_by_phone_is_for_the_question_that_staff_saw(desk: Desk) -> None:
    _, manual, _mailbox = desk
    asking.ask_customer(manual, Asks.CALL, "", actor=STAFF, now=timezone.now())
    old = drawn(manual, "heard")
    question = asking.waiting(again(manual))
    assert question is not None
    asking.enter_reply(question, Answer.DONE, "", how=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    asking.ask_customer(manual, Asks.WORDS, "Which meter?", actor=STAFF, now=timezone.now())
    got = post(officer(Role.STAFF), manual, "heard", answer="no", how="phone", words="", **old)
    assert got.status_code == 409
    assert again(manual).state == S.WAITING_ON_CUSTOMER


# --- who is told what ---------------------------------------------------------------------------------------------


def test_a_question_asked_while_the_permission_is_on_hold_is_told_once_it_goes_on(desk: Desk) -> None:
    w, manual, _mailbox = desk
    question = asking.ask_customer(manual, Asks.CALL, "", actor=STAFF, now=timezone.now())
    assert isinstance(question, Question)
    assert suspending.suspend(w.consent, because="officer", actor=STAFF, now=timezone.now())
    assert run_job("question.told", question.id) == "queued"
    assert not Notice.objects.filter(template="request_question").exists()
    assert suspending.resume(w.consent, actor=STAFF, now=timezone.now())
    with clock.travel(timezone.now() + timedelta(minutes=10)):
        assert run_job("question.told", question.id, now=timezone.now()) == "done"
    assert Notice.objects.filter(template="request_question").count() == 1


def test_what_a_request_does_not_take_is_kept_and_nobody_is_told_otherwise(desk: Desk) -> None:
    _, manual, mailbox = desk
    page = opened(manual, mailbox)
    assert isinstance(asking.ask_customer(manual, Asks.CALL, "", actor=STAFF, now=timezone.now()), Question)
    got = press(page, manual, "paper")
    assert got.status_code == 302
    shown = page.get("/desk/requests/").content.decode()
    assert "we have it. Thank you" not in shown
    assert "nothing follows from it by itself" in shown
    act = DeskAct.objects.get()
    notice = Notice.objects.get(template="staff_alert", key=f"staff:desk:{act.id}")
    assert run_job("notices.send", notice.id) == "done"
    mail = mailbox.mails.message(max(mailbox.mails.numbers())).as_string()
    assert "changed nothing" in " ".join(mail.split())
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "title", "link", "answer"),
    [
        ("en", "Your co-op wants your signature on paper", "Print the letter", "I signed the letter and posted it"),
        ("es", "Su cooperativa quiere su firma en papel", "Imprima la carta", "Firmé la carta y la envié por correo"),
    ],
)
def test_paper_has_words_of_its_own_on_her_page(desk: Desk, language: str, title: str, link: str, answer: str) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "paper")
    her = Client(headers={"accept-language": language})
    sign_in(her, w.customer.id)
    path = f"/my/requests/{manual.id}/question/"
    page = her.get(path).content.decode()
    for said in (title, f'<a href="/share/paper/">{link}</a>', answer):
        assert said in page
    for never in ("form of its own", "What our staff wrote", "formulario propio"):
        assert never not in page
    her.post(path, {"question": str(Question.objects.get().id), "answer": "done"})
    assert again(manual).state == S.WAITING_ON_US  # we send the paper on


def test_a_recipient_that_was_told_of_a_yes_is_told_once_that_it_never_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "fee", amount="7.00")
    mail = accepted(manual)
    assert run_job("fee.told", fee_of(mail)) == "done"
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        run_job("thread.send", mail.id)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert later(mail) == "void"
    with clock.travel(timezone.now() + timedelta(minutes=11)):
        assert run_job("fee.told", fee_of(mail), now=timezone.now()) == "done"
    names = Notice.objects.filter(template__in=["fee_accepted_recipient", "fee_void_recipient"])
    assert sorted(names.values_list("template", flat=True)) == ["fee_accepted_recipient", "fee_void_recipient"]


def test_a_recipient_hears_nothing_of_a_yes_that_is_void_already(desk: Desk) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "fee", amount="7.00")
    mail = accepted(manual)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert later(mail) == "void"
    with clock.travel(timezone.now() + timedelta(minutes=11)):
        assert run_job("fee.told", fee_of(mail), now=timezone.now()) == "done"
    assert not Notice.objects.filter(template__in=["fee_accepted_recipient", "fee_void_recipient"]).exists()


QUOTING = "Thank you. Copies & postage for account 40900017 cost $35.00. Send a check."


@pytest.mark.parametrize(
    ("words", "amount", "said"),
    [
        (QUOTING, "35.00", "Copies &amp; postage for account … cost $35.00."),
        (QUOTING, "36.00", ""),  # a mail that names another amount is not its word for this one
        ("> We said $35.00 before.\n\nSee above.", "35.00", ""),
    ],
)
def test_her_page_says_it_in_the_co_ops_own_words(desk: Desk, words: str, amount: str, said: str) -> None:
    w, manual, _mailbox = desk
    take(reply(manual, csv=False, text=words), manual)
    staff, her = officer(Role.STAFF), Client()
    sign_in(her, w.customer.id)
    mail = Message.objects.get(direction="in")
    post(staff, manual, "quote", amount=amount, said_by="mail", mail=str(mail.id))
    assert FeeQuote.objects.get().message == mail
    post(staff, manual, "ask", asks="fee")
    before = len(events("mail.read"))
    page = her.get(f"/my/requests/{manual.id}/question/").content.decode()
    assert (f"<q>{said}</q>" in page) == bool(said)
    assert ("own words" in page) == bool(said)
    for never in (ACCOUNT, "Send a check"):
        assert never not in page
    assert len(events("mail.read")) == before + 1  # a read like any other, and she sees it


def test_what_was_said_by_phone_is_nobodys_mail_and_opens_nothing(desk: Desk) -> None:
    w, manual, _mailbox = desk
    take(reply(manual, csv=False, text=QUOTING), manual)
    staff, her = officer(Role.STAFF), Client()
    sign_in(her, w.customer.id)
    post(staff, manual, "quote", amount="35.00", said_by="phone")
    post(staff, manual, "ask", asks="fee")
    before = len(events("mail.read"))
    assert "own words" not in her.get(f"/my/requests/{manual.id}/question/").content.decode()
    assert len(events("mail.read")) == before


def hers(w: World, manual: ManualRequest, mailbox: CoopMailbox, amount: str = "7.00") -> ThreadMail:
    """Let her say yes to a fee on her page."""
    told(opened(manual, mailbox), manual, "fee", amount=amount)
    asked = asking.ask_customer(manual, Asks.FEE, "", actor=STAFF, now=timezone.now())
    assert isinstance(asked, Question)
    assert asking.reply(asked, Answer.YES, "", customer=w.customer, now=timezone.now()) is None
    return ThreadMail.objects.get(fee=asked.fee_id)


def mails_to_her() -> list[str]:
    names = Notice.objects.filter(template__in=["fee_accepted", "fee_void"]).order_by("created_at")
    return list(names.values_list("template", flat=True))


def test_she_is_told_once_that_her_yes_does_not_stand_once_the_amount_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, manual, mailbox = desk
    mail = hers(w, manual, mailbox)
    assert run_job("fee.told", fee_of(mail)) == "done"
    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        run_job("thread.send", mail.id)
    told(opened(manual, mailbox), manual, "fee", amount="9.00")
    assert later(mail) == "void"
    for _ in range(2):
        assert run_job("fee.told", fee_of(mail)) == "done"
    assert mails_to_her() == ["fee_accepted", "fee_void"]
    notice = Notice.objects.get(template="fee_void")
    assert run_job("notices.send", notice.id) == "done"
    text = " ".join(str(mailbox.mails.message(max(mailbox.mails.numbers())).get_body(("plain",)).get_content()).split())
    assert "You pay nothing for this fee" in text
    assert "$7.00" in text
    her = Client()
    sign_in(her, w.customer.id)
    page = her.get(f"/my/requests/{manual.id}/question/").content.decode()
    assert "Your yes to the fee of $7.00 did not leave us" in page
    assert "You pay the fee" not in page
    assert [str(each.amount) for each in falling.of(again(manual))] == ["9.00"]  # what a stop asks not to be charged
    assert effects.charges(w.consent) == []


def test_her_own_stop_names_the_fee_and_no_other_mail_does(desk: Desk) -> None:
    w, manual, mailbox = desk
    mail = hers(w, manual, mailbox)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert later(mail) == "void"
    with clock.travel(timezone.now() + timedelta(minutes=11)):
        assert run_job("fee.told", fee_of(mail), now=timezone.now()) == "done"
    assert mails_to_her() == []


# --- numbers ------------------------------------------------------------------------------------------------------


def test_files_that_were_rejected_are_no_answer_and_few_answers_are_no_picture(desk: Desk) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "files", attached=upload("usage.csv", usage(ACCOUNT).encode()))
    (obec,) = [each for each in measures.of_utilities(timezone.now()) if each.profile.id == "obec"]
    assert obec.answers.count == 1
    with transaction.atomic():
        ref = log.append("file.rejected", actor=ACTOR, subject=w.customer.id, body={})
        facts = {"state": "rejected", "decided_at": timezone.now(), "audit_event_id": ref.id}
        ReceivedFile.objects.update(**facts)
    (obec,) = [each for each in measures.of_utilities(timezone.now()) if each.profile.id == "obec"]
    assert (obec.answers.count, obec.in_window[0]) == (0, 0)
    for days in (4, 5, 6, 7):
        answered(w, days)
    page = officer(Role.STAFF).get("/admin/numbers/").content.decode()
    assert "Fewer than 5 answers: nothing is drawn" in page
    assert "Answers by business days; the table below" not in page
    answered(w, 8)
    assert "Answers by business days; the table below" in officer(Role.STAFF).get("/admin/numbers/").content.decode()
