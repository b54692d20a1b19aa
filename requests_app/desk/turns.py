"""Turns at a utility's desk: at most so many new requests on one of its business days (actions and queries).

A turn is a row, so a restart forgets none, and two workers never give more than there are: whoever gives turns waits
for whoever does so at that moment, and the database refuses a number twice and one beyond the day's most.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars
from requests_app.desk.fairness import Waiting, day_for, order, pause_until
from requests_app.desk.models import SendSlot
from requests_app.lifecycle import ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest

REMEMBERED = timedelta(days=60)  # longer ago than that, everybody's last turn is equal


@dataclass(frozen=True)
class Turn:
    """Whether a request may go out now, and the desk's business day that it goes out on or has to wait for."""

    now: bool
    day: date


def take(manual: ManualRequest, *, now: datetime) -> Turn:
    """Give a queued request its turn, if one is left for it on the business day that counts now.

    Every turn that is left is given to whoever is next in fair order, not only to this request; what is not next is
    told its day. A request that had its turn keeps it.
    """
    profile = profile_for(manual)
    with transaction.atomic():
        _one_at_a_time(profile.id)
        if (had := SendSlot.objects.filter(manual=manual).first()) is not None:
            return Turn(True, had.day)
        found = _Desk.of(profile, now)
        for number, each in enumerate(found.line[: found.free], found.used + 1):
            SendSlot.objects.create(
                manual_id=each,
                utility=profile.id,
                day=found.day,
                number=number,
                most=profile.desk.requests_per_day,
                at=now,
            )
        return found.turn_of(manual.id)


def wait(manual: ManualRequest, *, now: datetime) -> tuple[str, timedelta] | None:
    """Say why and how long a queued request waits before it may go out now; None where it may.

    It waits a little for others to the same desk, which then share its mail, and for its turn.
    """
    gathered = manual.created_at + timedelta(minutes=settings.REQUEST_GATHER_MINUTES)
    if manual.sent_at is None and now < gathered:
        return "desk.gathering", gathered - now
    turn = take(manual, now=now)
    if turn.now:
        return None
    calendar = calendars.in_force(profile_for(manual)).calendar
    return "desk.full", pause_until(turn.day, calendar, now)


def expected(manual: ManualRequest, *, now: datetime) -> date | None:
    """Give the business day on which a request goes out that waits for its turn; None where it does not wait for one.

    What has its turn may leave at any moment, also on a day on which the desk is closed: no day is named for it.
    Honest, not promised: an older request of a recipient that has waited longer, or a closing day, moves it.
    """
    if manual.state != ManualState.QUEUED or SendSlot.objects.filter(manual=manual).exists():
        return None
    turn = _Desk.of(profile_for(manual), now).turn_of(manual.id)
    return None if turn.now else turn.day


@dataclass(frozen=True)
class _Desk:
    """A desk's day: how many turns were given, how many are left, and who waits, in fair order."""

    day: date
    used: int
    per_day: int
    line: list[UUID]
    calendar: Calendar

    @classmethod
    def of(cls, profile: UtilityProfile, now: datetime) -> "_Desk":
        calendar = calendars.in_force(profile).calendar
        day = calendar.day0(now)
        used = SendSlot.objects.filter(utility=profile.id, day=day).count()
        return cls(day, used, profile.desk.requests_per_day, _line(profile.id, now), calendar)

    @property
    def free(self) -> int:
        return max(0, self.per_day - self.used)

    def turn_of(self, manual: UUID) -> Turn:
        place = self.line.index(manual) if manual in self.line else len(self.line)
        return Turn(place < self.free, day_for(place, self.free, self.per_day, self.day, self.calendar))


def _line(utility: str, now: datetime) -> list[UUID]:
    rows = ManualRequest.objects.filter(state=ManualState.QUEUED, slot=None, request__consent__utility=utility)
    waiting = [Waiting(*each) for each in rows.values_list("id", "request__organisation_id", "created_at")]
    if len(waiting) < 2:
        return [each.id for each in waiting]
    late = SendSlot.objects.filter(utility=utility, at__gt=now - REMEMBERED)
    last = late.values_list("manual__request__organisation_id").annotate(Max("at"))
    return order(waiting, dict(last))


def _one_at_a_time(utility: str) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has one writer anyway
    name = hashlib.sha256(f"desk turns:{utility}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)])
