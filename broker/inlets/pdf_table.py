"""The tables of a PDF that say of each code which letters it is, or which number its glyph has (rules)."""

import re
from collections.abc import Iterator
from typing import Any

from pdfminer.cmapdb import CMapDB

MOST_CODES = 200_000  # of one table
_TOKEN = re.compile(rb"%[^\r\n]*|/[^\s<>\[\]()/%{}]*|\([^()]*\)|<([\dA-Fa-f\s]*)>|[\[\]]|[^\s<>\[\]()/%{}]+")
_LETTERS, _NUMBERS = b"bf", b"cid"
_LIST, _LIST_ENDS = b"[", b"]"
_AT_ONCE = 100  # codes of one block (Adobe 5014)


def letters(data: bytes) -> dict[int, str]:
    """Give the letters of each code; what is no table says nothing.

    Raises ValueError where it has more codes than are looked at.
    """
    found: dict[int, str] = {}
    for low, high, said in _entries(data, _LETTERS):
        if isinstance(said, list):
            found |= {low + place: _text(each) for place, each in enumerate(said[: high - low + 1])}
        elif isinstance(said, bytes) and said:
            before, last = said[:-2], int.from_bytes(said[-2:])
            found |= {
                low + place: _text(before + ((last + place) & 0xFFFF).to_bytes(2)) for place in range(high - low + 1)
            }
    return found


def numbers(data: bytes) -> dict[int, int]:
    """Give the number of each code's glyph; else as `letters`."""
    found: dict[int, int] = {}
    for low, high, first in _entries(data, _NUMBERS):
        if isinstance(first, int):
            found |= {low + place: first + place for place in range(high - low + 1)}
    return found


def known(name: str) -> Iterator[tuple[int, int]]:
    """Give the number of each code of a table that viewers know by its name; of another name, nothing."""
    try:
        held: Any = CMapDB.get_cmap(name)
    except CMapDB.CMapNotFound:
        return
    waiting = list(getattr(held, "code2cid", {}).items())
    while waiting:
        code, inner = waiting.pop()
        if isinstance(inner, int):
            yield code, inner
        else:
            waiting += [(code << 8 | last, each) for last, each in inner.items()]


def written(said: dict[int, str], digits: int) -> bytes:
    """Give the table that says these letters of codes of so many digits."""
    lines = [f"<{code:0{digits}X}> <{text.encode('utf-16-be').hex()}>" for code, text in sorted(said.items())]
    blocks = [lines[at : at + _AT_ONCE] for at in range(0, len(lines), _AT_ONCE)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    head = f"begincmap\n1 begincodespacerange <{'0' * digits}> <{'F' * digits}> endcodespacerange\n"
    return f"{head}{body}\nendcmap".encode("ascii")


def _entries(data: bytes, kind: bytes) -> Iterator[tuple[int, int, Any]]:
    """Give the first and the last code of each entry, and what it says of them."""
    left = MOST_CODES
    for size, words in _blocks(data, kind):
        for at in range(0, len(words) - size + 1, size):
            low, high, said = words[at], words[at + size - 2], words[at + size - 1]
            if not (isinstance(low, bytes) and isinstance(high, bytes)):
                continue
            first, last = int.from_bytes(low), int.from_bytes(high)
            left -= max(0, last - first + 1)
            if left < 0:
                raise ValueError("more codes than are looked at")
            yield first, last, said


def _blocks(data: bytes, kind: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Give what stands in each block, and how much of it is one entry."""
    sizes = {b"end" + kind + b"char": 2, b"end" + kind + b"range": 3}
    words: list[Any] = []
    inside: list[bytes] | None = None
    for found in _TOKEN.finditer(data):
        word = found[0]
        if (value := found[1]) is not None:
            digits = b"".join(value.split())
            code = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
            (words if inside is None else inside).append(code)
        elif word == _LIST:
            inside = []
        elif word == _LIST_ENDS:
            words, inside = [*words, inside or []], None
        elif word.isdigit():
            words.append(int(word[:9]))
        elif (size := sizes.get(word)) is not None:
            yield size, words
        elif word.startswith(b"begin"):
            words, inside = [], None


def _text(said: bytes) -> str:
    return said.decode("utf-16-be", "ignore")
