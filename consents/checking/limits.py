"""Counting tries in the database, so that many at once, in many processes, share one limit (actions)."""

import hmac
import ipaddress
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from broker import jobs
from broker.vault import keyring
from consents.checking.models import Tries

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORGET = "checking.forget"
_DAYS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:checking/day")


@dataclass(frozen=True)
class Limit:
    """So many tries of one kind in one span of time."""

    kind: str
    most: int
    span: timedelta


# A code has 35 random bits and four digits beside it. Five an hour and fifteen a day leave somebody who knows a code
# a chance of 1 in 667 a day to guess the digits, and nobody a chance worth naming to guess a code.
CODE_HOUR = Limit("code", 5, HOUR)
CODE_DAY = Limit("code", 15, DAY)
ADDRESS = Limit("address", 30, HOUR)
FILES = Limit("file", 20, HOUR)
# What may be pressed for one letter in a day: from one address, and from all. Each button has limits of its own, so
# that nobody who has the letter, its signer included, uses up the presses of the clerk.
RELEASED, RELEASED_BY_ALL = Limit("released", 5, DAY), Limit("released-all", 20, DAY)
DOUBTS, DOUBTS_BY_ALL = Limit("doubt", 5, DAY), Limit("doubt-all", 20, DAY)  # words and mails: a doubt always suspends
CLERK_CODES, CLERK_CODES_BY_ALL = Limit("clerk-code", 3, DAY), Limit("clerk-code-all", 12, DAY)


def take(limit: Limit, value: str, *, now: datetime) -> bool:
    """Count one try, before it is made; False when the span allows no more. One statement: no two share a try."""
    key, until = _key(limit, value, now), _until(limit, now)
    with transaction.atomic():
        Tries.objects.bulk_create([Tries(key=key, most=limit.most, until=until)], ignore_conflicts=True)
        taken = Tries.objects.filter(key=key, tries__lt=F("most")).update(tries=F("tries") + 1)
        jobs.enqueue(FORGET, day_id(now), due_at=_midnight(now) + 2 * DAY, key=f"{FORGET}:{now:%Y-%m-%d}")
    return bool(taken)


def take_all(*limits: tuple[Limit, str], now: datetime) -> bool:
    """Count one try against each of these, in this order; False at the first that allows no more."""
    return all(take(limit, value, now=now) for limit, value in limits)


def take_from(each: Limit, by_all: Limit, value: str, *, address: str, now: datetime) -> bool:
    """Count one try at this from one address, which has a limit of its own below that of all addresses together."""
    return take_all((each, f"{value}|{address}"), (by_all, value), now=now)


def give_back(*limits: tuple[Limit, str], now: datetime) -> None:
    """Take back a try that was right: somebody who checks many letters is not locked out."""
    for limit, value in limits:
        Tries.objects.filter(key=_key(limit, value, now), tries__gt=0).update(tries=F("tries") - 1)


def forget(*, now: datetime) -> int:
    """Delete what is counted no more; give how many rows went."""
    return Tries.objects.filter(until__lte=now).delete()[0]


def day_id(now: datetime) -> uuid.UUID:
    """Name a day for the job that forgets it."""
    return uuid.uuid5(_DAYS, f"{now.astimezone(UTC):%Y-%m-%d}")


def address_of(request: HttpRequest) -> str:
    """Give where a request comes from, as coarse as a limit needs it: an IPv4 address, or the /64 of an IPv6 one.

    Behind our own proxy it is the last address of the list, which that proxy wrote; what stands before it, anybody
    may have written.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        said = request.headers.get("X-Forwarded-For", said).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def _key(limit: Limit, value: str, now: datetime) -> bytes:
    text = f"{limit.kind}|{limit.span.total_seconds():.0f}|{_span(limit, now)}|{value}"
    return hmac.digest(keyring.secret("checking/tries"), text.encode(), "sha256")


def _span(limit: Limit, now: datetime) -> int:
    return int(now.timestamp() // limit.span.total_seconds())


def _until(limit: Limit, now: datetime) -> datetime:
    return datetime.fromtimestamp((_span(limit, now) + 1) * limit.span.total_seconds(), tz=UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
