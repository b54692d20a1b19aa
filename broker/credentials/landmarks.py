"""What every find of a pattern holds: of a long text only what stands around that is searched (rules).

A pattern as long as ours is tried at each letter, and most of them have nothing to find. A word that it cannot do
without is found a hundred times as fast. Which words these are is read off the pattern itself, as the standard library
takes it apart: of a sequence the part with the longest words, of alternatives those of each. A pattern of which nothing
is known that way is searched for everywhere, as before.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

_PARSER: Any = importlib.import_module("re._parser")  # private: a test holds what is read with it

FAR = 400  # characters, as which a repeat without end counts: a word or a sentence is never so long
BESIDE = 200  # characters behind a find that a pattern may look at
MOST_WORDS = 64
MOST_SPELLINGS = 9
LEAST = 2  # letters
ENOUGH = 5  # letters, from which on a longer word is no rarer
MOST_READ = 0.6  # of a text; where the stretches have more of it, all of it is searched

Stretch = tuple[int, int]
Places = Callable[[str], Sequence[int] | None]


class Landmarks(NamedTuple):
    """Words of which each find has one, in lower case; how far that is from the find's beginning and end, at most."""

    words: frozenset[str]
    before: int  # characters
    behind: int


# By identity, as in `caseless`; the pattern is kept with what was read of it.
_known: dict[int, tuple[re.Pattern[str], Landmarks | None]] = {}


def landmarks(pattern: re.Pattern[str]) -> Landmarks | None:
    """Give what each find of a pattern holds; None where nothing is known that a find cannot do without."""
    made = _known.get(id(pattern))
    if made is None:
        tree = _PARSER.parse(pattern.pattern, pattern.flags)
        made = _known[id(pattern)] = (pattern, _of_sequence(tree))
    return made[1]


def stretches(marks: Landmarks, places: Places, text: str) -> list[Stretch] | None:
    """Give where in a text a find may lie, in order; None where that is most of the text.

    `places` gives where a word stands, or None where that is more often than is worth telling. Each stretch ends with a
    line: a pattern that asks for the end of one finds none where a stretch would be cut.
    """
    length = len(text)
    around: list[Stretch] = []
    for word in marks.words:
        found = places(word)
        if found is None:
            return None
        behind = len(word) + marks.behind + BESIDE
        around += [(max(0, at - marks.before), min(length, at + behind)) for at in found]
    made = joined((start, _line_end(text, end)) for start, end in joined(sorted(around)))
    return None if sum(end - start for start, end in made) > MOST_READ * length else made


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def joined(spans: Iterable[Stretch]) -> list[Stretch]:
    """Give stretches, which come in order, with those that meet as one."""
    made: list[Stretch] = []
    for start, end in spans:
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], end)
        else:
            made.append((start, end))
    return made


def _of_sequence(tree: Any) -> Landmarks | None:
    items = list(tree)
    widths = [_width(tree, item) for item in items]
    found: list[Landmarks] = []
    at = 0
    while at < len(items):
        spelled, end = _spelled(items, at)
        marks = Landmarks(frozenset(spelled), 0, 0) if end > at else _of_item(*items[at])
        end = max(end, at + 1)
        if marks is not None and len(marks.words) <= MOST_WORDS and min(map(len, marks.words)) >= LEAST:
            before, behind = sum(widths[:at]) + marks.before, sum(widths[end:]) + marks.behind
            found.append(Landmarks(marks.words, min(before, FAR), min(behind, FAR)))
        at = end
    return max(found, key=_worth, default=None)


def _worth(marks: Landmarks) -> tuple[int, int, int]:
    least = min(map(len, marks.words))
    return min(least, ENOUGH), -len(marks.words), least


def _width(tree: Any, item: Any) -> int:
    return min(int(_PARSER.SubPattern(tree.state, [item]).getwidth()[1]), FAR)


def _spelled(items: list[Any], at: int) -> tuple[list[str], int]:
    """Give the spellings of the letters that stand at a place, one behind the other, and where they end."""
    made = [""]
    while at < len(items) and (letters := _letters(*items[at])) and len(made) * len(letters) <= MOST_SPELLINGS:
        made = [word + letter for word in made for letter in letters]
        at += 1
    return made, at


def _letters(kind: Any, value: Any) -> list[str]:
    """Give what one sign may be, in lower case; nothing where that is no short list."""
    if str(kind) == "LITERAL":
        return [chr(value).lower()]
    if str(kind) != "IN" or any(str(each) != "LITERAL" for each, _sign in value):
        return []
    return list(dict.fromkeys(chr(sign).lower() for _each, sign in value))


def _of_item(kind: Any, value: Any) -> Landmarks | None:
    match str(kind):
        case "BRANCH":
            each = [_of_sequence(branch) for branch in value[1]]
            known = [marks for marks in each if marks is not None]
            if len(known) < len(each):
                return None
            words = frozenset[str]().union(*(marks.words for marks in known))
            return Landmarks(words, max(marks.before for marks in known), max(marks.behind for marks in known))
        case "SUBPATTERN":
            return _of_sequence(value[3])
        case "ATOMIC_GROUP":
            return _of_sequence(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            marks = _of_sequence(inner) if least else None
            return marks if marks is None or most == 1 else Landmarks(marks.words, FAR, FAR)
        case _:
            return None
