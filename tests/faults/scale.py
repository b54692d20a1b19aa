"""How far a fault test goes: a sample in each run of the tests, the whole matrix by `./run faults`."""

import json
import os
from pathlib import Path
from typing import Any

WHOLE = os.environ.get("FAULTS") == "whole"
ONLY = os.environ.get("FAULTS_ONLY", "")  # of a whole run that part alone whose names hold one of these, by commas
SEED = int(os.environ.get("FAULTS_SEED", "20261125"))


def scaled(sample: int, whole: int) -> int:
    """Give how many rounds to go."""
    return whole if WHOLE else sample


def record(name: str, engine: str, **facts: Any) -> None:
    """Add one line to the result of a whole run."""
    path = os.environ.get("FAULTS_RESULT")
    if path:
        with Path(path).open("a") as file:
            file.write(json.dumps({"name": name, "engine": engine, **facts}) + "\n")
