"""The billing desk's page: whom it opens to, what it shows, and what each of its eight answers brings about."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker import vault
from broker.audit import log, query
from broker.jobs.models import Job
from broker.limits import counting
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor
from consents.lifecycle import State
from consents.models import Consent
from consents.session import CUSTOMER
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.desk import codes
from requests_app.desk.models import DeskAct, DeskCode
from requests_app.fees.models import FeeQuote, Question
from requests_app.inbound.models import Examination
from requests_app.ladder import open_tasks
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests import clock
from tests.integration.console_support import officer
from tests.integration.desk_support import ask, mailed, opened, press, told, upload
from tests.integration.mail_support import signed_in
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, usage, world
from tests.statements import captured

UNKNOWN = "AAAA-BBBB-CCCC"
STAFF = Actor("s", ACTOR.id, role="staff")


@pytest.fixture
def desk(committing: str, tmp_path: Path, settings: Any) -> Iterator[tuple[World, ManualRequest, CoopMailbox]]:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "done"
        manual.refresh_from_db()
        yield w, manual, mailbox


def body(answer: Any) -> str:
    text: str = answer.content.decode()
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)


def make(like: DeskAct, **wrong: Any) -> None:
    """Write a row past every action."""
    with transaction.atomic():
        ref = log.append("desk.said", actor=ACTOR, subject=None, body={})
        facts = {"manual": like.manual, "once": uuid.uuid4(), "message": like.message, "at": timezone.now()}
        DeskAct.objects.create(**facts, **wrong, audit_event_id=ref.id)


def words_of(act: DeskAct) -> str:
    ref = log.append_read(
        "mail.read",
        actor=ACTOR,
        subject=act.manual.request.customer_id,
        purpose="fulfilment",
        obj="message",
        body={"message": act.message_id},
        cnt=1,
    )
    return vault.open_file(act.message.raw, under=ref).decode()


# --- how it opens -------------------------------------------------------------------------------------------------


def test_the_mail_leads_to_the_page_and_its_code_opens_nothing(desk: Any) -> None:
    _, manual, mailbox = desk
    text = mailbox.mails.message(1).get_body(("plain",)).get_content()
    hint = codes.hint_of(manual)
    assert f"/desk/{hint.replace('-', '')}" in text
    assert f"by the code {hint}" in " ".join(text.split())
    client = Client()
    page = client.get(f"/desk/{hint.replace('-', '')}")
    assert page.status_code == 200
    assert DeskCode.objects.count() == 0  # a mail scanner that opens links asks for nothing
    assert client.get("/desk/requests/")["Location"] == "/desk/"


def test_a_known_and_an_unknown_code_get_the_same_answer(desk: Any) -> None:
    _, manual, mailbox = desk
    answers = []
    for hint in (codes.hint_of(manual), UNKNOWN):
        client = Client()
        asked = ask(client, hint)
        page = client.get("/desk/code/")
        digits = mailed(mailbox)
        assert (digits is not None) is (hint != UNKNOWN)
        wrong = client.post("/desk/code/", {"code": "000000" if digits != "000000" else "000001"})
        answers.append((asked.status_code, asked["Location"], body(page), wrong.status_code, body(wrong)))
    assert answers[0] == answers[1]
    assert len(mailbox.mails.numbers()) == 2  # the request, and one code


def test_the_work_is_the_same_for_both(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    real = codes.make_password
    monkeypatch.setattr(codes, "make_password", lambda code: hashed.append("made") or real(code))
    monkeypatch.setattr(codes, "check_password", lambda *_args: hashed.append("compared") or False)
    ask(Client(), "BBBB-CCCC-DDDD")  # the first of a day also orders that its counters be forgotten
    shapes, slow = [], []
    for hint in (codes.hint_of(desk[1]), UNKNOWN) * 2:  # the first of a code makes its counters, the second finds them
        client = Client()
        client.get("/desk/")
        with captured() as seen:
            ask(client, hint)
        shapes.append([each["sql"].split()[0] for each in seen.captured_queries])
        mailed(desk[2])
        hashed.clear()
        client.post("/desk/code/", {"code": "123456"})
        slow.append(len(hashed))
    assert shapes[0] == shapes[1]
    assert shapes[2] == shapes[3]
    assert slow == [1] * 4


def test_the_code_is_hashed_counts_once_in_its_browser_and_for_half_an_hour(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, manual, mailbox = desk
    client, other = Client(), Client()
    ask(client, codes.hint_of(manual))
    digits = mailed(mailbox)
    assert digits is not None
    row = DeskCode.objects.get()
    assert digits not in row.code_hash
    assert other.post("/desk/code/", {"code": digits}).status_code == 422
    with clock.travel(timezone.now() + timedelta(minutes=31)):
        assert client.post("/desk/code/", {"code": digits}).status_code == 422
    assert client.post("/desk/code/", {"code": digits}).status_code == 302
    assert client.post("/desk/code/", {"code": digits}).status_code == 422
    assert client.get("/desk/requests/").status_code == 200
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with clock.travel(timezone.now() + timedelta(minutes=61)):
        assert client.get("/desk/requests/").status_code == 302


def test_five_tries_and_a_limit_for_asking(desk: Any) -> None:
    _, manual, mailbox = desk
    client = Client()
    ask(client, codes.hint_of(manual))
    digits = mailed(mailbox)
    wrong = f"{(int(str(digits)) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert client.post("/desk/code/", {"code": wrong}).status_code == 422
    assert client.post("/desk/code/", {"code": digits}).status_code == 422
    assert [ask(client, codes.hint_of(manual)).status_code for _ in range(5)] == [302] * 4 + [429]
    assert [ask(Client(), UNKNOWN).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(events("desk.code_failed")) == 5


# 10:20 at the co-op in winter: an hour ends at eleven, and a day of the limits, which is UTC's, at six in the evening.
LATE = datetime(2027, 1, 12, 16, 20, tzinfo=UTC)


def test_who_asked_too_often_is_told_when_a_code_may_be_asked_for_again(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "FROM_ONE_ADDRESS", codes.Limit("desk-ask-address", 6, codes.HOUR))
    with clock.travel(LATE):
        for _ in range(5):
            assert ask(Client(), UNKNOWN).status_code == 302
        a_day = ask(Client(), UNKNOWN)  # five in an hour from here, and five in a day from anywhere
        an_hour = ask(Client(), "BBBB-CCCC-DDDD")
    assert (a_day.status_code, a_day["Retry-After"]) == (429, str(7 * 3600 + 40 * 60))
    assert "wait until January 12, 2027, 6:00 p.m. (CST)" in body(a_day)
    assert (an_hour.status_code, an_hour["Retry-After"]) == (429, str(40 * 60))
    assert "wait until January 12, 2027, 11:00 a.m. (CST)" in body(an_hour)
    assert "an hour" not in body(a_day) + body(an_hour)


def test_who_tried_or_answered_too_often_is_told_so_too(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, manual, mailbox = desk
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    monkeypatch.setattr(codes, "TRIED", codes.Limit("desk-try", 1, codes.HOUR))
    monkeypatch.setattr(codes, "SAID", codes.Limit("desk-said", 1, codes.HOUR))
    with clock.travel(LATE):
        client = opened(manual, mailbox)
        tried = client.post("/desk/code/", {"code": "123456"})
        told(client, manual, "words", words="Which meter do you mean?")
        said = press(client, manual, "words", words="And which months?")
    for answer, title in ((tried, "Too many codes were tried"), (said, "Too many answers in a short time")):
        assert (answer.status_code, answer["Retry-After"]) == (429, str(40 * 60))
        assert title in body(answer)
        assert "wait until January 12, 2027, 11:00 a.m. (CST)" in body(answer)
    assert DeskAct.objects.count() == 1


def test_codes_that_open_nothing_any_more_are_forgotten_with_the_counted_tries(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, manual, mailbox = desk
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    now = timezone.now()
    with clock.travel(now - timedelta(days=2)):
        opened(manual, mailbox)  # used
        ask(Client(), UNKNOWN)  # nobody's
    ask(Client(), codes.hint_of(manual))
    young = DeskCode.objects.get(made_at__gte=now)
    entries = len(events("desk.opened"))
    job = Job.objects.filter(kind=counting.FORGET).order_by("due_at")[0]
    assert job.due_at <= now + timedelta(days=1)  # two days at most after the oldest of them
    assert run_job(counting.FORGET, job.subject_id) == "done"
    assert [each.id for each in DeskCode.objects.all()] == [young.id]
    assert len(events("desk.opened")) == entries == 1  # that it was used stays in the log
    late = Job.objects.get(kind=codes.CODE, state="queued", created_at__lt=now - timedelta(days=1))
    assert run_job(codes.CODE, late.subject_id) == "done"  # it finds nothing to mail


def test_a_desk_gets_no_more_codes_than_it_can_read_and_staff_hear_of_it(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MAILED", codes.Limit("desk-mail", 1, codes.DAY))
    _, manual, mailbox = desk
    found = []
    for _ in range(2):
        ask(Client(), codes.hint_of(manual))
        found.append(mailed(mailbox) is None)
    assert found == [False, True]
    assert Notice.objects.filter(template="staff_alert", key__startswith="staff:desk-codes:obec").count() == 1


def test_the_database_opens_no_page_of_nobodys_and_keeps_what_was_said(desk: Any) -> None:
    _, manual, mailbox = desk
    now = timezone.now()
    row = DeskCode.objects.create(browser=uuid.uuid4(), code_hash="!", made_at=now, expires_at=now + codes.CODE_LIFE)
    for change in ({"used_at": now}, {"tries": 6}, {"expires_at": now}):
        with pytest.raises(Error), transaction.atomic():
            DeskCode.objects.filter(id=row.id).update(**change)
    act = told(opened(manual, mailbox), manual, "words", words="Which meter do you mean?")
    for change in ({"kind": "fee"}, {"day": clock.today()}, {"cents": 5}):
        with pytest.raises(Error), transaction.atomic():
            DeskAct.objects.filter(id=act.id).update(**change)
    with pytest.raises(Error), transaction.atomic():
        act.delete()
    for wrong in ({"kind": "fee"}, {"kind": "promise"}, {"kind": "wave"}):
        with pytest.raises(Error):
            make(act, **wrong)


# --- what it shows ------------------------------------------------------------------------------------------------


def test_the_list_shows_what_each_letter_told_the_desk_and_nothing_more(desk: Any) -> None:
    w, manual, mailbox = desk
    waiting = w.manual(data_types=["bill"])  # not sent: not the desk's yet
    client = opened(manual, mailbox)
    page = client.get("/desk/requests/", headers={"Accept-Language": "es"})
    text = body(page)
    assert f"{manual.number}: account ending in {w.account.last_four}" in text
    assert "Daily energy use" in text
    assert waiting.number not in text
    for secret in (ACCOUNT, "Pat", "pat@member.example", "2 Example Road"):
        assert secret not in text
    assert '<html lang="en"' in text
    assert len(events("desk.shown")) == 1


def test_another_utilitys_request_and_one_that_is_over_are_not_there(desk: Any) -> None:
    w, manual, mailbox = desk
    client = opened(manual, mailbox)
    assert press(client, ManualRequest(id=uuid.uuid4()), "words", words="Hello").status_code == 404
    assert client.get(f"/desk/requests/{manual.id}/wave/").status_code == 404
    waiting = w.manual(data_types=["bill"])
    assert press(client, waiting, "words", words="Hello").status_code == 404
    client.post("/desk/leave/")
    assert client.get("/desk/requests/").status_code == 302


def test_a_form_needs_its_token(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert press(strict, manual, "words", words="Hello").status_code == 403


# --- what each answer brings about --------------------------------------------------------------------------------


def test_s33_the_desk_writes_in_words(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    once = str(uuid.uuid4())
    act = told(client, manual, "words", words="Which meter do you mean?", once=once)
    assert press(client, manual, "words", words="Which meter do you mean?", once=once).status_code == 302
    assert DeskAct.objects.count() == 1  # sent twice, it counts once
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert act.message.kind == "message"  # to be read and classified before we ask again
    assert open_tasks.unread(manual).get().id == act.message_id
    assert "Which meter do you mean?" in words_of(act)
    assert len(events("desk.said")) == 1
    assert Notice.objects.filter(template="staff_alert", key=f"staff:desk:{act.id}").exists()
    assert press(client, manual, "words").status_code == 422


def test_one_number_of_a_form_is_one_press_for_one_request_and_one_answer(desk: Any) -> None:
    w, manual, mailbox = desk
    other = w.manual()
    assert run_job("manual.send", other.id) == "done"
    client, once = opened(manual, mailbox), str(uuid.uuid4())
    told(client, manual, "words", words="Which meter do you mean?", once=once)
    told(client, other, "words", words="And here?", once=once)
    told(client, other, "fee", amount="5.00", once=once)
    assert sorted(DeskAct.objects.values_list("manual__number", "kind")) == sorted(
        [(manual.number, "words"), (other.number, "words"), (other.number, "fee")]
    )


def test_a_fee_is_a_plain_amount(desk: Any) -> None:
    _, manual, mailbox = desk
    page, staff = opened(manual, mailbox), officer(Role.STAFF)
    for amount in ("1e3", "1_000", "\uff15.00", "+5", ".5", "5.", "1,000", "NaN", "5.001"):
        assert press(page, manual, "fee", amount=amount).status_code == 422, amount
        form = {"amount": amount, "said_by": "phone"}
        assert staff.post(f"/admin/requests/{manual.id}/acts/quote/", form).status_code == 422, amount
    assert not FeeQuote.objects.exists()


def test_s47_files_wait_in_quarantine_with_what_stands_against_them(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    files = [upload("usage.csv", usage(ACCOUNT).encode()), upload("run.exe", b"MZ\x00\x00 not a report")]
    act = told(client, manual, "files", attached=files, words="As asked.")
    assert manual.state == ManualState.ANSWERED
    kept = list(ReceivedFile.objects.filter(message=act.message).order_by("received_at", "id"))
    assert {each.state for each in kept} == {ReceivedFile.State.QUARANTINED}
    assert len(kept) == Examination.objects.count() == 2
    assert any(each.verdict for each in kept)
    assert press(client, manual, "files").status_code == 422


def test_how_a_file_came_is_told_apart_though_the_channel_is_one(desk: Any) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "files", attached=[upload("usage.csv", usage(ACCOUNT).encode())])
    raw = reply(manual, csv=False, pdf=True)
    receive(raw, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    page, mailed_one = ReceivedFile.objects.order_by("received_at")
    assert (page.channel, page.came_by) == ("manual_request", "desk_page")
    assert (mailed_one.channel, mailed_one.came_by) == ("manual_request", "email")
    staff = signed_in()
    assert (
        "Uploaded on the billing desk’s page, opened by a code"
        in staff.get(f"/admin/files/{page.id}/").content.decode()
    )
    assert "Attached to an e-mail" in staff.get(f"/admin/files/{mailed_one.id}/").content.decode()
    choice = Choice("usage_daily", date(2025, 10, 19), date(2025, 10, 21))
    assert isinstance(acceptance.accept(page, choice, actor=STAFF, now=timezone.now()), ReceivedFile)
    under = log.append_read("log.read", actor=STAFF, subject=w.customer.id, purpose="support", obj="event", body={})
    bodies = {each.act: each.body for each in query.for_subject(w.customer.id, under=under)}
    assert bodies["file.accepted"]["came_by"] == "desk_page"
    (given,) = w.get(f"data-requests/{manual.request_id}").json()["files"]
    assert (given["id"], given["came_by"]) == (str(page.id), "desk_page")
    case_file = " ".join(officer().get(reverse("console-case-request", args=[manual.id])).content.decode().split())
    assert "by mail<br>Uploaded on the billing desk’s page, opened by a code to its own mailbox" in case_file
    assert "by mail<br>Attached to an e-mail" in case_file
    hers = Client()
    kept = hers.session
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    assert "Uploaded by your co-op’s billing desk on our page" in hers.get("/my/data/").content.decode()


def test_no_file_is_taken_that_nothing_permits(desk: Any) -> None:
    w, manual, mailbox = desk
    client = opened(manual, mailbox)
    told(client, manual, "doubt", words="The account was closed in May.")
    refused = press(client, manual, "files", attached=[upload("usage.csv", usage(ACCOUNT).encode())])
    assert refused.status_code == 422
    assert not ReceivedFile.objects.exists()
    assert "please send nothing until we write to you" in body(client.get("/desk/requests/"))
    assert Consent.objects.get(id=w.consent.id).state == State.SUSPENDED


@pytest.mark.parametrize("where", ["words", "file"])
def test_a_portal_login_is_given_back_and_kept_nowhere(desk: Any, where: str) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    secret = "SmartHub user name: gwen, password: hunter2-hunter2"
    data: dict[str, Any] = {"words": secret} if where == "words" else {"attached": [upload("a.txt", secret.encode())]}
    answer = press(client, manual, "files" if where == "file" else "words", **data)
    assert answer.status_code == 403
    assert "hunter2" not in answer.content.decode()
    assert not DeskAct.objects.exists()
    assert not Message.objects.filter(direction="in").exists()
    assert len(events("gate.refused")) == 1


def test_s33_the_desk_wants_its_own_form(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    told(client, manual, "own_form", words="Form 12, please.", attached=[upload("form.pdf", b"%PDF-1.4 form")])
    assert manual.state == ManualState.WAITING_ON_US
    assert manual.paused_on is not None


def test_s33_the_desk_wants_a_signature_on_paper_and_she_is_told_how(desk: Any) -> None:
    _, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "paper")
    assert manual.state == ManualState.WAITING_ON_CUSTOMER
    question = Question.objects.get(manual=manual)
    assert question.asks == "paper"
    assert run_job("question.told", question.id) == "done"
    assert Notice.objects.filter(template="request_question").count() == 1


def test_s45_the_desk_says_that_this_is_not_its_member(desk: Any) -> None:
    _, manual, mailbox = desk
    act = told(opened(manual, mailbox), manual, "not_member", words="We have no such account.")
    assert manual.state == ManualState.WAITING_ON_US
    assert Notice.objects.filter(template="staff_alert", key=f"staff:desk:{act.id}").exists()


def test_s33_a_doubt_suspends_like_the_button_on_the_letters_page(desk: Any) -> None:
    w, manual, mailbox = desk
    told(opened(manual, mailbox), manual, "doubt", words="She says that she signed nothing.")
    assert Consent.objects.get(id=w.consent.id).state == State.SUSPENDED
    assert [len(events(each)) for each in ("consent.disputed", "consent.suspended", "desk.said")] == [1, 1, 1]


def test_too_many_answers_from_one_page(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "SAID", codes.Limit("desk-said", 1, codes.HOUR))
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    found = [press(client, manual, "words", words="Hello.").status_code for _ in range(2)]
    assert found == [302, 429]


def test_s40_the_desk_names_a_fee_and_the_clock_rests(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    assert press(client, manual, "fee", amount="free").status_code == 422
    assert press(client, manual, "fee", amount="0").status_code == 422
    act = told(client, manual, "fee", amount="35.00")
    assert (act.cents, manual.state) == (3500, ManualState.FEE_QUOTED)
    fee = FeeQuote.objects.get(manual=manual)
    assert (str(fee.amount), fee.message_id) == ("35.00", act.message_id)
    assert manual.paused_on is not None


def test_s33_the_desk_names_the_day_of_its_answer(desk: Any) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    for wrong in ("", "soon", str(clock.today() - timedelta(days=1)), str(clock.today() + timedelta(days=200))):
        assert press(client, manual, "promise", day=wrong).status_code == 422
    day = clock.today() + timedelta(days=7)
    act = told(client, manual, "promise", day=str(day))
    assert (act.day, manual.promised_for) == (day, day)
    assert len(events("sla.promised")) == 1


def test_whoever_says_something_has_our_mail_and_the_clock_starts(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import Delivery

    w = world()
    with coop(tmp_path, settings) as mailbox, pytest.MonkeyPatch.context() as patch:
        taken = Delivery("accepted_by_relay", "relay", "250 ok")
        patch.setattr(ManualRequestChannel, "hand_over", lambda _self, _order: taken)
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        assert (manual.state, manual.due) == (ManualState.DELIVERY_UNPROVEN, None)
        told(opened(manual, mailbox), manual, "words", words="Which meter?")
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert manual.due is not None
