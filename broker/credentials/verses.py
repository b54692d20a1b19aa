"""Secrets that are a whole sentence, and codes for a portal that are no number (rules)."""

import re

from broker.credentials import foreseen, words
from broker.credentials.labels import fold
from broker.credentials.shape import Level, core, is_mask, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_NAME = (
    r"(?:pass[ _-]?(?:phrase|sentence)|(?:sign|log)[ -]?[io]n (?:sentence|phrase)|(?:secret|security) (?:sentence|"
    r"phrase)|"
    r"frase (?:de (?:paso|acceso|entrada|seguridad)|clave|secreta)|contrase[nñ]a)"
)
_STATED = re.compile(
    rf"(?i)\b{_NAME}\b[\"']?(?P<far>(?: (?:for|on|to|de|en|para|del|i|we|he|she|they|he|she|the|that|my|our|la|el|"
    rf"gave|use|"
    r"used|said|website|site|portal|smarthub|co-?op|electric|luz|now|just)){0,6})\s?(?P<sign>:|=|->|\bis\b|\bes\b|"
    r"\bwas\b)"
    r"\s?[\"'“]?(?P<value>[^\W\d_][\w'’]*(?:,? [\w'’]+){1,8})"
)
_BARE = re.compile(
    r"(?i)\b(?:member'?s?|customer'?s?|her|his|my|our|their|mi|su)? ?(?:pass ?phrase|pass ?sentence) "
    r"(?P<value>[^\W\d_]+(?: [^\W\d_]+){2,7})(?=[.,;!\n]|$)"
)
_NOT_FIRST = words.listed(
    """not never no nor too required requires wrong on in at for to what none being now still case longer shown asked
    only something
    anything private kept safe stored changed expired mine yours ours the a an when where how if it that which
    because same like missing blank optional required must should will can may never de no nunca muy que la el en lo una
    un para por donde cuando si igual misma mal incorrecta obligatoria necesaria secreta mia suya nuestra demasiado
    set reset used needed forgotten lost hidden sealed and or but with about over under said really always why who"""
)
_DENIED = re.compile(r"(?i)\b(?:never|don'?t|do not|won'?t|no longer|nunca|cannot|can'?t|forgot|olvid\w+|not)\b")
_CODE = re.compile(
    r"(?i)\b(?:access|log-?in|sign-?[io]n|portal|web ?site|web|entry|security|member|smart ?hub|hub|"
    r"online) (?:access )?"
    r"(?:codes?|key|word|id code)\b[^\n.:=]{0,24}?(?::|=|->|\bis\b|\bes\b)\s?[\"']?(\S{5,40})"
)


def recited(doc: Doc) -> Span | None:
    """`pass phrase: grandpa forgot his hat again`, `Portal access code: Wagonwheel#6`."""
    if doc.says("phrase", "sentence", "frase", "contrase"):
        for match in doc.finditer(_STATED):
            parts = [fold(part.strip(",")) for part in match["value"].split()]
            least = 2 if match["sign"] in (":", "=", "->") else 3
            phrase = "phrase" in match[0].lower() or "sentence" in match[0].lower() or "frase" in match[0].lower()
            if parts[0] in _NOT_FIRST and not (phrase and match["sign"] in (":", "=")):
                continue
            if len(parts) <= least or not phrase or _refused(doc, match):
                continue
            return match.span("value")
        for match in doc.finditer(_BARE):
            parts = [fold(part) for part in match["value"].split()]
            if words.STOP.isdisjoint(parts[:2]) and _NOT_FIRST.isdisjoint(parts[:1]) and not _refused(doc, match):
                return match.span("value")
    if doc.says("code", "key", "word"):
        for match in doc.finditer(_CODE):
            if level(core(doc.said(match, 1))) >= Level.LIKELY and not is_mask(match[1]) and not _refused(doc, match):
                return match.span(1)
    return None


def _refused(doc: Doc, match: re.Match[str]) -> bool:
    before = doc.text[max(0, match.start() - 40) : match.start()].rpartition("\n")[2].rpartition(".")[2]
    held = match[0].lower().split()
    return _DENIED.search(before) is not None or any(word.strip("[]()<>") in words.REDACTED for word in held)


foreseen.hardly_ever(_STATED, _BARE, _CODE)
