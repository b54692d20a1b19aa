"""What an organisation said of itself, in one hash for the log: its words stay in its row (rules)."""

import hashlib
import json
from collections.abc import Sequence


def said_hash(
    legal_name: str, address: str, about: str, phone: str, purposes: Sequence[str], about_es: str = ""
) -> str:
    """Give the SHA-256 of an organisation's own words, hexadecimal; of the same words always the same."""
    words = [legal_name, address, about, phone, list(purposes)]
    if about_es:  # entries from before there was a Spanish text say the hash without it
        words.append(about_es)
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
