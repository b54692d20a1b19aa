"""What her own files change for the requests that wait for her: told by where they stood before and after (actions).

Such a request has no row that moves: its state follows from files, documents at Nectar and its permission
(`request_state`). So whoever changes one of these looks before, and has told afterwards what became of it.
"""

from datetime import datetime

from django.db.models import QuerySet

from broker.terms import EventRef
from consents.models import Consent
from requests_app import release, request_state
from requests_app.hooks import telling
from requests_app.models import DataRequest, Decision, ReceivedFile
from requests_app.request_state import BY_HER, IN_PROGRESS, touches

Standing = dict[DataRequest, str]


def standing(file: ReceivedFile) -> Standing:
    """Say where each request stands that this file may answer; `file` need not be saved yet."""
    rows = _asked(file.consent).order_by("made_at", "id")
    fitting = [
        each for each in rows if file.data_type in each.data_types and str(file.account_id) in map(str, each.accounts)
    ]
    return {each: _state(each) for each in fitting}


def all_standing(consent: Consent) -> Standing:
    """Say where each request under a permission stands that waits, or waited, for her files; oldest first."""
    return {each: _state(each) for each in _asked(consent).order_by("made_at", "id")}


def moved(before: Standing, *, ref: EventRef, now: datetime) -> Standing:
    """Tell of each request that stands elsewhere than before; give where they stand now."""
    after = {each: _state(each) for each in before}
    for each, state in after.items():
        if state != before[each]:
            telling.asked_moved(each, ref=ref, now=now)
    return after


def came(file: ReceivedFile, before: Standing, *, ref: EventRef, now: datetime) -> list[DataRequest]:
    """Tell where requests moved to by a file, and which of them can read something of it now; give those."""
    after = moved(before, ref=ref, now=now)
    ready = [each for each, state in after.items() if state != IN_PROGRESS and touches(file, each)]
    for each in ready:
        telling.data_ready(each, ref=ref, now=now)
    return ready


def ended(consent: Consent, *, ref: EventRef, now: datetime) -> None:
    """Tell of each request that ends with its permission; letters are told of as they are called back."""
    for each in _asked(consent).order_by("made_at", "id"):
        telling.asked_moved(each, ref=ref, now=now)


def _asked(consent: Consent) -> QuerySet[DataRequest]:
    orders = Decision.objects.filter(step="order", channel__in=BY_HER).values("request")
    return DataRequest.objects.filter(consent=consent, id__in=orders, manual=None).select_related("consent")


def _state(request: DataRequest) -> str:
    decision = request.decisions.filter(step="order").order_by("decided_at")[0]
    return request_state.of(request, decision, None, list(release.files_of(request)))
