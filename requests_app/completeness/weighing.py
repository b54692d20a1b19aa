"""What of a file may be had, page by page, and what is too much (rules).

A page counts as inside only where it proves everything itself: one account of the request, no other one, and a period
that lies in the permission and touches what was asked. With one page of which that cannot be said for certain, nothing
is cut out: the whole file stays sealed for a person. Scenarios S44 and S45.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from requests_app.completeness.matrix import Days, after, common, lies_in, months_of
from requests_app.completeness.words import EXTRA_MONTHS, EXTRA_TYPES, OTHER_ACCOUNT


class Of(StrEnum):
    """What a page is."""

    INSIDE = "inside"
    STRADDLES = "straddles"  # a part of its period is outside the permission: all of it stays sealed
    OUTSIDE = "outside"
    OTHER = "other"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Page:
    """What a page says: the request's account that it names, whether it names another, and its period."""

    own: UUID | None
    other: bool
    days: Days | None
    complete: bool  # it gave text


@dataclass(frozen=True)
class Weighed:
    """What was too much in a file, and what may be cut out of it."""

    kinds: tuple[str, ...] = ()
    surplus: tuple[int, ...] = ()  # numbers of pages, from 1
    inside: tuple[int, ...] = ()  # empty: nothing can be cut out with certainty
    account: UUID | None = None
    months: tuple[date, ...] = ()  # that are in it and may not be had
    values: int = 0
    data_type: str = ""  # of a usage file, which says so itself

    @property
    def is_too_much(self) -> bool:
        """Say whether the file is an incident."""
        return bool(self.kinds)


NOTHING = Weighed()


def of_page(page: Page, allowed: Sequence[Days], asked: Days | None) -> Of:
    """Say what one page is; `allowed` are the days of the permission, `asked` those of the request, if it names any."""
    if page.other:
        return Of.UNSURE if page.own else Of.OTHER
    if page.own is None or page.days is None or not page.complete:
        return Of.UNSURE
    if asked is not None and not common([page.days], [asked]):
        return Of.OUTSIDE
    if lies_in(page.days, allowed):
        return Of.INSIDE
    return Of.STRADDLES if common([page.days], allowed) else Of.OUTSIDE


def of_pages(pages: Sequence[Page], allowed: Sequence[Days], asked: Days | None, *, complete: bool) -> Weighed:
    """Weigh a document; `complete` says that every page of it was read."""
    found = [of_page(each, allowed, asked) for each in pages]
    numbered = list(enumerate(found, 1))
    inside = [number for number, what in numbered if what == Of.INSIDE]
    kinds = [OTHER_ACCOUNT] if any(each.other for each in pages) else []
    # A single bill that reaches over the edge of a permission is refused as always; beside others it is too much.
    if Of.OUTSIDE in found or (Of.STRADDLES in found and inside):
        kinds.append(EXTRA_MONTHS)
    if not kinds:
        return NOTHING
    owners = {pages[number - 1].own for number in inside}
    sure = complete and Of.UNSURE not in found and len(owners) == 1
    out = [each.days for each, what in zip(pages, found, strict=True) if what == Of.OUTSIDE and each.days]
    return Weighed(
        tuple(kinds),
        tuple(number for number, what in numbered if what not in (Of.INSIDE, Of.UNSURE)),
        tuple(inside) if sure else (),
        owners.pop() if sure else None,
        months_outside(out, allowed, asked),
    )


@dataclass(frozen=True)
class Usage:
    """What a usage file says: its kind, the request's account that it names, and what of its values may be had."""

    data_type: str
    own: UUID | None
    other: bool  # it names another account
    outside: int  # values on days that may not be had
    months: tuple[date, ...]  # of those
    has: bool  # some values may be had


def of_usage(found: Usage, types: Iterable[str]) -> Weighed:
    """Weigh a usage file; `types` are the kinds of data that the permission names."""
    kinds = [OTHER_ACCOUNT] if found.other else []
    if found.data_type and found.data_type not in set(types):
        kinds.append(EXTRA_TYPES)
    elif found.outside:
        kinds.append(EXTRA_MONTHS)
    sure = kinds == [EXTRA_MONTHS] and found.has and found.own is not None
    gone = found.months if EXTRA_MONTHS in kinds else ()
    return Weighed(tuple(kinds), (), (1,) if sure else (), found.own if sure else None, gone, found.outside,
                   found.data_type)  # fmt: skip


def months_outside(days: Iterable[Days], allowed: Sequence[Days], asked: Days | None) -> tuple[date, ...]:
    """Give the months of these days of which no day may be had."""
    wanted = common(allowed, [asked]) if asked is not None else list(allowed)
    found = {month for each in days for month in months_of(each)}
    return tuple(sorted(month for month in found if not common([(month, after(month))], wanted)))
