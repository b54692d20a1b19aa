"""A text as a reader would see it, with the way back to the place in the original (rules)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from broker.credentials import caseless, foreseen

Back = Callable[[int, int], tuple[int, int]]


_WORDS = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BETWEEN_LETTERS = bytes(32 if code < 128 and not chr(code).isalpha() else code for code in range(256))
_BETWEEN = bytes(32 if code < 128 and not chr(code).isalnum() else code for code in range(256))


def bag_of(lower: str) -> frozenset[str]:
    """Give the runs of letters and digits of a text in lower case."""
    return _runs_of(lower, _BETWEEN, _WORDS)


def words_of(lower: str) -> frozenset[str]:
    """Give the runs of letters of a text in lower case."""
    return _runs_of(lower, _BETWEEN_LETTERS, _LETTERS)


def _runs_of(lower: str, between: bytes, run: re.Pattern[str]) -> frozenset[str]:
    """Cut a text at what is ASCII and stands between its runs, and then those pieces that hold anything else."""
    bare = lower.encode("utf-8", "surrogatepass").translate(between)
    pieces = frozenset(bare.decode("utf-8", "surrogatepass").split())
    if lower.isascii():
        return pieces
    far = {piece for piece in pieces if not piece.isascii()}
    return pieces - far | {each for piece in far for each in run.findall(piece)}


def places(text: str, part: str) -> Iterator[int]:
    """Give each place at which a part of a text begins."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def lines_around(text: str, at: Iterable[int], before: int = 0, behind: int = 0) -> Iterator[tuple[int, int]]:
    """Give the lines in which places stand, which come in order, or so many characters before and behind them do."""
    until = -1
    for place in at:
        if place + behind > until:
            seen = max(0, until)
            start = text.rfind("\n", seen, max(seen, place - before)) + 1 or seen
            until = text.find("\n", place + behind)
            until = len(text) if until < 0 else until
            yield start, until


def _same(start: int, end: int) -> tuple[int, int]:
    return start, end


@dataclass(frozen=True)
class View:
    """A text and how to find a part of it in the text that was given."""

    text: str
    back: Back = field(default=_same, compare=False)
    dressed: bool = field(default=False, compare=False)  # its words were hidden: nobody does that to a bill
    whole: int = field(default=0, compare=False)  # characters of the text of which these are some lines

    @cached_property
    def bag(self) -> frozenset[str]:
        """Give the runs of letters and digits in lower case, in no order."""
        return bag_of(self.text.lower())

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Give the first place of a pattern."""
        return pattern.search(self.text) if len(self.text) < foreseen.WORTH else next(self.finditer(pattern), None)

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Give all places of a pattern, which is tried where it may find anything."""
        if len(self.text) < foreseen.WORTH:
            return pattern.finditer(self.text)
        spans = foreseen.stretches(pattern, self.flat)
        return (found for start, end in spans for found in pattern.finditer(self.text, start, end))

    @cached_property
    def flat(self) -> bytes:
        """Give the text as bytes, each character at its old place."""
        return foreseen.flat(self.text)

    @cached_property
    def said(self) -> list[str]:
        """Give the words in their order, with what touches them."""
        return self.text.split()

    @cached_property
    def longest(self) -> int:
        """Give how many characters the longest word has: what programs pack has no blanks."""
        return max(map(len, self.said), default=0)


# Look-alikes of other alphabets and of typography; NFKC does the rest.
_LOOKALIKE = dict(
    zip(
        "аАвВеЕёЁкКмМнНоОрРсСтТуУхХіІїЇјЈѕЅԁһɡӏЗгԛԝ"
        + "αΑβΒεΕηΗιΙκΚμΜνΝοΟρΡτΤυΥχΧωΖγσς"
        + "ıłŁøØđĐßℓ‐‑‒–—―−‘’‛“”„′″«»⁄∕：；",
        "aAbBeEeEkKmMhHoOpPcCtTyYxXiIiIjJsSdhgl3rqw"
        + "aAbBeEnHiIkKuMvNoOpPtTuYxXwZyoc"
        + 'ilLoOdDsl-------\'\'\'"""\'"""//:;',
        strict=True,
    )
)
# Arrows, as a page writes what programs write with two signs.
_LOOKALIKE.update(dict.fromkeys("\u2192\u2794\u2799\u279c\u279d\u279e\u27a1\u21d2\u27f6\u27f9\U0001f449", "->"))


MOST_LOOKED_AT = 1_000  # such signs of a text; from there on the pattern runs through it, which is as fast then
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters that show nothing
_LATIN = re.compile(r"LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL |DOTLESS |LONG )?([A-Z])(?: WITH .*)?")


def is_dressed(text: str) -> bool:
    """Say whether a text hides its words: signs of no width in them, letters of another alphabet, of full width."""
    if text.isascii() or _OF_DRESS.search("".join(strange(text))) is None:
        return False
    for count, match in enumerate(_OF_DRESS.finditer(text)):
        if count == MOST_LOOKED_AT:
            return _DRESSED.search(text, match.start() - 1) is not None
        if _DRESSED.match(text, match.start()) or _DRESSED.match(text, max(0, match.start() - 1)):
            return True
    return False


def _letter(char: str) -> str | None:
    """Give the letter of which this is a shape, by its name: small capitals, hooks, letters in squares."""
    if char.isascii() or unicodedata.normalize("NFKD", char)[0] != char:
        return None
    found = _LATIN.search(unicodedata.name(char, ""))
    return found[1].lower() if found and found.end() == len(unicodedata.name(char)) else None


@lru_cache(maxsize=65_536)
def _folded(char: str) -> str:
    """Give what a character becomes."""
    if char in _LOOKALIKE:
        return _LOOKALIKE[char]
    if unicodedata.category(char) in ("Cf", "Mn", "Me", "Cc") and char not in "\n\t\r":
        return ""  # zero width, soft hyphens, joiners, combining marks
    if char in _FILLERS:
        return ""
    if unicodedata.category(char) == "Zs":
        return " "
    if char in "\u2028\u2029\x85":
        return "\n"
    if (named := _letter(char)) is not None:
        return named
    made = "".join(_LOOKALIKE.get(c, c) for c in unicodedata.normalize("NFKC", char))
    return made if made.isascii() or char.isalpha() else made.replace(" ", "")


_PRINTED = bytes((9, 10, 13, *range(32, 127)))


def strange(text: str) -> set[str]:
    """Give the characters of a text that are no blanks, lines or printed signs of ASCII."""
    rest = text.encode("utf-8", "surrogatepass").translate(None, _PRINTED)
    return set(rest.decode("utf-8", "surrogatepass")) if rest else set()


# A sign of no width between two letters, a letter of another alphabet beside one of ours, letters of full width.
_DRESSED = re.compile(
    r"[^\W\d_][\u00ad\u200b-\u200f\u2060-\u2064\ufeff][^\W\d_]|[\u0391-\u03bb\u03bd-\u0557][A-Za-z]|"
    r"[A-Za-z][\u0391-\u03bb\u03bd-\u0557]|[\uff21-\uff5a]{2}"
)
# Of each of them this is the first or the second sign.
_OF_DRESS = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u0391-\u03bb\u03bd-\u0557\uff21-\uff5a]")


def _folded_in(text: str) -> dict[str, str]:
    """Give what those characters of a text become that do not stay as they are."""
    return {char: made for char in strange(text) if (made := _folded(char)) != char}


def plain_text(text: str) -> str:
    """Give the text with look-alikes folded and invisible characters gone, and no way back."""
    return caseless.changed(text, _folded_in(text))


def plain(text: str) -> View:
    """Give the text with look-alikes folded and invisible characters gone."""
    if text.isascii() and not strange(text):
        return View(text)
    changed, dressed = _folded_in(text), is_dressed(text)
    made = caseless.changed(text, changed)
    if all(len(char) == 1 for char in changed.values()):
        return View(made, dressed=dressed)

    def back(start: int, end: int) -> tuple[int, int]:
        position, first, last = 0, len(text), len(text)
        for index, char in enumerate(text):
            length = len(_folded(char))
            if first == len(text) and position + length > start:
                first = index
            position += length
            if position >= end:
                last = index + 1
                break
        return first, last

    return View(made, back, dressed)


def rewrite(view: View, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str]) -> View:
    """Give a view with each match changed; a part of a change leads back to its whole match."""
    text = view.text
    out: list[str] = []
    made: list[int] = []  # where each piece starts in the new text
    old: list[tuple[int, int]] = []  # where it lies in the old one; an untouched piece has its own length
    at = length = 0
    for match in view.finditer(pattern):
        start, end = match.span()
        changed = change(match)
        if changed == text[start:end]:
            continue
        if at < start:
            out.append(text[at:start])
            made.append(length)
            old.append((at, start))
            length += start - at
        out.append(changed)
        made.append(length)
        old.append((start, end))
        length += len(changed)
        at = end
    if not made:
        return view
    if at < len(text):
        out.append(text[at:])
        made.append(length)
        old.append((at, len(text)))

    def find(position: int, *, last: bool) -> int:
        piece = bisect_right(made, position) - 1
        start, end = old[piece]
        if len(out[piece]) == end - start:
            return start + position - made[piece] + last
        return end if last else start

    def back(start: int, end: int) -> tuple[int, int]:
        return view.back(find(start, last=False), find(max(start, end - 1), last=True))

    return View("".join(out), back, view.dressed, view.whole)


# A label that a scan or a PDF has torn: `Pass  word`, `c o n t r a s e ñ a`.
_TORN = re.compile(
    r"(?i)(?<![^\W_])(?:p ?a ?s ?s[ -]{0,3}\n?[ >]{0,3}w ?o ?r ?d|c ?o ?n ?t ?r ?a ?s ?e ?[nñ] ?a|"
    r"p ?a ?s ?s {0,3}c ?o ?d ?e|p ?i ?n(?= ?:))(?![^\W_])"
)
_DIGITS_APART = re.compile(r"(?<!\S)\d(?: {1,3}\d){3,7}(?!\S)")


def mended(view: View) -> View:
    """Give the view with torn labels put together again, and with them the digits that were torn."""
    lower = caseless.lowered(view.text)
    if not any(part in lower for part in ("pass", "p a", "c o n", "pa s", "p i", "pas s")):
        return view
    whole = rewrite(view, _TORN, lambda match: re.sub(r"[\s>-]", "", match[0]))
    if whole.text == view.text:
        return view
    return rewrite(whole, _DIGITS_APART, lambda match: match[0].replace(" ", ""))


_QUOTE = re.compile(r"(?m)^[ \t]{0,4}(?:>[ \t]?){1,9}")
# A soft break of quoted-printable that one mail program made before another quoted it.
_QUOTED_BREAK = re.compile(r"(?<==)(\r?\n)[ \t]{0,4}(?:>[ \t]?){1,9}")
_SPACED = re.compile(r"(?<!\S)\S(?:[ \t]\S){3,}(?!\S)|(?<![^\W_])[^\W_](?:[.-][^\W_]){3,}(?![^\W_])")
_WIDE = re.compile(r"(?<!\S)\S(?:[ ]{1,3}+\S(?!\S)){7,}")


# The same with two blanks or three between the letters of a word, and more between words: a page that fills its line.
_LOOSE = re.compile(r"(?<!\S)\S(?: {2,9}+\S(?!\S)){7,}")
_GAP = re.compile(" +")


_LEADER = re.compile(r"(?<=\w)[.\u00b7]{3,}(?=\w)")
# The number of a step, as a page gives it to whoever copies its list: `- 03Open Billing`.
_STEP = re.compile(r"(?m)^([ \t]{0,8}[-*\u2022\u2013][ \t]{0,3})(?:0[1-9]|[12]\d)(?=[A-Z][a-z]{1,20},? \S)")


def unquoted(view: View) -> View:
    """Give the view without the marks of quoted mail, dotted lines, and numbers that stick to the steps of a list."""
    if "..." in view.text:
        view = rewrite(view, _LEADER, lambda match: " " * len(match[0]))
    if view.search(_STEP):
        view = rewrite(view, _STEP, lambda match: match[0][:-2] + "  ")
    if ">" not in view.text:
        return view
    view = rewrite(view, _QUOTED_BREAK, lambda match: match[1])
    return rewrite(view, _QUOTE, lambda match: " " * len(match[0]))


def closed_up(view: View) -> Iterator[View]:
    """Give the view with words that were written letter by letter closed up, if there are any."""
    if (whole := mended(view)) is not view:
        yield replace(whole, dressed=view.dressed or any(map(_is_torn, _TORN.finditer(view.text))))
    if "  " in view.text and view.search(_LOOSE) is not None:
        view = rewrite(view, _LOOSE, lambda match: _drawn_in(match[0]))
    if view.search(_SPACED) is None:
        return
    # Two blanks part words where one parts letters; and letters that stand apart are dressed, also where they stay so.
    wide = rewrite(view, _WIDE, lambda match: _close(match[0]))
    yield replace(wide, dressed=_LETTERS_APART.search(view.text) is not None)
    made = rewrite(view, _SPACED, lambda match: _join(match[0]))
    yield replace(made, dressed=view.dressed or _LETTERS_APART.search(view.text) is not None)


_LETTERS_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .-][^\W\d_]){2}(?![^\W_])")
_TWO_WORDS = (["pass", "word"], ["pass", "code"])


def _is_torn(match: re.Match[str]) -> bool:
    """Say whether a label is torn where no two words meet: `Pa ssword`, not `pass word`."""
    pieces = re.split(r"[\s>-]+", match[0].lower())
    return len(pieces) > 1 and pieces not in _TWO_WORDS


def _close(run: str) -> str:
    return re.sub(r" {2,3}|( )", lambda match: "" if match[1] else " ", run)


def _drawn_in(run: str) -> str:
    least = min(map(len, _GAP.findall(run)))
    return _GAP.sub(lambda gap: " " if len(gap[0]) <= least + 1 else "  ", run)


def _join(run: str) -> str:
    sign = run[1] if len(run) > 1 else " "
    return run[0::2] if set(run[1::2]) <= {sign} else run.replace(" ", "").replace("\t", "")
