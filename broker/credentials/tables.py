"""Columns and rows: a heading that names a secret over a filled cell (rules)."""

import re

from broker.credentials.labels import Label, fold, label_of
from broker.credentials.shape import core
from broker.credentials.tokens import Doc
from broker.credentials.value import stated

Span = tuple[int, int]

MAX_ROWS = 400
MAX_HEADINGS = 40  # lines that may be the heading of a table
_DELIMITERS = (",", ";", "\t", "|")
_WIDE = re.compile(r" {2,}")


def column(doc: Doc) -> Span | None:
    """A table whose heading names a password and whose cells are filled."""
    if not doc.has_label or "\n" not in doc.text:
        return None
    lines = doc.text.split("\n")
    starts = _starts(lines)
    headings = 0
    for number, line in enumerate(lines[:-1]):
        if headings < MAX_HEADINGS and (split := _heading(line)) is not None:
            headings += 1
            found = _filled(lines, starts, number, *split)
            if found:
                return found
    return None


def _starts(lines: list[str]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return starts


def cells(line: str, delimiter: str) -> list[str]:
    """Cut a line into cells; a quoted cell may hold the delimiter."""
    if delimiter == " ":
        return [cell.strip() for cell in _WIDE.split(line.strip())]
    if '"' in line:
        parts = re.findall(rf'(?:^|{re.escape(delimiter)})\s*("(?:[^"]|"")*"|[^{re.escape(delimiter)}]*)', line)
    else:
        parts = line.split(delimiter)
    if delimiter == "|":
        parts = line.strip().strip("|").split("|")
    return [part.strip().strip('"').strip() for part in parts]


def _heading(line: str) -> tuple[str, int, Label] | None:
    if len(line) > 600:
        return None
    for delimiter in (*_DELIMITERS, " "):
        if delimiter != " " and delimiter not in line:
            continue
        parts = cells(line, delimiter)
        if len(parts) < 2 or max(len(part.split()) for part in parts) > 4:
            continue
        for index, part in enumerate(parts):
            label = _named(part)
            if label is not None:
                return delimiter, index, label
    return None


def _named(cell: str) -> Label | None:
    if any(sign in cell for sign in ":="):
        return None
    parts = [core(word) for word in re.split(r"[\s_.-]+|(?<=[a-z])(?=[A-Z])", cell) if word]
    label = label_of(fold(cell.replace(" ", ""))) or (label_of(fold(parts[-1])) if parts else None)
    if label is None and len(parts) > 1 and label_of(fold(parts[0])) is Label.STRONG:
        label = None  # "password changed" names no password
    return label


def _filled(lines: list[str], starts: list[int], number: int, delimiter: str, index: int, label: Label) -> Span | None:
    for row in range(number + 1, min(len(lines), number + 1 + MAX_ROWS)):
        line = lines[row]
        if not line.strip() or set(line) <= set("-|+=: "):
            continue
        parts = cells(line, delimiter)
        if len(parts) <= index:
            return None
        cell = parts[index]
        value = stated(cell) if cell else None
        if value is None or len(cell.split()) > 6:
            continue
        if label in (Label.PIN, Label.CODE) and not any(char.isdigit() for char in value):
            continue
        at = starts[row] + max(0, line.find(value))
        return at, at + len(value)
    return None
