"""The first person's part, and what the second one sees (actions)."""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.directory import customer_id_for
from broker.terms import Actor, EventRef, Refusal
from broker.vault import Place
from consents.paper import scans
from consents.paper.models import PaperEntry, PaperLetter

ACT = "paper.consent"


@dataclass(frozen=True, repr=False)
class Original:
    """What a signed original says. Ends of ranges are exclusive. Without an e-mail address she deals on paper."""

    name: str
    account: str
    address: str
    data_types: tuple[str, ...]
    purpose: str
    history_from: date
    history_to: date
    ends: date
    forward: bool
    nectar: bool
    email: str
    signed_on: date
    data: bytes = field(repr=False, default=b"")

    def as_json(self) -> str:
        """Write it as JSON, the scan apart."""
        values = {name: value for name, value in self.__dict__.items() if name != "data"}
        plain = {
            k: v.isoformat() if isinstance(v, date) else list(v) if isinstance(v, tuple) else v
            for k, v in values.items()
        }
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> "Original":
        """Read what `as_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        for name in ("history_from", "history_to", "ends", "signed_on"):
            values[name] = date.fromisoformat(values[name])
        values["data_types"] = tuple(values["data_types"])
        return cls(**values)


def enter(
    letter: PaperLetter, original: Original, *, received_at: datetime, actor: Actor, now: datetime
) -> PaperEntry | Refusal:
    """Keep what was read off with the scan, sealed, and ask for a second person's comparison.

    Raises `decide.NotAllowed` where this person may not; gives a refusal for a scan that is not taken, and
    `state.conflict` where this letter was entered already. What nobody decided in time stands in nobody's way.
    """
    kind, code = scans.examine(original.data)
    if code:
        return Refusal(code)
    entry_id = uuid.uuid4()
    customer = customer_id_for(original.email) if original.email else uuid.uuid4()
    rows = PaperEntry.objects.filter(letter=letter)
    over = [each for each in rows.filter(state=PaperEntry.State.WAITING) if is_over(each, now=now)]
    taken = (PaperEntry.State.WAITING, PaperEntry.State.APPROVED)
    if rows.filter(state__in=taken).exclude(id__in=[each.id for each in over]).exists():
        return Refusal("state.conflict")
    try:
        with transaction.atomic():
            for each in over:
                _end(each, actor=actor, now=now)
            return _keep(letter, entry_id, customer, kind, original, received_at=received_at, actor=actor, now=now)
    except IntegrityError:  # somebody entered the same letter at the same moment
        return Refusal("state.conflict")


def _keep(
    letter: PaperLetter,
    entry_id: uuid.UUID,
    customer: uuid.UUID,
    kind: str,
    original: Original,
    *,
    received_at: datetime,
    actor: Actor,
    now: datetime,
) -> PaperEntry:
    with transaction.atomic():
        asked = decide.request(
            ACT, requester=actor, reason="A letter signed on paper", now=now, subject=customer, about=entry_id
        )
        ref = log.append(
            "paper.entered",
            actor=actor,
            subject=customer,
            obj="letter",
            body={"entry": entry_id, "letter": letter.code, "approval": asked.id, "received_at": received_at},
        )
        return PaperEntry.objects.create(
            id=entry_id,
            letter=letter,
            customer=customer,
            form=vault.seal(original.as_json(), subject=customer, place=Place("paper_paperentry", "form", entry_id)),
            scan=vault.seal_file(original.data, subject=customer, name="scan", retention=vault.EVIDENCE),
            scan_type=kind,
            scan_sha256=hashlib.sha256(original.data).digest(),
            signed_on=original.signed_on,
            received_at=received_at,
            approval=asked.id,
            entered_at=now,
            audit_event_id=ref.id,
        )


def opened(entry: PaperEntry, *, actor: Actor, why: str) -> tuple[Original, EventRef]:
    """Open what was read off, and give the event under which the scan may be opened too."""
    ref = log.append_read(
        "paper.read",
        actor=actor,
        subject=entry.customer,
        purpose="fulfilment",
        obj="letter",
        body={"entry": entry.id, "why": why},
        cnt=1,
    )
    return Original.from_json(vault.open(entry.form, under=ref)), ref


def scan_of(entry: PaperEntry, *, actor: Actor) -> bytes:
    """Open the scan for the person who compares it; one event."""
    return vault.open_file(entry.scan, under=opened(entry, actor=actor, why="to compare it")[1])


def refuse(entry: PaperEntry, *, actor: Actor, now: datetime, decline: Callable[..., Approval] = decide.refuse) -> None:
    """Say that the original does not show this; the letter may then be entered anew. Raises `decide.NotAllowed`.

    `decline` decides; another way than the usual one is for who is none of our own people.
    """
    with transaction.atomic():
        decline(entry.approval, approver=actor, now=now)
        _end(entry, actor=actor, now=now)


def is_over(entry: PaperEntry, *, now: datetime) -> bool:
    """Say whether nobody can decide about it any more."""
    return not Approval.objects.filter(id=entry.approval, state__in=OPEN, expires_at__gt=now).exists()


def take_back(entry: PaperEntry, *, actor: Actor, now: datetime) -> None:
    """Take back what one entered oneself, or what nobody decided in time; the letter may then be entered anew.

    Raises `decide.NotAllowed`. What the only operator entered would else wait for another one who is not there.
    """
    with transaction.atomic():
        if not is_over(entry, now=now):
            decide.withdraw(entry.approval, requester=actor, now=now)
        _end(entry, actor=actor, now=now)


def _end(entry: PaperEntry, *, actor: Actor, now: datetime) -> None:
    ref = log.append(
        "paper.rejected", actor=actor, subject=entry.customer, obj="letter", body={"entry": entry.id}, res="denied"
    )
    rows = PaperEntry.objects.filter(id=entry.id, state=PaperEntry.State.WAITING)
    if not rows.update(state=PaperEntry.State.REFUSED, decided_at=now, audit_event_id=ref.id):
        raise decide.NotAllowed("approval.over")
