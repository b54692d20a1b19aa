"""Requests and permissions of an organisation in rows for its people; nothing sealed is opened (look-ups)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from broker.parties.models import Organisation, UtilityAccount
from broker.reasons import REASONS
from broker.reasons.kind import Reason
from broker.terms import PURPOSES
from consents.lifecycle import State
from consents.lifecycle import shown as shown_state
from consents.models import Consent
from requests_app import grants, release, request_state
from requests_app.decision import PASSING_STATES
from requests_app.lifecycle import FACTS, ManualState
from requests_app.models import DataRequest, ManualRequest

PAGE = 25
# The states of a request that never went to the utility, in words.
_OTHER = {
    "refused": "Refused",
    "ready": "Ready",
    "in_progress": "Being read",
    "not_read": "Could not be read",
    "waiting_on_customer": "Waiting on the customer",
}


@dataclass(frozen=True)
class RequestRow:
    """One request, as a list shows it."""

    request: DataRequest
    number: str
    endings: list[str]
    state: str
    codes: list[Reason]
    due: date | None
    promised: date | None


@dataclass(frozen=True)
class Page[Row]:
    """Some rows, and where the next ones begin."""

    rows: list[Row]
    after: str


def requests(organisation: Organisation, *, before: datetime | None) -> Page[RequestRow]:
    """Give the requests of an organisation, the newest first; `before` is when the last row seen was made."""
    rows = DataRequest.objects.filter(organisation=organisation).order_by("-made_at", "-id")
    if before is not None:
        rows = rows.filter(made_at__lt=before)
    found = list(rows.select_related("consent").prefetch_related("decisions")[: PAGE + 1])
    manuals = {each.request_id: each for each in ManualRequest.objects.filter(request__in=found)}
    ids = {UUID(str(each)) for one in found for each in one.accounts}
    endings = dict(UtilityAccount.objects.filter(id__in=ids).values_list("id", "last_four"))
    made = [_row(each, manuals.get(each.id), endings) for each in found[:PAGE]]
    return Page(made, made[-1].request.made_at.isoformat() if len(found) > PAGE else "")


def words_of(state: str) -> str:
    """Say in words where a request stands."""
    return FACTS[ManualState(state)].name if state in set(ManualState) else _OTHER.get(state, state)


def _row(request: DataRequest, manual: ManualRequest | None, endings: dict[UUID, str]) -> RequestRow:
    order = next((each for each in request.decisions.all() if each.step == "order"), None)
    refused = order is not None and order.outcome == "refusal"
    files = list(release.files_of(request)) if order and order.channel and manual is None else []
    state = request_state.of(request, order, manual, files) if order else ""
    return RequestRow(
        request,
        manual.number if manual else str(request.id)[:8],
        [endings[UUID(str(each))] for each in request.accounts if UUID(str(each)) in endings],
        words_of(state),
        [REASONS[code] for code in order.codes if code in REASONS] if order and refused else [],
        manual.due if manual else None,
        manual.promised_for if manual else None,
    )


def permissions(organisation: Organisation, *, now: datetime) -> list[dict[str, Any]]:
    """Give the permissions that name an organisation, those in force first, the newest first."""
    rows = Consent.objects.filter(recipient=organisation).order_by("-signed_at").prefetch_related("accounts")
    found = []
    for each in rows[:500]:
        why = grants.not_in_force(each, now)
        profile = grants.profile_of(each.utility)
        today = now.astimezone(profile.tz).date() if profile else each.starts
        found.append(
            {
                "consent": each,
                "in_force": why is None and each.state in PASSING_STATES,
                "state": str(shown_state(State(each.state), each.ends, today)).replace("_", " "),
                "why": REASONS.get(why or ""),
                "purpose": PURPOSES.get(each.purpose, each.purpose),
                "endings": sorted(account.last_four for account in each.accounts.all()),
            }
        )
    return sorted(found, key=lambda row: not row["in_force"])
