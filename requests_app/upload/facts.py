"""What was read in a file that is not saved yet, as it is kept sealed with the draft (rules)."""

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from requests_app.importing import BILL, Imported
from requests_app.share import Push

Days = tuple[date, date]  # end exclusive
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, repr=False)
class Facts:
    """A file's own name, what it is, and its values; what a page shows before anything is saved."""

    name: str
    account: str = ""  # id of the account that it belongs to
    data_type: str = ""
    unread: str = ""  # why nothing is taken from it although it is kept
    why: str = ""  # of a refused one, which days it holds and which she shares
    known: bool = False  # we have these very bytes already
    days: list[list[str]] = field(default_factory=list)  # pairs of ISO days, end exclusive
    series: list[dict[str, Any]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Give it as it is sealed."""
        return asdict(self)

    @property
    def stretches(self) -> list[Days]:
        """Its days."""
        return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.days]


def of_push(push: Push, *, known: bool, days: list[Days]) -> Facts:
    """Say what is known of a file that may be saved; `days` are those that its values or pages touch."""
    found = push.found
    return Facts(
        name=push.name,
        account=str(push.account.id),
        data_type=push.data_type,
        unread=push.unread,
        known=known,
        days=[[first.isoformat(), last.isoformat()] for first, last in days],
        series=[_series(each) for each in found.series if each["readings"]],
        bills=_bills(found) if push.data_type == BILL else [],
    )


def _series(each: dict[str, Any]) -> dict[str, Any]:
    facts = {key: each[key] for key in ("role", "unit", "resolution", "count", "total")}
    values = [{key: one[key] for key in ("start", "end", "value")} for one in each["readings"]]
    return {**facts, "missing": each.get("missing", 0), "readings": values}


def _bills(found: Imported) -> list[dict[str, Any]]:
    """Give each page that says its days: which page, through which day, and what it comes to where it is sure."""
    return [
        {
            "page": number,
            "first": page.days[0].isoformat(),
            "last": (page.days[1] - ONE_DAY).isoformat(),
            "amount": page.amount,
            "kwh": page.kwh,
        }
        for number, page in enumerate(found.pages, 1)
        if page.days is not None
    ]
