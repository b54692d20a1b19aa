"""One row per target, written in the transaction that ends a consent (action; a receiver of its signal)."""

import base64
import hmac
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from broker import jobs
from broker.parties.links import token_hash
from broker.terms import EventRef
from broker.vault import keyring
from consents import effects
from consents.effects import Target
from consents.models import Consent
from consents.stopping.lifecycle import DAYS_TO_ATTEST, Because, Kind, Reached
from consents.stopping.models import Stop, StopTarget

FOLLOW, RECEIPT = "stopping.follow", "stopping.receipt"


def on_consent_ended(
    *,
    consent: Consent,
    ref: EventRef,
    now: datetime,
    how: str = "clock",
    received_at: datetime | None = None,
    **_signal: Any,
) -> None:
    """Write what this end reaches, and enqueue the job that follows it; nothing here waits for anybody outside.

    Under the event of the end itself. A suspension writes nothing: what it holds up goes on when it is lifted.
    """
    if consent.state not in set(Because) or Stop.objects.filter(consent=consent).exists():
        return
    stop = Stop.objects.create(
        consent=consent,
        because=consent.state,
        how=how[:20],
        received_at=received_at or now,
        at=now,
        audit_event_id=ref.id,
    )
    found = [*_own(consent), *effects.targets(consent)]
    # In one statement: she waits for this, and every read that she stops as well.
    StopTarget.objects.bulk_create([_row(stop, target, ref=ref, now=now) for target in found])
    if any(_brings_a_duty(target) for target in found):
        _demand_deletion(stop, ref=ref, now=now)
    jobs.enqueue(FOLLOW, consent.id, key=f"{FOLLOW}:{consent.id}")
    if stop.because == Because.REVOKED:
        jobs.enqueue(RECEIPT, consent.id, key=f"{RECEIPT}:{consent.id}")


def add(stop: Stop, target: Target, *, ref: EventRef, now: datetime) -> StopTarget:
    """Write one target's row under the caller's event; what was read brings the duty to delete it with it."""
    row = _row(stop, target, ref=ref, now=now)
    row.save(force_insert=True)
    if _brings_a_duty(target):
        _demand_deletion(stop, ref=ref, now=now)
    return row


def attest_token(stop_id: uuid.UUID) -> str:
    """Give the single-purpose token of the page on which a recipient says that copies are deleted."""
    mac = hmac.digest(keyring.secret("attest-link"), stop_id.bytes, "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _row(stop: Stop, target: Target, *, ref: EventRef, now: datetime) -> StopTarget:
    return StopTarget(
        stop=stop,
        kind=target.kind,
        about=target.about,
        label=target.label,
        count=target.count,
        state=target.state,
        code=target.code,
        began_at=now,
        ended_at=None if target.state == Reached.WAITING else now,
        audit_event_id=ref.id,
    )


def _brings_a_duty(target: Target) -> bool:
    return target.kind == Kind.EXPORTS and target.count > 0


def _own(consent: Consent) -> list[Target]:
    # Both hold from the commit on: every read and every link asks for the consent's state anew.
    return [
        Target(Kind.ACCESS, consent.id, Reached.DONE, "refused_access"),
        Target(Kind.LINKS, consent.id, Reached.DONE, "closed"),
    ]


def _demand_deletion(stop: Stop, *, ref: EventRef, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
    StopTarget.objects.create(
        stop=stop,
        kind=Kind.DELETION,
        about=stop.consent_id,
        state=Reached.WAITING,
        code="asked",
        began_at=now,
        due=today + timedelta(days=DAYS_TO_ATTEST),
        token_hash=token_hash(attest_token(stop.id)),
        audit_event_id=ref.id,
    )
