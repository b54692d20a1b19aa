"""A customer's own data, for herself: what came in under her permissions, as files and as numbers (actions).

She may have it whatever became of the permission under which it came: it is hers. What the co-op sent waits until the
account is proven to be hers, like everything that leaves (rule 17): a name and an account number stand on every paper
bill. So does what came for an account that another mailbox proved, too, until that is settled. What she handed over
herself waits for nothing. Each opening is an event that she sees in "Who saw my data", like everybody else's.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from broker import vault
from broker.audit import log
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor, EventRef
from consents import csv_cells
from consents.foreign import foreign
from consents.identity import levels
from consents.joint import provers
from requests_app import use_chart
from requests_app.differences import hers as decisions
from requests_app.importing import BILLED
from requests_app.models import ReadingSeries, ReceivedFile
from requests_app.one_value import reading, reconciling
from requests_app.release import ENDINGS, FileOut

HEAD = (
    "account_ending", "data_type", "role", "unit", "resolution", "start", "end", "value", "quality", "came_by",
    "also_came_by", "another_file_says", "settled", "settled_by",
)  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """Readings of one kind and account, as the page lists them."""

    account_id: uuid.UUID
    account: str
    data_type: str
    unit: str
    first: date
    last: date
    count: int


class Pictures(NamedTuple):
    """Her numbers of one account and kind: as pictures, and each bill of which we could read what it came to."""

    account: UtilityAccount
    charts: list[use_chart.Chart]
    bills: list[use_chart.Bill]
    doubted: int  # values of which another file says otherwise, and no person settled which one stands
    settled: list[decisions.Line]  # what our people settled
    reconciled: list[reconciling.Reconciled]  # what a bill says that was used, and her finer numbers of its days


def files(customer: Customer, *, now: datetime) -> QuerySet[ReceivedFile]:
    """Give the files that were accepted under her permissions and may be hers, newest first; nothing is opened."""
    rows = _accepted(customer).filter(_may_have(customer, now))
    return rows.select_related("account", "consent__recipient", "message", "brought").order_by("-received_at", "id")


def waiting(customer: Customer, *, now: datetime) -> list[UtilityAccount]:
    """Give the accounts of which something came in that waits for a proof."""
    held = _accepted(customer).exclude(_may_have(customer, now)).values("account_id")
    return list(customer.accounts.filter(id__in=held).order_by("created_at"))


def numbers(customer: Customer, *, now: datetime) -> list[Numbers]:
    """Give what readings there are, one line for each account, kind and unit; nothing is opened."""
    return _lines([one for one in _series(customer, now) if one.role != BILLED])


def bills(customer: Customer, *, now: datetime) -> list[Numbers]:
    """Give of how many bills we could read what they came to, one line for each account; nothing is opened."""
    return _lines([one for one in _series(customer, now) if one.role == BILLED])


def _lines(series: Iterable[ReadingSeries]) -> list[Numbers]:
    groups: dict[tuple[uuid.UUID, str, str, str], list[ReadingSeries]] = {}
    for one in series:
        groups.setdefault((one.account_id, one.account.last_four, one.data_type, one.unit), []).append(one)
    return [
        Numbers(*key, min(s.first for s in some), max(s.last for s in some), sum(s.count for s in some))
        for key, some in sorted(groups.items(), key=lambda item: item[0][1:])
    ]


def pictures(customer: Customer, account_id: uuid.UUID, data_type: str, *, now: datetime) -> Pictures | None:
    """Give her numbers of one account and kind as pictures; nothing where she has none, and raises vault.Destroyed.

    The opening is one event, like that of a copy.
    """
    all_of_it = [one for one in _series(customer, now) if one.account_id == account_id]
    series = [one for one in all_of_it if one.data_type == data_type]
    if not series:
        return None
    if any(one.resolution == "P1M" for one in series):
        series += [one for one in all_of_it if one.data_type != data_type and one.resolution in reconciling.FINER]
    ref = _viewed(customer, "chart", list({one.file_id: one.file for one in series}.values()))
    opened = vault.open_all([one.values for one in series], under=ref)
    whole = reading.together(series, opened)
    kinds = [kind for kind in whole if any(one.data_type == data_type for one in kind.series)]
    found = [(k.series[0].role, k.series[0].unit, k.series[0].resolution, [v.said for v in k.values]) for k in kinds]
    billed = [value for kind in kinds if kind.series[0].role == BILLED for value in kind.values]
    return Pictures(
        account=series[0].account,
        charts=use_chart.charts(found),
        bills=use_chart.bills(billed),
        doubted=sum(value.is_doubted for kind in kinds for value in kind.values),
        settled=decisions.of(kinds),
        reconciled=reading.reconciled(kinds, whole),
    )


def open_file(customer: Customer, file_id: uuid.UUID, *, now: datetime) -> FileOut:
    """Give one of her files; raises `Foreign` where it is not hers, and that is an event."""
    file = files(customer, now=now).filter(id=file_id).first()
    if file is None:
        raise foreign(customer, "file", file_id)
    ref = _viewed(customer, "file", [file])
    name = f"{str(file.id)[:8]}.{ENDINGS.get(file.media_type, 'bin')}"
    return FileOut(name, file.media_type, bytes(file.sha256).hex(), vault.open_file(file.file, under=ref))


def readings_csv(customer: Customer, *, now: datetime) -> str:
    """Give all her readings as one table; raises vault.Destroyed where a key is gone."""
    series = _series(customer, now)
    ref = _viewed(customer, "readings", list({one.file_id: one.file for one in series}.values()))
    opened = vault.open_all([one.values for one in series], under=ref) if series else []
    return csv_cells.table([HEAD, *_rows(series, opened)])


def _rows(series: Sequence[ReadingSeries], opened: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for kind in reading.together(series, opened):
        one = kind.series[0]
        fixed = (one.account.last_four, one.data_type, one.role, one.unit, one.resolution)
        ways = [each.file.channel for each in kind.series]
        for each in kind.values:
            said = (str(each.said["start"]), str(each.said["end"]), str(each.said["value"]), each.quality)
            also = "; ".join(dict.fromkeys(ways[source] for source in each.also))
            others = "; ".join(f"{other['value']} ({ways[source]})" for other, source in each.revisions)
            settled = (each.settled.outcome, each.settled.rule) if each.settled else ("", "")
            yield (*fixed, *said, ways[each.source], also, others, *settled)


def _accepted(customer: Customer) -> QuerySet[ReceivedFile]:
    return ReceivedFile.objects.filter(consent__customer=customer, state=ReceivedFile.State.ACCEPTED)


def _may_have(customer: Customer, now: datetime) -> Q:
    """What she pushed herself, and of each account the types that its proof, or a notice, opens: in doubt, none."""
    found = Q(share__isnull=False)
    for account in customer.accounts.all():
        if provers.is_doubted(account):
            continue
        opened, waits = levels.opened_types(account)
        found |= Q(account=account, data_type__in=opened)
        for data_type, hours in waits.items():
            found |= Q(account=account, data_type=data_type, consent__notice_at__lte=now - timedelta(hours=hours))
    return found


def _series(customer: Customer, now: datetime) -> list[ReadingSeries]:
    rows = ReadingSeries.objects.filter(file__in=files(customer, now=now)).select_related("file", "account", "place")
    return list(rows.order_by("account_id", "data_type", "first", "role", "id"))


def _viewed(customer: Customer, what: str, seen: Sequence[ReceivedFile]) -> EventRef:
    return log.append_read(
        "data.viewed",
        actor=Actor("c", customer.id),
        subject=customer.id,
        purpose="own_data",
        obj="data",
        cnt=len(seen),
        body={"what": what, "files": [bytes(each.sha256).hex() for each in seen][:100]},
    )
