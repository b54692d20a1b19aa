"""The words of a text in RTF, without the signs that say how it looks (rules; RTF 1.9.1)."""

import re

MOST_SIGNS = 8_000_000
_BEGIN = "{\\rtf"
# A word of control ends at a blank, which belongs to it; behind a letter of Unicode stands one for older readers.
_CONTROL = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?((?:\\'[0-9a-fA-F]{2}|[^\\{}\r\n])?)|\\([a-zA-Z]{1,32})(?:-?\d{1,10})? ?"
    r"|\\([^a-zA-Z])|[{}\r\n]"
)
_BREAKS = frozenset(["par", "line", "row", "sect", "page", "cell", "nestcell", "nestrow", "tab"])
_NOTHING_FOLLOWS = re.compile(r"\\uc0(?!\d)")
# Bytes that are no letters: pictures, other files, and letters that more than one older letter stands behind.
_OTHERS = re.compile(r"\\(?:bin|pict|objdata|object|datastore|uc[2-9])(?![a-zA-Z])")


def is_rtf(text: str) -> bool:
    """Say whether a text is RTF."""
    return text.lstrip("\ufeff\0 \t\r\n").startswith(_BEGIN)


def of(text: str) -> tuple[str, bool]:
    """Give the words of a text in RTF, and whether nothing else is in it. Raises nothing."""
    follows = _NOTHING_FOLLOWS.search(text) is None

    def undone(found: re.Match[str]) -> str:
        if found[1]:
            return bytes.fromhex(found[1]).decode("cp1252", "replace")
        if found[2]:
            return chr(int(found[2]) % 0x10000) + ("" if follows else found[3])
        if found[4]:
            return "\n" if found[4] in _BREAKS else ""
        # A backslash before one of these makes it a sign of the text; a hard blank, a hyphen that may stand.
        return {"~": " ", "_": "-", "\n": "\n", "\r": "\n"}.get(found[5], found[5] if found[5] in ("\\{}") else "")

    made = _CONTROL.sub(lambda found: undone(found) if found[0] not in "{}\r\n" else "", text[:MOST_SIGNS])
    # What lies beyond the first 65,536 letters is written as two halves.
    made = made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return made, len(text) <= MOST_SIGNS and _OTHERS.search(text) is None
