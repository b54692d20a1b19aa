"""Patterns that do not ask for case, over text in lower case: the same finds, in a third of the time (rules).

A pattern with `(?i)` compares letter by letter in several spellings, and cannot look at the first letter of each of its
words before it tries them. Over a text in lower case none of that is needed.
"""

import re

# What keeps its letters: escapes, names of groups. All other letters of a pattern are letters of the text.
_KEEPS = re.compile(r"\\.|\(\?P<\w+>|\(\?P=\w+\)|\(\?-?[a-z]+[:)]|.", re.DOTALL)


def lowered(text: str) -> str:
    """Give a text in lower case, each character at its old place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[0] for char in text)


FEW = 40  # characters that are looked for one by one


def changed(text: str, each: dict[str, str]) -> str:
    """Give a text with some characters changed; a few are looked for one by one, which is ten times as fast."""
    if len(each) > FEW or not each.keys().isdisjoint("".join(each.values())):
        return text.translate({ord(char): made for char, made in each.items()})
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
