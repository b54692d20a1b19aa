"""What the mails of a request share: address, thread, record before sending, events (actions)."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.terms import SERVICE, EventRef
from broker.transport import Delivery, MailError, Proof, ProvenAddress
from broker.utilities import UtilityProfile
from requests_app import grants
from requests_app.models import ManualRequest, Message

SENDER = SERVICE("manual-request")
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)


class Overtaken(Exception):
    """Somebody moved the request while its mail was written: nothing is sent."""


def address_of(profile: UtilityProfile) -> ProvenAddress:
    """Give the billing desk's verified address; it comes from the profile and never from a mail."""
    return ProvenAddress(profile.contacts.email.value, Proof("profile", f"{profile.id} {profile.version}"))


def profile_for(manual: ManualRequest) -> UtilityProfile:
    """Give the profile of the utility that a request goes to."""
    consent = manual.request.consent
    profile = grants.profile_of(consent.utility) if consent else None
    if profile is None:
        raise LookupError("a manual request without a utility")
    return profile


def find(manual_id: uuid.UUID) -> ManualRequest:
    """Give a request with what its mails need."""
    return ManualRequest.objects.select_related("request__consent__recipient", "request__consent__customer").get(
        id=manual_id
    )


def last_four(manual: ManualRequest) -> str:
    """Give the last four digits of the account: all that a mail may say of it."""
    consent = manual.request.consent
    rows = consent.accounts.filter(id__in=manual.request.accounts) if consent else []
    return next(iter(rows)).last_four


def destination() -> str | None:
    """Give the utility's own server, where mail may go there directly."""
    return settings.UTILITY_MAIL_SERVER or None


def begin(
    manual: ManualRequest,
    raw: bytes,
    message_id: str,
    kind: str,
    take: Callable[[EventRef], bool],
    *,
    part_of: bytes = b"",
) -> tuple[Message, EventRef]:
    """Keep the mail as it will go out and say that it may be out, in one commit, before it is.

    `part_of`: the SHA-256 of the whole mail, where `raw` is one customer's part of it. Gives what is kept, and the
    event under which it goes. Raises `Overtaken` where somebody moved the request meanwhile.
    """
    digest = hashlib.sha256(raw).digest()
    with transaction.atomic():
        said = {"state": "sending", "mail": kind, "sha256": (part_of or digest).hex()}
        ref = event(manual, "request.state", said | ({"part_sha256": digest.hex()} if part_of else {}))
        if not take(ref):
            raise Overtaken
        # The very same bytes are kept once, also where they are handed over a second time.
        if (kept := Message.objects.filter(direction="out", sha256=digest).first()) is not None:
            return kept, ref
        row = Message.objects.create(
            manual=manual,
            direction="out",
            message_id=message_id,
            kind=kind,
            raw=vault.seal_file(raw, subject=customer_of(manual), name="mail.eml"),
            sha256=digest,
            at=timezone.now(),
            audit_event_id=ref.id,
        )
        return row, ref


def ids_of(manual: ManualRequest) -> list[str]:
    """Give the Message-IDs of all our mails on the thread of a request, the oldest first."""
    of_it = Q(manual=manual) | Q(enclosed__manual=manual)
    rows = Message.objects.filter(of_it, direction="out").distinct().order_by("at")
    return list(rows.values_list("message_id", flat=True))


def left_at(manual: ManualRequest) -> datetime | None:
    """Give when the letter left us or may have begun to; None where none was ever handed over."""
    if manual.sent_at is not None:
        return manual.sent_at
    return _begun(manual).values_list("at", flat=True).first()


def when_left() -> Coalesce:
    """Say in a query of requests what `left_at` says of one."""
    return Coalesce("sent_at", Subquery(_begun(OuterRef("pk")).values("at")[:1]))


def _begun(manual: ManualRequest | OuterRef) -> QuerySet[Message]:
    of_it = Q(manual=manual) | Q(enclosed__manual=manual)  # in a mail of its own, or in another request's
    return Message.objects.filter(of_it, direction="out", kind="request").order_by("-at")


def event(manual: ManualRequest, act: str, body: Mapping[str, Any], *, res: str = "ok") -> EventRef:
    """Write an event of a request, with the facts that each of them names."""
    asked = manual.request
    facts = {"request": asked.id, "number": manual.number, "consent": asked.consent_id, "data_types": asked.data_types}
    return log.append(
        act, actor=SENDER, subject=customer_of(manual), obj="manual_request", body={**facts, **body}, res=res
    )


def facts_of(delivery: Delivery) -> dict[str, str]:
    """Give what a server said of a delivery, as the log keeps it."""
    return {"kind": delivery.kind, "host": delivery.host, "reply": delivery.reply[:200]}


def reply_of(error: Exception) -> str:
    """Give what a server said, or only what kind of failure it was."""
    return error.reply[:200] if isinstance(error, MailError) else type(error).__name__


def pause(waits: int) -> timedelta:
    """Give how long to wait after this many waits."""
    longer: timedelta = FIRST_PAUSE * 2 ** min(waits, 10)
    return min(longer, LONGEST_PAUSE)


def customer_of(manual: ManualRequest) -> uuid.UUID:
    """Give whose data a request is about."""
    customer = manual.request.customer_id
    assert customer is not None
    return customer
