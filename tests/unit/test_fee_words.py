"""The sentence in which a co-op named a fee: which one it is, and what of it is shown."""

from decimal import Decimal

import pytest

from requests_app.fees.own_words import LONGEST, sentence

FEE = Decimal("35.00")


@pytest.mark.parametrize(
    ("text", "amount", "said"),
    [
        ("Hello. Copies cost $35.00 for this. Thank you.", "35.00", "Copies cost $35.00 for this."),
        ("The fee is $35", "35.00", "The fee is $35"),
        ("We charge 35 dollars\nfor ten bills.", "35.00", "We charge 35 dollars for ten bills."),
        ("Our fee: 1,250.50 USD.", "1250.50", "Our fee: 1,250.50 USD."),
        ("It is $1250 in all!", "1250.00", "It is $1250 in all!"),
        ("Ten cents a page make $12.50, due first.", "12.50", "Ten cents a page make $12.50, due first."),
    ],
)
def test_the_sentence_that_names_the_amount_is_quoted(text: str, amount: str, said: str) -> None:
    assert sentence([text], Decimal(amount)) == said


@pytest.mark.parametrize(
    "text",
    [
        "It is 35 pages.",
        "The fee is $350.",
        "The fee is $35.50.",
        "The fee is $135.00.",
        "The fee is $2,35.",
        "> The fee is $35.00.",
        "On Monday, Sam wrote:\n> the fee is $35.00",
        "The fee is $35.00, log in to SmartHub with user: pat@member.example password: Winter2026!",
        "",
    ],
)
def test_what_is_not_the_amount_or_not_its_own_words_or_a_login_is_not_quoted(text: str) -> None:
    assert sentence([text], FEE) == ""


def test_the_first_part_that_names_it_counts() -> None:
    assert sentence(["Hello.", "The fee is $35.", "It is $35 again."], FEE) == "The fee is $35."


def test_long_numbers_and_addresses_are_left_out() -> None:
    said = sentence(["For account 4090-0017 of pat@member.example pay $35.00 at https://pay.example/x by May 5."], FEE)
    assert said == "For account … of … pay $35.00 at … by May 5."
    assert sentence(["Pay\u202e $35.00\x07 please"], FEE) == "Pay $35.00 please"


@pytest.mark.parametrize("before", [0, 30, 90, 300])
def test_a_long_one_is_cut_around_the_amount(before: int) -> None:
    said = sentence([f"{'so ' * before}it is $35.00 {'and ' * 120}so on."], FEE)
    assert len(said) <= LONGEST
    assert "$35.00" in said
    assert said.endswith("…")
    assert said.startswith("…") == (before > 60)
