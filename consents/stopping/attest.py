"""A recipient's word that its copies are deleted (actions: one transaction, one log entry each)."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from broker import vault
from broker.audit import log
from broker.parties.links import token_hash
from broker.parties.models import Application
from broker.terms import Actor
from broker.vault import Place
from consents.models import Consent
from consents.stopping import progress, record
from consents.stopping.lifecycle import Kind, Reached
from consents.stopping.models import Attestation, StopTarget

LONGEST_NAME = 150


def duty(consent: Consent) -> dict[str, Any]:
    """Give what a mail to the recipient says of the duty to delete; nothing where nothing was read."""
    row = StopTarget.objects.filter(stop__consent=consent, kind=Kind.DELETION).select_related("stop").first()
    if row is None:
        return {}
    return {"attest_path": reverse("attest", args=[record.attest_token(row.stop_id)]), "due": row.due}


def find(token: str) -> StopTarget | None:
    """Give the duty that this link is about; None for a link that is none."""
    rows = StopTarget.objects.select_related("stop__consent__recipient")
    return rows.filter(token_hash=token_hash(token), kind=Kind.DELETION).first()


def of_consent(application: Application, consent_id: uuid.UUID) -> StopTarget | None:
    """Give the duty of the caller's own organisation for this consent."""
    rows = StopTarget.objects.select_related("stop__consent__recipient").filter(kind=Kind.DELETION)
    return rows.filter(stop__consent_id=consent_id, stop__consent__recipient_id=application.organisation_id).first()


def by_page(target: StopTarget, name: str, *, now: datetime) -> bool:
    """Take the word of a person who has the mailed link; False where it was given already.

    The name is as typed, at most 150 characters; it is sealed under the customer's key, for it is evidence of her stop.
    """
    actor = Actor("x", target.stop.consent.recipient_id, role="recipient")
    return _take(target, name, actor=actor, application=None, now=now)


def by_api(target: StopTarget, name: str, application: Application, *, now: datetime) -> bool:
    """Take the word of the recipient's own application; False where it was given already."""
    return _take(target, name, actor=Actor("a", application.id, role="application"), application=application, now=now)


def _take(target: StopTarget, name: str, *, actor: Actor, application: Application | None, now: datetime) -> bool:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError("a word of deletion has a name")
    consent, row_id = target.stop.consent, uuid.uuid4()
    with transaction.atomic():
        row = StopTarget.objects.select_for_update().get(id=target.id)
        if row.state == Reached.DONE or Attestation.objects.filter(target=row).exists():
            return False
        by = "api" if application else "page"
        ref = log.append(
            "stop.attested",
            actor=actor,
            subject=consent.customer_id,
            obj="consent",
            body={"consent": consent.id, "organisation": consent.recipient_id, "by": by, "name": name},
        )
        place = Place("stopping_attestation", "name", row_id)
        Attestation.objects.create(
            id=row_id,
            target=row,
            name=vault.seal(name, subject=consent.customer_id, place=place),
            by=by,
            application=application,
            at=now,
            audit_event_id=ref.id,
        )
        # A word that comes after a person gave up is kept, and the row stays as it ended.
        progress.settle(Kind.DELETION, row.about, Reached.DONE, "attested", ref=ref, now=now)
    return True
