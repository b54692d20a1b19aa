"""The gate's figures: on the labelled sample, and on a corpus of its own with a third held out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from broker.credentials import scan
from broker.inlets.management.commands.scan_credentials import INLETS
from tests.fixtures.credentials import make, train

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "credentials-sample.jsonl"
LINES = list(make.lines())
DEVELOPED = [line for line in LINES if not line["held_out"]]
HELD_OUT = [line for line in LINES if line["held_out"]]


def figures(lines: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """Give the share of blocked among what must be, and among what must not be."""
    verdicts = [(line["label"], scan(line["text"], line["inlet"]) is not None) for line in lines]
    hits = [blocked for label, blocked in verdicts if label == "block"]
    alarms = [blocked for label, blocked in verdicts if label == "allow"]
    return sum(hits) / len(hits), sum(alarms) / len(alarms)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the labelled sample is not here")
def test_every_line_of_the_sample_comes_out_right() -> None:
    lines = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    wrong = [
        line["id"] for line in lines if (scan(line["text"], line["inlet"]) is not None) != (line["label"] == "block")
    ]
    assert len(lines) == 60
    assert wrong == []


def test_the_corpus_is_large_and_near_half_of_it_is_clean() -> None:
    clean = sum(line["label"] == "allow" for line in LINES)
    assert len(LINES) >= 500
    assert 0.4 <= clean / len(LINES) <= 0.6
    assert len({line["id"] for line in LINES}) == len(LINES)


def test_the_corpus_is_the_same_every_time() -> None:
    assert list(make.lines()) == LINES


def test_what_was_developed_against_keeps_its_floor() -> None:
    blocked, alarms = figures(DEVELOPED)
    assert blocked >= 0.95
    assert alarms <= 0.03


LEAST, MOST = 0.76, 0.05
# Written to slip through and to be taken for a login: half-told logins, odd encodings, tables without headings.
HARDEST = ("open_twelfth", "open_thirteenth", "open_fifteenth", "open_twentysecond")
LEAST_OF_HARDEST, MOST_OF_HARDEST = 0.74, 0.05
# All of it had passed somebody who tried to get through (decision 0145): what is found of it is won back.
PASSED_ONCE, LEAST_WON_BACK = "open_sixtyfourth", 0.65
# Learned from, so that these are no figures of the gate; what is lost of them was lost by a change of ours.
WRITERS = [name for name in train.CORPORA if name not in ("open", "open_howto", "open_told", "open_own")]


@pytest.mark.parametrize("writer", WRITERS)
def test_what_was_learned_from_is_found_again(writer: str) -> None:
    blocked, alarms = figures(train.rows(writer))
    least = LEAST_WON_BACK if writer == PASSED_ONCE else LEAST_OF_HARDEST if writer in HARDEST else LEAST
    assert blocked >= least
    assert alarms <= (MOST_OF_HARDEST if writer in HARDEST else MOST)


@pytest.mark.parametrize("writer", WRITERS)
def test_another_writers_lines_are_well_formed(writer: str) -> None:
    lines = train.rows(writer)
    assert len({line["id"] for line in lines}) == len(lines)
    assert {line["inlet"] for line in lines} <= INLETS
    assert {line["label"] for line in lines} == {"block", "allow"}


def test_what_was_held_out_keeps_its_floor() -> None:
    blocked, alarms = figures(HELD_OUT)
    assert blocked >= 0.92
    assert alarms <= 0.03
