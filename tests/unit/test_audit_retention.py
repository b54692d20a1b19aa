"""Which retention class an act belongs to."""

import uuid

import pytest

from broker.audit import keys, retention, words

WHO = uuid.UUID(int=5)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("consent.granted", "evidence"),
        ("consent.revoked", "evidence"),
        ("consent.viewed", "case"),
        ("letter.sealed", "evidence"),
        ("letter.read", "case"),
        ("pull.decided", "evidence"),
        ("data.read", "evidence"),
        ("key.alias", "evidence"),
        ("approval.given", "evidence"),
        ("mail.received", "case"),
        ("file.read", "case"),
        ("parties.read", "case"),
        ("log.read", "case"),
    ],
)
def test_what_the_law_wants_kept_is_evidence_and_the_rest_is_a_case(act: str, expected: str) -> None:
    assert retention.class_of(act, WHO) == expected
    assert retention.class_of(act, None) == "operations"


def test_every_act_has_a_class_and_every_listed_one_exists() -> None:
    assert {retention.class_of(act, WHO) for act in words.ACTS} == {"case", "evidence"}
    assert set(words.ACTS) >= retention._EVIDENCE | retention._CASE_OF_FAMILIES


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("account_number", "510-000 42", "51000042"),
        ("email", " Pat@Member.Example", "pat@member.example"),
        ("name", "Pat  MEMBER", "pat member"),
        ("meter", " K1-22 ", "k1-22"),
    ],
)
def test_a_value_is_found_however_it_is_written(field: str, one: str, other: str) -> None:
    assert keys.value_token(field, one) == keys.value_token(field, other)
    assert len(keys.value_token(field, one)) == 8


def test_equal_values_of_two_fields_have_different_tokens_and_empty_ones_none() -> None:
    assert keys.value_token("name", "5") != keys.value_token("meter", "5")
    for field in keys.FIELDS:
        with pytest.raises(ValueError, match="no "):
            keys.value_token(field, "  ")
