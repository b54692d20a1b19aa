""" "Ask about this" (scenario S55): a number, an owner, a due date, and no end without a reply to the customer."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from broker.audit import query
from broker.console.complaints import ReplyForm
from broker.inlets.models import Refused
from broker.parties.models import Role, User
from broker.terms import Refusal
from consents import complaints
from consents.access_forms import QuestionForm
from consents.models import Complaint
from tests.integration.access_support import Case, case, sign_in
from tests.integration.grant_support import Desk, desk
from tests.recipients_world import browser_of
from tests.requests_world import events, world

__all__ = ["desk"]

WORDS = "Why did somebody look at my bills on a Sunday?"
REPLY = "Your recipient asked for them through its program. Nothing else was seen."
PASSWORD = "my SmartHub password is Winter2024! please use it"  # what nobody may ever keep


@pytest.fixture
def her(committing: str) -> Case:
    made = case()
    made.user("officer")
    return made


def asked(her: Case, words: str = WORDS, act: str = "data.read") -> Complaint:
    """Ask about a fresh entry through the page."""
    ref = her.write(act, actor=her.app())
    answer = her.browser.post(f"/my/access/{ref.id}/ask/", {"words": words})
    assert answer.status_code == 302, answer.content
    return Complaint.objects.get(id=answer["Location"].split("/")[-2])


def officer(her: Case) -> Client:
    """A browser in which an officer is signed in."""
    browser = Client()
    browser.force_login(her.user("officer"), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def bodies(her: Case, act: str) -> list[Any]:
    from broker.audit import log
    from broker.terms import Actor

    under = log.append_read(
        "log.read", actor=Actor("s", uuid.uuid4()), subject=her.customer_id, purpose="support", obj="event", body={}
    )
    return [each for each in query.for_subject(her.customer_id, under=under) if each.act == act]


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- asking -------------------------------------------------------------------------------------------------------


def test_s55_a_question_gets_a_number_an_owner_and_a_due_date(her: Case) -> None:
    made = asked(her)
    today = complaints.calendar().today(timezone.now())
    assert made.number == f"Q-{today:%Y}-0001"
    assert made.owner == her.user("officer")
    assert made.due == complaints.calendar().add(made.day0, 10)
    assert made.state == "received"
    page = text(her.get(f"/my/access/questions/{made.id}/"))
    for part in (made.number, WORDS, "Our compliance officer", "waiting for our reply"):
        assert part in page
    assert made.number in text(her.get())


@pytest.mark.parametrize(
    ("asked_at", "day0", "due"),
    [
        ("2026-11-25T16:00", "2026-11-25", "2026-12-11"),  # two days of Thanksgiving and two weekends between
        ("2026-11-25T23:30", "2026-11-30", "2026-12-14"),  # after the office's hours
        ("2026-12-19T12:00", "2026-12-21", "2027-01-06"),  # a Saturday, then Christmas and New Year
    ],
)
def test_the_due_date_counts_the_co_ops_business_days(her: Case, asked_at: str, day0: str, due: str) -> None:
    ref = her.write("data.read", actor=her.app())
    row = next(row for row in her.rows() if row.event == ref.id)
    now = datetime.fromisoformat(asked_at).replace(tzinfo=UTC)
    made = complaints.open_complaint(her.world.customer, row, WORDS, now=now)
    assert isinstance(made, Complaint)
    assert made.day0 == date.fromisoformat(day0)
    assert made.due == date.fromisoformat(due)


def test_her_words_are_sealed_and_opening_the_question_is_one_event(her: Case) -> None:
    made = asked(her)
    assert WORDS.encode() not in bytes(made.words.data)
    (opened,) = bodies(her, "complaint.opened")
    assert opened.actor.id == her.customer_id
    assert opened.obj == "complaint"
    assert opened.body["number"] == made.number
    assert opened.body["about"] == str(made.event)
    assert opened.body["due"] == made.due.isoformat()
    assert WORDS not in str(opened.body)
    assert len(events("complaint.read")) == 0
    her.get(f"/my/access/questions/{made.id}/")
    assert len(events("complaint.read")) == 1


def test_pressing_twice_is_one_question_and_another_entry_is_another(her: Case) -> None:
    first = asked(her)
    again = her.browser.post(f"/my/access/{first.event}/ask/", {"words": WORDS})
    assert again["Location"].endswith(f"{first.id}/")
    assert asked(her).number.endswith("-0002")
    assert Complaint.objects.count() == 2


def test_a_login_that_is_split_over_two_questions_is_refused_and_nothing_of_it_is_kept(her: Case) -> None:
    asked(her, "My SmartHub user name is rob77@mill.example")
    ref = her.write("data.read", actor=her.app())
    answer = her.browser.post(f"/my/access/{ref.id}/ask/", {"words": "Kw7rtk931"}, follow=True)
    assert "password" in text(answer)
    assert "Kw7rtk931" not in answer.content.decode()
    assert Complaint.objects.count() == 1
    assert [(each.inlet, each.part, each.sender) for each in Refused.objects.all()] == [
        ("web_form", "words", "customer")
    ]
    assert len(events("complaint.read")) == 1


def test_an_honest_second_question_opens_no_earlier_one(her: Case) -> None:
    asked(her)
    asked(her, "And who is the company on this line?")
    assert not events("complaint.read")


def test_a_second_question_about_a_line_is_told_before_she_types_and_no_word_is_lost(her: Case) -> None:
    first = asked(her)
    page = her.get(f"/my/access/{first.event}/ask/")
    assert "You asked about this line already" in text(page)
    assert first.number in text(page)
    assert b"<textarea" not in page.content
    assert "Your open question" in text(her.get())
    stale = her.browser.post(f"/my/access/{first.event}/ask/", {"words": "And who was it on Monday?"})
    assert stale.status_code == 409
    assert "What you wrote now was not sent" in text(stale)
    assert "And who was it on Monday?" in text(stale)
    assert Complaint.objects.count() == 1


def test_the_question_goes_to_the_officer_with_the_fewest(her: Case) -> None:
    other = User.objects.create_user("officer-two", full_name="B", role=Role.OFFICER)
    User.objects.create_user("officer-gone", full_name="C", role=Role.OFFICER, is_active=False)
    User.objects.create_user("staff-two", full_name="D", role=Role.STAFF)
    assert {asked(her).owner, asked(her).owner} == {her.user("officer"), other}


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001])
def test_a_question_needs_words_and_not_a_book(her: Case, words: str) -> None:
    ref = her.write("data.read", actor=her.app())
    assert her.browser.post(f"/my/access/{ref.id}/ask/", {"words": words}).status_code == 422
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("event", [0, 5, 2**62, 2**200])
def test_there_is_no_question_about_a_foreign_entry(her: Case, event: int) -> None:
    her.get(f"/my/access/{event}/ask/", status=404)
    assert her.browser.post(f"/my/access/{event}/ask/", {"words": WORDS}).status_code == 404
    assert len(events("auth.foreign")) == 2
    assert not Complaint.objects.exists()


def test_another_customers_question_is_not_found(her: Case) -> None:
    made = asked(her)
    other = Client()
    from broker.audit import log
    from broker.parties.directory import ensure_customer
    from broker.terms import Actor

    stranger = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", stranger), subject=stranger, body={})
        ensure_customer(stranger, "other@member.example", language="en", ref=ref, now=timezone.now())
    sign_in(other, stranger)
    before = len(events("complaint.read"))
    assert other.get(f"/my/access/questions/{made.id}/").status_code == 404
    assert other.get(f"/my/access/{made.event}/ask/").status_code == 404
    assert len(events("complaint.read")) == before
    assert len(events("auth.foreign")) == 2


# --- the gate -----------------------------------------------------------------------------------------------------


def test_a_password_in_a_question_is_refused_and_kept_nowhere(her: Case) -> None:
    ref = her.write("data.read", actor=her.app())
    answer = her.browser.post(f"/my/access/{ref.id}/ask/", {"words": PASSWORD})
    assert answer.status_code == 403
    assert "Winter2024" not in answer.content.decode()
    assert len(events("gate.refused")) == 1
    assert not Complaint.objects.exists()
    form = QuestionForm({"words": PASSWORD})
    assert not form.is_valid()
    assert "portal login" in form.errors.as_text()


def test_a_password_in_a_reply_is_refused_too(her: Case) -> None:
    made = asked(her)
    answer = officer(her).post(f"/console/complaints/{made.id}/answer/", {"reply": PASSWORD})
    assert answer.status_code == 403
    assert not ReplyForm({"reply": PASSWORD}).is_valid()
    made.refresh_from_db()
    assert made.state == "received"


@pytest.mark.promise("no-answer-outside")
# --- the officer's side -------------------------------------------------------------------------------------------


def test_only_officers_see_questions(her: Case) -> None:
    made = asked(her)
    paths = ["/console/complaints/", f"/console/complaints/{made.id}/"]
    for path in paths:
        assert Client().get(path).status_code == 302
    staff = Client()
    staff.force_login(her.user("staff"), backend="django.contrib.auth.backends.ModelBackend")
    assert [staff.get(path).status_code for path in paths] == [404, 404]
    assert staff.post(f"{paths[1]}answer/", {"reply": REPLY}).status_code == 404


def test_an_officer_reads_her_words_and_she_sees_that(her: Case) -> None:
    made = asked(her)
    listing = text(officer(her).get("/console/complaints/"))
    assert made.number in listing
    assert WORDS not in listing
    assert len(events("complaint.read")) == 0
    assert WORDS in text(officer(her).get(f"/console/complaints/{made.id}/"))
    (read,) = bodies(her, "complaint.read")
    assert (read.actor.role, read.purpose) == ("officer", "complaint")
    row = next(row for row in her.rows() if row.act == "complaint.read")
    assert (row.who.name, row.what, row.why) == (
        "Our compliance officer",
        "Your question was opened",
        "To answer your question",
    )


def test_a_question_is_overdue_from_the_day_after(her: Case) -> None:
    made = asked(her)
    noon = datetime.combine(made.due, datetime.min.time(), UTC) + timedelta(hours=18)
    assert complaints.open_count(noon) == 1
    assert list(complaints.overdue(noon)) == []
    assert list(complaints.overdue(noon + timedelta(days=1))) == [made]


def test_the_list_shows_the_clock_and_what_is_late_in_red(her: Case, monkeypatch: Any) -> None:
    made = asked(her)
    assert "0 of 10" in text(officer(her).get("/console/complaints/"))
    late = datetime.combine(complaints.calendar().add(made.due, 2), datetime.min.time(), UTC) + timedelta(hours=18)
    from broker.console import complaints as screen

    monkeypatch.setattr(screen.timezone, "now", lambda: late)
    page = officer(her).get("/console/complaints/").content.decode()
    assert '<strong class="no">overdue by 2 business days</strong>' in page


def test_a_question_can_be_given_to_another_officer_and_to_nobody_else(her: Case) -> None:
    made = asked(her)
    other = User.objects.create_user("officer-two", full_name="B", role=Role.OFFICER)
    browser = officer(her)
    assert browser.post(f"/console/complaints/{made.id}/assign/", {"owner": other.id}).status_code == 302
    made.refresh_from_db()
    assert made.owner == other
    assert len(events("complaint.assigned")) == 1
    for nobody in ("", her.user("staff").id, other.id):  # none, one who may not answer, and whoever has it already
        wrong = browser.post(f"/console/complaints/{made.id}/assign/", {"owner": nobody})
        assert wrong.status_code == 422
    assert len(events("complaint.assigned")) == 1
    page = browser.get(f"/console/complaints/{made.id}/").content.decode()
    assert f'value="{other.id}"' not in page
    User.objects.exclude(id=other.id).filter(role=Role.OFFICER).update(is_active=False)
    assert (
        "Nobody else here may answer it." in browser_of(other).get(f"/console/complaints/{made.id}/").content.decode()
    )
    assert isinstance(complaints.assign(made, her.user("staff"), actor=her.person("officer")), Refusal)


# --- the reply ----------------------------------------------------------------------------------------------------


def replied(her: Case) -> Complaint:
    made = asked(her)
    answer = officer(her).post(f"/console/complaints/{made.id}/answer/", {"reply": REPLY})
    assert answer.status_code == 302
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(("language", "subject"), [("en", "Our reply to"), ("es", "Nuestra respuesta a")])
def test_the_reply_is_mailed_shown_and_then_the_question_can_close(desk: Desk, language: str, subject: str) -> None:
    her = Case(world())
    her.user("officer")
    her.world.customer.language = language
    sign_in(her.browser, her.customer_id)
    row = next(row for row in her.rows())
    made = complaints.open_complaint(her.world.customer, row, WORDS, now=timezone.now())
    assert isinstance(made, Complaint)
    made.customer = her.world.customer
    done = complaints.answer(made, REPLY, user=her.user("officer"), actor=her.person("officer"), now=timezone.now())
    assert isinstance(done, Complaint)
    assert done.state == "answered"
    officers_own = {"user": her.user("officer"), "actor": her.person("officer"), "now": timezone.now()}
    assert isinstance(complaints.close(done, **officers_own), Refusal)
    mail = desk.mail(subject, "pat@member.example")
    assert REPLY in mail["text"]
    assert WORDS not in mail["text"]
    assert any(f"/my/access/questions/{made.id}/" in link for link in mail["links"])
    assert REPLY in text(her.get(f"/my/access/questions/{made.id}/"))
    closed = complaints.close(done, **officers_own)
    assert isinstance(closed, Complaint)
    assert closed.state == "closed"
    assert [len(events(f"complaint.{act}")) for act in ("opened", "answered", "closed")] == [1, 1, 1]


def test_a_reply_is_given_once(her: Case) -> None:
    made = replied(her)
    assert (made.state, made.owner) == ("answered", her.user("officer"))
    assert REPLY.encode() not in bytes(made.reply.data)
    assert complaints.open_count(timezone.now()) == 0
    again = officer(her).post(f"/console/complaints/{made.id}/answer/", {"reply": "something else"}, follow=True)
    assert "Send the reply" not in text(again)
    assert len(events("complaint.answered")) == 1
    stale = Complaint.objects.get(id=made.id)
    stale.state = Complaint.State.RECEIVED  # as a second browser still believes
    answer = complaints.answer(stale, "x", user=her.user("officer"), actor=her.person("officer"), now=timezone.now())
    assert isinstance(answer, Refusal)
    assert len(events("complaint.answered")) == 1


def test_after_the_reply_she_may_ask_about_the_same_entry_again(her: Case) -> None:
    first = replied(her)
    again = her.browser.post(f"/my/access/{first.event}/ask/", {"words": "And why?"})
    assert str(first.id) not in again["Location"]


def test_a_question_that_waits_cannot_be_closed(her: Case) -> None:
    made = asked(her)
    officer(her).post(f"/console/complaints/{made.id}/close/")
    made.refresh_from_db()
    assert made.state == "received"
    assert len(events("complaint.closed")) == 0


# --- the database itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "state = 'closed', closed_at = opened_at",
        "state = 'answered', answered_at = opened_at",
        "due = day0",
        "number = 'Q-2026-9999'",
        "event = 5",
        "words = reply",
    ],
)
def test_the_database_refuses_an_end_without_a_reply_and_any_edit(her: Case, change: str) -> None:
    made = asked(her)
    ref = her.write("admin.action")
    statement = f"UPDATE consents_complaint SET {change}, audit_event_id = %s WHERE number = %s"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [ref.id, made.number])


@pytest.mark.parametrize("change", ["state = 'received'", "reply = words", "reply = NULL", "notice = NULL"])
def test_the_database_refuses_to_take_a_reply_back(her: Case, change: str) -> None:
    made = replied(her)
    ref = her.write("admin.action")
    statement = f"UPDATE consents_complaint SET {change}, audit_event_id = %s WHERE number = %s"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [ref.id, made.number])


def test_the_database_refuses_to_delete_a_question(her: Case) -> None:
    asked(her)
    with pytest.raises(DatabaseError), transaction.atomic():
        Complaint.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM consents_complaint")


def test_the_database_refuses_a_question_that_is_born_answered(her: Case) -> None:
    made = replied(her)
    ref, new = her.write("admin.action"), uuid.uuid4()
    rest = "customer_id, event, words, owner_id, day0, due, state, reply, notice, opened_at, answered_at, closed_at"
    values = [new.hex if connection.vendor == "sqlite" else new, "Q-2026-0777", ref.id, made.number]
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO consents_complaint (id, number, {rest}, audit_event_id) "
            f"SELECT %s, %s, {rest}, %s FROM consents_complaint WHERE number = %s",
            values,
        )
