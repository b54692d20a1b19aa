"""Which words name a secret, whatever clothes they wear: leet, accents, misspellings (rules)."""

import re
import unicodedata
from collections.abc import Iterable
from enum import Enum
from functools import cache

from broker.credentials import foreseen, words
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.model import COMMON


class Label(Enum):
    """What a word names."""

    STRONG = "password"
    WEAK = "pass"
    PIN = "pin"
    CODE = "one_time_code"


_LEET = str.maketrans(
    {
        "@": "a",
        "4": "a",
        "3": "e",
        "1": "i",
        "!": "i",
        "|": "l",
        "0": "o",
        "$": "s",
        "5": "s",
        "7": "t",
        "+": "t",
        "*": "",
    }
)
_LONG_ENDS = ("password", "passwd", "passcode", "contrasena", "passphrase")
_ENDS = (*_LONG_ENDS, "pwd", "pw", "pass", "pswd")
_HEADS = tuple(words.listed("login web user portal smarthub site acct account my app online email mail coop obec"))
_FIRST = frozenset("pcakon42wuls@")


def fold(word: str) -> str:
    """Give the word in lower case and without accents."""
    word = word.lower()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def unleeted(word: str) -> str:
    """Give a word with letters for the figures and signs that stand for them."""
    return word.translate(_LEET)


_TWO_WORDS = re.compile(r"(?i)(pass)[_ -]?(word|code|phrase)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.:\[\]-]+")


def named(name: str) -> str:
    """Give a program's name as words: `webPassword`, `web_password` and `web-password` are "web Password"."""
    if name.isalpha() and name.islower():
        return name
    whole = _TWO_WORDS.sub(lambda match: match[1] + match[2].lower(), name)
    return _HUMP.sub(" ", whole).strip()


# What this program's own words name is worked out once; a stranger's words are never kept.
_of_ours: dict[str, Label | None] = {}


def label_of(word: str) -> Label | None:
    """Say what a folded word names, if it names a secret."""
    if word in _of_ours:
        return _of_ours[word]
    label = _label_of(word)
    if word in CLASS_OF or word in COMMON:
        _of_ours[word] = label
    return label


def _label_of(word: str) -> Label | None:
    if (
        word.endswith(_ENDS)
        and len(word) <= 24
        and word.isalpha()
        and word not in words.NOT_FUZZY
        and (word.endswith(_LONG_ENDS) or word.startswith(_HEADS))
    ):
        return Label.STRONG  # loginpw, smarthubpassword
    if not word or word[0] not in _FIRST or len(word) > 14:
        return None
    if (known := _NAMED.get(word)) is not None:
        return known
    if word.isalpha():
        return Label.STRONG if _misspelt(word) else None
    if word[-1].isdigit() and word.rstrip("0123456789") in words.STRONG:
        return Label.STRONG  # password2
    plain = word.translate(_LEET)
    # A number is no word, and three letters in such clothes are too little to tell.
    if len(plain) < 4 or not any(c.isalpha() for c in word) or plain in words.NOT_FUZZY:
        return None
    known = _NAMED.get(plain)
    if known in (Label.STRONG, Label.WEAK):
        return known
    return Label.STRONG if plain.isalpha() and _misspelt(plain) else None


_NAMED = {
    word: label
    for label, named in (
        (Label.CODE, words.CODE), (Label.PIN, words.PIN), (Label.WEAK, words.WEAK), (Label.STRONG, words.STRONG),
    )
    for word in named
}  # fmt: skip

NAMED = frozenset(_NAMED)


# Letters that sound alike, as who writes by ear takes one for the other: kontraseña, pasguord, pazword, pasfrase.
_SOUNDS = (
    ("ph", "f"),
    ("th", "t"),
    ("guo", "wo"),
    ("gua", "wa"),
    ("k", "c"),
    ("z", "s"),
    ("ny", "n"),
    ("ni", "n"),
    ("ce", "se"),
)
_BY_EAR = ("passfrase",)
LEAST_MISSPELT = 6  # letters of a word that may be another one misspelt


def is_misspelt(word: str) -> bool:
    """Say whether a folded word names a secret and is written as no list has it: figures for letters, or by ear."""
    if word in words.MISSPELT:
        return True
    if label_of(word) not in (Label.STRONG, Label.WEAK) or word in words.STRONG or word.endswith(_ENDS):
        return False
    if word.isalpha():
        return _misspelt(word)
    bare = word.rstrip("0123456789!")
    return bare not in words.STRONG and bare not in words.WEAK and not bare.isalpha() and "/" not in word


# What is left of "passfrase" by one letter's change, as it may be written.
_LEFT = re.compile(r"pa[sz][szck]|ra[szck]e")


def maybe_label(word: str) -> bool:
    """Say cheaply of a word of small letters whether it may name a secret; most words do not."""
    return word in _NAMED or word.endswith(_ENDS) or (len(word) >= LEAST_MISSPELT and _maybe_misspelt(word))


# At least what `maybe_label` says yes to, but for words that are named, as lines of small letters.
_MAYBE = re.compile(
    r"(?m)^(?:[pao][a-z]*[desrtzh]$|[ck][a-z]{0,2}o)|pa[sz][szck]|ra[szck]e|"
    r"(?:password|passwd|passcode|contrasena|passphrase|pwd|pw|pass|pswd)$"
)


def maybe_labels(several: Iterable[str]) -> set[str]:
    """Give of words of small ASCII letters at least those that may name a secret and are not `NAMED`, all at once."""
    return foreseen.lines(_MAYBE, "\n".join(several))


def _maybe_misspelt(word: str) -> bool:
    """Say it by the first and last letters, as they are written and as they are heard."""
    first = word[0]
    if first in "pao" and word[-1] in "desrtzh":
        return True
    if first in "ck" and "o" in word[:4] and len(word) > 7:
        return True
    return ("pa" in word or "ra" in word) and _LEFT.search(word) is not None


def _misspelt(word: str) -> bool:
    if len(word) < LEAST_MISSPELT or not _maybe_misspelt(word) or word in words.NOT_FUZZY:
        return False
    if _is_near(word):
        return True
    heard = word
    for written, said in _SOUNDS:
        heard = heard.replace(written, said)
    return (heard != word and _is_near(heard)) or any(near(heard, right, 1) for right in _BY_EAR)


def _is_near(word: str) -> bool:
    if word in words.NOT_FUZZY:
        return False
    if word[0] == "c" and "o" in word[:3] and len(word) >= 8 and near(word, words.FUZZY[-1], 2):
        return True
    if word[0] not in "pao" or word[-1] not in "desrt":
        return False
    for right, letters, mark in _RIGHTS:
        limit = 2 if mark in word else 1
        if len(letters.difference(word)) <= limit and near(word, right, limit):
            return True
    return False


@cache
def _letters(label: str) -> frozenset[str]:
    return frozenset(label)


# Two letters off only where the second half is still there, by this letter of it: Passmore is a name.
_RIGHTS = tuple((right, _letters(right), mark) for right, mark in zip(words.FUZZY[:4], "wwcp", strict=True))


def near(word: str, right: str, limit: int) -> bool:
    """Say whether two short words differ by at most `limit` letters lost, added, changed or swapped."""
    # Each letter that the other word lacks costs a change of its own: that alone tells most words apart.
    letters = _letters(right)
    if abs(len(word) - len(right)) > limit or len(letters.difference(word)) > limit:
        return False
    if len(frozenset(word) - letters) > limit:
        return False
    older: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(word, 1):
        new = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and word[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            new.append(cost)
        if min(new) > limit:
            return False
        older, row = row, new
    return row[-1] <= limit
