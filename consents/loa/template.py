"""Which template a letter was made of: one number for its words, its layout, its typefaces and what sets them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from broker import sandbox
from consents.loa.glyphs import FACES, FONTS
from consents.loa.letter import TEMPLATE_VERSION

_FILES = ("letter.html", "letter.es.html", "loa/letter_base.html", "loa/letter.css")
_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "consents"
_OLDER = Path(__file__).with_name("older")
_WORDS = Path(__file__).with_name("words.py")


@cache
def template_sha256() -> str:
    """Give the hash (hexadecimal) that goes into each record; a new one needs a new `TEMPLATE_VERSION`."""
    whole = hashlib.sha256()
    for data in (*sources().values(), *((FONTS / name).read_bytes() for name in FACES)):
        whole.update(hashlib.sha256(data).digest())
    whole.update(" ".join(programs()).encode())
    return whole.hexdigest()


def sources() -> dict[str, bytes]:
    """Give the files that hold a letter's words and layout, in the order in which they are hashed."""
    found = {name: (_FOLDER / name).read_bytes() for name in _FILES}
    return {**found, _WORDS.name: _WORDS.read_bytes()}


def statement() -> dict[str, Any]:
    """Say of what `template_sha256` is the hash, so that anybody can work it out again from the files."""
    files = [{"name": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in sources().items()]
    fonts = [{"name": name, "sha256": hashlib.sha256((FONTS / name).read_bytes()).hexdigest()} for name in FACES]
    return {
        "version": TEMPLATE_VERSION,
        "sha256": template_sha256(),
        "files": files,
        "typefaces": fonts,
        "programs": list(programs()),
        "how": "SHA-256 over the SHA-256 (32 bytes each) of the files, then of the typefaces, in this order, and then"
        " over the programs, joined by blanks, as UTF-8",
    }


def older(version: str) -> dict[str, bytes]:
    """Give the kept files of an older version, with its statement as `template.json`; empty where none were kept.

    Whoever gives the template a new version keeps the files of the one before (`older/<version>/`).
    """
    folder = _OLDER / version.replace(" ", "-")
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    return {str(each.relative_to(folder)).removesuffix(".txt"): each.read_bytes() for each in files}


def programs() -> tuple[str, ...]:
    """Give the programs that set a letter, with their versions: other ones give other bytes."""
    return tuple(sandbox.call("consents.loa.pdf:programs", {}, wall=30.0, cpu=20)["programs"])
