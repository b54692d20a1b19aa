"""The list of the manual channel's acceptance tests names tests that exist, and leaves no clause out."""

import re
from pathlib import Path

import pytest

from tests.unit.test_letter_acceptance import TEST, defined_in

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "manual-channel-acceptance.md").read_text()
ROW = re.compile(r"^\| ((?:3\.)?\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {number: cell for number, _what, cell in ROW.findall(LIST)}
SCENARIOS = {*(f"s{number}" for number in range(33, 50)), "s61", *(f"s{number}" for number in range(65, 69))}


def test_each_clause_is_listed_once_and_in_order() -> None:
    numbers = [number for number, _what, _cell in ROW.findall(LIST)]
    own = [number for number in numbers if "." not in number]
    assert own == [str(number) for number in range(1, len(own) + 1)]
    assert [number for number in numbers if "." in number] == [f"3.{number}" for number in (*range(15, 30), 42)]
    points = re.findall(r"^## (\d+) ", LIST, re.MULTILINE)
    assert points == [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("number", ROWS)
def test_each_named_test_exists(number: str) -> None:
    named = TEST.findall(ROWS[number])
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_each_scenario_of_the_channel_is_among_them() -> None:
    named = {name for cell in ROWS.values() for _path, name in TEST.findall(cell)}
    found = {scenario for name in named for scenario in re.findall(r"^test_(s\d\d)_", name)}
    assert SCENARIOS - found == set()


def test_what_it_shows_and_measures_is_there() -> None:
    named = re.findall(r"\]\(([a-z/.-]+)\)", LIST)
    assert named
    assert [each for each in named if not (ROOT / "docs" / each).is_file()] == []
