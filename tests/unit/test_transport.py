"""Transport opens connections to listed places only, and says exactly who took a mail."""

import email
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.rehearsal.nectar import Nectar
from broker.rehearsal.serving import HttpServer, Reply, Request
from broker.transport import (
    DeliveryUnknown,
    EgressRefused,
    PermanentRefusal,
    Proof,
    ProvenAddress,
    ResponseTooLarge,
    TemporaryRefusal,
    http,
    smtp,
)

COOP = ProvenAddress("billing@coop.example", Proof("profile", "obec contacts.email"))


@pytest.fixture
def coop(tmp_path: Path, settings: Any) -> Iterator[CoopMailbox]:
    with CoopMailbox(tmp_path / "coop") as mailbox:
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_STARTTLS = "127.0.0.1", mailbox.port, False
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{mailbox.port}"]
        settings.MAIL_DOMAIN = "broker.localhost"
        yield mailbox


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    facts = {
        "From": "desk@broker.localhost",
        "To": "billing@coop.example",
        "Subject": "Request — R-118",
        "Message-ID": "<1@broker.localhost>",
    }
    for name, value in (facts | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            message[name] = value
    message.set_content("Señor,\n.\nFrom here on a line with a single dot follows:\n.\nend\n")
    return message


def send(message: EmailMessage, to: ProvenAddress = COOP, **options: Any) -> Any:
    return smtp.send(message, to=to, envelope_from="desk@broker.localhost", **options)


def test_the_co_ops_own_server_and_a_relay_are_told_apart(coop: CoopMailbox) -> None:
    own = send(mail(), destination=f"127.0.0.1:{coop.port}")
    assert (own.kind, own.reply[:3]) == ("accepted_by_destination", "250")
    assert send(mail(), own_servers=["127.0.0.1"]).kind == "accepted_by_destination"
    assert send(mail()).kind == "accepted_by_relay"
    assert send(mail(), own_servers=["mx.coop.example"]).kind == "accepted_by_relay"


def test_what_arrives_is_what_was_kept_as_sent(coop: CoopMailbox) -> None:
    message = mail()
    send(message)
    assert coop.mails.raw(1) == smtp.as_sent(message)
    arrived = email.message_from_bytes(coop.mails.raw(1), policy=default)
    assert arrived.get_content() == message.get_content()


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ("refuse_4xx", TemporaryRefusal),
        ("refuse_5xx", PermanentRefusal),
        ("drop_after_data", DeliveryUnknown),
    ],
)
def test_a_refusal_says_whether_sending_again_is_safe(coop: CoopMailbox, order: str, error: type[Exception]) -> None:
    coop.order(order)
    with pytest.raises(error) as refused:
        send(mail())
    assert "billing@coop.example" not in str(refused.value)


def test_no_server_is_a_temporary_refusal(settings: Any, tmp_path: Path) -> None:
    with CoopMailbox(tmp_path / "gone") as mailbox:
        port = mailbox.port
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{port}"]
    with pytest.raises(TemporaryRefusal):
        send(mail(), destination=f"127.0.0.1:{port}")


def test_a_server_that_is_not_listed_gets_no_connection(coop: CoopMailbox, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["127.0.0.1:1"]
    with pytest.raises(EgressRefused):
        send(mail())
    assert coop.attempts == 0


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:", ":25", "127.0.0.1:٢٥", "127.0.0.1:25/x"])
def test_a_list_that_is_not_plain_allows_nothing(coop: CoopMailbox, settings: Any, entry: str) -> None:
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{coop.port}", entry]
    with pytest.raises(EgressRefused):
        send(mail())


@pytest.mark.parametrize(
    "message",
    [
        mail(To="somebody@else.example"),
        mail(To="billing@coop.example, somebody@else.example"),
        mail(Cc="somebody@else.example"),
        mail(Bcc="somebody@else.example"),
        mail(Message_ID=""),
    ],
    ids=["another address", "a second address", "a copy", "a hidden copy", "no reserved id"],
)
def test_a_mail_goes_to_its_proven_address_and_nobody_else(coop: CoopMailbox, message: EmailMessage) -> None:
    with pytest.raises(ValueError, match=r"address|Message-ID"):
        send(message)
    assert coop.attempts == 0


def test_without_a_proof_nothing_is_sent(coop: CoopMailbox) -> None:
    with pytest.raises(TypeError):
        send(mail(), to="billing@coop.example")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="proof"):
        Proof("profile", "")
    with pytest.raises(ValueError, match="proof"):
        Proof("reply", "r")  # type: ignore[arg-type]


def test_an_address_that_only_invites_gets_no_file(coop: CoopMailbox) -> None:
    message = mail()
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="letter.pdf")
    with pytest.raises(ValueError, match="attachment"):
        send(message, to=ProvenAddress("billing@coop.example", Proof("invitation", "link-1")))


def test_line_breaks_never_reach_a_header(coop: CoopMailbox) -> None:
    with pytest.raises(ValueError, match=r"linefeed|header"):
        mail(Subject="Hello\r\nBcc: somebody@else.example")
    old = Message()
    old["To"] = "billing@coop.example"
    with pytest.raises(TypeError):
        send(old)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "pat",
        "pat@",
        "@x.example",
        "a b@x.example",
        "pat@x.example\r\nRCPT TO:<q@y>",
        "<pat@x.example>",
        "p@é.example",
    ],
)
def test_only_plain_addresses_are_addresses(address: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        ProvenAddress(address, Proof("code", "c"))


def test_an_address_is_never_shown_whole() -> None:
    assert "billing" not in f"{COOP} {COOP!r}"


# --- HTTP ---------------------------------------------------------------------------------------------------------


def test_http_reaches_listed_places_only(settings: Any) -> None:
    with Nectar() as nectar:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{nectar.port}"]
        with http.client("test", base_url=nectar.url) as client:
            assert client.get("/ping", headers={"X-API-Key": "rehearsal-key"}).status_code == 200
            settings.ALLOWED_EGRESS = [f"localhost:{nectar.port}"]
            with pytest.raises(EgressRefused):
                client.get("/ping")
            with pytest.raises(EgressRefused):
                client.get("http://198.51.100.7/ping")
        assert len(nectar.calls) == 1


def test_a_redirect_is_not_followed_and_a_proxy_of_the_environment_not_used(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def redirect(request: Request) -> Reply:
        asked.append(request.path)
        return Reply(302, {}, {"Location": "/elsewhere"})

    monkeypatch.setenv("HTTP_PROXY", "http://198.51.100.7:3128")
    monkeypatch.setenv("ALL_PROXY", "http://198.51.100.7:3128")
    server = HttpServer(redirect)
    server.start()
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
    with http.client("test", base_url=server.url) as client:
        assert client.get("/here").status_code == 302
    server.stop()
    assert asked == ["/here"]


def test_an_answer_without_end_is_cut_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_RESPONSE_BYTES", 1000)
    server = HttpServer(lambda request: Reply(200, b"x" * 2000))
    server.start()
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
    with http.client("test", base_url=server.url) as client, pytest.raises(ResponseTooLarge):
        client.get("/")
    server.stop()


def test_the_client_never_waits_for_ever() -> None:
    with http.client("test", base_url="http://127.0.0.1:1", timeout=3) as client:
        assert client.timeout == httpx.Timeout(3)
