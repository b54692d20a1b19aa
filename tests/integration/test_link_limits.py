"""Whoever asks for links or guesses codes locks nobody else out, and guesses little."""

import threading
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker.parties import links
from broker.parties.models import EmailLink
from consents.paper import printing
from tests.integration.grant_support import Desk, desk
from tests.requests_world import organisation

__all__ = ["desk"]
OWNER = "owner@member.example"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"
MY, OBJECT = EmailLink.Purpose.MY, EmailLink.Purpose.OBJECT


def ask(*, purpose: EmailLink.Purpose = MY, email: str = OWNER, address: str = HERE, now: datetime) -> EmailLink | None:
    return links.begin(email, purpose, organisation=None, language="en", now=now, address=address)


def link(now: datetime, address: str = "") -> EmailLink:
    made = ask(address=address, now=now)
    assert made is not None
    return made


def with_code(made: EmailLink, code: str) -> EmailLink:
    """Give the link a code that the test knows."""
    EmailLink.objects.filter(id=made.id).update(code_hash=links.make_password(code))
    made.refresh_from_db()
    return made


@pytest.fixture
def noon() -> datetime:
    return timezone.now().replace(hour=12, minute=0)


def test_one_address_uses_up_its_own_links_of_a_mailbox_only(committing: str, noon: datetime) -> None:
    assert [ask(now=noon) is not None for _ in range(7)] == [True] * 6 + [False]
    assert ask(address=ELSEWHERE, now=noon) is not None, "the owner is elsewhere"
    assert ask(purpose=OBJECT, now=noon) is not None, "an objection has a budget of its own"
    assert ask(address="", now=noon) is not None, "what we send of ourselves is nobody's to use up"
    others = [ask(address=f"203.0.113.{each}", now=noon) is not None for each in range(7)]
    assert others == [True] * 5 + [False] * 2, "twelve an hour reach a mailbox"


def test_one_address_does_not_mail_to_everybody(committing: str, noon: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(links, "ASKERS", links.Limit("link-address", 3, links.HOUR))
    asked = [ask(email=f"m{each}@member.example", now=noon) is not None for each in range(4)]
    assert asked == [True, True, True, False]


def test_a_mailbox_takes_15_wrong_codes_a_day_and_then_its_own_link(committing: str, noon: datetime) -> None:
    made = [with_code(link(noon), "123456") for _ in range(4)]
    reasons = [links.check_code(each, "999999", now=noon).reason for each in made[:3] for _ in range(5)]
    assert reasons == ["wrong", "wrong", "wrong", "wrong", "locked"] * 3
    assert links.check_code(made[3], "123456", now=noon).reason == "daily", "not even the right one"
    made[3].refresh_from_db()
    assert made[3].code_tries == 0
    assert links.check_code(made[3], "123456", now=noon, opened_here=True).ok


def test_a_right_code_and_a_used_one_count_for_nothing(committing: str, noon: datetime) -> None:
    made = with_code(link(noon), "123456")
    assert links.check_code(made, "123456", now=noon).ok
    assert {links.check_code(made, "123456", now=noon).reason for _ in range(20)} == {"used"}
    assert links.check_code(with_code(link(noon), "123456"), "123456", now=noon).ok


def test_32_guesses_at_once_at_many_links_are_15(committing: str, noon: datetime) -> None:
    made = [with_code(link(noon, f"192.0.2.{each}"), "123456") for each in range(8)]
    answers, start = Counter[str](), threading.Barrier(32)

    def guess(number: int) -> None:
        start.wait()
        answers[links.check_code(EmailLink.objects.get(id=made[number % 8].id), "999999", now=noon).reason] += 1
        connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(32)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers["daily"] == 32 - links.WRONG_CODES.most
    assert answers["wrong"] == links.WRONG_CODES.most


def test_the_opened_link_lets_its_owner_in_after_the_limit(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(links, "WRONG_CODES", links.Limit("wrong-code", 1, links.DAY))
    person = desk.visitor()
    person.submit("/my/sign-in/", {"email": OWNER})
    mail = desk.mail("link and code", OWNER)
    code = mail["codes"][0]
    person.submit("/my/code/", {"code": f"{(int(code) + 1) % 1_000_000:06}"})
    assert "too many wrong codes for this mailbox" in person.submit("/my/code/", {"code": code}).text
    path = next(each for each in mail["links"] if "/my/open/" in each)
    person.submit(path[path.index("/my/open/") :], {})
    assert "too many wrong codes" not in person.submit("/my/code/", {"code": code}).text
    assert EmailLink.objects.get().code_used_at is not None


def test_one_address_makes_ten_paper_letters_an_hour(committing: str, noon: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(printing, "_render", lambda *_args, **_more: b"%PDF-1.7")
    company = organisation("acme", noon)[0]

    def made(address: str) -> bool:
        return printing.make(company, answers=None, language="en", actor=None, now=noon, address=address) is not None

    assert [made(HERE) for _ in range(11)] == [True] * 10 + [False]
    assert made(ELSEWHERE)


def test_the_page_of_the_paper_letter_counts_for_its_address(sqlite_db: str, monkeypatch: Any) -> None:
    organisation("acme", timezone.now())
    monkeypatch.setattr(printing, "_render", lambda *_args, **_more: b"%PDF-1.7")
    monkeypatch.setattr(printing, "FROM_ONE_ADDRESS", links.Limit("paper", 1, links.HOUR))
    answers = [Client(REMOTE_ADDR=each).post("/share/paper/acme/letter.pdf") for each in (HERE, HERE, ELSEWHERE)]
    assert [each.status_code for each in answers] == [200, 429, 200]
