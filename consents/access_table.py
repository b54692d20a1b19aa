"""The list as a page shows it: chosen, grouped, cut into pages, counted by month (rules: no database, no clock)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from consents.access import AccessRow
from consents.access_words import SEEN

PAGE = 50  # groups on a page
REFUSED = "refused"  # the filter "what" also offers everything that was not given,
COMPANIES = "companies"  # and what companies saw


def is_company(row: AccessRow) -> bool:
    """Say whether an organisation or its program acted."""
    return row.who.key.startswith("o-") or row.who.key == "application"


def looked(row: AccessRow) -> bool:
    """Say whether a company saw something of hers: data, or her name, number or address. Page and report count this."""
    return is_company(row) and row.given and (row.kind == SEEN or bool(row.facts))


@dataclass(frozen=True)
class Choice:
    """What a person wants to see; empty is everything."""

    who: str = ""
    what: str = ""
    month: str = ""

    def fits(self, row: AccessRow, zone: ZoneInfo) -> bool:
        """Say whether a row is wanted."""
        return (
            (not self.who or row.who.key == self.who)
            and self._is_what(row)
            and (not self.month or month_of(row.at, zone) == self.month)
        )

    def _is_what(self, row: AccessRow) -> bool:
        if self.what == COMPANIES:
            return looked(row)
        return not self.what or (not row.given if self.what == REFUSED else row.kind == self.what)


@dataclass(frozen=True)
class Group:
    """The same thing by the same people, repeated within one day: its newest row, and the moments of all."""

    row: AccessRow
    times: tuple[datetime, ...]  # newest first

    @property
    def repeated(self) -> int:
        """Give how often it happened."""
        return len(self.times)

    @property
    def first(self) -> datetime:
        """Give the earliest moment."""
        return self.times[-1]


@dataclass(frozen=True)
class Page:
    """One page of groups; `number` counts from 1."""

    groups: tuple[Group, ...]
    number: int
    of: int

    @property
    def older(self) -> int | None:
        """Give the number of the page that follows in time, backwards."""
        return self.number + 1 if self.number < self.of else None

    @property
    def newer(self) -> int | None:
        """Give the number of the page before."""
        return self.number - 1 if self.number > 1 else None


@dataclass(frozen=True)
class Month:
    """What others did in one month: what companies saw, what else was done, and what was not given."""

    first: date
    seen: int
    other: int
    refused: int

    @property
    def given(self) -> int:
        """Give what was done or given."""
        return self.seen + self.other

    @property
    def all(self) -> int:
        """Give the sum."""
        return self.given + self.refused


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Give the local month of an instant, as `2026-03`."""
    return f"{at.astimezone(zone):%Y-%m}"


def grouped(rows: Iterable[AccessRow], zone: ZoneInfo) -> list[Group]:
    """Put repetitions of one day together at the place of the newest; the order of the rows is kept."""
    found: list[Group] = []
    for _day, same_day in groupby(rows, key=lambda row: row.at.astimezone(zone).date()):
        together: dict[tuple[object, ...], list[AccessRow]] = {}
        for row in same_day:
            together.setdefault(_alike(row), []).append(row)
        found += [Group(alike[0], tuple(each.at for each in alike)) for alike in together.values()]
    return found


def _alike(row: AccessRow) -> tuple[object, ...]:
    return (row.who.name, row.act, row.what, row.detail, row.why, row.how, row.result, row.reason, row.instead)


def cut(groups: Sequence[Group], number: int) -> Page | None:
    """Give one page, or nothing where there is none of this number."""
    pages = max(1, -(-len(groups) // PAGE))
    if not 1 <= number <= pages:
        return None
    return Page(tuple(groups[(number - 1) * PAGE : number * PAGE]), number, pages)


def months(rows: Sequence[AccessRow], zone: ZoneInfo, *, last: date, most: int = 12) -> list[Month]:
    """Count by month what others than herself did, oldest first: from her first entry on, at most a year."""
    began = month_of(min(row.at for row in rows), zone) if rows else f"{last:%Y-%m}"
    counted = Counter((month_of(row.at, zone), row.given, looked(row)) for row in rows if row.who.key != "you")
    found = [(first, f"{first:%Y-%m}") for first in _back(last, most)]
    return [
        Month(first, counted[name, True, True], counted[name, True, False], counted[name, False, False])
        for first, name in found
        if name >= began
    ][::-1]


def _back(last: date, count: int) -> Iterator[date]:
    at = last.replace(day=1)
    for _step in range(count):
        yield at
        at = (at.replace(month=at.month - 1)) if at.month > 1 else at.replace(year=at.year - 1, month=12)


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: where it stands, and how high its two parts are."""

    month: Month
    x: int
    given_y: int
    given_height: int
    refused_y: int
    refused_height: int


def bars(counted: Sequence[Month], *, height: int, step: int) -> list[Bar]:
    """Lay out the picture: the highest month fills `height`; what was not given stands on top of what was."""
    top = max([each.all for each in counted] or [0]) or 1
    scale: Callable[[int], int] = lambda n: -(-n * height // top)  # noqa: E731 - one formula for both parts
    found = []
    for at, each in enumerate(counted):
        given, whole = scale(each.given), scale(each.all)
        found.append(Bar(each, at * step, height - given, given, height - whole, whole - given))
    return found
