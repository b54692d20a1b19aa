"""Which account numbers stand in a text file of a layout that nobody knows: found in the sandbox, compared outside.

Cells are told apart by the sign that divides them, pieces of a feed by its tags. A number behind the word for account,
right of such a heading or in the column below it, is named by the file; so is what the portal says that a block is for,
in its own line or in the service point of its feed. Every longer whole number is given too, to be looked for among the
accounts that we know.
"""

import re
from collections.abc import Iterator
from typing import Any

from broker.importers.bill_accounts import BELOW, MAX_DIGITS, SHORTEST, numbers, plain_number
from broker.importers.readings import LABELLED_BELOW, layout_unknown
from broker.sandbox.wire import unpack

MOST = 20_000  # numbers that are compared; of more, nobody could say that all were
_DIVIDERS = ",;\t|"
_MARKUP = re.compile(r"[<>\"'=]")
_NO_ACCOUNT = re.compile(r"-?\d*\.\d+|\d{4}-\d\d|\d\d?[/-]\d{4}")  # measured values and months
_FOR = re.compile(r"^[ \xa0\t]*For:[ \xa0]*(\S[^\r\n]*)", re.M)
_PORTAL = re.compile(r"^[ \xa0\t]*(?:Usage|Meter Reading) Information[ \xa0]*\r?$", re.M)
_POINT = re.compile(r"(?:\w+:)?ServiceDeliveryPoint")
_NAME = re.compile(r"(?:\w+:)?name")
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_ACCOUNT = {"account", "acct", "cuenta"}
_NUMBER = {"number", "numbers", "no", "num", "nbr", "id", "de", "cliente", "numero", "número", "n"}
_BEFORE = 2  # words before the one for account: "service account", "número de cuenta"


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed bytes}` of a text file; give `named` and `numbers` as `bill_accounts.read` does.

    Raises `Refused("file.layout_unknown")` where there are more numbers than are compared.
    """
    text = unpack(payload["data"]).decode("utf-8-sig", "replace")
    is_feed = text.lstrip().startswith("<")
    rows = [_pieces(text)] if is_feed else _table(text)
    named: dict[tuple[str, ...], None] = dict.fromkeys((number,) for number in _headed(rows))
    named |= dict.fromkeys(_of_points(rows[0]) if is_feed else _of_blocks(text))
    every: dict[str, None] = {}
    for cell in dict.fromkeys(each for row in rows for each in row if not _NO_ACCOUNT.fullmatch(each)):
        found = numbers([cell])
        named |= dict.fromkeys(found.named)
        every |= dict.fromkeys(each for each in found.every if len(each) >= LABELLED_BELOW)
        if len(every) > MOST:
            raise layout_unknown()
    every |= {way: None for ways in named for way in ways}
    return {"named": [list(each) for each in named], "numbers": list(every)}


def _pieces(text: str) -> list[str]:
    return [each.strip() for each in _MARKUP.split(text) if each.strip()]


def _of_points(pieces: list[str]) -> Iterator[tuple[str, ...]]:
    """Give the account of each service point of a feed, as `green_button` reads it."""
    inside = False
    for place, piece in enumerate(pieces[:-1]):
        if _POINT.fullmatch(piece.split()[0]):
            inside = True
        elif piece.startswith("/") and _POINT.fullmatch(piece[1:].strip()):
            inside = False
        elif inside and _NAME.fullmatch(piece.split()[0]):
            yield from _said(pieces[place + 1], SHORTEST, exactly=True)


def _of_blocks(text: str) -> Iterator[tuple[str, ...]]:
    """Give what each block of the portal says whom it is for; in a table of anybody's own, long numbers alone."""
    is_portal = _PORTAL.search(text) is not None
    for line in _FOR.finditer(text):
        yield from _said(line[1].strip(), SHORTEST if is_portal else BELOW, exactly=is_portal)


def _said(text: str, shortest: int, *, exactly: bool) -> Iterator[tuple[str, ...]]:
    """Give the number at the start of a text in all ways to read it; `exactly`: else all digits of the text."""
    ways = [each for each in numbers([f"account {text}"]).named if len(each[-1]) >= shortest]
    digits = "".join(each for each in text if each.isdigit())
    yield from [(digits[:MAX_DIGITS],)] if exactly and digits and not ways else ways


def _table(text: str) -> list[list[str]]:
    divider = max(_DIVIDERS, key=text.count)
    return [[each.strip(" \xa0\"'") for each in line.split(divider)] for line in text.splitlines()]


def _headed(rows: list[list[str]]) -> Iterator[str]:
    """Give the numbers right of a heading for account, and those of the column that it begins."""
    columns: set[int] = set()
    for row in rows:
        heading = None
        for place, cell in enumerate(row):
            number = None if _NO_ACCOUNT.fullmatch(cell) else plain_number(cell)
            if number is not None and len(number) >= SHORTEST and (heading is not None or place in columns):
                yield number
                columns.discard(-1 if heading is None else heading)  # it was said of this one alone
            heading = place if number is None and _is_heading(cell) else None
            columns |= set() if heading is None else {heading}


def _is_heading(cell: str) -> bool:
    """Say whether a cell is only the word for account, with words for number: what it is of, not what it comes to."""
    if len(cell) > 40:
        return False
    words = [each.lower() for each in _WORD.findall(cell)]
    place = next((number for number, each in enumerate(words) if each in _ACCOUNT), None)
    return place is not None and place <= _BEFORE and set(words[place + 1 :]) <= _NUMBER
