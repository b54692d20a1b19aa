"""Where a request stands, whichever way it goes (look-ups; nothing is opened).

A letter has a row that moves. What she hands over herself has none: where such a request stands follows from her files,
and from the permission under which it was made.
"""

from collections.abc import Collection, Iterable, Sequence

from consents.lifecycle import ENDED
from requests_app.completeness import query
from requests_app.lifecycle import FACTS, OVER, ManualState, NectarState, Waits
from requests_app.models import DataRequest, Decision, ManualRequest, NectarPull, ReceivedFile

REFUSED, READY, IN_PROGRESS = "refused", "ready", "in_progress"
WAITING, WITHDRAWN = ManualState.WAITING_ON_CUSTOMER.value, ManualState.WITHDRAWN.value
NOT_READ = "not_read"  # Nectar could not read a document; why stands beside its file
BY_HER = ("customer_upload", "nectar")  # ways on which she hands over what was asked for
NUMBERS = ("usage_monthly", "usage_daily", "usage_hourly", "usage_15min")  # kinds that are series of readings
BILLS = ("bill",)
_READING = frozenset({NectarState.QUEUED, NectarState.UPLOADING, NectarState.WAITING})
_WAITS = {WAITING: Waits.CUSTOMER, IN_PROGRESS: Waits.US, READY: Waits.NOBODY, NOT_READ: Waits.NOBODY}


def of(request: DataRequest, decision: Decision, manual: ManualRequest | None, files: Sequence[ReceivedFile]) -> str:
    """Give the state of a request; `decision` is that of its order, `files` are those that answer it."""
    if decision.outcome == "refusal":
        return REFUSED
    if manual is not None:
        return str(manual.state)
    if request.consent is not None and request.consent.state in ENDED:
        return WITHDRAWN  # it ends with its permission, as a letter does
    return _by_her(request, decision.channel, files)


def waits_on(state: str) -> str | None:
    """Say on whom a request in this state waits; None for one that was refused."""
    if state in set(ManualState):
        return FACTS[ManualState(state)].waits.value
    return _WAITS[state].value if state in _WAITS else None


def may_bring(request: DataRequest, kinds: Collection[str], files: Iterable[ReceivedFile]) -> bool:
    """Say whether a request may yet bring data of these kinds: else a program that waits for it waits for ever.

    It brings what it asked for while it is not over; where Nectar reads a bill, also the numbers that stand on it.
    """
    manual = ManualRequest.objects.filter(request=request).first()
    if manual is not None and manual.state in OVER:
        return False
    if set(request.data_types) & set(kinds):
        return True
    order = request.decisions.filter(step="order").order_by("decided_at")[0]
    if order.channel != "nectar" or "bill" not in request.data_types:
        return False
    return of(request, order, manual, list(files)) in (WAITING, IN_PROGRESS)


def touches(file: ReceivedFile, request: DataRequest) -> bool:
    """Say whether a file is of days that were asked for, as far as it says its days."""
    start, end = request.range_from, request.range_to
    said = list(query.days_of(file))
    if start is None or end is None or not said:
        return True
    return any(first < end and last > start for first, last in said)


def _by_her(request: DataRequest, channel: str | None, files: Iterable[ReceivedFile]) -> str:
    fitting = [each for each in files if touches(each, request)]
    pulls = set(NectarPull.objects.filter(file__in=fitting).values_list("state", flat=True))
    is_read, is_being_read = NectarState.DONE in pulls, bool(pulls & _READING)
    unread = NectarState.FAILED in pulls and not is_read
    if channel == "nectar" and (is_being_read or unread):
        return IN_PROGRESS if is_being_read else NOT_READ
    if query.matrix(request).has_some:
        return READY
    if is_being_read:
        return IN_PROGRESS
    return NOT_READ if unread else WAITING  # what she handed over is of no day that was asked for
