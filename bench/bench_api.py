"""The API over real HTTP: decisions with their entries per second, and a year of hours in and out.

The product's own web server with two processes and PostgreSQL with full durability beside it on the same machine; the
callers, too, take their part of it. A decision is a dry run: the same 17 rules and one entry of the log, nothing else.
"""

import http.client
import json
import socket
import statistics
import threading
import time
from typing import Any

from bench import log_world
from bench.bench_revoke import web
from bench.measure import Figure, Result

CHECK = "/api/v1/decisions/check"
CALLERS, SECONDS, READS = 8, 20.0, 40
RATE, P99, READ, IMPORT = 300.0, 100.0, 150.0, 1.0


def run() -> Result:
    """Measure on PostgreSQL."""
    result = Result("The API: decisions per second, a year of hours in and out")
    with log_world.world() as world:
        urls = world.database("postgresql", ours=True)
        data = world.folder / "api"
        world.python(["manage.py", "make_log_key"], url=urls["app"], data=data).finish()
        making = world.python(["-m", "bench.api_world"], url=urls["app"], data=data)
        found: dict[str, Any] = making.answer()
        making.finish()
        limits = {"API_CALLS_PER_MINUTE": "1000000", "API_CHECKS_PER_MINUTE": "1000000"}
        with web(world, urls["app"], data, **limits) as address:
            result.figures += _year(address, found)
            result.figures += _decisions(address, found)
    return result


def _year(address: str, found: dict[str, Any]) -> list[Figure]:
    path = f"/api/v1/data-requests/{found['request']}/readings"
    kinds = {"JSON": path, "CSV": f"{path}.csv", "Green Button XML": f"{path}.xml"}
    figures = [
        Figure(
            f"{found['count']:,} hours of CSV read in the child process, median of 5",
            found["read"],
            "s",
            at_most=IMPORT,
        ),
        Figure("the same taken in as a customer's file, sealed and logged", found["whole"], "s", at_most=IMPORT),
    ]
    for name, place in kinds.items():
        times = []
        connection = _open(address)
        for _ in range(READS):
            begun = time.perf_counter()
            status, body = _call(connection, "GET", place, found["key"])
            times.append((time.perf_counter() - begun) * 1000)
            assert status == 200, body[:300]
        goal = READ if name == "JSON" else None
        figures.append(
            Figure(f"the year read through the API as {name}, median of {READS}", _median(times), "ms", at_most=goal)
        )
    return figures


def _decisions(address: str, found: dict[str, Any]) -> list[Figure]:
    times: list[float] = []
    over = time.monotonic() + SECONDS
    body = json.dumps(found["ask"])

    def call() -> None:
        caller, sent = Caller(address), as_sent(address, CHECK, found["key"], body)
        while time.monotonic() < over:
            begun = time.perf_counter()
            status, said = caller.call(sent)
            assert status == 200, said[:300]
            times.append((time.perf_counter() - begun) * 1000)

    for each in (threads := [threading.Thread(target=call) for _ in range(CALLERS)]):
        each.start()
    for each in threads:
        each.join()
    return [
        Figure(f"decisions with their entries, {CALLERS} callers", len(times) / SECONDS, "decisions/s", at_least=RATE),
        Figure("a decision, p99", sorted(times)[int(len(times) * 0.99)], "ms", at_most=P99),
        Figure("a decision, median", _median(times), "ms"),
    ]


def as_sent(address: str, path: str, key: str, body: str) -> bytes:
    """Put a call into the bytes that go over the wire."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {address.removeprefix('http://')}", f"Authorization: Bearer {key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}", "", ""]
    return "\r\n".join(lines).encode() + body.encode()


class Caller:
    """A connection that sends calls as they are, and of each answer reads its status and its bytes.

    The callers share the processors with what they measure: a client that also puts each call into words and its
    answer into headers takes five times as long, a tenth of a decision.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._wire = socket.create_connection((host, int(port)), timeout=120)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """End the connection."""
        self._wire.close()

    def call(self, sent: bytes) -> tuple[int, bytes]:
        """Send a call, and read the whole answer; give its status and its body."""
        self._wire.sendall(sent)
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._more()
        head, _, body = said.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        more = self._wire.recv(65536)
        assert more, "the server closed the connection"
        return more


def _open(address: str) -> http.client.HTTPConnection:
    host, _, port = address.removeprefix("http://").partition(":")
    return http.client.HTTPConnection(host, int(port), timeout=120)


def _call(
    connection: http.client.HTTPConnection, method: str, path: str, key: str, body: str | None = None
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}", **({"Content-Type": "application/json"} if body else {})}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _median(times: list[float]) -> float:
    return statistics.median(times)
