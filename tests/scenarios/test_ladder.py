"""S38, S39, S48, S65: what is done while nothing comes; for two co-ops, by data alone."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.console.packs.approval_words import told as in_words
from broker.notices.models import Notice
from broker.terms import Actor, Refusal
from consents import actions
from requests_app import grants
from requests_app.desk import codes
from requests_app.inbound.models import MailChoice
from requests_app.ladder import calling, deciding, looking, open_tasks
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision, PhoneTask
from requests_app.ladder.words import AskState, CallState, Choice, Outcome, ReadAs, Step
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from tests.clock import travel
from tests.integration.mail_support import signed_in
from tests.integration.test_receive import take
from tests.ladder_world import NOW, fresh, on, person, subjects, text_of, work
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, world
from tests.scenarios.coops import JUNEGRASS, OBEC, Coop, both_coops

__all__ = ["both_coops"]

COOPS = pytest.mark.parametrize("place", [OBEC, JUNEGRASS], ids=lambda each: each.id)
# Counted by hand on a wall calendar: days of OBEC and of the faster co-op, whose Founders' Day is March 10.
CALL = {"obec": date(2026, 3, 19), "junegrass": date(2026, 3, 17)}
SECOND = {"obec": date(2026, 3, 24), "junegrass": date(2026, 3, 20)}
DECIDE = {"obec": date(2026, 3, 31), "junegrass": date(2026, 3, 27)}


@pytest.fixture
def in_march(both_coops: None, sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with travel(NOW):
        yield


@pytest.fixture
def in_march_anywhere(both_coops: None, committing: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with travel(NOW):
        yield


def sent(place: Coop) -> tuple[World, ManualRequest]:
    w = world(utility=place.id)
    manual = w.manual(channel="manual_request", utility=place.id)
    assert run_job("manual.send", manual.id) == "done"
    return w, fresh(manual)


def told(template: str) -> int:
    return Notice.objects.filter(template=template).count()


def alerts(words: str) -> int:
    return Notice.objects.filter(template="staff_alert", key__startswith=f"staff:{words}").count()


@COOPS
def test_s38_the_day_after_the_due_day_she_is_told_once_and_the_co_op_is_asked_once_in_office_hours(
    in_march_anywhere: None, place: Coop, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(place)
        assert manual.first_follow_up == place.first_follow_up
        for hour in (0, 8, 15, 22):
            with on(place.first_follow_up, hour, utility=place.id) as now:
                assert work(now) == []
        with on(place.first_follow_up, 9, utility=place.id) as now:
            work(now)
            work(now)
        with on(place.first_follow_up, 14, utility=place.id) as now:
            work(now)
        assert len(mailbox.mails.numbers()) == 2
        mail, text = mailbox.mails.message(2), text_of(mailbox, 2)
    assert told("request_late") == 1
    assert len(events("sla.follow_up")) == len(events("sla.overdue")) == 1
    ask = FollowUp.objects.get(manual=manual)
    assert (ask.state, str(mail["Message-ID"])) == (AskState.SENT, ask.message_id)
    assert str(mail["In-Reply-To"]) == manual.message_id
    assert str(mail["References"]).split() == [manual.message_id]
    assert str(mail["To"]) == place.address
    assert manual.number in text
    assert ACCOUNT[-4:] in text
    assert ACCOUNT not in text
    assert codes.hint_of(manual) in text  # the way to the desk's page, where all our open requests are
    assert [*mail.iter_attachments()] == []
    assert fresh(manual).state == ManualState.WAITING_ON_UTILITY


@COOPS
def test_s38_the_whole_ladder_of_each_co_op(in_march: None, place: Coop, tmp_path: Path, settings: Any) -> None:
    seen: dict[date, list[str]] = {}
    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(place)
        for number in range(60):
            day = date(2026, 3, 2) + timedelta(days=number)
            for hour in (7, 9, 12, 16):
                before = len(open_tasks.taken(manual))
                with on(day, hour, utility=place.id) as now:
                    work(now)
                new = [each.step.value for each in open_tasks.taken(manual)][before:]
                if new:
                    seen.setdefault(day, []).extend(new)
        assert subjects(mailbox)[1:] == [f"Re: Data access request {manual.number} — how does it stand?"] * 2
        third = str(mailbox.mails.message(3)["References"]).split()
    first = FollowUp.objects.get(manual=manual, number=1)
    assert third == [manual.message_id, first.message_id]
    assert seen[place.due] == ["due"]
    assert sorted(seen[place.first_follow_up]) == ["follow_up", "overdue"]
    assert seen[CALL[place.id]] == ["call"]
    assert seen[SECOND[place.id]] == ["follow_up"]
    assert seen[DECIDE[place.id]] == ["decide"]
    assert max(seen) == DECIDE[place.id]
    assert sum(map(len, seen.values())) == 8
    assert told("request_late") == 1
    assert [each.id for each in open_tasks.undecided()] == [manual.id]


def test_s39_while_a_mail_of_its_thread_waits_to_be_read_nobody_is_asked_again(
    in_march_anywhere: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(OBEC)
        with on(date(2026, 3, 16)):
            assert take(reply(manual, csv=False, text="Which meter do you mean?"), manual).kind == "message"
        with on(OBEC.first_follow_up) as now:
            work(now)
            assert told("request_late") == 1
            assert not FollowUp.objects.exists()
            assert open_tasks.with_unread([manual.id]) == {manual.id}
            (mail,) = open_tasks.unread(manual)
            staff = person("staff")
            assert calling.classify(mail, manual, ReadAs.NOTHING, actor=staff, now=now) is None
            again = calling.classify(mail, manual, ReadAs.NOTHING, actor=staff, now=now)
            assert isinstance(again, Refusal)
            work(now)
        assert len(mailbox.mails.numbers()) == 2
    assert len(events("mail.classified")) == 1


@pytest.mark.parametrize("how", ["by number", "of many", "by reference"])
def test_s39_a_held_mail_that_may_be_the_answer_holds_the_asking_back_until_somebody_chose(
    in_march: None, tmp_path: Path, settings: Any, how: str
) -> None:
    with coop(tmp_path, settings) as mailbox:
        w, manual = sent(OBEC)
        text = f"About {manual.number}: what you asked for."
        raw = {
            "by number": reply(manual, text=text).replace(manual.thread_token.encode(), b"a" * 26),
            "of many": reply(manual, text=f"{text} And R-999."),
            "by reference": reply(manual, sender="billing@elsewhere.example"),
        }[how]
        if how == "of many":
            w.manual(channel="manual_request")
            raw = reply(manual, text=f"{text} And R-102.")
        with on(date(2026, 3, 13)):  # two business days before: one that shows nothing but a number holds no longer
            assert take(raw).kind == "held"
        with on(OBEC.first_follow_up) as now:
            work(now)
            assert FollowUp.objects.count() == 0
            assert open_tasks.with_unread([manual.id]) == {manual.id}
            (held,) = open_tasks.unread(manual)
            from requests_app import choosing

            chosen = choosing.dismiss(held, MailChoice.What.NOT_OURS, actor=person("staff"), now=now)
            assert isinstance(chosen, MailChoice)
            work(now)
        assert len(mailbox.mails.numbers()) == 2


def test_s39_a_mail_that_comes_between_the_walk_and_the_sending_still_holds_it_back(
    in_march: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from requests_app.ladder import asking_mail

    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(OBEC)
        write = asking_mail.written

        def meanwhile(asks: list[FollowUp]) -> Any:
            take(reply(manual, csv=False), manual)
            return write(asks)

        monkeypatch.setattr(asking_mail, "written", meanwhile)
        with on(OBEC.first_follow_up) as now:
            work(now)
        assert len(mailbox.mails.numbers()) == 1
    assert Message.objects.filter(direction="out", kind="follow_up").count() == 0


def test_s37_an_out_of_office_reply_neither_triggers_nor_suppresses_a_follow_up(
    in_march: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(OBEC)
        raw = reply(manual, csv=False, text="I am out of the office until Monday.")
        take(b"Auto-Submitted: auto-replied\r\n" + raw, manual)
        with on(OBEC.first_follow_up) as now:
            work(now)
        assert len(mailbox.mails.numbers()) == 2


def unanswered(folder: Path, settings: Any) -> tuple[World, ManualRequest]:
    """A request on the day on which two people decide."""
    w, manual = sent(OBEC)
    for day in (OBEC.first_follow_up, CALL["obec"], SECOND["obec"], DECIDE["obec"]):
        with on(day) as now:
            work(now)
    return w, fresh(manual)


@pytest.mark.parametrize("choice", [Choice.CLOSE, Choice.UPLOAD])
def test_s48_closing_needs_two_people_she_gets_the_way_of_her_own_and_the_recipient_a_final_status(
    in_march_anywhere: None, tmp_path: Path, settings: Any, choice: Choice
) -> None:
    with coop(tmp_path, settings):
        w, manual = unanswered(tmp_path, settings)
        staff, officer = person("staff"), person("approver")
        with on(DECIDE["obec"], 11) as now:
            assert w.get(f"data-requests/{manual.request_id}").json()["final"] is None
            asked = deciding.ask(manual, choice, reason="Nothing came", requester=staff, now=now)
            assert not isinstance(asked, Refusal)
            twice = deciding.ask(manual, choice, reason="Nothing came", requester=staff, now=now)
            assert twice == Refusal("state.conflict")
            assert fresh(manual).state == ManualState.WAITING_ON_UTILITY
            with pytest.raises(decide.NotAllowed):
                decide.approve(asked.id, approver=Actor("s", staff.id, role="approver"), now=now)
            assert fresh(manual).state == ManualState.WAITING_ON_UTILITY
            assert f"decide about request {manual.number}, which nobody answered" in in_words(asked).about_to
            decide.approve(asked.id, approver=officer, now=now)
            work(now)
            api = w.get(f"data-requests/{manual.request_id}").json()
    assert fresh(manual).state == ManualState.CLOSED_WITHOUT_RESPONSE
    assert PhoneTask.objects.get(manual=manual).state == CallState.VOID
    assert told("request_unanswered") == told("unanswered_recipient") == 1
    assert (api["state"], api["waiting_on"]) == ("closed_without_response", "nobody")
    assert (api["final"]["code"], api["final"]["follow_ups"]) == ("utility.no_response", 2)
    assert (api["final"]["instead"], api["final"]["customer_asked"]) == ("customer_upload", choice == Choice.UPLOAD)
    assert open_tasks.undecided().count() == open_tasks.open_calls().count() == 0
    assert LastDecision.objects.get(manual=manual).choice == choice


def test_s48_to_keep_waiting_brings_one_more_mail_and_another_decision(
    in_march: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        _, manual = unanswered(tmp_path, settings)
        staff, officer = person("staff"), person("officer")
        with on(DECIDE["obec"], 11) as now:
            for wrong in (None, date(2026, 3, 31), date(2026, 4, 11), date(2026, 9, 1)):
                refused = deciding.ask(manual, Choice.WAIT, until=wrong, reason="-", requester=staff, now=now)
                assert refused == Refusal("ask.invalid")
            day = date(2026, 4, 10)
            asked = deciding.ask(manual, Choice.WAIT, until=day, reason="They said so", requester=staff, now=now)
            assert not isinstance(asked, Refusal)
            decide.approve(asked.id, approver=officer, now=now)
        seen = []
        for number in range(40):
            with on(date(2026, 4, 1) + timedelta(days=number)) as now:
                if work(now):
                    seen.append(now.date())
        assert len(mailbox.mails.numbers()) == 4  # the letter and three follow-ups, never more
    assert seen == [date(2026, 4, 13), date(2026, 4, 20)]
    assert open_tasks.open_decision(fresh(manual)) == 2


def test_s48_an_answer_that_comes_meanwhile_overtakes_the_decision(
    in_march: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        _, manual = unanswered(tmp_path, settings)
        with on(DECIDE["obec"], 11) as now:
            asked = deciding.ask(manual, Choice.CLOSE, reason="-", requester=person("staff"), now=now)
            assert not isinstance(asked, Refusal)
            take(reply(manual), manual)
            with pytest.raises(decide.NotAllowed):
                decide.approve(asked.id, approver=person("officer"), now=now)
    assert fresh(manual).state == ManualState.ANSWERED


def test_s65_three_days_without_a_worker_bring_nothing_twice_and_no_burst(
    in_march_anywhere: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(OBEC)
        with on(date(2026, 3, 12)) as now:
            work(now)  # the reminder; then nothing runs until Thursday, March 19, business day 13
        with on(date(2026, 3, 19)) as now:
            work(now)
            work(now)
            assert len(mailbox.mails.numbers()) == 2
            assert told("request_late") == 1
            assert not PhoneTask.objects.exists()  # no call on the day of a mail
        steps = LadderStep.objects.filter(manual=manual).values_list("step", flat=True)
        assert sorted(steps) == ["overdue", "reminder"]
        with on(date(2026, 3, 23)) as now:
            work(now)
            assert [each.number for each in open_tasks.open_calls()] == [1]
        with on(date(2026, 3, 26)) as now:
            work(now)
        assert len(mailbox.mails.numbers()) == 3
    days = [each.day for each in FollowUp.objects.order_by("number")]
    assert days == [date(2026, 3, 19), date(2026, 3, 26)]


def test_s65_a_consent_that_ran_out_while_nothing_ran_asks_nobody(
    in_march: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        w = world(ends=date(2026, 3, 17))
        manual = w.manual(channel="manual_request")
        run_job("manual.send", manual.id)
        with on(OBEC.first_follow_up) as now:  # no job of the consent ran: the dates themselves count
            assert grants.not_in_force(w.consent, now) == "consent.expired"
            assert work(now) == []
        assert len(mailbox.mails.numbers()) == 1
    assert told("request_late") == 0


def test_nothing_is_asked_after_she_stopped(in_march: None, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        w, manual = sent(OBEC)
        with on(OBEC.first_follow_up, 8):
            actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
            assert run_job("manual.withdraw", manual.id) == "done"
        for number in range(40):
            with on(OBEC.first_follow_up + timedelta(days=number)) as now:
                assert work(now) == []
        assert len(mailbox.mails.numbers()) == 2  # the letter, and the one mail that takes it back
        assert run_job("manual.withdraw", manual.id) == "done"
        assert len(mailbox.mails.numbers()) == 2


def test_a_day_that_the_co_op_named_is_waited_for_and_she_is_told_once(
    in_march: None, tmp_path: Path, settings: Any
) -> None:
    from requests_app.clocks import moving

    with coop(tmp_path, settings) as mailbox:
        _, manual = sent(OBEC)
        with on(date(2026, 3, 12)) as now:
            assert moving.promise(manual, date(2026, 3, 20), actor=person("staff"), now=now) is None
            work(now)
            work(now)
        assert told("request_promised") == 1
        for number in (17, 18, 19, 20):
            with on(date(2026, 3, number)) as now:
                work(now)
        assert len(mailbox.mails.numbers()) == 1
        with on(date(2026, 3, 23)) as now:
            work(now)
        text = text_of(mailbox, 2)
    assert "You kindly named March 20, 2026 for your answer" in text
    assert told("request_late") == 1


@pytest.mark.parametrize("wrong", [date(2026, 3, 11), date(2026, 7, 18), date(2126, 3, 20)])
def test_a_day_that_is_past_or_beyond_four_months_is_nobodys_word_and_lets_nobody_wait(
    in_march: None, tmp_path: Path, settings: Any, wrong: date
) -> None:
    from requests_app.clocks import moving

    with coop(tmp_path, settings):
        _, manual = sent(OBEC)
        with on(date(2026, 3, 12)) as now:
            staff = signed_in("one")
            assert moving.promise(manual, wrong, actor=person("staff"), now=now) == Refusal("ask.invalid")
            page = staff.post(f"/admin/requests/{manual.id}/promise/", {"day": wrong.isoformat()}, follow=True)
            assert "at most four months ahead" in page.content.decode()
            said = {"way": "phone", "kind": "promise", "on": "2026-03-12", "at": "09:30", "words": "They said when."}
            page = staff.post(f"/admin/requests/{manual.id}/heard/", {**said, "day": wrong.isoformat()})
            assert "at most four months ahead" in page.content.decode()
        for day in (OBEC.first_follow_up, CALL["obec"]):
            with on(day) as now:
                work(now)
        with on(CALL["obec"], 14) as now:
            staff = signed_in("two")
            call = {"on": "2026-03-19", "at": "13:30", "outcome": "will_send", "day": wrong.isoformat()}
            page = staff.post(f"/admin/requests/{manual.id}/call/", call)
            assert "at most four months ahead" in page.content.decode()
            (task,) = open_tasks.open_calls()
            refused = calling.record_call(
                task, Outcome.WILL_SEND, called_at=now, promised=wrong, actor=person("staff"), now=now
            )
            assert refused == Refusal("ask.invalid")
            assert open_tasks.open_calls().count() == 1
    assert fresh(manual).promised_for is None
    assert not events("sla.promised")


def test_a_call_is_written_down_once_with_the_day_that_was_named(
    in_march_anywhere: None, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        _, manual = sent(OBEC)
        for day in (OBEC.first_follow_up, CALL["obec"]):
            with on(day) as now:
                work(now)
        (task,) = open_tasks.open_calls()
        assert (task.first_day, task.last_day) == (date(2026, 3, 19), date(2026, 3, 23))
        said = looking.call_script(fresh(manual))
        assert manual.number in said.say[1]
        assert ACCOUNT not in str(said)
        assert (said.from_day, said.until_day) == (task.first_day, task.last_day)
        with on(CALL["obec"], 14) as now:
            staff: dict[str, Any] = {"actor": person("staff"), "now": now}
            early, late = task.created_at - timedelta(minutes=1), now + timedelta(minutes=1)
            for wrong in (early, late):
                refused = calling.record_call(task, Outcome.OTHER, called_at=wrong, **staff)
                assert refused == Refusal("state.conflict")
            day = date(2026, 3, 26)
            unfit = calling.record_call(task, Outcome.WILL_NOT, called_at=now, promised=day, **staff)
            assert unfit == Refusal("state.conflict")
            assert calling.record_call(task, Outcome.WILL_SEND, called_at=now, promised=day, **staff) is None
            again = calling.record_call(task, Outcome.OTHER, called_at=now, **staff)
            assert again == Refusal("state.conflict")
        assert fresh(manual).promised_for == date(2026, 3, 26)
        with on(SECOND["obec"]) as now:
            work(now)
        assert FollowUp.objects.count() == 1  # what they named is waited for
    assert len(events("sla.called")) == 1


def test_s36_an_hour_without_proof_and_staff_look(in_march: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import Delivery

    relay = Delivery("accepted_by_relay", "relay.example", "250 queued")
    monkeypatch.setattr(ManualRequestChannel, "hand_over", lambda _self, _order: relay)
    w = world()
    manual = w.manual(channel="manual_request")
    run_job("manual.send", manual.id)
    for minutes in (30, 59):
        with travel(NOW + timedelta(minutes=minutes)):
            assert work(timezone.now()) == []
    for minutes in (60, 70, 600):
        with travel(NOW + timedelta(minutes=minutes)):
            work(timezone.now())
    assert alerts("unproven") == 1
    assert fresh(manual).due is None
    assert [each.step for each in open_tasks.taken(manual)] == [Step.UNPROVEN]
