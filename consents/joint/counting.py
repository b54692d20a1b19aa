"""Count what the signs of abuse look at, and hold a consent that shows one (actions, in the signing transaction)."""

import hmac
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from broker import jobs
from broker.audit import log
from broker.db import turns
from broker.parties.models import UtilityAccount
from broker.terms import SERVICE, EventRef
from broker.vault import keyring
from consents.joint.models import AbuseSign, Circumstance
from consents.joint.signs import Counts, Limits, Sign, signs
from consents.models import Consent, Suspension
from consents.suspending import suspend

WATCH = SERVICE("abuse-watch")
ALERT = "joint.alert"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOMENT, LONG = timedelta(minutes=2), timedelta(days=30)


def limits() -> Limits:
    """Give the limits of this installation; each is explained in `.env.example`."""
    return Limits(
        mailbox_accounts=settings.ABUSE_ACCOUNTS_PER_MAILBOX,
        recipient_grants=settings.ABUSE_GRANTS_PER_RECIPIENT,
        place_grants=settings.ABUSE_GRANTS_PER_PLACE,
        helper_accounts=settings.ABUSE_ACCOUNTS_PER_HELPER,
    )


def index_of(what: str, text: str) -> bytes | None:
    """Give the keyed hash by which places or helpers are counted without being kept; None for an empty text."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hmac.digest(keyring.secret(f"abuse/{what}"), plain.encode(), "sha256") if plain else None


def look(consent: Consent, *, place: str, helper: str, now: datetime) -> tuple[Sign, ...]:
    """Count around a consent that is being signed; what shows a sign is held for review. Gives the signs."""
    # Of two at once, each would not count the other.
    turns.take([bytes(consent.customer.email_index), consent.recipient_id.bytes])
    where, who = index_of("place", place), index_of("helper", helper)
    found = signs(_count(consent, where, who, now), limits())
    if not found and where is None and who is None:
        return ()
    ref = counted(consent, found, step="circumstances", act="abuse.found" if found else "consent.step")
    Circumstance.objects.create(consent=consent, place_index=where, helper_index=who, at=now, audit_event_id=ref.id)
    if found:
        hold(consent, found, ref=ref, now=now)
        alert(consent, ref=ref)
    return found


def counted(consent: Consent, found: tuple[Sign, ...], *, step: str, act: str = "abuse.found") -> EventRef:
    """Log which signs were counted around a consent, in the caller's transaction; `step`: when they were looked for."""
    return log.append(
        act,
        actor=WATCH,
        subject=consent.customer_id,
        obj="consent",
        body={
            "consent": str(consent.id),
            "number": consent.number,
            "signs": [[each.code, each.counted, each.limit] for each in found],
            "step": step,
        },
    )


def hold(consent: Consent, found: tuple[Sign, ...], *, ref: EventRef, now: datetime) -> None:
    """Write down signs under the event that names them, and let nothing be given out until a person has looked."""
    for each in found:
        AbuseSign.objects.create(
            consent=consent, code=each.code, counted=each.counted, limit=each.limit, at=now, audit_event_id=ref.id
        )
    suspend(consent, because=Suspension.Because.ABUSE, actor=WATCH, now=now)


def alert(consent: Consent, *, ref: EventRef) -> None:
    """Have our people told that a consent is held, once for the event that held it."""
    jobs.enqueue(ALERT, consent.id, key=f"{ALERT}:{consent.id}:{ref.id}")


def _count(consent: Consent, place: bytes | None, helper: bytes | None, now: datetime) -> Counts:
    return Counts(
        mailbox_accounts=_accounts(Consent.objects.filter(customer=consent.customer_id, signed_at__gt=now - DAY)),
        recipient_grants=Consent.objects.filter(recipient=consent.recipient_id, signed_at__gt=now - HOUR).count(),
        place_grants=1 + _circumstances(now - MOMENT, place_index=place) if place else 0,
        helper_accounts=_helped(consent, helper, now) if helper else 0,
    )


def _accounts(consents: QuerySet[Consent]) -> int:
    rows = UtilityAccount.objects.filter(consentaccount__consent__in=consents)
    return rows.values("utility", "number_index").distinct().count()


def _circumstances(since: datetime, **index: bytes | None) -> int:
    return Circumstance.objects.filter(at__gt=since, **index).count()


def _helped(consent: Consent, helper: bytes, now: datetime) -> int:
    before = Circumstance.objects.filter(helper_index=helper, at__gt=now - LONG)
    return _accounts(Consent.objects.filter(Q(id=consent.id) | Q(circumstance__in=before)))
