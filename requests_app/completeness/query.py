"""Requested versus received of a request, read from the database; nothing sealed is opened (look-ups)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from broker.parties.models import UtilityAccount
from requests_app import grants
from requests_app.account_rules import allowed_days
from requests_app.completeness import matrix as rules
from requests_app.completeness.matrix import Came, Cell, Days, Matrix
from requests_app.completeness.models import Coverage, NoneSaid, OverDelivery
from requests_app.completeness.words import CELLS, REASONS, SIGNS
from requests_app.exports.account_ids import account_id
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.models import DataRequest, ManualRequest, ReceivedFile
from requests_app.reading import read_consent

State = ReceivedFile.State
NO_MONTH = date.min  # how a cell without months is kept
# What stands against a file without making it unreadable.
_READABLE = frozenset(
    {
        "file.other_account",
        "file.extra_months",
        "file.extra_types",
        "file.account_unread",
        "file.account_unchosen",
        "file.days_unread",
        "file.other_days",
        "file.other_months",
        "file.second_waits",
        "file.scanner_down",
    }
)
UNREADABLE = frozenset(QUARANTINE) - _READABLE


@dataclass(frozen=True)
class ShownCell:
    """A cell for a page: its words and sign, and what somebody says of it."""

    month: date | None
    state: str
    sign: str
    text: str
    have: int
    asked: int
    in_part: bool
    reason: str = ""


@dataclass(frozen=True)
class ShownRow:
    """A row for a page."""

    account_id: UUID
    ending: str
    data_type: str
    cells: list[ShownCell]
    whole: bool  # it has no months: one cell for all of them


def matrix(request: DataRequest) -> Matrix:
    """Compare what a request asked with what came and was accepted; a handful of queries, whatever came."""
    start, end = request.range_from, request.range_to
    if start is None or end is None or request.consent is None:
        return Matrix((), ())
    grant = read_consent(grants.by_ids(request.consent.id, request.accounts).as_dict())
    accounts = tuple(UUID(str(each)) for each in request.accounts)
    asked = rules.Asked(
        accounts,
        tuple(request.data_types),
        (start, end),
        tuple(allowed_days(grant)) if grant else (),
        frozenset(request.consent.data_types),
    )
    return rules.matrix(asked, _came(request))


def unusable(ids: Collection[UUID]) -> set[UUID]:
    """Give, of these requests, those of which the last file that was decided on was rejected, while nothing waits.

    A file out of which we cut what may be had counts by that piece.
    """
    rows = ReceivedFile.objects.filter(message__manual__in=ids).order_by("decided_at", "id")
    last: dict[UUID, str] = {}
    waiting: set[UUID] = set()
    for manual, state, surplus, cut in rows.values_list("message__manual", "state", "surplus", "cut_to"):
        if state == State.QUARANTINED and surplus is None:
            waiting.add(manual)
        elif state != State.QUARANTINED and cut is None:
            last[manual] = state
    return {manual for manual, state in last.items() if state == State.REJECTED} - waiting


def none_said(request: DataRequest) -> dict[tuple[UUID, str, date | None], str]:
    """Give the cells of which the utility says that it has nothing, each with the reason; the newest word counts."""
    found: dict[tuple[UUID, str, date | None], str] = {}
    for each in NoneSaid.objects.filter(manual__request=request).order_by("number"):
        cell = (each.account_id, each.data_type, None if each.month == NO_MONTH else each.month)
        found.pop(cell, None)
        if each.holds:
            found[cell] = each.reason
    return found


def context(manual: ManualRequest, *, staff: bool) -> dict[str, Any]:
    """Give what the partial `requests_app/completeness/matrix.html` needs, as `completeness`.

    `staff`: the reasons why the utility has none are shown, in English.
    """
    found, said = matrix(manual.request), none_said(manual.request)
    rows = UtilityAccount.objects.filter(id__in=manual.request.accounts)
    endings = dict(rows.values_list("id", "last_four"))
    shown = [
        ShownRow(
            row.account,
            endings.get(row.account, ""),
            row.data_type,
            [_cell(row, each, said if staff else {}) for each in row.cells],
            row.data_type in rules.WITHOUT_MONTHS,
        )
        for row in found.rows
    ]
    owed = found.owed
    return {
        "completeness": {
            "months": list(found.months),
            "rows": shown,
            "complete": found.is_complete,
            "received": len(found.of_state(Cell.RECEIVED)),
            "has_some": found.has_some,
            "owed": len(owed),
            "cells": len(found.of_state(*(set(Cell) - {Cell.OUT_OF_SCOPE}))),
            "surplus": OverDelivery.objects.filter(manual=manual).exists(),
        }
    }


def as_json(request: DataRequest) -> dict[str, Any]:
    """Give the same for the recipient's API: what came and what is missing, by the last four digits and the month."""
    found = matrix(request)
    rows = UtilityAccount.objects.filter(id__in=request.accounts)
    known = {row.id: (account_id(request.organisation_id, row), row.last_four) for row in rows}
    cells = [
        {
            "account_id": known[row.account][0],
            "account_ending": known[row.account][1],
            "data_type": row.data_type,
            "month": f"{each.month:%Y-%m}" if each.month else None,
            "state": each.state.value,
            "days_received": each.have,
            "days_asked": each.asked,
        }
        for row in found.rows
        for each in row.cells
        if each.state != Cell.OUT_OF_SCOPE
    ]
    return {"complete": found.is_complete, "cells": cells}


def _cell(row: rules.Row, each: rules.Month, said: dict[tuple[UUID, str, date | None], str]) -> ShownCell:
    reason = said.get((row.account, row.data_type, each.month), "") if each.state == Cell.NONE_EXISTS else ""
    return ShownCell(
        each.month,
        each.state.value,
        SIGNS[each.state],
        CELLS[each.state],
        each.have,
        each.asked,
        each.in_part and each.state != Cell.RECEIVED,
        REASONS.get(reason, ""),
    )


def _came(request: DataRequest) -> Came:
    from requests_app.release import files_of

    came: dict[tuple[UUID, str], list[Days]] = defaultdict(list)
    for file in files_of(request).select_related("coverage").defer("name"):
        came[file.account_id, file.data_type] += list(days_of(file))
    # One that was rejected counts for nothing: what it should have brought is owed as before.
    thread = ReceivedFile.objects.filter(message__manual__request=request, state=State.QUARANTINED)
    verdicts = list(thread.filter(surplus=None).values_list("verdict", flat=True))
    waiting = any(each not in UNREADABLE for each in verdicts)
    unreadable = any(each in UNREADABLE for each in verdicts)
    surplus: dict[str, set[date]] = defaultdict(set)
    for months in OverDelivery.objects.filter(manual__request=request).values_list("months", flat=True):
        for kind, found in months.items():
            surplus[kind] |= {date.fromisoformat(each) for each in found}
    return Came(came, none_said(request), waiting, unreadable, surplus)


def days_said_by(file: ReceivedFile) -> str | None:
    """Say who says of which days an accepted file is: the `file`, or a `person` who opened it; None where nobody does.

    What a customer handed over nobody else gives days to.
    """
    coverage: Coverage | None = getattr(file, "coverage", None)
    if file.covers_from is None and coverage is None:
        return None
    read = coverage is not None and (
        coverage.source == "readings" or file.data_type in rules.PERIODS or file.share_id is not None
    )
    return "file" if read else "person"


def days_of(file: ReceivedFile) -> Iterable[Days]:
    """Give the days of an accepted file: those that it says itself, else what the person who accepted it typed."""
    coverage = getattr(file, "coverage", None)
    if coverage is not None:
        return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in coverage.days]
    if file.covers_from is None or file.covers_to is None:
        return []
    return [(file.covers_from, file.covers_to)]
