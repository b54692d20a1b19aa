"""Patterns that do not ask for case, over text in lower case: the same finds, in a third of the time (rules).

A pattern with `(?i)` compares letter by letter in several spellings, and cannot look at the first letter of each of its
words before it tries them. Over a text in lower case none of that is needed.
"""

import re
from contextlib import suppress

# What keeps its letters: escapes, names of groups. All other letters of a pattern are letters of the text.
_KEEPS = re.compile(r"\\.|\(\?P<\w+>|\(\?P=\w+\)|\(\?-?[a-z]+[:)]|.", re.DOTALL)


_LONGER = "\u0130"  # of all characters the only one that is two in lower case


# Of one byte for each character a table is ten times as fast as a look at each.
_SMALL = bytes(map(ord, "".join(map(chr, range(256))).lower()))


def lowered(text: str) -> str:
    """Give a text in lower case, each character at its old place."""
    if not text.isascii():
        with suppress(UnicodeEncodeError):
            return text.encode("latin-1").translate(_SMALL).decode("latin-1")
    return text.replace(_LONGER, "i").lower()


FEW = 40  # characters that are looked for one by one
RARE = 16  # characters of a text on each run of those that a coding lacks: so few are met one by one as fast
_STRANGE = re.compile(r"[^\t\n\r -~]+")


def are_rare(text: str, coding: str) -> bool:
    """Say whether runs of characters that a coding lacks are rare in a text; a question mark counts as one."""
    made = text.encode(coding, "replace")
    return RARE * made.count(b"?") <= len(text) or RARE * sum(map(bool, made.split(b"?"))) <= len(text)


def changed(text: str, each: dict[str, str]) -> str:
    """Give a text with some characters changed; a few are looked for one by one, which is ten times as fast."""
    if len(each) > FEW or not each.keys().isdisjoint("".join(each.values())):
        table = {ord(char): made for char, made in each.items()}
        if _STRANGE.fullmatch("".join(each)) and are_rare(text, "ascii"):
            return _STRANGE.sub(lambda run: run[0].translate(table), text)
        return text.translate(table)
    for char, made in each.items():
        text = text.replace(char, made)
    return text


# By identity: a pattern's hash is worked out anew at each call, over all of its code. The pattern is kept with its
# twin, so that its identity stays its own.
_twins: dict[int, tuple[re.Pattern[str], re.Pattern[str] | None]] = {}


def twin(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """Give the pattern that finds in a lowered text what this one finds in the text; None where case matters to it."""
    made = _twins.get(id(pattern))
    if made is None:
        made = _twins[id(pattern)] = (pattern, _made(pattern))
    return made[1]


def _made(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    if not pattern.flags & re.IGNORECASE or "(?-i:" in pattern.pattern:
        return None
    lower = "".join(piece[0] if len(piece[0]) > 1 else piece[0].lower() for piece in _KEEPS.finditer(pattern.pattern))
    plain = re.sub(r"^\(\?([a-z]+)\)", lambda flags: f"(?{rest})" if (rest := flags[1].replace("i", "")) else "", lower)
    return re.compile(plain, pattern.flags & ~(re.IGNORECASE | re.UNICODE))
