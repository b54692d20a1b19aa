"""The numbers of the answers that came, by utility, and of our own first one: days from grant to data (queries).

Rows of requests alone are read: dates, states, amounts; nothing is opened, and no number is of one customer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Min, Q

from broker import publishing
from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile
from requests_app import grants
from requests_app.clocks import calendars
from requests_app.clocks.models import ClockStep
from requests_app.deadlines import is_overdue
from requests_app.fees.lifecycle import FeeState
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import OWED, ManualState
from requests_app.models import ManualRequest, Message, NectarPull, ReceivedFile
from requests_app.numbers.counting import business_days
from requests_app.numbers.quantiles import Spread, spread

NEWEST = 200  # requests of a utility that count: what was long ago says little of today
CHANNELS = {
    "manual_request": "Request to the billing desk",
    "customer_upload": "File of the customer",
    "nectar": "Nectar",
}
Kind = ClockStep.Kind


@dataclass(frozen=True)
class Utility:
    """The numbers of one utility. `days` are the business days of each answer; shares are (how many, of how many)."""

    profile: UtilityProfile
    days: list[int]
    answers: Spread[int]
    in_window: tuple[int, int]
    complete: tuple[int, int]
    quoted: int
    accepted: int
    declined: int
    undecided: int
    fees: Spread[Decimal]


@dataclass(frozen=True)
class Way:
    """Calendar days from a grant to its first accepted data, by one channel."""

    title: str
    days: Spread[int]


def of_utilities(now: datetime) -> list[Utility]:
    """Give the numbers of each utility that this installation knows."""
    found = (grants.profile_of(each) for each in publishing.reachable())
    return [_utility(profile, now) for profile in found if profile is not None]


def answer_days(profile: UtilityProfile) -> list[int]:
    """Give the business days of the answers to the newest requests of a utility."""
    manuals = _newest(profile)
    return list(_days(manuals, profile).values())


def grant_to_data() -> list[Way]:
    """Give the calendar days from a grant to the first data under it that was accepted, by channel."""
    files = ReceivedFile.objects.filter(state=ReceivedFile.State.ACCEPTED).order_by()
    by_file = files.values_list("channel", "consent", "consent__utility", "consent__signed_at")
    rows = list(by_file.annotate(at=Min("decided_at")))
    pulls = NectarPull.objects.filter(state="done").order_by()
    read = pulls.values_list("file__consent", "file__consent__utility", "file__consent__signed_at")
    rows += [("nectar", *each) for each in read.annotate(at=Min("updated_at"))]
    firsts: dict[tuple[str, UUID], tuple[str, datetime, datetime]] = {}
    for channel, consent, utility, signed, at in rows:  # a grant counts once, by whatever of a channel came first
        known = firsts.get((channel, consent))
        firsts[channel, consent] = (utility, signed, min(at, known[2]) if known else at)
    by_way: dict[str, list[int]] = defaultdict(list)
    for (channel, _consent), (utility, signed, first) in firsts.items():
        by_way[channel].append(_calendar_days(utility, signed, first))
    return [Way(title, spread(by_way[channel])) for channel, title in CHANNELS.items()]


def _calendar_days(utility: str, signed: datetime, first: datetime) -> int:
    profile = grants.profile_of(utility)
    assert profile is not None
    return max((first.astimezone(profile.tz).date() - signed.astimezone(profile.tz).date()).days, 0)


def _utility(profile: UtilityProfile, now: datetime) -> Utility:
    manuals = _newest(profile)
    days = _days(manuals, profile)
    calendar = calendars.in_force(profile).calendar
    usual = _usual(manuals)
    owed = [each for each in manuals if each.id in days or _is_late(each, now, calendar)]
    in_time = [each for each in owed if each.id in days and days[each.id] <= usual.get(each.id, 0)]
    answered = [each for each in manuals if each.id in days and each.state != ManualState.WITHDRAWN]
    complete = [each for each in answered if each.state == ManualState.DELIVERED]
    fees = FeeQuote.objects.filter(manual__request__consent__utility=profile.id).exclude(state=FeeState.REPLACED)
    amounts = list(fees.values_list("amount", "state"))
    return Utility(
        profile=profile,
        days=sorted(days.values()),
        answers=spread(days.values()),
        in_window=(len(in_time), len(owed)),
        complete=(len(complete), len(answered)),
        quoted=len(amounts),
        accepted=sum(state == FeeState.ACCEPTED for _amount, state in amounts),
        declined=sum(state == FeeState.DECLINED for _amount, state in amounts),
        undecided=sum(state == FeeState.QUOTED for _amount, state in amounts),
        fees=spread(amount for amount, _state in amounts),
    )


def _newest(profile: UtilityProfile) -> list[ManualRequest]:
    rows = ManualRequest.objects.filter(request__consent__utility=profile.id, day0__isnull=False)
    return list(rows.order_by("-delivered_at", "id")[:NEWEST])


def _is_late(manual: ManualRequest, now: datetime, calendar: Calendar) -> bool:
    """Say whether an answer is owed and did not come in time, or nobody waits for it any more without one."""
    if manual.state == ManualState.CLOSED_WITHOUT_RESPONSE:
        return not FeeQuote.objects.filter(manual=manual, state=FeeState.DECLINED).exists()
    return manual.due is not None and manual.state in OWED and is_overdue(manual.due, now, calendar)


def _days(manuals: Sequence[ManualRequest], profile: UtilityProfile) -> dict[UUID, int]:
    """Give the business days of each answered request by its id, as its own clock counts them."""
    first, steps = _first_answers(manuals), _steps(manuals)
    calendar = calendars.in_force(profile).calendar
    found = {}
    for each in manuals:
        at = first.get(each.id)
        if at is not None and each.day0 is not None:
            arrived, rests = at.astimezone(profile.tz).date(), _rests(steps[each.id], profile, calendar)
            found[each.id] = business_days(each.day0, arrived, rests, calendar)
    return found


def _first_answers(manuals: Sequence[ManualRequest]) -> dict[UUID, datetime]:
    """Give when the first answer to each request came: a mail or page with files, or one that staff wrote down.

    What held nothing but files that were rejected is none.
    """
    states = ReceivedFile.State
    without = Q(files__isnull=True) & (Q(kind="answer") | Q(heard__kind="answer"))
    is_answer = without | Q(files__state__in=[states.QUARANTINED, states.ACCEPTED])
    rows = Message.objects.filter(is_answer, manual__in=manuals, direction="in").order_by()
    return {
        manual: at
        for manual, at in rows.values_list("manual").annotate(first=Min("at")).values_list("manual", "first")
        if manual is not None
    }


def _steps(manuals: Sequence[ManualRequest]) -> dict[UUID, list[ClockStep]]:
    found: dict[UUID, list[ClockStep]] = defaultdict(list)
    for step in ClockStep.objects.filter(manual__in=manuals).order_by("manual", "number"):
        # A mail that came back ended the clock before: what counts began with the newest start.
        if step.kind == Kind.STARTED:
            found[step.manual_id] = []
        found[step.manual_id].append(step)
    return found


def _rests(steps: Iterable[ClockStep], profile: UtilityProfile, calendar: Calendar) -> list[tuple[date, date | None]]:
    rests: list[tuple[date, date | None]] = []
    for step in steps:
        if step.kind == Kind.PAUSED:
            rests.append((step.happened_at.astimezone(profile.tz).date(), None))
        elif step.kind == Kind.RESUMED and rests:
            rests[-1] = (rests[-1][0], calendar.day0(step.happened_at))
    return rests


def _usual(manuals: Sequence[ManualRequest]) -> dict[UUID, int]:
    """Give the usual time of each request in business days, as it was when its clock started."""
    rows = ClockStep.objects.filter(manual__in=manuals, kind=Kind.STARTED).order_by("number")
    return dict(rows.values_list("manual", "last_days"))
