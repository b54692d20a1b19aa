"""A secret of its own in each way in, over the real server; then everything that we keep is searched for it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker.inlets.exempt import UNREAD_BODIES
from tests.completeness.routes import places
from tests.integration.canary_stores import backed_up, begins, hits, renew, secret
from tests.served import web

UNREAD = 400
REFUSED = 403
HEADERS = ("User-Agent", "Idempotency-Key", "X-Request-Id")
# Nothing of ours reads or keeps these; they are sent so that no log does either.
UNREAD_HEADERS = (
    *("Referer", "Origin", "Cookie", "Accept-Language", "Authorization", "X-Forwarded-For", "Host", "Content-Type"),
    *("X-Portal-Password", "If-None-Match", "Forwarded", "From"),
)


@pytest.fixture(autouse=True)
def anew() -> None:
    renew()


@dataclass(frozen=True)
class Sent:
    """One way in: what it is called, what lies in it, and what sends it."""

    inlet: str
    word: str
    send: Callable[[httpx.Client, str], httpx.Response]
    refused: bool = True  # whether the gate answers; else it is enough that nothing stays


def said(word: str) -> str:
    return f"SmartHub password: {word}"


def ways() -> Iterator[Sent]:
    """Give every address with each way in of it, numbered through."""
    kinds: list[tuple[str, Callable[[str], Callable[[httpx.Client, str], httpx.Response]]]] = [
        ("query", lambda path: lambda http, word: http.get(path, params={"note": said(word)})),
        ("form", lambda path: lambda http, word: http.post(path, data={"note": said(word)})),
        ("form of ours", lambda path: lambda http, word: http.post(path, **_of_ours(word))),
        ("JSON", lambda path: lambda http, word: http.post(path, json={"a": {"note": said(word)}})),
        ("file name", lambda path: lambda http, word: http.post(path, files={"file": (said(word), b"a,b\n")})),
        (
            "words of a file",
            lambda path: lambda http, word: http.post(path, files={"f": ("a.csv", said(word).encode())}),
        ),
    ]
    number = 0
    for (name, path), _methods in sorted(places("").items()):
        for kind, made in kinds:
            number += 1
            unread = name in UNREAD_BODIES and kind != "query"
            yield Sent(f"{kind} of {name}", secret(number), made(path), refused=not unread)
    for path in ("/share/", "/api/v1/data-requests", "/admin/", "/no/such/place"):
        for header in (*HEADERS, *UNREAD_HEADERS):
            number += 1
            yield Sent(f"{header} at {path}", secret(number), _header(path, header), refused=header in HEADERS)
        number += 1
        yield Sent(f"address under {path}", secret(number), _address(path))
        for raw in (b"{broken", b"\xff\xfe", b"--b\r\n"):
            number += 1
            yield Sent(f"broken body at {path}", secret(number), _broken(path, raw), refused=False)


def _of_ours(word: str) -> dict[str, Any]:
    """Give a form with its token, of which the rest is given back: the secret in a sentence, and told again."""
    token = "c" * 32
    note = f"Please call me in the morning.\n{said(word)}\nThe bill of March is too high."
    data = {"csrfmiddlewaretoken": token, "note": note, "also": f"{word} it is, as I wrote.", "more": "any morning"}
    return {"data": data, "headers": {"Cookie": f"csrftoken={token}"}}


def _header(path: str, name: str) -> Callable[[httpx.Client, str], httpx.Response]:
    return lambda http, word: http.post(path, headers={name: said(word)}, json={})


def _address(path: str) -> Callable[[httpx.Client, str], httpx.Response]:
    return lambda http, word: http.get(f"{path.rstrip('/')}/{said(word)}")


def _broken(path: str, raw: bytes) -> Callable[[httpx.Client, str], httpx.Response]:
    kind = {"Content-Type": "multipart/form-data; boundary=b" if raw.startswith(b"--") else "application/json"}
    return lambda http, word: http.post(path, content=raw + said(word).encode(), headers=kind)


@pytest.mark.promise("no-passwords")
def test_a_secret_in_any_way_in_of_any_address_lies_nowhere(committing: str, tmp_path: Path) -> None:
    sent = list(ways())
    assert len(sent) > 500
    with web(tmp_path, LOG_LEVEL="DEBUG", TMPDIR=str(tmp_path)) as address:

        def one(way: Sent) -> list[str]:
            answer = way.send(client, way.word)
            wrong = [f"{way.inlet}: answered"] if way.word in answer.text + str(answer.headers) else []
            if way.refused and way.inlet.startswith("form of ours") and "/api/" not in str(answer.url):
                wrong += [f"{way.inlet}: nothing back"] * ("The bill of March is too high." not in answer.text)
            # A file is opened for no page that did not ask for it: its request is turned away before.
            unread = way.inlet.startswith("words of a file") and answer.status_code == UNREAD
            as_wanted = unread or not way.refused or answer.status_code == REFUSED
            return wrong + [f"{way.inlet}: {answer.status_code}"] * (not as_wanted)

        with httpx.Client(base_url=address, trust_env=False, timeout=300) as client, ThreadPoolExecutor(4) as pool:
            wrong = [each for found in pool.map(one, sent) for each in found]
        wrong += _not_even_http(address)
    assert not wrong
    assert not hits([(each.inlet, each.word) for each in sent], tmp_path, *backed_up(tmp_path / "kept"))


def _not_even_http(address: str) -> list[str]:
    """Send what no client sends: a method, a version and a header's name that are secrets."""
    host, port = address.removeprefix("http://").split(":")
    wrong = []
    for number, line in enumerate(
        (f"{secret(90_001)} / HTTP/1.1", f"GET / {secret(90_002)}", f"GET /{secret(90_003)}")
    ):
        with socket.create_connection((host, int(port)), timeout=60) as wire:
            wire.sendall(f"{line}\r\nHost: {host}\r\n{secret(90_004)}: x\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: wire.recv(65536), b""))
        wrong += [f"raw line {number}"] * (begins().encode() in answer)
    return wrong
