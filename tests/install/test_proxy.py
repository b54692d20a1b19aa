"""The proxy of the guide, a real nginx on loopback: what it hands on, what it refuses, what it writes down."""

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from broker.console.access_log import answers
from broker.inlets.logs import shown
from tests.install.guide import ROOT
from tests.unit.test_tokens_in_logs import TOKEN, filled, secret_places

HOST = "broker.example.org"
CONF = ROOT / "deploy" / "nginx" / "broker.conf"
CODE = "7K3M-9QX2"


class Proxy(NamedTuple):
    """Where it listens and writes, and what came through it."""

    plain: int
    tls: int
    inside: int
    log: Path
    came: list[tuple[str, dict[str, str]]]

    def ask(self, path: str, *, host: str = HOST, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
        """Ask once, and wait for the line: a refused upload's is written when the caller is gone, after the answer."""
        before = len(self.written(0))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        said = (
            f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 203.0.113.9\r\n{length}"
            "X-Request-ID: mine\r\nConnection: close\r\n\r\n"
        )
        with (
            socket.create_connection(("127.0.0.1", self.tls), timeout=20) as raw,
            context.wrap_socket(raw, server_hostname=host) as line,
        ):
            line.sendall(said.encode() + body)
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert len(self.written(before + 1)) == before + 1
        return int(answer.split(b" ")[1]), answer.decode()

    def written(self, lines: int) -> list[str]:
        """What the log says once it has so many lines."""
        end = time.monotonic() + 20
        while len(found := self.log.read_text(encoding="utf-8").splitlines()) < lines and time.monotonic() < end:
            time.sleep(0.05)
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "nginx is needed by these tests: apt-get install --no-install-recommends nginx"
    folder, came = tmp_path_factory.mktemp("proxy"), []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            came.append((self.path, dict(self.headers.items())))
            if self.path.endswith("/dies/"):
                return  # hangs up without an answer, as a server does that ends
            self.send_response(int(self.path[2:5]) if self.path.startswith("/_") else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET

        def log_message(self, *_args: object) -> None:
            pass

    behind = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, tls, inside = free_port(), free_port(), free_port()
    text = CONF.read_text(encoding="utf-8").replace("BROKER_HOST", HOST)
    text = re.sub(r"listen \[::\][^;]*;\n", "", text)
    text = text.replace("listen 80", f"listen 127.0.0.1:{plain}").replace("listen 443", f"listen 127.0.0.1:{tls}")
    text = text.replace("127.0.0.1:9180", f"127.0.0.1:{inside}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind.server_port}")
    text = text.replace("/etc/broker/tls", str(folder)).replace("/var/log/nginx/broker", str(folder))
    paths = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; events {{}}\nhttp {{ {paths}\n{text}\n}}\n"
    )
    server = subprocess.Popen([program, "-p", folder, "-e", folder / "first.log", "-c", folder / "nginx.conf"])
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end and server.poll() is None:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", tls)) == 0:
                    break
            time.sleep(0.05)
        yield Proxy(plain, tls, inside, folder / "access.log", came)
    finally:
        server.terminate()
        server.wait(20)
        behind.shutdown()
        behind.server_close()


def test_it_says_who_called_and_gives_the_request_an_id_of_its_own(proxy: Proxy) -> None:
    assert proxy.ask("/my/?page=2")[0] == 200
    path, headers = proxy.came[-1]
    assert path == "/my/?page=2"
    # What the caller claimed stands before what the proxy saw, and only the last counts.
    assert headers["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert (headers["Host"], headers["X-Forwarded-Proto"]) == (HOST, "https")
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/metrics?x=1", "//metrics", "/%6Detrics", "/./ready"])
def test_figures_and_readiness_are_not_handed_on(proxy: Proxy, path: str) -> None:
    before = len(proxy.came)
    assert proxy.ask(path)[0] == 404
    assert len(proxy.came) == before


@pytest.mark.parametrize(("path", "status"), [("/metrics", 200), ("/ready", 200), ("/", 404), ("/my/", 404)])
def test_a_listener_of_this_machine_alone_hands_these_two_on(proxy: Proxy, path: str, status: int) -> None:
    assert "listen 127.0.0.1:9180;" in CONF.read_text(encoding="utf-8")
    before = len(proxy.came)
    line = http.client.HTTPConnection("127.0.0.1", proxy.inside, timeout=20)
    line.request("GET", path, headers={"Authorization": "Bearer some-token"})
    assert line.getresponse().status == status
    line.close()
    if status == 200:
        came, headers = proxy.came[before]
        assert (came, headers["Host"], headers["Authorization"]) == (path, HOST, "Bearer some-token")
        assert headers["X-Forwarded-Proto"] == "https"


def test_another_name_is_hung_up_on_and_plain_http_is_sent_to_https(proxy: Proxy) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        proxy.ask("/", host="other.example.org")
    line = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=20)
    line.request("GET", "/offers/obec/?x=1", headers={"Host": HOST})
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/offers/obec/?x=1")
    line.close()
    line.request("GET", "/", headers={"Host": "other.example.org"})
    with pytest.raises(http.client.RemoteDisconnected):
        line.getresponse()


def test_an_upload_is_never_written_to_a_disk(proxy: Proxy) -> None:
    place, before = proxy.log.parent / "client_body", len(proxy.came)
    shutil.rmtree(place)
    place.touch()  # where it would write there is no folder any more
    assert proxy.ask("/share/file/", method="POST", body=b"x" * 20_000_000)[0] == 200
    assert len(proxy.came) == before + 1
    assert proxy.ask("/share/file/", method="POST", body=b"x" * 28_000_000)[0] == 413


@pytest.mark.parametrize("place", secret_places())
def test_no_token_or_code_is_written_down(proxy: Proxy, place: str) -> None:
    value = CODE if "code" in place else TOKEN
    before = len(proxy.written(0))
    for path in (filled(place, value), "/" + filled(place, value), filled(place, quote(value)) + f"?again={TOKEN}"):
        assert proxy.ask(path)[0] == 200
    lines = proxy.written(0)[before:]
    assert len(lines) == 3
    assert not [line for line in lines if value[4:] in line or TOKEN[4:] in line or "?" in line]


@pytest.mark.parametrize(
    "path",
    ["/v/7K3M%209QX2", "/V/7k3m9qx2", "/share/pw:%20Canary!1", "/share/%22%0d%0aCanary", f"/open/{TOKEN}/stop/{TOKEN}"],
)
def test_what_is_no_address_of_ours_is_cut(proxy: Proxy, path: str) -> None:
    before = len(proxy.written(0))
    proxy.ask(path)
    (line,) = proxy.written(0)[before:]
    assert not re.search(r"(?i)7k3m|canary", line)
    assert TOKEN[4:] not in line


@pytest.mark.parametrize("status", [301, 400, 403, 404, 405, 410, 413, 422, 429, 500, 502, 503])
def test_the_path_of_what_was_not_answered_is_not_written_down(proxy: Proxy, status: int) -> None:
    before = len(proxy.written(0))
    assert proxy.ask(f"/_{status}/my-portal-password-is-Canary1")[0] == status
    (line,) = proxy.written(0)[before:]
    assert f'"GET [not shown] HTTP/1.1" {status} ' in line


@pytest.mark.parametrize("path", ["/", "/my/", "/v/letter/", "/v/seal-root.pem", "/desk/requests/", "/holder/code/"])
def test_our_own_words_stay_readable_and_the_comparison_reads_the_line(proxy: Proxy, path: str) -> None:
    before = len(proxy.written(0))
    proxy.ask(f"{path}?q=secret")
    (line,) = proxy.written(0)[before:]
    assert f'"GET {path} HTTP/1.1" 200 ' in line
    assert shown(path) == path
    (counted,) = answers([line], lambda _path: "my-access").items()
    assert (counted[0][1], counted[1]) == ("customers", 1)


def test_what_the_broker_does_not_answer_is_a_503_that_says_when_to_come_back(proxy: Proxy) -> None:
    code, page = proxy.ask("/my/dies/")
    assert code == 503
    assert "Retry-After: 10" in page
    assert "Please try again in a moment" in page
    assert "Inténtelo de nuevo en un momento" in page
    code, told = proxy.ask("/api/v1/dies/")
    assert code == 503
    head, _blank, body = told.partition("\r\n\r\n")
    assert "Content-Type: application/problem+json" in head
    assert head.count("\r\nContent-Type:") == 1
    assert '"code": "log.unavailable"' in body


def test_one_address_sends_only_so_many_forms_and_reads_on(proxy: Proxy) -> None:
    """A hundred in one breath, over one connection: more than an hour of a person's, and far more than the burst."""
    assert statuses(proxy, "POST", "/check/", 100).count(429) > 10
    assert set(statuses(proxy, "GET", "/check/", 100)) == {200}
    assert set(statuses(proxy, "POST", "/api/v1/decisions/check", 100)) == {200}


def statuses(proxy: Proxy, method: str, path: str, times: int) -> list[int]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPConnection(HOST)
    raw = socket.create_connection(("127.0.0.1", proxy.tls), timeout=20)
    line.sock = context.wrap_socket(raw, server_hostname=HOST)
    found = []
    for _ in range(times):
        line.request(method, path, headers={"Host": HOST})
        answer = line.getresponse()
        answer.read()
        found.append(answer.status)
    line.close()
    return found
