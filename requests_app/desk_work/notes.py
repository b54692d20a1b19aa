"""Remarks of the desk on a request: sealed, never changed, opened under an event (actions)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.inlets import refusing
from broker.looking import look
from broker.parties.models import User
from broker.terms import Actor, Refusal
from requests_app.desk_work.models import Note
from requests_app.models import ManualRequest
from requests_app.watching import together

LONGEST = 2000


@dataclass(frozen=True)
class Remark:
    """A note that was opened."""

    at: datetime
    by: str
    text: str


def write(manual: ManualRequest, text: str, person: User, *, actor: Actor, now: datetime) -> Note | Refusal:
    """Seal a remark under the customer's key; one with a portal login in it is refused, and nothing of it is kept.

    So also one that is a login together with the notes of the ten days before.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        return Refusal("ask.invalid")
    if (found := look(text, "admin_note")) is not None:
        return Refusal(refusing.code(found))
    if (found := together.over_notes(manual, text, now=now)) is not None:
        login = refusing.login(found, inlet="admin_note", part="note with an earlier one")
        refusing.count(login, actor, person=person)
        return login
    customer, note_id = manual.request.customer_id, uuid.uuid4()
    assert customer is not None
    with transaction.atomic():
        ref = log.append(
            "request.note",
            actor=actor,
            subject=customer,
            obj="manual_request",
            body={"request": manual.number, "note": note_id},
        )
        return Note.objects.create(
            id=note_id,
            manual=manual,
            person=person,
            text=vault.seal(text, subject=customer, place=vault.Place("desk_work_note", "text", note_id)),
            at=now,
            audit_event_id=ref.id,
        )


def read(manual: ManualRequest, *, actor: Actor) -> list[Remark]:
    """Open the notes of a request under one event, the newest last; where there are none, nothing is opened."""
    rows = list(Note.objects.filter(manual=manual).select_related("person").order_by("at", "id"))
    if not rows:
        return []
    ref = log.append_read(
        "request.read",
        actor=actor,
        subject=manual.request.customer_id,
        purpose="fulfilment",
        obj="manual_request",
        body={"request": manual.number, "fields": ["notes"]},
        cnt=len(rows),
    )
    texts = vault.open_all([each.text for each in rows], under=ref)
    return [Remark(row.at, row.person.full_name, text) for row, text in zip(rows, texts, strict=True)]
