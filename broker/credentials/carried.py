"""Texts that want a session or open an account in somebody's name: what signs in without a word for it (rules)."""

import re

from broker.credentials.tokens import Doc

Span = tuple[int, int]

LONGEST = 20_000  # characters; a longer text is read around its words by the rules before this one
# "Export your browser cookies and upload them here", "our extension reads your SmartHub session".
_SESSION = re.compile(
    r"(?i)\b(?:export|copy|upload|paste|send|exporte|copie|suba|pegue|mande)\b[^.?!\n]{0,60}?\bcookies?\b"
    r"(?=[^.?!\n]{0,40}\b(?:here|below|us|me|them|aqu[ií]|abajo|s[uú]balas|p[eé]guelas|m[aá]ndelas)\b|[^.?!\n]{0,20}[.!]?\s*$)|"
    r"\b(?:extension|add-?on|plug-?in|extensi[oó]n|complemento)\b[^.?!\n]{0,60}?\b(?:reads?|uses?|takes?|rides?|lee|usa|toma)\b"
    r"[^.?!\n]{0,40}?\b(?:session|signed-in|sign-in|login|sesi[oó]n)\b"
)
# "You can create a SmartHub account for her with SSN 8842": whoever has that number opens it as her.
_OPENED = re.compile(
    r"(?i)\b(?:register|create|open|set up|sign (?:me|her|him|them) up|abra|cree|dele de alta|d[eé]le? de alta)\b"
    r"[^.?!\n]{0,60}?\b(?:smart ?hub|online account|portal|cuenta en l[ií]nea)\b"
    r"[^.?!\n]{0,60}?\b(?:ssn|social|seguro(?: social)?)\b[^.?!\n]{0,20}?\b\d{4}\b"
)
_NO = re.compile(
    r"\bwanted to\b|\basked to\b|\bsin\b|\bjam[aá]s\b|"
    r"\b(?:no|not|never|nobody|none|without|don't|doesn't|won't|nunca|ning[uú]n\w*|nadie)\b"
)
_WORDS = ("cookie", "extens", "add-on", "addon", "plug-in", "plugin", "complemento", "ssn", "social", "seguro")
BEFORE = 60  # characters before a find, in which a denial takes it back


def wanted(doc: Doc) -> Span | None:
    """Give where a text wants a session, or an account opened with what proves who somebody is."""
    if len(doc.text) > LONGEST or not doc.says(*_WORDS):
        return None
    for pattern in (_SESSION, _OPENED):
        for match in doc.finditer(pattern):
            if _NO.search(doc.lower, max(0, match.start() - BEFORE), match.end()) is None:
                return match.span()
    return None
