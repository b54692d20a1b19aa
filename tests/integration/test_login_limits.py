"""Wrong passwords lock a name for the address that they came from, and nobody else out (sign-in of staff)."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from broker.parties.login import tries
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.integration.audit_support import acts

PASSWORD = "four plain words in a row"
AT_ONCE = 16
THEIRS, OWN = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def approver(committing: str, settings: Any) -> str:
    settings.BEHIND_PROXY = True  # what it wrote last is where somebody comes from
    create_user("approver", "A person", Role.APPROVER, password=PASSWORD, actor=SERVICE("tests"))
    return "approver"


def sign_in(name: str, password: str, address: str) -> int:
    form = {"username": name, "password": password}
    return int(Client().post("/login/", form, headers={"X-Forwarded-For": f"8.8.8.8, {address}"}).status_code)


def test_wrong_tries_from_elsewhere_lock_nobody_out(approver: str) -> None:
    answers = [sign_in(approver, "wrong wrong wrong", THEIRS) for _ in range(8)]
    assert answers == [200] * 4 + [429] * 4
    assert sign_in(approver, PASSWORD, THEIRS) == 429
    assert sign_in(approver, PASSWORD, OWN) == 302
    assert sign_in(approver, PASSWORD, THEIRS) == 429  # her signing in opens nothing to them
    assert "auth.locked" in acts()


def test_an_address_is_its_network_and_what_the_caller_wrote_is_none(approver: str) -> None:
    for last in range(5):
        sign_in(approver, "wrong wrong wrong", f"2001:db8::{last + 1}")
    assert sign_in(approver, PASSWORD, "2001:db8::99") == 429
    assert sign_in(approver, PASSWORD, "2001:db8:0:1::1") == 302


def test_many_addresses_together_have_a_limit_too(approver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tries.BY_ALL.most >= 10 * tries.BY_ONE.most
    assert tries.BY_ALL.span == tries.BY_ONE.span
    few = type(tries.BY_ALL)(tries.BY_ALL.kind, 6, tries.BY_ALL.span)
    monkeypatch.setattr(tries, "BY_ALL", few)
    assert sign_in(approver, PASSWORD, OWN) == 302  # what was right is not counted
    answers = [sign_in(approver, "wrong wrong wrong", f"198.51.100.{n}") for n in range(8)]
    assert answers == [200] * 6 + [429] * 2
    assert sign_in(approver, PASSWORD, OWN) == 429
    assert sign_in("somebody else", PASSWORD, OWN) == 200


def test_64_tries_sixteen_at_a_time_are_five(approver: str) -> None:
    start = threading.Barrier(AT_ONCE)

    def send(_number: int) -> list[int]:
        start.wait()
        found = [sign_in(approver, "wrong wrong wrong", THEIRS) for _ in range(4)]
        connections.close_all()
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(status for found in pool.map(send, range(AT_ONCE)) for status in found)
    assert acts().count("auth.failed") <= tries.BY_ONE.most
    assert answers[200] <= tries.BY_ONE.most
    assert answers[200] + answers[429] == 64
    assert sign_in(approver, PASSWORD, OWN) == 302
