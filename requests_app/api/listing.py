"""A page of an organisation's requests, newest first (a look-up; nothing is opened)."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from broker.parties.models import Organisation
from requests_app import status
from requests_app.lifecycle import ManualState
from requests_app.models import DataRequest, Decision

MOST_LOOKED_AT = 500  # of one page: which state a request without a letter is in takes a look at its files
Key = tuple[datetime, uuid.UUID]


def page(
    organisation: Organisation, *, state: str | None, after: Key | None, limit: int
) -> tuple[list[Any], Key | None]:
    """Give a page and the key that the next one begins behind; a page may be short although there is a next one."""
    found: list[dict[str, Any]] = []
    last: Key | None = None
    for looked_at, row in enumerate(_rows(organisation, state, after)):
        if len(found) == limit or looked_at == MOST_LOOKED_AT:
            return found, last
        shown = status.in_short(row)
        last = row.made_at, row.id
        if state in (None, shown["state"]):
            found.append(shown)
    return found, None


def _rows(organisation: Organisation, state: str | None, after: Key | None) -> Iterator[DataRequest]:
    rows = _of_state(DataRequest.objects.filter(organisation=organisation), state)
    if after:
        rows = rows.filter(Q(made_at__lt=after[0]) | Q(made_at=after[0], id__lt=after[1]))
    order = Prefetch("decisions", Decision.objects.filter(step="order").order_by("decided_at"))
    rows = rows.select_related("manual", "consent").prefetch_related(order).order_by("-made_at", "-id")
    return iter(rows[: MOST_LOOKED_AT + 1])


def _of_state(rows: QuerySet[DataRequest], state: str | None) -> QuerySet[DataRequest]:
    """Leave out what cannot be in this state, as far as the database can say it."""
    if state is None:
        return rows
    if state == "refused":
        return rows.filter(decisions__step="order", decisions__outcome="refusal")
    without = Q(manual=None) & ~Q(decisions__step="order", decisions__outcome="refusal")
    return rows.filter(Q(manual__state=state) | without if state in OF_BOTH else _only(state, without)).distinct()


def _only(state: str, without: Q) -> Q:
    return Q(manual__state=state) if state in set(ManualState) else without


OF_BOTH = frozenset({ManualState.WAITING_ON_CUSTOMER.value, ManualState.WITHDRAWN.value})
