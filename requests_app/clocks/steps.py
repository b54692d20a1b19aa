"""Every step of a clock is a row, written in the transaction of what caused it (an action's part).

The dates are never changed by hand: each step works the whole clock out anew from all that happened to it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from broker.terms import EventRef
from broker.utilities.closings import InForce
from broker.utilities.profile import UtilityProfile
from requests_app import grants
from requests_app.clocks import calendars
from requests_app.clocks.models import ClockStep, ClosingChange
from requests_app.deadlines import Rest, Standing, Usual, replay
from requests_app.models import ManualRequest

Kind = ClockStep.Kind
_NOON = time(12)


@dataclass(frozen=True)
class Facts:
    """All that a clock's dates follow from, but the calendar."""

    delivered_at: datetime
    rests: tuple[Rest, ...]
    usual: Usual
    promised_for: date | None


def profile_of(manual: ManualRequest) -> UtilityProfile:
    """Give the profile of the utility that a request goes to; LookupError where there is none."""
    consent = manual.request.consent
    profile = grants.profile_of(consent.utility) if consent else None
    if profile is None:
        raise LookupError("a manual request without a utility")
    return profile


def facts_of(manual: ManualRequest, profile: UtilityProfile) -> Facts:
    """Collect what happened to a clock that was started; ValueError for one that was not."""
    if manual.delivered_at is None:
        raise ValueError("nothing proves that this request was delivered")
    rows = _since_start(manual)
    usual = Usual(rows[0].first_days, rows[0].last_days) if rows else usual_of(profile)
    rests: list[Rest] = []
    for row in rows:
        if row.kind == Kind.PAUSED:
            rests.append(Rest(row.happened_at.astimezone(profile.tz).date()))
        elif row.kind == Kind.RESUMED:
            rests[-1] = Rest(rests[-1].on, row.happened_at)
    return Facts(manual.delivered_at, tuple(rests), usual, manual.promised_for)


def _since_start(manual: ManualRequest) -> list[ClockStep]:
    """Give the steps since the clock started; a mail that came back ended the one before."""
    rows = list(ClockStep.objects.filter(manual=manual).order_by("number"))
    starts = [index for index, row in enumerate(rows) if row.kind == Kind.STARTED]
    return rows[starts[-1] :] if starts else rows


def usual_of(profile: UtilityProfile) -> Usual:
    """Give the usual time of an answer, as the profile has it today."""
    return Usual(profile.clock.first_days, profile.clock.last_days)


def started(manual: ManualRequest, *, ref: EventRef, now: datetime) -> None:
    """Write down that a clock began; its dates stand in the request already."""
    assert manual.delivered_at is not None
    _write(manual, Kind.STARTED, manual.delivered_at, usual_of(profile_of(manual)), None, ref, now)


def pause(manual: ManualRequest, *, happened_at: datetime, ref: EventRef, now: datetime) -> bool:
    """Let the clock stand still: the ball is with us or the customer. False where none runs."""
    if manual.due is None or manual.paused_on is not None:
        return False
    return _happened(manual, Kind.PAUSED, happened_at, ref, now)


def resume(manual: ManualRequest, *, happened_at: datetime, ref: EventRef, now: datetime) -> bool:
    """Let the clock go on: the utility has our answer. False where it does not stand still."""
    if manual.paused_on is None:
        return False
    return _happened(manual, Kind.RESUMED, happened_at, ref, now)


def stop(manual: ManualRequest, *, happened_at: datetime, ref: EventRef, now: datetime) -> bool:
    """End a clock whose proof of delivery was wrong: the mail came back. False where none runs."""
    if manual.due is None:
        return False
    usual = facts_of(manual, profile_of(manual)).usual
    _write(manual, Kind.STOPPED, happened_at, usual, None, ref, now)
    fields: dict[str, Any] = dict.fromkeys(
        ("delivered_at", "day0", "expected_from", "due", "due_at", "first_follow_up", "paused_on", "remaining")
    )
    fields |= {"promised_for": None, "calendar_version": ""}
    ManualRequest.objects.filter(id=manual.id).update(**fields, audit_event_id=ref.id)
    for name, value in fields.items():
        setattr(manual, name, value)
    return True


def promised(manual: ManualRequest, day: date, *, happened_at: datetime, ref: EventRef, now: datetime) -> bool:
    """Write down the day that the utility named; we ask again after it at the earliest. False where no clock is."""
    if manual.due is None:
        return False
    manual.promised_for = day
    return _happened(manual, Kind.PROMISED, happened_at, ref, now)


def recomputed(
    manual: ManualRequest, to: Standing, by: InForce, change: ClosingChange | None, *, ref: EventRef, now: datetime
) -> None:
    """Give a clock the dates of another calendar."""
    _set(manual, to, by, ref)
    usual = facts_of(manual, profile_of(manual)).usual
    _write(manual, Kind.RECOMPUTED, now, usual, change, ref, now)


def restated(manual: ManualRequest, facts: Facts, *, ref: EventRef, now: datetime) -> None:
    """Write a clock down anew whose facts are others, from its start and rest by rest; the steps before stay."""
    profile = profile_of(manual)
    calendars.hold_still(profile.id)
    by, seen = calendars.in_force(profile), list[Rest]()

    def write(kind: str, happened_at: datetime) -> None:
        to = replay(facts.delivered_at, seen, by.calendar, facts.usual, facts.promised_for)
        paused_on = seen[-1].on if to.paused else None
        more = {"delivered_at": facts.delivered_at, "promised_for": facts.promised_for, "paused_on": paused_on}
        _set(manual, to, by, ref, **more)
        _write(manual, kind, happened_at, facts.usual, None, ref, now)

    write(Kind.STARTED, facts.delivered_at)
    for rest in facts.rests:
        seen.append(Rest(rest.on))
        write(Kind.PAUSED, datetime.combine(rest.on, _NOON, profile.tz))
        if rest.until is not None:
            seen[-1] = rest
            write(Kind.RESUMED, rest.until)


def standing(manual: ManualRequest, by: InForce, profile: UtilityProfile) -> Standing:
    """Work a clock out anew by a calendar."""
    facts = facts_of(manual, profile)
    return replay(facts.delivered_at, facts.rests, by.calendar, facts.usual, facts.promised_for)


def _happened(manual: ManualRequest, kind: str, happened_at: datetime, ref: EventRef, now: datetime) -> bool:
    profile = profile_of(manual)
    calendars.hold_still(profile.id)
    facts, by = facts_of(manual, profile), calendars.in_force(profile)
    rests = list(facts.rests)
    if kind == Kind.PAUSED:
        rests.append(Rest(happened_at.astimezone(profile.tz).date()))
    elif kind == Kind.RESUMED:
        rests[-1] = Rest(rests[-1].on, happened_at)
    to = replay(facts.delivered_at, rests, by.calendar, facts.usual, facts.promised_for)
    paused_on = rests[-1].on if to.paused else None
    _set(manual, to, by, ref, paused_on=paused_on, promised_for=manual.promised_for)
    _write(manual, kind, happened_at, facts.usual, None, ref, now)
    return True


def _set(manual: ManualRequest, to: Standing, by: InForce, ref: EventRef, **more: Any) -> None:
    fields = {
        "day0": to.dates.day0,
        "expected_from": to.dates.expected_from,
        "due": to.dates.due,
        "due_at": to.dates.due_at,
        "first_follow_up": to.dates.first_follow_up,
        "remaining": to.paused.remaining if to.paused else None,
        "calendar_version": by.version,
        **more,
    }
    ManualRequest.objects.filter(id=manual.id).update(**fields, audit_event_id=ref.id)
    for name, value in fields.items():
        setattr(manual, name, value)


def _write(
    manual: ManualRequest,
    kind: str,
    happened_at: datetime,
    usual: Usual,
    change: ClosingChange | None,
    ref: EventRef,
    now: datetime,
) -> None:
    day0, expected_from, due, first_follow_up = manual.day0, manual.expected_from, manual.due, manual.first_follow_up
    if day0 is None or expected_from is None or due is None or first_follow_up is None:
        raise ValueError("a step of a clock that has no dates")
    ClockStep.objects.create(
        manual=manual,
        number=ClockStep.objects.filter(manual=manual).count() + 1,
        kind=kind,
        at=now,
        happened_at=happened_at,
        first_days=usual.first_days,
        last_days=usual.last_days,
        day0=day0,
        expected_from=expected_from,
        due=due,
        first_follow_up=first_follow_up,
        remaining=manual.remaining,
        promised_for=manual.promised_for,
        calendar=manual.calendar_version,
        change=change,
        audit_event_id=ref.id,
    )
