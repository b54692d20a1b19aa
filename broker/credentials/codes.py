"""PINs and one-time codes: digits that sign somebody in (rules)."""

import re

from broker.credentials.tokens import Doc

Span = tuple[int, int]

_DIGITS = re.compile(
    r"(?<![\w.$#/,-])(\d{4,8}|\d{3}[ -]\d{3,4}|\d{2}(?:[ -]\d{2}){2,3}|[A-Z]{1,2}-\d{5,7})(?![\w/%-]|[.,]\d)"
)
_KIND = re.compile(
    r"(?i)one[ -]?time|single[ -]?use|verification|verify|authenticat|authoriz\w+ code|2fa|mfa|two[ -](?:factor|step)|"
    r"log-?in|sign(?:ing)?[ -]?(?:in|on)|log[ -]?on|pass ?code|access|security|texted|text(?:s| message| came)|sms|"
    r"otp|verificaci[oó]n|un solo uso|seguridad|mensaje|acceso|app\b|reset|recovery|confirmation|smarthub|portal|they sent|"
    r"asks? for (?:the|a|its)|text from|me lleg[oó]|mandaron|enviaron"
)
_NAME = re.compile(r"(?i)\b(?:code|codes|c[oó]digo|passcode|otp|pin|nip|number|n[uú]mero|token|digits)\b")
_OTP = re.compile(
    r"(?i)\b(?:otp|2fa|mfa|passcode|authenticator|text(?: message)? from (?:smart ?hub|the (?:portal|app|website|co-?op))|one[ -]?time (?:code|pass\w*|pin)|(?:verification|authentication|authenticator|log-?in|sign[ -]?[io]n|security|access|texted|recovery|reset) codes?|c[oó]digo de (?:verificaci[oó]n|acceso|seguridad|un solo uso)|(?:sign|log)[ -]?[io]n (?:number|pin|code))\b"
)
_NOT = re.compile(
    r"(?i)\b(?:zip|naics|sic|area|postal|rate|error|promo|bar|qr|dress|building|fire|country|state|county|zone|"
    r"reason|billing|revenue|tax|cost|gl|job|drop|oak|assessor|parcel|property|bowling|rolling|gate|irs|"
    r"gallons?|kwh|kw|meter|account|acct|invoice|bushels?|head|acres?|dollars|balance|amount|cuenta|medidor|factura|"
    r"c[oó]digo postal|clothing|source|electrical?|nec|part|sku|case|page)\b"
)
_PIN = re.compile(r"\b(?:PIN|pin|Pin|NIP|nip)s?\b")
_PIN_NOT = re.compile(
    r"(?i)\b(?:assessor|parcel|property|drop|oak|bowling|rolling|safety|hitch|cotter|map|tax|county|index|clevis|survey|corner|pull)\b"
)


def pin(doc: Doc) -> Span | None:
    """`PIN 7304`, `the PIN on my app: 7304`."""
    for match in _PIN.finditer(doc.text):
        after = _line(doc.text, match.end(), match.end() + 80)
        number = _DIGITS.search(after)
        around = doc.text[max(0, match.start() - 24) : match.start()] + after[: number.start() if number else 0]
        if number and not _PIN_NOT.search(around) and not _NOT.search(after[: number.start()]):
            return match.end() + number.start(1), match.end() + number.end(1)
        number = _last(doc.text[max(0, match.start() - 30) : match.start()])
        if number and not _PIN_NOT.search(around) and re.search(r"(?i)\b(is|es|as|como)\b", around):
            at = max(0, match.start() - 30)
            return at + number.start(1), at + number.end(1)
    return None


def one_time(doc: Doc) -> Span | None:
    """A short number beside talk of a code that signs in."""
    if not any(char.isdigit() for char in doc.text):
        return None
    for match in _DIGITS.finditer(doc.text):
        start = max(0, match.start() - 90)
        before = doc.text[start : match.start()].rpartition("\n\n")[2]
        after = _line(doc.text, match.end(), match.end() + 60)
        close = before[-28:] + " " + after[:14]
        if _NOT.search(close):
            continue
        around = f"{before} {after}"
        if _OTP.search(before) or _OTP.search(after[:40]) or (_NAME.search(around) and _KIND.search(around)):
            if _year(match[1]) and not _OTP.search(before[-24:]):
                continue
            return match.span(1)
    return None


def _year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _line(text: str, start: int, end: int) -> str:
    return text[start:end].partition("\n\n")[0]


def _last(text: str) -> re.Match[str] | None:
    found = None
    for found in _DIGITS.finditer(text):
        pass
    return found
