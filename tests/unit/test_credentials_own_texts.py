"""What we say ourselves, in both languages, passes the gate as mail that leaves."""

import re
from pathlib import Path

from broker.credentials import scan

CATALOGUE = Path(__file__).resolve().parents[2] / "locale" / "es" / "LC_MESSAGES" / "django.po"
_STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
_ENTRY = re.compile(rf"msgid {_STRING}msgstr(?:\[0\])? {_STRING}")
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')


def texts() -> list[str]:
    """Give every sentence of the catalogue, English and Spanish."""
    found = []
    for entry in _ENTRY.finditer(CATALOGUE.read_text(encoding="utf-8")):
        for group in (1, 2):
            text = "".join(_PIECE.findall(entry[group])).replace("\\n", "\n").replace('\\"', '"')
            found.append(re.sub(r"%\(\w+\)[sd]", "17", text))
    return found


def test_no_sentence_of_ours_carries_a_login_or_asks_for_one() -> None:
    ours = texts()
    assert len(ours) > 1000
    assert [text for text in ours if len(text) > 10 and scan(text, "outbound_email") is not None] == []
