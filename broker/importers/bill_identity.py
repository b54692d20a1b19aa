"""Whether a bill is the one that somebody describes: five fields, each looked for in the bill's own text.

Layouts of bills differ and change, so nothing is read out of a bill and believed: what we know and what she typed is
looked for on it. The rules are pure; `match` runs in the sandbox, and neither text nor fields leave it but as a code.
Bills are easily made up by whoever knows the account, so five matches prove knowledge of the account and no more.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from broker.importers import bill_pdf
from broker.importers.readings import LABELLED_BELOW
from broker.sandbox.errors import Refused

MAX_AGE = timedelta(days=62)  # two billing months: the newest bill, or the one before
FIELDS = ("account", "name", "service_address", "date", "amount")
TOO_OLD, NO_TEXT = "date_old", "no_text"
_LABEL = re.compile(r"\b(?:account|acct|cuenta|member|customer)\b", re.I)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril", "may mayo",
         "jun june junio", "jul july julio", "aug august ago agosto", "sep sept september septiembre",
         "oct october octubre", "nov november noviembre", "dec december dic diciembre"), 1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_AMERICAN = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?!\d)")
_WORDS = re.compile(r"\b([A-Za-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\s+(?:de\s+)?([A-Za-z]{3,10})\.?,?\s+(?:de\s+)?(\d{4})\b")
_MONEY = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)\.(\d{2})(?![\d.,]*\d)")

# One spelling for each word of an address (USPS Publication 28, appendix C, as far as rural Missouri needs it).
_SAME = {
    long: short
    for short, longs in {
        "st": "street", "rd": "road", "ave": "avenue av", "dr": "drive", "ln": "lane", "ct": "court", "cir": "circle",
        "hwy": "highway", "blvd": "boulevard", "pl": "place", "ter": "terrace", "trl": "trail", "pkwy": "parkway",
        "co": "county", "rte": "route rt", "n": "north", "s": "south", "e": "east", "w": "west", "apt": "apartment",
        "ste": "suite", "ne": "northeast", "nw": "northwest", "se": "southeast", "sw": "southwest", "mo": "missouri",
        "ar": "arkansas",
    }.items()
    for long in longs.split()
}  # fmt: skip
_STREETS = frozenset({"st", "rd", "ave", "dr", "ln", "ct", "cir", "blvd", "pl", "ter", "trl", "pkwy"})


@dataclass(frozen=True, repr=False)
class Described:
    """What the bill should say: three fields from the account, two as she typed them."""

    account: str
    name: str
    service_address: str
    bill_date: date
    amount: Decimal


def failing(text: str, said: Described, *, today: date) -> list[str]:
    """Name the fields that the text does not bear out, in the order of FIELDS; `date_old` for a bill too long ago."""
    if not text.strip():
        return [NO_TEXT]
    checks = {
        "account": has_account(text, said.account),
        "name": has_words(text, said.name),
        "service_address": has_address(text, said.service_address),
        "date": said.bill_date <= today and said.bill_date in set(dates(text)),
        "amount": said.amount in set(amounts(text)),
    }
    failed = [name for name in FIELDS if not checks[name]]
    return failed if "date" in failed or today - said.bill_date <= MAX_AGE else [*failed, TOO_OLD]


def has_account(text: str, number: str) -> bool:
    """Say whether the account number stands in the text, whole; blanks, dots and dashes inside it are forgiven.

    Leading zeros are, too. A short number counts only on or below a line that speaks of an account.
    """
    digits = number.lstrip("0")
    if not digits or not digits.isascii() or not digits.isdigit():
        return False
    whole = re.compile(r"(?<!\d)(?<!\d[.-])0*" + r"[ .-]?".join(digits) + r"(?![.-]?\d)")
    lines = text.splitlines()
    for place, line in enumerate(lines):
        near = "\n".join(lines[max(0, place - 2) : place + 1])
        if whole.search(line) and (len(number) >= LABELLED_BELOW or _LABEL.search(near)):
            return True
    return False


def has_words(text: str, wanted: str) -> bool:
    """Say whether these words stand in the text one after the other; case, accents and signs are forgiven."""
    words = folded(wanted)
    return bool(words) and _follow(folded(text), words)


def has_address(text: str, wanted: str) -> bool:
    """Say whether an address stands in the text: its street as one piece, its other words anywhere."""
    there = [_same(word) for word in folded(text)]
    street, rest = _street(wanted)
    return bool(street) and _follow(there, street) and set(rest) <= set(there)


def folded(text: str) -> list[str]:
    """Give the words of a text; case, accents and signs are forgiven."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return re.findall(r"\w+", kept.replace("'", "").replace("’", ""))


def dates(text: str) -> Iterator[date]:
    """Give every date that stands in the text, in the ways that American bills write them."""
    for year, month, day in _ISO.findall(text):
        yield from _date(year, month, day)
    for month, day, year in _AMERICAN.findall(text):
        yield from _date(year, month, day)
    for month, day, year in _WORDS.findall(text):
        yield from _date(year, str(_MONTHS.get(month.lower(), 0)), day)
    for day, month, year in _DAY_FIRST.findall(text):
        yield from _date(year, str(_MONTHS.get(month.lower(), 0)), day)


def amounts(text: str) -> Iterator[Decimal]:
    """Give every sum of money that stands in the text, in dollars, its sign left out."""
    for whole, cents in _MONEY.findall(text):
        yield Decimal(f"{whole.replace(',', '')}.{cents}")


def match(payload: dict[str, Any]) -> dict[str, Any]:
    """Compare `{"data": packed PDF, "account", "name", "service_address", "date", "amount", "today"}` (in the sandbox).

    Gives the failing fields, and the text for the gate alone. Raises Refused as `bill_pdf.facts` does.
    """
    found = bill_pdf.facts({"data": payload["data"]})
    try:
        said = Described(
            payload["account"],
            payload["name"],
            payload["service_address"],
            date.fromisoformat(payload["date"]),
            Decimal(payload["amount"]),
        )
    except (InvalidOperation, ValueError):
        raise Refused("ask.invalid") from None
    today = date.fromisoformat(payload["today"])
    return {"failed": failing(found["text"], said, today=today), "text": found["text"]}


def _date(year: str, month: str, day: str) -> Iterator[date]:
    try:
        yield date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return


def _same(word: str) -> str:
    return _SAME.get(word, word)


def _street(address: str) -> tuple[list[str], list[str]]:
    """Cut an address behind its street: at a comma or line end, or behind the word for street."""
    first, *others = re.split(r"[,\n]", address, maxsplit=1)
    words = [_same(word) for word in folded(first)]
    rest = [_same(word) for word in folded(" ".join(others))]
    end = next((place for place, word in enumerate(words) if place > 1 and word in _STREETS), len(words) - 1) + 1
    # Of a ZIP+4 the first five digits are enough: bills print either.
    rest = [word for place, word in enumerate(rest) if not (len(word) == 4 and word.isdigit() and place)]
    return words[:end], words[end:] + rest


def _follow(there: Sequence[str], words: Sequence[str]) -> bool:
    first, count = words[0], len(words)
    return any(word == first and list(there[place : place + count]) == list(words) for place, word in enumerate(there))
