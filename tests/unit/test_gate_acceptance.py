"""The list of what the inlets of the gate must hold names tests that exist, and leaves no point out."""

import re
from pathlib import Path

import pytest

from tests.unit.test_letter_acceptance import TEST, defined_in

LIST = (Path(__file__).resolve().parents[2] / "docs" / "gate-acceptance.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {number: cell for number, _what, cell in ROW.findall(LIST)}


def test_each_clause_is_listed_once_and_in_order() -> None:
    numbers = [number for number, _what, _cell in ROW.findall(LIST)]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert re.findall(r"^## (\d+) ", LIST, re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("number", ROWS)
def test_each_named_test_exists(number: str) -> None:
    named = TEST.findall(ROWS[number])
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []
