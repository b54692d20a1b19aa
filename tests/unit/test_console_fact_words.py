"""An entry's page speaks in words: no name of a body reaches a person as programs write it."""

import re
from typing import Any

import pytest

from broker.console import fact_words
from broker.console.opened import Opened, text_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kid", "Data key"),
        ("first_bad", "First bad entry"),
        ("proof_sha256", "Fingerprint of the proof"),
        ("letter_sha256", "Letter fingerprint"),
        ("data_types", "Data types"),
        ("of", "Kind of act"),
        ("why", "Why"),
    ],
)
def test_a_name_is_words(name: str, words: str) -> None:
    assert fact_words.words(name) == words


def test_no_two_names_that_stand_in_one_body_are_the_same_words() -> None:
    given = [fact_words.words(name) for name in fact_words._WORDS]
    assert len(set(given)) == len(given)
    assert not [each for each in given if "_" in each or each[:1].islower()]


def test_facts_before_and_after_and_what_lies_within_are_words() -> None:
    body: dict[str, Any] = {
        "covers_from": "2026-01-01",
        "params": {"scope_id": 7, "rule_set": [True, None]},
        "old": {"due_at": 1},
        "new": {"due_at": 2},
    }
    found = Opened(None, None, body)
    assert found.changes == [("Due at", 1, 2)]
    assert dict(found.facts) == {
        "Covers from": "2026-01-01",
        "What exactly": "Rule set: yes, –; Number of the customer, consent or request: 7",
    }
    assert not re.search(r"\b[a-z]+_[a-z]+\b", text_of(body))
