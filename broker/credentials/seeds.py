"""Seeds of authenticators and tokens that people tell in sentences, by what they call them (rules)."""

import re

from broker.credentials import foreseen
from broker.credentials.naming import Sort, read
from broker.credentials.spare import is_of_portal
from broker.credentials.tokens import Doc

Span = tuple[int, int]

MOST = 20_000  # characters of a text that is read so
LEAST = 8  # signs of a token
_SEED = re.compile(
    r"(?i:authenticat\w{0,4}|autenticador|totp|\b2fa\b|\bmfa\b|2-step|two-step|dos pasos|(?:set-?up|manual) key|"
    r"clave manual)[^\n]{0,60}?\b((?=[A-Z2-7 -]{0,40}[2-7])[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){2,7})\b"
)
_TOLD = re.compile(
    r"(?i)\b(?:api[ _-]?key|bearer|token|jwt|session (?:id|key|cookie))\b[^\n:]{0,50}:[ \"']{0,3}"
    r"((?=[\w.-]{0,40}\d)(?=[\w.-]{0,40}[a-z])[a-z][a-z\d]{1,8}(?:[_.-][\w-]{2,40}){1,6})(?![\w:/@])"
)
_GLUED = re.compile(r"(?<![\w&?./-])([A-Za-z][\w.-]{2,30})=([\w.~+/=-]{8,200})(?![\w@])")


def kept(doc: Doc) -> Span | None:
    """A seed or a token in a sentence that says what they are."""
    if len(doc.text) > MOST:
        return None
    if doc.says("auth", "autent", "totp", "2fa", "mfa", "step", "pasos", " key", "manual") and (
        found := doc.search(_SEED)
    ):
        return found.span(1)
    if doc.says("api", "bearer", "token", "jwt", "session") and (found := doc.search(_TOLD)):
        long = sum(map(str.isdigit, found[1])) > 1 and len(found[1]) >= LEAST
        if long and is_of_portal(doc):
            return found.span(1)
    return _glued(doc)


def _glued(doc: Doc) -> Span | None:
    """`sh_ses=5f00ac81`: a name that a program gives a session, with its value behind the sign."""
    if "=" not in doc.text or not doc.says("ses", "tok", "auth", "jwt", "ticket", "bearer"):
        return None
    for match in doc.finditer(_GLUED):
        value = match[2]
        if any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and read(match[1]) is Sort.TOKEN:
            return match.span(2)
    return None


foreseen.hardly_ever(_SEED)
