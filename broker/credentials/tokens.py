"""The words of a text with what each may be; made once, read by every rule (rules)."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import cache, cached_property, partial
from operator import add, attrgetter
from typing import Any, NamedTuple, Self, overload

from broker.credentials import caseless, foreseen, views
from broker.credentials.marks import Mark, Marks, marked
from broker.credentials.shape import IN_EMAIL, Level

SENT = frozenset({"outbound_email", "nectar_call"})  # where what we send goes out
LONGEST_MATCH = 200  # characters of what any pattern that `near` is asked for can match


class Token(NamedTuple):
    """One word at its place."""

    start: int
    end: int
    text: str
    mark: Mark


# In C, where the class itself is not.
_token: Callable[[tuple[int, int, str, Mark]], Token] = partial(tuple.__new__, Token)


# Characters of words of which none is said twice, from which on parts are looked for together; and how many of them.
VAST, FEW = 100_000, 4
LONG = 1_500  # characters, from which on the words of a text are listed before it is searched for one


@cache  # of this program's own words alone
def _run_of(part: str) -> str:
    """Give the longest run of letters of what is looked for: where it stands, this does."""
    return max(views.words_of(part), key=len, default="")


def _columns(marks: Sequence[Mark]) -> Iterable[tuple[Any, ...]]:
    """Give each thing that marks say, of all of them in a row."""
    return zip(*marks, strict=True) if marks else ((),) * len(Mark._fields)


# Of a text for one pattern, from which on it runs over the whole of it, as far as it is foreseen in a long one.
SHARE, SHARE_OF_SHORT = 16, 4
PAGES = 20_000  # characters of a text of which each word is looked at: what is learned judges none that is longer


class _Tokens(Sequence[Token]):
    """The words of a text at their places, each put together when it is asked for."""

    def __init__(self, text: str, said: list[str], known: Marks) -> None:
        self._text, self._said, self._known = text, said, known

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for word in self._said:
            starts.append(at := self._text.index(word, at))
            at += len(word)
        return starts

    def __len__(self) -> int:
        return len(self._said)

    @overload
    def __getitem__(self, at: int) -> Token: ...
    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...
    def __getitem__(self, at: int | slice) -> Token | list[Token]:
        if isinstance(at, slice):
            return list(self._some(self._said[at], self._starts[at]))
        word, start = self._said[at], self._starts[at]
        return _token((start, start + len(word), word, self._known[word]))

    def __iter__(self) -> Iterator[Token]:
        return self._some(self._said, self._starts)

    def _some(self, said: list[str], starts: list[int]) -> Iterator[Token]:
        ends = map(add, starts, map(len, said))
        return map(_token, zip(starts, ends, said, map(self._known.__getitem__, said), strict=True))


class Doc:
    """A text cut into words."""

    @classmethod
    def of(cls, view: views.View, inlet: str) -> Self:
        """Give a view cut into words."""
        return cls(view.text, inlet, dressed=view.dressed, whole=view.whole, view=view)

    def __init__(
        self, text: str, inlet: str, *, dressed: bool = False, whole: int = 0, view: views.View | None = None
    ) -> None:
        self.text = text
        self.view = views.View(text) if view is None else view
        self.whole = max(whole, len(text))  # characters of the text of which this is some lines
        self.inlet = inlet
        self.dressed = dressed or views.is_dressed(text)  # its words were hidden, and somebody undid that
        said = text.replace("|", " ").split() if "|" in text else self.view.said
        self._different = different = dict.fromkeys(said)
        self._known, speaking = marked(different)
        known = self._known
        tokens = _Tokens(text, said, known)
        self.tokens: Sequence[Token] = tokens if len(text) > PAGES else list(tokens)
        self._said, self._speaking = said, speaking
        cores, _, levels, labels, users, access, places, _, _, glued = _columns([known[word] for word in speaking])
        self.has_label, self.has_user, self.has_access, self.has_place = map(any, (labels, users, access, places))
        self.has_email = "@" in text and any(map(IN_EMAIL.search, cores))
        self.best: Level = max(levels, default=Level.PLAIN if different else Level.NEVER)
        told = {
            word
            for word, level, label, ends in zip(speaking, levels, labels, glued, strict=True)
            if label is not None or ends or level >= Level.NAME
        }
        telling = [(at, known[said[at]]) for at in self._where(told)]
        self.labelled = [at for at, each in telling if each.label is not None]
        self.glued = [at for at, each in telling if each.labels]
        self.labels = len(self.labelled) + sum(len(each.labels) for _, each in telling)  # alone and glued
        self.shaped = [at for at, each in telling if each.level >= Level.NAME]
        # Of patterns by their identity (see caseless): where each stands, whether it does, on how much it was tried.
        self._places: dict[int, list[int]] = {}
        self._anywhere: dict[int, bool] = {}
        self._spent: dict[int, int] = {}  # characters
        self._foreseen: dict[int, list[tuple[int, int]]] = {}  # where each may find anything
        self._held: dict[str, bool] = {}  # of parts of a long text
        self._asked: set[int] = set()  # which groups of patterns were looked for
        self.sentences: list[Any] | None = None  # what is learned from them keeps here how it cut them

    def _where(self, wanted: Set[str]) -> list[int]:
        """Give where any of some words stands."""
        return [at for at, word in enumerate(self._said) if word in wanted] if wanted else []

    @cached_property
    def entries(self) -> list[int]:
        """Give which words speak of signing in or of where that is done."""
        marks = ((word, self._known[word]) for word in self._speaking)
        return self._where({word for word, made in marks if made.access or made.place})

    @cached_property
    def mailed(self) -> list[int]:
        """Give which words hold the sign of a mail address."""
        return [at for at, word in enumerate(self._said) if "@" in word]

    @cached_property
    def lower(self) -> str:
        """Give the text in lower case."""
        return caseless.lowered(self.text)

    def says(self, *parts: str) -> bool:
        """Say whether any of these stands somewhere in the text: a cheap question before a dear one."""
        lower = self.lower
        if len(lower) < LONG:
            return any(map(lower.__contains__, parts))
        # Each word of a long text is looked at once: rows of figures have few, and prose says its words again.
        vast = len(self._words) > VAST
        if vast and len(parts) >= FEW and not foreseen.holds_any(tuple(map(_run_of, parts)), self._vast):
            return False
        return any(map(self._holds, parts))

    def which(self, parts: Iterable[str]) -> list[str]:
        """Give those of some words that stand somewhere in the text."""
        holds = self.lower.__contains__ if len(self.lower) < LONG else self._holds
        return [part for part in parts if holds(part)]

    def _holds(self, part: str) -> bool:
        """Say whether a long text holds a part; many rules ask for the same."""
        held = self._held.get(part)
        if held is None:
            held = self._held[part] = _run_of(part) in self._words and part in self.lower
        return held

    @cached_property
    def _vast(self) -> bytes:
        return self._words.encode("utf-8", "surrogatepass")

    @cached_property
    def _words(self) -> str:
        """Give the runs of letters of the text once, in lower case, in one string."""
        return "\n".join(self._runs)

    @cached_property
    def _runs(self) -> frozenset[str]:
        return views.words_of(self._said_once)

    @cached_property
    def bag(self) -> frozenset[str]:
        """Give the runs of letters and digits of the text in lower case, in no order."""
        return views.bag_of(self._said_once)

    @cached_property
    def _said_once(self) -> str:
        """Give each word once on its line, in lower case: no run of letters goes on behind it, most are said again."""
        return caseless.lowered("\n".join(("", *self._different, "")))

    def has_any(self, wanted: frozenset[str]) -> bool:
        """Say whether any of these words of letters stands somewhere as a run of letters and digits of its own."""
        if len(self.text) >= LONG:
            return any(self._stands(word) for word in wanted if word in self._runs)
        return not self.bag.isdisjoint(wanted)

    def _stands(self, word: str) -> bool:
        """Say whether a word has no letter or digit beside it somewhere: most have none where they first stand."""
        said = self._said_once
        return any(not (said[at - 1].isalnum() or said[at + len(word)].isalnum()) for at in views.places(said, word))

    def search(self, pattern: re.Pattern[str], start: int = 0) -> re.Match[str] | None:
        """Give the first place of a pattern from one place on; its words are in lower case if case is none of its."""
        quick, text = self._quick(pattern)
        if len(text) < foreseen.WORTH or start:
            return quick.search(text, start)
        return next((found for each in self._stretches(quick) if (found := quick.search(text, *each))), None)

    def match(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """Give what of a pattern begins at one place; its words are in lower case if case is none of its."""
        quick, text = self._quick(pattern)
        return quick.match(text, start)

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Give all places of a pattern; its words are in lower case if case is none of its."""
        quick, text = self._quick(pattern)
        if len(text) < foreseen.WORTH:
            return quick.finditer(text)
        return (found for each in self._stretches(quick) for found in quick.finditer(text, *each))

    def _quick(self, pattern: re.Pattern[str]) -> tuple[re.Pattern[str], str]:
        lower = caseless.twin(pattern)
        return (pattern, self.text) if lower is None else (lower, self.lower)

    def _stretches(self, pattern: re.Pattern[str]) -> Sequence[tuple[int, int]]:
        """Give where in a text a pattern may find something."""
        key = id(pattern)
        if key not in self._foreseen:
            group = foreseen.group_of(pattern) if len(self.text) >= LONG else None
            if group is not None and id(group) not in self._asked:
                self._asked.add(id(group))
                if not group.may_find(self.view.flat):
                    self._foreseen.update((id(each), []) for each in group.patterns)
        if key not in self._foreseen:
            self._foreseen[key] = list(foreseen.stretches(pattern, self.view.flat))
        return self._foreseen[key]

    def said(self, match: re.Match[str], group: int | str = 0) -> str:
        """Give what a find holds as it was written."""
        return self.text[slice(*match.span(group))]

    def near(self, pattern: re.Pattern[str], start: int, end: int, longest: int = LONGEST_MATCH) -> bool:
        """Say whether a pattern begins between two places; where many ask, each pattern runs over the text once."""
        key = id(pattern)
        places = self._places.get(key)
        if places is None:
            quick, text = self._quick(pattern)
            if start <= 0 and end >= len(self.text):
                if key not in self._anywhere:
                    self._anywhere[key] = self.search(pattern) is not None
                return self._anywhere[key]
            if self._anywhere.get(key) is False:
                return False
            spent = self._spent[key] = self._spent.get(key, 0) + end - start + longest
            if spent < len(text) // (SHARE if len(text) > PAGES else SHARE_OF_SHORT):
                match = quick.search(text, start, min(len(text), end + longest))
                return match is not None and match.start() < end
            places = self._places[key] = [match.start() for match in self.finditer(pattern)]
        at = bisect_left(places, start)
        return at < len(places) and places[at] < end

    def paragraph(self, start: int, end: int, at: int) -> tuple[int, int]:
        """Narrow a stretch around a place to its own paragraph."""
        head = self.text.rfind("\n\n", max(0, start), at)
        tail = self.text.find("\n\n", at, end)
        return max(0, start) if head < 0 else head, end if tail < 0 else tail

    def gap(self, index: int) -> str:
        """Give what stands between a word and the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start] if index else ""

    def index(self, place: int) -> int:
        """Give the first word that begins at a place of the text or behind it."""
        return bisect_left(self.tokens, place, key=attrgetter("start"))

    def words(self, start: int, end: int) -> list[str]:
        """Give the folded words from one index to another."""
        return [token.mark.word for token in self.tokens[max(0, start) : max(0, end)]]
