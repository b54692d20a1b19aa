"""Several files, one value: nothing doubled, nothing written over, whatever comes in whatever order."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from requests_app.one_value.merging import Merged, Weighed


def hour(number: int, value: str, *, length: int = 1, zone: str = "+00:00") -> dict[str, Any]:
    start = datetime(2025, 10, 1, tzinfo=UTC) + timedelta(hours=number)
    end = start + timedelta(hours=length)
    return {
        "start": f"{start:%Y-%m-%dT%H:%M:%S}{zone}", "end": f"{end:%Y-%m-%dT%H:%M:%S}{zone}", "value": value,
        "quality": "as_stated", "row": number,
    }  # fmt: skip


def day(first: str, last: str, value: str) -> dict[str, Any]:
    return {"start": first, "end": last, "value": value, "quality": "", "row": 1}


def values(merged: Merged[str]) -> list[tuple[str, str, list[str], list[tuple[str, str]]]]:
    return [
        (str(each.said["value"]), each.source, each.also, [(str(said["value"]), by) for said, by in each.revisions])
        for each in merged
    ]


def taken(*files: list[Mapping[str, Any]]) -> tuple[Merged[str], list[Weighed]]:
    merged: Merged[str] = Merged()
    return merged, [merged.take(each, chr(97 + number)) for number, each in enumerate(files)]


def test_the_same_file_twice_is_one_with_two_sources() -> None:
    merged, weighed = taken([hour(0, "1.0"), hour(1, "2.0")], [hour(0, "1.000"), hour(1, "2")])
    assert values(merged) == [("1.0", "a", ["b"], []), ("2.0", "a", ["b"], [])]
    assert weighed[1] == Weighed(0, 2, 0)


def test_files_that_overlap_join() -> None:
    merged, weighed = taken([hour(1, "2"), hour(2, "3")], [hour(0, "1"), hour(1, "2")])
    assert [each[0] for each in values(merged)] == ["1", "2", "3"]
    assert weighed[1] == Weighed(1, 1, 0)


def test_another_value_stands_beside_the_first_and_flags_it() -> None:
    merged, weighed = taken([hour(0, "1"), hour(1, "2")], [hour(0, "1"), hour(1, "2.5")], [hour(1, "2.5")])
    assert values(merged) == [("1", "a", ["b"], []), ("2", "a", [], [("2.5", "b"), ("2.5", "c")])]
    assert [each.quality for each in merged] == ["as_stated", "flagged"]
    assert weighed[1] == Weighed(0, 1, 1, hour(1, "2")["start"], hour(1, "2")["start"])


def test_the_same_moment_in_another_zones_words_is_the_same() -> None:
    merged, weighed = taken([hour(5, "1")], [{**hour(0, "1", zone="-05:00")}])
    assert (len(values(merged)), weighed[1]) == (1, Weighed(0, 1, 0))


def test_a_stretch_that_lies_over_another_is_never_added_to_it() -> None:
    month = [hour(0, "700", length=720)]
    merged, weighed = taken(month, [hour(24, "690", length=720)], [hour(719, "650", length=720)])
    assert [each[0] for each in values(merged)] == ["700", "650"]
    assert values(merged)[0][3] == [("690", "b")]
    assert (weighed[1].differs, weighed[2].fresh) == (1, 1)


def test_a_bill_that_comes_twice_with_another_sum_is_flagged() -> None:
    merged, weighed = taken(
        [day("2025-09-16", "2025-10-15", "98.11")],
        [day("2025-09-16", "2025-10-15", "103.40"), day("2025-10-16", "2025-11-15", "80.00")],
    )
    assert values(merged) == [("98.11", "a", [], [("103.40", "b")]), ("80.00", "b", [], [])]
    assert weighed[1] == Weighed(1, 0, 1, "2025-09-16", "2025-09-16")


def test_bills_that_share_a_day_are_two() -> None:
    merged, _ = taken([day("2025-09-15", "2025-10-15", "1")], [day("2025-10-15", "2025-11-15", "2")])
    assert [each[0] for each in values(merged)] == ["1", "2"]


def test_of_nothing_there_is_nothing() -> None:
    merged, weighed = taken([], [])
    assert (values(merged), weighed) == ([], [Weighed(0, 0, 0), Weighed(0, 0, 0)])


files = st.lists(
    st.dictionaries(st.integers(0, 40), st.integers(0, 3), max_size=30).map(
        lambda rows: [hour(number, str(value)) for number, value in sorted(rows.items())]
    ),
    min_size=1,
    max_size=5,
)


@given(files)
def test_each_hour_has_one_value_and_everything_that_was_said_is_there(said: list[list[Mapping[str, Any]]]) -> None:
    merged, weighed = taken(*said)
    kept = list(merged)
    first: dict[str, str] = {}
    for each in said:
        for row in each:
            first.setdefault(row["start"], row["value"])
    assert {each.said["start"]: each.said["value"] for each in kept} == first
    assert len(kept) == len(first)
    assert [each.said["start"] for each in kept] == sorted(first)
    assert sum(1 + len(each.also) + len(each.revisions) for each in kept) == sum(map(len, said))
    for each, rows in zip(weighed, said, strict=True):
        assert each.fresh + each.same + each.differs == len(rows)
    for each in kept:
        assert all(Decimal(other["value"]) != Decimal(each.said["value"]) for other, _ in each.revisions)
