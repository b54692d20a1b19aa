"""Where a pattern may find anything: an engine that never looks back runs over the text first (rules).

A pattern of Python's `re` is tried at each letter, and most of ours have nothing to find. RE2 reads a text once,
however many spellings a pattern has, but knows neither what stands before or behind a place nor what was found before.
So each pattern is loosened to one that RE2 knows and that finds at least as much; what it points out the pattern itself
decides.
"""

import codecs
import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import re2

from broker.credentials import caseless

_PARSER: Any = importlib.import_module("re._parser")  # private: a test holds what is read with it

FAR = 200  # characters, as which a repeat without end counts: a word or a sentence is never so long
BESIDE = 200  # characters behind a find that a pattern may look at
LINE = 1_000  # characters behind that; a line that goes on ends with the word there, if no pattern asks for its end
WORTH = 200  # characters of a text, from which on this pays
# How often a repeat is counted, of one sign and of more; one that may be longer may be of any length.
MOST_SIGNS, MOST_TIMES = 40, 12
MOST_MEMORY = 8_388_608  # bytes that the tables of one pattern may take; they grow with what is read
EACH = 400  # characters on a place; a pattern that may find more is tried everywhere
AT_ONCE = 5  # patterns that are looked for together; of more the tables grow too large
# Or from so many places on, where there are so many times more; so much is asked of what was read so far.
MANY, MANY_MORE = 50, 4

Stretch = tuple[int, int]

# A text becomes bytes in lower case, one for each character. What is not ASCII becomes one of these, by its kind: no
# other character does, for no capital is left.
_LETTER, _DIGIT, _SPACE, _SIGN = map(ord, "XD\x1c\x01")
# Two letters that are no ASCII and the same as one of ASCII where case is none of a pattern's.
_LIKE = {"\u017f": "s", "\u0131": "i"}
_SEVERAL = frozenset({_LETTER, _DIGIT, _SPACE, _SIGN, *map(ord, "iks")})  # what more than one character becomes
_ALL = frozenset(code for code in range(128) if not chr(code).isupper()) | {_LETTER, _DIGIT}
_DIGITS = frozenset(map(ord, "0123456789")) | {_DIGIT}
_WORD = frozenset(code for code in _ALL if chr(code).isalnum() or chr(code) == "_") | _DIGITS | {_LETTER}
_BLANK = frozenset(code for code in _ALL if chr(code).isspace())
_OF_CATEGORY = {"DIGIT": _DIGITS, "WORD": _WORD, "SPACE": _BLANK}


def _kind(char: str) -> int:
    """Give what a character becomes."""
    lower = _LIKE.get(char) or char.lower()[0]
    if lower.isascii():
        return ord(lower)
    if lower.isdecimal():
        return _DIGIT
    if lower.isalnum():
        return _LETTER
    return _SPACE if lower.isspace() else _SIGN


# What is beyond Latin-1 becomes one of it first; two that are signs there stand for a letter and for a digit.
_FOR_LETTER, _FOR_DIGIT, _FOR_SIGN = "\x80\x81\x82"
_NEAR = {_LETTER: ord(_FOR_LETTER), _DIGIT: ord(_FOR_DIGIT)}
_LATIN = bytes({_FOR_LETTER: _LETTER, _FOR_DIGIT: _DIGIT}.get(chr(code)) or _kind(chr(code)) for code in range(256))
_BEYOND = "broker.credentials.foreseen"
SEVERAL = 4  # characters of a text on each different one: where more of them differ a table is no help


def _beyond(error: UnicodeError) -> tuple[bytes, int]:
    """Give what stands for a run of characters that Latin-1 does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return bytes(map(_near, error.object[error.start : error.end])), error.end


@lru_cache(maxsize=65_536)
def _near(char: str) -> int:
    kind = _kind(char)
    return _NEAR.get(kind, kind)


codecs.register_error(_BEYOND, _beyond)


def flat(text: str) -> bytes:
    """Give a text as bytes in lower case, each character at its old place."""
    if text.isascii():
        return text.encode("ascii").lower()
    for sign in (_FOR_LETTER, _FOR_DIGIT):
        if sign in text:
            text = text.replace(sign, _FOR_SIGN)
    if not caseless.are_rare(text, "latin-1") and SEVERAL * len(chars := set(text)) < len(text):
        text = text.translate({ord(char): _near(char) for char in chars if char > "\xff"})
    return text.encode("latin-1", _BEYOND).translate(_LATIN)


def stretches(pattern: re.Pattern[str], made: bytes) -> Iterator[Stretch]:
    """Give where in a text, of which these are the bytes, a pattern may find anything, in order.

    Where it may find something at so many places that to point each of them out costs more than to look, the rest of
    the text is one stretch. Each stretch ends with a line: a pattern that asks for the end of one finds none where a
    stretch would be cut. Of a line that goes on and on it ends with a word, if the pattern asks for no end of a line.
    """
    length = len(made)
    loosened = _loosened(pattern)
    if loosened is None:
        yield 0, length
        return
    begins = ends = -1
    at = places = 0
    while (found := loosened.looser.search(made, at)) is not None:
        start, end = found.span()
        if start > ends:
            if ends >= 0:
                yield begins, ends
            begins = start
        if places * EACH > (length if places < MANY else min(length, MANY_MORE * at)):
            yield begins, length
            return
        ends = max(ends, _line_end(made, min(length, end + loosened.longest + BESIDE), loosened))
        at = max(end, start + 1)
        places += 1
    if ends >= 0:
        yield begins, ends


def lines(pattern: re.Pattern[str], text: str) -> set[str]:
    """Give at least those lines of an ASCII text in which a pattern finds something; all where it is not foreseen."""
    loosened = _loosened(pattern)
    if loosened is None:
        return set(text.split("\n"))
    made = flat(text)
    told, at = set(), 0
    while (found := loosened.looser.search(made, at)) is not None:
        start, end = made.rfind(b"\n", 0, found.start()) + 1, made.find(b"\n", found.end())
        at = end = len(made) if end < 0 else end
        told.add(text[start:end])
    return told


def _line_end(made: bytes, at: int, loosened: "_Loosened") -> int:
    found = made.find(b"\n", at, at + LINE)
    if found < 0 and not loosened.asks_for_end:
        found = made.find(b" ", at + LINE)
    if found < 0:
        found = made.find(b"\n", at + LINE)
    return len(made) if found < 0 else found


def joined(spans: Iterable[Stretch]) -> list[Stretch]:
    """Give stretches, which come in order, with those that meet as one."""
    made: list[Stretch] = []
    for start, end in spans:
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], end)
        else:
            made.append((start, end))
    return made


class _Loosened(NamedTuple):
    looser: Any  # of RE2
    longest: int  # characters of a find
    asks_for_end: bool  # of a line or of the text, or so it may be


# By identity, as in `caseless`; the pattern is kept with what was made of it.
_known: dict[int, tuple[re.Pattern[str], _Loosened | None]] = {}


def _loosened(pattern: re.Pattern[str]) -> _Loosened | None:
    made = _known.get(id(pattern))
    if made is None:
        made = _known[id(pattern)] = (pattern, _made(pattern))
    return made[1]


def _made(pattern: re.Pattern[str]) -> _Loosened | None:
    looser = _compiled((pattern,))
    if looser is None or looser.search(b"") is not None:
        return None  # it may find nothing at all, anywhere
    longest = _PARSER.parse(pattern.pattern, pattern.flags).getwidth()[1]
    return _Loosened(looser, min(int(longest), FAR), "$" in pattern.pattern or r"\Z" in pattern.pattern)


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    return options


def _compiled(patterns: Sequence[re.Pattern[str]]) -> Any:
    """Give what finds all that any of some patterns finds, for RE2; None where there is no such thing."""
    try:
        told = [_sequence(tree := _PARSER.parse(each.pattern, each.flags), tree.state.flags) for each in patterns]
        return re2.compile("|".join(f"(?:{each})" for each in told).encode("ascii"), _options())
    except (re2.error, _Unknown):  # larger than it takes, or of a kind that is not loosened
        return None


class Group:
    """A few patterns that hardly ever find anything: in a long text they are looked for in the time of one."""

    def __init__(self) -> None:
        self.patterns: list[re.Pattern[str]] = []
        self._looser: Any = _NOT_YET

    @property
    def is_full(self) -> bool:
        """Say whether it takes no further pattern: it was asked, or its tables would grow too large."""
        return len(self.patterns) == AT_ONCE or self._looser is not _NOT_YET

    def may_find(self, made: bytes) -> bool:
        """Say whether any of them may find anything in a text, of which these are the bytes."""
        if self._looser is _NOT_YET:
            self._looser = _compiled(self.patterns)
        return self._looser is None or self._looser.search(made) is not None


_NOT_YET = object()
_groups: list[Group] = []
_group_of: dict[int, Group] = {}


def hardly_ever(*patterns: re.Pattern[str]) -> None:
    """Have patterns of which honest texts hold nothing looked for a few at once, with those of other modules."""
    for each in (caseless.twin(pattern) or pattern for pattern in patterns):
        if not _groups or _groups[-1].is_full:
            _groups.append(Group())
        _groups[-1].patterns.append(each)
        _group_of[id(each)] = _groups[-1]


def group_of(pattern: re.Pattern[str]) -> Group | None:
    """Give those with which a pattern, in lower case if case is none of its, is looked for."""
    return _group_of.get(id(pattern))


@lru_cache(maxsize=1_024)  # of this program's own words alone
def _runs(parts: tuple[str, ...]) -> Any:
    return re2.compile("|".join(map(re.escape, parts)).encode("utf-8"), _options())


def holds_any(parts: tuple[str, ...], text: bytes) -> bool:
    """Say whether any of some words of ours stands in a text in UTF-8."""
    return _runs(parts).search(text) is not None


def places(parts: tuple[str, ...], made: bytes) -> Iterator[int]:
    """Give in order where any of some ASCII words of ours begins in a text, of which these are the bytes."""
    runs, at = _runs(parts), 0
    while (found := runs.search(made, at)) is not None:
        yield found.start()
        at = found.start() + 1


class _Unknown(Exception):
    """What no pattern of ours has: it is tried everywhere."""


def _sequence(tree: Iterable[tuple[Any, Any]], flags: int) -> str:
    if flags & re.ASCII:
        raise _Unknown
    return "".join(_item(str(kind), value, flags) for kind, value in tree)


def _item(kind: str, value: Any, flags: int) -> str:
    match kind:
        case "LITERAL":
            return _one_of(frozenset({_kind(chr(value))}))
        case "NOT_LITERAL":
            return _but([("LITERAL", value)], flags)
        case "ANY":
            return "(?s:.)" if flags & re.DOTALL else "."
        case "IN":
            return _in([(str(each), sign) for each, sign in value], flags)
        case "BRANCH":
            return f"(?:{'|'.join(_sequence(branch, flags) for branch in value[1])})"
        case "SUBPATTERN":
            return f"(?:{_sequence(value[3], (flags | value[1]) & ~value[2])})"
        case "ATOMIC_GROUP":
            return f"(?:{_sequence(value, flags)})"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            return _repeated(int(least), int(most), _sequence(inner, flags))
        case "GROUPREF":
            return "(?s:.*)"
        case "AT":
            return _place(str(value), flags)
        case "ASSERT" | "ASSERT_NOT":
            return ""
        case _:
            raise _Unknown


_SIGN_ALONE = re.compile(r"\[[^\[]*\]")


def _repeated(least: int, most: int, told: str) -> str:
    counted = MOST_SIGNS if _SIGN_ALONE.fullmatch(told) else MOST_TIMES
    times = f"{min(least, counted)},{'' if most > counted else most}"
    return f"(?:{told}){{{times}}}" if told else ""


# A place that is not named is everywhere.
_PLACES = {"AT_BOUNDARY": r"\b", "AT_NON_BOUNDARY": r"\B", "AT_BEGINNING": r"\A", "AT_BEGINNING_STRING": r"\A"}


def _place(kind: str, flags: int) -> str:
    if kind == "AT_BEGINNING" and flags & re.MULTILINE:
        return "(?m:^)"
    if kind == "AT_END" and flags & re.MULTILINE:
        return "(?m:$)"
    return _PLACES.get(kind, "")


def _in(members: Sequence[tuple[str, Any]], flags: int) -> str:
    if members[0][0] == "NEGATE":
        return _but(members[1:], flags)
    held = frozenset[int]()
    for kind, value in members:
        held |= _category(str(value)) if kind == "CATEGORY" else frozenset(map(_kind, map(chr, _codes(kind, value))))
    return _one_of(held)


def _but(members: Sequence[tuple[str, Any]], flags: int) -> str:
    """Give what is none of these: of what became something else, only a whole category can be left out."""
    out, named = frozenset[int](), set[str]()
    for kind, value in members:
        if kind == "CATEGORY":
            out |= _category(str(value))
        else:
            named.update(map(chr, _codes(kind, value)))
    for char in named:
        if flags & re.IGNORECASE or {*char.lower(), *char.upper()} <= named:
            out |= {_kind(char)} - _SEVERAL
    return _one_of(_ALL - out)


def _codes(kind: str, value: Any) -> range:
    return range(value, value + 1) if kind == "LITERAL" else range(value[0], value[1] + 1)


def _category(name: str) -> frozenset[int]:
    name = name.removeprefix("CATEGORY_")
    return _ALL - _OF_CATEGORY[name[4:]] if name.startswith("NOT_") else _OF_CATEGORY[name]


def _one_of(codes: frozenset[int]) -> str:
    return f"[{''.join(f'\\x{code:02x}' for code in sorted(codes))}]" if codes else r"[^\x00-\xff]"
