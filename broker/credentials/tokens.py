"""The words of a text with what each may be; made once, read by every rule (rules)."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from operator import add
from typing import Any, NamedTuple, Self

from broker.credentials import caseless, foreseen, views, words
from broker.credentials.labels import Label, fold, label_of, maybe_label, named
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.model import COMMON
from broker.credentials.shape import EMAIL, MIN_VALUE, Level, core, level

LONGEST_MATCH = 200  # characters of what any pattern that `near` is asked for can match
_CLAUSE = frozenset(".;?!")
# Pieces of a glued word, such as user/pass or "password":"x".
_GLUE = re.compile(r"[:=/,|&?\"'{}()\[\]<>;]+")


class Mark(NamedTuple):
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
    labels: tuple[tuple[int, Label], ...]  # where labels end in it, such as in `"pw":"x"` or `?acct=1&pw=x`


class Token(NamedTuple):
    """One word at its place."""

    start: int
    end: int
    text: str
    mark: Mark


# In C, where the classes themselves are not.
_token: Callable[[tuple[int, int, str, Mark]], Token] = partial(tuple.__new__, Token)
_mark: Callable[[tuple[Any, ...]], Mark] = partial(tuple.__new__, Mark)


def mark(text: str) -> Mark:
    """Say what a word may be."""
    return _bare(text) if text.isascii() and text.isalpha() else _dressed(text)


def _bare(text: str) -> Mark:
    """Say it of letters alone, which most words are: nothing of them is punctuation, and nothing is glued to them."""
    folded = text.lower()
    label, user = label_of(folded), folded in words.USER
    labels = () if label is None else ((len(text), label),)
    access, place = user or folded in words.ACCESS, folded in words.PLACES
    shape = Level.PLAIN if len(text) > 2 else level(text)
    return _mark((text, folded, shape, label, user, access, place, False, False, labels))


def _dressed(text: str) -> Mark:
    inner = core(text)
    if _GLUED.isdisjoint(text):
        bare = _public.get(inner) or _plain(inner)
        if bare is not None and bare.label is None and inner.isalpha():
            return _mark((*bare[:7], _closes(text), False, ()))
    return _in_full(text)


def _in_full(text: str) -> Mark:
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
        _closes(text),
        joins,
        _labels(text, inner, folded, label),
    )


def _closes(text: str) -> bool:
    return text[-1] in _CLAUSE or text.rstrip("\"')”")[-1:] in (".", "!", "?")


# What ends a name that a value is glued to, and the name before it: looked for from its end, a word may be a page long.
_NAMES_END = re.compile(r"(?<=[\w$@!-])(?=[\"'\[\])]{0,3}(?:[:=(]|->))")
_NAME = re.compile(r"[\w$@!-]{2,40}\Z")
_GLUED = frozenset(":=>/&?(")


def _labels(text: str, inner: str, folded: str, label: Label | None) -> tuple[tuple[int, Label], ...]:
    if label is not None and (inner.isalnum() or folded == "p/w" or _GLUED.isdisjoint(inner)):
        return ((len(text.rstrip(":=\"'-,|*>)]}.")), label),)
    if _GLUED.isdisjoint(text):
        return ()
    found = []
    for match in _names(text):
        of, _, last = fold(named(match[0])).rpartition(" ")
        here = label_of(fold(match[0])) or label_of(last)
        if here is not None and not (of and _is_of_another(of, here)):
            found.append((match.end(), here))
    return tuple(found)


_OF_FILES = words.listed("zip rar 7z pdf archive archivo file excel xlsx workbook docx printer fax")
_OF_LAND = words.listed("parcel property tax assessor predial catastral zip postal")


def _is_of_another(of: str, label: Label) -> bool:
    """`rar_password`, `pdf open password`, `parcel_pin`: by the words before it, a matter of a file or of land."""
    said = of.split()
    if label is Label.PIN or label is Label.CODE:
        return not _OF_LAND.isdisjoint(said[-1:])
    return not _OF_FILES.isdisjoint(said[-2:])


def _names(text: str) -> Iterator[re.Match[str]]:
    behind = 0
    for ends in _NAMES_END.finditer(text):
        name = _NAME.search(text, max(behind, ends.start() - 40), ends.start())
        if name is not None:
            behind = name.end()
            yield name


# What a word of this program's own lists is, is worked out once; a stranger's words are never kept.
_PUBLIC = frozenset().union(
    COMMON, CLASS_OF, words.STOP, words.ACCESS, words.PLACES, words.ENTER, words.ID_NOUNS, words.USER, words.STRONG
)
_BEHIND = ("", ",", ".", ":")  # so it is kept as sentences write it, twelve spellings at most
_public: dict[str, Mark] = {}
MOST_KEPT = 60_000  # words with their marks, some 20 MB; a text may spell all of them in every way


def is_ours(token: Token) -> bool:
    """Say whether a word is one of this program's own, as sentences write it."""
    return _public.get(token.text) is token.mark


# Figures that touch no letter and no sign that stands for one are figures, whichever they are: `01:00,4.123` is marked
# as `00:00,0.000` is.
_TOUCHED = re.compile(r"[A-Za-z@!$+*]\d|\d[A-Za-z@!$+*]")
_DIGIT = re.compile("[0-9]")
# A time as programs write it (ISO 8601): its letters stand for nothing else.
_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_ZEROS = str.maketrans("123456789", "000000000")


def _of_figures(text: str, known: dict[str, Mark]) -> Mark | None:
    """Mark a word of which another one like it, but for its figures, was marked before; None where it has none."""
    if _DIGIT.search(text) is None or not text.isascii():
        return None
    if _TOUCHED.search(_STAMP.sub("0", text) if "T" in text else text):
        return None
    alike = text.translate(_ZEROS)
    made = known.get(alike)
    if made is None:
        made = known[alike] = _public.get(alike) or _of_word(alike)
    inner = core(text)
    return made._replace(core=inner, word=inner.lower())


def _marked(said: Iterable[str]) -> tuple[dict[str, Mark], list[str]]:
    """Mark each word; give also which of them may say anything: of a stranger's most are plain words and do not."""
    known: dict[str, Mark] = {}
    alike: dict[str, Mark] = {}
    speaking = []
    for word in dict.fromkeys(said):
        made = _public.get(word)
        if made is None and (made := _plain(word)) is not None:
            known[word] = made
            continue
        known[word] = made or _of_figures(word, alike) or _of_word(word)
        speaking.append(word)
    return known, speaking


# Of other alphabets: none of these letters is one of ASCII with something added.
_FAR = re.compile("[a-z\u0370-\u1dff\u2e80-\uf8ff]+")


def _plain(text: str) -> Mark | None:
    """Mark a word of letters that names nothing and is none of this program's own; None where it is not so plain."""
    if len(text) < MIN_VALUE or not text.isalpha():
        return None
    folded = text.lower()
    if folded in _PUBLIC or (maybe_label(folded) and label_of(folded) is not None):
        return None
    if not text.isascii() and not (_FAR.fullmatch(folded) and unicodedata.is_normalized("NFD", folded)):
        return None
    return _mark((text, folded, Level.PLAIN, None, False, False, False, False, False, ()))


def _of_word(text: str) -> Mark:
    made = mark(text)
    ours = made.word in _PUBLIC and text.startswith(made.core) and text[len(made.core) :] in _BEHIND
    if ours and made.core in (made.word, made.word.title(), made.word.upper()) and len(_public) < MOST_KEPT:
        _public[text] = made
    return made


_FILE = (
    r"(?:zip|7z|rar|archives?|pdfs?|attachments?|spreadsheets?|workbooks?|worksheets?|documents?|excel|word doc|"
    r"(?:the|this|that|locked|protected|encrypted|attached|enclosed|zipped) (?:file|folder|sheet)|archivo|documento)"
)
_OPENS = r"(?:pass ?words?|pass ?codes?|pw|contrase[nñ]a|clave)"
_ARCHIVE = re.compile(
    rf"\bunzip\b|\.(?:zip|7z|rar)\b[^\n]{{0,20}}\n[^\n]{{0,12}}\b{_OPENS}\b|\b(?:zip|pdf|archive|"
    rf"file)[_-]?(?:pass(?:word|code)?|pw)\b|\b(?:zip|pdf|archive|file)[ _-]?pass(?:word)?\b|\.(?:zip|7z|"
    rf"rar)\b[^\n]{{0,50}}?\b{_OPENS}\b|(?<![./\w]){_FILE}\b(?![./])[^\n]{{0,50}}?\b{_OPENS}\b|"
    rf"(?:\.(?:zip|7z|rar)\b|(?<![./\w]){_FILE}\b(?![./]))[^\n]{{0,30}}?\b(?:opens?|unlocks?|abre) (?:with|by|con)\b|"
    rf"\b{_OPENS}\b (?:\w+ ){{0,2}}?(?:for|of|to|on|opens|unlocks|del|de|para) (?:\w+ ){{0,2}}?{_FILE}\b"
)
_OPENED = ("pass", "pw", "contrase", "clave", "unzip", "open", "unlock", "abre")  # each way to say it has one of these


# Characters of words of which none is said twice, from which on parts are looked for together; and how many of them.
VAST, FEW = 100_000, 4
LONG = 1_500  # characters, from which on the words of a text are listed before it is searched for one


@cache  # of this program's own words alone
def _run_of(part: str) -> str:
    """Give the longest run of letters of what is looked for: where it stands, this does."""
    return max(views.words_of(part), key=len, default="")


_NETWORK = re.compile(
    rf"\b(?:wi-?fi|ssid|hotspot|red (?:de|del) (?:la |el |los |las )?\w{{3,20}})\b[^\n.;]{{0,60}}?\b{_OPENS}\b"
)
_OF_US = ("bill", "recibo", "luz", "electric", "power", "usage", "consumo", "same", "mism", "also", "tambi")


class Doc:
    """A text cut into words."""

    @classmethod
    def of(cls, view: views.View, inlet: str) -> Self:
        """Give a view cut into words."""
        made = cls(view.text, inlet, dressed=view.dressed, whole=view.whole)
        made.view = view
        return made

    def __init__(self, text: str, inlet: str, *, dressed: bool = False, whole: int = 0) -> None:
        self.text = text
        self.view = views.View(text)
        self.whole = max(whole, len(text))  # characters of the text of which this is some lines
        self.inlet = inlet
        self.dressed = dressed or views.is_dressed(text)  # its words were hidden, and somebody undid that
        said = text.replace("|", " ").split()
        known, speaking = _marked(said)
        starts, at = [], 0
        for word in said:
            starts.append(at := text.index(word, at))
            at += len(word)
        ends = map(add, starts, map(len, said))
        self.tokens: list[Token] = list(map(_token, zip(starts, ends, said, map(known.__getitem__, said), strict=True)))
        marks = [known[word] for word in speaking]
        told = {
            word
            for word, made in zip(speaking, marks, strict=True)
            if made.label is not None or made.labels or made.level >= Level.NAME
        }
        tokens = [(at, known[word]) for at, word in enumerate(said) if word in told] if told else []
        self.labelled = [at for at, each in tokens if each.label is not None]
        self.glued = [at for at, each in tokens if each.labels]
        self.shaped = [at for at, each in tokens if each.level >= Level.NAME]
        # Of patterns by their identity (see caseless): where each stands, whether it does, on how much it was tried.
        self._places: dict[int, list[int]] = {}
        self._anywhere: dict[int, bool] = {}
        self._spent: dict[int, int] = {}  # characters
        self._foreseen: dict[int, list[tuple[int, int]] | None] = {}  # where each may find anything
        self._asked: set[int] = set()  # which groups of patterns were looked for
        self.sentences: list[Any] | None = None  # what is learned from them keeps here how it cut them
        self.has_label = any(each.label for each in marks)
        self.has_access = any(each.access for each in marks)
        self.has_place = any(each.place for each in marks)
        self.has_email = "@" in text and any(EMAIL.search(each.core) for each in marks)
        some = Level.PLAIN if len(known) > len(speaking) else Level.NEVER
        self.best = max((each.level for each in marks), default=some)

    @cached_property
    def of_a_file(self) -> bool:
        """Say whether the password spoken of opens a file and nothing else: that is held as a file, not refused."""
        if self.has_place or any(token.mark.user for token in self.tokens) or not self.says(*_OPENED):
            return False
        return _ARCHIVE.search(self.lower) is not None

    @cached_property
    def of_a_network(self) -> bool:
        """Say whether a network is named with its password, and nothing is said of a portal, a bill or a user."""
        if self.has_place or not self.says("wifi", "wi-fi", "ssid", "hotspot", "red ") or self.says(*_OF_US):
            return False
        return not any(token.mark.user for token in self.tokens) and _NETWORK.search(self.lower) is not None

    @cached_property
    def of_another(self) -> bool:
        """Say whether each secret that is named is that of another thing, such as Wi-Fi, and no portal is spoken of."""
        if self.of_a_network:
            return True
        if self.has_place or not self.labelled or self.says("same", "mism", "igual", "both", "also", "too", "ambos"):
            return False
        return all(not words.OF_OTHERS.isdisjoint(self.words(at - 4, at + 5)) for at in self.labelled)

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
        said = self._words
        if len(said) > VAST and len(parts) >= FEW and not foreseen.holds_any(tuple(map(_run_of, parts)), self._vast):
            return False
        return any(_run_of(part) in said and part in lower for part in parts)

    @cached_property
    def _vast(self) -> bytes:
        return self._words.encode("utf-8", "surrogatepass")

    @cached_property
    def _words(self) -> str:
        """Give what of the text may hold a run of letters once, in lower case, in one string."""
        return "\n".join([run for run in self.bag if not run.isdecimal()])

    @cached_property
    def bag(self) -> frozenset[str]:
        """Give the runs of letters and digits of the text in lower case, in no order."""
        return views.bag_of(self.lower)

    def has_any(self, wanted: frozenset[str]) -> bool:
        """Say whether any of these stands somewhere as a run of letters and digits of its own."""
        return not self.bag.isdisjoint(wanted)

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
            self._foreseen[key] = foreseen.stretches(pattern, self.view.flat)
        found = self._foreseen[key]
        return ((0, len(self.text)),) if found is None else found

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
            if spent < len(text) // 4:
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

    def words(self, start: int, end: int) -> list[str]:
        """Give the folded words from one index to another."""
        return [token.mark.word for token in self.tokens[max(0, start) : max(0, end)]]
