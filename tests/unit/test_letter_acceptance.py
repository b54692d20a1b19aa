"""The list of the letter's acceptance tests names tests that exist, and leaves no number out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "letter-acceptance.md").read_text()
BY_HAND = (ROOT / "docs" / "letter-checked-by-hand.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`([a-z0-9_/]+\.py)::(test_\w+)`")
ROWS = {int(number): cell for number, _what, cell in ROW.findall(LIST)}


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def test_each_of_the_35_is_listed() -> None:
    assert sorted(ROWS) == list(range(1, 36))


@pytest.mark.parametrize("number", sorted(ROWS))
def test_each_named_test_exists(number: int) -> None:
    named = TEST.findall(ROWS[number])
    missing = [f"{path}::{name}" for path, name in named if name not in defined_in(path)]
    assert missing == []
    assert named or "by hand" in ROWS[number]


@pytest.mark.parametrize("number", [10, 20, 30, 34])
def test_what_needs_a_person_has_a_script(number: int) -> None:
    assert re.search(rf"^## .*\(test {number}\)$", BY_HAND, re.MULTILINE)
