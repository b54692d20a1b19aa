"""The gate's figures on a corpus that was written apart from it. Only figures are said here, never a line.

What is asserted holds today; the goal stands in docs/gate-unseen.md, and a floor only ever goes up.
"""

import json
from collections import Counter

import pytest

from broker.inlets.management.commands.scan_credentials import INLETS
from tests.fixtures.credentials import figures

CORE, HARD, ALARMS = 0.965, 0.85, 0.015
EACH_INLET, ALARMS_OF_AN_INLET = 0.89, 1  # an inlet has 14 to 56 clean lines: at most one of them is stopped


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    return figures.figures("shown")


def test_the_corpus_is_as_it_was_agreed() -> None:
    lines = figures.lines("all")
    labels = Counter(line["label"] for line in lines)
    assert len(lines) >= 700
    assert len({line["id"] for line in lines}) == len(lines)
    assert 0.45 <= labels["block"] / len(lines) <= 0.55
    assert set(labels) == {"block", "allow"}
    assert {line["inlet"] for line in lines} == INLETS
    assert {line["note"] for line in lines} == {"core", "hard"}
    assert {tuple(line) for line in lines} == {("id", "text", "inlet", "label", "kind", "note")}
    shown = len(figures.lines("shown"))
    assert 0.45 <= shown / len(lines) <= 0.55
    assert shown + len(figures.lines("kept")) == len(lines)


def test_the_whole_keeps_its_floor(measured: dict[str, dict[str, float]]) -> None:
    whole = measured["whole"]
    assert whole["core"] >= CORE
    assert whole["hard"] >= HARD
    assert whole["alarms"] <= ALARMS


@pytest.mark.parametrize("inlet", sorted(INLETS))
def test_each_inlet_keeps_its_floor(measured: dict[str, dict[str, float]], inlet: str) -> None:
    found = measured[f"inlet {inlet}"]
    assert found["core"] >= EACH_INLET
    assert round(found["alarms"] * found["alarms_lines"]) <= ALARMS_OF_AN_INLET


def test_a_figure_says_nothing_of_a_line(measured: dict[str, dict[str, float]]) -> None:
    said = json.dumps(measured)
    assert not [line["id"] for line in figures.lines("all") if line["text"] in said or line["id"] in said]
