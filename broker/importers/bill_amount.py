"""What a page of a bill says that it comes to, in money and in energy, and its day, where it leaves no doubt (rules).

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
_USED = re.compile(
    r"\b(?:energy\s+use[ds]?|electricity\s+use[ds]?|total\s+(?:energy|use|usage|kwh)|kwh\s+(?:used|usage|billed)|"
    r"consumo(?:\s+total)?|energ[ií]a\s+(?:usada|consumida))\b",
    re.I,
)
_KWH = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,3})?)\s*kwh\b", re.I)
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


def energy(text: str) -> Decimal | None:
    """Give the kilowatt-hours that a page says were used in all; None if it is not sure."""
    lines = [line for line in text.splitlines() if _USED.search(line) and not _OTHER_CASE.search(line)]
    return _one(lines, lambda line: {Decimal(each.replace(",", "")) for each in _KWH.findall(line)})


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
