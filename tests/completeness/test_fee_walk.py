"""Fees, questions and another form: the desk, the customer and the jobs leave exactly the declared events."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker.channels.manual_request import ManualRequestChannel
from broker.parties.models import Role
from broker.terms import Actor
from broker.transport import DeliveryUnknown
from consents import electronic
from requests_app.fees.models import FeeQuote, Question, Succession, ThreadMail, WrittenYes
from requests_app.models import ManualRequest, Message
from tests import clock
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.desk_support import drawn
from tests.integration.test_desk_work import client, colleague
from tests.integration.test_paper import jpeg
from tests.integration.test_receive import take
from tests.requests_world import World, coop, reply, run_job, world


class Walk:
    """A world, its people, and the two watches of one walk."""

    def __init__(self, w: World) -> None:
        self.w, self.staff, self.her = w, officer(Role.STAFF), Client()
        self.boss = officer()
        sign_in(self.her, w.customer.id)
        self.pages = Watch(DECLARED, prefix="fees")
        kinds = ("question.told", "question.told paper", "fee.told", "fee.told recipient")
        self.jobs = watching(*kinds, "thread.send", "thread.send words", "thread.send unknown")
        for watch in (self.pages, self.jobs):
            watch.know("her", w.customer.id)

    def sent(self) -> ManualRequest:
        """Ask the co-op; the walk's steps are about this request from now on."""
        manual = self.w.manual()
        assert run_job("manual.send", manual.id) == "done"
        for watch in (self.pages, self.jobs):
            watch.names["number"] = manual.number
        return manual

    def act(self, manual: ManualRequest, what: str, name: str = "", expect: int = 302, **form: str) -> None:
        """Send one of the desk's forms."""
        path, sent = f"/admin/requests/{manual.id}/acts/{what}/", drawn(manual, what) | form
        self.pages.step(f"admin:request-act POST {name or what}", answers(lambda: self.staff.post(path, sent), expect))

    def quietly(self, manual: ManualRequest, what: str, **form: str) -> None:
        """Send a form whose events another step looks at."""
        assert self.staff.post(f"/admin/requests/{manual.id}/acts/{what}/", form).status_code == 302

    def question(self, manual: ManualRequest, name: str, expect: int, **form: str) -> None:
        """Open her page, or send her answer."""
        path = f"/my/requests/{manual.id}/question/"
        send = (lambda: self.her.post(path, form)) if name.startswith("POST") else (lambda: self.her.get(path))
        self.pages.step(f"my-request-question {name}", answers(send, expect))


def answers(send: Callable[[], Any], expect: int) -> Callable[[], Any]:
    def sent() -> Any:
        answer = send()
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])
        return answer

    return sent


@pytest.fixture
def walk(committing: str, settings: Any, tmp_path: Path) -> Any:
    with coop(tmp_path, settings):
        yield Walk(world())


def test_the_acts_on_a_waiting_request_leave_what_is_declared(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    her_fee(walk)
    fee_by_one(walk, monkeypatch)
    questions(walk)
    another_form(walk)
    in_its_words(walk)
    yes_on_paper(walk)
    step, staff, boss = walk.pages.step, walk.staff, walk.boss
    step("admin:numbers GET", answers(lambda: staff.get("/admin/numbers/"), 200))
    step("console-numbers GET", answers(lambda: boss.get("/console/numbers/"), 200))
    walk.pages.finish()
    walk.jobs.finish()


def her_fee(walk: Walk) -> None:
    manual, foreign = walk.sent(), uuid.uuid4()
    walk.pages.names["foreign"] = str(foreign)
    place = f"/admin/requests/{manual.id}/acts/"
    walk.pages.step("admin:request-acts GET", answers(lambda: walk.staff.get(place), 200))
    walk.act(manual, "quote", "wrong", 422, amount="0", said_by="phone")
    walk.act(manual, "send", "not offered")
    walk.act(manual, "quote", amount="35.00", said_by="phone")
    walk.act(manual, "second", answer="accepted", reason="Ten bills.")
    walk.act(manual, "ask", asks="fee")
    walk.jobs.step("question.told", runs("question.told", Question.objects.get().id))
    walk.question(manual, "GET fee", 200)
    asked = str(Question.objects.get().id)
    walk.question(manual, "POST wrong", 422, question=asked)
    walk.question(manual, "POST yes", 302, question=asked, answer="yes")
    walk.question(manual, "GET", 200)
    path = f"/my/requests/{foreign}/question/"
    walk.pages.step("my-request-question GET foreign", answers(lambda: walk.her.get(path), 404))
    walk.jobs.step("fee.told", runs("fee.told", FeeQuote.objects.get().id))
    walk.jobs.step("thread.send", runs("thread.send", ThreadMail.objects.get().id))


def fee_by_one(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = walk.sent()
    take(reply(manual, csv=False, text="Copies cost $20.00."), manual)
    mail = Message.objects.get(manual=manual, direction="in")
    walk.quietly(manual, "quote", amount="20.00", said_by="mail", mail=str(mail.id))
    walk.act(manual, "alone", answer="accepted")
    fee = FeeQuote.objects.get(manual=manual)
    walk.jobs.step("fee.told recipient", runs("fee.told", fee.id))

    def lost(_self: ManualRequestChannel, _order: Any) -> None:
        raise DeliveryUnknown("mail.example", "connection lost")

    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", lost)
        walk.jobs.step("thread.send unknown", runs("thread.send", ThreadMail.objects.get(fee=fee).id))
    walk.act(manual, "mail", arrived="yes")
    assert ManualRequest.objects.get(id=manual.id).state == "waiting_on_utility"


def questions(walk: Walk) -> None:
    manual = walk.sent()
    walk.act(manual, "acknowledged", said_by="phone")
    walk.act(manual, "asks-us", said_by="mail")
    walk.act(manual, "answer", words="The member moved in on May 3.")
    walk.jobs.step("thread.send words", runs("thread.send", ThreadMail.objects.get(manual=manual).id))
    assert ManualRequest.objects.get(id=manual.id).state == "waiting_on_utility"
    walk.quietly(manual, "ask", asks="words", words="Which of your two meters is it?")
    walk.question(manual, "GET words", 200)
    asked = str(Question.objects.get(manual=manual).id)
    walk.question(manual, "POST words", 302, question=asked, answer="done", words="The one at the barn.")
    place = f"/admin/requests/{manual.id}/acts/words/"
    walk.pages.step("admin:request-acts-words POST", answers(lambda: walk.staff.post(place), 200))
    walk.act(manual, "phoned")
    walk.quietly(manual, "ask", asks="sign")
    walk.act(manual, "heard", answer="done", how="phone")
    assert ManualRequest.objects.get(id=manual.id).state == "waiting_on_utility"


def in_its_words(walk: Walk) -> None:
    manual = walk.sent()
    take(reply(manual, csv=False, text="Copies cost $35.00."), manual)
    mail = Message.objects.get(manual=manual, direction="in")
    walk.quietly(manual, "quote", amount="35.00", said_by="mail", mail=str(mail.id))
    walk.quietly(manual, "ask", asks="fee")
    walk.question(manual, "GET fee quoted", 200)


def yes_on_paper(walk: Walk) -> None:
    manual, operator, customer = walk.sent(), officer(Role.OPERATOR), walk.w.customer
    assert electronic.withdraw(customer, actor=Actor("c", customer.id), now=timezone.now())
    walk.quietly(manual, "quote", amount="35.00", said_by="phone")
    walk.quietly(manual, "ask", asks="fee")
    question = Question.objects.get(manual=manual)
    walk.jobs.step("question.told paper", runs("question.told", question.id))
    place, sent = f"/admin/requests/{manual.id}/yes/", {"about": str(question.id), "how": "post", "amount": "35.00"}
    walk.pages.step("admin:request-yes POST wrong", answers(lambda: walk.staff.post(place, sent), 422))
    scan = SimpleUploadedFile("letter.jpg", jpeg(), "image/jpeg")
    whole = sent | {"given_on": clock.today().isoformat(), "scan": scan}
    walk.pages.step("admin:request-yes POST", answers(lambda: walk.staff.post(place, whole), 302))
    entry = f"/admin/yes/{WrittenYes.objects.get().id}/"
    walk.pages.step("admin:fee-yes GET", answers(lambda: operator.get(entry), 200))
    walk.pages.step("admin:fee-yes-scan POST", answers(lambda: operator.post(f"{entry}scan/"), 200))
    yes = {"decision": "approve"}
    walk.pages.step("admin:fee-yes POST", answers(lambda: operator.post(entry, yes), 302))


def another_form(walk: Walk) -> None:
    first, second = walk.sent(), walk.sent()
    walk.act(second, "replace", why="own_form")
    walk.quietly(first, "replace", why="on_paper")
    by_mail, by_post = (Succession.objects.get(old=each).new for each in (first, second))
    walk.act(by_mail, "send")
    walk.act(by_post, "posted", "posted alone")
    path, another = f"/admin/requests/{by_post.id}/acts/posted/", client(colleague("ann"))
    walk.pages.step("admin:request-act POST posted", answers(lambda: another.post(path), 302))
