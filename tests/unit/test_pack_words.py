"""The report of a pack says in a sentence what its records say in codes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from broker.console.templatetags import pack_words


def ran(*results: str) -> list[dict[str, Any]]:
    return [{"rule": n, "name": f"name {n}", "result": result} for n, result in enumerate(results, 1)]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ran("pass", "pass", "pass"), "All 3 rules passed."),
        (ran("pass", "pass", "fail"), "Rule 3 (name 3) said no; the others passed."),
        (ran("fail", "not run", "not run"), "Rule 1 (name 1) said no; not asked any more: 2 to 3."),
        (
            ran("pass", "fail", "not run"),
            "Rule 2 (name 2) said no; not asked any more: 3; the others passed.",
        ),
        (
            ran("fail", "pass", "fail", "not run", "pass", "not run"),
            "Rule 1 (name 1) said no; rule 3 (name 3) said no; not asked any more: 4, 6; the others passed.",
        ),
    ],
)
def test_the_rules_of_a_decision_in_a_sentence(found: list[dict[str, Any]], said: str) -> None:
    assert pack_words.rules(found) == said


def test_what_was_seen_stands_beside_who_saw_it() -> None:
    details = (("codes", "x"), ("data_types", "bill, usage_daily"), ("from", "2025-10-01"), ("to", "2025-11-01"))
    assert pack_words.what(details) == "Bills, Daily energy use; 2025-10-01 to before 2025-11-01"
    assert pack_words.what((("fields", "name_as_billed"), ("why", "receipt"))) == "name as billed; receipt"
    assert pack_words.what(()) == ""


def test_times_are_the_coops_with_their_zone() -> None:
    assert pack_words.second(datetime(2026, 7, 1, 3, 4, 5, tzinfo=UTC)) == "2026-06-30 22:04:05 CDT"
