"""Whoever holds a letter, its signer included, cannot keep the clerk from it, by wrong digits or by codes."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from broker.demo.visitor import TOKEN, Visitor
from broker.notices.models import Notice
from broker.notices.templatetags.notices import moment
from consents.checking import acts, limits, opened
from consents.checking.models import ClerkCode
from consents.loa.code import verification_code
from tests.integration.checking_support import LAST_FOUR, clerk_code, consent, enter, letter, profile_mailbox, words
from tests.integration.grant_support import Desk, desk
from tests.integration.test_checking_limits import _browser

__all__ = ["desk"]
MINE, HIS = uuid.UUID(int=1), uuid.UUID(int=2)


def at(desk: Desk, place: str) -> Visitor:
    """Somebody at this address of the machine, with a browser of his own."""
    return Visitor(desk.url, _browser(desk.url, place))


def send_code(person: Visitor, code: str, expect: int) -> str:
    return words(person.submit("/v/letter/member/code/", {"code": code}, expect=expect))


def codes_sent() -> int:
    return Notice.objects.filter(template="clerk_code").count()


# --- digits -------------------------------------------------------------------------------------------------------


@pytest.mark.granted
def test_wrong_digits_from_five_addresses_do_not_lock_out_the_clerk(desk: Desk) -> None:
    desk.grant()
    code = letter().verification_code
    for n in range(5):
        stranger = at(desk, f"127.0.0.{21 + n}")
        answers = {stranger.http.post("/v/", data=_fields(stranger, code, f"{n}{try_:03}")).status_code
                   for try_ in range(6)}  # fmt: skip
        assert answers <= {422, 429}
        stranger.http.close()
    clerk = at(desk, "127.0.0.97")
    enter(clerk, code, "9999", expect=422)  # her own slip
    assert "ACTIVE" in words(enter(clerk, code))


def _fields(person: Visitor, code: str, digits: str) -> dict[str, str]:
    token = TOKEN.search(person.get("/v/").text)
    assert token is not None
    return {"code": code, "digits": digits, "csrfmiddlewaretoken": token[1]}


def test_many_addresses_guess_no_more_often_than_before(committing: str) -> None:
    """100 addresses, three tries each in three hours of a day: 50 tries of 10,000, which is 1 in 200."""
    code, day = verification_code([1, 2, 3, 4, 5, 6, 7]), datetime(2026, 3, 2, tzinfo=UTC)
    made = sum(
        limits.of_code(code, f"198.51.{n // 250}.{n % 250}", now=day + timedelta(hours=hour)).refused is None
        for hour in (0, 9, 23)
        for n in range(100)
        for _ in range(3)
    )
    assert made == limits.CODE_OWN_BY_ALL.most + limits.CODE_MORE_DAY_BY_ALL.most == 50


def test_how_many_addresses_it_takes_to_lock_a_letter(committing: str) -> None:
    """What the decision says: 18 addresses that spend all they have leave a clerk a try; before, five left none."""
    code, now = verification_code([1, 2, 3, 4, 5, 6, 7]), datetime(2026, 3, 2, 15, tzinfo=UTC)

    def spend(address: str) -> list[bool]:
        return [limits.of_code(code, address, now=now).refused is None for _ in range(6)]

    for n in range(18):
        assert spend(f"198.51.100.{n}")[:2] == [True, True]
    assert spend("192.0.2.1")[:2] == [True, False]
    assert spend("192.0.2.2") == [False] * 6


@pytest.mark.granted
def test_a_locked_letter_says_until_when_and_what_to_do_instead(desk: Desk) -> None:
    desk.grant()
    code = letter().verification_code
    now = timezone.now()
    known, unknown = (_locked(desk, each, now) for each in (code, verification_code([1, 2, 3, 4, 5, 6, 7])))
    assert known == unknown, "the page of a locked code says nothing of whether there is one"
    assert f"Wait until {moment(limits.ends(limits.CODE_OWN_BY_ALL, now))}" in known
    assert "Check the file that you have : that also says" in known
    assert "Call us" in known


def _locked(desk: Desk, code: str, now: datetime) -> str:
    for n in range(20):
        for _ in range(2):
            limits.of_code(code, f"192.0.2.{n}", now=now)
    with time_machine.travel(now, tick=True):
        answer = enter(desk.visitor(), code, LAST_FOUR, expect=429)
    assert int(answer.headers["retry-after"]) >= 3600
    return words(answer)


def test_a_refused_try_costs_the_clerk_nothing_of_her_own(committing: str) -> None:
    code, now = verification_code([1, 2, 3, 4, 5, 6, 7]), datetime(2026, 3, 2, 22, tzinfo=UTC)
    for n in range(20):
        for _ in range(2):
            limits.of_code(code, f"192.0.2.{n}", now=now)
    refused = [limits.of_code(code, "198.51.100.1", now=now).refused for _ in range(7)]
    assert set(refused) == {limits.CODE_OWN_BY_ALL}, "each time it is the letter, and not she"


# --- the code of "our member" -------------------------------------------------------------------------------------


@pytest.mark.granted
def test_presses_at_the_same_moment_mail_one_code(desk: Desk) -> None:
    desk.grant()
    row, start = letter(), threading.Barrier(4)

    def press(_n: int) -> acts.Asked:
        try:
            start.wait()
            return acts.ask_code(row, browser=MINE, language="en", address="192.0.2.1", now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        assert [asked.sent for asked in people.map(press, range(4))] == [True] * 4
    assert (ClerkCode.objects.filter(letter=row).count(), codes_sent()) == (1, 1)


@pytest.mark.granted
def test_a_used_up_code_is_not_fresh_because_an_older_one_is(desk: Desk) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    acts.ask_code(row, browser=MINE, language="en", address="192.0.2.1", now=now - timedelta(minutes=16))
    acts.ask_code(row, browser=MINE, language="en", address="192.0.2.1", now=now)
    ClerkCode.objects.filter(made_at__lt=now).update(made_at=now - timedelta(minutes=1))  # as two that raced
    ClerkCode.objects.filter(made_at=now).update(tries=5)
    assert acts.ask_code(row, browser=MINE, language="en", address="192.0.2.1", now=now + timedelta(minutes=1)).sent
    assert codes_sent() == 3, "the page says that a code was sent, so one was"


@pytest.mark.granted
def test_a_strangers_wrong_codes_use_up_his_own_alone(desk: Desk, settings: Any) -> None:
    desk.grant()
    code = letter().verification_code
    clerk, stranger = at(desk, "127.0.0.98"), at(desk, "127.0.0.12")
    with profile_mailbox(desk, settings):
        for person in (clerk, stranger):
            enter(person, code)
        clerk.submit("/v/letter/member/")
        sent = clerk_code(desk)
        wrong = f"{(int(sent) + 1) % 1_000_000:06}"
        assert "has not been asked for in this browser" in send_code(stranger, sent, 422), "he has asked for none"
        for _ in range(2):
            stranger.submit("/v/letter/member/")
            for _ in range(6):
                send_code(stranger, wrong, 422)
    assert "It is confirmed that your member signed" in send_code(clerk, sent, 200)
    assert consent().assurance == "L3"


@pytest.mark.granted
def test_codes_burnt_from_four_addresses_leave_the_clerk_hers(desk: Desk, settings: Any) -> None:
    desk.grant()
    code = letter().verification_code
    for n in range(4):
        stranger = at(desk, f"127.0.0.{12 + n}")
        enter(stranger, code)
        for _ in range(3):
            stranger.http.post("/v/letter/member/", data={"csrfmiddlewaretoken": stranger.field(
                stranger.get("/v/letter/member/"), "csrfmiddlewaretoken")})  # fmt: skip
            ClerkCode.objects.update(tries=5)
        stranger.http.close()
    assert codes_sent() <= 12
    clerk = at(desk, "127.0.0.98")
    enter(clerk, code)
    with profile_mailbox(desk, settings):
        clerk.submit("/v/letter/member/")
        assert "It is confirmed that your member signed" in send_code(clerk, clerk_code(desk), 200)


@pytest.mark.granted
def test_a_letter_without_codes_left_tells_staff_and_the_clerk_what_to_do(desk: Desk) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    asked = [
        acts.ask_code(row, browser=uuid.uuid4(), language="en", address=f"192.0.2.{n}", now=now).sent for n in range(40)
    ]
    assert asked.count(True) == limits.CLERK_CODES_OWN_BY_ALL.most == codes_sent()
    assert Notice.objects.filter(key__startswith="staff:clerk:codes_out:").count() == 1, "once a day"
    clerk = at(desk, "127.0.0.98")
    enter(clerk, row.verification_code)
    text = words(clerk.submit("/v/letter/member/", expect=429))
    assert "Our staff can then call your co-op" in text
    assert "Or wait until" in text


@pytest.mark.granted
def test_a_code_asked_for_before_the_half_hour_was_over_is_still_this_browsers(desk: Desk, settings: Any) -> None:
    desk.grant()
    code, clerk = letter().verification_code, desk.visitor()
    enter(clerk, code)
    with profile_mailbox(desk, settings):
        clerk.submit("/v/letter/member/")
        sent = clerk_code(desk)
    session = SessionStore(session_key=clerk.http.cookies[settings.SESSION_COOKIE_NAME])
    session[opened.KEY] = {**session[opened.KEY], "until": (timezone.now() - timedelta(minutes=1)).isoformat()}
    session.save()
    assert "Check a letter" in words(clerk.get("/v/letter/")), "the half hour is over"
    enter(clerk, code)
    assert "It is confirmed that your member signed" in send_code(clerk, sent, 200)


@pytest.mark.granted
def test_the_database_keeps_one_open_code_of_a_browser(desk: Desk) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    for _ in range(2):  # the second browser's is another one
        acts.ask_code(row, browser=MINE, language="en", address="192.0.2.1", now=now)
        acts.ask_code(row, browser=HIS, language="en", address="192.0.2.1", now=now)
    assert ClerkCode.objects.filter(letter=row, open=True).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        ClerkCode.objects.filter(browser=HIS).update(browser=MINE)


@pytest.mark.granted
def test_the_page_of_a_press_is_asked_over_the_wire(desk: Desk) -> None:
    """Four presses of one browser at the same moment, over four connections: one mail."""
    desk.grant()
    person = at(desk, "127.0.0.1")
    enter(person, letter().verification_code)
    token, cookies = person.field(person.get("/v/letter/member/"), "csrfmiddlewaretoken"), dict(person.http.cookies)
    start = threading.Barrier(4)

    def press(_n: int) -> int:
        with httpx.Client(base_url=desk.url, cookies=cookies, trust_env=False, timeout=120) as client:
            start.wait()
            return client.post("/v/letter/member/", data={"csrfmiddlewaretoken": token}).status_code

    with ThreadPoolExecutor(4) as people:
        assert list(people.map(press, range(4))) == [302] * 4
    assert codes_sent() == 1
