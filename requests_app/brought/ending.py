"""How a file that was brought ends, whichever way, and that its bytes go then (actions)."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, log
from broker.db import holds
from broker.terms import SERVICE, Actor, EventRef
from consents.models import Consent
from requests_app.brought import asking, rules
from requests_app.brought.models import BroughtFile, Drop, consent_of
from requests_app.share import Push

SERVICE_OF = SERVICE("brought files")
ENDS = "brought.end"
State = BroughtFile.State


def end(file: BroughtFile, state: str, *, code: str = "", actor: Actor, now: datetime) -> None:
    """End a file that is open, in the caller's transaction, which holds its permission's lock; its bytes go at once."""
    body = {**facts_of(file), "how": state, "codes": [code] if code else []}
    res = "denied" if state in (State.ENDED, State.NOT_TAKEN) else "ok"
    ref = log.append(
        "brought.ended", actor=actor, subject=consent_of(file).customer_id, obj="share", body=body, res=res
    )
    settle(file, state, code=code, ref=ref, now=now)


def settle(
    file: BroughtFile, state: str, *, ref: EventRef, now: datetime, code: str = "", received: uuid.UUID | None = None
) -> None:
    """Write down how a file ended, under the event that says so, and have its bytes deleted and the recipient told."""
    BroughtFile.objects.filter(id=file.id).update(
        state=state, code=code, received_id=received, settled_at=now, audit_event_id=ref.id
    )
    jobs.enqueue(ENDS, file.drop_id, key=f"{ENDS}:{file.id}:{state}")
    asking.settled(file.drop_id, file.id, now=now)


def facts_of(file: BroughtFile) -> dict[str, object]:
    """Name a file in the log."""
    return {
        "file": file.id,
        "drop": file.drop_id,
        "number": file.number,
        "organisation": file.drop.organisation_id,
        "consent": file.consent_id,
    }


def on_consent_ended(*, consent: Consent, ref: EventRef, now: datetime, **_signal: Any) -> None:  # noqa: ARG001
    """End every open file of a permission that ends, in the transaction that ends it."""
    for file in _open(consent=consent):
        end(file, State.ENDED, code=f"consent.{consent.state}", actor=SERVICE_OF, now=now)


def shared_herself(push: Push, _ref: EventRef, now: datetime) -> None:
    """End a file that waits when she hands over the very same herself: it counts once, and as hers alone."""
    if push.brought is None:
        for file in _open(consent=push.consent, sha256=push.sha256):
            end(file, State.KNOWN, actor=SERVICE_OF, now=now)


def expire(drop: Drop, *, now: datetime) -> None:
    """End what nobody answered for in time."""
    if now < drop.expires_at:
        return
    for file in drop.files.filter(state=State.WAITING).select_related("consent").order_by("number"):
        with transaction.atomic():
            Consent.objects.select_for_update(no_key=True).get(id=consent_of(file).id)
            for still in _open(id=file.id).filter(state=State.WAITING):
                end(still, State.EXPIRED, actor=SERVICE_OF, now=now)


def empty(files: Iterable[BroughtFile], *, now: datetime) -> bool:
    """Delete the bytes of files that are over; False where a legal hold keeps some."""
    whole = True
    for each in files:
        assert each.file is not None
        assert each.preview is not None
        customer = consent_of(each).customer_id
        if keeper.is_held(customer, holds.RECORDS):
            whole = False
            continue
        for one in (each.file, each.preview):
            vault.delete_bytes(one, for_a_time=True)
        with transaction.atomic():
            rows = BroughtFile.objects.select_for_update(of=("self",)).filter(id=each.id, emptied_at=None)
            if rows.exists():
                ref = log.append(
                    "brought.deleted", actor=SERVICE_OF, subject=customer, obj="share", body=facts_of(each)
                )
                BroughtFile.objects.filter(id=each.id).update(emptied_at=now, audit_event_id=ref.id)
    return whole


@jobs.handler(ENDS)
def end_job(job: jobs.JobView) -> None:
    """End what is due of a drop and delete the bytes of what is over; what a legal hold keeps is tried again."""
    now = timezone.now()
    drop = Drop.objects.get(id=job.subject_id)
    expire(drop, now=now)
    over = drop.files.exclude(state__in=(State.REFUSED, *rules.OPEN)).filter(emptied_at=None)
    if not empty(over.select_related("consent", "drop").order_by("number"), now=now):
        raise jobs.Held("hold", timedelta(days=1))  # a hold may last for years: no count of tries ends it


def _open(**which: Any) -> QuerySet[BroughtFile]:
    return BroughtFile.objects.filter(state__in=rules.OPEN, **which).select_related("consent", "drop").order_by("at")
