"""Spare codes, which recover an account: groups of signs behind what such codes are called (rules)."""

import re

from broker.credentials import foreseen
from broker.credentials.tokens import Doc

Span = tuple[int, int]

MOST = 20_000  # characters of a text that is read so
BESIDE = 70  # characters on one line between the name and a code that needs nothing else said
FIGURES = 120  # characters between the name and groups of figures, where a portal is spoken of
BEHIND = 200  # the same for groups of capitals and figures, as a portal prints them
LEAST_FIGURES = 6  # of a code of figures alone
MOST_FIGURES = 16
_KEPT_FOR = r"recovery|back-?up|rescue|respaldo|rescate|recuperaci[oó]n"  # a spare key opens a door
_NAMED = re.compile(
    rf"(?i)\b(?:(?:{_KEPT_FOR})[ -]?(?:codes?|keys?|phrase|c[oó]digos?)|(?:emergency|spare)[ -]?codes?|"
    rf"(?:c[oó]digos?|claves?) de (?:{_KEPT_FOR}|emergencia))\b"
)
_GROUPS = re.compile(r"(?<![\w-])(?=[a-zA-Z-]{0,40}\d)[a-zA-Z\d]{2,6}(?:-[a-zA-Z\d]{1,6}){1,7}(?![\w-])")
_PRINTED = re.compile(r"(?=[\d-]{0,40}[A-Z])[A-Z\d]{4,6}(?:-[A-Z\d]{4,6}){1,5}")
_DATE = re.compile(r"\d{4}-\d\d|\d+\Z")
_ACCESS = re.compile(
    r"(?i)smart-?hub|\bobec\b|portal|\bhub\b|co-?op\b|e-?bill|2-?step|two-?step|2fa|mfa|authenticat|autenticador|sign|log|"
    r"member (?:page|site)|la luz"
)


def codes(doc: Doc) -> Span | None:
    """`recovery key: RK-7H2Q-90LM-4TZ1`, `códigos de respaldo del portal: 90-118-7`."""
    if len(doc.text) > MOST or not doc.says("code", "key", "phrase", "digo", "clave"):
        return None
    for name in doc.finditer(_NAMED):
        for groups in _GROUPS.finditer(doc.text, name.end(), name.end() + BEHIND):
            if _is_one(doc, name.end(), groups):
                return groups.span()
    return None


def _is_one(doc: Doc, behind: int, groups: re.Match[str]) -> bool:
    parts = groups[0].split("-")
    apart = groups.start() - behind
    close = apart <= BESIDE and "\n" not in doc.text[behind : groups.start()]
    if close and min(map(len, parts)) > 3:
        return True
    if groups[0].replace("-", "").isdigit():
        figures = sum(map(len, parts))
        told = LEAST_FIGURES <= figures <= MOST_FIGURES and apart <= FIGURES
        return told and not _DATE.match(groups[0]) and is_of_portal(doc)
    if close and len(parts) > 2 and min(map(len, parts[1:])) > 2:
        return True
    # In a letter of ours such a code is one that we made.
    return doc.inlet != "outbound_email" and _PRINTED.fullmatch(groups[0]) is not None and is_of_portal(doc)


def is_of_portal(doc: Doc) -> bool:
    """Say whether a portal or a second step is spoken of."""
    return doc.search(_ACCESS) is not None


foreseen.hardly_ever(_NAMED)
