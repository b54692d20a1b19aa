"""Secrets that are spelled letter by letter, sign by sign (rules)."""

import re
from collections.abc import Iterator
from itertools import islice

from broker.credentials import foreseen
from broker.credentials.pairs import PLACE, TALK
from broker.credentials.tokens import Doc

Span = tuple[int, int]

LEAST = 4  # units in a row
MOST = 50  # rows that are looked at

_SIZE = (
    r"(?:(?:capital|cap|big|tall|upper(?:case)?|lower(?:case)?|little|small|letter|may[uú]scula|min[uú]scula|grande|"
    r"chica|letra|double|doble)\s{1,3})"
)
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|"
    r"seventy|"
    r"eighty|ninety|niner|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|\d{1,2})"
)
_SIGNS = (
    r"(?:dash|hyphen|dot|star|pound(?: sign)?|hash|bang|underscore|exclamation(?: (?:point|mark))?|dollar(?: sign)?|"
    r"at sign|ampersand|guion|gato|punto|arroba)"
)
_ALPHABET = (
    r"(?:alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november|oscar|papa|quebec|"
    r"romeo|"
    r"sierra|tango|uniform|victor|whisk(?:e)?y|x-?ray|yankee|zulu|jota|hache|equis|zeta|ce|be|te|de|ge|ele|eme|ene|"
    r"erre|ese|"
    r"uve|efe|eff|aye|are|em|en)"
)
_UNIT = (
    rf"(?:{_SIZE}{{0,2}}(?:[a-zñ]|{_DIGIT}|{_SIGNS}|{_ALPHABET})(?:'s)?(?:\s{1, 3}(?:capital|lowercase|uppercase|"
    rf"grande|chica|"
    r"may[uú]scula|min[uú]scula|sign))?(?:\s{1,3}(?:as in|for|like in|like|de)\s{1,3}[\w']{2,12})?)"
)
_BETWEEN = (
    r"(?:\s?[,.;-]\s?|\s{1,3})(?:(?:and|then|y|luego|then a|and a|al final un|un|una|a|the number|then the number)"
    r"\s{1,3}){0,2}"
)
_FIRST = re.compile(rf"(?i)(?<![\w'-]){_UNIT}(?![\w'])")
_NEXT = re.compile(rf"(?i){_BETWEEN}{_UNIT}(?![\w'])")
_ROW = re.compile(rf"(?i)(?<![\w'-])\b{_UNIT}\b(?![\w'])(?:{_BETWEEN}{_UNIT}\b(?![\w'])){{{LEAST - 1}}}")
_MODIFIED = re.compile(
    rf"(?i)\b(?:capital|cap|big|tall|upper|lower|little|small|may[uú]scula|min[uú]scula|grande|chica|as in|like in|"
    rf"letra|"
    rf"{_SIGNS})\b"
)
_LETTER = re.compile(r"(?i)(?<![\w'])[a-z](?![\w'])")
_FIGURE = re.compile(rf"(?i)\b{_DIGIT}\b")
_SPOKEN = re.compile(rf"(?i)\b{_ALPHABET}\b")
_NAMES = re.compile(
    r"(?i)\b(?:name|surname|street|road|county|town|highway|hwy|apellido|nombre|calle|email|e-mail|correo|company|llc|"
    r"phone|call|tel[eé]fono|ll[aá]m\w+|zip|meter|account number|account no|medidor|unit|truck|channel|spelled with)\b"
)
_MEANT = re.compile(
    r"(?i)\b(?:type|put|use|key in|punch|word|user|code|digits|dash|gets? (?:you|me)|lets?|open\w*|abre|mensaj\w+|"
    r"texted|"
    r"text|entrar|clave|password|pw|pass|login|say it|write it)\b"
)


def _rows(doc: Doc) -> Iterator[tuple[int, int]]:
    """Give where at least four units stand in a row."""
    at = 0
    for row in doc.finditer(_ROW):
        first = doc.match(_FIRST, row.start())
        if first is None or row.start() < at:
            continue
        at, units = first.end(), 1
        while (further := doc.match(_NEXT, at)) is not None:
            at, units = further.end(), units + 1
        if units >= LEAST:
            yield first.start(), at


_RADIO_HINTS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "sierra", "tango", "yankee", "romeo")
_CORES = (
    "capital", "cap ", "big ", "tall ", "upper", "lower", "little", "small", "mayúsc", "mayusc", "minúsc", "minusc",
    "grande", "chica", "as in", "like in", "letra", "dash", "hyphen", " star", "pound", "hash", "bang", "underscore",
    "exclamation", "dollar", "at sign", "ampersand", "guion", "gato", "punto", "arroba",
)  # fmt: skip


_RADIO = re.compile(
    r"(?i)(?<![\w-])(?:alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november|oscar|"
    r"papa|"
    r"quebec|romeo|sierra|tango|uniform|victor|whisk(?:e)?y|x-?ray|yankee|zulu)(?:(?:, |[ ,-])(?:alpha|bravo|"
    r"charlie|delta|"
    r"echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|"
    r"whisk(?:e)?y|x-?ray|yankee|zulu|zero|one|two|three|four|five|six|seven|eight|niner?|dash)){3,20}\b"
)


def spelt(doc: Doc) -> Span | None:
    """`capital B, a, r, n, dash, one one`: a row of letters, digits and signs that is no name of anything."""
    if not doc.has_label and not doc.says(*_CORES, *_RADIO_HINTS):
        return None
    for match in islice(doc.finditer(_RADIO), MOST) if doc.says(*_RADIO_HINTS) else ():
        near = doc.text[max(0, match.start() - 60) : match.end() + 50]
        if not _NAMES.search(near) and (doc.has_label or any(each.search(near) for each in (TALK, PLACE, _MEANT))):
            return match.span()
    for start, end in islice(_rows(doc), MOST):
        row = doc.text[start:end]
        letters, figures = len(_LETTER.findall(row)), len(_FIGURE.findall(row))
        modified = _MODIFIED.search(row) is not None
        if letters + figures + len(_SPOKEN.findall(row)) < LEAST:
            continue
        before, near = doc.text[max(0, start - 60) : start], doc.text[max(0, start - 60) : end + 50]
        if _NAMES.search(before) and not doc.has_label:
            continue
        talk = doc.has_label or any(each.search(near) for each in (TALK, PLACE, _MEANT))
        spoken = doc.has_label and figures >= LEAST - 1 and not any(map(str.isdigit, row))
        if letters >= LEAST - 1 and modified and (figures or talk):
            return start, end
        if spoken:
            return start, end
    return None


foreseen.hardly_ever(_RADIO)
