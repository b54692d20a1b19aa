"""Labels with a value: "password: …", "my password is …", "password" on one line and the value on the next."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from broker.credentials.first.finding import Hit
from broker.credentials.first.normalise import Reading
from broker.credentials.first.shape import (
    SECRET,
    SHAPED,
    WORD,
    could_be_chosen,
    is_email,
    is_ordinary_word,
    is_placeholder,
    looks_chosen,
    strength,
    trimmed,
)
from broker.credentials.first.words import COMMON, LABEL, NEGATION

WINDOW = 200
MAX_WORDS = 10
_NONE, _SOFT, _HARD, _LINE = "", "soft", "hard", "line"
_PIECE = re.compile(r"\n\s*|[^\S\n]+|[:=]+>?(?!//)|-+>|→|⇒|[–—]|(?:(?!://)[^\s:=→⇒–—]|://)+")
_CONNECTOR = re.compile(r"[:=]+>?|-+>|→|⇒|[–—]|-+")
_LOOSE = re.compile(r"[\"'),*\]_]+")
_SOFT_WORDS = frozenset({"is", "es", "was", "era", "sera", "fue", "being", "remains", "sigue", "it's", "reads"})
_FILLERS = frozenset(
    "still now just currently always simply only actually really probably todavia aun ahora solo siempre the word la palabra el "
    "literally usually set to and on that web site website portal should be puesta como".split()
)
_WITH = frozenset({"with", "con", "use", "uso", "usa", "try"})
_END = re.compile(r"[^\W\d_]{2,}[\"')\]]*[.?!;]+[\"')\]]*$")
_ELSEWHERE = re.compile(
    r"(?:(?:assessor|parcel|property|county|tax|king|hitch|hinge|clevis|cotter|survey|corner|iron|rolling|locat\w+|lapel|bowling)(?:'s)?[ \w]{0,12}"
    r"|(?:zip|archive|attachment|pdf|file|spreadsheet|wi-?fi|wireless|gate|adjunto|archivo)(?:'s)? (?:file )?)$"
)
_ELSEWHERE_AFTER = re.compile(
    r"[ _-]?(?:through|by\b|along|catastral|predial|de (?:tarifa|rastreo|pais|producto)|tarifaria|interbancaria|oak|number of|hole|rate|fail)"
    r"|s? ?(?:for|to open|to|of|del?|para) (?:the |this |that |our |my |el |la )?(?:zip|archive|attach|pdf|file|spreadsheet|wi-?fi|workbook|adjunto|archivo)"
)
_HINT = re.compile(
    r"dog|cat|pet|horse|truck|birth ?(?:day|year|date)|maiden name|anniversary|wedding|street (?:name|we|i)|zip code|phone number|last four"
    r"|last 4|account number|initials|kid|son|daughter|wife|husband|mother|grand\w+|(?:first|middle|last) name|school|company name"
    r"|perr[oa]|gat[oa]|mascota|cumpleanos|nacimiento|apellido|aniversario|esposa|esposo|hij[oa]|madre|calle"
)
_HINT_STARTS = re.compile(
    r"[\"' ]*(?:the )?(?:same as|same one as|name of|my |our |her |his |mi |el (?:nombre|mismo|ano)|la (?:misma|fecha)|el de |los ultimos"
    r"|last four|spelled|nombre de)"
)
_REVERSED = re.compile(
    r"(?:is|es|was|as|=|como)[ ]+(?:my|our|the|his|her|their|mi|la|el|nuestra|su)?[ ]?(?:[a-z]{2,12} ){0,2}$"
)


@dataclass(frozen=True)
class Piece:
    """One word, connector or line end after a label."""

    text: str
    start: int
    end: int


def label_hits(reading: Reading) -> Iterator[Hit]:
    """Find labels that are followed, or preceded, by their value."""
    for label in LABEL.finditer(reading.low):
        before = reading.low[max(0, label.start() - 40) : label.start()]
        after = reading.low[label.end() : label.end() + 40]
        if _ELSEWHERE.search(before) or _ELSEWHERE_AFTER.match(after):
            continue
        place = _Walk(reading, label).value() or _value_before(reading, label, before)
        if place is not None:
            yield Hit("label.value", *place, "pin" if label[0] == "pin" else "password")


def _pieces(reading: Reading, start: int) -> list[Piece]:
    found = []
    for match in _PIECE.finditer(reading.plain, start, min(len(reading.plain), start + WINDOW)):
        text = "\n" if match[0][0] == "\n" else match[0]
        if text == "\n" or not text.isspace():
            found.append(Piece(text, match.start(), match.end()))
        if len(found) > 24:
            break
    return found


class _Walk:
    """Goes from a label word by word until its value, or until the sentence is over."""

    def __init__(self, reading: Reading, label: re.Match[str]) -> None:
        self.reading = reading
        self.label = label
        self.weak = label["weak"] is not None
        self.pieces = _pieces(reading, label.end())
        self.connected = _NONE
        self.previous = ""

    def value(self) -> tuple[int, int] | None:
        """Give the place of the value."""
        words = 0
        for at, piece in enumerate(self.pieces):
            low = trimmed(piece.text).lower()
            if piece.text == "\n":
                if self.connected in (_HARD, _LINE):
                    continue
                if words or not self._ends_line():
                    return None
                self.connected = _LINE
            elif _CONNECTOR.fullmatch(piece.text):
                self.connected = _HARD
            elif _LOOSE.fullmatch(piece.text):
                continue
            elif low in _SOFT_WORDS and self.connected != _HARD:
                if NEGATION.search(self.reading.low[self.label.end() : piece.start]):
                    return None
                if hint := self._hint(piece):
                    return hint
                self.connected = _SOFT
            elif not (self.connected == _SOFT and low in _FILLERS):
                place = self._judge(at, first=words == 0)
                words += 1
                if place or words >= MAX_WORDS or _END.search(piece.text):
                    return place
                self.connected = _NONE
            self.previous = low
        return None

    def _hint(self, piece: Piece) -> tuple[int, int] | None:
        rest = self.reading.low[piece.end : piece.end + 70].partition("\n")[0].partition(".")[0]
        if not self.weak and _HINT_STARTS.match(rest) and _HINT.search(rest):
            return piece.end, piece.end + len(rest)
        return None

    def _ends_line(self) -> bool:
        """Say whether the label is the whole of a short line."""
        line = self.reading.low[max(0, self.label.start() - 40) : self.label.start()].rpartition("\n")[2]
        return len(line.split()) <= 3 and re.search(r"[.?!]\s", line) is None

    def _judge(self, at: int, *, first: bool) -> tuple[int, int] | None:
        piece = self.pieces[at]
        if is_placeholder(piece.text) or is_email(piece.text):
            return None
        place = piece.start, piece.end
        level = strength(piece.text)
        digits = _digits(self.pieces, at)
        if self.connected:
            return place if level >= SHAPED or digits else self._plain_word(at, level)
        if first and (level >= (SECRET if self.weak else SHAPED) or digits):
            return place
        if looks_chosen(piece.text) and not (self.weak and at > 6):
            return place
        return place if self.previous in _WITH and could_be_chosen(piece.text) and not self.weak else None

    def _plain_word(self, at: int, level: int) -> tuple[int, int] | None:
        piece = self.pieces[at]
        place = piece.start, piece.end
        if self.weak:
            alone = self.connected == _HARD and level == WORD and _line_ends(self.pieces, at)
            return place if alone and not _ordinary(piece.text) else None
        if self.connected == _SOFT:
            return place if _soft_word(self.pieces, at, level) else None
        return place if _hard_word(self.pieces, at, level) else _phrase(self.pieces, at)


def _digits(pieces: list[Piece], at: int) -> bool:
    text = trimmed(pieces[at].text)
    if text.isdigit() and len(text) < 4 and at + 1 < len(pieces):
        following = trimmed(pieces[at + 1].text)
        text += following if following.isdigit() else ""
    return text.isdigit() and 4 <= len(text) <= 10


def _ordinary(text: str) -> bool:
    return is_ordinary_word(trimmed(text).lower())


def _line_ends(pieces: list[Piece], at: int) -> bool:
    return at + 1 >= len(pieces) or pieces[at + 1].text == "\n" or pieces[at].text[-1] in ".,;\"'}!"


def _hard_word(pieces: list[Piece], at: int, level: int) -> bool:
    text = pieces[at].text
    if level < WORD or trimmed(text).lower() in COMMON:
        return False
    if _line_ends(pieces, at):
        return True
    return not _ordinary(text) and not _ordinary(pieces[at + 1].text) and len(_line_words(pieces, at)) <= 2


def _line_words(pieces: list[Piece], at: int) -> list[str]:
    words = []
    for piece in pieces[at:]:
        if piece.text == "\n":
            break
        words.append(trimmed(piece.text))
    return words


def _phrase(pieces: list[Piece], at: int) -> tuple[int, int] | None:
    """Three to seven plain words up to the line's end: a passphrase."""
    words = _line_words(pieces, at)
    if not 3 <= len(words) <= 7 or not all(word.isalpha() and len(word) > 2 for word in words):
        return None
    telling = [word for word in words if not is_ordinary_word(word.lower())]
    if len(telling) < 3 or len(telling) < len(words) - 1:
        return None
    return pieces[at].start, pieces[at + len(words) - 1].end


def _soft_word(pieces: list[Piece], at: int, level: int) -> bool:
    text = pieces[at].text
    if text[:1] in "\"'" and level == WORD:
        return True
    if level < WORD or _ordinary(text):
        return False
    if _line_ends(pieces, at) or text[:1].isupper():
        return True
    return trimmed(pieces[at + 1].text).lower() in {"and", "y", "but", "pero", "all", "with", "con", "in", "todo"}


def _value_before(reading: Reading, label: re.Match[str], before: str) -> tuple[int, int] | None:
    """Find "Thistle20 is my password"."""
    link = _REVERSED.search(before)
    if link is None:
        return None
    end = label.start() - len(before) + link.start()
    words = reading.plain[max(0, end - 60) : end].split()
    if not words or not (looks_chosen(words[-1]) or could_be_chosen(words[-1])):
        return None
    return reading.plain.rfind(words[-1], 0, end), end
