"""What a waiting request can go through besides a fee: an acknowledgement, questions, another form; and the numbers."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation

from broker.channels.manual_request import ManualRequestChannel
from broker.jobs import JobView
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import Actor, Refusal
from broker.transport import TemporaryRefusal
from consents import actions, usual
from requests_app.clocks.models import ClockStep
from requests_app.fees import answering, asking, replacing
from requests_app.fees.lifecycle import Asks, SaidBy, Why
from requests_app.fees.models import Question, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.numbers import measures
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.test_receive import take
from tests.numbers_world import answered
from tests.request_lives import bring
from tests.requests_world import ACTOR, World, coop, reply, run_job, world
from tests.unit.test_language import SPANISH, said_by_template

S = ManualState
STAFF = Actor("s", ACTOR.id, role="staff")
RECEIVED = "Good morning. We have received your request and will look at it."


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def sent(w: World) -> ManualRequest:
    manual = w.manual()
    assert run_job("manual.send", manual.id) == "done"
    return again(manual)


def again(manual: ManualRequest) -> ManualRequest:
    return ManualRequest.objects.get(id=manual.id)


def her(w: World, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, w.customer.id)
    return client


# --- the utility has it -------------------------------------------------------------------------------------------


def test_a_mail_that_acknowledges_moves_the_request_and_not_its_clock(w: World) -> None:
    manual = sent(w)
    due = manual.due
    assert take(reply(manual, csv=False, text=RECEIVED), manual).kind == "acknowledgement"
    found = again(manual)
    assert (found.state, found.due, found.paused_on) == (S.ACKNOWLEDGED, due, None)
    assert list(ClockStep.objects.values_list("kind", flat=True)) == ["started"]
    assert take(reply(manual, csv=False, text=f"{RECEIVED} Again."), manual).kind == "acknowledgement"
    assert again(manual).state == S.ACKNOWLEDGED


def test_whoever_acknowledges_has_our_letter(w: World) -> None:
    """A relay took it, and nothing proved its arrival: the acknowledgement does."""
    manual = bring(w.manual(), S.DELIVERY_UNPROVEN)
    assert manual.due is None
    take(reply(manual, csv=False, text=RECEIVED), manual)
    found = again(manual)
    assert found.state == S.ACKNOWLEDGED
    assert found.delivered_at is not None
    assert found.due is not None


# --- questions ----------------------------------------------------------------------------------------------------


def test_her_deed_resumes_the_clock_and_her_words_wait_until_the_utility_has_them(w: World) -> None:
    manual = sent(w)
    assert isinstance(asking.ask_customer(manual, Asks.CALL, "", actor=STAFF, now=timezone.now()), Question)
    assert again(manual).paused_on is not None
    first = Question.objects.get()
    page = her(w).get(f"/my/requests/{manual.id}/question/").content.decode()
    assert "Please call the billing department" in page
    her(w).post(f"/my/requests/{manual.id}/question/", {"question": str(first.id), "answer": "done"})
    assert (again(manual).state, again(manual).paused_on) == (S.WAITING_ON_UTILITY, None)
    asking.ask_customer(manual, Asks.WORDS, "Which meter?", actor=STAFF, now=timezone.now())
    second = Question.objects.exclude(id=first.id).get()
    stale = {"question": str(first.id), "answer": "done"}
    assert her(w).post(f"/my/requests/{manual.id}/question/", stale).status_code == 409  # an older page is no answer
    assert again(manual).state == S.WAITING_ON_CUSTOMER
    form = {"question": str(second.id), "answer": "done", "words": "The one at the barn."}
    her(w).post(f"/my/requests/{manual.id}/question/", form)
    assert again(manual).state == S.WAITING_ON_US
    assert again(manual).paused_on is not None
    page = officer(Role.STAFF).post(f"/admin/requests/{manual.id}/acts/words/").content.decode()
    assert "The one at the barn." in page


def test_a_portal_login_is_taken_from_nobody(w: World) -> None:
    manual = sent(w)
    asking.ask_customer(manual, Asks.WORDS, "Which meter?", actor=STAFF, now=timezone.now())
    form = {"question": str(Question.objects.get().id), "answer": "done", "words": "My password is Sunflower99!"}
    assert her(w).post(f"/my/requests/{manual.id}/question/", form).status_code == 403  # the gate, before any view
    assert again(manual).state == S.WAITING_ON_CUSTOMER


@pytest.mark.parametrize("number", ["40900017", "4090 0017", "account 409-000-17, please"])
def test_no_account_number_leaves_in_full(w: World, number: str) -> None:
    manual = sent(w)
    asking.utility_asks(manual, said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    words = f"It is {number}"
    assert asking.answer_utility(manual, words, actor=STAFF, now=timezone.now()) == Refusal("ask.invalid")
    assert ThreadMail.objects.count() == 0
    assert isinstance(asking.answer_utility(manual, "It ends in 0017", actor=STAFF, now=timezone.now()), ThreadMail)


# --- our mail on the thread ---------------------------------------------------------------------------------------


def answer(manual: ManualRequest) -> ThreadMail:
    asking.utility_asks(manual, said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    made = asking.answer_utility(manual, "It ends in 0017", actor=STAFF, now=timezone.now())
    assert isinstance(made, ThreadMail)
    return made


def test_what_may_have_left_is_never_sent_again_by_itself(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = sent(w)
    mail, calls = answer(manual), []

    class Killed(BaseException):
        """As a kill: nothing of ours runs after it."""

    def killed(_self: ManualRequestChannel, order: Any) -> None:
        calls.append(order)
        raise Killed

    monkeypatch.setattr(ManualRequestChannel, "hand_over", killed)
    with pytest.raises(Killed):
        answering.send_job(view(mail))
    mail.refresh_from_db()
    assert mail.state == "sending"
    answering.send_job(view(mail))
    mail.refresh_from_db()
    assert (mail.state, len(calls)) == ("unknown", 1)
    assert Notice.objects.filter(template="staff_alert", key__startswith="staff:unknown:").count() == 1
    assert again(manual).paused_on is not None  # nothing proves that the utility has our answer
    assert answering.settle(mail, arrived=True, actor=STAFF, now=timezone.now()) is None
    assert (again(manual).state, again(manual).paused_on) == (S.WAITING_ON_UTILITY, None)
    assert answering.settle(mail, arrived=True, actor=STAFF, now=timezone.now()) == Refusal("state.conflict")


def test_a_busy_server_gets_it_later(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = sent(w)
    mail = answer(manual)

    def busy(_self: ManualRequestChannel, _order: Any) -> None:
        raise TemporaryRefusal("mail.example", "451 later")

    with monkeypatch.context() as broken:
        broken.setattr(ManualRequestChannel, "hand_over", busy)
        assert run_job("thread.send", mail.id) == "queued"
    mail.refresh_from_db()
    assert mail.state == "queued"


def view(mail: ThreadMail) -> Any:
    job = Job.objects.get(kind="thread.send", subject_id=mail.id)
    return JobView(job.id, job.kind, job.subject_id, 1, 0, job.created_at)


# --- another form -------------------------------------------------------------------------------------------------


def test_another_form_ends_the_request_and_both_name_each_other(w: World) -> None:
    manual = sent(w)
    due = manual.due
    new = replacing.supersede(manual, Why.OWN_FORM, actor=STAFF, now=timezone.now())
    assert isinstance(new, ManualRequest)
    assert (again(manual).state, again(manual).due) == (S.SUPERSEDED, due)  # frozen
    assert (new.state, new.day0, new.number) == (S.DRAFTED, None, "R-102")
    assert new.request.data_types == manual.request.data_types
    assert new.request.decisions.get().outcome == "route"
    old, later = (w.get(f"data-requests/{each.request_id}").json() for each in (manual, new))
    assert (old["superseded_by"], later["supersedes"]) == (str(new.request_id), str(manual.request_id))
    assert replacing.supersede(again(manual), Why.OWN_FORM, actor=STAFF, now=timezone.now()) == Refusal(
        "state.conflict"
    )
    # The co-op was told that it comes with its own form, signed; whoever replaced it does not alone say that it does.
    alone = Refusal("form.two_people")
    assert replacing.send(new, actor=STAFF) == alone
    assert replacing.posted(new, actor=STAFF, now=timezone.now()) == alone
    assert again(new).state == S.DRAFTED
    assert replacing.send(new, actor=Actor("s", uuid.uuid4(), role="staff")) is None
    assert run_job("manual.send", new.id) == "done"
    assert again(new).day0 is not None  # a Day 0 of its own
    page = her(w).get("/my/").content.decode()
    assert "replaced by a newer request" in page


def test_nothing_takes_its_place_once_the_permission_is_over(w: World) -> None:
    manual = sent(w)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    refusal = replacing.supersede(again(manual), Why.OWN_FORM, actor=STAFF, now=timezone.now())
    assert isinstance(refusal, Refusal)
    assert ManualRequest.objects.count() == 1


# --- numbers ------------------------------------------------------------------------------------------------------


def test_few_answers_have_no_median_and_customers_learn_it_from_the_twentieth_on(w: World) -> None:
    took = [4, 5, 5, 6, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 10, 11, 12, 15]
    for days in took[:3]:
        answered(w, days)
    page = officer(Role.STAFF).get("/admin/numbers/").content.decode()
    assert "3 so far; shown from 5 on" in page
    assert "3 of 3" in page
    for days in took[3:19]:
        answered(w, days)
    assert usual.of("obec") is None
    last = answered(w, took[19])
    found = usual.of("obec")
    assert found is not None
    assert (found.median, found.ninety, found.answers) == (8, 11, 20)
    said = "OBEC usually answers in 8 business days: half of its last 20 answers came within that time, nine of ten"
    assert said in her(w).get(f"/my/requests/{last.id}/date/").content.decode()
    spanish = her(w, "es").get(f"/my/requests/{last.id}/date/").content.decode()
    assert "OBEC suele responder en 8 días hábiles" in spanish
    shown = {"consent": w.consent, "last_day": date(2026, 5, 1), "usual": found}
    with translation.override("en"):
        assert said in render_to_string("consents/done.html", shown)
    (obec,) = [each for each in measures.of_utilities(timezone.now()) if each.profile.id == "obec"]
    assert obec.in_window == (17, 20)
    boss = officer()
    page = boss.get("/console/numbers/").content.decode()
    for words in ("8 business days", "11 business days", "17 of 20 (85 %)", "From grant to data"):
        assert words in page
    assert officer(Role.STAFF).get("/console/numbers/").status_code == 404


@pytest.mark.parametrize("name", ["question.html", "no_question.html"])
def test_her_pages_have_spanish(name: str) -> None:
    assert not [said for said in said_by_template(f"fees/{name}") if not SPANISH.get(said)]
    with translation.override("es"):
        assert translation.gettext("Your co-op asks for a fee") == "Su cooperativa quiere cobrar un cargo"
