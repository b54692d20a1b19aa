"""The list of what access, safety and operating must hold names tests that exist and results that are good."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.test_letter_acceptance import TEST, defined_in

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "security-acceptance.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {number: cell for number, _what, cell in ROW.findall(LIST)}
RESULTS = sorted(set(re.findall(r"docs/(?:faults|fuzz|bench)/\w+\.json", LIST)))
GOALS = (1, 2, 3, 4, 6, 7, 9, 11, 13, 14, 15, 17, 18, 19, 20)


def test_each_clause_is_listed_once_and_in_order() -> None:
    numbers = [number for number, _what, _cell in ROW.findall(LIST)]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert re.findall(r"^## (\d+) ", LIST, re.MULTILINE) == [str(number) for number in range(1, 14)]
    proofs = LIST.partition("## 13 ")[2]
    assert [number for number in GOALS if not re.search(rf"\bG{number}\b", proofs)] == []


@pytest.mark.parametrize("number", ROWS)
def test_each_named_test_exists(number: str) -> None:
    named = TEST.findall(ROWS[number])
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


@pytest.mark.parametrize("name", RESULTS)
def test_each_named_result_is_good(name: str) -> None:
    assert json.loads((ROOT / name).read_text())["ok"] is True
