"""What is done to an application's endpoints: made, given a new key, tested, disabled; a message sent again (actions).

Whoever calls decides before who may: the application itself by its key, a person of its organisation, our own staff.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.limits import counting
from broker.limits.counting import HOUR, Limit, take
from broker.parties.models import Application, Organisation
from broker.terms import Actor, EventRef, Refusal
from broker.transport import outward
from broker.vault import Sealed
from requests_app.hooks import events, signing
from requests_app.hooks.following import no_longer
from requests_app.hooks.models import Delivery, Endpoint, SigningKey
from requests_app.hooks.outbox import SEND, write
from requests_app.hooks.schedule import RESENDABLE, DeliveryState

# In use, of one application and of an organisation: another key buys no more endpoints beyond that.
MOST_ENDPOINTS, MOST_OF_ALL_KEYS = 10, 30
BOTH_KEYS = timedelta(hours=24)  # for which the older key still signs beside the newer one
PINGS = Limit("hook-ping", 20, HOUR)  # of an organisation, as the next one
RESENDS = Limit("hook-resend", 200, HOUR)


@dataclass(frozen=True, repr=False)
class Made:
    """A new endpoint, or a new key of one; the secret is shown now and never again."""

    endpoint: Endpoint
    secret: str = field(repr=False)


def create_endpoint(
    application: Application, url: str, types: Sequence[str], *, actor: Actor, now: datetime
) -> Made | Refusal:
    """Make an endpoint with its first key.

    `webhook.address` (its detail says why) for what we do not send to, `ask.invalid` for types that do not exist, are
    named twice or are none, `webhook.too_many` for one endpoint too many.
    """
    if code := outward.why_not(url):
        return Refusal("webhook.address", outward.words(code))
    if not types or len(set(types)) != len(types) or not set(types) <= set(events.CHOOSABLE):
        return Refusal("ask.invalid", "types")
    endpoint_id, key_id, secret = uuid.uuid4(), uuid.uuid4(), signing.new_secret()
    with transaction.atomic():
        # Locked, so that two at once are counted one after the other.
        Organisation.objects.select_for_update(no_key=True).get(id=application.organisation_id)
        programs = Application.objects.filter(organisation=application.organisation_id, revoked_at=None)
        in_use = Endpoint.objects.filter(application__in=programs.filter(expires_at__gt=now), disabled_at=None)
        own = in_use.filter(application=application)
        if own.count() >= MOST_ENDPOINTS or in_use.count() >= MOST_OF_ALL_KEYS:
            return Refusal("webhook.too_many")
        ref = _event(
            "hook.created",
            application.id,
            actor,
            {"endpoint": endpoint_id, "key": key_id, "url": url, "types": [*types]},
        )
        endpoint = Endpoint.objects.create(
            id=endpoint_id,
            application=application,
            url=url,
            types=[each for each in events.CHOOSABLE if each in types],
            made_at=now,
            audit_event_id=ref.id,
        )
        _keep_key(endpoint, key_id, secret, ref, now)
    return Made(endpoint, secret)


def again(endpoint: Endpoint, types: Sequence[str], *, actor: Actor, now: datetime) -> Made | Refusal:
    """Have the address of an endpoint told these types from now on, by an endpoint and a key of their own.

    What an endpoint is told never changes, and one that was disabled stays so: a new one takes its place, and the older
    one, where it is still in use, ends with it. Refusals: `state.conflict` where its program's key is over, and those
    of `create_endpoint`; then nothing changes.
    """
    application = endpoint.application
    if application.revoked_at is not None or application.expires_at <= now:
        return Refusal("state.conflict")
    with transaction.atomic():
        row = _locked(endpoint)
        if row.disabled_at is None:
            mark_disabled(row, Endpoint.Because.PERSON, actor=actor, now=now)
        made = create_endpoint(application, row.url, types, actor=actor, now=now)
        if isinstance(made, Refusal):
            transaction.set_rollback(True)
    return made


def rotate(endpoint: Endpoint, *, actor: Actor, now: datetime, at_once: bool = False) -> Made | Refusal:
    """Give an endpoint a new key. For a day the older one signs beside it; with `at_once` it ends now (it leaked).

    Of two keys that sign the older ends now: never do three. `state.conflict` for a disabled endpoint.
    """
    key_id, secret = uuid.uuid4(), signing.new_secret()
    with transaction.atomic():
        row = _locked(endpoint)
        if row.disabled_at is not None:
            return Refusal("state.conflict")
        ends = now if at_once else now + BOTH_KEYS
        body: dict[str, object] = {"endpoint": row.id, "key": key_id, "ends": []}
        ending = []
        for key in active_keys(row, now):
            end = min(key.ends_at or ends, now if key.ends_at is not None else ends)
            ending.append((key, end))
        body["ends"] = [{"key": str(key.id), "at": end.isoformat()} for key, end in ending]
        ref = _event("hook.rotated", row.application_id, actor, body)
        for key, end in ending:
            SigningKey.objects.filter(id=key.id).update(ends_at=end, audit_event_id=ref.id)
        _keep_key(row, key_id, secret, ref, now)
    return Made(row, secret)


def disable(endpoint: Endpoint, *, because: str, actor: Actor) -> bool:
    """Send nothing to an endpoint any more, for ever; False when it was disabled before. What waits is dropped."""
    now = timezone.now()
    with transaction.atomic():
        row = _locked(endpoint)
        if row.disabled_at is not None:
            return False
        mark_disabled(row, Endpoint.Because(because), actor=actor, now=now)
    endpoint.refresh_from_db()
    return True


def mark_disabled(endpoint: Endpoint, because: str, *, actor: Actor, now: datetime) -> EventRef:
    """Disable a locked endpoint in the caller's transaction, under an event of its own."""
    ref = _event("hook.disabled", endpoint.application_id, actor, {"endpoint": endpoint.id, "because": str(because)})
    rows = Endpoint.objects.filter(id=endpoint.id, disabled_at=None)
    rows.update(disabled_at=now, disabled_because=because, audit_event_id=ref.id)
    return ref


def ping(endpoint: Endpoint, *, actor: Actor, now: datetime) -> Delivery | Refusal:
    """Have a test sent, once; `state.conflict` for a disabled endpoint, `rate.limited` after twenty in an hour.

    Counted for the organisation, whichever of its programs asks.
    """
    if endpoint.disabled_at is not None:
        return Refusal("state.conflict")
    if not take(PINGS, _house(endpoint.application), now=now):
        return Refusal("rate.limited")
    with transaction.atomic():
        row = _locked(endpoint)
        if row.disabled_at is not None:
            return Refusal("state.conflict")
        ref = _event("hook.pinged", row.application_id, actor, {"endpoint": row.id})
        (made,) = write([row], events.PING, {"endpoint": row.id}, ref=ref, now=now)
    return made


def resend(delivery: Delivery, *, actor: Actor, now: datetime) -> Delivery | Refusal:
    """Have a message sent once more, with the same id, and tried anew for as long as a fresh one.

    `state.conflict` where it is still on its way, or its endpoint, key or consent has ended.
    """
    if not take(RESENDS, _house(delivery.endpoint.application), now=now):
        return Refusal("rate.limited")
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint__application", "consent")
        row = rows.get(id=delivery.id)
        if row.state not in RESENDABLE or no_longer(row, now):
            return Refusal("state.conflict")
        ref = _event("hook.resent", row.endpoint.application_id, actor, {"delivery": row.id, "was": row.state})
        Delivery.objects.filter(id=row.id).update(
            state=DeliveryState.QUEUED,
            before=row.attempts,
            begun_at=now,
            next_at=now,
            ended_at=None,
            audit_event_id=ref.id,
        )
        jobs.enqueue(SEND, row.id)
    delivery.refresh_from_db()
    return delivery


def counts_anew(application: Application, now: datetime) -> datetime:
    """Give when a limit of tests or of sending again that is spent counts anew; `now` where none is."""
    house = _house(application)
    return counting.counts_anew((PINGS, house), (RESENDS, house), now=now)


def active_keys(endpoint: Endpoint, now: datetime) -> list[SigningKey]:
    """Give the keys that sign now, the newest first: one, or two within a day of a rotation."""
    rows = SigningKey.objects.filter(endpoint=endpoint)
    return [key for key in rows.order_by("-made_at", "-id") if key.ends_at is None or key.ends_at > now]


def _house(application: Application) -> str:
    return str(application.organisation_id)


def _keep_key(endpoint: Endpoint, key_id: uuid.UUID, secret: str, ref: EventRef, now: datetime) -> None:
    SigningKey.objects.create(
        id=key_id, endpoint=endpoint, secret=_sealed(endpoint, key_id, secret), made_at=now, audit_event_id=ref.id
    )


def _sealed(endpoint: Endpoint, key_id: uuid.UUID, secret: str) -> Sealed:
    # Under a key of the application: what seals for her customers never seals for a company.
    return vault.seal(secret, subject=endpoint.application_id, place=vault.Place("hooks_signingkey", "secret", key_id))


def _locked(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(no_key=True).get(id=endpoint.id)


def _event(act: str, application: uuid.UUID, actor: Actor, body: dict[str, object]) -> EventRef:
    return log.append(act, actor=actor, subject=application, obj="endpoint", body=body)
