"""A person chooses to which request a held mail belongs, or that it is none of ours (actions).

What the mail hints at is ranked with its reasons and logged with the choice; nothing is matched by itself, and no
address of the mail is ever kept as one that we write to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from broker import vault
from broker.audit import log
from broker.terms import Actor, EventRef, Refusal
from consents import copy_returned
from consents.models import Consent
from requests_app import grants, matching, quarantine, threads
from requests_app.desk import bundles, several
from requests_app.following import copy_of, original_of
from requests_app.inbound.models import MailChoice, MailReading
from requests_app.lifecycle import ANSWERABLE, ManualState
from requests_app.mailing import profile_for
from requests_app.matching import Candidate, Known
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from requests_app.quarantine import Examined
from requests_app.receive import gate, read_mail, tokens_of

HINTED = 500  # open requests that a mail is compared with


@dataclass(frozen=True, repr=False)
class Opened:
    """A held mail that a person opened: what it says, why it is held, and where it may belong."""

    message: Message
    read: dict[str, Any] = field(repr=False)
    codes: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    raw: bytes = field(repr=False)


def held(message: Message, now: datetime) -> bool:
    """Say whether a mail waits in the holding pen for a choice that a single person may make.

    One that came after the end of its request is among them while its permission, or the one that took its place, is in
    force: what ended then was a request, and the answer to it is not lost.
    """
    waits = message.direction == "in" and (
        message.kind == "held" or (message.kind == "ended" and permission(message, now) is not None)
    )
    if not waits or MailChoice.objects.filter(message=message).exists():
        return False
    return not vault.is_destroyed(message.raw)  # its time was over before anybody chose


def permission(message: Message, now: datetime) -> Consent | None:
    """Give the consent in force under which a mail that came after an end may be read; None where there is none."""
    return threads.permission(message.manual, now) if message.manual is not None else None


def open_held(message: Message, *, actor: Actor, now: datetime, why: str = "holding pen") -> Opened | None:
    """Open a held mail for a member of staff, as an event; None for one that waits for nobody's single choice."""
    if not held(message, now):
        return None
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=_subject(message),
        purpose="fulfilment",
        obj="message",
        body={"message": message.id, "sha256": bytes(message.sha256).hex(), "why": why},
        cnt=1,
    )
    raw = vault.open_file(message.raw, under=ref)
    read = read_mail(raw)
    judged = MailReading.objects.filter(message=message).first()
    codes = tuple(judged.codes) if judged else ()
    return Opened(message, read, codes, tuple(_candidates(message, read, now)), raw)


def attach(message: Message, number: str, *, actor: Actor, now: datetime) -> Message | Refusal:
    """Attach a held mail to the request of this number: kept under its customer's key, its files in quarantine."""
    return attach_all(message, [number], actor=actor, now=now)


def attach_all(message: Message, numbers: Sequence[str], *, actor: Actor, now: datetime) -> Message | Refusal:
    """Attach a held mail to several requests of one customer, its files to the first; give its copy there.

    Refused with `ask.invalid` for requests of several customers, and for a mail that names several or may quote one of
    ours about several: no key of one of them seals what another was sent. It is divided (`splitting.divide`).
    """
    rows = ManualRequest.objects.select_related("request__consent")
    found = [rows.filter(number=each).first() for each in dict.fromkeys(numbers)]
    manuals = [each for each in found if each is not None]
    if not manuals or len(manuals) < len(found):
        return Refusal("not_found")
    if bundles.is_shared(manuals) or bundles.was_shared(manuals):
        return Refusal("ask.invalid")
    for each in manuals:
        if (refusal := closed(each, now)) is not None:
            return refusal
    opened = open_held(message, actor=actor, now=now, why="to attach it")
    if opened is None or not all(is_under(each, message, now) for each in manuals):
        return Refusal("state.conflict")
    if bundles.is_shared([*manuals, *named_in(opened)]):
        return Refusal("ask.invalid")
    if gate(opened.read)[0] is not None:
        return Refusal("channel.forbidden.credentials")
    files = quarantine.examine_all(opened.read["files"], manuals)
    try:
        with transaction.atomic():
            attached = _attach(opened, manuals[0], files, actor, now)
            for each in manuals[1:]:
                if isinstance(attached, Refusal) or _also(opened, attached, each, files, actor, now) is not None:
                    transaction.set_rollback(True)
                    return attached if isinstance(attached, Refusal) else Refusal("state.conflict")
            return attached
    except IntegrityError:
        return Refusal("state.conflict")  # somebody else chose meanwhile


def dismiss(message: Message, what: MailChoice.What, *, actor: Actor, now: datetime) -> MailChoice | Refusal:
    """Say that a held mail is none of ours, or an attempt to deceive; it stays sealed until its time is over."""
    if what not in (MailChoice.What.NOT_OURS, MailChoice.What.REPORT):
        raise ValueError("a choice with a consequence of its own")
    if not held(message, now):
        return Refusal("state.conflict")
    try:
        with transaction.atomic():
            return _choose(message, what, actor, now)
    except IntegrityError:
        return Refusal("state.conflict")


def copy_came_back(message: Message, *, actor: Actor, now: datetime) -> str | Refusal:
    """Say that a signer's copy (or one of `copy_returned.also`) did not arrive, as a report says; give what follows."""
    opened = open_held(message, actor=actor, now=now, why="to confirm it")
    original = original_of(opened.read) if opened is not None else ""
    words = copy_returned.words_of(original)
    if opened is None or words is None or not copy_of(opened.read):
        return Refusal("state.conflict")
    try:
        with transaction.atomic():
            _choose(message, MailChoice.What.RETURNED, actor, now)
            copy_returned.came_back(original)
            return words.done
    except IntegrityError:
        return Refusal("state.conflict")


def named_in(opened: Opened) -> list[ManualRequest]:
    """Give the requests that a held mail shows: by the mail of ours that it answers, by token, and by number."""
    message, read = opened.message, opened.read
    together = bundles.all_in(message.manual) if message.manual is not None else []
    shown = Q(thread_token__in=tokens_of([], read)) | Q(number__in=matching.numbers_in(read))
    rows = ManualRequest.objects.select_related("request__consent__recipient").filter(shown)
    more = rows.exclude(id__in=[each.id for each in together]).order_by("created_at", "id")
    return [*together, *more[:HINTED]]


def is_of_several(opened: Opened) -> bool:
    """Say whether a held mail shows requests of several customers: then it is divided, and copied whole to nobody."""
    shown = named_in(opened)
    return bundles.is_shared(shown) or bundles.was_shared(shown)


def _choose(message: Message, what: MailChoice.What, actor: Actor, now: datetime) -> MailChoice:
    body = {"message": message.id, "sha256": bytes(message.sha256).hex(), "choice": what.value}
    ref = log.append("mail.unmatched", actor=actor, subject=_subject(message), obj="message", body=body)
    return MailChoice.objects.create(message=message, what=what, at=now, audit_event_id=ref.id)


def _subject(message: Message) -> UUID:
    """Whose key seals a mail of the holding pen: nobody known, but where its sender is proven."""
    return vault.file_facts(message.raw).subject


def is_under(manual: ManualRequest, message: Message, now: datetime) -> bool:
    """Say whether a request may have a mail: one that came after an end stays under the permission it came for."""
    allowed = permission(message, now) if message.kind == "ended" else manual.request.consent
    return allowed is not None and manual.request.consent_id == allowed.id


def _attach(
    opened: Opened, manual: ManualRequest, files: Sequence[Examined], actor: Actor, now: datetime
) -> Message | Refusal:
    locked = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent").get(id=manual.id)
    if (refusal := closed(locked, now)) is not None:
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
        raw=vault.seal_file(raw, subject=customer, name="mail.eml", alone=bool(files)),
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


def _also(
    opened: Opened, first: Message, manual: ManualRequest, files: Sequence[Examined], actor: Actor, now: datetime
) -> Refusal | None:
    locked = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent").get(id=manual.id)
    if (refusal := closed(locked, now)) is not None:
        return refusal
    ref = _log(opened, locked, files, actor)
    several.attach_too(opened.message, first, locked, with_files=bool(files), ref=ref)
    return None


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


def closed(manual: ManualRequest, now: datetime) -> Refusal | None:
    """Say why nothing may be attached to a request any more: it is over, or nothing permits us to have it."""
    consent = manual.request.consent
    if consent is None or manual.state not in ANSWERABLE:
        return Refusal("state.conflict")
    ended = grants.not_in_force(consent, now)
    return Refusal(ended) if ended is not None else None


def _candidates(message: Message, read: dict[str, Any], now: datetime) -> list[Candidate]:
    rows = ManualRequest.objects.filter(state__in=ANSWERABLE).select_related("request__consent").order_by("-created_at")
    if message.kind == "ended":
        rows = rows.filter(request__consent=permission(message, now))
    together = bundles.all_in(message.manual) if message.manual is not None else []
    own = [each.id for each in together]
    newest = list(rows.prefetch_related("request__consent__accounts")[:HINTED])
    more = list(rows.filter(id__in=own).exclude(id__in=[each.id for each in newest]))
    tokens = [*tokens_of([], read), *([message.manual.thread_token] if message.manual else [])]
    # What went out in one mail is answered together: that mail's own number is each one's.
    mail = tuple(each.message_id for each in together)
    known = [_known(each) for each in [*newest, *more]]
    known = [replace(each, message_ids=(*each.message_ids, *mail)) if each.id in own else each for each in known]
    return matching.candidates(read, tokens, known)


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
