"""The blocks of docs/install.md, as a person would type them one after the other."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "install.md"
_BLOCK = re.compile(r"^## (?P<heading>.+?)$|^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One block, and the heading under which it stands."""

    heading: str
    text: str


def blocks() -> list[Block]:
    """Give every block of the guide in its order."""
    found, heading = [], ""
    for hit in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        if hit["heading"]:
            heading = hit["heading"]
        else:
            found.append(Block(heading, hit["text"]))
    return found
