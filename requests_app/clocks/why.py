"""Why a request has its dates: the days, the closing days that were used, all that happened to its clock (reads)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from broker.utilities.closings import InForce, Row, number_of
from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars, steps
from requests_app.clocks.models import ClockStep
from requests_app.day_by_day import Day, days
from requests_app.deadlines import Standing, Usual
from requests_app.lifecycle import OVER
from requests_app.models import ManualRequest


@dataclass(frozen=True)
class Why:
    """How the dates of one request came about."""

    manual: ManualRequest
    profile: UtilityProfile
    usual: Usual
    cut_off: time
    same_day: bool  # it counts for the day on which it was delivered
    days: Sequence[Day]
    rows: Sequence[Row]
    steps: Sequence[ClockStep]
    over: bool
    known: bool  # the days lead to the very dates that are kept; else the calendar of then is no longer here


def counted_by(manual: ManualRequest, profile: UtilityProfile) -> InForce:
    """Give the closing days that a request's dates count: those in force, or of its end once it is over."""
    over = manual.state in OVER and manual.calendar_version
    return calendars.in_force(profile, up_to=number_of(manual.calendar_version) if over else None)


def of(manual: ManualRequest, now: datetime) -> Why | None:
    """Explain a request's dates; None where nothing proves that it was delivered, so that it has none."""
    if manual.due is None or manual.delivered_at is None:
        return None
    profile, over = steps.profile_of(manual), manual.state in OVER
    by = counted_by(manual, profile)
    facts, today = steps.facts_of(manual, profile), by.calendar.today(now)
    standing, listed = days(facts.delivered_at, facts.rests, by, facts.usual, until=today)
    rows = ClockStep.objects.filter(manual=manual).select_related("change").order_by("number")
    return Why(
        manual=manual,
        profile=profile,
        usual=facts.usual,
        cut_off=by.calendar.cut_off,
        same_day=standing.dates.day0 == facts.delivered_at.astimezone(profile.tz).date(),
        days=listed,
        rows=[each.row for each in listed if each.row],
        steps=list(rows),
        over=over,
        known=_are_kept(standing, manual),
    )


def _are_kept(standing: Standing, manual: ManualRequest) -> bool:
    found = standing.dates
    return (found.day0, found.expected_from, found.due) == (manual.day0, manual.expected_from, manual.due)
