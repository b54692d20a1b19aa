"""What recovers an account: an address that renews a login, a mail for it that goes to another (rules)."""

import re

from broker.credentials import foreseen, machine
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_ADDRESS = re.compile(
    r"(?i)(?<![\w@./-])(?:https?://)?([a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,4})(/[^\s\"'<>()]{3,300})"
)
_RENEWS = re.compile(
    r"(?i)[/?&#](?:rst|rp|ml|pw|pwd|reset|pw-?reset|password-?reset|reset-?pw|recover|verify|activate|activation|"
    r"enroll|claim|magic|magic-?link|set-?pass\w*|otl|p/new|one-?time|once|restablecer|recuperar|"
    r"activar|new-?pass\w*|nueva-?clave|signin-?link|confirm-?login|unlock)(?=[/?#=])"
)
_RENEWAL = re.compile(
    r"(?i)\b(?:reset|recovery|activation|magic|forgot|new (?:word|password|pass|sign-?on|one)|restablec\w+|m[aá]gica|"
    r"cambio de (?:clave|contrase[nñ]a)|activaci[oó]n|recuperaci[oó]n|without (?:a )?pass\w*|"
    r"sin clave|sign-?in link|link to (?:sign|log|get) (?:me |you |him |her )?in|"
    r"one-?time link|set a (?:new )?password|invitation link|liga (?:para|de) entrar)\b"
)
# Of one of these something stands in each address or near it.
_RENEWING = (
    "rst", "/rp", "/ml", "pw", "reset", "recover", "verify", "activa", "enroll", "claim", "magic", "set-pass",
    "setpass", "/otl", "p/new", "one-time", "one time", "onetime", "restablec", "recuper", "new-pass", "newpass",
    "nueva-clave", "link", "confirm-log", "confirmlog", "unlock", "forgot", "new ", "mágica", "magica", "cambio de",
    "without", "sin clave", "set a", "liga ", "once=",
)  # fmt: skip
_PIECES = re.compile(r"[/?#=&;]+")
_TOKEN = re.compile(r"(?=[\w.~-]*\d)(?=[\w.~-]*[a-z-])[\w.~-]{5,200}", re.IGNORECASE)
_PLAIN_PIECE = re.compile(
    r"(?i)(?:19|20)\d\d-\d\d(?:-\d\d)?|\d{1,4}-\w{1,6}\.\w{2,4}|.*\.(?:html?|pdf|php|aspx|jpg|png|csv)|"
    r"v\d{1,4}(?:\.\d{1,4}){0,3}|form-?\d+|[a-z]+-?\d{1,2}|loa-\d+|case-\d+|letter-\d+"
)
_MAILED = re.compile(
    r"(?i)\b(?:hit|clicked|pressed|used|tapped) (?:on )?[\"']?forgot(?: my| your)? pass ?word\b[^\n]{0,60}\b(?:sent|"
    r"mailed|goes|go|come)\b[^\n]{0,20}\b(?:to (?:you|your)|[^\s@]{1,40}@broker)|"
    r"\b(?:put|set|changed?|switched|made|swapped) (?:your e-?mail (?:on|in|for|as) my (?:smart ?hub|portal|log-?in|"
    r"account)|(?:the |my )(?:recovery |reset |log-?in |smart ?hub )?(?:e-?mail|address|mail) (?:on|in|for|of) "
    r"(?:my |the )?(?:smart ?hub|portal|log-?in)[^.\n]{0,30} to yours?)\b|"
    r"\b(?:reset|recovery) (?:mail|e-?mail|link|text|message)s? (?:for (?:his|her|their|the) (?:\w+ )?)?(?:now )?"
    r"(?:comes?|goes|lands?) to our\b|"
    r"\bhad the (?:reset|recovery|sign-?in|activation) (?:mail|link|e-?mail|text) sent to (?:you|your|[^\s@]{1,40}@)"
)


def recovers(doc: Doc) -> Span | None:
    """`ozarkborder.smarthub.coop/rst/L-0093`, a reset mail that goes to us."""
    if doc.says("forgot", "had the", "your e-mail", "your email", " to your", " to our") and (
        found := doc.search(_MAILED)
    ):
        return found.span()
    if "/" not in doc.text or not doc.says(*_RENEWING):
        return None
    for match in doc.finditer(_ADDRESS):
        host, path = match[1], match[2]
        if (
            host in machine.OWN_HOSTS
            or host.endswith(".broker.example")
            or not any(map(str.isalpha, host.rpartition(".")[2]))
        ):
            continue
        renews = _RENEWS.search(path)
        start, end = match.start() - 110, match.start()
        if renews is None and not doc.near(_RENEWAL, max(0, start), end + 1):
            continue
        tail = path[renews.end() :] if renews is not None else path
        for piece in _PIECES.split(tail.rstrip(".,;:!)")):
            if _TOKEN.fullmatch(piece) and not _PLAIN_PIECE.fullmatch(piece):
                return match.span(2)
    return None


foreseen.hardly_ever(_MAILED)
