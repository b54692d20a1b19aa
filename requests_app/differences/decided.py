"""What people decided about values of accounts, as the rules take it (reads only; nothing is opened)."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from requests_app.differences.models import Settlement
from requests_app.one_value.settling import Decided


@dataclass(frozen=True)
class Kind:
    """What values are together: of one account, one role, one unit, one resolution."""

    account: str
    role: str
    unit: str
    resolution: str


def of(accounts: Collection[uuid.UUID]) -> dict[Kind, list[Decided]]:
    """Give all decisions about values of these accounts, by kind, the older ones first."""
    found: dict[Kind, list[Decided]] = defaultdict(list)
    rows = Settlement.objects.filter(account__in=accounts).select_related("stands__place").defer("reason")
    for each in rows.order_by("topic", "number"):
        found[Kind(str(each.account_id), each.role, each.unit, each.resolution)].append(as_decided(each))
    return found


def as_decided(row: Settlement) -> Decided:
    """Give a decision as the rules take it."""
    return Decided(
        frozenset((start, end) for start, end in row.moments),
        frozenset(row.considered),
        (row.stands.place.number, *row.agreeing) if row.stands else (),
        row.rule,
        row.at,
    )
