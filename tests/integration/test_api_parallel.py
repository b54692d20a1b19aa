"""Sixty-four calls at one moment over the real server: what is counted is counted once, what has an effect has one."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.bench_load import ASKS
from broker.jobs.models import Job
from requests_app.models import DataRequest, Decision, ManualRequest
from tests.requests_world import World, events, world
from tests.served import web

MANY, FIVE = 64, 5


@pytest.fixture
def w(committing: str) -> World:
    return world()


def at_once(address: str, w: World, send: Callable[[httpx.Client, int], httpx.Response]) -> list[httpx.Response]:
    """Send so many calls at one moment, each on a connection of its own."""
    gate = threading.Barrier(MANY)

    def one(number: int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {w.key}", "Connection": "close"}
        with httpx.Client(
            base_url=f"{address}/api/v1", headers=headers, timeout=600, trust_env=False, verify=False
        ) as http:
            gate.wait()
            return send(http, number)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def in_one_minute(burst: Callable[[], list[httpx.Response]]) -> list[httpx.Response]:
    """Send a burst until one lies within a minute by the clock: a limit counts by those."""
    while True:
        begun, answers = time.time() // 60, burst()
        if time.time() // 60 == begun:
            return answers
        time.sleep(60 - time.time() % 60)  # what was counted of the minute that has begun is over then


def test_of_sixty_four_calls_a_limit_of_five_lets_exactly_five_through(w: World, tmp_path: Path) -> None:
    begun = [0]

    def burst() -> list[httpx.Response]:
        begun.append(len(events("pull.checked")))
        return at_once(address, w, lambda http, _: http.post("decisions/check", json=w.ask()))

    with web(tmp_path, API_CALLS_PER_MINUTE=str(FIVE)) as address:
        answers = in_one_minute(burst)
    assert Counter(each.status_code for each in answers) == {200: FIVE, 429: MANY - FIVE}
    assert len(events("pull.checked")) - begun[-1] == FIVE
    for each in answers:
        if each.status_code == 429:
            assert (each.json()["code"], each.headers["Content-Type"]) == ("rate.limited", "application/problem+json")
            assert 1 <= int(each.headers["Retry-After"]) <= 60


def test_more_callers_than_the_limit_are_answered_right_or_told_to_wait(w: World, tmp_path: Path) -> None:
    """Seven asks go round, whose right answers are known: what is answered under overload is what is answered alone."""
    codes, begun = list(ASKS), [0]

    def ask(http: httpx.Client, number: int) -> httpx.Response:
        return http.post("decisions/check", json=w.ask(**ASKS[codes[number % len(codes)]]))

    def burst() -> list[httpx.Response]:
        begun.append(len(events("pull.checked")))
        return at_once(address, w, ask)

    with web(tmp_path, API_CALLS_PER_MINUTE=str(MANY // 2)) as address:
        answers = in_one_minute(burst)
    statuses = Counter(each.status_code for each in answers)
    assert statuses[200] == MANY // 2 == len(events("pull.checked")) - begun[-1]
    assert statuses.keys() <= {200, 429, 503}
    right = {number: each for number, each in enumerate(answers) if each.status_code == 200}
    for number, each in right.items():
        code, said = codes[number % len(codes)], each.json()
        assert (said["codes"], said["outcome"] == "route") == ([code] if code else [], not code)
    assert len({each.content for each in right.values()}) == len({number % len(codes) for number in right}) > 1


def test_sixty_four_asks_with_one_key_have_one_effect(w: World, tmp_path: Path) -> None:
    bodies: list[Any] = [w.ask(), w.ask(to="2025-10-15")]
    with web(tmp_path, API_CALLS_PER_MINUTE="100000") as address:
        same = at_once(address, w, lambda http, _: asked(http, bodies[0], "one"))
        other = at_once(address, w, lambda http, number: asked(http, bodies[number % 2], "two"))
        each_own = at_once(address, w, lambda http, number: asked(http, bodies[0], f"own {number}"))
    assert Counter(each.status_code for each in same) == {202: MANY}
    assert len({each.json()["id"] for each in same}) == 1
    assert Counter(each.status_code for each in other) == {202: MANY // 2, 422: MANY // 2}
    assert {each.json()["code"] for each in other if each.status_code == 422} == {"idempotency.conflict"}
    assert Counter(each.status_code for each in each_own) == {202: MANY}
    one_each = MANY + 2
    assert [model.objects.count() for model in (DataRequest, Decision, ManualRequest)] == [one_each] * 3
    assert len(events("pull.decided")) == one_each
    assert Job.objects.filter(kind="manual.send").count() == one_each


def asked(http: httpx.Client, body: Any, key: str) -> httpx.Response:
    """Ask as a client should: told to come back, it sends the very same again."""
    while True:
        answer = http.post("data-requests", json=body, headers={"Idempotency-Key": key})
        if answer.status_code != 503:
            return answer
        time.sleep(int(answer.headers["Retry-After"]))
