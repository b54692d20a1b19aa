"""From the click on “Stop sharing” to the first refused read, over real HTTP, while 16 clients read all the time.

The product's own web server and PostgreSQL with full durability. A read counts from when the client began to send it;
the click from when the form was sent. “Refused from” is when the last read began that was still answered.
"""

import contextlib
import re
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from bench import log_world
from bench.measure import Figure, Result

READERS, GOAL = 16, 250.0
# An answer of "too many requests" reads nothing, and is no reader that a stop has to overtake.
FREE = {"API_CALLS_PER_MINUTE": "1000000", "API_CALLS_PER_MINUTE_TOGETHER": "1000000"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Seen:
    """What the readers saw: of each read which consent, when it began, and the answer."""

    reads: list[tuple[int, float, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def run(*, stops: int = 100, seed: int) -> Result:
    """Measure so many stops on PostgreSQL, and on SQLite for comparison; the seed says which consents are read."""
    result = Result("From the click to the first refused read, 16 clients reading", seed=seed)
    with log_world.world() as world:
        for engine in ("postgresql", "sqlite"):
            result.figures += _measure(world, engine, stops, seed)
    return result


def _measure(world: log_world.World, engine: str, stops: int, seed: int) -> list[Figure]:
    urls = world.database(engine, ours=True)
    data = world.folder / f"revoke-{engine}"
    world.python(["manage.py", "make_log_key"], url=urls["app"], data=data).finish()
    making = world.python(["-m", "bench.revoke_world", str(stops)], url=urls["app"], data=data)
    found: dict[str, Any] = making.answer()
    making.finish()
    with web(world, urls["app"], data, **FREE) as address:
        return _figures(engine, *_play(address, found, seed))


@contextlib.contextmanager
def web(world: log_world.World, url: str, data: Any, **more: str) -> Iterator[str]:
    """Serve, and give the address."""
    with serving(world, url, data, **more) as (address, _pid):
        yield address


@contextlib.contextmanager
def serving(world: log_world.World, url: str, data: Any, **more: str) -> Iterator[tuple[str, int]]:
    """Serve, and give the address and the number of the server's first process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["-m", "gunicorn", "--config", "python:broker.demo.gunicorn_conf", "--access-logfile", "/dev/null"]
    argv += ["--bind", f"127.0.0.1:{port}", "broker.wsgi:application"]
    address = f"http://127.0.0.1:{port}"
    server = world.python(argv, url=url, data=data, PUBLIC_URL=address, **more)
    try:
        for _ in range(300):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/health", trust_env=False).status_code == 200:
                    break
            time.sleep(0.1)
        yield address, server.pid
    finally:
        server.stop()


def _play(address: str, found: dict[str, Any], seed: int) -> tuple[list[tuple[float, float]], Seen]:
    seen, consents = Seen(), found["consents"]
    current = [0]  # the readers prefer the consent that is about to be stopped
    readers = [
        threading.Thread(
            target=_read, args=(address, found["key"], consents, current, seen, Random(f"{seed} {number}"))
        )
        for number in range(READERS)
    ]
    for each in readers:
        each.start()
    time.sleep(3)
    clicks = []
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as browser:
        for place, consent in enumerate(consents):
            current[0] = place
            time.sleep(0.25)
            page = browser.get(consent["stop"])
            token = TOKEN.search(page.text)
            assert token, page.status_code
            begun = time.monotonic()
            answer = browser.post(
                consent["stop"], data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": address + "/"}
            )
            clicks.append((begun, time.monotonic()))
            assert answer.status_code == 302, answer.status_code
            time.sleep(0.25)
    seen.over.set()
    for each in readers:
        each.join()
    return clicks, seen


def _read(address: str, key: str, consents: list[dict[str, str]], current: list[int], seen: Seen, dice: Random) -> None:
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        while not seen.over.is_set():
            place = current[0] if dice.random() < 0.8 else dice.randrange(len(consents))
            begun = time.monotonic()
            answer = client.get(consents[place]["path"], headers={"Authorization": f"Bearer {key}"})
            seen.reads.append((place, begun, answer.status_code))


def _figures(engine: str, clicks: list[tuple[float, float]], seen: Seen) -> list[Figure]:
    confirmed = [(end - begun) * 1000 for begun, end in clicks]
    last = [
        max(
            [(at - begun) * 1000 for where, at, code in seen.reads if where == place and code == 200 and at > begun]
            or [0]
        )
        for place, (begun, _end) in enumerate(clicks)
    ]
    late = sum(code == 200 and at > clicks[place][1] for place, at, code in seen.reads)
    span = seen.reads[-1][1] - seen.reads[0][1]
    other = {code for _place, _at, code in seen.reads} - {200, 403}
    return [
        Figure(f"{engine}: click to “refused from”, p99 of {len(clicks)}", _p99(last), "ms", at_most=GOAL),
        Figure(f"{engine}: click to the confirmed stop, p99", _p99(confirmed), "ms", at_most=GOAL),
        Figure(f"{engine}: click to the confirmed stop, median", statistics.median(confirmed), "ms"),
        Figure(f"{engine}: answered reads that began after the confirmation", late, "reads", at_most=0),
        Figure(f"{engine}: answers that were neither data nor a refusal", len(other), "kinds", at_most=0),
        Figure(f"{engine}: reads meanwhile", len(seen.reads) / span, "reads/s"),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]
