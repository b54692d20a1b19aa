"""The list of what files, Nectar and the API must hold names tests that exist, and leaves no point out."""

import re
from pathlib import Path

import pytest

from tests.unit.test_letter_acceptance import TEST, defined_in

LIST = (Path(__file__).resolve().parents[2] / "docs" / "data-acceptance.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {number: cell for number, _what, cell in ROW.findall(LIST)}
SCENARIOS = {"s16", "s22", "s23", "s24", "s25", "s32", "s52", "s53", "s69", "s71"}


def test_each_clause_is_listed_once_and_in_order() -> None:
    numbers = [number for number, _what, _cell in ROW.findall(LIST)]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert re.findall(r"^## (\d+) ", LIST, re.MULTILINE) == [str(number) for number in range(1, 9)]


@pytest.mark.parametrize("number", ROWS)
def test_each_named_test_exists(number: str) -> None:
    named = TEST.findall(ROWS[number])
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_each_scenario_is_among_them() -> None:
    named = {name for cell in ROWS.values() for _path, name in TEST.findall(cell)}
    found = {scenario for name in named for scenario in re.findall(r"^test_(s\d\d)_", name)}
    assert SCENARIOS - found == set()
