"""Which account numbers stand on a PDF that somebody sent: found in the sandbox, compared outside, kept nowhere.

Numbers behind the word for account are named by the paper. Others are only given so that they can be looked for among
the accounts that we know: a bill is full of numbers that are none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from broker.importers import bill_amount, bill_pdf
from broker.importers.bill_identity import has_words
from broker.importers.bill_period import period
from broker.importers.readings import LABELLED_BELOW

MAX_NUMBERS = 4000
MAX_DIGITS = 20
SHORTEST, BELOW = 4, 6  # digits of a number right behind the word; of one elsewhere on its line, or below it
_ACCOUNT = re.compile(r"\b(?:account|acct|cuenta)\b", re.I)
# What may stand between the word and its number: another word for number, and punctuation.
_BETWEEN = re.compile(r"\.?\s*(?:(?:numbers?|no|num|nbr|id|n[uú]mero|de|cliente|n\.?\s?[º°])\b\.?\s*+)*[#:.\s-]*", re.I)
_TOKEN = re.compile(r"\S+")
_TRIMMED = "()[]{}<>,;:#*'\"|.-"
_DIGITS = re.compile(r"\d(?:[.-]?\d)*")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(?:19|20)\d\d")
_MONEY = re.compile(r"\$?-?\d{1,3}(?:,\d{3})*\.\d{2,3}|\$?-?\d+\.\d{2,3}")
_PHONE = re.compile(r"(?:\+?1[.-])?(?:\d{3}[.-])?\d{3}[.-]\d{4}")
_ZIP = re.compile(r"\d{5}-\d{4}")


@dataclass(frozen=True, repr=False)
class Numbers:
    """What stands on the pages: for each number behind the word all ways to read it, the weaker ones, and all."""

    named: tuple[tuple[str, ...], ...]
    below: tuple[str, ...]
    every: tuple[str, ...]
    complete: bool  # there were no more than are looked at


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed PDF, "name": of the account}` (in the sandbox): facts of `bill_pdf.facts`, and its numbers.

    `complete` says that every page gave text: on one that is a picture, anything may stand. `each_page` gives the same
    page by page, with the period, the sum and the day of the bill that a page names. Raises Refused as `bill_pdf.facts`
    does.
    """
    facts, pages = bill_pdf.facts_and_pages(payload)
    found = numbers(pages.texts)
    return {
        **facts,
        "named": [list(each) for each in found.named],
        "below": list(found.below),
        "numbers": list(found.every),
        "each_page": [_page(text) for text in pages.texts],
        "complete": pages.complete and found.complete,
        "name": has_words("\n".join(pages.texts), payload["name"]),
    }


def numbers(texts: Sequence[str]) -> Numbers:
    """Find the numbers on pages of text, each once, in the order in which they stand."""
    named: dict[tuple[str, ...], None] = {}
    below: dict[str, None] = {}
    every: dict[str, None] = {}
    for text in texts:
        lines = text.splitlines()
        for place, line in enumerate(lines):
            named |= dict.fromkeys(_behind_the_word(line))
            near = any(_ACCOUNT.search(each) for each in lines[max(0, place - 2) : place + 1])
            if near:
                below |= dict.fromkeys(_alone(line))
            shortest = SHORTEST if near else LABELLED_BELOW
            every |= dict.fromkeys(each for each in _joined(line) if len(each) >= shortest)
    every |= {way: None for ways in named for way in ways}
    kept = tuple(every)[:MAX_NUMBERS]
    return Numbers(tuple(named), tuple(below), kept, len(every) <= MAX_NUMBERS)


def _page(text: str) -> dict[str, Any]:
    found, days = numbers([text]), period(text)
    amount, day, used = bill_amount.amount(text), bill_amount.billed_on(text), bill_amount.energy(text)
    return {
        "named": [list(each) for each in found.named],
        "below": list(found.below),
        "numbers": list(found.every),
        "days": [each.isoformat() for each in days] if days else None,
        "amount": str(amount) if amount is not None else None,
        "kwh": str(used) if used is not None else None,
        "billed_on": day.isoformat() if day else None,
        "complete": bool(text.strip()) and found.complete,
    }


def _behind_the_word(line: str) -> Iterator[tuple[str, ...]]:
    for label in _ACCOUNT.finditer(line):
        between = _BETWEEN.match(line, label.end())
        rest = line[between.end() if between else label.end() :]
        ways = tuple(_prefixes(rest))
        if ways and len(ways[-1]) >= SHORTEST:
            yield ways


def _prefixes(rest: str) -> Iterator[str]:
    """Give the number at the very start of a text: its first piece, then with the next ones put to it."""
    whole = ""
    for token in rest.split()[:4]:
        plain = token.strip(_TRIMMED)
        if not _DIGITS.fullmatch(plain) or (not whole and _DATE.fullmatch(plain)):
            return
        whole += _only_digits(plain)
        if len(whole) > MAX_DIGITS:
            return
        yield whole
        if plain != token:
            return  # a comma or bracket ends it


def plain_number(token: str) -> str | None:
    """Give the digits of a piece of text that is one number; None for a day, money, a telephone, or anything else."""
    plain = token.strip(_TRIMMED)
    if not _DIGITS.fullmatch(plain) or any(each.fullmatch(plain) for each in (_DATE, _MONEY, _PHONE, _ZIP)):
        return None
    digits = _only_digits(plain)
    return digits if len(digits) <= MAX_DIGITS else None


def _alone(line: str) -> Iterator[str]:
    found = (plain_number(token) for token in _TOKEN.findall(line))
    yield from (each for each in found if each is not None and len(each) >= BELOW)


def _joined(line: str) -> Iterator[str]:
    """Give every number of a line, alone and put together with up to three that follow it: "5111 0017" is one."""
    tokens = [each.strip(_TRIMMED) for each in _TOKEN.findall(line)]
    for place, first in enumerate(tokens):
        whole = ""
        for each in tokens[place : place + 4]:
            if not _DIGITS.fullmatch(each) or _MONEY.fullmatch(each) or _DATE.fullmatch(each):
                break
            whole += _only_digits(each)
            if len(whole) > MAX_DIGITS:
                break
            yield whole
        if not _DIGITS.fullmatch(first) and (inside := re.fullmatch(r"\D{0,20}?(\d{5,20})\D{0,20}", first)):
            yield inside[1]  # "Acct#51110017"


def _only_digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())
