"""Names of secrets of more than one word (rules)."""

import re

from broker.credentials.shape import Level, level
from broker.credentials.tokens import Doc
from broker.credentials.value import stated

Span = tuple[int, int]

_NAME = re.compile(
    r"(?i)\b(?:(?:secret|magic|pass|access|log-?in|sign[ -]?[io]n) ?-?(?:word|phrase|key)|palabra (?:secreta|clave|de acceso)|"
    r"(?:c[oó]digo|clave|frase) (?:de acceso|secret[ao]|de entrada)|(?:security|access|entry|log-?in) (?:phrase|word)|log-?in secret|secreto)\b"
)
_BEHIND = re.compile(
    r"(?:[ \t]+(?:is|es|was|for \w+(?: \w+)? is))?[ \t]*(?P<sign>[:=|]|->|=>|-{1,2}(?=\s)|\b(?<=is)|(?<=es))?[ \t\"']*(?P<line>\n[\s>]*)?"
)


def named(doc: Doc) -> Span | None:
    """`secret word: x`, `palabra clave es x`."""
    for match in _NAME.finditer(doc.text):
        behind = _BEHIND.match(doc.text, match.end())
        if behind is None:
            continue
        rest = doc.text[behind.end() : behind.end() + 160]
        value = stated(rest.split("\n")[0])
        if value is None:
            continue
        said = behind["sign"] is not None or behind[0].strip() in ("is", "es", "was")
        if level(value) >= Level.NAME or said and level(value) >= Level.PLAIN:
            start = doc.text.find(value, behind.end())
            return start, start + len(value)
    return None
