"""The gate's engine (first cut): finds portal credentials in text, and never repeats them."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was found and where; never the secret itself."""

    rule: str
    start: int
    end: int
    kind: str


_LABEL = re.compile(r"(?i)\b(?:password|passcode|passwd|pwd|pw|contraseña)\b[\"']?\s*(?:[:=]|is\b|es\b)\s*[\"']?([^\s\"',}]{4,})")


def scan(text: str, inlet: str) -> Finding | None:  # noqa: ARG001
    """Say whether the text shares a portal login."""
    found = _LABEL.search(text)
    return Finding("label.value", *found.span(1), "password") if found else None
