"""A report of delivery is anybody's word: it undoes no proof, loses no answer, and calls nothing back in silence."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.audit import log
from broker.notices.models import Notice
from broker.rehearsal.reports import success_dsn
from broker.terms import Actor
from consents import actions, suspending
from consents.lifecycle import State
from consents.models import Suspension
from consents.stopping import seen
from consents.stopping.models import StopTarget
from requests_app import resending
from requests_app.clocks.models import ClockStep
from requests_app.inbound.models import MailChoice
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.moves import move
from requests_app.receive import receive
from tests.integration.consent_support import granted
from tests.integration.mail_support import mail, signed_in, take
from tests.requests_world import ACTOR, World, coop, events, reply, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as played:
        yield played


@pytest.fixture
def w(committing: str, mailbox: Any) -> World:
    return world()


def sent(w: World) -> ManualRequest:
    """Make a request whose letter the co-op's own server took."""
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    return manual


def forged(manual: ManualRequest, number: int = 1) -> None:
    """Let a stranger say that our letter to the co-op came back."""
    original = EmailMessage()
    original["Message-ID"] = manual.message_id
    own = f"<{number}@elsewhere.example>"
    raw = success_dsn(original, recipient="billing@coop.example", sender="desk@localhost", message_id=own)
    raw = raw.replace(b"Action: delivered", b"Action: failed").replace(b"@relay.example", b"@elsewhere.example")
    receive(raw, envelope_from="eve@elsewhere.example", envelope_to=["desk@localhost"], now=timezone.now())


def alerts(words: str = "") -> int:
    return Notice.objects.filter(template="staff_alert", key__contains=words).count()


def test_a_report_undoes_no_proven_delivery_and_the_answer_is_still_one(w: World) -> None:
    manual = sent(w)
    before = (manual.delivered_at, manual.day0, manual.due)
    forged(manual)
    manual.refresh_from_db()
    assert (manual.state, manual.evidence[:9]) == (ManualState.WAITING_ON_UTILITY, "127.0.0.1")
    assert (manual.delivered_at, manual.day0, manual.due) == before
    assert list(ClockStep.objects.values_list("kind", flat=True)) == ["started"]
    assert not events("mail.bounced")
    assert take(reply(manual), manual).kind == "answer"
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED


def test_the_desk_is_told_of_the_reports_once_in_an_hour(w: World) -> None:
    manual = sent(w)
    with time_machine.travel(timezone.now().replace(minute=5) + timedelta(hours=1), tick=False) as clock:
        for number in range(4):
            forged(manual, number)
        assert alerts("doubted:") == 1
        clock.shift(timedelta(hours=1))
        forged(manual, 9)
        assert alerts("doubted:") == 2


def test_a_person_may_send_again_what_a_report_doubts_and_nothing_else(w: World) -> None:
    manual = sent(w)
    assert resending.resend(manual, actor=STAFF) is not None
    forged(manual)
    page = signed_in().get(f"/admin/requests/{manual.id}/").content.decode()
    assert "A report says that the letter did not arrive." in page
    assert "Send it again" in page
    assert resending.resend(manual, actor=STAFF) is None
    manual.refresh_from_db()
    assert (manual.state, manual.due) == (ManualState.QUEUED, None)
    assert manual.sent_at is not None


@pytest.mark.parametrize("then", ["stop", "send again, then stop"])
def test_a_letter_that_came_back_is_called_back_when_she_stops(w: World, mailbox: Any, then: str) -> None:
    """Whatever a report said of it: it left, so it is called back, and she is told so."""
    manual = _said_to_have_come_back(w)
    if then != "stop":
        assert resending.resend(manual, actor=STAFF) is None
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    row = StopTarget.objects.get(about=manual.id)
    assert (row.kind, row.state, row.code) == ("utility_request", "waiting", "withdrawing")
    found = seen.of(w.consent)
    assert found is not None
    assert not found.nothing_left
    run_job("manual.withdraw", manual.id)
    row.refresh_from_db()
    assert row.code == "withdrawn"
    subjects = [str(mailbox.mails.message(each)["Subject"]) for each in mailbox.mails.numbers()]
    assert [("withdrawn" in each) for each in subjects] == [False, True]


def _said_to_have_come_back(w: World) -> ManualRequest:
    """Give a request whose letter a relay took, and of which a report says that it came back."""
    manual = w.manual()
    from requests_app import handing_over

    real = handing_over.ManualRequestChannel.hand_over

    def relayed(self: Any, mailing: Any) -> Any:
        from dataclasses import replace

        return replace(real(self, mailing), kind="accepted_by_relay")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handing_over.ManualRequestChannel, "hand_over", relayed)
        run_job("manual.send", manual.id)
    forged(manual)
    manual.refresh_from_db()
    assert manual.state == ManualState.NOT_DELIVERED
    return manual


def test_an_answer_to_a_letter_that_came_back_is_an_answer(w: World) -> None:
    manual = _said_to_have_come_back(w)
    assert take(reply(manual), manual).kind == "answer"
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED


def test_a_report_on_a_sending_that_nobody_saw_the_end_of_says_that_it_left(w: World, mailbox: Any) -> None:
    mailbox.order("drop_after_data")
    manual = w.manual()
    run_job("manual.send", manual.id)
    forged(manual)
    manual.refresh_from_db()
    assert manual.state == ManualState.NOT_DELIVERED
    assert manual.sent_at is not None


def test_what_a_person_sends_again_is_called_back_even_if_nobody_knows_whether_it_left(w: World, mailbox: Any) -> None:
    mailbox.order("drop_after_data")
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert resending.resend(manual, actor=STAFF) is None
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert StopTarget.objects.get(about=manual.id).code == "withdrawing"


def test_a_letter_that_went_out_before_is_not_ended_because_it_may_not_go_out_again_now(w: World) -> None:
    manual = _said_to_have_come_back(w)
    assert resending.resend(manual, actor=STAFF) is None
    now = timezone.now()
    suspending.suspend(w.consent, because=Suspension.Because.OFFICER, actor=ACTOR, now=now)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert (manual.state, manual.withdrawal) == (ManualState.DELIVERY_UNPROVEN, "")
    assert alerts("not-again") == 1


def edited(manual: ManualRequest, facts: dict[str, Any]) -> None:
    """Edit a request past the product."""
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
        ManualRequest.objects.filter(id=manual.id).update(**facts, audit_event_id=ref.id)


def test_the_database_ends_no_letter_that_may_have_left_without_calling_it_back(w: World) -> None:
    sent_one, back = sent(w), _said_to_have_come_back(w)
    for manual in (sent_one, back):
        for wrong in ({"state": "withdrawn"}, {"sent_at": None}):
            with pytest.raises(DatabaseError, match="evidence"):
                edited(manual, wrong)
    unsent = w.manual(data_types=["bill"])
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, body={})
        assert move(unsent, ManualState.WITHDRAWN, ref=ref)


# --- what came after an end ------------------------------------------------------------------------------------------


def test_an_answer_after_the_end_of_its_request_is_attached_while_the_permission_is_in_force(w: World) -> None:
    manual, now = sent(w), timezone.now()
    suspending.suspend(w.consent, because=Suspension.Because.COPY_BOUNCED, actor=ACTOR, now=now)
    message = Message.objects.get(id=take(reply(manual), manual).message)
    assert message.kind == "ended"
    person, path = signed_in(), f"/admin/held/{message.id}/"
    assert "stays sealed" in person.get("/admin/").content.decode()
    assert person.post(path).status_code == 302
    assert not events("mail.read")
    suspending.resume(w.consent, because=Suspension.Because.COPY_BOUNCED, actor=ACTOR, now=now)
    assert path in person.get("/admin/").content.decode()
    assert manual.number in person.post(path).content.decode()
    person.post(f"{path}choose/", {"choice": "attach", "number": manual.number})
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    assert ReceivedFile.objects.get().state == "quarantined"
    assert len(events("mail.read")) == 2  # to read it, and to attach it


def test_it_is_attached_to_no_request_under_another_permission(w: World) -> None:
    manual, now = sent(w), timezone.now()
    suspending.suspend(w.consent, because=Suspension.Because.COPY_BOUNCED, actor=ACTOR, now=now)
    message = Message.objects.get(id=take(reply(manual), manual).message)
    suspending.resume(w.consent, because=Suspension.Because.COPY_BOUNCED, actor=ACTOR, now=now)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=now)
    path = f"/admin/held/{message.id}/"
    person = signed_in()
    assert path not in person.get("/admin/").content.decode()
    person.post(f"{path}choose/", {"choice": "attach", "number": manual.number})
    assert not MailChoice.objects.exists()
    assert not events("mail.read")


def test_an_answer_to_the_letter_before_a_renewal_waits_for_the_request_under_the_new_one(w: World) -> None:
    manual, now, starts = sent(w), timezone.now(), w.consent.starts
    newer = granted(w, now, state=State.SIGNED, supersedes=w.consent, starts=starts, ends=starts + timedelta(days=200))
    with transaction.atomic():
        ref = log.append("letter.sealed", actor=ACTOR, subject=w.customer.id, body={})
        assert actions.move(newer, State.ACTIVE, ref=ref, now=now)
    message = Message.objects.get(id=take(reply(manual), manual).message)
    assert message.kind == "ended"
    again = w.manual()
    assert again.request.consent_id == newer.id
    run_job("manual.send", again.id)
    person, path = signed_in(), f"/admin/held/{message.id}/"
    assert path in person.get("/admin/").content.decode()
    person.post(f"{path}choose/", {"choice": "attach", "number": manual.number})
    assert not MailChoice.objects.exists()
    person.post(f"{path}choose/", {"choice": "attach", "number": again.number})
    again.refresh_from_db()
    assert again.state == ManualState.ANSWERED
    assert ReceivedFile.objects.get().message == MailChoice.objects.get().attached


# --- what a stranger can make us write -------------------------------------------------------------------------------


def test_mails_with_a_portal_login_are_told_of_once_in_an_hour(w: World) -> None:
    now = datetime(2026, 3, 2, 15, 5, tzinfo=UTC)

    def come(number: int, later: timedelta = timedelta()) -> str:
        raw = mail(f"username: rita\npassword: Fence{number}!xyZ", sender="x@elsewhere.example", proven=False)
        return receive(raw, envelope_from="x@x.example", envelope_to=["desk@localhost"], now=now + later).kind

    assert [come(number) for number in range(4)] == ["credentials"] * 4
    assert alerts("credentials") == 1
    assert come(9, timedelta(hours=1)) == "credentials"
    assert alerts("credentials") == 2


def test_our_own_words_that_come_back_with_a_login_in_them_are_told_of_by_nobody(w: World) -> None:
    raw = mail("username: rita\npassword: Fence9!abc", sender="desk@localhost", Auto_Submitted="auto-replied")
    assert take(raw).kind == "credentials"
    assert alerts() == 0


def test_mails_after_an_end_are_told_of_once_in_an_hour_and_never_for_an_automatic_reply(w: World) -> None:
    manual = sent(w)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    now = datetime(2026, 3, 2, 15, 5, tzinfo=UTC)

    def come(raw: bytes) -> str:
        return receive(raw, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=now).kind

    away = reply(manual, csv=False).replace(b"From:", b"Auto-Submitted: auto-replied\nFrom:", 1)
    assert come(away) == "ended"
    assert alerts("ended:") == 0
    assert [come(reply(manual, csv=False, text=f"Hello {number}")) for number in range(4)] == ["ended"] * 4
    assert alerts("ended:") == 1
