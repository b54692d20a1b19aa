"""Load for minutes: decisions with their entries on PostgreSQL, then three times as many callers than it is made for.

As an installation runs: two web processes, integrator and signer, full durability, and the callers on the same
processors. Seven asks go round, one of them a route and six refusals of different rules; the right answer of each is
known, and every 200 is held against it, under load as well. What is not 200 may be 429 or 503, and nothing else. In the
end the log holds one entry for each decision that was answered: none is missing, none is there twice.
"""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import log_world
from bench.bench_api import CHECK, P99, RATE, Caller, as_sent
from bench.bench_revoke import web
from bench.measure import Figure, Result
from broker.audit.words import ACTS
from tests.faults.__main__ import commit

CALLERS, MINUTES, TIMES = 8, 10.0, 3
# Calls of one connection. The two web processes share out connections and not calls: callers that keep theirs for ten
# minutes may all have the same process, and the other one idles. Our proxy keeps none (deploy/nginx).
PER_CONNECTION = 50
# What the second part may ask in a minute: less than the machine carries, so that the limit has to say no.
LIMIT = int(RATE * 60 / 2)
TARGET = Path(__file__).resolve().parents[1] / "docs" / "faults" / "load.json"
REFUSED = {429, 503}

# What is changed in the good ask, and the code that says so; nothing changed is a route.
ASKS: dict[str, dict[str, Any]] = {
    "": {},
    "scope.range": {"from": "2020-01-01", "to": "2020-02-01"},
    "scope.data_type": {"data_types": ["payment"]},
    "purpose.mismatch": {"purpose": "billing_review"},
    "consent.absent": {"accounts": ["40900018"]},
    "channel.not_available.green_button": {"channel": "green_button"},
    "channel.forbidden.scraping": {"channel": "scraping"},
}


@dataclass
class Seen:
    """What the callers were answered, how long each took, every 200 that was wrong; and the entries of the log."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    entries: int = 0


def run(minutes: float = MINUTES, *, seed: int) -> Result:
    """Measure both parts, and write them where they are committed; the seed says where each caller begins."""
    result = Result(
        f"Load for {minutes:g} min: decisions with their entries, then {TIMES} times the callers", seed=seed
    )
    started, begun = datetime.now(UTC), time.monotonic()
    with log_world.world() as world:
        urls = world.database("postgresql", ours=True)
        data = world.folder / "load"
        with world.signing(urls, data):
            making = world.python(["-m", "bench.api_world"], url=urls["app"], data=data)
            found: dict[str, Any] = making.answer()
            making.finish()
            free = {"API_CALLS_PER_MINUTE": "1000000", "API_CHECKS_PER_MINUTE": "1000000"}
            with web(world, urls["app"], data, **free) as address:
                usual = _play(world, urls, _asks(address, found), address, CALLERS, minutes * 60, seed)
            limited = {**free, "API_CHECKS_PER_MINUTE": str(LIMIT)}
            with web(world, urls["app"], data, **limited) as address:
                crowd = _play(world, urls, _asks(address, found), address, CALLERS * TIMES, minutes * 60, seed)
    result.figures = [*_usual(usual), *_crowd(crowd)]
    _write(result, started, time.monotonic() - begun, seed, minutes)
    return result


def _asks(address: str, found: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Give each ask as it is sent, with its right answer: of a server that does nothing else, by the code we know."""
    asks = []
    for code, changed in ASKS.items():
        sent = as_sent(address, CHECK, found["key"], json.dumps({**found["ask"], **changed}))
        status, said = Caller(address).call(sent)
        assert status == 200, said[:500]
        decided = json.loads(said)
        assert decided["codes"] == ([code] if code else []), (code, decided["codes"])
        assert (decided["outcome"] == "route") == (code == "")
        asks.append((sent, said))
    return asks


def _play(
    world: log_world.World,
    urls: dict[str, str],
    asks: list[tuple[bytes, bytes]],
    address: str,
    callers: int,
    seconds: float,
    seed: int,
) -> Seen:
    made = _entries(world, urls)
    seen, begun = Seen(), time.monotonic()

    def call(number: int) -> None:
        caller, place = Caller(address), seed + number
        while time.monotonic() < begun + seconds:
            if place % PER_CONNECTION == 0:
                caller.close()
                caller = Caller(address)
            sent, right = asks[(place := place + 1) % len(asks)]
            before = time.perf_counter()
            try:
                status, said = caller.call(sent)
            except (OSError, AssertionError) as error:
                seen.broken.append(type(error).__name__)
                caller = Caller(address)
                continue
            seen.times.append((time.perf_counter() - before) * 1000)
            seen.statuses[status] += 1
            if status == 200 and said != right:
                seen.wrong.append(said.decode())
            elif status in REFUSED:
                time.sleep(0.05)  # impatient, but no loop: what it is told to wait is longer

    for each in (threads := [threading.Thread(target=call, args=(number,)) for number in range(callers)]):
        each.start()
    for each in threads:
        each.join()
    seen.seconds = time.monotonic() - begun
    seen.entries = _entries(world, urls) - made
    return seen


def _entries(world: log_world.World, urls: dict[str, str]) -> int:
    """Count the entries of the log that say that an ask was decided as a dry run."""
    number = ACTS["pull.checked"].number
    return int(world.rows(urls["admin"], f"SELECT count(*) FROM audit_event WHERE act = {number}")[0][0])


def _usual(seen: Seen) -> list[Figure]:
    decided, times = seen.statuses[200], sorted(seen.times)
    errors = sum(seen.statuses.values()) - decided + len(seen.broken)
    return [
        Figure(f"decisions and entries, {CALLERS} callers", decided / seen.seconds, "decisions/s", at_least=RATE),
        Figure("a decision, p99", times[int(len(times) * 0.99)], "ms", at_most=P99),
        Figure("a decision, median", times[len(times) // 2], "ms"),
        Figure("decisions in all", decided, "decisions"),
        Figure("answers that were no 200, and broken connections", errors, "answers", at_most=0),
        Figure("wrong answers", len(seen.wrong), "answers", at_most=0),
        Figure("entries of the log more or fewer than decisions", abs(seen.entries - decided), "entries", at_most=0),
    ]


def _crowd(seen: Seen) -> list[Figure]:
    who, times, decided = f"{CALLERS * TIMES} callers", sorted(seen.times), seen.statuses[200]
    others = sum(count for status, count in seen.statuses.items() if status not in {200, *REFUSED})
    return [
        Figure(f"{who}, at most {LIMIT:,} decisions a minute: answered 200", decided, "answers"),
        Figure(f"{who}: 429", seen.statuses[429], "answers"),
        Figure(f"{who}: 503", seen.statuses[503], "answers"),
        Figure(f"{who}: any other answer, and broken connections", others + len(seen.broken), "answers", at_most=0),
        Figure(f"{who}: wrong answers", len(seen.wrong), "answers", at_most=0),
        Figure(f"{who}: entries more or fewer than decisions", abs(seen.entries - decided), "entries", at_most=0),
        Figure(f"{who}: an answer, p99", times[int(len(times) * 0.99)], "ms"),
    ]


def _write(result: Result, started: datetime, seconds: float, seed: int, minutes: float) -> None:
    figures = [
        {"what": each.what, "value": round(each.value, 3), "unit": each.unit, "goal": each.goal, "met": each.met}
        for each in result.figures
    ]
    whole = {
        "suite": "load",
        "engine": "postgresql",
        "ok": all(each.met is not False for each in result.figures),
        "commit": commit(),
        "seed": seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "minutes_of_each_part": minutes,
        "results": figures,
    }
    TARGET.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
