"""A sample of what `./run fuzz gate` runs whole: no text raises, hangs, or is pointed at beside itself.

The whole run has texts of a megabyte too; what they cost stands in docs/fuzz/gate.json.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from broker.credentials import Finding
from tests.environment import ROOT
from tests.fuzz import gate

SEED = 20261126


def test_texts_in_wrappings_are_read_without_an_exception_or_a_hang() -> None:
    counted = gate.scanned(500, SEED)
    assert counted.ok(), counted.as_dict()
    assert counted.texts == 500
    assert counted.longest > 100_000
    # Both ends are met: texts that pass, and texts that several rules find.
    assert counted.found["passed"] > 100
    assert len(counted.found) > 5


def test_the_same_seed_gives_the_same_texts() -> None:
    assert list(gate.texts(50, 1)) == list(gate.texts(50, 1))
    assert list(gate.texts(50, 1)) != list(gate.texts(50, 2))


def test_what_raises_hangs_or_points_elsewhere_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, inlet: str) -> Finding | None:
        if inlet == "web_form":
            raise ValueError(text)
        while inlet == "api_json":
            pass
        return Finding("x", 0, len(text) + 1, "x")

    monkeypatch.setattr(gate, "scan", broken)
    monkeypatch.setattr(gate, "LONGEST", 0.01)
    counted = gate.scanned(60, SEED)
    assert not counted.ok()
    assert counted.exceptions["ValueError in broken"]
    assert counted.hangs
    assert counted.places_outside


def test_the_whole_run_needs_no_key_that_somebody_made_before(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.fuzz", "gate", "--texts", "3", "--json", str(tmp_path / "gate.json")]
    env = {**os.environ, "BROKER_DATA_DIR": str(tmp_path), "BROKER_KEY_FILE": str(tmp_path / "none" / "broker.keys")}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((tmp_path / "gate.json").read_text())
    assert found["ok"]
    assert found["values_of_each_kind"] == 3
    assert set(found["values_taken_for_a_login"].values()) == {0}
