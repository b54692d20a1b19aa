"""Counting tries in the database, so that many at once, in many processes, share one limit (actions)."""

import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import F

from broker import jobs
from broker.db import statements
from broker.limits.models import Tries
from broker.vault import keyring

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORGET = "limits.forget"
_STEP = (
    "step{place} AS (UPDATE limits_tries t SET tries = t.tries + %s::integer{after} "
    "WHERE t.key = %s::bytea AND t.tries <= t.most - %s::integer RETURNING 1)"
)
_COUNT = "(SELECT count(*) FROM step{place})"
_also: list[Callable[[datetime], int]] = []
_DAYS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:limits/day")


@dataclass(frozen=True)
class Limit:
    """So many tries of one kind in one span of time."""

    kind: str
    most: int
    span: timedelta


def take(limit: Limit, value: str, *, now: datetime, times: int = 1) -> bool:
    """Count one try, before it is made; False when the span allows no more. One statement: no two share a try.

    `times`: something that is worth so many tries is counted as them, or not at all; what is worth more than a whole
    span allows takes a span that nobody has used.
    """
    key, times = _key(limit, value, now), min(times, limit.most)
    if _counted(key, times):  # all but the first of a span
        return True
    with transaction.atomic():
        row = Tries(key=key, most=limit.most, until=ends(limit, now))
        Tries.objects.bulk_create([row], ignore_conflicts=True)
        jobs.enqueue(FORGET, day_id(now), due_at=_midnight(now) + 2 * DAY, key=f"{FORGET}:{now:%Y-%m-%d}")
        return _counted(key, times)


def take_all(*limits: tuple[Limit, str], now: datetime, times: int = 1) -> bool:
    """Count one try (or so many) against each of these, in this order; False at the first that allows no more."""
    counted = _counted_of([(_key(limit, value, now), min(times, limit.most)) for limit, value in limits])
    if counted == len(limits):  # all but the first of a span
        return True
    with transaction.atomic():  # they wait for the disk once
        return all(take(limit, value, now=now, times=times) for limit, value in limits[counted:])


def take_from(each: Limit, by_all: Limit, value: str, *, address: str, now: datetime) -> bool:
    """Count one try at this from one address, which has a limit of its own below that of all addresses together."""
    return take_all((each, f"{value}|{address}"), (by_all, value), now=now)


def counts_anew(*limits: tuple[Limit, str], now: datetime, times: int = 1) -> datetime:
    """Give when each of these limits that has no room for so many tries now counts anew; `now` where all have."""
    spent = [limit for limit, value in limits if _is_spent(_key(limit, value, now), min(times, limit.most))]
    return max((ends(limit, now) for limit in spent), default=now)


def give_back(*limits: tuple[Limit, str], now: datetime, times: int = 1) -> None:
    """Take back a try (or so many) that was right: somebody who checks many letters is not locked out."""
    for limit, value in limits:
        Tries.objects.filter(key=_key(limit, value, now), tries__gte=times).update(tries=F("tries") - times)


def ends(limit: Limit, now: datetime) -> datetime:
    """Give when the span that holds this moment is over, and the limit counts anew."""
    return datetime.fromtimestamp((_span(limit, now) + 1) * limit.span.total_seconds(), tz=UTC)


def forget(*, now: datetime) -> int:
    """Delete what is counted no more, and what others forget with it; give how many rows went."""
    return Tries.objects.filter(until__lte=now).delete()[0] + sum(each(now) for each in _also)


def forget_also(forget: Callable[[datetime], int]) -> None:
    """Have rows that were made with a counted try, and mean nothing after a day, forgotten by the same daily job."""
    _also.append(forget)


def day_id(now: datetime) -> uuid.UUID:
    """Name a day for the job that forgets it."""
    return uuid.uuid5(_DAYS, f"{now.astimezone(UTC):%Y-%m-%d}")


def _counted(key: bytes, times: int) -> bool:
    return bool(Tries.objects.filter(key=key, tries__lte=F("most") - times).update(tries=F("tries") + times))


def _counted_of(tries: Sequence[tuple[bytes, int]]) -> int:
    """Count so many tries against each of these in turn, up to the first that counts none; give how many counted.

    One statement on PostgreSQL: many callers of one application wait for each other's count, and the row is held for
    one run of the server alone, not while this process finds time to send the next statement.
    """
    if connection.vendor == "postgresql" and tries:
        values = [each for key, times in tries for each in (times, key, times)]
        [[counted]] = statements.fetch(connections[DEFAULT_DB_ALIAS], _in_turn(len(tries)), values, writes=True)
        return int(counted)
    with transaction.atomic():
        return sum(1 for _ in takewhile(lambda each: _counted(*each), tries))


@lru_cache(maxsize=8)
def _in_turn(number: int) -> str:
    """Give a statement in which each count is made of the row that the one before gave, and of none where that failed.

    Two that wait for one row go on one after the other, each with the row as the other left it.
    """
    steps = [_STEP.format(place=place, after=f" FROM step{place - 1}" if place else "") for place in range(number)]
    total = " + ".join(_COUNT.format(place=place) for place in range(number))
    return f"WITH {', '.join(steps)} SELECT {total}"


def _is_spent(key: bytes, times: int) -> bool:
    return Tries.objects.filter(key=key, tries__gt=F("most") - times).exists()


def _key(limit: Limit, value: str, now: datetime) -> bytes:
    text = f"{limit.kind}|{limit.span.total_seconds():.0f}|{_span(limit, now)}|{value}"
    return hmac.digest(keyring.secret("limits/tries"), text.encode(), "sha256")


def _span(limit: Limit, now: datetime) -> int:
    return int(now.timestamp() // limit.span.total_seconds())


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
