"""A page that names a result of a long run names one that is committed, with its commit, seed, date and duration."""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.__main__ import document
from bench.measure import Figure, Result, Row
from tests.environment import ROOT

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTHING_DRAWN = {"docs/faults/install.json"}  # the guide is typed word by word
NAMED = sorted(
    {name for page in PAGES for name in re.findall(r"docs/(?:faults|fuzz|bench)/\w+\.json", page.read_text())}
)


@pytest.mark.parametrize("name", NAMED)
def test_a_result_that_is_named_is_there(name: str) -> None:
    result = json.loads((ROOT / name).read_text())
    assert re.match(r"[0-9a-f]{7,40}\b", result["commit"])
    assert {"started", "seconds"} <= result.keys()
    assert name in NOTHING_DRAWN or result.keys() & {"seed", "seeds"}
    assert result["started"].startswith("2026-")


def test_enough_of_them_are_named() -> None:
    assert len(NAMED) >= 8


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMED)
def test_what_ran_can_be_looked_at(name: str) -> None:
    """Its commit stands in the history of this one, and nothing was changed beside it."""
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        return  # a copy without its history cannot say
    said = json.loads((ROOT / name).read_text())["commit"]
    there = re.fullmatch(r"[0-9a-f]{7,40}", said) and not git("merge-base", "--is-ancestor", said, "HEAD").returncode
    assert there, f"{name} says commit {said}"


def test_a_benchmark_is_written_as_it_is_committed() -> None:
    figures = [Figure("a stop", 240.0, "ms", at_most=250), Figure("reads", 60.0, "a second")]
    result = Result("stops", rows=[Row("a read", 0.02, baseline=0.01)], figures=figures, seed=7)
    found = document("revoke", result, started=datetime(2026, 3, 2, tzinfo=UTC), seconds=61.4)
    assert {"suite", "ok", "commit", "seed", "started", "seconds", "results"} == found.keys()
    assert (found["suite"], found["ok"], found["seconds"], found["seed"]) == ("bench revoke", True, 61, 7)
    assert [each["what"] for each in found["results"]] == ["a read", "a stop", "reads"]
    figures.append(Figure("a letter", 0.4, "s", at_most=0.3))
    assert document("revoke", result, started=datetime(2026, 3, 2, tzinfo=UTC), seconds=61.4)["ok"] is False


@pytest.mark.parametrize("module", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.stem)
def test_a_benchmark_draws_by_a_seed_alone(module: Path) -> None:
    text = module.read_text()
    assert not re.findall(r"\brandom\.(?!Random\()\w+\(|\bRandom\(\)", text), "drawn by no seed"
    if module.stem.startswith("bench_") and "Random(" in text:
        assert re.search(r"Result\([^\n]*, seed=", text), "the seed is not in its result"
