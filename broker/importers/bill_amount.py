"""What a page of a bill says that it comes to, and the day of the bill, where it says so without a doubt (rules).

Layouts differ, so a sum is only believed beside the words for it: of the lines with one label, all have to give the
same sum. A page that gives none, or two, says nothing. A sum for another case does not count: a late payment, an older
balance.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from broker.importers.bill_identity import amounts, dates

_WHOLE = re.compile(
    r"\b(?:total\s+(?:amount\s+)?due|total\s+(?:a\s+pagar|adeudado)|amount\s+due|amount\s+to\s+pay|importe\s+total)\b",
    re.I,
)
_CURRENT = re.compile(r"\b(?:total\s+(?:current|new)?\s*charges|current\s+charges|cargos\s+actuales)\b", re.I)
_OTHER_CASE = re.compile(
    r"\b(?:after|late|past|previous|prior|last|if\s+paid|balance\s+forward|despu[eé]s|anterior|vencido)\b", re.I
)
_BILL_DAY = re.compile(
    r"\b(?:bill(?:ing)?|statement|invoice)\s+date\b|\bfecha\s+de\s+(?:la\s+)?(?:factura(?:ci[oó]n)?|cuenta)\b", re.I
)


def amount(text: str) -> Decimal | None:
    """Give the sum in dollars that a page says is due; where it says none, that of its charges; None if not sure."""
    for label in (_WHOLE, _CURRENT):
        lines = [line for line in text.splitlines() if label.search(line) and not _OTHER_CASE.search(line)]
        if lines:
            return _one(lines, lambda line: set(amounts(line)))
    return None


def billed_on(text: str) -> date | None:
    """Give the day of the bill; None where the page is not sure."""
    return _one([line for line in text.splitlines() if _BILL_DAY.search(line)], lambda line: set(dates(line)))


def _one[T](lines: Iterable[str], read: Callable[[str], set[T]]) -> T | None:
    found: set[T] = set()
    for line in lines:
        said = read(line)
        if len(said) > 1:
            return None
        found |= said
    return found.pop() if len(found) == 1 else None
