"""PINs and one-time codes: digits that sign somebody in (rules)."""

import re

from broker.credentials.tokens import Doc

Span = tuple[int, int]

_DIGITS = re.compile(
    r"(?<![\w.$#/,-])(\d{4,8}|\d{3}[ -]\d{3,4}|\d{2}(?:[ -]\d{2}){2,3}|[A-Z]{1,2}-\d{5,7})(?![\w/%-]|[.,]\d)"
)
_KIND = re.compile(
    r"(?i)one[ -]?time|single[ -]?use|verification|verify|authenticat|authoriz\w+ code|2fa|mfa|two[ -](?:factor|"
    r"step)|"
    r"log-?in|sign(?:ing)?[ -]?(?:in|on)|log[ -]?on|pass ?code|access|security|texted|text(?:s| message| came)|sms|"
    r"otp|verificaci[oó]n|un solo uso|seguridad|mensaje|acceso|app\b|reset|recovery|confirmation|smarthub|portal|"
    r"they sent|"
    r"asks? for (?:the|a|its)|text from|me lleg[oó]|mandaron|enviaron"
)
_NAME = re.compile(r"(?i)\b(?:code|codes|c[oó]digo|passcode|otp|pin|nip|number|n[uú]mero|token|digits)\b")
_OTP = re.compile(
    r"(?i)\b(?:otp|2fa|mfa|passcode|authenticator|verification(?=\W{1,3}\d{4,8}\b)|texted (?:me |us |"
    r"over )?(?=\d{6}\b)|"
    r"text(?: message)? from (?:smart ?hub|the (?:portal|app|website|"
    r"co-?op))|one[ -]?time (?:code|pass\w*|pin)|(?:verification|authentication|authenticator|log-?in|"
    r"sign[ -]?[io]n|security|access|texted|recovery|reset) codes?|c[oó]digo de (?:verificaci[oó]n|acceso|"
    r"seguridad|un solo uso)|(?:sign|log)[ -]?[io]n (?:number|pin|code))\b"
)
_NOT = re.compile(
    r"(?i)\b(?:zip|naics|sic|area|postal|rate|error|promo|bar|qr|dress|building|fire|country|state|county|zone|"
    r"reason|billing|revenue|tax|cost|gl|job|drop|oak|assessor|parcel|property|bowling|rolling|gate|irs|"
    r"gallons?|kwh|kw|meter|account|acct|invoice|bushels?|head|acres?|dollars|balance|amount|cuenta|medidor|"
    r"factura|"
    r"c[oó]digo postal|clothing|source|electrical?|nec|part|sku|case|page)\b"
)
_PIN = re.compile(r"\b(?:PIN|pin|Pin|NIP|nip)s?\b")
_PIN_NOT = re.compile(
    r"(?i)\b(?:assessor|parcel|property|drop|oak|bowling|rolling|safety|hitch|cotter|map|tax|county|index|clevis|"
    r"survey|corner|pull)\b"
)


_IS = re.compile(r"(?i)\b(?:is|es|as|como)\b")


_PIN_DIGITS = re.compile(r"(?<![\w.$/,-])#?(\d{4,8})(?![\w/%-]|[.,]\d)")


def pin(doc: Doc) -> Span | None:
    """`PIN 7304`, `the PIN on my app: 7304`."""
    if not doc.says("pin", "nip"):
        return None
    for match in _PIN.finditer(doc.text):
        start, end = doc.paragraph(match.start() - 30, match.end() + 80, match.start())
        if doc.near(_PIN_NOT, start, match.start()):
            continue
        number = _PIN_DIGITS.search(doc.text, match.end(), end)
        if (
            number
            and not doc.near(_PIN_NOT, match.end(), number.start())
            and not doc.near(_NOT, match.end(), number.start())
        ):
            return number.span(1)
        number = _DIGITS.search(doc.text, start, match.start())
        if number and _IS.search(doc.text, number.end(), match.start()):
            return number.span(1)
    return None


_DIGIT_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|"
    r"nueve|\d)"
)
_SAID = re.compile(rf"(?i)\b{_DIGIT_WORD}(?:[\s,.-]{{1,3}}(?:then )?{_DIGIT_WORD}){{3,9}}\b")


def said(doc: Doc) -> Span | None:
    """Digits in words, beside talk of a code that signs in."""
    if not doc.says("code", "pin", "nip", "otp", "digo", "clave", "password", "number"):
        return None
    for match in _SAID.finditer(doc.text):
        if not any(char.isalpha() for char in match[0]):
            continue
        start, end = doc.paragraph(match.start() - 70, match.end() + 40, match.start())
        named = doc.near(_OTP, start, end) or doc.near(_PIN, start, end)
        if (named or (doc.near(_NAME, start, end) and doc.near(_KIND, start, end))) and not doc.near(_NOT, start, end):
            return match.span()
    return None


def one_time(doc: Doc) -> Span | None:
    """A short number beside talk of a code that signs in."""
    if not doc.says(
        "code",
        "otp",
        "2fa",
        "mfa",
        "digo",
        "pin",
        "nip",
        "number",
        "text",
        "verif",
        "authent",
        "digits",
        "mero",
        "token",
        "one-time",
        "one time",
    ):
        return None
    for match in _DIGITS.finditer(doc.text):
        at, over = match.span(1)
        start, end = doc.paragraph(at - 90, over + 60, at)
        if doc.near(_NOT, max(start, at - 28), at) or doc.near(_NOT, over, min(end, over + 10)):
            continue
        said = doc.near(_OTP, start, at) or doc.near(_OTP, over, min(end, over + 40))
        if not said and not (doc.near(_NAME, start, end) and doc.near(_KIND, start, end)):
            continue
        if not _year(match[1]) or doc.near(_OTP, max(start, at - 24), at):
            return at, over
    return None


def _year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")
