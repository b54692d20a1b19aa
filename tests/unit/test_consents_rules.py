"""What a draft must hold before a letter can be shown."""

from datetime import date, timedelta

import pytest

from broker.terms import DataType
from consents.rules import (
    DISCLOSURE,
    WORD_LENGTH,
    Answers,
    accounts_of,
    capacity_given,
    forward_end,
    last_day_of_term,
    missing_step,
    name_to_sign,
    same_name,
    same_word,
    through,
    unshared_days,
    was_opened,
)
from consents.several.listed import Account, write

TODAY = date(2026, 3, 2)
WHOLE = Answers(
    account_number="40900017",
    name_as_billed="Ada Sample",
    service_address="1 Example Road",
    role="customer",
    helped=False,
    data_types=("bill", "usage_daily"),
    history_from=date(2025, 1, 1),
    history_to=date(2026, 1, 1),
    purpose="rate_comparison",
    ends=date(2026, 9, 1),
    nectar=False,
    terms={"version": DISCLOSURE},
)


def test_a_whole_draft_lacks_nothing():
    assert missing_step(WHOLE, today=TODAY) is None


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"account_number": ""}, "account"),
        ({"account_number": "123"}, "account"),
        ({"account_number": "1234567890123"}, "account"),
        ({"account_number": "４０９０００１７"}, "account"),
        ({"account_number": "40-900"}, "account"),
        ({"name_as_billed": ""}, "account"),
        ({"role": ""}, "account"),
        ({"role": "spouse"}, "account"),
        ({"role": "entity"}, "account"),
        ({"helped": None}, "account"),
        ({"helped": True}, "account"),
        ({"data_types": ()}, "data"),
        ({"data_types": ("everything",)}, "data"),
        ({"history_from": None}, "data"),
        ({"history_to": date(2025, 1, 1)}, "data"),
        ({"history_to": TODAY + timedelta(days=2)}, "data"),  # past data does not lie in the future
        ({"purpose": "marketing"}, "purpose"),
        ({"ends": None}, "purpose"),
        ({"ends": TODAY}, "purpose"),
        ({"ends": date(2027, 3, 3)}, "purpose"),
        ({"nectar": None}, "purpose"),
        ({"forward_to": date(2026, 9, 2)}, "purpose"),
        ({"terms": {}}, "terms"),
        ({"terms": {"version": "esign 0.9.0"}}, "terms"),
    ],
)
def test_each_missing_or_wrong_answer_names_its_page(change, step):
    assert missing_step(WHOLE.with_changes(**change), today=TODAY) == step


HELPED = {"helped": True, "helper": "Hal Helper"}
BUSINESS = {"role": "entity", "signer_name": "Sid Signer", "signer_title": "Owner", "basis": "officer"}
LISTED = [
    Account(1, "0017", "one", number="40900017", service_address="1 Example Road", file="a sealed bill"),
    Account(2, "0025", "two", number="40900025", service_address="2 Example Road", file="a sealed bill"),
]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({**HELPED, "help_kind": "reads"}, None),
        ({**HELPED, "help_kind": "signs"}, "account"),
        ({**HELPED, "helper": "", "help_kind": "reads"}, "account"),
        (BUSINESS, None),
        ({**BUSINESS, "signer_name": ""}, "account"),
        ({**BUSINESS, "signer_title": ""}, "account"),
        ({**BUSINESS, "basis": "married"}, "account"),
        ({"account_number": "1234"}, None),
        ({"account_number": "123456789012"}, None),
        ({"history_to": TODAY + timedelta(days=1)}, None),  # through today
        ({"history_from": date(2026, 1, 1)}, "data"),  # an empty range
        ({"ends": TODAY + timedelta(days=1)}, None),
        ({"forward_to": TODAY}, "purpose"),
        ({"forward_to": date(2026, 9, 1)}, None),
        ({"several": write(LISTED, confirmed=True), "account_number": "", "service_address": ""}, None),
        ({"several": write(LISTED)}, "accounts"),
        ({"service_address": ""}, "account"),
        ({"data_types": tuple(map(str, DataType))}, None),
    ],
)
def test_each_answer_at_its_border(change, step):
    assert missing_step(WHOLE.with_changes(**change), today=TODAY) == step


def test_the_letter_is_over_the_listed_accounts_or_over_the_one():
    assert accounts_of(WHOLE) == [("40900017", "1 Example Road")]
    several = WHOLE.with_changes(several=write(LISTED, confirmed=True))
    assert accounts_of(several) == [("40900017", "1 Example Road"), ("40900025", "2 Example Road")]


def test_who_signs_for_a_business_signs_by_the_own_name():
    assert capacity_given(WHOLE) is True
    assert name_to_sign(WHOLE.with_changes(signer_name="Sid Signer")) == "Ada Sample"
    assert capacity_given(WHOLE.with_changes(**BUSINESS)) is True
    assert name_to_sign(WHOLE.with_changes(**BUSINESS)) == "Sid Signer"


def test_new_data_ends_with_its_own_end_or_with_the_permission():
    assert forward_end(WHOLE) is None
    assert forward_end(WHOLE.with_changes(forward=True)) == WHOLE.ends
    assert forward_end(WHOLE.with_changes(forward=True, forward_to=date(2026, 8, 1))) == date(2026, 8, 1)


def test_only_the_very_file_that_was_opened_was_opened():
    opened = WHOLE.with_changes(opened={"sha256": "ab" * 32})
    assert was_opened(opened, "ab" * 32) is True
    assert was_opened(opened, "cd" * 32) is False
    assert was_opened(WHOLE, "ab" * 32) is False
    assert was_opened(WHOLE.with_changes(opened={"sha256": ""}), "") is False


@pytest.mark.parametrize(
    ("typed", "printed", "same"),
    [
        ("CDFH", "CDFH", True),
        (" cd fh ", "CDFH", True),
        ("CDFJ", "CDFH", False),
        ("", "CDFH", False),
        ("", "", False),  # a letter without a word is proven by nothing
        ("CDF", "CDF", False),
        ("CDFHJ", "CDFHJ", False),
    ],
)
def test_the_word_of_a_letter_is_typed_as_it_is_printed(typed, printed, same):
    assert WORD_LENGTH == 4
    assert same_word(typed, printed) is same


def test_twelve_months_is_the_last_term_that_fits():
    assert missing_step(WHOLE.with_changes(ends=date(2027, 3, 2)), today=TODAY) is None


def test_a_term_from_leap_day_ends_on_28_february():
    assert last_day_of_term(date(2028, 2, 29)) == date(2029, 2, 28)


def test_answers_survive_their_sealed_form():
    assert Answers.from_json(WHOLE.to_json()) == WHOLE


@pytest.mark.parametrize("typed", ["ada sample", "  Ada   Sample ", "ÁDA SAMPLE"])
def test_case_accents_and_spaces_are_forgiven(typed):
    assert same_name(typed, "Ada Sample")


@pytest.mark.parametrize("typed", ["", "Ada", "Ada Samples", "Sample Ada"])
def test_another_name_is_not_the_same(typed):
    assert not same_name(typed, "Ada Sample")


def test_an_empty_name_matches_nothing():
    assert not same_name("", "")


def test_people_read_the_last_day_and_not_the_exclusive_end():
    assert through(date(2026, 9, 1)) == date(2026, 8, 31)


def test_days_between_past_and_new_data_are_named():
    """New data begins with the day of the signature; without new data, or without days between, there is no gap."""
    today = date(2026, 11, 26)
    asked = WHOLE.with_changes(forward=True, history_from=date(2025, 1, 1), history_to=date(2026, 11, 1))
    assert unshared_days(asked, today) == (date(2026, 11, 1), date(2026, 11, 25))
    assert unshared_days(asked.with_changes(forward=False), today) is None
    assert unshared_days(asked.with_changes(history_to=today), today) is None
    assert unshared_days(asked.with_changes(history_to=date(2026, 11, 25)), today) == (date(2026, 11, 25),) * 2


def test_a_purpose_that_was_not_approved_for_the_recipient_is_asked_for_again():
    assert missing_step(WHOLE, today=TODAY) is None
    assert missing_step(WHOLE, today=TODAY, purposes=["billing_review"]) == "purpose"
