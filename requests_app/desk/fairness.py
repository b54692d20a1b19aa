"""In which order waiting requests go out, and when each may expect to (rules: pure, no clock of its own).

A billing desk gets at most so many new requests on one of its business days. Whoever has waited longest for a turn is
next: recipients take turns, each with its oldest request, so that nobody who asks for much keeps the others waiting.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from broker.utilities.calendar import Calendar

MORNING = time(7)  # what waited for a day goes out before the office opens


@dataclass(frozen=True)
class Waiting:
    """A request that has not gone out: of which recipient, and since when it waits."""

    id: UUID
    recipient: UUID
    since: datetime


def order(waiting: Sequence[Waiting], served: Mapping[UUID, datetime]) -> list[UUID]:
    """Give the ids of waiting requests in the order in which they go out.

    `served` says when a recipient's last request got its turn; who never had one comes first. Within a round each
    recipient has one turn; equal waits are decided by the older request, then by id.
    """
    own: defaultdict[UUID, list[Waiting]] = defaultdict(list)
    for each in sorted(waiting, key=lambda one: (one.since, one.id)):
        own[each.recipient].append(each)

    def turn(recipient: UUID) -> tuple[bool, float, datetime, UUID]:
        last = served.get(recipient)
        return (last is not None, last.timestamp() if last else 0.0, own[recipient][0].since, recipient)

    turns = sorted(own, key=turn)
    longest = max((len(each) for each in own.values()), default=0)
    return [own[each][number].id for number in range(longest) for each in turns if number < len(own[each])]


def day_for(place: int, free: int, per_day: int, first: date, calendar: Calendar) -> date:
    """Give the business day on which the request at this place (from 0) goes out.

    `first` is the day that counts now, on which `free` of `per_day` turns are left.
    """
    if place < free:
        return first
    return calendar.add(first, 1 + (place - max(free, 0)) // per_day)


def wakes_at(day: date, calendar: Calendar) -> datetime:
    """Give the instant at which what waits for this day is looked at again."""
    return datetime.combine(day, MORNING, calendar.zone)


def pause_until(day: date, calendar: Calendar, now: datetime) -> timedelta:
    """Give how long to wait for the morning of a day; a minute where it is here already."""
    return max(wakes_at(day, calendar) - now, timedelta(minutes=1))
