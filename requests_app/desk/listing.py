"""All open requests to one utility, as each letter told it already (queries; nothing is opened)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from consents.models import Consent
from requests_app import grants
from requests_app.completeness import query
from requests_app.desk.mail import last_fours
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import FACTS, NOT_OUT, OVER, OWED, ManualState
from requests_app.models import ManualRequest, ReceivedFile

SAYS = {
    ManualState.FEE_QUOTED: "you named a fee; we decide on it",
    ManualState.WAITING_ON_CUSTOMER: "waiting for the member",
    ManualState.WAITING_ON_US: "waiting for us",
    ManualState.ANSWERED: "your answer is here; we look at it",
    ManualState.PARTIALLY_ANSWERED: "a part of your answer is here; some of it is missing",
}

UNUSABLE = (
    "we could not use what came: please send the months and items listed here again, as PDF or CSV files of this "
    "account alone, without a password"
)


@dataclass(frozen=True)
class Open:
    """What a desk sees of one open request: what its mail said, and where it stands."""

    manual: ManualRequest
    last_fours: tuple[str, ...]
    data_types: tuple[str, ...]
    begin: date
    last_day: date
    who: str
    letter_number: str
    in_force: bool  # else nothing is to be sent at the moment
    says: str
    fee: str  # in dollars, the newest that the desk named; empty where it named none
    files: int  # so many came from the desk


def rows(utility: str) -> QuerySet[ManualRequest]:
    """Give the requests that a utility may have and that are not over, oldest first."""
    found = ManualRequest.objects.filter(request__consent__utility=utility)
    found = found.exclude(state__in=[*OVER, *NOT_OUT])
    return found.select_related("request__consent__recipient", "request__consent__letter").order_by("created_at", "id")


def all_open(utility: str, *, now: datetime) -> list[Open]:
    """Give what a desk sees of every open request to it."""
    found = list(rows(utility))
    unusable = query.unusable([each.id for each in found])
    return [shown(each, now=now, unusable=each.id in unusable) for each in found]


def one(utility: str, manual_id: UUID) -> ManualRequest | None:
    """Give one of them; None for what is over, was never sent, or is another utility's."""
    return rows(utility).filter(id=manual_id).first()


def shown(manual: ManualRequest, *, now: datetime, unusable: bool = False) -> Open:
    """Give what a desk sees of a request; `unusable`: the last of what it sent could not be used."""
    asked, consent = manual.request, _consent(manual)
    assert asked.range_from is not None
    assert asked.range_to is not None
    state = ManualState(manual.state)
    return Open(
        manual=manual,
        last_fours=last_fours(manual),
        data_types=tuple(asked.data_types),
        begin=asked.range_from,
        last_day=asked.range_to - timedelta(days=1),
        who=consent.recipient.legal_name,
        letter_number=consent.letter.number,
        in_force=grants.not_in_force(consent, now) is None,
        fee=_fee(manual),
        files=ReceivedFile.objects.filter(message__manual=manual).count(),
        says=UNUSABLE if unusable and state in OWED else SAYS.get(state, _plain(state)),
    )


def _plain(state: ManualState) -> str:
    return "waiting for your answer" if FACTS[state].waits == "utility" else "sent to you"


def _fee(manual: ManualRequest) -> str:
    newest = FeeQuote.objects.filter(manual=manual).order_by("-quoted_at").first()
    return f"${newest.amount}" if newest is not None else ""


def _consent(manual: ManualRequest) -> Consent:
    consent = manual.request.consent
    if consent is None:
        raise LookupError("a manual request without a consent")
    return consent
