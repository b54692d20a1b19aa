"""The gate over real wires: a mail of a file by LMTP, our own mail at a real SMTP server, an upload by HTTP."""

import os
import smtplib
import subprocess
import sys
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker import jobs, notices
from broker.inlets.models import Incident, Refused
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.transport import Proof, ProvenAddress
from requests_app import sending
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests.environment import ROOT
from tests.integration.test_gate_files import SECRET, WORDS, noted, pdf
from tests.integration.test_gate_mail_files import docx, runs
from tests.integration.test_gate_mail_packed import uu
from tests.requests_world import ACCOUNT, coop, events, run_job, usage, world

CSV = usage(ACCOUNT).encode() + f"note,{WORDS}\r\n".encode()
ASKS = "Please send us your SmartHub password."


@pytest.fixture
def wired(sqlite_db: str, tmp_path: Path, settings: Any) -> Iterator[tuple[ManualRequest, Any]]:
    """A request whose letter was delivered to the co-op's own mail server, and that server."""
    w = world()
    with coop(tmp_path / "coop", settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        yield manual, mailbox


def eml(folder: Path, manual: ManualRequest, *, text: str = "Attached.", **files: bytes) -> bytes:
    """A mail as a mail program saves it; give what stands in the file."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Billing <billing@coop.example>"
    mail["To"] = f"r.{manual.thread_token}@localhost"
    mail["Subject"] = f"Re: {manual.number}"
    mail["Message-ID"] = "<wire.1@coop.example>"
    mail.set_content(text)
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    path = folder / "answer.eml"
    path.write_bytes(mail.as_bytes())
    return path.read_bytes()


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"text": WORDS}, "credentials"),
        ({"bill_pdf": pdf(noted)}, "credentials"),
        ({"usage_csv": CSV}, "credentials"),
        ({"letter_docx": docx(runs("my SmartHub pass", f"word is {SECRET}"))}, "credentials"),
        ({"text": f"Attached.\n\n{uu(docx(runs(WORDS)))}"}, "credentials"),
        ({"usage_csv": usage(ACCOUNT).encode()}, "held"),  # nobody proved who sent it
    ],
    ids=["words", "a note in a PDF", "a cell", "a document", "a file among the words", "clean"],
)
def test_a_mail_with_a_login_over_lmtp_is_sealed_and_held(
    wired: tuple[ManualRequest, Any], tmp_path: Path, sent: dict[str, Any], kind: str
) -> None:
    manual, _mailbox = wired
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}", "MAIL_FROM": "desk@localhost"}
    command = [sys.executable, "manage.py", "receive_mail", "--port", "0"]
    listener = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert listener.stdout is not None
        port = int(listener.stdout.readline().rsplit(" ", 1)[1])
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.sendmail(
                "billing@coop.example", [f"r.{manual.thread_token}@localhost"], eml(tmp_path, manual, **sent)
            )
    finally:
        listener.terminate()
        said = listener.communicate(timeout=30)
    assert SECRET not in "".join(said)
    assert Message.objects.get(direction="in").kind == kind
    assert not ReceivedFile.objects.exists()
    counted = {"email_reply": 1} if kind == "credentials" else {}
    assert {each.inlet: each.count for each in Incident.objects.all()} == counted


@pytest.mark.parametrize("words", [f"{WORDS}.", ASKS], ids=["a login", "an ask"])
def test_a_letters_mail_with_a_login_or_an_ask_never_reaches_the_server(
    committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        written = sending.written

        def spoilt(together: Any) -> Any:
            mailing = written(together)
            body = mailing.message.get_body(("plain",))
            body.set_content(f"{body.get_content()}\n\n{words}\n")
            return mailing

        monkeypatch.setattr(sending, "written", spoilt)
        assert run_job("manual.send", manual.id) != "done"
        assert mailbox.attempts == 0
        assert list(mailbox.mails.numbers()) == []
        assert {each.inlet for each in Refused.objects.all()} == {"outbound_email"}
        assert len(events("gate.incident")) == Refused.objects.count()
        # The mail as it is, is taken by that very server.
        monkeypatch.setattr(sending, "written", written)
        Job.objects.filter(kind="manual.send").update(due_at=timezone.now())
        assert run_job("manual.send", manual.id) == "done"
        assert mailbox.attempts == 1
        assert SECRET.encode() not in mailbox.mails.message(mailbox.mails.numbers()[-1]).as_bytes()


@pytest.mark.parametrize("words", [WORDS, ASKS], ids=["a login", "an ask"])
def test_a_notice_with_a_login_or_an_ask_never_reaches_the_server(
    committing: str, tmp_path: Path, settings: Any, words: str
) -> None:
    to = ProvenAddress("inbox@acme.example", Proof("party", "acme"))
    with coop(tmp_path, settings) as mailbox:
        for key, what in (("bad", words), ("good", "A request waits.")):
            with transaction.atomic():
                notices.send_later("staff_alert", to=to, subject=uuid.uuid4(), context=facts(what), key=key)
        jobs.run_due()
        assert mailbox.attempts == 1
        (number,) = mailbox.mails.numbers()
        assert "A request waits." in mailbox.mails.message(number).as_string()
    assert sorted(Notice.objects.values_list("key", "state")) == [("bad", "refused"), ("good", "sent")]


def facts(what: str) -> dict[str, str]:
    return {"what": what, "detail": "A person reads it.", "path": "/admin/"}


@pytest.mark.parametrize(
    ("name", "data"), [("bill.pdf", pdf(noted)), ("usage.csv", CSV)], ids=["a note in a PDF", "a cell"]
)
def test_an_upload_over_http_is_refused(site: Any, name: str, data: bytes) -> None:
    token = "c" * 32
    answer = httpx.post(
        f"{site.url}/check/",
        data={"csrfmiddlewaretoken": token},
        files={"file": (name, data)},
        headers={"Cookie": f"csrftoken={token}"},
        trust_env=False,
    )
    assert answer.status_code == 403
    assert SECRET not in answer.text
    assert Incident.objects.get().count == 1
