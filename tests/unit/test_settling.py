"""What people decided, laid over what sources say (rules)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from requests_app.differences.rules import RULES, fits, open_moments
from requests_app.one_value.merging import Merged, Value
from requests_app.one_value.settling import Decided, moment_of, settle

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def said(value: str, day: int = 1, quality: str = "as_stated") -> dict[str, Any]:
    return {"start": f"2025-10-{day:02}", "end": f"2025-10-{day:02}", "value": value, "quality": quality, "row": 3}


def merged(*files: list[dict[str, Any]]) -> list[Value[int]]:
    found: Merged[int] = Merged()
    for number, each in enumerate(files):
        found.take(each, number)
    return list(found)


def decided(*stands: int, considered: tuple[int, ...] = (1, 2), day: int = 1, rule: str = "corrected") -> Decided:
    return Decided(frozenset({moment_of(said("0", day))}), frozenset(considered), stands, rule, AT)


def outcome(value: Value[int]) -> str:
    return value.settled.outcome if value.settled else ""


def test_the_one_that_stands_is_the_value_and_the_other_one_its_revision() -> None:
    (value,) = settle(merged([said("2")], [said("2.5", quality="estimated")]), [1, 2], [decided(2)])
    assert (value.said["value"], value.source, value.quality, outcome(value)) == ("2.5", 1, "estimated", "stands")
    assert [(each["value"], source) for each, source in value.revisions] == [("2", 0)]


def test_where_nobody_can_tell_the_first_one_is_shown_and_flagged() -> None:
    (value,) = settle(merged([said("2")], [said("2.5")]), [1, 2], [decided(rule="unknown")])
    assert (value.said["value"], value.quality, outcome(value)) == ("2", "flagged", "doubtful")


def test_what_a_reader_may_not_have_is_not_shown() -> None:
    (value,) = settle(merged([said("2")]), [1], [decided(2)])
    assert (value.said["value"], value.quality, outcome(value)) == ("2", "flagged", "elsewhere")


def test_a_source_that_says_the_same_stands_for_the_one_that_a_reader_may_not_have() -> None:
    (value,) = settle(merged([said("2.5")]), [3], [decided(2, 3, considered=(1, 2, 3))])
    assert (value.said["value"], value.quality, outcome(value)) == ("2.5", "as_stated", "stands")


def test_a_source_that_came_later_is_not_judged_by_what_was_decided_before() -> None:
    (value,) = settle(merged([said("2.7")]), [3], [decided(2)])
    assert (value.settled, value.quality) == (None, "as_stated")
    (value,) = settle(merged([said("2")], [said("2.5")], [said("2.7")]), [1, 2, 3], [decided(2)])
    assert (value.said["value"], value.quality, outcome(value)) == ("2.5", "flagged", "newer")
    (value,) = settle(merged([said("2")], [said("2.5")], [said("2.5")]), [1, 2, 3], [decided(2)])
    assert (value.quality, outcome(value), value.also) == ("as_stated", "stands", [2])


def test_the_newest_decision_counts_and_other_values_stay_as_they_are() -> None:
    values = merged([said("2"), said("3", 2)], [said("2.5"), said("3.5", 2)])
    first, second = settle(values, [1, 2], [decided(2), decided(1, rule="utility_says")])
    assert (first.said["value"], first.settled and first.settled.rule) == ("2", "utility_says")
    assert (second.said["value"], second.quality, second.settled) == ("3", "flagged", None)


def test_what_one_file_says_twice_is_taken_by_its_first_word() -> None:
    (value,) = settle(merged([said("2")], [said("2.5"), said("2.6")]), [1, 2], [decided(2)])
    assert value.said["value"] == "2.5"


@pytest.mark.parametrize("rule", [*RULES, "because"])
def test_that_nobody_can_tell_is_no_reason_for_one_of_them(rule: str) -> None:
    assert fits(rule, stands=False) == (rule == "unknown")
    assert fits(rule, stands=True) == (rule in RULES and rule != "unknown")


def test_open_is_what_no_decision_settled_or_a_later_difference_touches() -> None:
    one, two, three = (moment_of(said("0", day)) for day in (1, 2, 3))
    assert open_moments([(1, [one, two, three])], {}) == 3
    assert open_moments([(1, [one, two, three])], {one: (1, True), two: (1, False)}) == 2
    assert open_moments([(1, [one]), (2, [one, two])], {one: (1, True), two: (2, True)}) == 1
