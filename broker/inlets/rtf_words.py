"""The words of a text in RTF, without the signs that say how it looks (rules; RTF 1.9.1)."""

import re
from dataclasses import dataclass, replace

MOST_SIGNS = 8_000_000
_BEGIN = "{\\rt"  # as much as word processors ask for
# A word of control ends at a blank, which belongs to it; behind a letter of Unicode stands one for older readers.
_CONTROL = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?((?:\\'[0-9a-fA-F]{2}|[^\\{}\r\n])?)|\\([a-zA-Z]{1,32})(?:-?\d{1,10})? ?"
    r"|\\([^a-zA-Z])|[{}\r\n]"
)
_PIECE = re.compile(r"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|[{}\r\n]|[^\\{}\r\n]+")
_BREAKS = frozenset(["par", "line", "row", "sect", "page", "cell", "nestcell", "nestrow", "tab"])
_NOTHING_FOLLOWS = re.compile(r"\\uc0(?!\d)")
# Bytes that are no letters: pictures, other files, and letters that more than one older letter stands behind.
_OTHERS = re.compile(r"\\(?:bin|pict|objdata|object|datastore|uc[2-9])(?![a-zA-Z])")
# What is not shown: words that are marked so, and groups that are no part of the text, as tables of typefaces are.
_HIDDEN = frozenset(["v", "deleted", "webhidden"])
_ELSEWHERE = frozenset([
    "fonttbl", "colortbl", "stylesheet", "info", "fldinst", "bkmkstart", "bkmkend", "footnote", "annotation", "xe",
    "tc",
])  # fmt: skip
MOST_SPELLED = 6  # letters of fields that draw one by its number; a list of things has some of its own
_SPELLED = re.compile(r"SYMBOL\s{1,9}(\d{1,3})(?!\d)")


@dataclass(frozen=True)
class _Group:
    """What counts until a group ends: whether it is shown, and how many letters follow one of Unicode."""

    hidden: bool = False
    elsewhere: bool = False
    follow: int = 1

    @property
    def shown(self) -> bool:
        """Say whether the words of the group are seen."""
        return not (self.hidden or self.elsewhere)


def is_rtf(text: str) -> bool:
    """Say whether a text is RTF."""
    return text.lstrip("\ufeff\0 \t\r\n").startswith(_BEGIN)


def of(text: str) -> tuple[list[str], bool]:
    """Give the words of a text in RTF: all of them, and those that are shown where some are not.

    Say too whether nothing else is in it. Raises nothing.
    """
    whole = len(text) <= MOST_SIGNS and _OTHERS.search(text) is None
    text = text[:MOST_SIGNS]
    spelled = {chr(int(number)) for number in _SPELLED.findall(text)}
    every, shown = _joined(_every(text)), _joined(_shown(text))
    texts = [every] if shown == every else [every, shown]
    return texts, whole and sum(sign.isascii() and sign.isalnum() for sign in spelled) <= MOST_SPELLED


def _joined(made: str) -> str:
    # What lies beyond the first 65,536 letters is written as two halves.
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(sign: str) -> str:
    # A backslash before one of these makes it a sign of the text; a hard blank, a hyphen that may stand.
    return {"~": " ", "_": "-", "\n": "\n", "\r": "\n"}.get(sign, sign if sign in ("\\{}") else "")


def _every(text: str) -> str:
    follows = _NOTHING_FOLLOWS.search(text) is None

    def undone(found: re.Match[str]) -> str:
        if found[1]:
            return _of_byte(found[1])
        if found[2]:
            return chr(int(found[2]) % 0x10000) + ("" if follows else found[3])
        if found[4]:
            return "\n" if found[4] in _BREAKS else ""
        return _sign(found[5])

    return _CONTROL.sub(lambda found: undone(found) if found[0] not in "{}\r\n" else "", text)


def _shown(text: str) -> str:
    """Give the words that a reader of today shows, group by group."""
    made: list[str] = []
    around: list[_Group] = []
    group, skip = _Group(), 0
    for found in _PIECE.finditer(text):
        piece, word, value = found[0], found[2], found[3]
        if piece in "{}":
            if piece == "{":
                around.append(group)
            else:
                group = around.pop() if around else _Group()
            skip = 0
        elif word in ("u", "uc") and value:
            number = int(value)
            if word == "uc":
                group = replace(group, follow=max(0, number))
            else:
                made += [chr(number % 0x10000)] if group.shown else []
                skip = group.follow
        elif word:
            if word in _ELSEWHERE:
                group = replace(group, elsewhere=True)
            elif word in _HIDDEN or word == "plain":
                group = replace(group, hidden=word != "plain" and (value is None or int(value) != 0))
            made += ["\n"] if word in _BREAKS and group.shown else []
        elif piece == "\\*":
            group = replace(group, elsewhere=True)
        elif piece not in "\r\n":
            sign = _of_byte(found[1]) if found[1] else _sign(found[4]) if found[4] else piece
            made += [sign[skip:]] if group.shown else []
            skip = max(0, skip - len(sign))
    return "".join(made)


def _of_byte(digits: str) -> str:
    return bytes.fromhex(digits).decode("cp1252", "replace")
