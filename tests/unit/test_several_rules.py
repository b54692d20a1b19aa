"""The rules of one signing for many accounts: whom a bill names, and what of a list is in the letter."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from consents.several import holder_line, listed
from consents.several.listed import Account

NAME = "Betty Smith"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("BETTY SMITH", ""),
        ("Name: Betty Smith", ""),
        ("Name: Betty Smith Account number: 51000042", ""),
        ("Betty Smith 51000042", ""),
        ("Bètty  SMITH,", ""),
        ("BETTY SMITH C/O JAMES SMITH", ""),
        ("James or Betty Smith", "joint"),
        ("BETTY SMITH OR JAMES SMITH", "joint"),
        ("BETTY SMITH & JAMES", "joint"),
        ("JAMES AND/OR BETTY SMITH", "joint"),
        ("Juan Lopez y Betty Smith", "joint"),
        ("Betty Smith et vir", "joint"),
        ("BETTY SMITH JTWROS", "joint"),
        ("BETTY SMITH JR", "name"),
        ("MARY BETTY SMITH", "name"),
        ("BETTY SMITH ESTATE", "name"),
        ("BETTY SMITHSON", "name"),
        ("OTTO OTHER", "name"),
        ("", "name"),
    ],
)
def test_a_line_names_her_alone_beside_another_or_not(line: str, found: str) -> None:
    assert holder_line.judge([["", line, ""]], NAME) == found


@pytest.mark.parametrize(
    ("before", "after"), [("JAMES SMITH OR", ""), ("", "OR JAMES SMITH"), ("", "& James Smith"), ("JAMES SMITH &", "")]
)
def test_a_second_holder_may_stand_in_the_next_line(before: str, after: str) -> None:
    assert holder_line.judge([[before, "BETTY SMITH", after]], NAME) == "joint"


@pytest.mark.parametrize(
    ("before", "line", "after", "found"),
    [
        # Another column of the paper stands on the line: what belongs to the name is looked at all the same.
        ("", "JAMES SMITH Account: 51110017", "AND BETTY SMITH", "joint"),
        ("", "JAMES SMITH Account: 51110017", "& BETTY SMITH Statement Date 11/03/2026", "joint"),
        ("", "JAMES SMITH Account: 51110017", "Due 11/20/2026 AND BETTY JONES", "joint"),
        ("", "JAMES SMITH Account: 51110017", "Due 11/20/2026 BETTY SMITH", "joint"),
        ("", "JAMES SMITH JR AND BETTY SMITH Account: 51110017", "", "joint"),
        ("", "JAMES SMITH BETTY SMITH Account Number 51110017", "", "joint"),
        ("", "JAMES SMITH Account: 51110017 BETTY SMITH", "", "joint"),
        ("", "JAMES SMITH JR Account: 51110017", "", "name"),
        ("", "JAMES SMITH Family Account: 51110017", "", "name"),
        ("", "Account 51110017 WILLIAM JAMES SMITH", "", "name"),
        ("BETTY SMITH AND", "51110017 JAMES SMITH", "", "joint"),
        ("BETTY AND Account: 51110017", "JAMES SMITH", "", "joint"),
        ("", "JAMES SMITH", "BETTY SMITH", "joint"),
        ("BETTY SMITH", "JAMES SMITH", "", "joint"),
        ("", "JAMES SMITH", "et ux", "joint"),
        ("", "JAMES SMITH", "BETTY SMITH PO BOX 7", "joint"),
        ("", "JAMES SMITH PAGE", "", "name"),
        ("", "BILL JAMES SMITH", "", "name"),
        # What stands around a name on many a bill, and names nobody.
        ("Your electric bill", "JAMES SMITH", "4102 SMITH CREEK ROAD", ""),
        ("Statement Date 11/03/2026", "JAMES SMITH Account Number 51110017", "PO BOX 7 FORT SMITH AR 72901", ""),
        ("Page 1", "Account 51110017 JAMES SMITH", "Billing and usage 300 kWh", ""),
        ("", "JAMES SMITH 51110017 JAMES SMITH", "", ""),
        ("", "JAMES SMITH", "C/O BETTY SMITH", ""),
        ("", "C/O JAMES SMITH", "", "name"),
        # One letter joins in Spanish, and is the name of a road.
        ("Service: 4102 HIGHWAY Y", "JAMES SMITH", "E HIGHWAY 76", ""),
        ("JUAN LOPEZ Y", "JAMES SMITH", "", "joint"),
        ("", "JAMES SMITH", "E HIJOS", "joint"),
    ],
)
def test_another_column_hides_no_second_holder(before: str, line: str, after: str, found: str) -> None:
    assert holder_line.judge([[before, line, after]], "James Smith") == found


def test_one_line_with_another_holder_is_enough() -> None:
    assert holder_line.judge([["", "Betty Smith", ""], ["", "James or Betty Smith", ""]], NAME) == "joint"
    assert holder_line.judge([["", "Betty Smith Estate", ""], ["", "Betty Smith", "3 Road"]], NAME) == ""
    assert holder_line.judge([], NAME) == "name"
    assert holder_line.judge([["", "anything", ""]], "—") == "name"


@pytest.mark.parametrize("name", ["James or Betty Smith", "JAMES & BETTY SMITH", "Betty Smith et vir", "Smith husband"])
def test_two_holders_are_told_by_the_typed_name(name: str) -> None:
    assert holder_line.is_joint(name)


@pytest.mark.parametrize("name", ["Betty Smith", "SMITH & SONS LLC", "Grant Farms"])
def test_one_holder_or_one_body_is_not_joint(name: str) -> None:
    assert not holder_line.is_joint(name)


def test_a_company_with_a_joining_word_in_its_name_is_one_holder() -> None:
    assert holder_line.judge([["", "Name: SMITH & SONS LLC", "3 Road"]], "Smith & Sons LLC") == ""


LIST = listed.begin([{"ending": "0042", "index": "aa"}, {"ending": "0042", "index": "bb"}])


def proven(row: Account) -> Account:
    return replace(row, number="51000042", service_address="3 Road", billed_on="2026-11-01", amount="1.00", file="f")


def test_a_list_begins_with_nothing_proven_and_is_not_ready() -> None:
    assert [row.place for row in listed.read(LIST)] == [1, 2]
    assert listed.chosen(LIST) == []
    assert not listed.is_ready({**LIST, "confirmed": True})
    assert not listed.is_ready({})


def test_in_the_letter_is_what_is_ticked_and_proven() -> None:
    one, two = listed.read(LIST)
    state = listed.write([proven(one), two], confirmed=True)
    assert [row.place for row in listed.chosen(state)] == [1]
    assert [row.place for row in listed.left_out(state)] == [2]
    assert listed.is_ready(state)
    unticked = listed.write(listed.ticked(listed.read(state), [2]), confirmed=True)
    assert not listed.is_ready(unticked)


@pytest.mark.parametrize("change", [{"code": "amount"}, {"lacks": ("amount",)}, {"file": ""}])
def test_what_a_bill_did_not_bear_out_is_not_proven(change: dict[str, Any]) -> None:
    one, _two = listed.read(LIST)
    assert proven(one).is_proven
    assert not Account(**{**asdict(proven(one)), **change}).is_proven


def test_another_name_takes_every_proof_away_and_no_tick() -> None:
    one, two = listed.read(LIST)
    rows = listed.unproven([replace(proven(one), wanted=False), proven(two)])
    assert [(row.wanted, row.is_proven) for row in rows] == [(False, False), (True, False)]
