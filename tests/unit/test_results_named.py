"""A page that names a result of a long run names one that is committed, with its commit, seed, date and duration."""

import json
import re

import pytest

from tests.environment import ROOT

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTHING_DRAWN = {"docs/faults/install.json"}  # the guide is typed word by word
NAMED = sorted({name for page in PAGES for name in re.findall(r"docs/(?:faults|fuzz)/\w+\.json", page.read_text())})


@pytest.mark.parametrize("name", NAMED)
def test_a_result_that_is_named_is_there(name: str) -> None:
    result = json.loads((ROOT / name).read_text())
    assert re.match(r"[0-9a-f]{7,40}\b", result["commit"])
    assert {"started", "seconds"} <= result.keys()
    assert name in NOTHING_DRAWN or result.keys() & {"seed", "seeds"}
    assert result["started"].startswith("2026-")


def test_enough_of_them_are_named() -> None:
    assert len(NAMED) >= 8
