"""The shared vocabulary keeps its binding names and orders."""

import uuid

import pytest

from broker import terms


def test_data_types_stand_in_the_binding_order():
    assert [*terms.DataType] == [
        "account_info",
        "bill",
        "payment",
        "usage_monthly",
        "usage_daily",
        "usage_hourly",
        "usage_15min",
    ]


def test_channels_are_the_four():
    assert terms.CHANNELS == ("manual_request", "customer_upload", "nectar", "nectar_sync")


def test_purposes_are_a_closed_list_that_fits_the_database():
    assert {"rate_comparison", "efficiency_audit", "solar_sizing", "billing_review"} <= set(terms.PURPOSES)
    assert all(len(code) <= 40 and text[0].isupper() for code, text in terms.PURPOSES.items())


def test_a_service_is_always_the_same_actor():
    assert terms.SERVICE("letter-seal") == terms.SERVICE("letter-seal")
    assert terms.SERVICE("letter-seal").id != terms.SERVICE("notices").id
    assert terms.SERVICE("notices").kind == "v"
    assert isinstance(terms.SERVICE("notices").id, uuid.UUID)


def test_values_cannot_be_changed():
    with pytest.raises(AttributeError):
        terms.EventRef(1).id = 2  # type: ignore[misc]


def test_the_glossary_says_one_sentence_each():
    assert all(meaning.endswith(".") and meaning.count(". ") == 0 for meaning in terms.TERMS.values())
    assert {"consent", "purpose", "scope", "channel", "recipient", "route", "refusal"} <= set(terms.TERMS)
