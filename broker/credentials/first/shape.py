"""What looks like a secret: shapes of values, with the thresholds in one place."""

import re

from broker.credentials.first.words import ADJECTIVAL, BENIGN_NAMES, BENIGN_STEM, COMMON, PLACEHOLDERS

# How much a value looks like a secret.
NOTHING, WORD, SHAPED, SECRET = range(4)
MIN_LENGTH = 4
MAX_LENGTH = 80
MIN_SECRET = 5

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\.?$")
_OPENING = "\"'`([{<*_"
_CLOSING = "\"'`)]}>,;:.?!*"
_URL = re.compile(r"(?:https?:|www\.|[\w-]{1,63}\.(?:com|org|net|coop|gov|edu|us|example|io)(?:/|$))", re.I)
_FILE = re.compile(r".\.(?:pdf|csv|xlsx?|docx?|png|jpe?g|txt|xml|json|zip|eml|gif|html?|tsv|heic|msg)$", re.I)
_DATE_OR_NUMBER = re.compile(r"[$€#+-]?[\d.,:/()%+-]+[a-zA-Z]{0,4}\.?$|#?\d{1,4}(?:st|nd|rd|th|am|pm)$")
_CODE = re.compile(r"[A-Z]{1,6}[-./]?\d[\dA-Z./-]*$|\d[\dA-Z./-]*[A-Z]$|[A-Z\d]+(?:-[A-Z\d]+)+$")
_UUID_OR_HASH = re.compile(r"(?i)(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?:sha\d+[-:])?[0-9a-f]{32,128})$")
_STEM = re.compile(r"([a-z]+)[-_.#/]?\d+[a-z]?$")
_AFTER_NUMBER = re.compile(r"\d[\d.,]*-?([a-z]+)$")
_SYMBOL = re.compile(r"[!@#$%^&*+=?~|\\¡¿£€§<>]")
_JOINT = re.compile(r"[-_.:/]")
_LETTER_RUN = re.compile(r"[^\W\d_]{3}")
_HIDDEN = re.compile(r"[*x.•●#?_\-…·]+$", re.I)
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_LOWER_RUN = re.compile(r"[a-z]{3}")
_NO_CHOICE = re.compile(r"[\w']{1,3}[&+/][\w']{1,5}|[^=]*[?&][^=]*=\S*|[A-Z][\w.]*&[A-Z][\w.]*|\S*\d%|[#@]\w+")


def trimmed(token: str) -> str:
    """Give the token without quotes, brackets and the sentence's own punctuation."""
    return token.lstrip(_OPENING).rstrip(_CLOSING)


def is_placeholder(value: str) -> bool:
    """Say whether the value stands for "no value"."""
    token = value.strip()
    if not token or token.startswith(("{", "${", "%(", "[", "<", "(")):
        return True
    low = trimmed(token).lower()
    return not low or low in PLACEHOLDERS or _HIDDEN.fullmatch(low) is not None


def is_email(token: str) -> bool:
    """Say whether the token is an e-mail address."""
    return _EMAIL.match(trimmed(token)) is not None


def strength(token: str) -> int:
    """Say how much one token looks like a secret, whatever stands around it."""
    value = trimmed(token)
    if not MIN_LENGTH <= len(value) <= MAX_LENGTH or is_placeholder(token):
        return NOTHING
    low = value.lower()
    if low in COMMON or _is_reference(value):
        return NOTHING
    letters = any(char.isalpha() for char in value)
    digits = any(char.isdigit() for char in value)
    if not letters:
        return SHAPED if _SYMBOL.search(value) and digits else NOTHING
    if _SYMBOL.search(value):
        return SECRET if digits or _LETTER_RUN.search(value) else SHAPED
    if digits:
        return _mixed(value, low)
    return _letters(value, low)


def _is_reference(value: str) -> bool:
    patterns = (_EMAIL, _URL, _DATE_OR_NUMBER, _UUID_OR_HASH)
    return any(pattern.match(value) for pattern in patterns) or _FILE.search(value) is not None


def _mixed(value: str, low: str) -> int:
    stem = _STEM.match(low)
    unit = _AFTER_NUMBER.match(low)
    if (stem and stem[1] in BENIGN_STEM) or (unit and (unit[1] in BENIGN_STEM or len(unit[1]) < 3 or "-" in low)):
        return NOTHING
    if _CODE.match(value):
        return WORD
    return SECRET if len(value) >= MIN_SECRET and _LETTER_RUN.search(value) else SHAPED


def _letters(value: str, low: str) -> int:
    if low in BENIGN_NAMES or low.rstrip("s") in BENIGN_NAMES or low.removesuffix("'s") in COMMON:
        return NOTHING
    if "_" in value or (_JOINT.search(value) and any(part[:1].isupper() for part in _JOINT.split(value)[1:])):
        return SHAPED
    if _INNER_CAPITAL.search(value) and not value.startswith(("Mc", "Mac", "De", "La", "O'")):
        return SHAPED
    return WORD


def looks_chosen(token: str) -> bool:
    """Say whether a token without any label looks like a password and not like a user name, a code or a place."""
    if strength(token) < SECRET:
        return False
    value = trimmed(token)
    if _SYMBOL.search(value):
        return _NO_CHOICE.fullmatch(value) is None
    return any(char.isupper() for char in value) and _LOWER_RUN.search(value) is not None and value.count("-") < 3


def could_be_chosen(token: str) -> bool:
    """Say whether a token could be a password when the sentence says "with": also lower case and digits."""
    return strength(token) == SECRET


def is_ordinary_word(low: str) -> bool:
    """Say whether a lower-case word after "is" tells about the label instead of being its value."""
    return low in COMMON or low in PLACEHOLDERS or ADJECTIVAL.search(low) is not None
