"""Sending to addresses that strangers gave: nothing inside is reached, whatever name, answer or look-up says."""

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from broker.db import installation
from broker.transport import EgressRefused, ResponseTooLarge, outward, urls
from broker.transport.outward import NoAnswer, NotSent
from tests.hook_receivers import NAME, Receiver, leading_to, receiving, saying, speaking_tls

PUBLIC = "93.184.215.14"
HEADERS = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def nothing_listed(settings: Any, db: None) -> None:
    settings.WEBHOOK_EGRESS = []


def post(url: str, **options: Any) -> outward.Answer:
    return outward.post(url, b'{"type":"webhook.ping"}', HEADERS, **options)


def refused(url: str) -> str:
    with pytest.raises(NotSent) as found:
        post(url)
    assert isinstance(found.value, EgressRefused)
    return found.value.code


@contextlib.contextmanager
def listed(settings: Any, host: str, port: int) -> Iterator[str]:
    settings.WEBHOOK_EGRESS = [f"{host}:{port}"]
    yield f"http://{host}:{port}/hooks"


# --- how an address is written -------------------------------------------------------------------------------------


ODD = [
    ("http://hooks.example.com/x", "scheme"),
    ("ftp://hooks.example.com/x", "scheme"),
    ("HTTPS://hooks.example.com/x", "scheme"),
    ("//hooks.example.com/x", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("https://user@hooks.example.com/x", "user"),
    ("https://user:pass@hooks.example.com/x", "user"),
    ("https://hooks.example.com@10.0.0.1/x", "user"),
    ("https://hooks.example.com:8443/x", "port"),
    ("https://hooks.example.com:0/x", "port"),
    ("https://hooks.example.com:/x", "port"),
    ("https://hooks.example.com:99999/x", "port"),
    ("https://hooks.example.com:44３/x", "form"),
    ("https://hooks.example.com/x?token=1", "extra"),
    ("https://hooks.example.com/x#y", "extra"),
    ("https://hooks.example.com\\@10.0.0.1/x", "form"),
    ("https://hooks.example.com/a\tb", "form"),
    ("https://hooks.example.com/a b", "form"),
    ("https://hooks.example.com/a\r\nX: y", "form"),
    ("https://hooks.example.com/../x", "form"),
    ("https://hooks.example.com/%zz", "form"),
    ("https://hooks.exämple.com/x", "form"),
    ("https:///x", "host"),
    ("https://hooks.example.com./x", "host"),
    ("https://-a.example.com/x", "host"),
    ("https://a_b.example.com/x", "host"),
    ("https://a..example.com/x", "host"),
    ("https://localhost/x", "host"),
    ("https://intranet/x", "host"),
    ("https://db.internal/x", "host"),
    ("https://printer.local/x", "host"),
    ("https://1.168.192.in-addr.arpa/x", "host"),
    ("https://127.0.0.1/x", "host"),
    ("https://93.184.215.14/x", "host"),
    ("https://127.1/x", "host"),
    ("https://0x7f.0.0.1/x", "host"),
    ("https://0x7f000001/x", "host"),
    ("https://2130706433/x", "host"),
    ("https://017700000001/x", "host"),
    ("https://example.0x7f/x", "host"),
    ("https://[::1]/x", "host"),
    ("https://[::ffff:10.0.0.1]/x", "host"),
    ("https://[fe80::1%25eth0]/x", "host"),
    ("https://ozarkborder.smarthub.coop/x", "portal"),
    ("https://OzarkBorder.SmartHub.Coop/x", "portal"),
    ("https://smarthub.coop/x", "portal"),
    (f"https://hooks.example.com/{'a' * 500}", "long"),
]


@pytest.mark.parametrize(("url", "code"), ODD)
def test_an_odd_address_is_refused_before_its_name_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    resolve, asked = leading_to([PUBLIC])
    monkeypatch.setattr(outward, "resolve", resolve)
    assert (outward.why_not(url), refused(url), asked) == (code, code, [])


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com", "https://a.b-c.example.com/in/%7Ex/hook_1", "https://xn--e1afmkfd.example/"]
)
def test_a_plain_address_is_taken(url: str) -> None:
    assert outward.why_not(url) == ""


def test_our_own_address_is_no_receiver(settings: Any) -> None:
    settings.PUBLIC_URL = "https://broker.example.org"
    assert refused("https://broker.example.org/api/v1/data-requests") == "own"


def test_the_portal_is_refused_even_where_somebody_listed_it(settings: Any) -> None:
    settings.WEBHOOK_EGRESS = ["ozarkborder.smarthub.coop:443"]
    assert refused("https://ozarkborder.smarthub.coop/x") == "portal"


# --- where a name leads --------------------------------------------------------------------------------------------

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14",
    "::ffff:0:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
    "2002:5db8:d70e::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "not an address", "",
]  # fmt: skip
OUTSIDE = ["93.184.215.14", "8.8.8.8", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::93.184.215.14"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def connected(*_: Any) -> socket.socket:
        raise AssertionError("a connection")

    monkeypatch.setattr(outward, "connect", connected)
    # One bad address among good ones is enough: which of them a connection takes is luck.
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        monkeypatch.setattr(outward, "resolve", lambda *_, found=found: found)
        assert refused(f"https://{NAME}/x") == "inside"
    assert not urls.is_public(address)


def test_at_least_eighty_addresses_are_tried_of_each_kind_of_writing() -> None:
    """A list that lost its rows would be green: so many, in both families, as numbers and by names."""
    literal = [urlsplit(url).hostname or "" for url, _code in ODD if "[" not in url]
    tried = {*INSIDE, *(url for url, _code in ODD)}
    assert len(tried) >= 80
    assert len([each for each in INSIDE if ":" in each]) >= 20
    assert len([each for each in INSIDE if re.fullmatch(r"[\d.]+", each)]) >= 20
    assert {"127.1", "2130706433", "017700000001", "0x7f000001"} <= set(literal)
    assert sum("[" in url for url, _code in ODD) >= 3


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_public(address: str) -> None:
    assert urls.is_public(address)


def test_a_name_that_leads_nowhere_is_not_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "resolve", lambda *_: [])
    assert refused(f"https://{NAME}/x") == "nothing"


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the name says something public first and this machine from then on."""
    resolve, asked = leading_to([PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(outward, "resolve", resolve)
    to: list[str] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        to.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outward, "connect", connect)
    with pytest.raises(NoAnswer, match="connection"):
        post(f"https://{NAME}/x")
    assert (asked, to) == ([NAME], [PUBLIC])
    assert refused(f"https://{NAME}/x") == "inside"


def test_the_first_address_that_answers_is_taken_and_no_name_goes_to_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    receiver = Receiver(200)
    settings.WEBHOOK_EGRESS = [f"{NAME}:{receiver.port}"]
    resolve, asked = leading_to(["::1", "127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(outward, "resolve", resolve)
    with speaking_tls(receiver, tmp_path, monkeypatch) as names:
        assert post(f"https://{NAME}:{receiver.port}/in/x").status == 200
    assert (asked, names) == ([NAME], [NAME])
    (got,) = receiver.got
    assert (got.method, got.path, got.headers["Host"]) == ("POST", "/in/x", f"{NAME}:{receiver.port}")
    assert (got.headers["Accept-Encoding"], got.headers.get_all("Host")) == (None, [f"{NAME}:{receiver.port}"])


def test_a_certificate_of_another_name_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    receiver = Receiver(200)
    settings.WEBHOOK_EGRESS = [f"{NAME}:{receiver.port}"]
    monkeypatch.setattr(outward, "resolve", lambda *_: ["127.0.0.1"])
    with (
        speaking_tls(receiver, tmp_path, monkeypatch, name="other.example"),
        pytest.raises(NoAnswer, match="certificate"),
    ):
        post(f"https://{NAME}:{receiver.port}/x")
    assert not receiver.got


def test_a_listed_name_without_tls_reaches_this_machine_alone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    with receiving() as receiver:
        with listed(settings, "127.0.0.1", receiver.port) as url:
            assert post(url).status == 204
        with listed(settings, "localhost", receiver.port) as url:
            monkeypatch.setattr(outward, "resolve", lambda *_: ["10.0.0.1"])
            assert refused(url) == "inside"
        with listed(settings, NAME, receiver.port) as url:
            assert refused(url) == "scheme"
        assert refused(f"http://127.0.0.1:{receiver.port + 1}/x") == "scheme"  # another port is not on the list


def test_what_we_reach_ourselves_no_webhook_reaches(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    with receiving() as relay:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{relay.port}", f"{NAME}:{relay.port}", f"{NAME}:443"]
        assert refused(relay.url) == "scheme"
        assert refused(f"https://{NAME}:{relay.port}/x") == "port"
        monkeypatch.setattr(outward, "resolve", lambda *_: ["127.0.0.1"])
        assert refused(f"https://{NAME}/x") == "inside"
    assert relay.got == []


def test_a_live_installation_sends_nothing_without_tls(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(installation, "mode", lambda: "live")
    with receiving() as receiver, listed(settings, "127.0.0.1", receiver.port) as url:
        assert refused(url) == "scheme"


# --- what comes back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_like_any_other_and_not_followed(settings: Any, status: int) -> None:
    with receiving() as inside, receiving(status, headers={"Location": inside.url}) as receiver:
        settings.WEBHOOK_EGRESS = [f"127.0.0.1:{receiver.port}", f"127.0.0.1:{inside.port}"]
        assert post(receiver.url).status == status
    assert (len(receiver.got), inside.got) == (1, [])


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    with receiving() as proxy, receiving() as receiver, listed(settings, "127.0.0.1", receiver.port) as url:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.server.url)
        assert post(url).status == 204
    assert (len(receiver.got), proxy.got) == (1, [])


def test_how_long_the_other_end_asks_us_to_wait_is_read(settings: Any) -> None:
    for said, seconds in (("120", 120), ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("-1", 0), ("9" * 30, 0)):
        with (
            receiving(429, headers={"Retry-After": said}) as receiver,
            listed(settings, "127.0.0.1", receiver.port) as url,
        ):
            assert post(url) == outward.Answer(429, seconds)


def within(seconds: float, settings: Any, port: int) -> tuple[str, float]:
    with listed(settings, "127.0.0.1", port) as url:
        began = time.monotonic()
        try:
            said = str(post(url, seconds=seconds).status)
        except NoAnswer as error:
            said = error.code
        except ResponseTooLarge:
            said = "too large"
        return said, time.monotonic() - began


def test_an_answer_that_drips_ends_at_the_deadline_of_the_whole(settings: Any) -> None:
    with saying(b"HTTP/1.1 200 OK\r\n", pause=0.05, forever=b"X: y\r\n") as port:
        said, took = within(0.6, settings, port)
    assert (said, 0.5 < took < 3) == ("timeout", True)
    with saying(forever=b"H", pause=0.1) as port:
        said, took = within(0.6, settings, port)
    assert (said, 0.5 < took < 3) == ("timeout", True)


def test_a_body_that_drips_does_not_undo_the_status(settings: Any) -> None:
    with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", pause=0.05, forever=b"x") as port:
        said, took = within(0.6, settings, port)
    assert (said, took < 3) == ("200", True)


def test_an_answer_without_an_end_is_not_read_to_it(settings: Any) -> None:
    with saying(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x" * 65536) as port:
        assert within(5, settings, port)[0] == "200"
    with saying(b"HTTP/1.1 200 OK\r\n", forever=(b"X-" + b"y" * 60000 + b": z\r\n")) as port:
        assert within(5, settings, port)[0] == "too large"


@pytest.mark.parametrize(
    ("said", "code"), [(b"", "connection"), (b"SSH-2.0-x\r\n", "not_http"), (b"HTTP/1.1 abc\r\n\r\n", "not_http")]
)
def test_what_is_no_http_is_no_answer(settings: Any, said: bytes, code: str) -> None:
    with saying(said) as port:
        assert within(5, settings, port)[0] == code


def test_a_look_up_that_hangs_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: Any) -> list[str]:
        time.sleep(3)
        return [PUBLIC]

    monkeypatch.setattr(outward, "resolve", hangs)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="timeout"):
        post(f"https://{NAME}/x", seconds=0.3)
    assert time.monotonic() - began < 2


def test_a_port_where_nobody_listens_is_no_answer(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert within(5, settings, port)[0] == "connection"
