"""What a bill says of itself, for somebody who hands over many: whose, of which account, of when (in the sandbox).

With one account everything is typed and looked for on the bill (`bill_identity`). Of forty nobody types everything, so
what stands beside its label is read, and then looked for by the very same rules; what stands beside none is left for
her to type. Nothing is guessed: two dates, two sums, two addresses or two accounts on one bill say nothing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from broker.importers import bill_accounts, bill_amount, bill_columns, bill_holder, bill_pdf
from broker.importers.bill_identity import Described, failing, has_account, has_address, has_words

LONGEST_ADDRESS = 160
MOST_LINES = 40  # of those that hold the name
_ADDRESS = re.compile(
    r"\b(?:service\s+(?:address|location)|premises?\s+address|location\s+address|"
    r"direcci[oó]n\s+(?:de(?:l)?\s+)?servicio)\b\s*[:.]?\s*(?P<rest>.*)$",
    re.I,
)
MOST_NUMBERS = 4  # of a house, a road, a flat, and the ZIP code
# What begins another column of the paper, or stands in one: a second label, a sum, a day.
_NO_ADDRESS = re.compile(
    r"\b(?:meters?|rates?|amounts?|due|days?|bill(?:ing|ed)?|periods?|accounts?|acct|numbers?|no|previous|present|current|"
    r"readings?|read|dates?|kwh|kw|usage|used|total|charges?|balance|statement|payments?|cycle|multiplier|type|tariff|"
    r"customer|member|name|phone|page|description|medidor|tarifa|importe|monto|vence|d[ií]as|per[ií]odo|cuenta|"
    r"n[uú]mero|anterior|actual|lectura|fecha|consumo|factura|cargos?|saldo|nombre|cliente)\b|"
    r"[$:=]|\d\.\d|\d/\d+/\d|\b\d{1,2}[/-]\d{1,2}\b|\b\d{4}-\d\d-\d\d\b",
    re.I,
)
_LONG = re.compile(r"\d{5}")
_STATES = frozenset({"mo", "missouri", "ar", "arkansas"})


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed PDF, "name": as billed, "others": names of other utilities, "today": ISO date}`.

    Gives `accounts` (each number that the bill names as its account, with all ways to read it), `below` (those that
    stand near the word), `lines` (each with the name, beside the one before and the one after), `columns` (the same
    with what stands over and under it), what was read beside labels (`service_address`, `billed_on`, `amount`; "" where
    that leaves a doubt), `failed` (where all three were read: what `bill_identity.failing` says for each way), `other`
    (another utility's bill), `other_holder` (beside a label it names another holder), and `text` for the gate alone.
    Raises Refused as `bill_pdf.facts` does.
    """
    found, pages = bill_pdf.facts_and_pages(payload, words=True)
    text = "\n".join(pages.texts)
    day, amount = _one(bill_amount.billed_on(each) for each in pages.texts), _one(map(bill_amount.amount, pages.texts))
    numbers, place, today = bill_accounts.numbers(pages.texts), address(text), date.fromisoformat(payload["today"])
    accounts = [ways for each in numbers.named if (ways := _borne_out(each, text))]
    below = _borne_out(numbers.below, text)
    failed: dict[str, list[str]] = {}
    if day is not None and amount is not None and place:
        for way in {*below, *(way for ways in accounts for way in ways)}:
            failed[way] = failing(text, Described(way, payload["name"], place, day, amount), today=today)
    return {
        "accounts": accounts,
        "below": below,
        "failed": failed,
        "lines": lines_with(text, payload["name"]),
        "columns": [each for page in pages.words for each in bill_columns.around(page, payload["name"])][:MOST_LINES],
        "service_address": place,
        "billed_on": day.isoformat() if day else "",
        "amount": str(amount) if amount is not None else "",
        "other_holder": bill_holder.names_another(text, payload["name"]),
        "other": any(has_words(text, each) for each in payload["others"]),
        "has_text": bool(text.strip()),
        "text": found["text"],
    }


def is_address(text: str) -> bool:
    """Say whether a text has the shape of one service address: a number and words, no sum, no day, no other label.

    What was cut from a bill stands on it in any case, so finding it there again proves nothing of where it ends.
    """
    words = text.casefold().replace(",", " ").split()
    numbers = [place for place, word in enumerate(words) if any(each.isdigit() for each in word)]
    if not 0 < len(numbers) <= MOST_NUMBERS or len(numbers) == len(words) or _NO_ADDRESS.search(text):
        return False
    # A number as long as that of a meter is the house, or stands behind the state.
    return all(
        _LONG.search(words[place]) is None or not place or words[place - 1].strip(".") in _STATES for place in numbers
    )


def address(text: str) -> str:
    """Give the service address that a bill names as one; "" where it names none, or two."""
    found = {each for each in _addresses(text.splitlines()) if has_address(text, each)}
    return found.pop() if len(found) == 1 else ""


def lines_with(text: str, name: str) -> list[list[str]]:
    """Give the lines in which these words follow each other, each with the line before and the one after it."""
    lines = [" ".join(each.split()) for each in text.splitlines() if each.strip()]
    found = []
    for place, line in enumerate(lines):
        if has_words(line, name):
            before = lines[place - 1] if place else ""
            after = lines[place + 1] if place + 1 < len(lines) else ""
            found.append([before, line, after])
    return found[:MOST_LINES]


def _borne_out(ways: Sequence[str], text: str) -> list[str]:
    """Give those of these ways to read a number that the text bears out."""
    return [way for way in ways if has_account(text, way)]


def _addresses(lines: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        label = _ADDRESS.search(line)
        if label is None:
            continue
        rest = label["rest"].strip()
        if not rest and place + 1 < len(lines):
            rest = lines[place + 1].strip()
        plain = " ".join(rest.split())
        if len(plain) <= LONGEST_ADDRESS and is_address(plain):
            yield plain


def _one[T](found: Iterator[T | None]) -> T | None:
    """Give the one value that pages name; None where none does, or two differ."""
    each = {value for value in found if value is not None}
    return each.pop() if len(each) == 1 else None
