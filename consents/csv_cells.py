"""Tables for other people's programs (rules): a cell is never a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula, or skips before one (OWASP, CSV injection).
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# What went back to the co-op is a number with a minus: it runs nothing, and a program must be able to add it up.
NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def quoted(text: str) -> str:
    """Give a cell's text so that no spreadsheet runs it: an apostrophe before whatever could begin a formula.

    A plain number is a number, also with a minus before it.
    """
    clean = text.replace("\x00", "")
    if NUMBER.fullmatch(clean):
        return clean
    return f"'{clean}" if clean.startswith(STARTS) or clean.lstrip().startswith(STARTS) else clean


def table(rows: Iterable[Sequence[str]]) -> str:
    """Give rows as CSV (RFC 4180), every cell in quotation marks and none of them a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([quoted(cell) for cell in row] for row in rows)
    return out.getvalue()
