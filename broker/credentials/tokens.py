"""The words of a text with what each may be; made once, read by every rule (rules)."""

import re
from dataclasses import dataclass

from broker.credentials import words
from broker.credentials.labels import Label, fold, label_of
from broker.credentials.shape import EMAIL, Level, core, level

_SPLIT = re.compile(r"[^\s|]+")
_CLAUSE = frozenset(".;?!")
# Pieces of a glued word, such as user/pass or "password":"x".
_GLUE = re.compile(r"[:=/,|&?\"'{}()\[\]<>;]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one word may be, whatever stands around it."""

    core: str
    word: str  # folded
    level: Level
    label: Label | None
    user: bool
    access: bool
    place: bool
    closes: bool  # it ends a sentence
    joins: bool  # a colon, an equals sign or an arrow stands behind it


@dataclass(frozen=True, slots=True)
class Token:
    """One word at its place."""

    start: int
    end: int
    text: str
    mark: Mark


def mark(text: str) -> Mark:
    """Say what a word may be."""
    inner = core(text)
    folded = fold(inner)
    joins = text[-1] in ":=" or text.endswith((":", "->", "=>", ':"', ":'"))
    if folded.endswith("'s") and label_of(folded[:-2]):
        folded = folded[:-2]
    label = label_of(folded)
    if label is None and not folded.isalnum():
        label = label_of(_GLUE.split(folded)[-1])
        if label is Label.WEAK:
            label = None  # dkim=pass
        if label is None and "-" in folded:
            label = label_of(folded.rpartition("-")[2])
    user = folded in words.USER
    plain = inner.isalpha() and len(inner) > 2
    return Mark(
        inner,
        folded,
        Level.PLAIN if plain else level(inner),
        label,
        user,
        user or folded in words.ACCESS,
        folded in words.PLACES,
        text[-1] in _CLAUSE or text.rstrip("\"')”")[-1:] in (".", "!", "?"),
        joins,
    )


class Doc:
    """A text cut into words."""

    def __init__(self, text: str, inlet: str) -> None:
        self.text = text
        self.inlet = inlet
        known: dict[str, Mark] = {}
        self.tokens: list[Token] = []
        for match in _SPLIT.finditer(text):
            word = match[0]
            made = known.get(word)
            if made is None:
                made = known[word] = mark(word)
            self.tokens.append(Token(match.start(), match.end(), word, made))
        marks = known.values()
        self.has_label = any(each.label for each in marks)
        self.has_access = any(each.access for each in marks)
        self.has_place = any(each.place for each in marks)
        self.has_email = "@" in text and any(EMAIL.search(each.core) for each in marks)
        self.best = max((each.level for each in marks), default=Level.NEVER)

    def gap(self, index: int) -> str:
        """Give what stands between a word and the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start] if index else ""

    def words(self, start: int, end: int) -> list[str]:
        """Give the folded words from one index to another."""
        return [token.mark.word for token in self.tokens[max(0, start) : max(0, end)]]
