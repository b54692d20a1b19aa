"""Readings of words that are dressed by letters: capitals, figures for letters, pieces apart or in a stack (rules)."""

import re
from collections.abc import Iterator
from dataclasses import replace

from broker.credentials import words
from broker.credentials.caseless import lowered
from broker.credentials.labels import fold, label_of, unleeted
from broker.credentials.views import View, bag_of, rewrite

LONGEST = 2_000  # characters; longer texts are pages, and a page's words stand where its printer put them

# Figures and signs between letters, as children write: `c0-0p`, `p4$$`, `0TP`.
_LEET = re.compile(
    r"(?<![^\s/(\[\"':=.,])[A-Za-z]{0,12}[0134578@$!+](?:[A-Za-z0134578@$!+-]{1,16})"
    r"(?![^\s/)\]\"':=.,;?])"
)
_IN_LEET = (
    words.PLACES
    | words.ACCESS
    | words.USER
    | words.listed(
        """is es my mi la el the for to code codigo key word answer respuesta one time once number sms text portal hub
    smarthub obec coop co-op web online on in log sign site bill luz recibo electric power member socio page app
    acct account name no not never share shared here pet street secret security verify verification pin nip
    otp llave palabra entrada"""
    )
)

# Four lines or more of at most four signs each, one of them a letter.
_STACK = re.compile(r"(?m)^[ \t]*+(?:\S{1,4}+[ \t]*+(?:\n[ \t]*+|\Z)){4,80}+")
_WIDE = re.compile(r"\S {2,}\S")
_PIECE = 4  # letters of a torn word's pieces, mostly
_GAPS, _GAP = re.compile(r" +"), re.compile(r" {2,}")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])- ?\n[ \t]*(?=[a-z\u00e0-\u00ff])")
_LABELS_HEAD = re.compile(
    r"(?i)(contrase[nñ]a|password|passcode|passphrase|usuario|clave|pass|pin|nip|pw|smarthub|portal|login|user)[:=]?(?=.)"
)

# Digits in lines of their own: `41`, `88`, `03`.
_DIGIT_LINES = re.compile(r"(?m)(?:^[ \t]*\d{1,4}[ \t]*\n(?:[ \t]*\n){0,2}){1,7}[ \t]*\d{1,4}(?=[ \t]*(?:\(|$))")
_FILLER = re.compile(r"[ \t]*(?:[:=>.-]{1,4}|\([^()]{1,40}\))[ \t]*")
_REMARK = re.compile(r"\([^()]{1,40}\)\s*$")
_CELLS = re.compile(r"[,;\t|{}\"]")
MOST_LINES = 40


def undressed(view: View) -> Iterator[View]:
    """Give what a short text says without such clothes, if it wears any."""
    if len(view.text) > LONGEST:
        return
    if view.search(_LEET) is not None:
        made = rewrite(view, _LEET, _letters)
        if made.text != view.text:
            yield replace(made, dressed=True)
    yield from _in_small_letters(view)
    if "  " in view.text and len(_WIDE.findall(view.text)) > 1:
        yield from _tightened(view)
    if "\n" not in view.text:
        return
    if view.search(_STACK) is not None:
        made = rewrite(view, _STACK, _stacked)
        if made.text != view.text:
            yield replace(made, dressed=True)
    if view.search(_HYPHENATED) is not None:
        yield rewrite(view, _HYPHENATED, lambda _match: "")
    yield from _drawn(view)


# Of who types with the capitals locked: so many of them, and few small letters.
LEAST_CAPITALS, EACH_SMALL = 12, 4
_ALL_BUT_CAPITALS = bytes(code for code in range(128) if not chr(code).isupper())
_ALL_BUT_SMALL = bytes(code for code in range(128) if not chr(code).islower())
# A meter, a rate, a unit, a date: what everybody writes in capitals.
_OF_CAPITALS = re.compile(r"[^\w#]*+(?:[A-Z]{1,3}[-#./]?\d[\d.-]*+[A-Z]{0,3}|#?\d[\d.,:/-]*+[A-Z]{0,3})\W*+")
_SAID = re.compile(r"\S+")


def _in_small_letters(view: View) -> Iterator[View]:
    """Give a text that is written in capitals in small letters: among capitals a secret looks like any word."""
    letters = view.text.encode("ascii", "ignore")
    capitals = len(letters.translate(None, _ALL_BUT_CAPITALS))
    if capitals >= LEAST_CAPITALS and EACH_SMALL * len(letters.translate(None, _ALL_BUT_SMALL)) <= capitals:
        yield replace(view, text=_SAID.sub(_small, view.text))


def _small(match: re.Match[str]) -> str:
    return match[0] if _OF_CAPITALS.fullmatch(match[0]) else lowered(match[0])


def _letters(match: re.Match[str]) -> str:
    word = fold(match[0])
    if match[0].isalpha() or match[0].isdigit() or not any(map(str.isalpha, word)):
        return match[0]
    plain = unleeted(word)
    if plain == word or plain.isdigit():
        return match[0]
    return plain if plain in _IN_LEET or label_of(plain) is not None else match[0]


def _tightened(view: View) -> Iterator[View]:
    """Give a text whose words are torn by one blank and parted by more, where that makes a label of pieces."""
    pieces = view.text.split()
    if 10 * sum(len(piece) <= _PIECE for piece in pieces) < 6 * len(pieces):
        return
    if any(map(_names, view.bag)):
        return
    said = bag_of(_GAP.sub("\n", view.text.lower()).replace(" ", ""))
    if any(len(word) > 1 and _names(word) for word in said):
        made = rewrite(view, _GAPS, lambda match: " " if len(match[0]) > 1 else "")
        yield replace(made, dressed=True)


def _names(word: str) -> bool:
    folded = fold(word)
    return label_of(folded) is not None or folded in words.ACCESS


def _stacked(match: re.Match[str]) -> str:
    whole = "".join(match[0].split())
    if sum(map(str.isalpha, whole)) < 4 or "," in whole:
        return match[0]
    head = _LABELS_HEAD.match(whole)
    ended = "\n" if match[0].rstrip(" \t").endswith("\n") else ""
    return f"{head[1]}: {whole[head.end() :]}{ended}" if head else f"{whole}{ended}"


def _drawn(view: View) -> Iterator[View]:
    """Give a text with the value drawn up to its label: over lines that say nothing, and digits in lines together."""
    joined = rewrite(view, _DIGIT_LINES, _digits) if view.search(_DIGIT_LINES) else view
    lines = joined.text.split("\n")
    if len(lines) > MOST_LINES:
        return
    made, at = _drawn_up(lines, digits=joined.text != view.text)
    if at >= 0:
        yield View(made, lambda _start, _end: view.back(0, len(view.text)), view.dressed)


_ENDS = words.listed("code codigo number numbers numero numeros word is es are son text app phone sms mensaje")


def _drawn_up(lines: list[str], *, digits: bool) -> tuple[str, int]:
    """Give the lines with what was drawn up, and which line was the last of it; -1 for none."""
    made: list[str] = []
    drawn = -1
    told: int | None = None  # where the last line with a label stands
    filled = False
    for line in lines:
        said = line.strip()
        if told is not None and (not said or _FILLER.fullmatch(line)):
            filled = filled or bool(said)
            continue
        number = digits and said.partition("(")[0].strip().isdigit()
        if told is not None and (number or (filled and _is_thing(said))):
            made[told] = f"{made[told].rstrip(' :=')}{' ' if number else ': '}{said}"
            drawn, told = told, None
            continue
        made.append(line)
        bare = _REMARK.sub("", said)
        filled = bare != said
        told = len(made) - 1 if _ends_with_label(bare, digits=digits) else None
    return "\n".join(made), drawn


def _ends_with_label(line: str, *, digits: bool) -> bool:
    parts = re.findall(r"[^\W_][\w'$@/-]*", line)
    if not parts or len(parts) > 8 or _CELLS.search(line):
        return False
    last = fold(parts[-1])
    return label_of(last) is not None or (digits and last in _ENDS)


def _is_thing(line: str) -> bool:
    """Say whether a line may be a value: a word or two without a label of their own."""
    parts = line.split()
    return len(parts) <= 3 and ":" not in line and not _CELLS.search(line) and not any(map(_names, parts))


def _digits(match: re.Match[str]) -> str:
    whole = re.sub(r"\D+", "", match[0])
    return whole if 4 <= len(whole) <= 8 else match[0]
