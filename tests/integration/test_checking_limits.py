"""Limits of the public page: 64 tries at once share one limit, and nobody's address is kept."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone

from broker.demo.visitor import TOKEN, Visitor
from broker.limits import counting
from broker.limits.models import Tries
from consents.checking import limits
from consents.loa.code import verification_code
from tests.integration.audit_support import acts
from tests.integration.checking_support import LAST_FOUR, enter, letter
from tests.integration.grant_support import Desk, desk
from tests.served import web

__all__ = ["desk"]
AT_ONCE = 64


def _browser(address: str, place: str) -> httpx.Client:
    """A browser that waits as long as a loaded machine needs, and whose idle connections no server closes under it."""
    return httpx.Client(
        base_url=address,
        headers={"Connection": "close"},
        follow_redirects=True,
        timeout=600,
        transport=httpx.HTTPTransport(local_address=place),
    )


def wait_for_the_next_hour(spare: float = 90.0) -> None:
    """Let an hour that is nearly over end: what is counted in it would be counted anew in the middle of a test."""
    left = 3600 - time.time() % 3600
    if left < spare:
        time.sleep(left + 1)


def at_once(address: str, code_of: Callable[[int], str], *, places: int = 1) -> Counter[int]:
    """Send 64 wrong tries at the same moment, each from a browser of its own, from so many addresses; count answers."""
    people = [Visitor(address, _browser(address, f"127.0.0.{1 + each % places}")) for each in range(AT_ONCE)]
    tokens = [TOKEN.search(person.get("/v/").text) for person in people]
    wait_for_the_next_hour()
    start, answers = threading.Barrier(AT_ONCE), Counter[int]()

    def send(number: int) -> None:
        token = tokens[number]
        assert token is not None
        fields = {"code": code_of(number), "digits": "9999", "csrfmiddlewaretoken": token[1]}
        start.wait()
        answer = people[number].http.post("/v/", data=fields, headers={"Referer": f"{address}/v/"})
        answers[answer.status_code] += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for person in people:
        person.http.close()
    return answers


@pytest.mark.granted
@pytest.mark.parametrize("known", [True, False])
def test_64_tries_at_one_code_are_5(desk: Desk, tmp_path: Path, known: bool) -> None:
    desk.grant()
    code = letter().verification_code if known else verification_code([1, 2, 3, 4, 5, 6, 7])
    before = acts().count("letter.verified")
    with web(tmp_path) as address:
        assert at_once(address, lambda _number: code) == {422: 5, 429: AT_ONCE - 5}
    assert acts().count("letter.verified") - before == 5, "what is over the limit looks at nothing"
    assert enter(desk.visitor(), code, LAST_FOUR, expect=429).headers["retry-after"] == "3600"


@pytest.mark.granted
def test_64_tries_at_one_code_from_8_addresses_are_25(desk: Desk, tmp_path: Path) -> None:
    desk.grant()
    code = letter().verification_code
    with web(tmp_path) as address:
        assert at_once(address, lambda _number: code, places=8) == {422: 25, 429: AT_ONCE - 25}


@pytest.mark.granted
def test_wrong_tries_of_one_address_do_not_lock_out_another(desk: Desk) -> None:
    desk.grant()
    code, person = letter().verification_code, desk.visitor()
    stranger = Visitor(desk.url, _browser(desk.url, "127.0.0.9"))
    for _ in range(limits.CODE_HOUR.most):
        enter(stranger, code, "9999", expect=422)
    enter(stranger, code, LAST_FOUR, expect=429)
    enter(person, code)
    stranger.http.close()


def test_64_codes_from_one_address_are_30(desk: Desk, tmp_path: Path) -> None:
    codes = [verification_code([number // 32, number % 32, 3, 4, 5, 6, 7]) for number in range(AT_ONCE)]
    with web(tmp_path) as address:
        assert at_once(address, lambda number: codes[number]) == {422: 30, 429: AT_ONCE - 30}


@pytest.mark.granted
def test_a_right_entry_does_not_count(desk: Desk) -> None:
    desk.grant()
    code, person = letter().verification_code, desk.visitor()
    for _ in range(8):
        enter(person, code)


@pytest.mark.granted
def test_the_day_has_a_limit_of_its_own(desk: Desk, monkeypatch: Any) -> None:
    desk.grant()
    code, now = letter().verification_code, timezone.now().replace(hour=1, minute=0)
    taken = [limits.of_code(code, "192.0.2.1", now=now + timedelta(hours=hour)).refused is None
             for hour in range(5) for _ in range(5)]  # fmt: skip
    assert taken == [True] * 15 + [False] * 10
    many = [limits.of_code(code, f"198.51.100.{each}", now=now + timedelta(hours=5 + each // 20)).refused is None
            for each in range(60)]  # fmt: skip
    assert many.count(True) == 50 - 15


def test_files_have_a_limit(desk: Desk) -> None:
    person = desk.visitor()
    files = {"file": ("a.pdf", b"%PDF-1.7 nothing", "application/pdf")}
    for _ in range(limits.FILES.most):
        person.submit("/v/file/", files=files)
    person.submit("/v/file/", files=files, expect=429)


def test_an_address_is_kept_as_a_keyed_hash_that_tells_no_two_hours_together(committing: str) -> None:
    now = timezone.now()
    for hour in range(3):
        limits.take(limits.ADDRESS, "192.0.2.77", now=now + timedelta(hours=hour))
    rows = list(Tries.objects.all())
    assert len({bytes(row.key) for row in rows}) == 3
    assert all(len(bytes(row.key)) == 32 for row in rows)
    assert "192.0.2.77" not in repr([vars(row) for row in rows])
    assert counting.forget(now=now + timedelta(days=2)) == 3
    assert not Tries.objects.exists()


def test_the_database_itself_refuses_one_try_too_many(committing: str) -> None:
    now = timezone.now()
    limits.take(limits.CODE_HOUR, "1234-567Y", now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tries.objects.update(tries=6)


@pytest.mark.parametrize(
    ("behind", "remote", "said", "found"),
    [
        (False, "192.0.2.1", "203.0.113.9", "192.0.2.1"),  # nobody talks us out of where he is
        (True, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first part, anybody can write
        (False, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (True, "127.0.0.1", "nonsense", "unknown"),
    ],
)
def test_where_a_request_comes_from(settings: Any, behind: bool, remote: str, said: str, found: str) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": said} if said else {}
    assert limits.address_of(RequestFactory().get("/v/", REMOTE_ADDR=remote, headers=headers)) == found
