"""Makes a text readable: one `Reading` per way in which a secret may be dressed, each with a map to the original."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_READINGS = 6
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2060\u2061\u2062\u2063\u2064\ufeff") | {
    chr(point)
    for span in ((0x200B, 0x2010), (0x202A, 0x202F), (0x2066, 0x2070), (0xFE00, 0xFE10))
    for point in range(*span)
}
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKE = dict(
    zip(
        "аеорсухіјѕԁһӏԛԝкмтвнАВЕКМНОРСТУХІЈЅαορυνικτχεΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡı",
        "aeopcyxijsdhlqwkmtbhABEKMHOPCTYXIJSaopuvikTxeABEZHIKMNOPTYXgi",
        strict=True,
    )
)
_LOOKALIKE["τ"] = "t"
_ASCII_PUNCTUATION = {
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‘": "'",
    "’": "'",
    "′": "'",
    "：": ":",
    "＝": "=",
    "∶": ":",
    "꞉": ":",
    "﹕": ":",
}


@dataclass(frozen=True)
class Reading:
    """One way to read the text: `plain` keeps case and accents, `low` has neither; both are equally long."""

    plain: str
    low: str
    index: list[int] | None  # original position of each character; None: the same
    length: int  # of the original
    how: str = "plain"

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Give the place of a stretch in the original text."""
        if self.index is None:
            return start, min(end, self.length)
        if not self.index:
            return 0, self.length
        last = len(self.index) - 1
        first = self.index[min(start, last)]
        return first, min(max(self.index[min(max(end - 1, start), last)], first) + 1, self.length)

    def changed(self, plain: str, index: list[int], how: str) -> "Reading":
        """Give a reading made from this one; `index` counts in this reading's characters."""
        own = self.index
        mapped = index if own is None else [own[position] for position in index]
        return Reading(plain, lowered(plain), mapped, self.length, how)


def lowered(plain: str) -> str:
    """Give lower case without accents, character by character, so that places stay the same."""
    low = plain.lower()
    if low.isascii() and len(low) == len(plain):
        return low
    return "".join(map(_base_letter, plain))


def _base_letter(char: str) -> str:
    if char.isascii():
        return char.lower()
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def first_reading(text: str) -> Reading:
    """Undo what is invisible or only looks different: full width, zero width, look-alikes."""
    if text.isascii():
        return Reading(text, text.lower(), None, len(text))
    out: list[str] = []
    index: list[int] = []
    for position, char in enumerate(text):
        for piece in _clean(char):
            out.append(piece)
            index.append(position)
    plain = "".join(out)
    return Reading(plain, lowered(plain), index, len(text))


def _clean(char: str) -> str:
    if char.isascii():
        return char
    if char in _INVISIBLE:
        return ""
    known = _ASCII_PUNCTUATION.get(char) or _LOOKALIKE.get(char)
    if known:
        return known
    return unicodedata.normalize("NFKC", char)[:4]


# --- further readings -----------------------------------------------------------------------------------------------

_ENTITY = re.compile(r"&(?:#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,12});")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){1,64}")
_PLUS_JOINED = re.compile(r"[?&][\w.%-]{1,40}=[^&\s]{0,80}\+|\w\+(?:is|es|=|%3[aAdD])")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){1,64}|=\r?\n")
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,400}>")
_QUOTE_PREFIX = re.compile(r"(?m)^[ \t]{0,4}(?:[>|][ \t]?){1,10}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,8000}={0,2}(?![A-Za-z0-9+/_=-])")
_SPACED = re.compile(r"(?<!\S)(?:\S[ \u00a0]{1,4}){5,}\S(?!\S)")
_MIME_WORD = re.compile(r"=\?[\w-]{2,20}\?([bBqQ])\?([^?\s]{1,400})\?=")

Decoder = Callable[[Reading], Reading | None]


def readings(text: str) -> Iterator[Reading]:
    """Give the text as it stands, then each decoding that changes it, then decodings of decodings (bounded)."""
    first = first_reading(text)
    yield first
    queue, given = [first], 1
    seen = {first.plain}
    for depth in range(3):
        following: list[Reading] = []
        for reading in queue:
            for decode in _DECODERS:
                made = decode(reading)
                if made is None or made.plain in seen:
                    continue
                seen.add(made.plain)
                yield made
                given += 1
                if given >= MAX_READINGS + 2 * depth:
                    return
                following.append(made)
        queue = following


def _replaced(
    reading: Reading, pattern: re.Pattern[str], make: Callable[[re.Match[str]], str], how: str
) -> Reading | None:
    out: list[str] = []
    index: list[int] = []
    at = 0
    for match in pattern.finditer(reading.plain):
        new = make(match)
        if new == match[0]:
            continue
        out.append(reading.plain[at : match.start()])
        index.extend(range(at, match.start()))
        out.append(new)
        width = match.end() - match.start()
        index.extend(match.start() + place * width // max(len(new), 1) for place in range(len(new)))
        at = match.end()
    if not at:
        return None
    out.append(reading.plain[at:])
    index.extend(range(at, len(reading.plain)))
    return reading.changed("".join(out), index, how)


def _folded(text: str) -> str:
    return text if text.isascii() else first_reading(text).plain


def _entities(reading: Reading) -> Reading | None:
    if "&" not in reading.plain:
        return None
    return _replaced(reading, _ENTITY, lambda found: _folded(html.unescape(found[0])), "entities")


def _percent(reading: Reading) -> Reading | None:
    if "%" not in reading.plain and "+" not in reading.plain:
        return None
    made = _replaced(reading, _PERCENT, lambda found: _folded(_bytes_of(found[0], "%")), "percent")
    if _PLUS_JOINED.search(reading.plain):
        base = made or reading
        spaced = base.plain.replace("+", " ")
        return base.changed(spaced, list(range(len(spaced))), "percent")
    return made


def _quoted_printable(reading: Reading) -> Reading | None:
    if "=" not in reading.plain:
        return None
    return _replaced(
        reading, _QUOTED, lambda found: "" if found[0][-1] == "\n" else _folded(_bytes_of(found[0], "=")), "quoted"
    )


def _bytes_of(escaped: str, mark: str) -> str:
    return bytes.fromhex(escaped.replace(mark, "")).decode("utf-8", "replace")


def _mime_words(reading: Reading) -> Reading | None:
    if "=?" not in reading.plain:
        return None
    return _replaced(reading, _MIME_WORD, _mime_word, "mime")


def _mime_word(found: re.Match[str]) -> str:
    if found[1] in "bB":
        return _from_base64(found[2]) or found[0]
    text = found[2].replace("_", " ")
    return _QUOTED.sub(lambda part: _bytes_of(part[0], "="), text) if "=" in text else text


def _tags(reading: Reading) -> Reading | None:
    if "<" not in reading.plain:
        return None
    return _replaced(reading, _TAG, _tag_gap, "tags")


def _tag_gap(found: re.Match[str]) -> str:
    name = found[0].strip("</>").split(None, 1)[0].lower().rstrip("/")
    inline = {"b", "i", "u", "em", "strong", "span", "font", "a", "mark", "small", "code", "tt", "wbr", "sup", "sub"}
    return "" if name in inline or name.startswith("!--") else "\n" if name in {"br", "p", "div", "tr", "li"} else " "


def _quote_marks(reading: Reading) -> Reading | None:
    if ">" not in reading.plain and "|" not in reading.plain:
        return None
    return _replaced(reading, _QUOTE_PREFIX, lambda _: "", "quote")


def _base64(reading: Reading) -> Reading | None:
    if reading.how == "base64":
        return None
    return _replaced(reading, _BASE64, lambda found: _from_base64(found[0]) or found[0], "base64")


def _from_base64(run: str) -> str:
    """Decode a run if it is readable text; else nothing."""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        text = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    readable = sum(char.isprintable() or char in "\r\n\t" for char in text)
    return _folded(text) if text and readable == len(text) else ""


def _letter_spacing(reading: Reading) -> Reading | None:
    return _replaced(reading, _SPACED, _close_up, "spaced")


def _close_up(found: re.Match[str]) -> str:
    run = found[0].replace("\u00a0", " ")
    return re.sub(r" {2,4}", "\x00", run).replace(" ", "").replace("\x00", " ")


_DECODERS: tuple[Decoder, ...] = (
    _letter_spacing,
    _quote_marks,
    _entities,
    _tags,
    _percent,
    _mime_words,
    _quoted_printable,
    _base64,
)
