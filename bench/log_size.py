"""The log alone: integration, verification, proofs, storage and search at size, and how long an event waits."""

import time
from contextlib import ExitStack
from statistics import quantiles
from typing import Any

from bench.log_changes import CLIENT, data_of
from bench.log_world import World
from bench.measure import Figure

RATE, WRITERS, TOGETHER = 1_000, 2, 10  # events a second, by how many processes, and in one transaction
SMALL, LARGE = 100_000, 1_000_000
_DELAYS = """SELECT
    (SELECT min(c.created_us) FROM audit_checkpoint c WHERE c.origin = l.origin AND c.size > l.seq) - i.ts
    FROM audit_leaf l JOIN audit_index i ON i.event_id = l.event_id WHERE i.act = 131 AND i.ts >= {since}"""


def large(here: World, full: bool) -> list[Figure]:
    """Every step on both engines."""
    found = []
    for size in (SMALL, LARGE) if full else (SMALL,):
        for engine in ("sqlite", "postgresql"):
            found += _one(here, engine, size)
    return found


def _one(here: World, engine: str, size: int) -> list[Figure]:
    urls, data = here.database(engine, ours=True), data_of(here, f"{engine}-{size}")

    def step(name: str, login: str) -> dict[str, Any]:
        process = here.python(["-m", "bench.log_large", name, str(size)], url=urls[login], data=data)
        try:
            return process.answer()
        finally:
            process.end()

    name = f"{engine}, {size:,} events"
    step("fill", "admin")
    with here.signer(urls, data):
        done = step("integrate", "integrator")
    step("settle", "admin")
    verified = step("verify", "app")
    proof, stored, search = step("prove", "app"), step("stored", "app"), step("find", "app")
    million = size == LARGE
    return [
        Figure(f"{name}: integrate, with index", done["events"] / done["seconds"], "events/s", at_least=60_000),
        Figure(f"{name}: verify", verified["events"] / verified["seconds"], "events/s", at_least=120_000),
        Figure(f"{name}: verify, memory of the process at most", verified["memory"] / 1024, "MiB", at_most=64),
        Figure(f"{name}: inclusion proof p50", proof["proof_p50"] * 1e3, "ms", at_most=1.0 if million else None),
        Figure(f"{name}: inclusion proof p95", proof["proof_p95"] * 1e3, "ms", at_most=2.0 if million else None),
        Figure(f"{name}: proof as text p50", proof["note_p50"] * 1e3, "ms"),
        *(Figure(f"{name}: stored, {part}", bytes_, "bytes/event") for part, bytes_ in stored.items()),
        Figure(f"{name}: stored, in all", sum(stored.values()), "bytes/event", at_most=1_300),
        Figure(f"{name}: search by account p95", search["search_p95"] * 1e3, "ms", at_most=200 if million else None),
    ]


def lag(here: World, full: bool) -> list[Figure]:
    """How long events wait for a published checkpoint while 1,000 a second are written."""
    seconds = 30 if full else 15
    found = []
    for engine in ("sqlite", "postgresql"):
        urls, data = here.database(engine, ours=True), data_of(here, f"lag-{engine}")
        with ExitStack() as stack:
            clients = []
            for number in range(WRITERS):
                more = {"BENCH_MAKE": "1"} if number == 0 else {}
                clients.append(here.python(CLIENT, url=urls["app"], data=data, **more))
                stack.callback(clients[-1].end)
                clients[-1].answer()
            stack.enter_context(here.signing(urls, data))
            since = time.time_ns() // 1000  # what came before waited for the integrator to begin
            for client in clients:
                client.send(do="paced", rate=RATE / WRITERS, seconds=seconds, together=TOGETHER)
            answers = [client.answer() for client in clients]
            for client in clients:
                client.end()
        rate = sum(each["changes"] for each in answers) / max(each["seconds"] for each in answers)
        delays = [int(us) for (us,) in here.rows(urls["admin"], _DELAYS.format(since=since))]
        cuts = quantiles(delays, n=100)
        found += [
            Figure(f"{engine}, paced writers: reached", rate, "events/s", at_least=0.95 * RATE),
            Figure(f"{engine}, paced writers: wait for the checkpoint p50", cuts[49] / 1e6, "s"),
            Figure(f"{engine}, paced writers: wait for the checkpoint p99", cuts[98] / 1e6, "s", at_most=2.0),
        ]
    return found
