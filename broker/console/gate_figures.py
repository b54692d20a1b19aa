"""The gate's figures as they were last measured on texts that its makers had not seen; written down, never made up."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings

FILE = settings.BASE_DIR / "docs" / "gate-figures.json"


@dataclass(frozen=True)
class Figures:
    """Shares of a hundred, rounded to our disadvantage by whoever writes the file."""

    day: date
    collections: int
    lines: int
    core: float
    hard: float
    alarms: float


@cache
def read() -> Figures | None:
    """Give the figures of the file; None where nothing was measured. Raises for a file that is not as it must be."""
    if not FILE.exists():
        return None
    said = json.loads(FILE.read_text(encoding="utf-8"))
    return Figures(**{**said, "day": date.fromisoformat(said["day"])})
