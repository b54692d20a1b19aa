"""The list of what a consent must hold names tests that exist, and leaves out no clause and no group of fields."""

import re
from itertools import groupby

import pytest

from consents.ceremony.evidence import FIELDS
from tests.unit.test_letter_acceptance import ROOT, TEST, defined_in

LIST = (ROOT / "docs" / "consent-acceptance.md").read_text()
ROW = re.compile(r"^\| (\S+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {key: cell for key, _what, cell in ROW.findall(LIST) if "::" in cell}
PARTS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "R"]


def test_no_part_is_left_out_and_its_clauses_are_counted_through() -> None:
    numbered = [key.split(".") for key in ROWS if re.fullmatch(r"[1-9R]\.\d+", key)]
    parts = {part: [int(number) for _part, number in rows] for part, rows in groupby(numbered, key=lambda row: row[0])}
    assert list(parts) == PARTS
    for part, numbers in parts.items():
        assert numbers == list(range(1, len(numbers) + 1)), part


def test_each_group_of_the_record_is_listed() -> None:
    assert set(FIELDS) <= set(ROWS)


@pytest.mark.parametrize("key", list(ROWS))
def test_each_named_test_exists(key: str) -> None:
    named = TEST.findall(ROWS[key])
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_each_row_names_a_test() -> None:
    assert [key for key, _what, cell in ROW.findall(LIST) if key not in ROWS and cell != "tests"] == []
