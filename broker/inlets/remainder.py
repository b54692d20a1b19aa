"""What of one text is left without the sentences in which a portal login stands, or may stand (rules).

A sentence is left where nothing is found in it, neither alone nor beside an imagined half of a login (`halves`): what
was a secret only by the words before it is one without them too. What is left is read together again. Of a text whose
finding nobody can err about, that hides its words, or that is too long to be cut, nothing is left.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from broker.credentials import Finding
from broker.inlets.halves import may_be
from broker.inlets.marks import SHORT_KINDS
from broker.looking import look, may_let_through

LONGEST = 4_000  # characters of a text: its sender waits while each sentence is read
MOST = 40  # sentences of it
LONG_SENTENCE = 500  # characters: longer ones are no sentence, and go
LEAST = 3  # words of a sentence: a secret that is told in bits comes in fewer
LEAST_WORD = 4  # characters of a word by which a sentence elsewhere is known; fewer stand in every number
MOST_FOUND = 6  # findings in one text, one behind the other
FEW = 3  # words that a finding spans: each of them may be the secret; of more nobody knows which, or where it ends
TOLD = frozenset({"hint", "answer"})  # kinds of secrets that are told in sentences
# A line, or what ends with a sign and has a word behind it; short words with a point in a sentence end none.
_ENDS = r"[.!?\u2026](?<!\b[A-Za-z]\.)(?<!\b[MDSJ][rst]\.)(?<!\bNo\.)(?<!\bno\.)(?<!\bMrs\.)(?<!\bSra\.)(?<!\bnúm\.)"
_SENTENCE = re.compile(
    rf"[^\n]*?(?:{_ENDS}[\"'\u201d\u2019)\]]*(?=[^\S\n]+[\"'(\u201c\u00bf\u00a1]?\w)|$|(?=\n))\s*", re.M
)
_WORD = re.compile(r"\S{3,}")
_IN_A_WORD = re.compile("[-'\u2019]")
_AROUND = ".,;:!?()[]\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u00bf\u00a1"  # signs that a sentence puts around a word
# Escapes, a word as long as programs write them, letters one by one: its words may say something else.
_HIDING = re.compile(
    r"%[0-9A-Fa-f]{2}|&#?\w{2,8};|=[0-9A-F]{2}|\\[ux\d]|\S{33,}|(?:(?<![^\W_])[^\W_][\W_]+){4}[^\W_](?![^\W_])"
)
_CELLS = re.compile(r"[^\W\d][\"']?[,;|]\S|\t|\s\|\s")  # of a table, whose head says what its rows are
_LABELLED = re.compile(r"[^:=\n]{1,40}[:=]\s*\S+(?: \S+){0,3}\s*")  # one line of many that are read alike


@dataclass(frozen=True, repr=False)
class Cut:
    """A text in sentences: those that are left, and the words of the others by which they are known elsewhere."""

    sentences: tuple[str, ...]
    left: frozenset[int]
    words: frozenset[str]

    def text(self, words: Collection[str], mark: str) -> str:
        """Give what is left without the sentences that hold one of these words, with a mark where something was.

        Nothing where nothing is left.
        """
        kept = {at for at in self.left if not holds(self.sentences[at], words)}
        if len(kept) == len(self.sentences):
            return "".join(self.sentences)
        if not any(self.sentences[at].strip() for at in kept):
            return ""
        made = ""
        for is_kept, run in groupby(range(len(self.sentences)), kept.__contains__):
            said = "".join(self.sentences[at] for at in run)
            # One mark for what stood side by side, and what parted the last of it from what follows.
            made += said if is_kept or not said.strip() else mark + said[len(said.rstrip()) :]
        return made.rstrip(" ")


def nothing_of(text: str) -> Cut:
    """Give a text of which nothing is left."""
    return Cut((text,), frozenset(), words_of(text))


def whole(text: str) -> Cut:
    """Give a text in which nothing was found: it goes back as it is, but for what repeats words of another one."""
    sentences = tuple(_SENTENCE.findall(text))
    sentences = sentences if "".join(sentences) == text else (text,)
    return Cut(sentences, frozenset(range(len(sentences))), frozenset())


def cut(text: str, inlet: str) -> Cut:
    """Cut what may be a login, or half of one, out of a text in which something was found."""
    sentences = tuple(_SENTENCE.findall(text))
    nothing = nothing_of(text)
    if len(text) > LONGEST or len(sentences) > MOST or is_hiding(text) or "".join(sentences) != text:
        return nothing
    left, words = set(range(len(sentences))), set[str]()
    kinds = set[str]()
    for _each in range(MOST_FOUND):
        kept = sorted(left)
        found = look("".join(sentences[at] for at in kept), inlet)
        if found is None:
            break
        touched = set(_touched([(at, sentences[at]) for at in kept], found))
        if not touched or not may_let_through(found.rule, inlet):
            return nothing
        said = "".join(sentences[at] for at in kept)[found.start : found.end]
        if len(said.split()) <= FEW and found.kind not in TOLD:
            words |= {_bare(each) for each in _WORD.findall(said)}
        else:
            touched |= _in_line(sentences, touched)
        kinds.add(found.kind)
        left -= touched
    else:
        return nothing
    left -= {at for at in left if _may_be(sentences[at], inlet, is_short=bool(kinds & SHORT_KINDS))}
    for one, other in pairwise(sorted(left)):
        if may_be(sentences[one] + sentences[other], inlet):
            left -= {one, other}
    for at in set(range(len(sentences))) - left:
        words |= words_of(sentences[at])
    return Cut(sentences, frozenset(left), frozenset(words - {""}))


def words_of(text: str) -> frozenset[str]:
    """Give the words of a text that are no words of a language: by them a secret is known where it stands again."""
    found = {_bare(each) for each in _WORD.findall(text)}
    return frozenset(each for each in found if len(each) >= LEAST_WORD and not _IN_A_WORD.sub("", each).isalpha())


def holds(text: str, words: Collection[str]) -> bool:
    """Say whether one of these words stands in a text, however it is written."""
    folded = text.casefold()
    return any(each in folded for each in words)


def is_hiding(text: str) -> bool:
    """Say whether the words of a text may say something else than they show."""
    return any(each.search(text) for each in (_HIDING, _CELLS)) or any(map(_is_odd, set(text)))


def _is_odd(sign: str) -> bool:
    """Say whether a sign shows nothing, or is a letter that neither English nor Spanish has."""
    if sign.isascii() or sign in "\u00aa\u00ba":
        return False
    return unicodedata.category(sign) == "Cf" or (sign.isalnum() and not unicodedata.name(sign, "").startswith("LATIN"))


def _bare(word: str) -> str:
    return word.strip(_AROUND).casefold()


def _may_be(sentence: str, inlet: str, *, is_short: bool) -> bool:
    if not sentence.strip():
        return False
    if len(sentence) > LONG_SENTENCE or len(sentence.split()) < LEAST or _LABELLED.fullmatch(sentence):
        return True
    if is_short and any(each.isdigit() for each in sentence):
        return True
    return look(sentence, inlet) is not None or may_be(sentence, inlet)


def _in_line(sentences: Sequence[str], touched: Collection[int]) -> set[int]:
    """Give the sentences that stand in one line with one of these."""
    lines = [0]
    for sentence in sentences:
        lines.append(lines[-1] + ("\n" in sentence))
    return {at for at in range(len(sentences)) if lines[at] in {lines[each] for each in touched}}


def _touched(sentences: list[tuple[int, str]], found: Finding) -> Iterator[int]:
    begins = 0
    for at, sentence in sentences:
        if found.start < begins + len(sentence) and begins < found.end:
            yield at
        begins += len(sentence)
