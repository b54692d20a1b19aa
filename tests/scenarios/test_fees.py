"""S40: a fee of $35 rests the clock, two people or the customer decide, nobody pays unasked, the answer resumes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor, Refusal
from consents import actions, effects
from requests_app.clocks.models import ClockStep
from requests_app.fees import asking, deciding
from requests_app.fees.lifecycle import Answer, FeeState, SaidBy
from requests_app.fees.models import FeeQuote, Question, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.desk_support import drawn
from tests.integration.test_desk_work import client, colleague
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 9 o'clock in the morning
QUOTED = datetime(2026, 3, 9, 15, tzinfo=UTC)  # five business days are left
ANSWERED = datetime(2026, 3, 18, 15, tzinfo=UTC)


@dataclass
class Case:
    """A world, the co-op's mailbox, and the time."""

    w: World
    coop: CoopMailbox
    clock: Any

    def sent(self) -> ManualRequest:
        """Ask the co-op; its server takes the letter on Monday morning."""
        manual = self.w.manual()
        assert run_job("manual.send", manual.id) == "done"
        return again(manual)

    def quoted(self, amount: str = "35.00") -> ManualRequest:
        """Ask, and write a fee down a week later."""
        manual = self.sent()
        self.clock.move_to(QUOTED)
        page = act(officer(Role.STAFF), manual, "quote", amount=amount, said_by="phone")
        assert "The clock rests" in page
        return again(manual)

    def answered(self, manual: ManualRequest) -> Any:
        """Let our answer leave on Wednesday of the week after, and give the mail that the co-op got."""
        self.clock.move_to(ANSWERED)
        mail = ThreadMail.objects.get(manual=manual)
        assert run_job("thread.send", mail.id) == "done"
        return self.coop.mails.message(self.coop.mails.numbers()[-1])


@pytest.fixture
def case(sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with coop(tmp_path, settings) as mailbox, time_machine.travel(MONDAY, tick=False) as clock:
        yield Case(world(), mailbox, clock)


def again(manual: ManualRequest) -> ManualRequest:
    return ManualRequest.objects.get(id=manual.id)


def act(client: Client, manual: ManualRequest, what: str, **form: str) -> str:
    answer = client.post(f"/admin/requests/{manual.id}/acts/{what}/", drawn(manual, what) | form, follow=True)
    assert answer.status_code in (200, 422), answer.content[:300]
    return answer.content.decode()


def person(role: Role) -> Actor:
    officer(role)  # makes such a person
    return Actor("s", User.objects.get(role=role).id, role=role)


def her(case: Case) -> Client:
    client = Client()
    sign_in(client, case.w.customer.id)
    return client


def text(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def test_s40_two_people_accept_thirty_five_dollars_and_the_answer_resumes_the_clock(case: Case) -> None:
    manual = case.quoted()
    assert (manual.state, manual.paused_on, manual.remaining) == (ManualState.FEE_QUOTED, date(2026, 3, 9), 5)
    fee = FeeQuote.objects.get()
    staff = officer(Role.STAFF)
    page = act(staff, manual, "alone", answer="accepted")
    assert "Not possible any more" in page  # one person has no such act above the limit
    assert "two different people decide" in page
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=STAFF, now=QUOTED) == Refusal("fee.two_people")
    assert "a second person decides now" in act(staff, manual, "second", answer="accepted", reason="Ten bills.")
    asked = Approval.objects.get()
    with pytest.raises(decide.NotAllowed, match="same_person"):
        decide.approve(asked.id, approver=Actor("s", asked.requester, role="officer"), now=QUOTED)
    assert (again(manual).state, FeeQuote.objects.get().state) == ("fee_quoted", "quoted")
    decide.approve(asked.id, approver=person(Role.APPROVER), now=QUOTED)
    fee.refresh_from_db()
    assert (fee.state, fee.decided_by, fee.payer, fee.approval) == ("accepted", "two", "recipient", asked.id)
    assert again(manual).state == ManualState.FEE_QUOTED  # the co-op does not have our answer yet
    mail = case.answered(manual)
    assert mail["In-Reply-To"] == manual.message_id
    assert "Acme Advisors pays it" in text(mail)
    assert "do not charge it to the member" in text(mail)
    assert ACCOUNT not in mail.as_string()
    found = again(manual)
    assert (found.state, found.paused_on, found.due) == (ManualState.WAITING_ON_UTILITY, None, date(2026, 3, 25))
    kinds = list(ClockStep.objects.filter(manual=manual).order_by("number").values_list("kind", flat=True))
    assert kinds == ["started", "paused", "resumed"]
    run_job("fee.told", fee.id)
    assert Notice.objects.filter(template="fee_accepted_recipient").count() == 1
    api = case.w.get(f"data-requests/{manual.request_id}").json()
    assert api["fee"] == {"amount": "35.00", "currency": "USD", "state": "accepted", "payer": "recipient"}
    assert len(events("fee.quoted")) == len(events("fee.accepted")) == 1


def test_s40_two_people_decline_and_the_request_ends_because_of_costs(case: Case) -> None:
    manual = case.quoted()
    staff = officer(Role.STAFF)
    act(staff, manual, "second", answer="declined", reason="Too much for two bills.")
    decide.approve(Approval.objects.get().id, approver=person(Role.OFFICER), now=QUOTED)
    assert again(manual).state == ManualState.CLOSED_WITHOUT_RESPONSE
    fee = FeeQuote.objects.get()
    assert (fee.state, fee.payer) == ("declined", "")
    mail = case.answered(manual)
    assert "We decline it" in text(mail)
    assert "charge nothing" in text(mail)
    run_job("fee.told", fee.id)
    assert Notice.objects.filter(template="fee_declined").count() == 1
    page = her(case).get("/my/").content.decode()
    assert "closed because of the fee that your co-op wanted; you pay nothing" in page
    # The letter is still with the co-op: the end of the permission calls it back all the same.
    actions.revoke(case.w.consent, actor=Actor("c", case.w.customer.id), how="dashboard", now=QUOTED)
    assert (again(manual).state, again(manual).withdrawal) == ("withdrawn", "queued")


def test_s40_the_customer_pays_by_her_own_yes_alone(case: Case) -> None:
    manual = case.quoted()
    staff, person = officer(Role.STAFF), her(case)
    assert "Nothing is asked of you" in person.get(f"/my/requests/{manual.id}/question/").content.decode()
    act(staff, manual, "ask", asks="fee")
    assert again(manual).state == ManualState.WAITING_ON_CUSTOMER
    run_job("question.told", Question.objects.get().id)
    assert Notice.objects.filter(template="request_question").count() == 1
    assert f"/my/requests/{manual.id}/question/" in person.get("/my/").content.decode()
    page = person.get(f"/my/requests/{manual.id}/question/").content.decode()
    for said in ("$35.00", "Acme Advisors", "If you say no, you pay nothing", "nothing is charged"):
        assert said in page
    assert again(manual).state == ManualState.WAITING_ON_CUSTOMER  # looking is no answer
    act(staff, manual, "heard", answer="yes", how="phone")  # and nobody says yes for her
    question = Question.objects.get()
    taken = asking.enter_reply(question, Answer.YES, "", how=SaidBy.PHONE, actor=STAFF, now=QUOTED)
    assert taken == Refusal("ask.invalid")
    answer = {"question": str(question.id), "answer": "yes"}
    assert person.post(f"/my/requests/{manual.id}/question/", {"question": answer["question"]}).status_code == 422
    assert FeeQuote.objects.get().state == "quoted"
    page = person.post(f"/my/requests/{manual.id}/question/", answer, follow=True).content.decode()
    assert "You pay the fee of $35.00" in page
    fee = FeeQuote.objects.get()
    assert (fee.state, fee.decided_by, fee.payer, fee.decider) == (
        "accepted",
        "customer",
        "customer",
        case.w.customer.id,
    )
    assert person.post(f"/my/requests/{manual.id}/question/", answer).status_code == 409  # once
    assert "The member agreed to pay it" in text(case.answered(manual))
    assert (again(manual).state, again(manual).due) == (ManualState.WAITING_ON_UTILITY, date(2026, 3, 25))
    assert len(events("fee.accepted")) == 1


def test_s40_her_stop_asks_the_coop_not_to_charge_the_fee_that_she_said_yes_to(case: Case) -> None:
    manual = case.quoted("25.00")
    act(officer(Role.STAFF), manual, "ask", asks="fee")
    person, answer = her(case), {"question": str(Question.objects.get().id), "answer": "yes"}
    person.post(f"/my/requests/{manual.id}/question/", answer)
    case.answered(manual)
    person = her(case)
    stop = f"/my/{case.w.consent.id}/stop/"
    assert "You said yes to the fee of $25.00" in person.get(stop).content.decode()
    page = person.post(stop, follow=True).content.decode()
    assert "We are asking your co-op not to charge you the fee of $25.00" in page
    assert run_job("manual.withdraw", manual.id) == "done"
    mail = case.coop.mails.message(case.coop.mails.numbers()[-1])
    assert "do not charge the fee of $25.00 to the member" in " ".join(text(mail).split())
    assert "We asked your co-op not to charge you the fee of $25.00" in person.get(stop).content.decode()
    (charge,) = effects.charges(case.w.consent)
    assert (charge.number, charge.amount, charge.told) == (manual.number, "25.00", True)


def test_s40_her_no_charges_nobody_and_leaves_the_decision_to_two_people(case: Case) -> None:
    manual = case.quoted()
    act(officer(Role.STAFF), manual, "ask", asks="fee")
    answer = {"question": str(Question.objects.get().id), "answer": "no"}
    page = her(case).post(f"/my/requests/{manual.id}/question/", answer, follow=True).content.decode()
    assert "You pay nothing" in page
    assert (again(manual).state, FeeQuote.objects.get().state) == (ManualState.FEE_QUOTED, "quoted")
    assert again(manual).paused_on == date(2026, 3, 9)  # it rests on
    assert ThreadMail.objects.count() == 0


def test_s40_up_to_the_limit_one_person_decides(case: Case) -> None:
    manual = case.quoted("25.00")
    page = act(client(colleague("ann")), manual, "alone", answer="accepted")
    assert "the fee is accepted" in page
    fee = FeeQuote.objects.get()
    assert (fee.state, fee.decided_by, fee.payer) == ("accepted", "one", "recipient")
    assert "We accept the fee of $25.00" in text(case.answered(manual))


def test_an_end_of_the_permission_takes_a_waiting_fee_and_our_answer_with_it(case: Case) -> None:
    manual = case.quoted("20.00")
    act(client(colleague("ann")), manual, "alone", answer="accepted")
    actions.revoke(case.w.consent, actor=Actor("c", case.w.customer.id), how="dashboard", now=QUOTED)
    mail = ThreadMail.objects.get()
    before = case.coop.mails.numbers()
    run_job("thread.send", mail.id)
    mail.refresh_from_db()
    assert mail.state == "void"
    assert case.coop.mails.numbers() == before
    assert again(manual).state == ManualState.WITHDRAWN


def test_another_amount_replaces_the_first_and_what_was_asked_about_it(case: Case) -> None:
    manual = case.quoted()
    staff = officer(Role.STAFF)
    act(staff, manual, "second", answer="accepted", reason="Ten bills.")
    act(staff, manual, "quote", amount="12.50", said_by="phone")
    assert list(FeeQuote.objects.order_by("quoted_at", "amount").values_list("amount", "state")) in (
        [(Decimal("12.50"), "quoted"), (Decimal("35.00"), "replaced")],
        [(Decimal("35.00"), "replaced"), (Decimal("12.50"), "quoted")],
    )
    with pytest.raises(decide.NotAllowed):
        decide.approve(Approval.objects.get().id, approver=person(Role.OFFICER), now=QUOTED)
    assert ThreadMail.objects.count() == 0
