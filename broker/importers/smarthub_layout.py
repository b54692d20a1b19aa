"""The lines of a SmartHub usage file, read strictly: an unknown line makes an unknown file (rules).

The quarter hours of 2022 to January 2024 carry what they cost in a third field. That is money, not use: it is checked
to be a number and left behind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from broker.importers.readings import layout_unknown, unreadable

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 100_000
_UNITS = {"kilowatt-hours": "kWh", "kilowatts": "kW"}
_RULER = re.compile(r"={10,60}")
_ACCOUNT = re.compile(r"For: ?(\S.{0,59})?")
_TYPE = re.compile(r"Type of readings: Electricity, Energy Consumption, Real energy in (kilowatt-hours|kilowatts)")
_START = re.compile(r"Start date: \d{4}-\d\d-\d\d \d\d:\d\d +for \d{1,5} (?:day|hour|month)s?")
_PERIOD = re.compile(
    r"Interval Blockdata for period starting:, ?\d{4}-\d\d-\d\d \d\d:\d\d +for \d{1,5} (?:day|hour|month)s?"
)
_HEADER = re.compile(
    r"Energy consumption time period,Usage\(Real energy in (kilowatt-hours|kilowatts)\),"
    r"(Events occurred|[A-Za-z ()$]{0,30}[Cc]ost[A-Za-z ()$]{0,30})"
)
_ROW = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d) to (\d{4}-\d\d-\d\d \d\d:\d\d),([^,]*),([^,]*)(,?)",
)
_MONEY = re.compile(r"-?\$?\d{1,6}(?:\.\d{1,6})?")
QUARTER = timedelta(minutes=15)
ONE_HOUR = timedelta(hours=1)
_VALUE = re.compile(r"-?\d{1,8}(?:\.\d{1,6})?")
_NO_VALUE = ("", "-")


@dataclass(frozen=True)
class Row:
    """A period in wall-clock time and its value; None where the file states none, which is not zero."""

    line: int
    start: datetime
    end: datetime
    value: Decimal | None


@dataclass
class Block:
    """Rows under one caption."""

    unit: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class UsageFile:
    """The account that the preamble names, and the blocks."""

    account: str | None
    blocks: list[Block]


def parse(data: bytes) -> UsageFile:
    """Read a whole file.

    Raises `Refused("file.unreadable")` for what is no text or too large, and
    `Refused("file.layout_unknown")` at the first line that is not as expected.
    """
    lines = _lines(data)
    _expect(lines, "Usage Information")
    account = _match(_ACCOUNT, next(lines, (0, ""))[1])[1]
    blocks: list[Block] = []
    for _, text in lines:
        if text != "Meter Reading Information":
            raise layout_unknown()
        blocks.append(_block(lines, blocks))
        if len(blocks) > 8:
            raise layout_unknown()
    if not blocks:
        raise layout_unknown()
    return UsageFile(account.strip() if account else None, blocks)


class _Lines:
    """The lines that say something, with one step back."""

    def __init__(self, text: str) -> None:
        self._all = [(number, line) for number, line in _spoken(text)]
        self._next = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        if self._next >= len(self._all):
            raise StopIteration
        self._next += 1
        return self._all[self._next - 1]

    def back(self) -> None:
        """Give the last line again."""
        self._next -= 1


def _spoken(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        stripped = line.replace("\xa0", " ").strip(" ")
        if stripped and not _RULER.fullmatch(stripped):
            yield number, stripped


def _lines(data: bytes) -> _Lines:
    if len(data) > MAX_BYTES:
        raise unreadable()
    try:
        return _Lines(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise unreadable() from None


def _block(lines: _Lines, before: list[Block]) -> Block:
    unit = _match(_TYPE, next(lines, (0, ""))[1])[1]
    _expect(lines, "Detailed Usage")
    _match(_START, next(lines, (0, ""))[1])
    _match(_PERIOD, next(lines, (0, ""))[1])
    header = _match(_HEADER, next(lines, (0, ""))[1])
    if header[1] != unit:
        raise layout_unknown()
    costs = header[2] != "Events occurred"
    block = Block(_UNITS[unit])
    for number, text in lines:
        if text == "Meter Reading Information":
            lines.back()
            break
        block.rows.append(_row(number, text, block.rows[-1] if block.rows else None, costs=costs))
    if not block.rows or sum(len(each.rows) for each in [*before, block]) > MAX_ROWS:
        raise layout_unknown()
    return block


def _row(number: int, text: str, before: Row | None, *, costs: bool) -> Row:
    start_text, end_text, value_text, third, last = _match(_ROW, text).groups()
    try:
        # Wall-clock time: the file has no zone. The pattern above leaves one form alone, so this reads nothing else.
        start, end = datetime.fromisoformat(start_text), datetime.fromisoformat(end_text)
    except ValueError:
        raise layout_unknown() from None
    value_text = value_text.strip(" ")
    if value_text not in _NO_VALUE and not _VALUE.fullmatch(value_text):
        raise layout_unknown()
    quarter = end - start == QUARTER or (end - start == ONE_HOUR + QUARTER and start.minute == 45)
    _check_third(third.strip(" "), last, quarter=quarter, costs=costs)
    # Rows go forward. Only by one hour, and only where the autumn day has that hour twice, may they begin again; that
    # it is such an hour is checked where the zone is known.
    if end <= start or (before is not None and start < before.end and start != before.end - ONE_HOUR):
        raise layout_unknown()
    return Row(number, start, end, None if value_text in _NO_VALUE else Decimal(value_text))


def _check_third(third: str, last: str, *, quarter: bool, costs: bool) -> None:
    """Money stands in the old quarter hours alone; everywhere else the field for events is there, and empty."""
    if (third or costs or not last) and not quarter:
        raise layout_unknown()
    if third not in _NO_VALUE and not _MONEY.fullmatch(third):
        raise layout_unknown()


def _expect(lines: _Lines, text: str) -> None:
    if next(lines, (0, ""))[1] != text:
        raise layout_unknown()


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise layout_unknown()
    return match
