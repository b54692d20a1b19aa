"""PINs and one-time codes: digits that sign somebody in (rules)."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from broker.credentials import foreseen, words
from broker.credentials.naming import parts
from broker.credentials.tables import MAX_ROW, cells
from broker.credentials.tokens import PAGES, Doc
from broker.credentials.views import lines_around, places

Span = tuple[int, int]

# What stands before it is asked behind its first sign: signs that could be the first one are few.
_DIGITS = re.compile(
    r"([\dA-Z](?<![\w.$#/,-].)(?<!\d\) .)(?:(?<=\d)(?:\d{3,7}|\d\d[ -]\d{3,4}|\d(?:[ -]\d{2}){2,3})|"
    r"(?<=[A-Z])[A-Z]?-\d{5,7}))(?![\w/%-]|[.,]\d)"
)
_KIND = re.compile(
    r"(?i)\b(?:one[ -]?time|single[ -]?use|verification|verify|authenticat|authoriz\w+ code|2fa|mfa|two[ -](?:factor|"
    r"step)|"
    r"log-?in|sign(?:ing)?[ -]?(?:in|on)|log[ -]?on|pass ?code|access|security|texted|text(?:s| message| came)|sms|"
    r"otp|verificaci[oó]n|un solo uso|seguridad|mensaje|acceso|app\b|reset|recovery|confirmation|smarthub|portal|"
    r"they sent|"
    r"asks? for (?:the|a|its)|text from|me lleg[oó]|mandaron|enviaron)"
)
_NAME = re.compile(r"(?i)\b(?:code|codes|c[oó]digo|passcode|otp|pin|nip|number|n[uú]mero|token|digits)\b")
_OTP = re.compile(
    r"(?i)\b(?:otp|2fa|mfa|passcode|authenticator|verification(?=\W{1,5}\d{4,8}\b)|clave (?:temporal|"
    r"din[aá]mica|de un solo uso)|temporary (?:code|pin|pass ?code)|texted (?:me |us |"
    r"over )?(?=\d{6}\b)|"
    r"text(?: message)? from (?:smart ?hub|the (?:portal|app|website|"
    r"co-?op))|one[ -]?time (?:code|pass\w*|pin)|(?:verification|authentication|authenticator|log-?in|"
    r"sign[ -]?[io]n|security|access|texted|recovery|reset) codes?|c[oó]digo de (?:verificaci[oó]n|acceso|"
    r"seguridad|un solo uso)|(?:sign|log)[ -]?[io]n (?:number|pin|code)|"
    r"(?:the|my|this|your|her|his|el|mi|su|tu) (?:codes?|c[oó]digo)(?=\W{1,3}(?:(?:is|was|es|era|says|reads|"
    r"called)\W{1,3})?\d{4}))\b"
)
_NOT = re.compile(
    r"(?i)\b(?:zip|naics|sic|area|postal|rate|error|promo|bar|qr|dress|building|fire|country|state|county|zone|"
    r"reason|billing|revenue|tax|cost|gl|job|drop|oak|assessor|parcel|property|bowling|rolling|gate|irs|"
    r"gallons?|kwh|kw|meter|account|acct|invoice|bushels?|head|acres?|dollars|balance|amount|cuenta|medidor|"
    r"factura|"
    r"c[oó]digo postal|clothing|source|electrical?|nec|part|sku|case|page)\b"
)
_LONGEST = 20  # characters of what it matches
_NOT_OWN = re.compile(_NOT.pattern.replace("account|acct|", "").replace("cuenta|", ""))  # "the PIN of my account is"
_PIN = re.compile(r"\b(?:PIN|pin|Pin|NIP|nip)s?\b")
_PIN_NOT = re.compile(
    r"(?i)\b(?:assessor|parcel|property|drop|oak|bowling|rolling|safety|hitch|cotter|map|tax|county|index|clevis|"
    r"survey|corner|pull|lapel|hair|rolling|locator|location|dropped|map|postal|area|debit|credit|cajero|"
    r"(?<=pin )verified|auth(?:orization)? code)\b"
)


SHORT = 160  # characters of a text that is about one thing
BEFORE, BEHIND = 60, 90  # characters, within which talk of a code is about a number that stands before or behind it
_IS = re.compile(r"(?i)\b(?:is|es|as|como)\b")


_PIN_DIGITS = re.compile(r"(?<![\w.$/,-])#?(\d{4,8})(?![\w/%-]|[.,]\d)")


def pin(doc: Doc) -> Span | None:
    """`PIN 7304`, `the PIN on my app: 7304`."""
    if not doc.says("pin", "nip"):
        return None
    for match in doc.finditer(_PIN):
        start, end = doc.paragraph(match.start() - 30, match.end() + 80, match.start())
        if doc.near(_PIN_NOT, start, match.start()):
            continue
        number = _PIN_DIGITS.search(doc.text, match.end(), end)
        if (
            number
            and not _APART.match(doc.text, match.end())
            and not doc.near(_PIN_NOT, match.end(), number.start())
            and not doc.near(_NOT_OWN, match.end(), number.start())
            and not (_year(number[1]) and _SINCE.search(doc.text, match.end(), number.start()))
            and not (len(number[1]) == 5 and _POSTAL.match(doc.text, match.end()))
        ):
            return number.span(1)
        number = _DIGITS.search(doc.text, start, match.start())
        if number and _IS.search(doc.text, number.end(), match.start()):
            return number.span(1)
    return None


_SINCE = re.compile(r"(?i)\b(?:in|since|from|en|desde|de) $")
_POSTAL = re.compile(r"(?i)[ _-]?code\b")  # five digits: where a letter goes
_APART = re.compile(r" {2,}[A-Za-z]")  # the next cell of a printed line
_DIGIT_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|"
    r"nueve|\d)"
)
_FIGURES = re.compile(rf"(?i)\b{_DIGIT_WORD}\b")
_PUT = re.compile(r"(?i)\b(?:asks?|prompts?|enter|type|put|punch|key in|ponga|teclee)\b")
_SAID = re.compile(
    rf"(?i)\b(?:(?:double|triple|doble) )?{_DIGIT_WORD}(?:[\s,.-]{{1,3}}(?:(?:then|dash|guion|and|y|double|triple|"
    rf"doble) ){{0,2}}"
    rf"{_DIGIT_WORD}){{3,9}}\b"
)
_ARRIVED = re.compile(
    r"(?i)\b(?:text|texted|sms|message|mensaje|mensajito|(?:six |four |sign-?[io]n |the )?numbers? (?:are|is|reads?|"
    r"was)|n[uú]meros? (?:son|es)|"
    r"d[ií]gitos (?:son|es)|dice|log-?in number|apur\w+|quick|before it)\b"
)


def said(doc: Doc) -> Span | None:
    """Digits in words, beside talk of a code that signs in."""
    if not doc.says(
        "code",
        "pin",
        "nip",
        "otp",
        "digo",
        "clave",
        "password",
        "number",
        "asks",
        "enter",
        "type",
        "put",
        "punch",
        "ponga",
        "text",
        "mensaj",
        "dice",
        "mero",
    ):
        return None
    for match in doc.finditer(_SAID):
        if not any(char.isalpha() for char in match[0]):
            continue
        start, end = doc.paragraph(match.start() - 70, match.end() + 40, match.start())
        if (
            len(match[0].split()) >= 5
            and (
                doc.near(_CODE, start, end)
                or doc.near(_PUT, start, match.start())
                or (len(_FIGURES.findall(match[0])) in (4, 5, 6, 8) and doc.near(_ARRIVED, start, match.start()))
            )
            and not doc.near(_NOT, start, end)
        ):
            return match.span()
        named = doc.near(_OTP, start, end) or doc.near(_PIN, start, end)
        if (named or (doc.near(_NAME, start, end) and doc.near(_KIND, start, end))) and not doc.near(_NOT, start, end):
            return match.span()
    return None


# Four kinds of talk about a code; three of them beside a number say what it is, one alone says nothing.
_TALKS = (
    re.compile(
        r"(?i)\b(?:codes?|c[oó]digos?|numbers?|n[uú]meros?|digits?|d[ií]gitos|numerito|pin|token|otp|2fa|mfa|"
        r"(?:\d|six|four|seis)[ -]d[ií]git\w*|numbers?)\b"
    ),
    re.compile(
        r"(?i)\b(?:text(?:s|ed|ing)?(?: me| us| her| him)?|sms|sent|send|sends|got|came|comes?|arrived|received|"
        r"buzzed|"
        r"popped up|pinged|phone|cell|mensaje|mensajito|celular|tel[eé]fono|lleg[oó]|mand[oó]|mandaron|enviaron|"
        r"envi[oó]|"
        r"sali[oó]|e-?mailed|shows?|says?|read)\b"
    ),
    re.compile(
        r"(?i)\b(?:(?:log|sign)(?:s|ged|ging|ing)?[ -]?(?:in|on|into)|log-?in|access|verif\w*|auth\w*|confirm\w*|two|"
        r"(?:2|second|two)[ -]?(?:step|factor)|smart ?hub|portal|website|web ?site|app|site|system|sistema|entrar|"
        r"p[aá]gina|acceso|security|seguridad|backup|recovery|unlock\w*|reset|sesi[oó]n|ingresar|locks? (?:you|me))\b"
    ),
    re.compile(
        r"(?i)\b(?:expires?|expir\w+|good for|only good|valid|minutes?|mins?|seconds?|hurry|quick\w*|fast|right now|"
        r"just (?:now|got|sent|came)|use it|type|enter|put|punch|want it|here it is|ahorita|r[aá]pido|minutos?|"
        r"vence|apur\w+|"
        r"caduca|pronto|once|use this)\b"
    ),
)
_SENT = re.compile(
    r"(?i)\b(?:(?:it|they|smart ?hub|co-?op|site|app|website|portal|system) (?:just |has |have )?(?:text|sms|"
    r"message)(?:s|ed)? "
    r"(?:me|us|her|him|over|my \w+)|what (?:smart ?hub|they|it) (?:just )?(?:text|sent)(?:ed)?|(?:one|number|"
    r"thing) (?:that )?(?:they|it) (?:just )?(?:sent|texted|gave)|text (?:just )?(?:came|says|is|from)|"
    r"que me (?:mand|envi|lleg)\w+)\b"
)
_CODE = re.compile(r"(?i)\b(?:codes?|c[oó]digos?|otp|2fa|mfa|(?:\d|six|four|seis)[ -]d[ií]git\w*)\b")
_MESSAGE = re.compile(
    r"(?i)\b(?:text(?:s|ed)?|sms|message|buzz\w*|ping(?:s|ed)?|popped up|pops? up|phone|cell|mensaj\w+|celular|"
    r"tel[eé]fono|mand[oó]|mandaron)\b"
)
_COUNTED = words.ID_NOUNS - {
    "code",
    "number",
    "no",
    "num",
    "#",
    "codigo",
    "numero",
    "id",
    "call",
    "dial",
} | words.listed("used paid ran sold about over roughly")
_HINTS_AT = ("code", "otp", "2fa", "mfa", "digo", "pin", "nip", "number", "text", "verif", "authent", "digit", "mero")
_HINTS_TOO = (
    "token",
    "smarthub",
    "portal",
    "login",
    "sent",
    "one-time",
    "one time",
    "sms",
    "phone",
    "got",
    "sent",
    "mens",
    "celular",
    "messag",
    "clave",
    "app",
)


_CHALLENGE = re.compile(
    r"(?i)(?:challenge|mfa|otp|sms|2fa|two_?factor)\b[^\n]{0,60}?\b(?:(?:response|answer|reply|input)"
    r"[\"']?\s?[:=]\s?[\"']?(?=\d{4,8}\b)|(?:value|code)[\"']?\s?[:=]\s?[\"']?(?=\d{6}\b))(\d+)"
)


def one_time(doc: Doc) -> Span | None:
    """A short number beside talk of a code that signs in."""
    if not doc.says(*_HINTS_AT, *_HINTS_TOO):
        return None
    if not any(doc.near(pattern, 0, len(doc.text)) for pattern in (_KIND, _OTP, *_TALKS[1:])):
        return None
    if doc.inlet in _OF_PROGRAMS and (found := doc.search(_CHALLENGE)):
        return found.span(1)
    talk = _places(doc)
    heads = cells(doc.text[:MAX_ROW].partition("\n")[0], ",") if doc.inlet == "csv_upload" else []
    if len(doc.tokens) <= 4 and doc.has_place and (lone := doc.search(_LONE)):
        return lone.span()
    for match in _numbers(doc, talk):
        at, over = match.span(1)
        first = bisect_left(talk, at - BEHIND)
        if len(doc.text) > SHORT and (first == len(talk) or talk[first] > over + BEFORE):
            continue
        start, end = doc.paragraph(at - BEHIND, over + BEFORE, at) if len(doc.text) > SHORT else (0, len(doc.text))
        if doc.near(_NOT, max(start, at - 28), at, _LONGEST) or doc.near(_NOT, over, min(end, over + 10), _LONGEST):
            continue
        if doc.near(_PAID, start, end) and not doc.near(_STRICT, start, end):
            continue
        if _is_of_another(doc, at, heads):
            continue
        if not _named(doc, match, start, end) and (doc.inlet == "csv_upload" or not _talked_of(doc, match, start, end)):
            continue
        if not _year(match[1]) or doc.near(_OTP, max(start, at - 24), at):
            return at, over
    return None


_OF_PROGRAMS = frozenset({"api_json", "nectar_call"})
# What a program calls a number that signs nobody in, and how its name stands before it.
_COUNTS = words.listed(
    """uid retry after ttl timeout seconds sec s ms port count size id ids account acct member meter zip phone status
    http line page year kwh amount total duration expires expiry at ts time limit version row rows bytes length index
    seq serial invoice cuenta socio medidor telefono intentos segundos"""
)
_FILLERS = words.listed("number no num of the in numero de")
_LASTS = words.listed("ttl timeout timeouts retry expires expiry duration seconds interval")
_KEY = re.compile(r"(?:^|[\n\"'])([\w -]{1,40})[\"']?\s?[:=]\s?[\"']?\Z")


def _is_of_another(doc: Doc, at: int, heads: list[str]) -> bool:
    """`"retry_after": 3600`: a number behind a name, or below a heading, that says what it counts."""
    name = ""
    if doc.inlet in _OF_PROGRAMS and (key := _KEY.search(doc.text, max(0, at - 48), at)):
        name = key[1]
    elif doc.inlet == "csv_upload" and (row := doc.text.rfind("\n", max(0, at - MAX_ROW), at) + 1):
        column = doc.text.count(",", row, at)
        name = heads[column] if 1 < len(heads) > column else ""
    said = frozenset(parts(name)) - _FILLERS
    return bool(said) and (said <= _COUNTS or not _LASTS.isdisjoint(said))


def _numbers(doc: Doc, talk: list[int]) -> Iterator[re.Match[str]]:
    """Give what may be a code; of a text that is not short, in the lines around what could be about one."""
    text = doc.text
    if len(text) <= SHORT:
        yield from doc.finditer(_DIGITS)
        return
    for start, end in lines_around(text, talk, BEFORE, BEHIND):
        yield from _DIGITS.finditer(text, start, end)


_LONE = re.compile(r"(?<![\w.$-])\d{6}(?![\w.-])")
_PAID = re.compile(
    r"(?i)\b(?:payment|paid|pay|invoice|order|receipt|donation|outage|ticket|complaint|refund|serial|recall|cashier|"
    r"reading|dial|case|pago|factura|recibo)\b"
)
_STRICT = re.compile(
    r"(?i)\b(?:one[ -]?time|verification|authenticat\w+|sign[ -]?in|log-?in|security|2fa|mfa|"
    r"otp|verificaci[oó]n)\b"
)


def _places(doc: Doc) -> list[int]:
    """Give where anything stands that could be about a code, in order."""
    said = (*_HINTS_AT, *_HINTS_TOO)
    if len(doc.text) > PAGES:
        return list(foreseen.places(said, doc.view.flat))
    return sorted(at for part in doc.which(said) for at in places(doc.lower, part))


def _named(doc: Doc, match: re.Match[str], start: int, end: int) -> bool:
    at, over = match.span(1)
    said = doc.near(_OTP, start, at) or doc.near(_OTP, over, min(end, over + 40))
    return said or (doc.near(_NAME, start, end) and doc.near(_KIND, start, end))


def _talked_of(doc: Doc, match: re.Match[str], start: int, end: int) -> bool:
    """`it texted me 481 220, hurry`: no name for the code, but everything else about it."""
    digits = sum(map(str.isdigit, match[1]))
    if not 5 <= digits <= 8 or "$" in doc.text[max(0, match.start() - 2) : match.start()]:
        return False
    before = re.findall(r"[\w#]+", doc.text[max(start, match.start() - 24) : match.start()].lower())
    if any(word in _COUNTED for word in before[-2:]):
        return False
    name, message, access, hurry = (doc.near(pattern, start, end) for pattern in _TALKS)
    if digits == 6 and (
        (doc.near(_CODE, start, end) and (message or access or hurry)) or (doc.near(_MESSAGE, start, end) and access)
    ):
        return True
    if digits == 6 and (doc.near(_SENT, start, end) or name + message + access + hurry >= 3):
        return True
    return name + message + access + hurry >= 3


def _year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")
