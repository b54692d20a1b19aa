"""What the utility said by phone or post: one event and one message on the thread, marked as such (actions).

The message is written like a mail of our own, with the scan as its attachment, and sealed; so it is opened, kept and
destroyed like every other. The scan is looked into like an attachment before anything is written.
"""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from broker import vault
from broker.audit import log
from broker.inlets import refusing
from broker.looking import look as gate
from broker.parties.models import User
from broker.terms import Actor, EventRef, Refusal
from requests_app import grants, quarantine
from requests_app.clocks import steps
from requests_app.deadlines import can_be_named
from requests_app.desk_work.models import Heard
from requests_app.fees import quoting
from requests_app.fees.lifecycle import SaidBy
from requests_app.fees.limits import is_fee
from requests_app.lifecycle import NOT_OUT, OVER, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from requests_app.quarantine import Examined
from requests_app.receive import read_mail
from requests_app.watching import together

Kind, Way = Heard.Kind, Heard.Way
LONGEST = 4000
# What the request does: it moves where its table lets it, and stays where it is where not.
MOVES: dict[str, ManualState] = {
    Kind.ACKNOWLEDGEMENT: ManualState.ACKNOWLEDGED,
    Kind.REFUSAL: ManualState.WAITING_ON_US,
    Kind.OWN_FORM: ManualState.WAITING_ON_US,
}


@dataclass(frozen=True, repr=False)
class Said:
    """What was said, when, by whom, and the scan of a letter."""

    way: Heard.Way
    kind: Heard.Kind
    happened_at: datetime
    spoke_with: str
    words: str
    day: date | None = None  # that they named for their answer
    amount: Decimal | None = None  # of a fee, in US dollars
    scan: bytes = field(default=b"", repr=False)
    scan_name: str = ""


def write_down(manual: ManualRequest, said: Said, person: User, *, actor: Actor, now: datetime) -> Message | Refusal:
    """Write down what the utility said; the request moves where the kind says so.

    Refused: `ask.invalid` without words, with a time to come, a promise without its day or with one that they cannot
    have named, a fee without its amount;
    `channel.forbidden.credentials` for a portal login in the words; `state.conflict` where no letter of ours can be
    with the utility; and a scan, with the consent's own code, once nothing permits us to have the data.
    """
    if (refusal := _wrong(manual, said, now)) is not None:
        return refusal
    split = together.over_mails(manual, said.words, reads=read_mail, now=now, inlet="admin_note")
    if split is not None:
        refusal = refusing.login(split, inlet="admin_note", part="words")
        refusing.count(refusal, actor)
        return refusal
    ended = _ended(manual, now)
    if said.scan and ended is not None:
        return Refusal(ended)
    files = [quarantine.examine(said.scan_name, said.scan)] if said.scan else []
    with transaction.atomic():
        locked = (
            ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent").get(id=manual.id)
        )
        ref = _log(locked, said, files, actor)
        message = _keep(locked, said, files, person, ref, now)
        _follow(locked, said, message, files, ref, now, ended=ended is not None)
        if said.amount is not None and ended is None and locked.state not in OVER:
            # A fee is a row and an event of its own, beside the words that named it.
            by = SaidBy.POST if said.way == Way.POST else SaidBy.PHONE
            fee = quoting.quote(
                locked, said.amount, said_by=by, actor=actor, now=now, message=message, happened_at=said.happened_at
            )
            if isinstance(fee, Refusal):
                transaction.set_rollback(True)
                return fee
    return message


def _wrong(manual: ManualRequest, said: Said, now: datetime) -> Refusal | None:
    if not 0 < len(said.words.strip()) <= LONGEST or said.happened_at > now or said.happened_at < manual.created_at:
        return Refusal("ask.invalid")
    if (said.kind == Kind.PROMISE) != (said.day is not None) or (said.kind == Kind.FEE) != (said.amount is not None):
        return Refusal("ask.invalid")
    if said.amount is not None and not is_fee(said.amount):
        return Refusal("ask.invalid")
    if said.day is not None and not can_be_named(said.day, said.happened_at.astimezone(profile_for(manual).tz).date()):
        return Refusal("ask.invalid")
    for text in (said.words, said.spoke_with, said.scan_name):
        if (found := gate(text, "admin_note")) is not None:
            return Refusal(refusing.code(found))
    if manual.state in NOT_OUT and manual.sent_at is None:
        return Refusal("state.conflict")
    return None


def _ended(manual: ManualRequest, now: datetime) -> str | None:
    consent = manual.request.consent
    return grants.not_in_force(consent, now) if consent is not None else "consent.absent"


def _log(manual: ManualRequest, said: Said, files: list[Examined], actor: Actor) -> EventRef:
    return log.append(
        "mail.received",
        actor=actor,
        subject=manual.request.customer_id,
        obj="message",
        cnt=len(files),
        body={
            "request": manual.number,
            "kind": said.kind.value,
            "by": said.way.value,
            "happened_at": said.happened_at,
            "day": said.day,
            "files": [each.sha256.hex() for each in files],
            "against": [list(each.codes) for each in files],
        },
    )


def _keep(
    manual: ManualRequest, said: Said, files: list[Examined], person: User, ref: EventRef, now: datetime
) -> Message:
    customer = manual.request.customer_id
    assert customer is not None
    raw = _as_mail(manual, said)
    message = Message.objects.create(
        manual=manual,
        direction="in",
        message_id="",
        kind=said.way.value,
        # With a scan it gets a key of its own: what is too much in it can be destroyed with it.
        raw=vault.seal_file(raw, subject=customer, name="mail.eml", alone=bool(said.scan)),
        sha256=hashlib.sha256(raw).digest(),
        at=said.happened_at,  # the thread is in the order in which things happened
        audit_event_id=ref.id,
    )
    Heard.objects.create(
        message=message,
        way=said.way,
        kind=said.kind,
        happened_at=said.happened_at,
        person=person,
        scans=len(files),
        codes=[code for each in files for code in each.codes],
        at=now,
        audit_event_id=ref.id,
    )
    return message


def _follow(
    manual: ManualRequest,
    said: Said,
    message: Message,
    files: list[Examined],
    ref: EventRef,
    now: datetime,
    *,
    ended: bool,
) -> None:
    if ended or manual.state in OVER:
        return  # it is written down, and nothing moves any more
    if said.kind == Kind.PROMISE:
        assert said.day is not None
        steps.promised(manual, said.day, happened_at=said.happened_at, ref=ref, now=now)
    elif said.kind == Kind.ANSWER:
        if quarantine.keep(files, message, ref, now):
            move(manual, ManualState.ANSWERED, ref=ref, happened_at=said.happened_at)
    elif (new := MOVES.get(said.kind)) is not None:
        move(manual, new, ref=ref, happened_at=said.happened_at)


def _as_mail(manual: ManualRequest, said: Said) -> bytes:
    """Write it as a mail of our own: each entry has bytes of its own, and reads like every other message."""
    mail = EmailMessage()
    mail["Subject"] = f"{said.way.label.capitalize()}: {said.kind.label} ({manual.number})"
    mail["X-Heard"] = str(uuid.uuid4())
    lines = [
        f"Written down by the desk; it came {said.way.label}.",
        f"When: {said.happened_at.astimezone(ZoneInfo(settings.DISPLAY_ZONE)):%Y-%m-%d %H:%M %Z}",
        f"With: {' '.join(said.spoke_with.split()) or 'not said'}",
    ]
    if said.day is not None:
        lines.append(f"Day that they named: {said.day.isoformat()}")
    if said.amount is not None:
        lines.append(f"Fee: {said.amount} USD")
    mail.set_content("\n".join([*lines, "", said.words.strip()]))
    if said.scan:
        mail.add_attachment(said.scan, maintype="application", subtype="octet-stream", filename=said.scan_name)
    return mail.as_bytes()
