"""What an organisation said of itself, in one hash for the log: its words stay in its row (rules)."""

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol


class Said(Protocol):
    """Whatever has an organisation's own words."""

    legal_name: str
    address: str
    about: str
    phone: str
    purposes: Sequence[str]


def said_hash(said: Said) -> str:
    """Give the SHA-256 of an organisation's own words, hexadecimal; of the same words always the same."""
    words = [said.legal_name, said.address, said.about, said.phone, list(said.purposes)]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
