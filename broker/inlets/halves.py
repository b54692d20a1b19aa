"""Whether a message may be half a login, and whether it is one together with an earlier message (rules).

To open what came earlier costs an entry of the log, so it is done only for words that would be a login beside an
imagined other half. All of it raises `Unchecked` where the engine broke.
"""

import re
from collections.abc import Sequence

from broker.credentials import Finding
from broker.looking import look

LONGEST = 2_000  # letters of a message; whoever hides half a login writes little
BRIEF = 3  # words of a line
# The other half, as it might have come: who signs in, and a secret without a word about what it is.
HALVES = ("My SmartHub user name is rob77@mill.example", "SmartHub password:", "Gravel9!Road")
CODE = ("The one-time code of the portal is 48", "1516")  # its beginning and its end

# Words for what somebody signs in with, and where. Without one of them nothing that stands in another place is a login:
# chance writes words into pictures, documents and programs.
_NAMES = re.compile(
    r"(?i)passw|pass[\s._-]?(?:code|phrase)|\bpwd?\b|contrase|\bclave|\bpin\b|\bcode\b|c[oó]digo|smart-?hub|portal|"
    r"log-?in|user[\s._-]?name|usuario"
)


def names_a_login(text: str) -> bool:
    """Say whether a text speaks of what somebody signs in with, or where: the rest may stand in another place."""
    return _NAMES.search(text) is not None


def may_be(new: str, inlet: str) -> bool:
    """Say whether words would be a login behind one of the halves, or in front of a secret."""
    if not new.strip() or len(new) > LONGEST:
        return False
    return any(look(text, inlet) for text in (*(f"{half}\n{new}" for half in HALVES), f"{new}\n{HALVES[-1]}"))


def may_be_of_a_code(new: str, inlet: str) -> bool:
    """Say whether words would be a code behind its beginning, or in front of its end."""
    begins, ends = CODE
    return len(new) <= LONGEST and any((cut_in_two(begins, new, inlet), cut_in_two(new, ends, inlet)))


def beside(earlier: str, new: str, inlet: str, *, is_behind: bool = True) -> Finding | None:
    """Give what is found in both messages read as one, and is of the new one.

    It is of the new one where it touches it, or where nothing is found in the earlier one alone: what two people let
    through is no finding of whatever comes behind it. `is_behind`: the new one is read behind the earlier one.
    """
    text, start = (f"{earlier}\n{new}", len(earlier) + 1) if is_behind else (f"{new}\n{earlier}", 0)
    found = look(text, inlet)
    if found is None:
        return None
    touches = found.start < start + len(new) and found.end > start
    return found if touches or look(earlier, inlet) is None else None


def beside_any(earlier: Sequence[str], new: str, inlet: str) -> Finding | None:
    """Give what is found in a new message read behind the last of the earlier ones, the last two, and so on.

    Behind all of them alone it could hide: something that was found in older ones would be found first.
    """
    said = [each[:LONGEST] for each in earlier]
    found = (beside("\n".join(said[first:]), new, inlet) for first in range(len(said) - 1, -1, -1))
    return next(filter(None, found), None)


def cut_in_two(first: str, second: str, inlet: str) -> Finding | None:
    """Give what is found in a number that begins at the end of one message and ends at the beginning of the other."""
    if not (first[-1:].isdigit() and second[:1].isdigit()):
        return None
    found = look(first + second, inlet)
    return found if found is not None and found.start < len(first) < found.end else None


def is_brief(found: Finding, text: str) -> bool:
    """Say whether a finding goes over lines, or stands in one of few words: half a login comes without a story."""
    if "\n" in text[found.start : found.end]:
        return True
    before, behind = text[: found.start].rpartition("\n")[2], text[found.start :].partition("\n")[0]
    return len((before + behind).split()) <= BRIEF
