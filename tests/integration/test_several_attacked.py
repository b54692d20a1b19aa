"""Whoever found the link of an ask for many accounts, and brings papers that somebody made up."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from broker.demo.visitor import Visitor
from broker.rehearsal import paper
from consents import drafts
from consents.asking.taking import asked_by
from consents.models import Draft
from consents.several import listed, placing
from consents.several.listed import Account
from consents.several.looking import begin
from tests import several_world as farm
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]
ACCOUNTS = ["73210042", "73990042"]
NOT_ASKED, OF_SEVERAL = "It is of no account of the list.", "It names more than one account."
UNPLACED, MISSED = "we cannot tell its account", "It takes no more: the company has to ask you anew"


@pytest.fixture
def stranger(desk: Desk) -> Visitor:
    """Somebody at the list who has its link and a mailbox, and knows no number."""
    found = desk.visitor()
    farm.enter(desk, found, farm.ask(desk, ACCOUNTS), "otto@stranger.example")
    farm.holder(found, name="Otto Other")
    return found


def brought(person: Visitor, *lines: str) -> str:
    return farm.drop(person, [paper.pdf([list(lines)])], want=(1, 2)).text


@pytest.mark.parametrize("line", ["Account {}", "Account number: {}", "Account {} 1"])
def test_a_paper_of_many_accounts_says_nothing_of_the_list(stranger: Visitor, line: str) -> None:
    for numbers in (range(7300, 7350), range(7200, 7250)):
        page = brought(stranger, *(line.format(f"{each}0042") for each in numbers))
        assert OF_SEVERAL in page
        assert NOT_ASKED not in page


def test_so_does_one_with_many_numbers_near_the_word(stranger: Visitor) -> None:
    for numbers in (range(7300, 7340), range(7200, 7240)):
        page = brought(stranger, "Account", " ".join(f"{each}0042" for each in numbers))
        assert UNPLACED in page
        assert NOT_ASKED not in page


def near(*numbers: int | str) -> tuple[str, str]:
    """A paper with these numbers near the word, none right behind it."""
    return "Account", " ".join(map(str, numbers))


def few(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(placing, "MISSES", placing.Limit("draft-bill-misses", most, timedelta(days=30)))


def test_what_fits_none_is_counted_for_the_list_whoever_brings_it(
    desk: Desk, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, 6)
    assert NOT_ASKED in brought(stranger, *near(*range(100_042, 100_047)))
    assert NOT_ASKED in brought(stranger, "Account 11110042")
    other = desk.visitor()
    farm.enter(desk, other, farm.ask(desk, ACCOUNTS), "again@stranger.example")
    farm.holder(other, name="Otto Other")
    assert MISSED in brought(other, "Account 11120042")
    assert MISSED in brought(other, f"Account {ACCOUNTS[0]}")  # nor is one that fits told from one that does not


def test_a_paper_of_more_numbers_than_may_still_be_counted_is_held_against_none(
    stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, 6)
    for first in (100_042, 200_042, 73_210_040):  # the last one holds a number of the list
        page = brought(stranger, *near(*range(first, first + 5)))
        assert (NOT_ASKED if first == 100_042 else UNPLACED) in page
        assert MISSED not in page  # the list still takes a plain bill
    assert "account ending in 0042" in brought(stranger, f"Account {ACCOUNTS[0]}")  # there was room for one


def test_whoever_knows_one_number_pays_for_each_guess_beside_it(
    stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, 6)
    for first in (100_042, 200_042):
        page = brought(stranger, *near(ACCOUNTS[0], *range(first, first + 4)))
        assert ("account ending in 0042" if first == 100_042 else UNPLACED) in page
    assert "account ending in 0042" in brought(stranger, *near(ACCOUNTS[0], 300_042))  # the number itself costs nothing
    assert "account ending in 0042" in brought(stranger, f"Account {ACCOUNTS[0]}")
    assert OF_SEVERAL not in brought(stranger, *near(*ACCOUNTS))


def test_bills_that_name_a_meter_beside_the_account_may_all_be_brought_twice() -> None:
    assert placing.MISSES.most >= 2 * listed.MOST


def test_many_papers_at_once_tell_no_more_than_the_limit(stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    most, seen = 4, threading.Semaphore(0)
    few(monkeypatch, most)
    over, compare = threading.Event(), placing.index_of

    def slowly(ways: Sequence[str], wanted: Mapping[str, Account]) -> tuple[str, str] | None:
        seen.release()
        over.wait(60)
        return compare(ways, wanted)

    def placed(number: str) -> tuple[str, str] | str:
        try:
            return placing.place(looking, {"accounts": [[number]], "below": []})
        finally:
            connection.close()

    draft = Draft.objects.latest("created_at")
    looking = begin(draft, "Otto Other", listed.read(drafts.read(draft).several), now=timezone.now())
    assert asked_by(draft.link) is not None
    monkeypatch.setattr(placing, "index_of", slowly)
    with ThreadPoolExecutor(most + 1) as pool:
        guesses = [pool.submit(placed, f"1000{each}0042") for each in range(most)]
        assert all(seen.acquire(timeout=60) for _ in guesses)  # all of them are being compared
        fitting = pool.submit(placed, ACCOUNTS[0])
        wait([fitting], timeout=2)
        over.set()
        assert fitting.result() == placing.MISSED
        assert [each.result() for each in guesses] == [placing.NOT_ASKED] * most


def test_one_number_that_is_written_twice_is_one(stranger: Visitor) -> None:
    lines = [f"Account number: 00{ACCOUNTS[0]}", f"Account {ACCOUNTS[0]} 1", "Account 7321 0042"]
    assert OF_SEVERAL not in brought(stranger, *lines)
    assert "account ending in 0042" in brought(stranger, *lines)


@pytest.mark.parametrize(
    "label",
    ["Name:", "Account holder:", "Customer name", "Account number: 73210042 Name:", "Nombre del cliente:", "Titular:"],
)
def test_a_bill_that_calls_another_its_holder_proves_nothing(desk: Desk, label: str) -> None:
    person = desk.visitor()
    farm.enter(desk, person, farm.ask(desk, ACCOUNTS))
    farm.holder(person)
    made = f"{timezone.now() - timedelta(days=9):%Y-%m-%d}"
    lines = ["Service address: 9 Mill Road, Example", f"Bill date: {made}", "Total due: $98.11"]
    whole: list[Any] = [f"Account number: {ACCOUNTS[0]}", f"{label} Betty Smith", *lines, f"Mail to: {farm.FARM}"]
    page = farm.drop(person, [paper.pdf([whole])], want=(1, 2)).text
    assert "Its bill names another holder" in page
    whole[1] = f"{label} {farm.FARM}"
    page = farm.drop(person, [paper.pdf([whole])], want=(1, 2)).text
    assert "proved its account" in page
