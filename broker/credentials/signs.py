"""What the learned detector sees of a text: its words, what they speak of, and which of them look like secrets (rules).

No word of a stranger's is kept: what looks like a value is known by its shape alone, and of all others only those count
that stand in the weights.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import combinations, groupby, pairwise

from broker.credentials.labels import Label
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.marks import Mark, is_ours
from broker.credentials.shape import Level, is_address
from broker.credentials.tokens import Token
from broker.credentials.words import STOP

STEM = 6  # letters of a word by which it is known
LONGEST_NUMBER = 8
LONGEST_FORM = 10
LEAST_LETTERS = 3  # of a piece that means something; chance writes shorter ones into every id
STRANGE, NAMED = "<strange>", "<Strange>"  # a word of no class, as names and secrets are

ONE_DIGIT, APART, LEAST_APART = "<1 digits>", "<apart>", 4
RUN = "<run>"  # of letters and digits that a program made
_OF_RUNS = frozenset("qz")  # what the engine makes of the letters of a hash
_FIELD = re.compile(r"[a-z_][\w-]{0,40}: ")
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_RUN = re.compile(r"[A-Za-z0-9+_-]{20,}")  # with digits: what programs make, of which no piece is a word
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENDS = frozenset(".!?;\n")
_LABELS = {Label.STRONG: "pw", Label.WEAK: "pass", Label.PIN: "pin", Label.CODE: "code"}
_SHAPES = {Level.NAME: "<name>", Level.LIKELY: "<likely>", Level.MIXED: "<mixed>"}
# A word by its stem, what it speaks of, and how it is written where it is no plain word (nothing: "").
Sign = tuple[str, str, str]


class Sentence(list[Sign]):
    """The signs of one sentence in a row; what follows from them alone is worked out once, for all its passages."""

    telling: Set[str] | None = None  # what is learned keeps here which of its signs weigh something

    @cached_property
    def own(self) -> set[str]:
        """Give what `of` says of this sentence by itself, but what is of its place in a passage."""
        classes = [name for _, name, _ in self if name]
        stems = [stem for stem, _, _ in self]
        once = sorted(set(classes))
        found = {"s" + form for _, _, form in self if form}
        found.update(["c" + name for name in once])
        found.update([f"p{one} {other}" for one, other in combinations(once, 2)])
        found.update([f"o{one} {other}" for one, other in pairwise(classes)])
        found.update(
            [f"t{one} {mid} {other}" for one, mid, other in zip(classes, classes[1:], classes[2:], strict=False)]
        )
        found.update(["1" + stem for stem in stems])
        found.update([f"2{one} {other}" for one, other in pairwise(stems)])
        return found

    @cached_property
    def counted(self) -> tuple[int, int, int]:
        """Give how many words it has, how many of its signs speak of something, and how many are runs of a program."""
        names = [name for _, name, _ in self]
        said = [stem for stem, _, _ in self if len(stem) > 1 and stem.isalpha()]
        return len(said), sum(map(str.isalpha, names)), names.count(RUN)


def sentences(tokens: Sequence[Token], text: str) -> Iterator[tuple[int, int, Sentence]]:
    """Cut the words of a text into sentences; give where each begins and ends in the text, and its signs."""
    # A form's name for what it asks is no word of whoever filled it.
    return some_sentences(tokens[1:] if _FIELD.match(text) else tokens, text)


def some_sentences(tokens: Iterable[Token], text: str) -> Iterator[tuple[int, int, Sentence]]:
    """Cut some words in a row into sentences."""
    known: dict[str, tuple[tuple[Sign, ...], bool]] = {}
    sentence = Sentence()
    first = last = 0
    line = text.find("\n")
    for token in tokens:
        start, end, word, _ = token
        if 0 <= line < start:
            if sentence:
                yield first, last, _together(sentence)
                sentence = Sentence()
            line = text.find("\n", start)
        if not sentence:
            first = start
        last = end
        if word not in known:
            known[word] = _of_ours.get(word) or _made(token)
        signs, ends = known[word]
        if not ends:
            sentence += signs
            continue
        for sign in signs:
            if sign[0] not in _ENDS:
                sentence.append(sign)
                continue
            if sign[0] == "?":
                sentence.append((sign[0], sign[0], ""))
            if sentence:
                yield first, last, _together(sentence)
                sentence, first = Sentence(), start
    if sentence:
        yield first, last, _together(sentence)


# Of this program's own words, worked out once; a stranger's words are never kept.
_of_ours: dict[str, tuple[tuple[Sign, ...], bool]] = {}


def _made(token: Token) -> tuple[tuple[Sign, ...], bool]:
    """Give the signs of a word, and whether any of them ends a sentence."""
    made = tuple(_signs(token))
    told = made, not _ENDS.isdisjoint([stem for stem, _, _ in made])
    if is_ours(token.text, token.mark):
        _of_ours[token.text] = told
    return told


def _together(sentence: Sentence) -> Sentence:
    """Give a sentence in which digits that stand one by one, as a code is read out, are one sign."""
    if len(sentence) < LEAST_APART or [stem for stem, _, _ in sentence].count(ONE_DIGIT) < LEAST_APART:
        return sentence
    made = Sentence()
    for key, group in groupby(sentence, key=lambda sign: sign[0] == ONE_DIGIT):
        run = list(group)
        made += [(APART, APART, "")] if key and len(run) >= LEAST_APART else run
    return made


def of(passage: Sequence[Sentence]) -> set[str]:
    """Give the signs of some sentences that stand together.

    A word by its stem, two words in a row, what a sentence speaks of (`c`), two or three of that in a row (`o`, `t`) or
    anywhere in it (`p`), how values are written (`s`), the first and last word, and how long it all is.
    """
    said = [sentence for sentence in passage if sentence]
    return set[str]().union(*[sentence.own for sentence in said], between(said))


def between(said: Sequence[Sentence]) -> list[str]:
    """Give what is a sign of sentences in a row and of none alone: where they meet, how they begin and end."""
    if not said:
        return []
    found = [f"2{one[-1][0]} {other[0][0]}" for one, other in pairwise(said)]
    found += ["first " + said[0][0][0], "last " + said[-1][-1][0], f"long {sum(map(len, said)).bit_length()}"]
    return found


def _signs(token: Token) -> Iterator[Sign]:
    """Give a token's own sign with the marks around it, or those of its pieces."""
    whole = _whole(token.mark)
    if whole is not None and len(token.text) == len(token.mark.core):
        yield whole
        return
    if whole is not None:
        before, _, behind = token.text.partition(token.mark.core)
        yield from ((each, each, "") for each in before)
        yield whole
        yield from ((each, each, "") for each in behind)
        return
    form = _form(token.mark.core)
    for stem, name in _of_pieces(token.text):
        yield stem, name, form
        form = ""


def _of_pieces(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for run in _RUN.finditer(text):
        if any(map(str.isdigit, run[0])):
            yield from map(_piece, _PIECE.findall(_HUMP.sub(" ", text[at : run.start()])))
            yield RUN, RUN
            at = run.end()
    yield from map(_piece, _PIECE.findall(_HUMP.sub(" ", text[at:])))


_KINDS = re.compile(r"\d+|[^\W\d_]+")


def _form(word: str) -> str:
    """Give how a word is written: `Lilypad-Frog22` is `W-W9`."""
    return _KINDS.sub(_kind, word)[:LONGEST_FORM]


def _kind(part: re.Match[str]) -> str:
    text = part[0]
    if text.isdigit():
        return "9"
    return "x" if text.islower() else "X" if text.isupper() else "W" if text.istitle() else "m"


def _whole(mark: Mark) -> Sign | None:
    if mark.level >= Level.NAME:
        shape = _SHAPES[mark.level]
        return shape, shape, _form(mark.core)
    if "@" in mark.core and is_address(mark.core):
        return "<mail>", "<mail>", ""
    if mark.core.isalpha():
        name = _LABELS[mark.label] if mark.label is not None else CLASS_OF.get(mark.word) or _strange(mark)
        return mark.word[:STEM], name, ""
    return _with_signs(mark) if "'" in mark.core or "-" in mark.core else None


def _strange(mark: Mark) -> str:
    """Say of a word of no class whether it may be somebody's own: a secret of plain words looks like nothing else."""
    if len(mark.core) < LEAST_LETTERS or mark.word in STOP:
        return ""
    return NAMED if mark.core[0].isupper() else STRANGE


def _with_signs(mark: Mark) -> Sign | None:
    """Read `don't`, `mom's` and `log-in` as the one word that each of them is."""
    bare = mark.word.replace("'", "").replace("-", "")
    name = CLASS_OF.get(mark.word) or CLASS_OF.get(bare) or CLASS_OF.get(mark.word.partition("'")[0])
    return (bare[:STEM], name, "") if name and bare.isalpha() else None


def _piece(piece: str) -> tuple[str, str]:
    if piece.isdigit():
        return (number := f"<{min(len(piece), LONGEST_NUMBER)} digits>"), number
    if not piece.isalpha():
        return piece, piece
    word = piece.lower()
    if _OF_RUNS.issuperset(word):
        return RUN, RUN
    return word[:STEM], CLASS_OF.get(word, "") if len(word) >= LEAST_LETTERS else ""
