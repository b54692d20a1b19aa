"""What one word may be, whatever stands around it; the words of a text are marked together (rules)."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from broker.credentials import words
from broker.credentials.labels import NAMED, Label, fold, label_of, maybe_label, maybe_labels, named
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.model import COMMON
from broker.credentials.shape import MIN_VALUE, Level, core, level

_CLAUSE = frozenset(".;?!")
# The last piece of a glued word, such as user/pass or "password":"x", from its end.
_PIECE = re.compile(r"[^:=/,|&?\"'{}()\[\]<>;]*")


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


# In C, where the class itself is not.
_mark: Callable[[tuple[Any, ...]], Mark] = partial(tuple.__new__, Mark)


def _mark_of_plain(word: str) -> Mark:
    """Mark a word that is plain."""
    return _mark((word, word.lower(), Level.PLAIN, None, False, False, False, False, False, ()))


class _Named(dict[str, Label | None]):
    """What the names of one text name, each by its letters from the last to the first; no name is asked twice."""

    def __missing__(self, back: str) -> Label | None:
        made = self[back] = _label_of_name(back[::-1])
        return made


def mark(text: str, known: _Named | None = None) -> Mark:
    """Say what a word may be."""
    if text.isascii() and text.isalpha():
        return _bare(text)
    return _dressed(text, _Named() if known is None else known)


def _bare(text: str) -> Mark:
    """Say it of letters alone, which most words are: nothing of them is punctuation, and nothing is glued to them."""
    folded = text.lower()
    label, user = label_of(folded), folded in words.USER
    labels = () if label is None else ((len(text), label),)
    access, place = user or folded in words.ACCESS, folded in words.PLACES
    shape = Level.PLAIN if len(text) > 2 else level(text)
    return _mark((text, folded, shape, label, user, access, place, False, False, labels))


def _dressed(text: str, known: _Named) -> Mark:
    inner = core(text)
    if _GLUED.isdisjoint(text):
        bare = _public.get(inner) or (_mark_of_plain(inner) if _is_plain(inner) else None)
        if bare is not None and bare.label is None and inner.isalpha():
            return _mark((*bare[:7], _closes(text), False, ()))
    return _in_full(text, known)


def _in_full(text: str, known: _Named) -> Mark:
    inner = core(text)
    folded = fold(inner)
    joins = text[-1] in ":=" or text.endswith((":", "->", "=>", ':"', ":'"))
    if folded.endswith("'s") and label_of(folded[:-2]):
        folded = folded[:-2]
    label = label_of(folded)
    if label is None and not folded.isalnum():
        label = label_of(_last_glued(folded))
        if label is Label.WEAK:
            label = None  # dkim=pass
        if label is None and "-" in folded:
            label = label_of(folded.rpartition("-")[2])
    user = folded in words.USER
    shape = Level.PLAIN if inner.isalpha() and len(inner) > 2 else level(inner)
    access, place = user or folded in words.ACCESS, folded in words.PLACES
    labels = _labels(text, inner, folded, label, known)
    return _mark((inner, folded, shape, label, user, access, place, _closes(text), joins, labels))


def _closes(text: str) -> bool:
    return text[-1] in _CLAUSE or text.rstrip("\"')”")[-1:] in (".", "!", "?")


# A name that a value is glued to, behind what ends it, from the end of a word to its begin: a word may be a page long.
_NAME_BACK = re.compile(r"(?:[:=(]|>-)[\"'\[\])]{0,3}([\w$@!-]{2,40})")
_GLUED = frozenset(":=>/&?(")
_ENDS_NAME = frozenset(":=(>")


def _last_glued(word: str) -> str:
    found = _PIECE.match(word[::-1])
    return found[0][::-1] if found else ""


def _labels(text: str, inner: str, folded: str, label: Label | None, known: _Named) -> tuple[tuple[int, Label], ...]:
    if label is not None and (inner.isalnum() or folded == "p/w" or _GLUED.isdisjoint(inner)):
        return ((len(text.rstrip(":=\"'-,|*>)]}.")), label),)
    if _ENDS_NAME.isdisjoint(text):
        return ()
    back = text[::-1]
    if not any(map(known.__getitem__, _NAME_BACK.findall(back))):
        return ()
    ends = [(len(text) - match.start(1), known[match[1]]) for match in _NAME_BACK.finditer(back)]
    return tuple((end, here) for end, here in reversed(ends) if here is not None)


def _label_of_name(name: str) -> Label | None:
    if name.isalpha() and name.islower() and name.isascii() and not maybe_label(name):
        return None  # a variable of a program, mostly
    of, _, last = fold(named(name)).rpartition(" ")
    here = label_of(fold(name)) or label_of(last)
    return None if here is not None and of and _is_of_another(of, here) else here


_OF_FILES = words.listed(
    "zip rar 7z pdf archive archivo file excel xlsx workbook docx printer fax wifi wlan ssid router modem hotspot"
)
_OF_LAND = words.listed("parcel property tax assessor predial catastral zip postal")


def _is_of_another(of: str, label: Label) -> bool:
    """`rar_password`, `pdf open password`, `parcel_pin`: by the words before it, a matter of a file or of land."""
    said = of.split()
    if label is Label.PIN or label is Label.CODE:
        return not _OF_LAND.isdisjoint(said[-1:])
    return not _OF_FILES.isdisjoint(said[-2:])


# What a word of this program's own lists is, is worked out once; a stranger's words are never kept.
_PUBLIC = frozenset().union(
    COMMON, CLASS_OF, words.STOP, words.ACCESS, words.PLACES, words.ENTER, words.ID_NOUNS, words.USER, words.STRONG
)
_TOLD = _PUBLIC | NAMED
_BEHIND = ("", ",", ".", ":")  # so it is kept as sentences write it, twelve spellings at most
_public: dict[str, Mark] = {}
MOST_KEPT = 60_000  # words with their marks, some 20 MB; a text may spell all of them in every way


# Figures that touch no letter and no sign that stands for one are figures, whichever they are: `01:00,4.123` is marked
# as `00:00,0.000` is.
_TOUCHED = re.compile(r"[0-9](?:(?=[A-Za-z@!$+*])|(?<=[A-Za-z@!$+*].))")
_DIGIT = re.compile("[0-9]")
# A time as programs write it (ISO 8601): its letters stand for nothing else.
_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_ZEROS = str.maketrans("123456789", "000000000")


def _alike(text: str) -> str | None:
    """Give for a word of figures the one that stands for all of its shape; None for any other."""
    if _DIGIT.search(text) is None or not text.isascii():
        return None
    if _TOUCHED.search(_STAMP.sub("0", text) if "T" in text else text):
        return None
    return text.translate(_ZEROS)


def _of_figures(text: str, alike: Mark) -> Mark:
    """Mark a word of figures by what stands for all of its shape."""
    inner = core(text)
    return _mark((inner, inner.lower(), *alike[2:]))


def _is_quiet(made: Mark) -> bool:
    """Say whether nothing is asked of such a word, wherever it stands."""
    return made.level < Level.NAME and not (made.label or made.labels or made.access or made.place or "@" in made.core)


class Marks(dict[str, Mark]):
    """What the words of a text may be; those of which nothing is asked are marked when they are looked at, as few are.

    These are plain words of a stranger's, figures, and names of programs.
    """

    def __missing__(self, word: str) -> Mark:
        alike = _alike(word)
        if alike is not None:
            made = _of_figures(word, self[alike])
        else:
            made = _mark_of_plain(word) if word.isalpha() else mark(word)
        self[word] = made
        return made


def marked(different: Iterable[str]) -> tuple[Marks, list[str]]:
    """Mark each word; give also which of them may say anything: of a stranger's most do not."""
    ours, theirs = list[str](), list[str]()
    for word in different:
        (ours if word in _public else theirs).append(word)
    known = Marks(zip(ours, map(_public.__getitem__, ours), strict=True))
    speaking, names = ours, _Named()
    for word in _not_plain(theirs):
        alike = _alike(word)
        if alike is None:
            known[word] = _of_word(word, names)
        else:
            if alike not in known:
                known[alike] = _public.get(alike) or _of_word(alike, names)
            if _is_quiet(known[alike]):
                continue
            known[word] = _of_figures(word, known[alike])
        speaking.append(word)
    return known, speaking


MANY = 1_000  # words, from which on those that may name a secret are looked for together


def _not_plain(theirs: list[str]) -> list[str]:
    """Give those words that are not plain: of many each is asked only where its letters do not tell."""
    if len(theirs) < MANY:
        return [word for word in theirs if not _is_plain(word)]
    found, letters = list[str](), list[str]()
    for word in theirs:
        (letters if word.isalpha() and word.isascii() else found).append(word)
    lower = list(map(str.lower, letters))
    named = maybe_labels(lower)
    return _not_quiet([word for word in found if not _is_plain(word)]) + [
        word
        for word, folded in zip(letters, lower, strict=True)
        if (folded in _TOLD or folded in named or len(folded) < MIN_VALUE) and not _is_plain(word)
    ]


# Words as programs and sentences join them: by signs that no value is told by, and that stand for no letter.
_OF_PROGRAMS = re.compile(r"(?m)^[A-Za-z.,;:(){}\[\]<>/\\'\"`?=&_-]+$")
# But for what is shaped as a value is.
_SHAPED = re.compile(r"[A-Za-z]{2}[=&][A-Za-z]{2}|[A-Z][a-z]{2,}+[.-][A-Z][a-z]{2}")
_PART = re.compile(r"[A-Z]+[a-z]*|[a-z]+")  # as the humps of a name part it
_RUN = re.compile(r"[a-z]+")
_HUMP = re.compile(r"[a-z][A-Z]")
_ASKED = words.USER | words.ACCESS | words.PLACES | NAMED
# Of these, what has a sign in it.
_SIGNED = re.compile(r"co-op|log-(?:in|on)|p[./]w|sign-(?:in|on)|smart-hub|user-(?:id|name)")


def _not_quiet(several: list[str]) -> list[str]:
    """Give those of many words of which something may be asked, wherever they stand: of a program's few are."""
    text = "\n".join(_OF_PROGRAMS.findall("\n".join(several)))
    lower = text.lower()
    parts = {*map(str.lower, _PART.findall(text)), *_RUN.findall(lower)}
    told = (parts & _ASKED) | set(filter(label_of, maybe_labels(parts)))
    quiet = {
        word
        for word, folded in zip(text.split("\n"), lower.split("\n"), strict=True)
        if told.isdisjoint(_RUN.findall(folded)) and _is_quiet_name(word, folded, told)
    }
    return [word for word in several if word not in quiet]


def _is_quiet_name(word: str, folded: str, told: set[str]) -> bool:
    """Say it of a word of which no run of letters is one of those that tell."""
    if folded.rstrip(",.:") in _PUBLIC:  # it is kept with its mark
        return False
    if _SHAPED.search(word) is not None or _SIGNED.search(folded) is not None:
        return False
    if folded == word:
        return True
    if "_" in word and not word.isupper():
        return False
    return _HUMP.search(word) is None or told.isdisjoint(map(str.lower, _PART.findall(word)))


# Of other alphabets: none of these letters is one of ASCII with something added.
_FAR = re.compile("[a-z\u0370-\u1dff\u2e80-\uf8ff]+")


def _is_plain(text: str) -> bool:
    """Say whether a word of letters names nothing and is none of this program's own; of some it is not said."""
    if len(text) < MIN_VALUE or not text.isalpha():
        return False
    folded = text.lower()
    if folded in _PUBLIC or (maybe_label(folded) and label_of(folded) is not None):
        return False
    return text.isascii() or (_FAR.fullmatch(folded) is not None and unicodedata.is_normalized("NFD", folded))


def _of_word(text: str, names: _Named) -> Mark:
    made = mark(text, names)
    ours = made.word in _PUBLIC and text.startswith(made.core) and text[len(made.core) :] in _BEHIND
    if ours and made.core in (made.word, made.word.title(), made.word.upper()) and len(_public) < MOST_KEPT:
        _public[text] = made
    return made


def is_ours(text: str, made: Mark) -> bool:
    """Say whether a word is one of this program's own, as sentences write it."""
    return _public.get(text) is made
