"""How much a word looks like a secret, by its shape alone; every threshold of the gate stands here (rules)."""

import re
import string
from enum import IntEnum
from itertools import pairwise

from broker.credentials.words import EVERYDAY, STOP


class Level(IntEnum):
    """How much a word looks like a secret."""

    NEVER = 0  # an address, a date, an amount, a placeholder
    PLAIN = 1  # a word, a number or an identifier: a secret only right behind its label
    NAME = 2  # as user names look, and simple passwords: lower case with digits
    LIKELY = 3  # a capital word with digits
    MIXED = 4  # words, digits and signs mixed


MIN_VALUE = 3  # shorter values are initials and list numbers
MAX_VALUE = 64
LEAST_OPAQUE = 16  # letters and digits of what a machine made
DIGITS = (4, 8)  # how long PINs and one-time codes are
REACH_AFTER = 16  # words between a label and its value
REACH_BEFORE = 7
MAX_PHRASE = 6  # words of a passphrase
LEAST_ACCOUNT = 5  # digits of an account's number in a row
MOST_CHANGES = 0.42  # from sign to sign, of what a person wrote

OPENING = "\"'`([{<«“‘*_"
CLOSING = "\"'`)]}>»”’.,;:!?"

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}+)+")
IN_EMAIL = re.compile(r"@(?<=[\w.+-]@)[\w-]{1,63}\.[\w-]")  # in a text that holds an address, and in no other
_URL = re.compile(
    r"(?i)(?:[a-z]{2,12}:/|www\.)|[\w-]+(?:\.[\w-]++)*\.(?:com|org|net|coop|example|gov|us|edu|io|mx|es)\b"
)
_FILE = re.compile(
    r"(?i)[\w().~-]+\.(?:pdf|csv|xlsx?|docx?|png|jpe?g|txt|eml|xml|json|html?|zip|tiff?|msg|heic|"
    r"ics)"
)
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"(?s)[A-Za-z].*[A-Za-z]")  # two of them
_NO_SIGNS = frozenset(string.ascii_letters + string.digits + "'’")
_PATH = re.compile(r"[a-z][a-z0-9_.-]*+(?:/[a-z0-9_.-]++)++/?")
# A number, one with its unit, one as it is counted.
_NUMBER = re.compile(
    r"[#$€£~±+-]?\(?\d[\d.,:/()x-]*+[%°\"']?|"
    r"(?i:[$~]?\d[\d.,:/-]*+(?:st|nd|rd|th|am|pm|kwh?|mwh|kva|min|mins?|hrs?|h|d|days?|mo|yrs?|gal|ft|amps?|a|v|"
    r"w|x|ac|"
    r"acres?|lbs?|hp|miles?|mi|mb|kb|gb|k|m|cents?|month|months|minute|hour|digit|year|phase|pt|in|volts?))|"
    r"\d{1,4}[A-Za-z]{1,2}"
)
_HOURS = re.compile(r"(?i)\d{1,2}(?::\d\d)?[ap]m[-/]\w{2,9}")  # 11pm-Sun
_ID = re.compile(
    r"[A-Z]{1,6}[-#./]?\d[\d.-]*+[A-Z]{0,3}|[A-Z]{1,5}(?:[-/][A-Z0-9]{1,6}){1,4}|#?\d++[A-Z]{1,4}\d*|"
    r"\d[\d-]++[A-Z]{1,2}"
)
_LONG_HEX = re.compile(r"(?i)[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha\d+:\w+")
# Lantern.Oil, Cider-Press: no sentence joins words so; names and firms join them with a hyphen.
_JOINED = re.compile(r"[A-Z][a-z]{2,}+(?:([.^_])[A-Z][a-z]{2,}+|(-)[A-Z][a-z]{2,}+)+(?:[.^_-]\d{1,4})?")
_VEILED = re.compile(r"(?=[\d+/]*[qZ])[qZ\d+/]+={0,2}")  # what digests.unread leaves of a hash
_OF_REFUSAL = re.compile(r"G-[0-9a-f]{8}")  # the number of a refusal of ours, which people are asked to tell us
_WORD_NUMBER = re.compile(r"([^\W\d_]+)[-_.]?(\d{1,6})")
_VERSION = re.compile(r"(?i)[_.-](?:v|rev|ver|r|p|pg|page)\d{1,3}$")
_CAMEL = re.compile(r"[a-z][A-Z]")
_INSIDE = re.compile(r"[^\W_]{2,}[!$#%^*+=~&@][^\W_]{2,}")
_MARKUP = frozenset('"{}[]<>`|')
_SETTING = re.compile(r"[\w-]{3,}=[^\s=]|#[0-9a-fA-F]{3,8}$|[\w-]+\(")
_MASK = re.compile(
    r"(?i)[\[(<{]?(?:[*•.●x_#?-]{2,}|…|\W+)[\])>}]?|[*•●]{3,}\w{1,4}|\*{2,} ?\w+ ?\*{2,}"
    r"|(?:your|my|the|enter|insert|put|type|su|tu|mi)[_ -][\w -]*(?:password|passwd|pass|pin|clave|"
    r"contrase[nñ]a|here|aqu[ií])[\w -]*"
)
_TEMPLATE = re.compile(
    r"<[^>]*>?|&lt;.*|\{\{.*|\$\{.*|%\(.*|\[[^\]]*\]?|\{[^}]*\}|\$[A-Z_]{3,}|%[A-Z_]{3,}%|__[A-Z_]{3,}__"
)
# How no mask or template begins; how numbers and identifiers do not; what each setting has.
_NEVER_MASKS = frozenset("0123456789abcdfghjklnoqruvwzABCDFGHJKLNOQRUVWZ")
_LETTERS_OF_ASCII, _SMALL = frozenset(string.ascii_letters), frozenset(string.ascii_lowercase)
_SETS = frozenset("=#(")


def core(word: str) -> str:
    """Give the word without the punctuation around it."""
    inner = word.lstrip(OPENING).rstrip(CLOSING)
    while inner.endswith(("**", "__")):
        inner = inner[:-2].rstrip(CLOSING)
    return inner


def is_mask(text: str) -> bool:
    """Say whether a value is only the place of one: stars, dots, brackets, a template."""
    if text[:1] in _NEVER_MASKS:
        return False
    return _MASK.fullmatch(text) is not None or _TEMPLATE.fullmatch(text) is not None


def is_address(word: str) -> bool:
    """Say whether this is an e-mail or web address or a file name."""
    if "@" in word and (EMAIL.fullmatch(word) or word.endswith("@localhost")):
        return True
    dotted = "." in word
    return (dotted or ":" in word) and bool(_URL.match(word) or (dotted and _FILE.fullmatch(word)))


def is_opaque(word: str) -> bool:
    """Say whether this is a digest or an identifier made by a machine."""
    return (len(word) >= LEAST_OPAQUE or ":" in word) and _LONG_HEX.fullmatch(word) is not None


def is_user_like(word: str) -> bool:
    """`mill.office`, `rob_west`: as user names are written and words are not."""
    return word.islower() and len(word) >= 5 and any(sign in word[1:-1] for sign in "._") and not is_address(word)


def is_veiled(word: str) -> bool:
    """Say whether this is a hash or a signature, or a piece of one, of which no letter is read."""
    return ("q" in word or "Z" in word) and _VEILED.fullmatch(word) is not None


def level(word: str) -> Level:
    """Say how much a word, without its punctuation, looks like a secret."""
    if not MIN_VALUE <= len(word) <= MAX_VALUE or word.isalpha():
        return _alphabetic(word)
    if (commas := word.count(",")) > 1 or (commas and _is_beside_account(word)):
        # Cells of a row: each for itself.
        return max((level(cell) for cell in word.split(",")), default=Level.NEVER)
    if "/" in word and _PATH.fullmatch(word):  # the long way around says the same
        return Level.NEVER if _URL.match(word) else Level.PLAIN
    if word.isalnum() and word.isascii():  # no mask and no address
        if word.isdigit() and len(word) < LEAST_OPAQUE:
            return Level.PLAIN
        if is_opaque(word):
            return Level.NEVER
    elif is_mask(word) or is_address(word) or is_opaque(word):
        return Level.NEVER
    if is_veiled(word) or (word.startswith("G-") and _OF_REFUSAL.fullmatch(word)):
        return Level.PLAIN
    if word[0] not in _LETTERS_OF_ASCII and (_NUMBER.fullmatch(word) or _HOURS.fullmatch(word)):
        return Level.PLAIN
    if word[0] not in _SMALL and _ID.fullmatch(word):
        return Level.PLAIN
    return _composite(word)


def _is_beside_account(word: str) -> bool:
    """`EXAMPLE-1,someone@mill.example`: a cell beside a mail address or a number of an account."""
    return any((cell.isdigit() and len(cell) >= LEAST_ACCOUNT) or EMAIL.fullmatch(cell) for cell in word.split(","))


def _alphabetic(word: str) -> Level:
    return Level.PLAIN if MIN_VALUE <= len(word) <= MAX_VALUE else Level.NEVER


def _composite(word: str) -> Level:
    plain = word.isascii()
    if plain and word.isalnum():
        return _of_letters_and_digits(word)
    letters = _LETTERS.search(word) is not None if plain else sum(map(str.isalpha, word)) > 1
    if not letters or not _MARKUP.isdisjoint(word) or (not _SETS.isdisjoint(word) and _SETTING.match(word)):
        return Level.PLAIN
    digits = _DIGIT.search(word) is not None if plain else any(map(str.isdigit, word))
    if digits and ("/" in word or (word[-1].isdigit() and _VERSION.search(word))):
        return Level.PLAIN
    joined = _JOINED.fullmatch(word) if word[0].isupper() else None
    if joined:
        return _of_joined(word, by_hyphen=joined[1] is None)
    simple = _WORD_NUMBER.fullmatch(word) if digits and word[-1].isdigit() else None
    if simple:
        if "_" in word and not word.islower() and not word.isupper():
            return Level.LIKELY
        if simple[1].lower() in EVERYDAY or word.isupper():
            return Level.PLAIN
        if "-" in word and len(simple[2]) == 4 and word.islower():
            return Level.PLAIN  # mid-2025
        if word.islower():
            return Level.LIKELY if not word.isalnum() and "." not in word else Level.NAME
        signed = not word.isalnum()
        return Level.MIXED if signed or _CAMEL.search(word) else Level.LIKELY
    signs = set() if word.isalnum() else {sign for sign in set(word) - _NO_SIGNS if not sign.isalnum()}
    if digits and not signs:
        return Level.NAME if word.islower() else Level.MIXED if not word.isupper() else Level.PLAIN
    strong = signs & set("!$#%^*+=~&@?")
    if digits:
        return _with_digits(word, strong)
    if strong <= {"+", "&"} and word.islower() and _INSIDE.search(word):
        return Level.NAME  # a media type, a firm, a simple password
    if strong and _INSIDE.search(word) and not word.isupper() and "/" not in word:
        return Level.MIXED
    if "_" in word and not word.islower() and not word.isupper() and len(word) >= 6:
        return Level.LIKELY
    return Level.PLAIN


def _of_letters_and_digits(word: str) -> Level:
    """Say it of ASCII letters and digits without any sign, as `_composite` does of all words."""
    if _LETTERS.search(word) is None:
        return Level.PLAIN
    simple = _WORD_NUMBER.fullmatch(word) if word[-1].isdigit() else None
    if simple is None:
        return Level.NAME if word.islower() else Level.PLAIN if word.isupper() else Level.MIXED
    if word.isupper() or simple[1].lower() in EVERYDAY:
        return Level.PLAIN
    if word.islower():
        return Level.NAME
    return Level.MIXED if _CAMEL.search(word) else Level.LIKELY


def _of_joined(word: str, *, by_hyphen: bool) -> Level:
    parts = [part.lower() for part in re.split(r"[.^_-]", word)]
    if any(part in EVERYDAY or part in STOP for part in parts):
        return Level.PLAIN
    return Level.NAME if by_hyphen else Level.LIKELY


def _with_digits(word: str, strong: set[str]) -> Level:
    if "/" in word or "\\" in word:
        return Level.PLAIN
    if strong:
        return Level.MIXED
    parts = [part for part in re.split(r"[-_.,':;()]+", word) if part]
    if all(part.isdigit() or part.lower() in EVERYDAY or part.isupper() for part in parts):
        return Level.PLAIN
    if word.islower():
        return Level.NAME
    return Level.MIXED


def is_of_chance(text: str) -> bool:
    """Say whether a run of letters, digits, `-` and `_` is a program's token and not words of a person.

    Chance changes the kind of sign (small, capital, digit, other) at 64 of 100 steps; words hardly ever do.
    """
    if 2 * (len(text) - sum(map(str.islower, text))) <= MOST_CHANGES * len(text):
        return False  # each change has a sign beside it that is no small letter, and each such sign has two at most
    kinds = [0 if each.islower() else 1 if each.isupper() else 2 if each.isdigit() else 3 for each in text]
    return sum(one != other for one, other in pairwise(kinds)) > MOST_CHANGES * len(text)
