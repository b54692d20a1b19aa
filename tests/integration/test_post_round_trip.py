"""One request through real mail servers: out by Postfix into the clerk's Dovecot, reports and her answer back to us."""

import imaplib
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests.integration.postfix_support import CLERK, HOST, PASSWORD, Post, post
from tests.requests_world import ACCOUNT, RECEIVER, run_job, usage, world

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "coop.example"


@pytest.fixture
def running(sqlite_db: str, tmp_path_factory: pytest.TempPathFactory, settings: Any) -> Iterator[Post]:
    """Our listener, our mail server and the co-op's mailbox; mail leaves by our server as by any relay."""
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "MAIL_FROM": settings.MAIL_FROM,
        "MAIL_AUTHSERV_ID": RECEIVER,
    }
    command = [sys.executable, "manage.py", "receive_mail", "--port", "0"]
    listener = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert listener.stdout is not None
        ours = int(listener.stdout.readline().rsplit(" ", 1)[1])
        with post(tmp_path_factory.mktemp("post"), coop_domain=DOMAIN, our_lmtp=ours) as servers:
            settings.SMTP_HOST, settings.SMTP_PORT = HOST, servers.smtp
            settings.UTILITY_MAIL_SERVER = ""
            settings.ALLOWED_EGRESS = [f"{HOST}:{servers.smtp}"]
            yield servers
    finally:
        listener.terminate()
        listener.wait(30)


def sent(servers: Post) -> ManualRequest:
    """Ask for data and let the letter go."""
    manual = world().manual()
    run_job("manual.send", manual.id)
    return manual


def comes_to(manual: ManualRequest, state: ManualState, servers: Post) -> None:
    """Wait until a report or an answer came back."""
    until(lambda: ManualRequest.objects.get(id=manual.id).state == state, servers)
    manual.refresh_from_db()


def until(holds: Callable[[], bool], servers: Post) -> None:
    """Wait for what the mail servers do by themselves."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(servers.log()[-3000:])


def test_a_letter_its_report_and_its_answer_go_through_real_servers(running: Post) -> None:
    manual = sent(running)
    manual.refresh_from_db()
    assert manual.state in (ManualState.DELIVERY_UNPROVEN, ManualState.WAITING_ON_UTILITY)
    # The server's report of success comes to us as mail, and is the evidence that starts the clock.
    comes_to(manual, ManualState.WAITING_ON_UTILITY, running)
    assert manual.evidence == "success report through a relay"
    assert manual.due is not None

    letter = read_by_the_clerk(running)
    assert letter["Message-ID"] == manual.message_id
    assert [each.get_content_type() for each in letter.iter_attachments()] == ["application/pdf"]
    assert ACCOUNT not in letter.get_body(("plain",)).get_content()

    answer(letter, running)
    comes_to(manual, ManualState.ANSWERED, running)
    assert ReceivedFile.objects.get().state == ReceivedFile.State.QUARANTINED
    assert sorted(Message.objects.filter(direction="in").values_list("kind", flat=True)) == ["answer", "delivered"]


def test_a_mailbox_that_is_gone_comes_back_as_a_report_and_no_clock_has_started(running: Post) -> None:
    running.forget_the_clerk()
    manual = sent(running)
    comes_to(manual, ManualState.NOT_DELIVERED, running)
    assert (manual.due, manual.delivered_at) == (None, None)
    assert Message.objects.get(direction="in").kind == "bounce"


def test_who_writes_as_the_co_op_from_elsewhere_is_held(running: Post) -> None:
    manual = sent(running)
    comes_to(manual, ManualState.WAITING_ON_UTILITY, running)
    forged = written(f"r.{manual.thread_token}@localhost", f"Re: {manual.number}", manual.message_id)
    with smtplib.SMTP(HOST, running.smtp) as client:
        client.sendmail("somebody@elsewhere.example", [forged["To"]], forged.as_bytes())
    until(lambda: Message.objects.filter(direction="in", kind="held").exists(), running)
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert not ReceivedFile.objects.exists()


def read_by_the_clerk(servers: Post) -> EmailMessage:
    """Open the co-op's mailbox like a mail program."""
    with imaplib.IMAP4("127.0.0.1", servers.imap) as box:
        box.login(CLERK, PASSWORD)
        box.select("INBOX")
        found = box.search(None, "ALL")[1][0].split()
        assert len(found) == 1
        parts = box.fetch(found[0].decode(), "(RFC822)")[1]
    raw = next(each[1] for each in parts if isinstance(each, tuple))
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def answer(letter: EmailMessage, servers: Post) -> None:
    """Press “Reply”, attach the file, send."""
    mail = written(str(letter["Reply-To"] or letter["From"]), f"Re: {letter['Subject']}", str(letter["Message-ID"]))
    with smtplib.SMTP(HOST, servers.smtp) as client:
        client.send_message(mail, from_addr=f"{CLERK}@{DOMAIN}")


def written(to: str, subject: str, refers_to: str) -> EmailMessage:
    """Write a reply with a file, in the clerk's name."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Billing <{CLERK}@{DOMAIN}>", to, subject
    mail["In-Reply-To"] = refers_to
    mail["Message-ID"] = f"<{time.monotonic_ns()}@{DOMAIN}>"
    mail.set_content("Here is what you asked for.")
    mail.add_attachment(usage(ACCOUNT).encode(), maintype="text", subtype="csv", filename="usage.csv")
    return mail
