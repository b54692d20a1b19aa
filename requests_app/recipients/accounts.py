"""A list of account numbers as a person pastes it, or as a table has it; read strictly, nothing guessed (rules)."""

import csv
import io
import re
from dataclasses import dataclass

MOST = 100  # as many as one ask may name
NAMES = ("account", "account_number", "account number")  # of the column, where a table has a head
_BETWEEN = (",", "\t", ";")
_NUMBER = re.compile(r"[0-9]{4,12}")


@dataclass(frozen=True)
class Listed:
    """The numbers, each once and in their order, and what stands against the list: line by line, in words."""

    numbers: tuple[str, ...]
    problems: tuple[str, ...]
    repeated: int = 0


def read(text: str, *, most: int = MOST) -> Listed:
    """Read a number in each line; or a table whose head names a column “account”, of which nothing else is read.

    A table is CSV, or what a spreadsheet copies. `most` is how many numbers a list may hold.
    A line that is anything else is named and never repeated: whatever was pasted by mistake stays where it was.
    """
    given = _rows(text.removeprefix("\ufeff"))
    rows = [(line, filled) for line, row in given if (filled := _filled(row))]
    column, begin = 0, 0
    if rows and (named := _column(rows[0][1])) is not None:
        column, begin = named, 1
    numbers: dict[str, int] = {}
    problems, repeated = [], 0
    for line, row in rows[begin:]:
        cell = row[column].strip() if len(row) > column else ""
        if not _NUMBER.fullmatch(cell) or (begin == 0 and len(row) > 1):
            problems.append(f"Line {line}: an account number has 4 to 12 digits and nothing else.")
        elif cell in numbers:
            repeated += 1
        else:
            numbers[cell] = line
    if not problems and not numbers:
        problems.append("There is no account number in the list.")
    if len(numbers) > most:
        problems.append(f"{len(numbers)} accounts are too many at once: at most {most}.")
    return Listed(tuple(numbers), tuple(problems[:20]), repeated)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=None), strict=True, delimiter=_between(text))
        return [(reader.line_num, row) for row in reader]
    except csv.Error:
        return [(1, ["?"])]


def _between(text: str) -> str:
    """Give what stands between cells: what makes a head of the first line with the column; else the first there is.

    A spreadsheet puts a tab there on the clipboard, and in some countries' files a semicolon.
    """
    head = text.strip().splitlines()[0] if text.strip() else ""
    there = [sign for sign in _BETWEEN if sign in text] or [","]
    return next((sign for sign in there if _column(_cells(head, sign)) is not None), there[0])


def _cells(line: str, between: str) -> list[str]:
    return next(csv.reader([line], delimiter=between), [])


def _filled(row: list[str]) -> list[str]:
    """Give a row up to its last cell that is filled: a table of one column may end each line with a separator."""
    return row[: max((place + 1 for place, cell in enumerate(row) if cell.strip()), default=0)]


def _column(head: list[str]) -> int | None:
    found = [n for n, cell in enumerate(head) if cell.strip().lower().replace("-", "_") in NAMES]
    return found[0] if len(found) == 1 else None
