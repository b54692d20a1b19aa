"""Names of secrets of more than one word (rules)."""

import re

from broker.credentials.shape import Level, level
from broker.credentials.tokens import Doc
from broker.credentials.value import stated

Span = tuple[int, int]

_NAME = re.compile(
    r"(?i)\b(?:pass[ -](?:word|phrase)|(?:secret|security) answer|respuesta (?:secreta|de seguridad)|(?:secret|"
    r"magic|access|log-?in|sign[ -]?[io]n) ?-?(?:word|phrase|key)|palabra (?:secreta|clave|de acceso)|"
    r"(?:c[oó]digo|clave|frase) (?:de acceso|secret[ao]|de entrada)|(?:security|access|entry|log-?in) (?:phrase|"
    r"word)|log-?in secret|secreto)\b"
)
_BEHIND = re.compile(
    r"(?:[ \t]+(?:is|es|was|for \w+(?: \w+)? is))?[ \t]*(?P<sign>[:=|]|->|=>|-{1,2}(?=\s)|\b(?<=is)|"
    r"(?<=es))?[ \t\"']*(?P<line>\n[\s>]*)?"
)


_INITIALS = re.compile(
    r"(?i)(?<![\w@])(?:u|un|id|uid|usr|user|username|login|e-?mail|usuario)\s?[:=]\s*(\S{3,64})[\s,;/|&]{1,6}"
    r"(?:p|ps|key|clave|code|secret|c)\s?[:=]\s*(\S{3,64})"
)


def initials(doc: Doc) -> Span | None:
    """`u: rob77 p: kettle`: short labels that say what they are only together."""
    for match in _INITIALS.finditer(doc.text):
        value = stated(match[2])
        if value is not None and (level(value) >= Level.NAME or value.isalpha()):
            return match.span(2)
    return None


def named(doc: Doc) -> Span | None:
    """`secret word: x`, `palabra clave es x`."""
    if not doc.says("word", "key", "phrase", "palabra", "respuesta", "answer", "secret", "clave", "frase", "digo de"):
        return None
    for match in _NAME.finditer(doc.text):
        behind = _BEHIND.match(doc.text, match.end())
        if behind is None:
            continue
        rest = doc.text[behind.end() : behind.end() + 160]
        value = stated(rest.split("\n")[0])
        if value is None:
            continue
        said = behind["sign"] is not None or behind[0].strip() in ("is", "es", "was")
        if level(value) >= Level.NAME or (said and level(value) >= Level.PLAIN):
            start = doc.text.find(value, behind.end())
            return start, start + len(value)
    return None
