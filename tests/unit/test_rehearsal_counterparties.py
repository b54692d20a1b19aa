"""The played counterparties behave like the servers that they stand for."""

import email
import json
import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from broker.rehearsal import paper
from broker.rehearsal.application import ApplicationServer
from broker.rehearsal.bill_reading import read_bill
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.rehearsal.nectar import Nectar
from broker.rehearsal.people_mailbox import PeopleMailbox
from broker.rehearsal.serving import SmtpServer
from requests_app.hooks import signing

MAIL = (
    "From: desk@localhost\r\nTo: pat@example.org\r\nSubject: Your link and code\r\nMessage-ID: <1@localhost>\r\n"
    "Reply-To: r-118.token@localhost\r\n\r\nOpen\r\nhttp://127.0.0.1:8000/share/open/abc/\r\n\r\n012345\r\n"
)


def get(url: str, **options: Any) -> Any:
    request = urllib.request.Request(url, **options)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return get(url, data=json.dumps(body).encode(), headers=headers or {}, method="POST")


def send(port: int, text: str = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="test.localhost") as server:
        server.sendmail("desk@localhost", ["pat@example.org"], text)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[PeopleMailbox]:
    with PeopleMailbox(tmp_path / "people", token="run-1") as mailbox:
        yield mailbox


@pytest.fixture
def coop(tmp_path: Path) -> Iterator[CoopMailbox]:
    with CoopMailbox(tmp_path / "coop") as mailbox:
        yield mailbox


class Listener:
    """Stands for the broker's mail listener."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.arrived = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.raw.append(envelope.content)
        self.arrived.set()
        return "250 OK"


@pytest.fixture
def listener() -> Iterator[tuple[Listener, str]]:
    handler = Listener()
    server = SmtpServer(handler)
    server.start()
    yield handler, f"127.0.0.1:{server.port}"
    server.stop()


def test_a_person_finds_link_and_code_in_her_mail(people: PeopleMailbox) -> None:
    send(people.port)
    (mail,) = get(f"{people.url}/mails?to=PAT@example.org")["mails"]
    assert mail["subject"] == "Your link and code"
    assert mail["links"] == ["http://127.0.0.1:8000/share/open/abc/"]
    assert mail["codes"] == ["012345"]
    assert get(f"{people.url}/mails?to=somebody@example.org")["mails"] == []


def test_the_health_page_gives_the_token_of_this_run(people: PeopleMailbox) -> None:
    assert get(f"{people.url}/health")["token"] == "run-1"


@pytest.mark.parametrize(("order", "code"), [("refuse_4xx", 451), ("refuse_5xx", 550)])
def test_the_co_op_refuses_as_ordered_and_then_accepts_again(coop: CoopMailbox, order: str, code: int) -> None:
    post(f"{coop.url}/orders", {"next": order})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(coop.port)
    assert refused.value.smtp_code == code
    send(coop.port)
    assert coop.mails.numbers() == [1]


def test_the_co_op_drops_the_connection_although_it_took_the_mail(coop: CoopMailbox) -> None:
    coop.order("drop_after_data")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(coop.port)
    assert coop.mails.numbers() == [1]


def test_the_clerk_answers_on_the_thread_with_the_account_in_the_usage_file(
    coop: CoopMailbox, listener: tuple[Listener, str]
) -> None:
    handler, place = listener
    coop.listener_protocol = "smtp"
    send(coop.port)
    post(f"{coop.url}/reply", {"account_number": "4417702", "listener": place})
    assert handler.arrived.wait(10)
    answer = email.message_from_bytes(handler.raw[0], policy=default)
    assert answer["In-Reply-To"] == "<1@localhost>"
    assert answer["To"] == "r-118.token@localhost"
    pdf, csv = list(answer.iter_attachments())
    assert pdf.get_content().startswith(b"%PDF-")
    assert " For: 4417702\n" in csv.get_content().replace("\r\n", "\n")


def test_a_success_report_names_the_message_and_says_delivered(
    coop: CoopMailbox, listener: tuple[Listener, str]
) -> None:
    handler, place = listener
    coop.listener_protocol = "smtp"
    send(coop.port)
    coop.send_success_dsn(listener=place)
    assert handler.arrived.wait(10)
    report = email.message_from_bytes(handler.raw[0], policy=default)
    assert report.get_content_type() == "multipart/report"
    assert "Action: delivered" in handler.raw[0].decode()
    assert "<1@localhost>" in handler.raw[0].decode()


def test_the_usage_file_of_the_project_has_the_layout_of_the_real_one() -> None:
    shared = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs" / "smarthub"
    if not shared.is_dir():
        pytest.skip("the real inputs are not beside this checkout")
    real = (shared / "united_power_daily.csv").read_text(encoding="ascii")
    made = paper.usage_csv(
        account="redacted_account_id",
        first=date(2025, 10, 19),
        delivered=[Decimal("49.600"), Decimal("23.030")],
        received=[Decimal("-11.000"), Decimal("-29.520")],
        peak_kw=Decimal("10.672"),
    )
    assert made == real


def test_a_bill_that_the_rehearsal_prints_can_be_read_back() -> None:
    bill = paper.bill(
        account="4417702",
        begin=date(2025, 9, 16),
        end=date(2025, 10, 15),
        kwh=Decimal("812"),
        charges=Decimal("98.11"),
        due=date(2025, 11, 5),
    )
    facts = read_bill(bill)
    assert facts is not None
    assert (facts.account, facts.kwh, facts.begin, facts.end) == ("4417702", "812", "2025-09-16", "2025-10-15")


def test_the_recipients_program_believes_what_its_key_signed_and_nothing_else() -> None:
    with ApplicationServer(token="run-1") as program:
        assert get(f"{program.url}/health")["token"] == "run-1"
        ours, foreign = signing.new_secret(), signing.new_secret()
        post(f"{program.url}/key", {"secret": ours})
        assert _told(program.url, ours) == 204
        with pytest.raises(urllib.error.HTTPError, match="401"):
            _told(program.url, foreign)
        first, second = get(f"{program.url}/words")["words"]
        assert (first["type"], first["signed"], second["signed"]) == ("data.ready", True, False)
        page = urllib.request.urlopen(f"{program.url}/", timeout=10).read().decode()
        assert "data.ready" in page


def _told(place: str, key: str) -> int:
    body, at = '{"type":"data.ready","timestamp":"2026-07-02T14:03:11Z","data":{"request":"1"}}', timezone.now()
    signature = Webhook(key).sign("msg_1", at, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    request = urllib.request.Request(f"{place}/hook", data=body.encode(), headers=headers, method="POST")
    return int(urllib.request.urlopen(request, timeout=10).status)


def test_nectar_asks_for_its_key_and_fails_as_ordered() -> None:
    with Nectar(token="run-1") as nectar:
        key = {"X-API-Key": "rehearsal-key"}
        assert get(f"http://127.0.0.1:{nectar.port}/_health")["token"] == "run-1"
        assert get(f"{nectar.url}/ping", headers=key) == {"status": "ok"}
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{nectar.url}/ping")
        assert refused.value.code == 401
        post(f"http://127.0.0.1:{nectar.port}/_orders", {"fault": "429"})
        with pytest.raises(urllib.error.HTTPError) as slowed:
            get(f"{nectar.url}/ping", headers=key)
        assert (slowed.value.code, slowed.value.headers["Retry-After"]) == (429, "2")
        assert get(f"{nectar.url}/ping", headers=key) == {"status": "ok"}


def test_a_person_can_read_the_mail_on_a_page(people: PeopleMailbox) -> None:
    send(people.port, MAIL.replace("Your link", "Your <b>link"))
    inbox = urllib.request.urlopen(f"{people.url}/", timeout=10).read().decode()
    assert '<a href="/mails/1">Your &lt;b&gt;link and code</a>' in inbox
    page = urllib.request.urlopen(f"{people.url}/mails/1", timeout=10).read().decode()
    assert '<a href="http://127.0.0.1:8000/share/open/abc/">' in page
    assert "Answer as the clerk" not in page


def test_a_person_can_answer_as_the_clerk(coop: CoopMailbox, listener: tuple[Listener, str]) -> None:
    handler, coop.listener = listener
    coop.listener_protocol = "smtp"
    send(coop.port)
    page = urllib.request.urlopen(f"{coop.url}/mails/1", timeout=10).read().decode()
    assert "Answer as the clerk" in page
    form = urllib.request.Request(f"{coop.url}/reply", data=b"mail_id=1&account_number=4417702")
    assert urllib.request.urlopen(form, timeout=10).status == 200
    assert handler.arrived.wait(10)
