"""What would be saved of a draft: per account the months with their gaps, totals and pictures (actions that open)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.models import Consent
from requests_app import use_chart
from requests_app.charts import bars, heat, profile
from requests_app.charts.drawn import Picture
from requests_app.charts.series import read
from requests_app.completeness.matrix import common, joined
from requests_app.completeness.models import Coverage
from requests_app.importing import BILL, BILLED
from requests_app.receive import zone_of
from requests_app.upload import drafts, words
from requests_app.upload.facts import Days, Facts
from requests_app.upload.models import DraftFile, ShareDraft
from requests_app.upload.months import Month, between_readings, count, months

Readings = tuple[str, str, str, list[dict[str, Any]]]  # role, unit, resolution, values


@dataclass(frozen=True)
class Line:
    """One file of the draft: its own name, what it is, and whether it would be saved."""

    number: int
    name: str
    text: str
    is_taken: bool
    waits: bool  # it would be kept for a person
    last_four: str


@dataclass(frozen=True)
class Bill:
    """One bill, with the file and the page where it stands."""

    first: date
    last: date
    amount: Decimal | None
    kwh: Decimal | None
    file: int
    page: int


@dataclass(frozen=True)
class Drawn:
    """The values of one role: what they come to, and all pictures that they allow."""

    chart: use_chart.Chart
    pictures: list[Picture]


@dataclass(frozen=True)
class Kind:
    """What would be saved of one account and one kind of data."""

    data_type: str
    text: str
    months: list[Month]
    drawn: list[Drawn]
    bills: list[Bill]
    had: int  # days of it that we have already, from another file


@dataclass(frozen=True)
class Part:
    """What would be saved of one account."""

    last_four: str
    kinds: list[Kind]


@dataclass(frozen=True)
class Preview:
    """The whole page: each file, and each account of which something would be saved."""

    lines: list[Line]
    parts: list[Part]

    @property
    def taken(self) -> int:
        """Give how many files would be saved."""
        return sum(each.is_taken for each in self.lines)


def of(draft: ShareDraft, *, actor: Actor) -> Preview:
    """Open what was read in the files of a draft, for her; the opening is one event."""
    rows = list(draft.files.order_by("number"))
    facts = drafts.facts_of(rows, actor=actor)
    accounts = {str(each.id): each for each in draft.consent.accounts.all()}
    lines = [_line(row, each, accounts) for row, each in zip(rows, facts, strict=True)]
    wanted = [(row.number, each) for row, each in zip(rows, facts, strict=True) if not row.code and not each.unread]
    return Preview(lines, parts(draft.consent, wanted))


def parts(consent: Consent, wanted: Sequence[tuple[int, Facts]]) -> list[Part]:
    """Give for each account of a permission what its files hold; each file by its number and what was read in it."""
    zone = zone_of(consent)
    accounts = consent.accounts.order_by("last_four", "id")  # as the files are listed
    return [_part(account, wanted, zone) for account in accounts if _of(account, wanted)]


def lines_of(added: Sequence[tuple[DraftFile, Facts]]) -> list[Line]:
    """Say of some files alone what they are: the answer to each, as soon as it was looked at."""
    return [_line(row, each, {}) for row, each in added]


def _line(row: DraftFile, facts: Facts, accounts: dict[str, UtilityAccount]) -> Line:
    account = accounts.get(facts.account)
    text = words.of_file(facts, row.code)
    last_four = account.last_four if account else ""
    return Line(row.number, facts.name, text, not row.code, bool(facts.unread), last_four)


def _of(account: UtilityAccount, found: Sequence[tuple[int, Facts]]) -> list[tuple[int, Facts]]:
    return [each for each in found if each[1].account == str(account.id)]


def _part(account: UtilityAccount, found: Sequence[tuple[int, Facts]], zone: str) -> Part:
    hers = _of(account, found)
    kinds = sorted({each.data_type for _, each in hers})
    return Part(
        account.last_four, [_kind(account, kind, [e for e in hers if e[1].data_type == kind], zone) for kind in kinds]
    )


def _kind(account: UtilityAccount, data_type: str, found: Sequence[tuple[int, Facts]], zone: str) -> Kind:
    touched = joined(one for _, each in found for one in each.stretches)
    days = between_readings(touched) if data_type == BILL else touched
    series: list[Readings] = [
        (one["role"], one["unit"], one["resolution"], one["readings"]) for _, each in found for one in each.series
    ]
    bills = _bills(found)
    if billed := [
        {"start": each.first.isoformat(), "end": each.last.isoformat(), "value": each.amount}
        for each in bills
        if each.amount is not None
    ]:
        series.append((BILLED, "USD", "P1M", billed))
    new = [one for _, each in found if not each.known for one in each.stretches]
    return Kind(
        data_type=data_type,
        text=words.covered(days),
        months=months(days),
        drawn=_drawn(series, zone, ident=f"{account.last_four}-{data_type}"),
        bills=bills if data_type == BILL else [],
        had=count(common(joined(new), _had(account, data_type))),
    )


def _drawn(series: Sequence[Readings], zone: str, *, ident: str) -> list[Drawn]:
    """Draw each role's values: bars by day or month, and where there are hours each year by the hour and a mean day."""
    found = []
    kinds = sorted({one[:3] for one in series}, key=lambda kind: (use_chart.ROLES.index(kind[0]), kind))
    for number, (role, unit, resolution) in enumerate(kinds, 1):
        own = [one for one in series if one[:3] == (role, unit, resolution)]
        taken = read(role, unit, resolution, [each for one in own for each in one[3]], zone=zone)
        name = f"p{ident}-{number}"
        whole = bars.bars(taken, ident=f"{name}-bars", say=gettext)
        mean = profile.mean_day(taken, ident=f"{name}-day", say=gettext)
        years = heat.years(taken, ident=f"{name}-hours", say=gettext)
        pictures = [each for each in (whole, *years, mean) if each is not None]
        found += [Drawn(chart, pictures) for chart in use_chart.charts(own)]
    return found


def _had(account: UtilityAccount, data_type: str) -> list[Days]:
    """Give the days of this account and kind that came before, in whichever file; nothing is opened."""
    rows = Coverage.objects.filter(file__account=account, file__data_type=data_type, file__state="accepted")
    said = (pair for days in rows.values_list("days", flat=True) for pair in days)
    return joined((date.fromisoformat(first), date.fromisoformat(last)) for first, last in said)


def _bills(found: Sequence[tuple[int, Facts]]) -> list[Bill]:
    listed = [
        Bill(
            date.fromisoformat(each["first"]),
            date.fromisoformat(each["last"]),
            Decimal(each["amount"]) if each["amount"] else None,
            Decimal(each["kwh"]) if each["kwh"] else None,
            number,
            each["page"],
        )
        for number, facts in found
        for each in facts.bills
    ]
    return sorted(listed, key=lambda bill: (bill.first, bill.file, bill.page))
