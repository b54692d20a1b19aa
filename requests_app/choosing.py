"""A person chooses to which request a held mail belongs, or that it is none of ours (actions).

What the mail hints at is ranked with its reasons and logged with the choice; nothing is matched by itself, and no
address of the mail is ever kept as one that we write to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from broker import vault
from broker.audit import log
from broker.terms import Actor, EventRef, Refusal
from requests_app import grants, matching, quarantine
from requests_app.inbound.models import MailChoice, MailReading
from requests_app.lifecycle import ManualState
from requests_app.mailing import profile_for
from requests_app.matching import Candidate, Known
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from requests_app.quarantine import Examined
from requests_app.receive import HOLDING, OPEN, gate, read_mail, tokens_of

HINTED = 500  # open requests that a mail is compared with


@dataclass(frozen=True, repr=False)
class Opened:
    """A held mail that a person opened: what it says, why it is held, and where it may belong."""

    message: Message
    read: dict[str, Any] = field(repr=False)
    codes: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    raw: bytes = field(repr=False)


def held(message: Message) -> bool:
    """Say whether a mail waits in the holding pen for a choice that a single person may make."""
    waits = message.direction == "in" and message.kind == "held"
    return waits and not MailChoice.objects.filter(message=message).exists()


def open_held(message: Message, *, actor: Actor, why: str = "holding pen") -> Opened | None:
    """Open a held mail for a member of staff, as an event; None for one that waits for nobody's single choice."""
    if not held(message):
        return None
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=HOLDING,
        purpose="fulfilment",
        obj="message",
        body={"message": message.id, "sha256": bytes(message.sha256).hex(), "why": why},
        cnt=1,
    )
    raw = vault.open_file(message.raw, under=ref)
    read = read_mail(raw)
    judged = MailReading.objects.filter(message=message).first()
    codes = tuple(judged.codes) if judged else ()
    return Opened(message, read, codes, tuple(_candidates(message, read)), raw)


def attach(message: Message, number: str, *, actor: Actor, now: datetime) -> Message | Refusal:
    """Attach a held mail to the request of this number: kept under its customer's key, its files in quarantine."""
    manual = ManualRequest.objects.select_related("request__consent").filter(number=number).first()
    if manual is None:
        return Refusal("not_found")
    if (refusal := _closed(manual, now)) is not None:
        return refusal
    opened = open_held(message, actor=actor, why="to attach it")
    if opened is None:
        return Refusal("state.conflict")
    if gate(opened.read)[0] is not None:
        return Refusal("channel.forbidden.credentials")
    files = quarantine.examine_all(opened.read["files"])
    try:
        with transaction.atomic():
            return _attach(opened, manual, files, actor, now)
    except IntegrityError:
        return Refusal("state.conflict")  # somebody else chose meanwhile


def dismiss(message: Message, what: MailChoice.What, *, actor: Actor, now: datetime) -> MailChoice | Refusal:
    """Say that a held mail is none of ours, or an attempt to deceive; it stays sealed until its time is over."""
    if what == MailChoice.What.ATTACH:
        raise ValueError("a mail is attached to a request")
    if not held(message):
        return Refusal("state.conflict")
    try:
        with transaction.atomic():
            body = {"message": message.id, "sha256": bytes(message.sha256).hex(), "choice": what.value}
            ref = log.append("mail.unmatched", actor=actor, subject=HOLDING, obj="message", body=body)
            return MailChoice.objects.create(message=message, what=what, at=now, audit_event_id=ref.id)
    except IntegrityError:
        return Refusal("state.conflict")


def _attach(
    opened: Opened, manual: ManualRequest, files: Sequence[Examined], actor: Actor, now: datetime
) -> Message | Refusal:
    locked = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent").get(id=manual.id)
    if (refusal := _closed(locked, now)) is not None:
        return refusal
    ref = _log(opened, locked, files, actor)
    customer = locked.request.customer_id
    assert customer is not None
    # A line on top, as every station of a mail writes one: below it stands the mail as it came, under her own key.
    raw = f"X-Holding-Pen: {opened.message.id}\r\n".encode("ascii") + opened.raw
    row = Message.objects.create(
        manual=locked,
        direction="in",
        message_id=opened.message.message_id,
        kind="answer" if files else "message",
        raw=vault.seal_file(raw, subject=customer, name="mail.eml"),
        sha256=hashlib.sha256(raw).digest(),
        at=opened.message.at,
        audit_event_id=ref.id,
    )
    MailChoice.objects.create(
        message=opened.message,
        what=MailChoice.What.ATTACH,
        manual=locked,
        attached=row,
        at=now,
        audit_event_id=ref.id,
    )
    if quarantine.keep(files, row, ref, now):
        move(locked, ManualState.ANSWERED, ref=ref)
    return row


def _log(opened: Opened, manual: ManualRequest, files: Sequence[Examined], actor: Actor) -> EventRef:
    ranked = [each.number for each in opened.candidates]
    return log.append(
        "mail.matched",
        actor=actor,
        subject=manual.request.customer_id,
        obj="message",
        cnt=len(files),
        body={
            "message": opened.message.id,
            "sha256": bytes(opened.message.sha256).hex(),
            "request": manual.number,
            "held_for": list(opened.codes),
            "candidates": ranked,
            "rank": ranked.index(manual.number) + 1 if manual.number in ranked else None,
            "files": [each.sha256.hex() for each in files],
        },
    )


def _closed(manual: ManualRequest, now: datetime) -> Refusal | None:
    """Say why nothing may be attached to a request any more: it is over, or nothing permits us to have it."""
    consent = manual.request.consent
    if consent is None or manual.state not in OPEN:
        return Refusal("state.conflict")
    ended = grants.not_in_force(consent, now)
    return Refusal(ended) if ended is not None else None


def _candidates(message: Message, read: dict[str, Any]) -> list[Candidate]:
    rows = ManualRequest.objects.filter(state__in=OPEN).select_related("request__consent").order_by("-created_at")
    own = [message.manual_id] if message.manual_id else []
    newest = list(rows.prefetch_related("request__consent__accounts")[:HINTED])
    more = list(rows.filter(id__in=own).exclude(id__in=[each.id for each in newest]))
    tokens = [*tokens_of([], read), *([message.manual.thread_token] if message.manual else [])]
    return matching.candidates(read, tokens, [_known(each) for each in [*newest, *more]])


def _known(manual: ManualRequest) -> Known:
    consent = manual.request.consent
    wanted = set(manual.request.accounts)
    endings = [each.last_four for each in consent.accounts.all() if str(each.id) in wanted] if consent else []
    return Known(
        id=manual.id,
        number=manual.number,
        token=manual.thread_token,
        message_ids=(manual.message_id, *([manual.withdrawal_id] if manual.withdrawal_id else [])),
        address=profile_for(manual).contacts.email.value,
        last_four=tuple(endings),
    )
