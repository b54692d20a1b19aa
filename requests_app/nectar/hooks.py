"""A webhook is taken in: proven by its signature, kept once by its id, and at most a reason to look (actions).

Nothing that it says is believed. A right and new one about a document enqueues a look at that document by the API;
every other one has its outcome, and changes nothing. Reference of Nectar's API, section 14.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from broker import jobs
from broker.channels.nectar.paths import is_id
from broker.channels.nectar.secrets import TooDeep, strip_secrets
from broker.limits.counting import Limit, ends, take
from requests_app.alerts import each_hour, tell_staff
from requests_app.nectar.models import Company, Hook
from requests_app.nectar.states import (
    CLOSED,
    CONNECTION_EVENTS,
    DOCUMENT_EVENTS,
    FORGED,
    KEEP_HOOKS,
    MAX_HOOK_BYTES,
    TOO_LONG,
    TOO_MANY,
    HookOutcome,
)

HINT = "nectar.hint"
MINUTE = timedelta(minutes=1)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Said:
    """What the sender is told; `wait` in seconds, where it knocks too often."""

    status: int
    outcome: str
    wait: int = 0


@dataclass(frozen=True)
class Message:
    """What of a proven message we look at: three names and a time."""

    svix_id: str
    event: str
    about: str
    company: str
    stamp: datetime


def accept(headers: Mapping[str, str], body: bytes, *, address: str, now: datetime) -> Said:
    """Take a webhook in; `body` is the raw bytes, because only they are signed."""
    if not settings.NECTAR_WEBHOOK_SECRETS:
        return Said(404, CLOSED)
    if len(body) > MAX_HOOK_BYTES:
        return Said(413, TOO_LONG)
    limit = Limit("nectar.hooks", settings.NECTAR_WEBHOOKS_A_MINUTE, MINUTE)
    if not take(limit, address, now=now):
        return Said(429, TOO_MANY, max(1, int((ends(limit, now) - now).total_seconds())))
    if not is_proven(headers, body):
        logger.warning("a webhook of Nectar without a right signature")
        return Said(401, FORGED)
    message = read(headers, body)
    with transaction.atomic():
        return _keep(message, now) if isinstance(message, Message) else _odd(message, now)


def is_proven(headers: Mapping[str, str], body: bytes) -> bool:
    """Say whether one of our secrets signed these bytes within five minutes of now, by the official library."""
    # Not at the top: of svix its whole API comes along, 0.2 s at the start of every command.
    from svix.webhooks import Webhook, WebhookVerificationError

    for secret in settings.NECTAR_WEBHOOK_SECRETS:
        try:
            Webhook(secret).verify(body, dict(headers))
        except WebhookVerificationError:
            continue
        except (ValueError, UnicodeDecodeError, OverflowError):  # a stamp that is no time; a secret that is none
            continue
        return True
    return False


def read(headers: Mapping[str, str], body: bytes) -> Message | str:
    """Read a proven message; gives its id where it has a shape that we do not know."""
    named = {name.lower(): value for name, value in headers.items()}
    svix_id = _kept_id(named.get("svix-id") or named.get("webhook-id", ""))
    try:
        said = strip_secrets(json.loads(body))
    except (ValueError, RecursionError, TooDeep):
        return svix_id
    if not isinstance(said, dict):
        return svix_id
    event, about, company = said.get("eventType") or said.get("type"), said.get("id"), said.get("company")
    company = company.get("id") if isinstance(company, dict) else company
    # Printable: half of a surrogate pair, or a NUL, no database takes.
    if not (isinstance(event, str) and 0 < len(event) <= 60 and event.isprintable() and is_id(about)):
        return svix_id
    if company is not None and not is_id(company):
        return svix_id
    signed_at = datetime.fromtimestamp(int(named.get("svix-timestamp") or named["webhook-timestamp"]), tz=UTC)
    return Message(svix_id, event, str(about), company or "", _stamp(said.get("updated"), signed_at))


def forget(now: datetime) -> int:
    """Delete what cannot be replayed any more; give how many rows went."""
    return Hook.objects.filter(expires_at__lte=now).delete()[0]


def _keep(message: Message, now: datetime) -> Said:
    company = Company.objects.filter(nectar_id=message.company).first() if message.company else None
    hook = Hook(
        svix_id=message.svix_id,
        event=message.event,
        about=message.about,
        company=company,
        stamp=message.stamp,
        at=now,
        outcome=_outcome(message, company),
        expires_at=now + KEEP_HOOKS,
    )
    # In one statement: of two deliveries at once one row stays, and the other is the replay.
    Hook.objects.bulk_create([hook], ignore_conflicts=True)
    if Hook.objects.values_list("id", flat=True).get(svix_id=message.svix_id) != hook.id:
        return Said(200, HookOutcome.REPLAYED)
    if hook.outcome == HookOutcome.QUEUED:
        jobs.enqueue(HINT, hook.id, key=f"{HINT}:{hook.id}")
    elif hook.outcome == HookOutcome.NOT_READ and company is not None:
        what = "Somebody made a connection inside Nectar"
        tell_staff(what, "It is in a company of ours. We do not read it.", key=f"nectar-connection:{company.id}")
    return Said(202 if hook.outcome == HookOutcome.QUEUED else 200, hook.outcome)


def _outcome(message: Message, company: Company | None) -> HookOutcome:
    if message.company and company is None:
        return HookOutcome.UNKNOWN_COMPANY
    if message.event in CONNECTION_EVENTS:
        return HookOutcome.NOT_READ
    if message.event not in DOCUMENT_EVENTS:
        return HookOutcome.UNKNOWN_EVENT
    newer = Hook.objects.filter(about=message.about, stamp__gt=message.stamp, event__in=DOCUMENT_EVENTS)
    return HookOutcome.OUT_OF_ORDER if newer.exists() else HookOutcome.QUEUED


def _odd(svix_id: str, now: datetime) -> Said:
    """A proven message of a shape that we do not know: a person is told, once an hour."""
    row = Hook(
        svix_id=svix_id,
        event="",
        about="",
        stamp=now,
        at=now,
        outcome=HookOutcome.UNKNOWN_SHAPE,
        expires_at=now + KEEP_HOOKS,
    )
    Hook.objects.bulk_create([row], ignore_conflicts=True)
    tell_staff("Nectar sent a message that we cannot read", "Nothing was changed by it.", key=each_hour("hook", now))
    return Said(200, HookOutcome.UNKNOWN_SHAPE)


def _kept_id(svix_id: str) -> str:
    """Give the id under which a message is kept: its own, or a hash of one that is no id as Svix makes them."""
    if is_id(svix_id):
        return svix_id
    return "sha256:" + hashlib.sha256(svix_id.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(text: Any, otherwise: datetime) -> datetime:
    """Read a time with up to nine digits of a second and perhaps no zone, which is then UTC."""
    if not isinstance(text, str) or not 10 <= len(text) <= 40:
        return otherwise
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # no time, or one that is in no year in UTC
        return otherwise
    # A time of the future would make every later message look old.
    return min(found, otherwise + timedelta(minutes=5))
