"""The door inward: every mail is sealed, matched by hints, and its files wait for a person."""

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from broker import sandbox, vault
from broker.audit import log
from broker.notices.models import Notice
from broker.rehearsal.reports import success_dsn
from broker.terms import SERVICE
from requests_app import mail_reading, quarantine
from requests_app.lifecycle import ManualState
from requests_app.models import DataRequest, ManualRequest, Message, ReceivedFile
from requests_app.receive import CREDENTIALS, HOLDING, Received, receive
from tests.environment import ROOT
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, world

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs" / "email"


def take(raw: bytes, manual: ManualRequest | None = None) -> Received:
    to = [f"r.{manual.thread_token}@localhost"] if manual else ["desk@localhost"]
    return receive(raw, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now())


@pytest.fixture
def waiting(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    """A world whose letter has been delivered."""
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        yield w, manual, mailbox


def raw_of(message: Message, subject: Any) -> bytes:
    ref = log.append_read(
        "mail.read", actor=SERVICE("tests"), subject=subject, purpose="support", obj="message", body={}, cnt=1
    )
    return vault.open_file(message.raw, under=ref)


def test_an_answer_is_sealed_as_it_came_and_its_files_wait_in_quarantine(waiting: Any) -> None:
    w, manual, _ = waiting
    raw = reply(manual, pdf=True)
    taken = take(raw, manual)
    assert (taken.kind, taken.files) == ("answer", 2)
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    assert raw_of(Message.objects.get(id=taken.message), w.customer.id) == raw
    files = ReceivedFile.objects.order_by("media_type")
    assert [(each.media_type, each.state) for each in files] == [
        ("application/pdf", "quarantined"),
        ("text/csv", "quarantined"),
    ]
    assert len(events("file.received")) == 1
    assert w.get(f"data-requests/{manual.request_id}").json()["files"] == []


def test_the_same_mail_twice_is_one_and_the_same_files_in_another_mail_are_too(waiting: Any) -> None:
    _, manual, _ = waiting
    raw = reply(manual, message_id="<once@coop.example>")
    assert take(raw, manual).kind == "answer"
    assert take(raw, manual).kind == "duplicate"
    assert take(raw.replace(b"From: ", b"Received: by another way\nFrom: ", 1), manual).kind == "duplicate"
    assert take(reply(manual), manual).files == 0
    assert ReceivedFile.objects.count() == 1
    assert Message.objects.filter(direction="in").count() == 3


def test_a_mail_of_another_sender_is_held_whatever_its_thread_says(waiting: Any) -> None:
    _, manual, _ = waiting
    for sender, header in (
        ("clerk@elsewhere.example", None),
        ("clerk@coop.example.evil.example", None),
        ("x", "Billing <billing@coop.example>, Eve <eve@elsewhere.example>"),
        ("x", "billing"),
    ):
        more = {"from_header": header} if header else {}
        assert take(reply(manual, sender=sender, **more), manual).kind == "held"
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert not ReceivedFile.objects.exists()


def test_a_mail_that_our_mail_server_did_not_prove_is_held_whatever_its_from_line_shows(waiting: Any) -> None:
    _, manual, _ = waiting
    bare = reply(manual).split(b"\n", 1)[1]
    forged = bare.replace(b"To:", b"Authentication-Results: mx.broker.example; dmarc=pass\nTo:", 1)
    for raw in (bare, forged, reply(manual, proven="elsewhere.example")):
        assert take(raw, manual).kind == "held"
    assert not ReceivedFile.objects.exists()


def test_a_mail_that_names_another_request_too_is_held(waiting: Any) -> None:
    w, manual, _ = waiting
    other = w.manual(data_types=["bill"])
    assert take(reply(manual, text=f"This is for {other.number}."), manual).kind == "held"
    assert take(reply(manual, text="This is for R-99999."), manual).kind == "answer"


def test_our_own_mail_that_comes_back_alarms_nobody(waiting: Any) -> None:
    _, manual, _ = waiting
    before = Notice.objects.filter(template="staff_alert").count()
    assert take(reply(manual, sender="desk@localhost"), manual).kind == "held"
    assert Notice.objects.filter(template="staff_alert").count() == before


def test_words_without_a_file_are_told_to_the_desk(waiting: Any) -> None:
    _, manual, _ = waiting
    assert take(reply(manual, csv=False, text="She is not our member."), manual).kind == "message"
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_a_mail_without_a_thread_is_held(waiting: Any) -> None:
    raw = b"From: billing@coop.example\r\nSubject: hello\r\n\r\nWhich request was it?\r\n"
    taken = take(raw)
    # What is nested deeper than it is read lies like a mail with a login.
    kind, sealed = ("credentials", CREDENTIALS) if raw.count(b"rfc822") > 12 else ("held", HOLDING)
    assert taken.kind == kind
    assert raw_of(Message.objects.get(id=taken.message), sealed) == raw


def test_an_out_of_office_answer_is_no_answer(waiting: Any) -> None:
    _, manual, _ = waiting
    away = reply(manual, csv=False).replace(b"From:", b"Auto-Submitted: auto-replied\nFrom:", 1)
    assert take(away, manual).kind == "auto_reply"
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY


def test_a_mail_with_a_portal_login_is_sealed_apart_and_held(waiting: Any) -> None:
    _, manual, _ = waiting
    raw = reply(manual, text="Her SmartHub password is Rehearsal!Fence7, please look yourself.")
    taken = take(raw, manual)
    assert (taken.kind, taken.files) == ("credentials", 0)
    assert not ReceivedFile.objects.exists()
    assert len(events("gate.held")) == 1
    assert raw_of(Message.objects.get(id=taken.message), CREDENTIALS) == raw
    with connection.cursor() as cursor:
        for table in ("requests_app_message", "audit_event", "notices_notice", "jobs_job"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "Fence7" not in repr(cursor.fetchall())


def test_raw_bytes_in_headers_and_names_lose_neither_the_mail_nor_its_files(waiting: Any) -> None:
    _, manual, _ = waiting
    raw = reply(manual).replace(b'filename="usage.csv"', b'filename="us\xff\x00age.csv"')
    raw = raw.replace(b"Subject: Re", b"Subject: \xff\xfe Re")
    assert (take(raw, manual).kind, ReceivedFile.objects.count()) == ("answer", 1)


def test_an_answer_after_she_stopped_stays_sealed_and_unopened(waiting: Any) -> None:
    from broker.terms import Actor
    from consents import actions

    w, manual, _ = waiting
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    assert take(reply(manual), manual).kind == "ended"
    assert not ReceivedFile.objects.exists()
    manual.refresh_from_db()
    assert manual.state == ManualState.WITHDRAWN


# --- reports ------------------------------------------------------------------------------------------------------


def relayed(w: World, monkeypatch: pytest.MonkeyPatch) -> ManualRequest:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import Delivery

    monkeypatch.setattr(
        ManualRequestChannel, "hand_over", lambda self, order: Delivery("accepted_by_relay", "relay", "250 ok")
    )
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERY_UNPROVEN
    return manual


def dsn(
    manual: ManualRequest, *, recipient: str = "billing@coop.example", message_id: str = "", action: str = ""
) -> bytes:
    from email.message import EmailMessage

    original = EmailMessage()
    original["Message-ID"] = message_id or manual.message_id
    raw = success_dsn(original, recipient=recipient, sender="desk@localhost", message_id="<dsn@relay.example>")
    return raw.replace(b"Action: delivered", f"Action: {action}".encode()) if action else raw


def test_a_success_report_of_the_relay_starts_the_clock(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = relayed(world(), monkeypatch)
    assert take(dsn(manual)).kind == "delivered"
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert manual.due is not None
    assert len(events("request.delivery_evidence")) == 1


@pytest.mark.parametrize(
    "wrong", [{"recipient": "eve@elsewhere.example"}, {"message_id": "<other@localhost>"}, {"action": "relayed"}]
)
def test_a_report_about_another_mail_or_mailbox_proves_nothing(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    manual = relayed(world(), monkeypatch)
    take(dsn(manual, **wrong))
    manual.refresh_from_db()
    assert (manual.state, manual.due) == (ManualState.DELIVERY_UNPROVEN, None)


def test_a_mail_that_comes_back_is_not_delivered(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = relayed(world(), monkeypatch)
    assert take(dsn(manual, action="failed")).kind == "bounce"
    manual.refresh_from_db()
    assert manual.state == ManualState.NOT_DELIVERED
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_a_delay_changes_nothing(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = relayed(world(), monkeypatch)
    assert take(dsn(manual, action="delayed")).kind == "delay"
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERY_UNPROVEN


# --- broken mail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno boundary ever comes",
        b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 2,
        b"Content-Type: message/rfc822\r\n\r\n" * 300,
        b"Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%00\r\nContent-Type: application/pdf\r\n\r\n%PDF-",
        b"From: billing@coop.example\r\nSubject: \xff\x00 raw\r\nMessage-ID: <a\x00\xfeb@coop.example>\r\n\r\n\xff\x00",
        b"From: =?utf-8?q?=FF?= <>\r\nMessage-ID: <<>>\r\n\r\nx",
    ],
)
def test_a_broken_mail_is_kept_and_held(sqlite_db: str, raw: bytes) -> None:
    world()
    taken = take(raw)
    # What is nested deeper than it is read lies like a mail with a login.
    kind, sealed = ("credentials", CREDENTIALS) if raw.count(b"rfc822") > 12 else ("held", HOLDING)
    assert taken.kind == kind
    assert raw_of(Message.objects.get(id=taken.message), sealed) == raw


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside this repository")
def test_no_real_mail_is_lost_or_taken_for_an_answer(sqlite_db: str) -> None:
    world()
    samples = sorted(SAMPLES.glob("*.eml"))
    for path in samples:
        assert take(path.read_bytes()).kind in ("held", "duplicate", "credentials"), path.name
    assert Message.objects.filter(direction="in").count() >= len(samples) - 2
    assert not ReceivedFile.objects.exists()


def test_a_parser_that_dies_loses_nothing(waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker import sandbox

    def dies(*_: Any, **__: Any) -> None:
        raise sandbox.Died("signal 9")

    monkeypatch.setattr(sandbox, "call", dies)
    _, manual, _ = waiting
    raw = reply(manual)
    taken = take(raw, manual)
    assert taken.files == 0
    assert bytes(Message.objects.get(id=taken.message).sha256)


def test_a_mail_is_not_taken_when_the_log_cannot_be_written(waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise log.LogUnavailable("no")

    _, manual, _ = waiting
    monkeypatch.setattr(log, "_write", broken)
    with pytest.raises(log.LogUnavailable):
        take(reply(manual), manual)
    assert Message.objects.filter(direction="in").count() == 0


# --- the listener -------------------------------------------------------------------------------------------------


def test_the_listener_takes_our_mail_over_lmtp_and_ends_at_term(waiting: Any) -> None:
    import os

    _, manual, mailbox = waiting
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}", "MAIL_FROM": "desk@localhost"}
    command = [sys.executable, "manage.py", "receive_mail", "--port", "0"]
    listener = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert listener.stdout is not None
        port = int(listener.stdout.readline().rsplit(" ", 1)[1])
        mailbox.reply(account_number=ACCOUNT, listener=f"127.0.0.1:{port}")
        with smtplib.LMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("x@coop.example", ["somebody@elsewhere.example"], b"Subject: relay?\r\n\r\n")
        long_line = reply(manual, csv=False, text="x" * 5000).replace(b"=\n", b"")
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo_or_helo_if_needed()
            client.mail("billing@coop.example")
            for to in (f"r.{manual.thread_token}@localhost", "desk@localhost"):
                assert client.rcpt(to)[0] == 250
            # Each recipient gets an answer of its own, which the library reads one by one.
            assert client.data(long_line)[0] == client.getreply()[0] == 250
        for _ in range(2):  # its sender gets it back, and our own desk hears that there was one
            with smtplib.LMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPSenderRefused):
                client.sendmail("billing@coop.example", ["desk@localhost"], b"Subject: big\r\n\r\n" + bytes(27_500_000))
    finally:
        listener.terminate()
    assert listener.wait(30) == 0
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    assert ReceivedFile.objects.count() == 2
    assert Message.objects.filter(direction="in").count() == 2
    assert Notice.objects.filter(template="staff_alert", key__startswith="staff:too-large:").count() == 1


def test_a_mail_may_bring_as_many_files_for_each_account_that_was_asked_about(monkeypatch: Any) -> None:
    monkeypatch.setattr(quarantine, "examine", lambda name, data: quarantine.Examined(name, data, ()))
    files = [{"name": f"{number}.csv", "data": sandbox.pack(b"%d" % number)} for number in range(41)]
    for accounts, left_out in ((1, 21), (2, 1), (40, 0)):
        about = ManualRequest(request=DataRequest(accounts=[str(number) for number in range(accounts)]))
        seen = quarantine.examine_all(files, [about])
        assert [each.name for each in seen] == [each["name"] for each in files]
        assert [each.codes for each in seen].count(("file.too_many",)) == left_out
    assert [each.codes for each in quarantine.examine_all(files, [])].count(("file.too_many",)) == 21


def test_a_mail_with_a_bill_and_a_usage_file_of_sixty_accounts_is_read_to_its_end() -> None:
    mail = EmailMessage()
    mail.set_content("Attached is what you asked for.")
    for number in range(120):
        mail.add_attachment(b"%d" % number, maintype="text", subtype="csv", filename=f"{number}.csv")
    found = mail_reading.read({"raw": sandbox.pack(mail.as_bytes())})
    assert (len(found["files"]), found["why"]) == (120, [])
