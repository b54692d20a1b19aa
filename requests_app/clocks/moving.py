"""A closing day that changes moves every open clock in the same transaction; what has ended never moves (actions)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from broker import jobs, publishing
from broker.audit import log
from broker.jobs import standing as rounds
from broker.terms import SERVICE, Actor, Refusal
from broker.utilities.closings import Act, Certainty, InForce, fits
from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars, steps
from requests_app.clocks.models import ClosingChange
from requests_app.deadlines import can_be_named
from requests_app.lifecycle import OVER
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest

CHECK = "clock.check"
DAILY = rounds.daily(CHECK)
CLOCK = SERVICE("clock")


def change_day(
    profile: UtilityProfile,
    day: date,
    act: Act,
    *,
    name: str,
    certainty: Certainty,
    source: str,
    actor: Actor,
    now: datetime,
) -> tuple[ClosingChange, int] | Refusal:
    """Change one closing day, and every open clock that counts it; give the version and how many clocks moved.

    Refused with `state.conflict` where it changes nothing: a weekend, a day that is closed, open or certain already.
    """
    with transaction.atomic():
        calendars.will_change(profile.id)
        before = calendars.in_force(profile)
        if not fits(before.rows, day, act):
            return Refusal("state.conflict")
        if act != Act.CLOSE:
            name = before.rows[day].name
        number = before.number + 1
        facts = {"utility": profile.id, "number": number, "day": day, "act": act.value, "name": name}
        facts |= {"certainty": certainty.value, "source": source}
        ref = log.append("calendar.changed", actor=actor, subject=None, obj="profile", body=facts)
        row = ClosingChange.objects.create(
            utility=profile.id,
            number=number,
            day=day,
            act=act.value,
            name=name,
            certainty=certainty.value,
            source=source,
            at=now,
            audit_event_id=ref.id,
        )
        return row, _move_all(profile, calendars.in_force(profile), row, actor, now)


def promise(
    manual: ManualRequest, day: date, *, actor: Actor, now: datetime, said_at: datetime | None = None
) -> Refusal | None:
    """Write down the day that the utility named for its answer, `said_at` now or earlier.

    Refused: `state.conflict` where nothing is waited for, or this day is kept already; `ask.invalid` for a day that it
    cannot have named (`deadlines.can_be_named`).
    """
    calendar = calendars.in_force(profile_for(manual)).calendar
    if not can_be_named(day, calendar.today(said_at or now)):
        return Refusal("ask.invalid")
    with transaction.atomic():
        manual = ManualRequest.objects.select_for_update(of=("self",)).get(id=manual.id)
        if manual.due is None or manual.state in OVER or manual.promised_for == day:
            return Refusal("state.conflict")
        body = {"request": manual.number, "day": day, "due": manual.due}
        ref = log.append(
            "sla.promised", actor=actor, subject=manual.request.customer_id, obj="manual_request", body=body
        )
        steps.promised(manual, day, happened_at=now, ref=ref, now=now)
    return None


def check_all(now: datetime) -> int:
    """Move the open clocks whose utility's published closing days are others than they were; give how many moved."""
    moved = 0
    for name in publishing.reachable():
        profile = publishing.working(name)
        with transaction.atomic():
            calendars.will_change(name)
            moved += _move_all(profile, calendars.in_force(profile), None, CLOCK, now)
    return moved


@jobs.handler(CHECK)
def check_job(_job: jobs.JobView) -> None:
    """Once a day: an installation may have come with another file."""
    check_all(timezone.now())


def _move_all(profile: UtilityProfile, by: InForce, change: ClosingChange | None, actor: Actor, now: datetime) -> int:
    rows = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent")
    rows = rows.filter(request__consent__utility=profile.id, delivered_at__isnull=False, due__isnull=False)
    return sum(_move(each, profile, by, change, actor, now) for each in rows.exclude(state__in=OVER).order_by("id"))


def _move(
    manual: ManualRequest,
    profile: UtilityProfile,
    by: InForce,
    change: ClosingChange | None,
    actor: Actor,
    now: datetime,
) -> bool:
    """Move one clock where its dates are others by this calendar, under an event of its own."""
    to = steps.standing(manual, by, profile)
    left = to.paused.remaining if to.paused else None
    new = (to.dates.day0, to.dates.expected_from, to.dates.due, to.dates.first_follow_up, left)
    if new == (manual.day0, manual.expected_from, manual.due, manual.first_follow_up, manual.remaining):
        return False
    ref = log.append(
        "sla.recomputed",
        actor=actor,
        subject=manual.request.customer_id,
        obj="manual_request",
        body={
            "request": manual.number,
            "old": {"due": manual.due, "expected_from": manual.expected_from, "calendar": manual.calendar_version},
            "new": {"due": to.dates.due, "expected_from": to.dates.expected_from, "calendar": by.version},
            "because": {"day": change.day, "act": change.act, "name": change.name} if change else "profile",
        },
    )
    steps.recomputed(manual, to, by, change, ref=ref, now=now)
    return True
