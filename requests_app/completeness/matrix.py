"""What was asked of a utility against what came: account × month × kind of data (rules).

A month of readings is received when every day that was asked of it came. What is made once in a billing period (a
bill, a payment, a monthly reading) seldom begins with the month: its month is received when at least two thirds of the
asked days came, so that a bill that is missing always leaves a month open. Account information has no months.
Source: field guide 4.4 and 5.4 ("clock goes on for the missing cells of the matrix"), scenario S46.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

Days = tuple[date, date]  # end exclusive
PERIODS = frozenset({"bill", "payment", "usage_monthly"})
WITHOUT_MONTHS = frozenset({"account_info"})


class Cell(StrEnum):
    """How a month of one kind of data of one account stands."""

    RECEIVED = "received"
    WAITING = "waiting"  # files came that nobody has decided on; it may be in them
    UNREADABLE = "unreadable"  # a file in quarantine cannot be read; it may be in it, where nothing else came
    NONE_EXISTS = "none_exists"  # the utility says that it has none
    OUT_OF_SCOPE = "out_of_scope"  # nothing permits it
    MISSING = "missing"


OWED = frozenset({Cell.MISSING, Cell.UNREADABLE, Cell.WAITING})


@dataclass(frozen=True)
class Month:
    """One cell: its state, and how many of its asked days came; `month` is its first day, None for all of them."""

    month: date | None
    state: Cell
    have: int = 0
    asked: int = 0

    @property
    def in_part(self) -> bool:
        """Say whether some of its days came, and not all."""
        return 0 < self.have < self.asked


@dataclass(frozen=True)
class Row:
    """The cells of one kind of data of one account."""

    account: UUID
    data_type: str
    cells: tuple[Month, ...]


@dataclass(frozen=True)
class Matrix:
    """Everything that was asked, cell by cell."""

    months: tuple[date, ...]
    rows: tuple[Row, ...]

    def of_state(self, *states: Cell) -> list[tuple[UUID, str, date | None]]:
        """Give the cells in any of these states: account, kind and month."""
        return [(row.account, row.data_type, each.month) for row in self.rows for each in row.cells
                if each.state in states]  # fmt: skip

    @property
    def owed(self) -> list[tuple[UUID, str, date | None]]:
        """Give what still has to come, or to be decided on."""
        return self.of_state(*OWED)

    @property
    def is_complete(self) -> bool:
        """Say whether nothing is missing that was asked for and may be had."""
        return not self.owed

    @property
    def has_some(self) -> bool:
        """Say whether something came: whole cells, or days of one."""
        return any(each.state == Cell.RECEIVED or each.have for row in self.rows for each in row.cells)


@dataclass(frozen=True)
class Asked:
    """What a request asks for, and what may be had: days of the permission, in order."""

    accounts: tuple[UUID, ...]
    data_types: tuple[str, ...]
    days: Days
    allowed: tuple[Days, ...]
    allowed_types: frozenset[str]


@dataclass(frozen=True)
class Came:
    """What came: the days of each account and kind in accepted files, and what else is known."""

    days: Mapping[tuple[UUID, str], Iterable[Days]]
    none: Collection[tuple[UUID, str, date | None]] = ()
    waiting: bool = False  # a file is in quarantine
    unreadable: bool = False  # a file is in quarantine that nobody can read
    surplus: Mapping[str, Collection[date]] = field(default_factory=dict)  # months outside that came, by kind


def matrix(asked: Asked, came: Came) -> Matrix:
    """Compare what was asked with what came; pure, and linear in months × kinds × accounts and in what came."""
    outside = {month for months in came.surplus.values() for month in months}
    months = sorted(set(months_of(asked.days)) | outside)
    rows = [
        Row(account, kind, tuple(_cells(account, kind, months, asked, came)))
        for account in asked.accounts
        for kind in asked.data_types
    ]
    return Matrix(tuple(months), tuple(rows))


def months_of(days: Days) -> list[date]:
    """Give the first day of each month that these days touch."""
    start, end = days
    found, month = [], start.replace(day=1)
    while month < end:
        found.append(month)
        month = after(month)
    return found


def after(month: date) -> date:
    """Give the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def joined(pieces: Iterable[Days]) -> list[Days]:
    """Join days that touch or overlap, in order; empty ones are left out."""
    found: list[Days] = []
    for first, last in sorted(each for each in pieces if each[0] < each[1]):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def common(one: Iterable[Days], other: Iterable[Days]) -> list[Days]:
    """Give the days that two lists of days share."""
    others = list(other)
    return joined((max(a, c), min(b, d)) for a, b in one for c, d in others)


def lies_in(days: Days, pieces: Iterable[Days]) -> bool:
    """Say whether all of these days lie in one of the pieces."""
    return any(first <= days[0] and days[1] <= last for first, last in pieces)


def _cells(account: UUID, kind: str, months: list[date], asked: Asked, came: Came) -> Iterable[Month]:
    pieces = joined(came.days.get((account, kind), ()))
    permitted = kind in asked.allowed_types
    if kind in WITHOUT_MONTHS:
        has = (account, kind) in came.days
        yield Month(None, _state(has, permitted, (account, kind, None) in came.none, came))
        return
    wanted = common([asked.days], asked.allowed) if permitted else []
    for month in months:
        of_month = common([(month, after(month))], wanted)
        days = _count(of_month)
        have = _count(common(of_month, pieces)) if pieces else 0
        enough = bool(days) and (have * 3 >= days * 2 if kind in PERIODS else have == days)
        yield Month(month, _state(enough, bool(days), (account, kind, month) in came.none, came, have), have, days)


def _state(enough: bool, permitted: bool, none: bool, came: Came, have: int = 0) -> Cell:
    if not permitted:
        return Cell.OUT_OF_SCOPE
    if enough:
        return Cell.RECEIVED
    if none:
        return Cell.NONE_EXISTS
    if came.waiting:
        return Cell.WAITING
    return Cell.UNREADABLE if came.unreadable and not have else Cell.MISSING


def _count(pieces: Iterable[Days]) -> int:
    return sum((last - first).days for first, last in pieces)
