"""Secrets by their place: keys of JSON and XML, query strings, table columns, userinfo, cookies, tokens, one-time codes."""

import re
from collections.abc import Iterator

from broker.credentials.first.finding import Hit
from broker.credentials.first.normalise import Reading
from broker.credentials.first.shape import is_placeholder, trimmed

OWN_HOSTS = ("broker.example",)
_PASSWORD_KEY = re.compile(
    r"(?:^|.*[a-z])?(?:password|passwd|passcode|passphrase|contrasena|credentials?|secretword|secretanswer|securityanswer|clavedeacceso|passwort)\d?$"
    r"|(?:web|portal|smarthub|login|user|site|my|coop|account|online|hub|acceso|app|member)?(?:pw|pwd|pass|psw|pswd|clave|pin|pincode)\d?$"
)
_TOKEN_KEY = re.compile(
    r"(?:access|refresh|auth|session|bearer|id|login|remember|sso|reset|recovery|magic|smarthub|portal|user)?_?(?:token|jwt)$"
    r"|(?:php|j|asp)?sess(?:ion)?_?(?:id|key)?$|sid|connectsid|cookies?|setcookie|authorization|auth|totpsecret|recoverycode|backupcodes?"
)
_CODE_KEY = re.compile(
    r"(?:otp|totp|mfa|2fa|twofactor|sms|verification|onetime|login|signin|security|auth|confirm(?:ation)?|acceso|verificacion)_?(?:code|codigo|pin|number)?$"
)
_NOT_KEYS = frozenset(
    "csrftoken csrfmiddlewaretoken pagetoken nextpagetoken nextpasstoken bypass compass propertypin parcelpin assessorpin idtoken".split()
)
_NO_VALUE = frozenset(
    "true false null none 0 1 yes no never required optional not_used notused never_used off on unused".split()
)


def key_kind(key: str) -> str | None:
    """Say what a key, a field or a column name promises to hold."""
    if len(key) > 60:
        return None
    bare = re.sub(r"[^a-z0-9]", "", key.lower())
    if bare in _NOT_KEYS or bare.endswith(("hint", "reset", "policy", "length", "required")):
        return None
    if _PASSWORD_KEY.fullmatch(bare):
        return "password"
    if _TOKEN_KEY.fullmatch(bare):
        return "session"
    if _CODE_KEY.fullmatch(bare):
        return "code"
    return None


def value_fits(kind: str, value: str) -> bool:
    """Say whether a value in such a place is filled and not a stand-in."""
    text = value.strip()
    if not text or is_placeholder(text) or text.lower() in _NO_VALUE:
        return False
    if kind == "code":
        return re.fullmatch(r"\d[\d -]{2,9}", text) is not None
    if kind == "session":
        return len(text) >= 8 and " " not in text.strip().removeprefix("Bearer ").removeprefix("Basic ")
    return len(text) >= 3 and (len(text) <= 40 and len(text.split()) <= 2)


_JSON_PAIR = re.compile(r"""["']([\w .-]{2,60})["']\s{0,3}[:=]\s{0,3}(?:["']([^"']{1,200})["']|(\d{3,12}))""")
_XML_PAIR = re.compile(r"<([A-Za-z][\w:.-]{1,40})(?:\s[^<>]{0,80})?>\s{0,10}([^<>]{3,200})</")
_XML_ATTRIBUTE = re.compile(r"\s(?:name|key|id)=[\"']([\w.-]{2,40})[\"'][^<>]{0,40}?\svalue=[\"']([^\"']{3,120})[\"']")
_QUERY_PAIR = re.compile(r"(?:^|[?&;#\s])([A-Za-z][\w.\[\]%-]{0,40})=([^&;\s#\"'<>]{2,300})")
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]{1,12}://[^\s/:@?#]{1,80}:([^\s/@]{1,120})@[\w.-]", re.I)
_BEARER = re.compile(
    r"\b(?:bearer|basic|token)\s{1,3}([A-Za-z0-9][\w.~+/=-]{7,2000})|authorization\s{0,2}[:=]\s{0,3}(\S{8,400})", re.I
)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,4000}(?:\.[\w-]{0,4000})?")
_COOKIE = re.compile(
    r"(?:(?:set-)?cookies?\b[^\n=]{0,40}?[: ]\s{0,2}|[;\s])((?:[\w.-]{0,20}(?:sess|sid|auth|token|login|remember)[\w.-]{0,20}))=([^\s;,\"']{6,400})",
    re.I,
)
_OTPAUTH = re.compile(r"otpauth(?:-migration)?://\S{4,300}", re.I)
_RESET_LINK = re.compile(
    r"https?://([\w.-]{3,80})(?::\d{1,5})?/[^\s\"'<>]{0,120}?(?:reset|recover|magic|verify|activate|one-?time|restablec|signin|login)[^\s\"'<>]{0,60}?[/=?]([\w.-]{12,400})",
    re.I,
)


def pair_hits(reading: Reading) -> Iterator[Hit]:
    """Find keys with values: JSON, XML, forms, query strings."""
    for rule, pattern, groups in (
        ("key.json", _JSON_PAIR, (2, 3)),
        ("key.xml", _XML_PAIR, (2,)),
        ("key.xml", _XML_ATTRIBUTE, (2,)),
        ("key.query", _QUERY_PAIR, (2,)),
    ):
        for match in pattern.finditer(reading.plain):
            kind = key_kind(match[1].rpartition("[")[2] if rule == "key.query" else match[1])
            group = next((number for number in groups if match[number]), 0)
            if kind and group and value_fits(kind, match[group]):
                yield Hit(rule, match.start(group), match.end(group), kind)


def address_hits(reading: Reading) -> Iterator[Hit]:
    """Find logins inside addresses, and links that sign somebody in."""
    if "://" not in reading.plain:
        return
    for match in _USERINFO.finditer(reading.plain):
        if not is_placeholder(match[1]):
            yield Hit("url.userinfo", match.start(1), match.end(1), "password")
    for match in _OTPAUTH.finditer(reading.plain):
        yield Hit("url.otpauth", match.start(), match.end(), "code")
    for match in _RESET_LINK.finditer(reading.plain):
        if not match[1].lower().endswith(OWN_HOSTS) and re.search(r"\d", match[2]):
            yield Hit("url.recovery", match.start(2), match.end(2), "link")


def token_hits(reading: Reading) -> Iterator[Hit]:
    """Find cookies, bearer tokens and signed tokens."""
    for match in _JWT.finditer(reading.plain):
        yield Hit("token.jwt", match.start(), match.end(), "session")
    for match in _BEARER.finditer(reading.plain):
        group = 1 if match[1] else 2
        value = match[group]
        if re.search(r"\d", value) and not is_placeholder(value) and _telling(reading, match):
            yield Hit("token.bearer", match.start(group), match.end(group), "session")
    for match in _COOKIE.finditer(reading.plain):
        if not is_placeholder(match[2]) and re.search(r"\d", match[2]) and "csrf" not in match[1].lower():
            yield Hit("token.cookie", match.start(2), match.end(2), "session")


def _telling(reading: Reading, match: re.Match[str]) -> bool:
    if match[0][:5].lower() != "token":
        return True
    return (
        re.search(r"session|access|login|auth|portal|smarthub", reading.low[max(0, match.start() - 40) : match.start()])
        is not None
    )


# --- one-time codes ---------------------------------------------------------------------------------------------------

_CODE_WORD = re.compile(
    r"(?<![a-z])(?:(?:verification|security|log ?in|sign[- ]?(?:in|on)|access|one[- ]?time|confirmation|auth(?:entication|enticator)?|2fa|two[- ](?:factor|step)|texted|sms|backup|recovery)"
    r" (?:code|number|num|pin|digits|key)|one[- ]time (?:code|pin|pass\w*)|otp|authenticator|texted me|text(?:ed)? (?:message|code)|mensaje de texto"
    r"|codigo (?:de |del )?(?:verificacion|acceso|seguridad|ingreso|sms|un solo uso|confirmacion|mensaje|portal|smarthub|texto|entrada)|codigo que (?:me )?(?:llego|mandaron|enviaron)"
    r"|(?:the|my|this|el|mi) (?:code|codigo)(?: (?:is|was|es|they|it|smarthub|que)|:)|code (?:they|it|smarthub|the co-?op) (?:just )?(?:text|sent|e-?mail|gave))(?![a-z])"
)
_NUMBER = re.compile(
    r"(?<![\w.,$#/-])\d{3}[ -]\d{3}(?![\w/-]|\.\d|,\d)|(?<![\w.,$#/-])\d(?:[ -]\d){3,7}(?![\w/-])|(?<![\w.,$#/-])\d{4,8}(?![\w/-]|[.,]\d)"
)
_SPELLED = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|double"
)
_SPELLED_RUN = re.compile(rf"(?<![a-z])(?:(?:{_SPELLED})[ ,-]{{1,2}}){{3,9}}(?:{_SPELLED})(?![a-z])")
_OTHER_NUMBER = re.compile(
    r"(?:acct|account|meter|cuenta|medidor|invoice|factura|zip|naics|area|route|rate|promo|case|caso|order|ticket|tracking|usps|phone|call|street|postal|sic|error|gate|qr|bar|claim|member|poste|lot)"
    r"[ #:.a-z]{0,12}$"
)
_OTHER_CODE = re.compile(
    r"(?:zip|area|naics|rate|promo|error|postal|country|gate|sic|building|fire|dress|bar|qr|color|discount|billing|tariff|status|county|reason|plan)\W{0,3}$"
)
_SIGN_IN = re.compile(
    r"smarthub|sign(?:ing)? ?(?:in|on)|log(?:ging)? ?(?:in|on)|login|portal|website|texted|text message|authenticator|verif|mensaje de texto|acceso|entrar|otp|one-time"
)


def code_hits(reading: Reading) -> Iterator[Hit]:
    """Find one-time codes: a number of four to eight digits, or spelled out, beside words that name such a code."""
    for match in _CODE_WORD.finditer(reading.low):
        if _OTHER_CODE.search(reading.low[max(0, match.start() - 14) : match.start()]):
            continue
        start = max(0, match.start() - 60)
        end = match.end() + 80
        for pattern in (_NUMBER, _SPELLED_RUN):
            for number in pattern.finditer(reading.low, start, end):
                if _is_code(reading, match, number):
                    yield Hit("code.one_time", number.start(), number.end(), "code")


def _is_code(reading: Reading, word: re.Match[str], number: re.Match[str]) -> bool:
    low = reading.low
    before = low[max(start := 0, number.start() - 24) : number.start()]
    between = low[min(word.end(), number.end()) : max(word.start(), number.start())]
    if _OTHER_NUMBER.search(before[start:]) or re.search(r"[.?!]\s|\n\n", between):
        return False
    loose = word[0].startswith(("text", "the ", "my ", "this ", "el ", "mi ", "code ")) and "code" not in word[0][:6]
    if re.fullmatch(r"(?:19|20)\d\d", number[0]) and word.end() + 6 < number.start():
        return False
    if loose and len(re.sub(r"\D", "", number[0])) not in (0, 4, 5, 6, 7, 8):
        return False
    if word[0].startswith("text") or word[0] == "texted me":
        return (
            _SIGN_IN.search(low[max(0, word.start() - 60) : number.end() + 60].replace(word[0], "", 1)) is not None
            or "code" in low[word.start() : number.end() + 30]
        )
    return True


# --- tables -------------------------------------------------------------------------------------------------------------

_CELL_BREAK = re.compile(r"\t|,|;|\|")


def table_hits(reading: Reading) -> Iterator[Hit]:
    """Find a column of secrets with at least one filled cell."""
    offset, header, mark, age = 0, {}, "", 0
    for line in reading.plain.split("\n"):
        if 0 < len(line) <= 4000:
            if header and mark in line:
                yield from _cells(line, offset, header, mark)
            age += 1
            found = _header(line) if len(line) < 600 else None
            if found is not None:
                header, mark = found
        offset += len(line) + 1


def _header(line: str) -> tuple[dict[int, str], str] | None:
    for mark in "\t|,;":
        if mark not in line:
            continue
        names = [cell.strip().strip("\"'") for cell in line.split(mark)]
        if len(names) >= 2 and all(len(name) <= 40 and not name.isdigit() for name in names):
            kinds = {column: kind for column, name in enumerate(names) if (kind := column_kind(name))}
            if kinds:
                return kinds, mark
    return None


def column_kind(name: str) -> str | None:
    """Say what a column holds: its name may have words around the key."""
    words = name.split()
    if not 1 <= len(words) <= 4:
        return None
    return key_kind(name) or key_kind(words[-1]) or (key_kind(words[0]) if len(words) == 2 else None)


def _cells(line: str, offset: int, header: dict[int, str], mark: str) -> Iterator[Hit]:
    at = offset
    for column, cell in enumerate(line.split(mark)):
        kind = header.get(column)
        text = cell.strip().strip("\"'")
        if kind and column_kind(text) is None and value_fits(kind, text):
            yield Hit("table.cell", at, at + len(cell), kind)
        at += len(cell) + 1


def filled(value: str) -> bool:
    """Say whether a value is more than a stand-in."""
    return bool(trimmed(value)) and not is_placeholder(value)
