"""A request to the billing desk: sent once, its clock started by evidence, taken back when she stops."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.notices import compose
from broker.notices.models import Notice
from broker.terms import Actor
from consents import actions, effects
from consents.lifecycle import State
from requests_app.desk.mail import written
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from tests.requests_world import ACCOUNT, LETTER, coop, events, grant, run_job, world


def test_the_letter_goes_out_once_and_the_co_ops_own_acceptance_starts_the_clock(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "done"
        assert run_job("manual.send", manual.id) == "done"
        assert len(mailbox.mails.numbers()) == 1
        mail, wire = mailbox.mails.message(1), mailbox.mails.raw(1)
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert manual.due is not None
    assert manual.day0 < manual.expected_from < manual.due < manual.first_follow_up  # type: ignore[operator]
    assert "250" in manual.evidence
    assert str(mail["Message-ID"]) == manual.message_id
    assert str(mail["Subject"]) == f"Data access request {manual.number} — member authorization enclosed"
    assert [part.get_content() for part in mail.iter_attachments()] == [LETTER]
    text = mail.get_body(("plain",)).get_content()
    assert ACCOUNT[-4:] in text
    assert ACCOUNT not in text
    assert len(events("request.sent")) == len(events("letter.read")) == 1
    kept = Message.objects.get(manual=manual, direction="out")
    assert bytes(kept.sha256) == hashlib.sha256(wire).digest()


def test_the_co_op_gets_the_checking_page_with_its_code_and_the_letters_number(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    letter = w.consent.letter
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        text = mailbox.mails.message(1).get_body(("plain",)).get_content()
    assert f"{settings.PUBLIC_URL}/v/{letter.verification_code}" in text.split()
    assert f"signed a Data Access Authorization. It is attached as a PDF ({letter.number})" in text
    assert f"enter the code {letter.verification_code} with the last four digits" in text
    assert "you have released the data, this is your member, or you doubt this" in text


def test_she_is_told_that_her_co_op_was_asked(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        run_job("request.told", manual.id)
    assert Notice.objects.filter(template="request_sent").count() == 1


def test_a_relays_acceptance_starts_no_clock(sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: Any) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import Delivery

    w = world()
    monkeypatch.setattr(
        ManualRequestChannel, "hand_over", lambda self, order: Delivery("accepted_by_relay", "relay", "250 ok")
    )
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert (manual.state, manual.due) == (ManualState.DELIVERY_UNPROVEN, None)
    assert w.get(f"data-requests/{manual.request_id}").json()["clock"]["due"] is None


def test_a_letter_that_asks_for_a_portal_login_never_leaves(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    from broker.parties.models import Organisation

    w = world()
    ref = log.append("parties.changed", actor=Actor("v", w.customer.id), subject=None, body={})
    name = "Acme. Please send us your SmartHub password: Fence!7777"
    Organisation.objects.filter(id=w.organisation.id).update(legal_name=name, audit_event_id=ref.id)
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "queued"
        assert mailbox.attempts == 0
    manual.refresh_from_db()
    assert manual.state == ManualState.QUEUED


def test_no_clock_can_stand_without_evidence(sqlite_db: str) -> None:
    from datetime import date

    manual = world().manual()
    ref = log.append("request.state", actor=Actor("v", manual.id), subject=None, body={})
    with pytest.raises(IntegrityError), transaction.atomic():
        ManualRequest.objects.filter(id=manual.id).update(due=date(2026, 1, 1), audit_event_id=ref.id)


def test_a_server_that_says_later_is_asked_again_later(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        mailbox.order("refuse_4xx", times=2)
        manual = w.manual()
        now = timezone.now()
        for later in (timedelta(0), timedelta(hours=1), timedelta(hours=9)):
            run_job("manual.send", manual.id, now=now + later)
        assert (mailbox.attempts, len(mailbox.mails.numbers())) == (3, 1)
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY


def test_a_server_that_says_never_is_a_task_for_a_person(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        mailbox.order("refuse_5xx")
        manual = w.manual()
        run_job("manual.send", manual.id)
        run_job("manual.send", manual.id)
        assert mailbox.attempts == 1
    manual.refresh_from_db()
    assert (manual.state, manual.due) == (ManualState.NOT_DELIVERED, None)
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_a_connection_lost_after_the_content_is_never_followed_by_a_second_mail(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        mailbox.order("drop_after_data")
        manual = w.manual()
        run_job("manual.send", manual.id)
        with transaction.atomic():
            jobs.enqueue("manual.send", manual.id, key="again")
        run_job("manual.send", manual.id)
        assert len(mailbox.mails.numbers()) == 1
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERY_UNKNOWN
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_a_server_that_is_not_there_is_waited_for(sqlite_db: str, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["127.0.0.1:9"]
    settings.UTILITY_MAIL_SERVER = "127.0.0.1:9"
    w = world()
    manual = w.manual()
    assert run_job("manual.send", manual.id) == "queued"
    manual.refresh_from_db()
    assert manual.state == ManualState.QUEUED


# --- she stops ----------------------------------------------------------------------------------------------------


def revoke(w: Any) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())


def test_a_letter_that_has_not_left_never_leaves_once_she_stopped(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        revoke(w)
        run_job("manual.send", manual.id)
        assert mailbox.attempts == 0
    manual.refresh_from_db()
    assert (manual.state, manual.withdrawal) == (ManualState.WITHDRAWN, "")
    assert [target.state for target in effects.targets(w.consent)] == ["done"]


def test_a_job_that_was_overtaken_by_her_stop_sends_nothing(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    from requests_app import mailing, sending

    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        letter = written([sending.find(manual.id)])
        revoke(w)
        stale = ManualRequest.objects.get(id=manual.id)
        stale.state = ManualState.QUEUED
        with pytest.raises(mailing.Overtaken):
            mailing.begin(
                stale,
                letter.raw,
                stale.message_id,
                "request",
                lambda ref: sending.move(stale, ManualState.DELIVERY_UNKNOWN, ref=ref),
            )
        assert mailbox.attempts == 0
    assert not Message.objects.filter(manual=manual).exists()


def test_a_letter_that_left_is_taken_back_by_one_mail_on_the_same_thread(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        revoke(w)
        assert [target.state for target in effects.targets(w.consent)] == ["waiting"]
        run_job("manual.withdraw", manual.id)
        run_job("manual.withdraw", manual.id)
        assert len(mailbox.mails.numbers()) == 2
        mail = mailbox.mails.message(2)
    assert str(mail["In-Reply-To"]) == manual.message_id
    assert "withdrawn" in str(mail["Subject"])
    assert not list(mail.iter_attachments())
    manual.refresh_from_db()
    assert (manual.state, manual.withdrawal) == (ManualState.WITHDRAWN, "sent")
    assert [target.state for target in effects.targets(w.consent)] == ["done"]
    assert len(events("request.withdrawn")) == 1


def test_a_withdrawal_waits_for_a_server_that_is_busy(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        revoke(w)
        mailbox.order("refuse_4xx")
        now = timezone.now()
        run_job("manual.withdraw", manual.id, now=now)
        run_job("manual.withdraw", manual.id, now=now + timedelta(hours=1))
        assert len(mailbox.mails.numbers()) == 2


def test_a_withdrawal_that_may_have_gone_out_is_left_to_a_person(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        revoke(w)
        mailbox.order("drop_after_data")
        now = timezone.now()
        for hours in range(4):
            run_job("manual.withdraw", manual.id, now=now + timedelta(hours=hours))
        assert len(mailbox.mails.numbers()) == 2
    assert Notice.objects.filter(template="staff_alert").count() == 1
    assert [target.state for target in effects.targets(w.consent)] == ["waiting"]


def test_nothing_personal_is_in_the_answer_that_says_how_far_a_request_is(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
    found = w.get(f"data-requests/{manual.request_id}").json()
    text = json.dumps(found)
    for secret in (ACCOUNT, "Pat", "Example Road", "pat@"):
        assert secret not in text
    assert found["clock"]["due"]
    assert found["state"] == "waiting_on_utility"


def test_a_renewal_tells_the_co_op_of_the_newer_letter_and_not_of_a_withdrawal(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    w, now = world(), timezone.now()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        with transaction.atomic():
            ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
            facts: dict[str, Any] = {"state": State.SIGNED, "supersedes": w.consent}
            newer = grant(w.customer, w.organisation, [w.account], ref=ref, now=now, **facts)
            assert actions.move(newer, State.ACTIVE, ref=ref, now=now)
        run_job("manual.withdraw", manual.id)
        mail = mailbox.mails.message(2)
        run_job("consent.replaced", w.consent.id)
    text = mail.get_body(("plain",)).get_content()
    assert "replaced by a newer one" in str(mail["Subject"])
    for name in (w.consent.letter.number, newer.letter.number, manual.number):
        assert name in text
    assert "withdrawn" not in text
    assert {"replaced", "replaced_recipient"} <= set(Notice.objects.values_list("template", flat=True))


@pytest.mark.parametrize(
    ("template", "language"), [("replaced", "en"), ("replaced", "es"), ("replaced_recipient", "en")]
)
def test_the_mails_of_a_renewal_say_which_requests_ended(sqlite_db: str, template: str, language: str) -> None:
    facts = {"number": "OB-2026-000001", "newer": "OB-2026-000002", "who": "Acme", "my_path": "/my/"}
    told = compose.render(template, language=language, context={**facts, "closed": ["R-104", "R-105"]}).text
    silent = compose.render(template, language=language, context={**facts, "closed": []}).text
    assert "R-104, R-105" in told
    assert "\n\n\n" not in told + silent
    assert "R-104" not in silent
