"""A pasted list of accounts: what is no account number is named by its line, and never guessed at or repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.recipients.accounts import MOST, read


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("40900017\n40900018\n", ("40900017", "40900018")),
        ("\ufeff40900017\r\n\r\n 40900018 \r\n", ("40900017", "40900018")),
        ("40900017\r40900018", ("40900017", "40900018")),
        ("account\n40900017\n", ("40900017",)),
        ('name,Account_Number,note\n"Barn, north",40900017,x\nHouse,40900018,=1+1\n', ("40900017", "40900018")),
        ("Barn\taccount\nnorth\t40900017\nsouth, new\t40900018\n", ("40900017", "40900018")),  # as a sheet copies it
        ("Barn;Account;Note\r\nnorth;40900017;a, b\r\n", ("40900017",)),
        ("40900017\t\n40900018\t\n", ("40900017", "40900018")),
        ("40900017;\r\n40900018;;\r\n", ("40900017", "40900018")),
        ("account;\n40900017;\n", ("40900017",)),
        ("account\n40900017;\n", ("40900017",)),
        ("Account;Name, first\n40900017;Gwen\n", ("40900017",)),
        ("Name, first\tAccount\nGwen\t40900017\n", ("40900017",)),
        ('"Name; first",Account\n"Gwen; G",40900017\n', ("40900017",)),
        ("0001\n1000\n", ("0001", "1000")),  # a zero in front stays
    ],
)
def test_lists_that_are_read(text: str, numbers: tuple[str, ...]) -> None:
    found = read(text)
    assert (found.numbers, found.problems) == (numbers, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "account\n",
        "409 000 17",
        "40900017,40900018",  # two in a line: one of them may be something else
        "40900017;40900018",
        ";40900017",  # a cell before it is no separator at the end
        "4.09E+07",  # what a spreadsheet makes of a number
        "123",
        "1234567890123",
        "٤٠٩٠٠٠١٧",
        "account,account\n1234,5678",
        'account\n"40900017',
        "note,meter\n1,2",
    ],
)
def test_lists_that_are_not(text: str) -> None:
    assert read(text).problems


def test_a_problem_names_its_line_and_repeats_nothing() -> None:
    (problem,) = read("40900017\nmy secret words\n").problems
    assert "Line 2" in problem
    assert "secret" not in problem


def test_a_number_that_stands_twice_counts_once() -> None:
    found = read("40900017\n40900018\n40900017\n")
    assert (found.numbers, found.repeated, found.problems) == (("40900017", "40900018"), 1, ())


def test_no_more_than_one_ask_may_name() -> None:
    assert not read("\n".join(str(40_000_000 + n) for n in range(MOST))).problems
    assert read("\n".join(str(40_000_000 + n) for n in range(MOST + 1))).problems


@given(st.text(max_size=200))
def test_whatever_is_pasted_gives_numbers_or_problems(text: str) -> None:
    found = read(text)
    assert found.numbers or found.problems
    assert all(each.isascii() and each.isdigit() and 4 <= len(each) <= 12 for each in found.numbers)
