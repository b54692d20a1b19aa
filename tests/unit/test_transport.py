"""Transport opens connections to listed places only, and says exactly who took a mail."""

import contextlib
import email
import socket
import threading
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
    checks,
    http,
    lines,
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


def test_whatever_nobody_foresaw_once_the_content_leaves_is_unknown(
    coop: CoopMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content may be out: whoever took it for a failure before it would send the mail a second time."""
    real = smtp._content

    def broken(*given: Any) -> str:
        real(*given)
        raise MemoryError

    monkeypatch.setattr(smtp, "_content", broken)
    with pytest.raises(DeliveryUnknown):
        send(mail())
    assert coop.mails.numbers() == [1]


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

CALLS = (http.Call("GET", "/ping"), http.Call("GET", "/here"), http.Call("POST", "/job/company/{company}"))


@pytest.fixture
def served(settings: Any) -> Iterator[tuple[HttpServer, list[Request]]]:
    """A server on the list, and what it was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply(302, {}, {"Location": "/elsewhere"})

    server = HttpServer(answer)
    server.start()
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
    yield server, asked
    server.stop()


def refused(client: httpx.Client, method: str, url: str) -> str:
    with pytest.raises(EgressRefused) as found:
        client.request(method, url)
    return found.value.code


def test_http_reaches_listed_places_only(settings: Any) -> None:
    with Nectar() as nectar:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{nectar.port}"]
        with http.client("test", nectar.url, calls=CALLS) as client:
            assert client.get("/ping", headers={"X-API-Key": "rehearsal-key"}).status_code == 200
            settings.ALLOWED_EGRESS = [f"localhost:{nectar.port}"]
            assert refused(client, "GET", "/ping") == "egress.not_listed"
            assert refused(client, "GET", "http://198.51.100.7/ping") == "egress.not_listed"
        assert len(nectar.calls) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/ping"),
        ("HEAD", "/ping"),
        ("GET", "/ping/"),
        ("GET", "/ping/more"),
        ("GET", "//ping"),
        ("GET", "/pıng"),
        ("GET", "/p%69ng"),
        ("GET", "/job/company/c1"),
        ("POST", "/job/company/"),
        ("POST", "/job/company/c1/x"),
        ("POST", "/job/company/..%2Fx"),
        ("POST", "/job/company/%2e%2e"),
        ("POST", "/job/company/-x"),
        ("POST", "/job/company/c1\n"),
        ("POST", f"/job/company/{'c' * 256}"),
    ],
)
def test_a_client_makes_its_own_calls_only(served: tuple[HttpServer, list[Request]], method: str, path: str) -> None:
    server, asked = served
    with http.client("test", server.url, calls=CALLS) as client:
        try:
            code = refused(client, method, path)
        except httpx.InvalidURL:
            code = "egress.call"  # it is no address at all
        assert code == "egress.call"
        assert client.post("/job/company/c1").status_code == 302
    assert [each.path for each in asked] == ["/job/company/c1"]


def test_a_client_of_one_address_calls_nothing_else(served: tuple[HttpServer, list[Request]], settings: Any) -> None:
    server, asked = served
    url = f"{server.url}/tsr?a=1"
    settings.ALLOWED_EGRESS += ["127.0.0.1:1"]
    with http.client("test", url, calls="POST") as client:
        for other in (server.url, f"{server.url}/tsr", f"{server.url}/tsr?a=2", "http://127.0.0.1:1/tsr?a=1"):
            assert refused(client, "POST", other) == "egress.call"
        assert refused(client, "GET", url) == "egress.call"
        client.post(url)
    assert [(each.path, each.query) for each in asked] == [("/tsr", {"a": ["1"]})]


@pytest.mark.promise("information-only")
@pytest.mark.parametrize(
    "host", ["ozarkborder.smarthub.coop", "OzarkBorder.SmartHub.Coop", "smarthub.coop", "ozarkborder.smarthub.coop."]
)
def test_the_portal_is_denied_by_name_whoever_listed_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any, host: str
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(lines, "resolve", lambda name, _port: looked.append(name) or [])
    settings.ALLOWED_EGRESS = [f"{host}:443", f"{host.lower().rstrip('.')}:443"]
    with http.client("test", f"https://{host}", calls=CALLS) as client:
        assert refused(client, "GET", "/ping") == "egress.portal"
    with pytest.raises(EgressRefused) as found:
        lines.open_line(host, 443, 1)
    assert found.value.code == "egress.portal"
    assert looked == []
    assert [each.id for each in checks.places_of_the_list(None)][:1] == ["transport.E002"]


@pytest.mark.parametrize(
    ("entry", "leads_to", "goes"),
    [
        ("mx.coop.example:25", ["10.0.0.7"], False),
        ("mx.coop.example:25", ["93.184.215.14", "127.0.0.1"], False),
        ("mx.coop.example:25", ["169.254.169.254"], False),
        ("mx.coop.example:25", ["::ffff:10.0.0.7"], False),
        ("mx.coop.example:25", [], False),
        ("mx.coop.example:25", ["93.184.215.14"], True),
        ("mx.coop.example:25@10.0.0.0/24", ["10.0.0.7"], True),
        ("mx.coop.example:25@10.0.0.0/24", ["10.0.1.7"], False),
        ("mx.coop.example:25@10.0.0.0/24", ["10.0.0.7", "93.184.215.14"], False),
        ("localhost:25", ["127.0.0.1", "::1"], True),
        ("localhost:25", ["10.0.0.7"], False),
        ("10.0.0.7:25", ["10.0.0.7"], True),
        ("10.0.0.7:25", ["10.0.0.8"], False),
    ],
)
def test_a_listed_name_leads_to_the_public_internet_or_to_a_listed_network(
    monkeypatch: pytest.MonkeyPatch, settings: Any, entry: str, leads_to: list[str], goes: bool
) -> None:
    asked, reached = [], []
    monkeypatch.setattr(lines, "resolve", lambda host, port: asked.append((host, port)) or leads_to)
    monkeypatch.setattr(lines, "connect", lambda address, port, _seconds: reached.append((address, port)) or "line")
    settings.ALLOWED_EGRESS = [entry]
    host = entry.partition(":")[0]
    if goes:
        assert lines.open_line(host, 25, 1) == "line"
        assert reached == [(leads_to[0], 25)]
    else:
        with pytest.raises(EgressRefused) as found:
            lines.open_line(host, 25, 1)
        assert found.value.code == ("egress.inside" if leads_to else "egress.nothing")
        assert reached == []
    assert asked == [(host, 25)]  # once: a second look-up could lead elsewhere


def test_every_way_out_goes_to_the_address_that_was_judged(
    coop: CoopMailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads here at the first look-up and inside at the second: mail and HTTP look it up once each."""
    asked: list[str] = []

    def turning(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if asked.count(host) == 1 else ["10.0.0.7"]

    monkeypatch.setattr(lines, "resolve", turning)
    server = HttpServer(lambda request: Reply(200, b"{}"))
    server.start()
    settings.SMTP_HOST = "mx.coop.example"
    settings.ALLOWED_EGRESS = [
        f"mx.coop.example:{coop.port}@127.0.0.0/8",
        f"api.coop.example:{server.port}@127.0.0.0/8",
    ]
    assert send(mail()).host == "mx.coop.example"
    with http.client("test", f"http://api.coop.example:{server.port}", calls=CALLS) as client:
        assert client.get("/ping").status_code == 200
    server.stop()
    assert asked == ["mx.coop.example", "api.coop.example"]


def test_a_redirect_is_not_followed_and_a_proxy_of_the_environment_not_used(
    served: tuple[HttpServer, list[Request]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, asked = served
    monkeypatch.setenv("HTTP_PROXY", "http://198.51.100.7:3128")
    monkeypatch.setenv("ALL_PROXY", "http://198.51.100.7:3128")
    with http.client("test", server.url, calls=CALLS) as client:
        assert client.get("/here").status_code == 302
    assert [each.path for each in asked] == ["/here"]


def test_an_answer_without_end_is_cut_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_RESPONSE_BYTES", 1000)
    server = HttpServer(lambda request: Reply(200, b"x" * 2000))
    server.start()
    settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
    with http.client("test", server.url, calls=CALLS) as client, pytest.raises(ResponseTooLarge):
        client.get("/ping")
    server.stop()


def test_the_client_never_waits_for_ever() -> None:
    with http.client("test", "http://127.0.0.1:1", calls=CALLS, timeout=3) as client:
        assert client.timeout == httpx.Timeout(3)


def test_an_answer_that_trickles_is_given_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes within the limit of a step; the whole of the call has a limit of its own."""
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle() -> None:
            line, _ = listening.accept()
            with line, contextlib.suppress(OSError):
                line.recv(1000)
                line.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    line.sendall(b"X: y\r\n")

        threading.Thread(target=trickle, daemon=True).start()
        port = listening.getsockname()[1]
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{port}"]
        client = http.client("test", f"http://127.0.0.1:{port}", calls=CALLS, timeout=60)
        with client, pytest.raises(httpx.ReadTimeout):
            client.get("/ping")
        stop.set()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("api.example", "transport.E001"),
        ("api.example:https", "transport.E001"),
        ("api.example:443@inside", "transport.E001"),
        ("api.example:443@10.0.0.1/8", "transport.E001"),
        ("x.smarthub.coop:443", "transport.E002"),
    ],
)
def test_a_wrong_list_is_said_before_anything_starts(settings: Any, entry: str, code: str) -> None:
    settings.ALLOWED_EGRESS, settings.WEBHOOK_EGRESS = [entry], []
    assert [each.id for each in checks.places_of_the_list(None)] == [code]
    settings.ALLOWED_EGRESS, settings.WEBHOOK_EGRESS = ["api.example:443"], [entry.partition("@")[0]]
    assert [each.id for each in checks.places_of_the_list(None)] in ([code], [])
    settings.WEBHOOK_EGRESS = []
    assert checks.places_of_the_list(None) == []
