"""What the gate leaves behind: the refusal, its incident and one event, never a word of the message (actions)."""

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from broker.audit import log
from broker.credentials import Finding
from broker.db import turns
from broker.inlets import watching
from broker.inlets.marks import LASTS
from broker.inlets.models import Incident, Refused
from broker.inlets.sending import Sender
from broker.looking import OUTWARD, may_let_through
from broker.parties.models import User
from broker.terms import Actor, EventRef

Finder = Callable[[uuid.UUID, str], Iterable[uuid.UUID]]
MOST_CONCERNED = 20  # customers who are told of one message
_finders: list[Finder] = []
logger = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Message:
    """What was refused, as long as it is refused: its mark, and its words to find out whom it is about."""

    mark: bytes | None = None
    words: str = ""


def concerning(finder: Finder) -> None:
    """Register who knows which customers a recipient's message is about: `finder(organisation, words)` gives ids."""
    if finder not in _finders:
        _finders.append(finder)


def record(
    finding: Finding, *, part: str, sender: Sender, inlet: str, message: Message = Message(), overridable: bool = True
) -> Refused:
    """Log that something was refused and count it; whom it concerned has an entry of her own, without its words.

    `overridable`: False where the part is none that two people may let through (an address, a header).
    """
    now = timezone.now()
    structural = not (overridable and may_let_through(finding.rule, inlet))
    # A mark is kept for one use alone: to know a message that may be let through.
    mark = None if structural else message.mark
    facts: dict[str, Any] = {"part": part, "rule": finding.rule, "kind": finding.kind, "inlet": inlet}
    with transaction.atomic():
        turns.take([hashlib.sha256(f"gate:{inlet}:{sender.name}".encode()).digest()[:16]])
        row = Refused(
            at=now,
            inlet=inlet,
            rule=finding.rule,
            kind=finding.kind,
            part=part[:80],
            sender=sender.name,
            organisation_id=sender.organisation,
            typed_by=sender.person,
            structural=structural,
            mac=mark,
            mac_until=now + LASTS if mark else None,
        )
        ref = _log(row, sender.actor, facts, _concerned(sender, message.words))
        row.audit_event_id = row.refused_event = ref.id
        row.save(force_insert=True)
        _count(row, ref, now)
        if inlet in OUTWARD or (sender.actor.kind == "s" and sender.organisation is None):
            # Whoever works here and holds a customer's login has it from somewhere, and so has a mail of ours.
            body = {**facts, "state": "opened"}
            log.append("gate.incident", actor=sender.actor, subject=None, body=body, res="denied")
        watching.sent(sender, ref=ref, now=now)
    return row


def held(finding: Finding, *, ref: EventRef, now: datetime) -> Refused:
    """Count a mail with a login in it, sealed under the event `ref`; it is opened by two people and never let through.

    Of a mail nothing says who sent it, so all of them are one incident.
    """
    row = Refused(at=now, inlet="email_reply", rule=finding.rule, kind=finding.kind, part="mail", sender="mail")
    row.structural, row.audit_event_id, row.refused_event = True, ref.id, ref.id
    turns.take([hashlib.sha256(b"gate:email_reply:mail").digest()[:16]])
    row.save(force_insert=True)
    _count(row, ref, now)
    return row


def close(incident: Incident, officer: User, why: str, *, now: datetime) -> bool:
    """Close an incident that an officer looked into, who says what was found; False where it is closed already."""
    actor = Actor("s", officer.id, role=officer.role)
    with transaction.atomic():
        row = Incident.objects.select_for_update(of=("self",)).get(id=incident.id)
        if row.closed_at is not None:
            return False
        body = {"incident": row.id, "inlet": row.inlet, "count": row.count, "state": "closed", "why": why}
        row.audit_event_id = log.append("gate.incident", actor=actor, subject=None, body=body).id
        row.closed_by, row.closed_at = officer, now
        row.save()
    return True


def open_ones() -> "QuerySet[Incident]":
    """Give the incidents that no officer has closed, the one with the newest refusal first."""
    return Incident.objects.filter(closed_at=None).order_by("-last_at", "id")


def unchecked(*, sender: Sender, inlet: str) -> EventRef:
    """Log that a message could not be checked, and was refused."""
    return log.append("gate.unchecked", actor=sender.actor, subject=None, body={"inlet": inlet}, res="error")


def _log(row: Refused, actor: Actor, facts: dict[str, Any], concerned: list[uuid.UUID]) -> EventRef:
    """Log the refusal, and with it, as parts of the same act, an entry of each customer whom it concerned."""
    body = {**facts, "refusal": row.id}
    if not concerned:
        return log.append("gate.refused", actor=actor, subject=None, body=body, res="denied")
    whole: log.Act = {"act": "gate.refused", "actor": actor, "subject": None, "body": body, "res": "denied"}
    hers: list[log.Act] = [{**whole, "subject": customer, "body": facts} for customer in concerned]
    return log.append_group(whole, hers)[0]


def _count(row: Refused, ref: EventRef, now: datetime) -> None:
    known = Incident.objects.filter(inlet=row.inlet, sender=row.sender, closed_at=None)
    if known.update(count=F("count") + 1, last_at=now, audit_event_id=ref.id):
        return
    Incident.objects.create(
        inlet=row.inlet,
        sender=row.sender,
        organisation_id=row.organisation_id,
        count=1,
        first_at=now,
        last_at=now,
        audit_event_id=ref.id,
    )


def _concerned(sender: Sender, words: str) -> list[uuid.UUID]:
    organisation = sender.organisation
    if not watching.is_watched(sender) or organisation is None or not words:
        return []
    found: dict[uuid.UUID, None] = {}
    for finder in _finders:
        found |= dict.fromkeys(finder(organisation, words))
    return list(found)[:MOST_CONCERNED]
