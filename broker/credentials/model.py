"""What was learned from the corpus, as data of this program: read once (rules)."""

import json
from importlib import resources
from typing import Any

MODEL: dict[str, Any] = json.loads(resources.files(__package__).joinpath("learned.json").read_text(encoding="utf-8"))
COMMON = frozenset(MODEL["common"].split())  # folded words that stand in many lines, so hardly names or secrets
