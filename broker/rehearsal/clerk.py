"""What the played co-op does about one request, by order of a test key: a fee, files, silence, a mail that comes back.

`POST /clerk {"token", "what", "wanted"}`, `what` one of `WHAT`; `token` is that of the request's thread. The clerk
knows the account number from the letter, so whoever orders says it, with the kinds and days that were asked for
(`wanted`). She has daily usage and bills, and nothing else.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from broker.rehearsal import paper

WHAT = ("fee", "whole", "part", "late", "moved_on", "bounce", "refuse")
FEE = Decimal("12.00")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """What a request asks for; the end is exclusive."""

    accounts: tuple[str, ...]
    data_types: tuple[str, ...]
    start: date
    end: date

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Wanted":
        """Read it; ValueError or KeyError for what it is not."""
        days = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        return cls(tuple(given["accounts"]), tuple(given["data_types"]), *days)


@dataclass(frozen=True)
class File:
    """A file that the clerk attaches."""

    name: str
    kind: str  # of `application` or `text`
    data: bytes


class Late:
    """Which requests the clerk answers late: kept beside her mails, so that a rehearsal that goes on still knows."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "late"
        self._kept.mkdir(exist_ok=True)

    def keep(self, token: str, wanted: Wanted) -> None:
        """Put a request aside until its clock has moved on."""
        facts = {**asdict(wanted), "start": wanted.start.isoformat(), "end": wanted.end.isoformat()}
        (self._kept / _name(token)).write_text(json.dumps(facts), encoding="utf-8")

    def take(self, token: str) -> Wanted | None:
        """Give what was put aside, once."""
        place = self._kept / _name(token)
        if not place.exists():
            return None
        facts = json.loads(place.read_text(encoding="utf-8"))
        place.unlink()
        return Wanted.of({**facts, "from": facts["start"], "to": facts["end"]})


def files(wanted: Wanted, *, today: date, half: bool) -> list[File]:
    """Give the files that she has of what is asked, up to yesterday; of a half the first days and months, rounded up.

    Empty where nothing is asked that she has.
    """
    first, end = wanted.start, min(wanted.end, today)
    found: list[File] = []
    for account in wanted.accounts:
        if "usage_daily" in wanted.data_types:
            days = [first + ONE_DAY * step for step in range((end - first).days)]
            found += _usage(account, _first(days, half=half))
        if "bill" in wanted.data_types:
            found += [_bill(account, *each) for each in _first(list(_months(first, end)), half=half)]
    return found


def fee_words(number: str) -> str:
    """Give the words in which she names her fee."""
    return f"There is a fee of ${FEE} for the copies of {number}. Please tell us whether you pay it.\n"


def _first[Each](all_of: Sequence[Each], *, half: bool) -> Sequence[Each]:
    return all_of[: (len(all_of) + 1) // 2] if half else all_of


def _usage(account: str, days: Sequence[date]) -> list[File]:
    if not days:
        return []
    used = [Decimal(20 + each.toordinal() % 17) + Decimal("0.125") for each in days]
    sent = [Decimal(-(each.toordinal() % 5)) - Decimal("0.250") for each in days]
    text = paper.usage_csv(account=account, first=days[0], delivered=used, received=sent, peak_kw=Decimal("7.500"))
    return [File("usage.csv", "text", text.encode())]


def _bill(account: str, begin: date, last: date) -> File:
    kwh = Decimal(600 + begin.month * 17)
    data = paper.bill(
        account=account, begin=begin, end=last, kwh=kwh, charges=Decimal("98.11") + begin.month, due=last + 21 * ONE_DAY
    )
    return File(f"bill-{begin:%Y-%m}.pdf", "application", data)


def _months(first: date, end: date) -> Iterator[tuple[date, date]]:
    """Give begin and last day of each month's part of these days."""
    while first < end:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(after, end) - ONE_DAY
        first = after


def _name(token: str) -> str:
    if not token.replace("-", "").replace("_", "").isalnum():
        raise ValueError("no token of a thread")
    return f"{token}.json"
