"""Which template a letter was made of: one number for its words, its layout, its typefaces and what sets them."""

import hashlib
from functools import cache
from pathlib import Path

from broker import sandbox
from consents.loa.glyphs import FACES, FONTS

_FILES = ("letter.html", "letter.es.html", "loa/letter_base.html", "loa/letter.css")
_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "consents"
_WORDS = Path(__file__).with_name("words.py")


@cache
def template_sha256() -> str:
    """Give the hash (hexadecimal) that goes into each record; a new one needs a new `TEMPLATE_VERSION`."""
    whole = hashlib.sha256()
    for path in (*(_FOLDER / name for name in _FILES), _WORDS, *(FONTS / name for name in FACES)):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    whole.update(" ".join(programs()).encode())
    return whole.hexdigest()


def programs() -> tuple[str, ...]:
    """Give the programs that set a letter, with their versions: other ones give other bytes."""
    return tuple(sandbox.call("consents.loa.pdf:programs", {}, wall=30.0, cpu=20)["programs"])
