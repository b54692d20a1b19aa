"""What was learned from the corpus, as data of this program: read once (rules)."""

import json
from importlib import resources
from typing import Any


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return read


MODEL = _read("learned.json")
LETTERS = _read("letters.json")
COMMON = frozenset(MODEL["common"].split())  # folded words that stand in many lines, so hardly names or secrets
