"""Blind indexes: what counts as the same value."""

from uuid import UUID

import pytest

from broker.vault.blind import blind_index, normal, subject_token

SUBJECT = UUID(int=7)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", " Jane@Example.ORG ", "jane@example.org"),
        ("account_number", "12-345 678", "12345678"),
        ("account_number", "１２３", "123"),
        ("name", "Jane   Q. Doe", "jane q. doe"),
        ("name", "ﬁne", "FINE"),
    ],
)
def test_the_same_value_written_differently_has_one_index(field: str, one: str, other: str) -> None:
    assert blind_index(field, one) == blind_index(field, other)


def test_an_index_has_32_bytes_and_depends_on_the_field() -> None:
    assert len(blind_index("email", "a@example.org")) == 32
    assert blind_index("email", "jane") != blind_index("name", "jane")


def test_an_account_number_is_its_digits() -> None:
    assert normal("account_number", "No. 004-17") == "00417"


@pytest.mark.parametrize(("field", "value"), [("account_number", "none"), ("email", "  "), ("phone", "1")])
def test_nothing_to_compare_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValueError, match="blind index"):
        blind_index(field, value)


def test_a_subjects_token_is_short_and_stable() -> None:
    assert subject_token(SUBJECT) == subject_token(SUBJECT) != subject_token(UUID(int=8))
    assert len(subject_token(SUBJECT)) == 8


def test_the_log_finds_a_subject_by_the_same_token() -> None:
    from broker.audit import keys

    assert keys.subject_token(SUBJECT) == subject_token(SUBJECT)


def test_a_subjects_token_is_that_of_its_id_as_text() -> None:
    from broker.vault.blind import alias_token

    assert subject_token(SUBJECT) == alias_token(0, str(SUBJECT)) == alias_token(0, f" {str(SUBJECT).upper()} ")
    assert alias_token(1, str(SUBJECT)) != alias_token(0, str(SUBJECT)) != alias_token(0, str(SUBJECT), epoch=2)
