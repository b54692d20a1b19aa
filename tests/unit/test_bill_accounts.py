"""Which account numbers stand on a page: behind the word, near it, and all that may be one."""

from datetime import date
from decimal import Decimal

import pytest

from broker import sandbox
from broker.importers.bill_accounts import numbers
from broker.rehearsal import paper
from broker.sandbox.wire import pack


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Account number: 51110017", ["51110017"]),
        ("Account Number 51110017 Bill date 2025-10-18", ["51110017"]),
        ("ACCT NO. 5111-0017", ["51110017"]),
        ("Acct # 5111 0017 10/18/2025", ["51110017"]),
        ("Número de cuenta: 51110017", ["51110017"]),
        ("Cuenta n.º 51110017", ["51110017"]),
        ("Your account: 4711", ["4711"]),
        ("Account 51110017.", ["51110017"]),
    ],
)
def test_a_number_behind_the_word_is_named(line: str, named: list[str]) -> None:
    found = numbers([line])
    assert len(found.named) == 1
    assert set(named) <= set(found.named[0]) <= set(found.every)


@pytest.mark.parametrize(
    "line",
    [
        "Account balance: 87.65", "Account as of 2025-10-18", "Account 10/18/2025", "Account since 2019",
        "Total due: $87.65", "Meter 77123456", "Call 417-469-0000", "Account 1 of 2", "51110017",
    ],
)  # fmt: skip
def test_dates_sums_and_other_numbers_are_not_named(line: str) -> None:
    assert numbers([line]).named == ()


def test_a_number_below_the_word_is_told_apart_from_dates_phones_and_sums() -> None:
    page = "Account Number   Bill date   Due   Phone\n51110017  10/18/2025  $1,087.65  417-469-0000\nMO 65775-1234"
    assert numbers([page]).below == ("51110017",)
    assert "51110017" in numbers([page]).every


def test_every_number_is_given_so_that_known_ones_can_be_looked_for() -> None:
    assert {"51110017", "4090001"} <= set(numbers(["Meter 51110017 and (4090001),", "Ref#51110017"]).every)
    assert "12345" not in numbers(["12345"]).every  # so short a number stands on every page by chance
    assert not numbers(["\n".join(f"{7000000 + each}" for each in range(5000))]).complete


def read(data: bytes, name: str = "ANNA ALPHA") -> dict[str, object]:
    payload = {"data": pack(data), "name": name}
    found: dict[str, object] = sandbox.call("broker.importers.bill_accounts:read", payload, wall=20.0, cpu=10)
    return found


def test_a_bill_is_read_in_the_sandbox() -> None:
    facts = {"begin": date(2025, 9, 1), "end": date(2025, 10, 1), "charges": Decimal("87.65"), "due": date(2025, 11, 1)}
    found = read(paper.bill(account="51110017", name="ANNA ALPHA", address="5 Alpha Road", **facts))
    assert found["named"] == [["51110017"]]
    assert (found["complete"], found["name"]) == (True, True)
    assert read(paper.bill(account="51110017"))["name"] is False


def test_a_page_that_is_not_read_is_said_to_be_unread() -> None:
    assert read(paper.pdf([["Account number: 51110017"]] * 20))["complete"] is True
    assert read(paper.pdf([["Account number: 51110017"]] * 21))["complete"] is False
