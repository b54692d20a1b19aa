"""Secrets that programs make: tokens, cookies, logins in URLs, recovery links (rules)."""

import re

from broker.credentials import foreseen
from broker.credentials.tokens import Doc

Span = tuple[int, int]
OWN_HOSTS = ("broker.example", "localhost", "127.0.0.1")

_USERINFO = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,12}://([^\s/:@?#]{1,64}):([^\s/@?#]{1,64})@[\w.-]+")
_BEHIND_SCHEME = re.compile(r"://[^\s/@?#]+@")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
_BEARER = re.compile(
    r"(?i)\b(?:authorization\s*[:=]\s*[\"']?)?\b(?:bearer|basic|token)\s+([A-Za-z0-9._~+/-]{12,}=*)|"
    r"\bauthorization\s*[:=]\s*[\"']?(?!bearer\b|basic\b|of\b)(\S{12,})"
)
_COOKIE_NAME = (
    r"(?:[\w.-]{0,24}(?:sess(?:ion)?[_-]?(?:id|key|token)?|sid)|jsessionid|phpsessid|asp\.net_sessionid|"
    r"[\w-]{0,16}(?:auth|access|refresh|id|csrf|login|remember|bearer|session)[_-]?(?:token|ticket|cookie|key)|"
    r"remember_me|"
    r"(?:api|secret|private)[_-]?key|connect\.sid|\.aspxauth|client[_-]?secret)"
)
_COOKIE = re.compile(
    rf"(?i)(?<![\w.])({_COOKIE_NAME})[\"']?\s{{0,3}}(?:=|:|->)\s{{0,3}}[\"']?([^\s\"';,&}}]{{8,4000}})"
)
_COOKIE_HEADER = re.compile(r"(?i)\b(?:set-)?cookies?\b[^=\n]{0,60}?[:\s]\s*([\w.-]{2,40}=([^\s\"';,]{8,}))")
_SPOKEN = re.compile(
    r"(?i)\b(?:session|access|auth|authentication|refresh|bearer|login|sesi[oó]n|acceso)[ _-]?(?:id|cookie|token|"
    r"key|key value)\b"
    r"[^\n.]{0,30}?[\s:=\"']([A-Za-z0-9._~+/=-]{10,})"
)
_OTPAUTH = re.compile(r"(?i)\botpauth(?:-migration)?://\S+|\bsecret(?:=|: ?| )([A-Z2-7]{16,})\b")
_SEED = re.compile(
    r"(?i:authenticat\w+|set-?up key|totp|2fa|mfa|2-step|"
    r"two-step)[^\n]{0,60}?\b((?:(?=[A-Z2-7 ]{0,40}[2-7])[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,7})|[A-Z2-7]{16,32}|"
    r"(?=[a-z]*[2-7])[a-z2-7]{16,32}|(?=[a-z2-7 ]{0,40}[2-7])[a-z2-7]{4}(?: [a-z2-7]{4}){3,7})\b"
)
_LINK = re.compile(r"(?i)\bhttps?://([\w.-]{1,200})(?::\d{1,5})?([/?#][^\s<>\"']{1,2000})")
_RECOVERS = re.compile(
    r"(?i)reset|recover|magic|pwreset|set-?pw|set-?pass|password|invite|accept-?inv|one-?click|otl\b|signup|"
    r"forgot|passwordless|one-?time|activat|verify|unlock|log-?in|sign-?in|sso|auth|"
    r"session|access|"
    r"restablecer|recuperar"
)
_LINK_TALK = re.compile(
    r"(?i)\b(?:one-?click|magic|sign[ -]?in|log[ -]?in|reset|recovery|password|passwordless|activation|"
    r"one-?time) (?:link|url|address)|click (?:here )?to (?:sign|log) in|"
    r"no password (?:needed|required)|link (?:they|smart ?hub|the (?:co-?op|portal)) (?:e-?mailed|sent|mailed|"
    r"texted)|logs? (?:you|me) (?:right |straight )?in|enlace (?:para|de)"
)
_ANYTHING = re.compile("")
_PIECE = re.compile(r"[/?#=&;]+")
_SPACED = re.compile(
    r"(?i)\b(?:jsessionid|phpsessid|asp\.net_sessionid|sessionid|connect\.sid|"
    r"x-auth-token)\s+([\w.%-]{12,})"
)


def userinfo(doc: Doc) -> Span | None:
    """A user name and password inside a URL."""
    if "://" not in doc.text or doc.search(_BEHIND_SCHEME) is None:
        return None
    for match in doc.finditer(_USERINFO):
        if match[2].strip("*xX") and not match[2].startswith(("<", "[", "{")):
            return match.span(2)
    return None


def bearer(doc: Doc) -> Span | None:
    """Bearer and basic headers, and JSON web tokens."""
    if "eyJ" in doc.text and (match := doc.search(_JWT)):
        return match.span()
    if doc.says("bearer", "basic", "authoriz", "token"):
        for match in doc.finditer(_BEARER):
            group = 1 if match[1] else 2
            if _made(doc.said(match, group)):
                return match.span(group)
    return None


def cookie(doc: Doc) -> Span | None:
    """Session cookies and tokens by the names that programs give them."""
    if not doc.says("sess", "sid", "token", "cookie", "auth", "key", "secret", "remember", "sesi"):
        return None
    for pattern, group in ((_COOKIE, 2), (_COOKIE_HEADER, 2), (_SPOKEN, 1), (_SPACED, 1)):
        for match in doc.finditer(pattern):
            if _made(doc.said(match, group)):
                return match.span(group)
    return None


def _made(value: str) -> bool:
    """Say whether a value looks made by a program: long, with digits and letters."""
    if value.startswith(("http", "<", "[", "{", "*")):
        return False
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    mixed = value != value.lower() and value != value.upper() and not value.istitle()
    return (letters >= 1 and digits >= 1 and len(value) >= 8 and not _DATE.match(value)) or (
        len(value) >= 20 and (mixed or digits >= 16)
    )


_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d+(?:m|s|h|d|min|days?)$")


_QUERY = re.compile(
    r"(?i)[?&](?:token|key|auth|sid|ticket|jwt|session|access|code|samlresponse|id_token|assertion)="
    r"([\w.~%+/-]{16,})"
)


_SHORT_QUERY = re.compile(r"(?i)[?&](?:t|tk|k|c|h|s|id|otl|n|token|key|code|magic|link)=([\w.~%-]{12,})")


def in_query(doc: Doc) -> Span | None:
    """A token as a parameter of an address that was opened here: ours never travel so."""
    if doc.inlet != "url_param":
        return None
    found = doc.search(_QUERY) or (doc.search(_RECOVERS) and doc.search(_SHORT_QUERY))
    return found.span(1) if found and _made(doc.said(found, 1)) else None


def otpauth(doc: Doc) -> Span | None:
    """The seed of an authenticator."""
    if not doc.says("otpauth", "secret", "authenticat", "setup key", "set-up key", "totp", "2fa", "-step"):
        return None
    match = doc.search(_OTPAUTH) or doc.search(_SEED)
    return match.span() if match else None


_WORDLIKE = re.compile(r"(?<![a-zA-Z0-9])(?:[A-Z]?[a-z]{3,}|[A-Z]{3,}|\d+)(?![a-zA-Z0-9])")


def _grant(piece: str) -> bool:
    """Say whether a piece of a path is a token and not a title: `a1b2c3…`, not `360058-What-is-released`."""
    if piece.startswith(("http", "%2F")) or not _made(piece):
        return False
    digits = sum(map(str.isdigit, piece))
    return digits >= 2 and len(_WORDLIKE.sub("", piece)) >= 8


# What a portal calls the page of a new password, and a short grant behind it.
_RENEWS = re.compile(
    r"(?i)(?:https?://)?(?:([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})|(?<![\w/.]))/(?:[\w#!.-]{1,40}/){0,3}"
    r"(?:(reset\w*|recover\w*|forgot\w*|olvid\w+|set-?p(?:w|ass)\w*|new-?p(?:w|ass)\w*|pw-?reset|otl|restablec\w+|"
    r"recuper\w+)|magic\w*|one-?time|confirm\w*|register/confirm|activat\w*|nuev[oa]|rc|unlock\w*|invite\w*)"
    r"(?:/[a-z]{2,12})?[/?#](?:[\w-]{1,12}=)?((?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{5,80})(?![\w.])"
)
# One of these stands in each of them.
_RENEWING = (
    "reset", "recover", "forgot", "olvid", "set-p", "setp", "new-p", "newp", "otl", "restablec", "recuper", "magic",
    "onetime", "one-time", "confirm", "activat", "nuev", "/rc", "unlock", "invite",
)  # fmt: skip
_PORTALS = re.compile(r"(?i)smart-?hub|portal|co-?op\b|electric|energy|power|utilit")
_TITLE = re.compile(r"[A-Za-z]+[-_]?\d+|\d+[-_][A-Za-z-]+|\d{4}-\d\d(?:-\d\d)?\w*|[A-Za-z]{3,}[-_][A-Za-z-]{3,}\w*")


def renewal(doc: Doc) -> Span | None:
    """A link to the page of a new password with a short grant behind it, with or without its scheme."""
    if "/" not in doc.text or not doc.says(*_RENEWING):
        return None
    for match in doc.finditer(_RENEWS):
        host = (match[1] or "").lower()
        if host in OWN_HOSTS or host.endswith(".broker.example") or _TITLE.fullmatch(doc.said(match, 3)):
            continue
        if match[2] is None and not _PORTALS.search(host):
            continue  # other sites confirm and invite as well
        if match[1] is None and doc.inlet != "url_param":
            continue
        return match.span(3)
    return None


def recovery(doc: Doc) -> Span | None:
    """A link that lets its holder in; our own links are ours."""
    if (found := renewal(doc)) is not None:
        return found
    if "://" not in doc.text:
        return None
    for match in doc.finditer(_LINK):
        host, path = match[1].lower(), doc.said(match, 2)
        if host in OWN_HOSTS or host.endswith(".broker.example"):
            continue
        says = _RECOVERS.search(path)
        if says is None and _LINK_TALK.search(doc.text, max(0, match.start() - 120), match.start()):
            says = _ANYTHING.match(path)
        if says is None:
            continue
        pieces = [piece for piece in _PIECE.split(path[says.end() :]) if len(piece) >= 8]
        if any(_grant(piece) for piece in pieces):
            return match.span(2)
    return None


foreseen.hardly_ever(_COOKIE, _COOKIE_HEADER, _SPOKEN, _SPACED, _BEARER, _RENEWS, _OTPAUTH, _SEED, _BEHIND_SCHEME)
