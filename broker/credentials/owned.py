"""Whose secret is spoken of: what opens a file, a network or a gate opens no portal (rules)."""

import re
from bisect import bisect_right
from dataclasses import replace
from functools import cached_property

from broker.credentials import words
from broker.credentials.marks import Mark
from broker.credentials.tokens import PAGES, Doc

_FILE = (
    r"(?:zip|7z|rar|archives?|pdfs?|attachments?|spreadsheets?|workbooks?|worksheets?|documents?|excel|word doc|"
    r"(?:the|this|that|locked|protected|encrypted|attached|enclosed|zipped) (?:file|folder|sheet)|archivo|documento)"
)
_FILED = re.compile(rf"(?i)\b{_FILE}\b")
_OPENS = r"(?:pass ?words?|pass ?codes?|pw|contrase[nñ]a|clave)"
_ARCHIVE = re.compile(
    rf"(?i)\bunzip\b|\.(?:zip|7z|rar)\b[^\n]{{0,20}}\n[^\n]{{0,12}}\b{_OPENS}\b|\b(?:zip|pdf|archive|"
    rf"file)[_-]?(?:pass(?:word|code)?|pw)\b|\b(?:zip|pdf|archive|file)[ _-]?pass(?:word)?\b|\.(?:zip|7z|"
    rf"rar)\b[^\n]{{0,50}}?\b{_OPENS}\b|(?<![./\w]){_FILE}\b(?![./])[^\n]{{0,50}}?\b{_OPENS}\b|"
    rf"(?:\.(?:zip|7z|rar)\b|(?<![./\w]){_FILE}\b(?![./]))[^\n]{{0,30}}?\b(?:opens?|unlocks?|abre) (?:with|by|con)\b|"
    rf"\b{_OPENS}\b (?:\w+ ){{0,2}}?(?:for|of|to|on|opens|unlocks|del|de|para) (?:\w+ ){{0,2}}?{_FILE}\b"
)
_OPENED = ("pass", "pw", "contrase", "clave", "unzip", "open", "unlock", "abre")  # each way to say it has one of these
_NETWORK = re.compile(
    rf"(?i)\b(?:wi-?fi|ssid|hotspot|red (?:de|del) (?:la |el |los |las )?\w{{3,20}})\b[^\n.;]{{0,60}}?\b{_OPENS}\b"
)
_OF_US = ("bill", "recibo", "luz", "electric", "power", "usage", "consumo", "same", "mism", "also", "tambi")
_THE_SAME = ("same", "mism", "igual", "both", "also", "too", "ambos")
BESIDE = 120  # characters on either side of a word, in which they say that it opens two things


class Whose:
    """Of a text: whether each secret that it names is another thing's, and what it says beside those."""

    def __init__(self, doc: Doc) -> None:
        self._doc = doc

    @cached_property
    def of_a_file(self) -> bool:
        """Say whether the password spoken of opens a file and nothing else: that is held as a file, not refused."""
        doc = self._doc
        if doc.has_place or doc.has_user or not doc.says(*_OPENED):
            return False
        return doc.search(_ARCHIVE) is not None

    @cached_property
    def of_another(self) -> bool:
        """Say whether each secret that is named is that of another thing, such as Wi-Fi, and no portal is spoken of."""
        doc = self._doc
        if doc.has_place:
            return False
        if self._is_of_a_network():
            return True
        return bool(doc.labelled) and all(
            _is_of_others(doc, at, 0, len(doc.tokens)) and not _says_the_same(doc, at) for at in doc.labelled
        )

    def _is_of_a_network(self) -> bool:
        """Say whether a network is named with its password, and nothing is said of a portal, a bill or a user."""
        doc = self._doc
        if not doc.says("wifi", "wi-fi", "ssid", "hotspot", "red ") or doc.says(*_OF_US):
            return False
        return not doc.has_user and doc.search(_NETWORK) is not None

    def rest(self) -> Doc | None:
        """Give the text without its sentences about a secret of another thing; None where it has no such sentence."""
        doc = self._doc
        if not (doc.has_any(words.OWNERS) or doc.says("wi-fi", *_OPENED)) or (
            len(doc.text) > PAGES and not self.of_another
        ):
            return None
        places = [doc.tokens[at].start for at in (*doc.labelled, *(doc.glued if self.of_another else ()))]
        places += [match.start() for pattern in (_NET, _CODE) for match in doc.finditer(pattern)]
        pieces, at = list[str](), 0
        for start, end in sorted({self._sentence(place) for place in places}):
            if not self._is_of_power(start, end) and (self.of_another or self._tells_of_another(start, end)):
                pieces += [doc.text[at:start], _SEEN.sub(" ", doc.text[start:end])]
                at = end
        text = "".join(pieces) + doc.text[at:]
        return Doc.of(replace(doc.view, text=text), doc.inlet) if pieces else None

    @cached_property
    def _cuts(self) -> list[int]:
        return [match.end() for match in _ENDS.finditer(self._doc.text)]

    def _sentence(self, at: int) -> tuple[int, int]:
        """Give the bounds of the sentence in which a place lies; a line ends one."""
        number = bisect_right(self._cuts, at)
        start = self._cuts[number - 1] if number else 0
        return start, self._cuts[number] if number < len(self._cuts) else len(self._doc.text)

    def _is_of_power(self, start: int, end: int) -> bool:
        said = self._doc.lower[start:end]
        return any(map(said.__contains__, _OF_POWER))

    def _tells_of_another(self, start: int, end: int) -> bool:
        """Say whether each secret in a sentence is another thing's, and none a portal's."""
        doc = self._doc
        first, last = doc.index(start), doc.index(end)
        marks = [token.mark for token in doc.tokens[first:last]]
        if any(_is_of_portal(mark) or mark.user or (mark.access and mark.label is None) for mark in marks):
            return self._begins_with_a_network(first, last, start, end)
        behind = self._sentence(end)[1]
        goes_on = _GOES_ON.match(doc.text, end, behind) is not None
        if goes_on and any(_is_of_portal(token.mark) for token in doc.tokens[last : doc.index(behind)]):
            return False
        near = doc.lower[start : behind if goes_on else end]
        if any(map(near.__contains__, _THE_SAME)):
            return False
        named = [at for at in doc.labelled if first <= at < last and not _names_none(doc, at)]
        if all(_is_of_others(doc, at, first, last) for at in named):
            return bool(named) or not any(first <= at < last for at in doc.glued)
        return len(named) == 1 and self._is_owned_before(named[0], first, start, end)

    def _begins_with_a_network(self, first: int, last: int, start: int, end: int) -> bool:
        """`Wi-Fi at the site: network Barn, password x`: where a network stands is no portal."""
        doc = self._doc
        said = [token.mark for token in doc.tokens[first:last]]
        others = [mark for mark in said if (_is_of_portal(mark) or mark.user or mark.access) and mark.label is None]
        return _AT_A_NETWORK.match(doc.lower, start, end) is not None and all(
            mark.word in _OF_A_NETWORK for mark in others
        )

    def _is_owned_before(self, at: int, first: int, start: int, end: int) -> bool:
        """Say whether the owner of a sentence's one secret is named some words before, or in what it goes on about."""
        doc = self._doc
        before = self._sentence(start - 1)[0] if start else 0
        if at == first and _LOCKED.search(doc.text, before, start):
            return _FILED.search(doc.text, before, start) is not None
        owners = doc.words(doc.index(before) if start and _GOES_ON.match(doc.text, start) else first, at)
        return not _OF_A_SENTENCE.isdisjoint(owners) or _ARCHIVE.search(doc.lower, start, end) is not None


_ENDS = re.compile(r"[.!?]+[\"')\u201d]{0,2}\s|\n")
_SEEN = re.compile(r"\S")
# A sentence that begins so goes on about what was said before.
_GOES_ON = re.compile(r"\s*(?:it|that|this|same|the same|which|and|y|es[eoa]|es la|ah[ií]|tambi[eé]n)\b", re.IGNORECASE)
_SECRETS = frozenset({"secret", "secreto", "secreta"})
_PASSED_ON = words.listed("along on it by through that this them over out")
_NETS = frozenset({"internet", "red"})  # a place to sign in at, and what a network is called
_OF_A_SENTENCE = words.listed("wifi wi-fi ssid wlan router hotspot alarm alarma")  # owns a secret some words behind it
_OF_POWER = ("power", "electric", "lights", "luz", "utilit", "co-op", "coop", "hub")
# What is said to be a network's, and what opens a door, without a word for a password.
_NET = re.compile(
    r"(?i)\b(?:wi-?fi|hotspot|ssid)\b(?: one| key)?(?: (?:for|in|at|of|on|you|del|de|para|en)\b[^.:=,\n]{0,40}?)?"
    r"(?:,| is| es|:|=)(?![^.\n]{0,20}\b(?:down|out|slow|off|dead|ca[ií]d[oa]|lent[oa])\b) [^.\n]{0,30}?"
    r"(?=[\w!&-]{0,20}\d)\w[\w!&-]{3,20}"
)
_CODE = re.compile(
    r"(?i)\b(?:gate|door|garage|shed|alarm|keypad|padlock|lockbox|barn|port[oó]n|puerta|alarma|candado)(?:'s)?"
    r"(?: pad)? (?:codes?|combo|combination|c[oó]digo|number)\b"
)
_AT_A_NETWORK = re.compile(r"\s*(?:the |our |my |el |la )?(?:\w+ )?wi-?fi\b")
_OF_A_NETWORK = words.listed("site sitio guest invitado network red internet page")
_LOCKED = re.compile(r"(?i)\b(?:protected|locked|encrypted|protegid[oa]|cifrad[oa])\b")


def _is_of_portal(mark: Mark) -> bool:
    return mark.place and mark.word not in _NETS


def _names_none(doc: Doc, at: int) -> bool:
    """Say whether a word that may name a secret names none: "it is no secret", "pass it along"."""
    word, behind = doc.tokens[at].mark.word, doc.words(at + 1, at + 2)
    return word in _SECRETS or (word == "pass" and not _PASSED_ON.isdisjoint(behind))


def _is_of_others(doc: Doc, at: int, first: int, last: int) -> bool:
    """Say whether between two words another thing stands near a word for a secret, or the secret is that thing's."""
    owner = (word.removesuffix("'s").removesuffix("\u2019s") for word in doc.words(max(first, at - 2), at))
    near = doc.words(max(first, at - 4), min(last, at + 5))
    return not words.OF_OTHERS.isdisjoint(near) or not words.OWNERS.isdisjoint(owner)


def _says_the_same(doc: Doc, at: int) -> bool:
    """Say whether near a word somebody says that one secret opens two things."""
    start = doc.tokens[at].start
    near = doc.lower[max(0, start - BESIDE) : start + BESIDE]
    return any(map(near.__contains__, _THE_SAME))
