"""Where a person's morning mail goes: an address is used once a code that was mailed to it came back (actions)."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.limits.counting import HOUR, Limit, take
from broker.parties.models import User
from broker.parties.signin import alerts, telling
from broker.parties.signin.models import Change
from broker.terms import SERVICE, Actor, EventRef, Refusal
from broker.transport import Proof, ProvenAddress
from requests_app.desk_work.models import DeskMailbox

CODE_MINUTES = 10
TRIES = 5
PURPOSE = "morning mail"
OVER = "desk.address_over"
CODES = Limit("desk-code", 6, HOUR)  # for each person: nobody's mailbox is flooded from here
_TABLE = "desk_work_deskmailbox"


def of(person: User) -> DeskMailbox | None:
    """Give where a person's morning mail goes, or is to go once the code came back."""
    return DeskMailbox.objects.select_related("person").filter(person=person).first()


def waits(row: DeskMailbox | None) -> bool:
    """Say whether the code of an address has yet to come back."""
    return row is not None and (row.confirmed_at is None or row.asked is not None)


def begin(person: User, email: str, *, actor: Actor, now: datetime) -> Refusal | None:
    """Mail a code to this address; one that is proven stays in use until the code came back, and is told.

    `rate.limited` after six codes in an hour; `ask.invalid` for what is no address.
    """
    try:
        to = ProvenAddress(email, Proof("invitation", str(person.id)))
    except ValueError:
        return Refusal("ask.invalid")
    if not take(CODES, str(person.id), now=now):
        return Refusal("rate.limited")
    code = f"{secrets.randbelow(1_000_000):06}"
    with transaction.atomic():
        ref = _event("code.sent", person, actor, {"purpose": PURPOSE})
        known = DeskMailbox.objects.select_for_update(of=("self",)).filter(person=person).first()
        row_id = known.id if known else uuid.uuid4()
        beside = known is not None and known.confirmed_at is not None
        column = "asked" if beside else "email"
        over = now + timedelta(minutes=CODE_MINUTES)
        fields = {
            column: vault.seal(email, subject=person.id, place=vault.Place(_TABLE, column, row_id)),
            "code_hash": make_password(code),
            "code_expires_at": over,
            "code_tries": 0,
            "audit_event_id": ref.id,
        }
        if known:
            DeskMailbox.objects.filter(id=row_id).update(**{"asked": None, **fields})
        else:
            DeskMailbox.objects.create(id=row_id, person=person, **fields)
        if beside:
            alerts.tell(person, Change.What.ASKED, now=now)
            jobs.enqueue(OVER, row_id, due_at=over)
        notices.send_later(
            "desk_code",
            to=to,
            subject=person.id,
            context={"code": code, "minutes": CODE_MINUTES},
            key=f"desk_code:{ref.id}",
        )
    return None


def confirm(person: User, code: str, *, actor: Actor, now: datetime) -> Refusal | None:
    """Take one try at the code: ten minutes, five tries, once; `state.conflict` where it is wrong, old or used up.

    Each mailbox of hers is told that it changed, and so is the address that it took the place of.
    """
    seen = of(person)
    good = seen is not None and _can_come_back(seen, now) and check_password(code.strip(), seen.code_hash)
    # Opened under an entry that is committed before, and only for the right code.
    both = _both(seen, actor) if seen is not None and good and seen.confirmed_at is not None else None
    with transaction.atomic():
        # Locked, so that tries at the same moment are counted one after the other.
        row = DeskMailbox.objects.select_for_update(of=("self",)).filter(person=person).first()
        if row is None or seen is None or not _can_come_back(row, now) or row.code_hash != seen.code_hash:
            return Refusal("state.conflict")
        if not good:
            ref = _event("code.failed", person, actor, {"tries": row.code_tries + 1}, res="denied")
            DeskMailbox.objects.filter(id=row.id).update(code_tries=F("code_tries") + 1, audit_event_id=ref.id)
            return Refusal("state.conflict")
        ref = _event("code.accepted", person, actor, {"purpose": PURPOSE})
        fields: dict[str, Any] = {"confirmed_at": now, "asked": None, "code_hash": "", "audit_event_id": ref.id}
        if both is not None:
            fields["email"] = vault.seal(both[1], subject=person.id, place=vault.Place(_TABLE, "email", row.id))
        DeskMailbox.objects.filter(id=row.id).update(**fields)
        change = alerts.tell(person, Change.What.MORNING, now=now)
        if both is not None:
            telling.write(change, (ProvenAddress(both[0], Proof("code", str(row.id))), "en"), part=":left")
    return None


def want(person: User, wanted: bool, *, actor: Actor) -> Refusal | None:
    """Switch a person's morning mail on or off; `state.conflict` where no address is proven, or nothing changes."""
    with transaction.atomic():
        ref = _event("parties.changed", person, actor, {"morning_mail": "on" if wanted else "off"})
        rows = DeskMailbox.objects.filter(person=person, confirmed_at__isnull=False).exclude(wanted=wanted)
        if not rows.update(wanted=wanted, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
    return None


def shown(person: User, *, actor: Actor) -> str:
    """Open a person's own address, for her own page; empty where there is none."""
    row = of(person)
    if row is None:
        return ""
    return vault.open(row.email, under=opened(person, actor, "own page"))


def opened(person: User, actor: Actor, why: str) -> EventRef:
    """Write down that a person's address is opened."""
    body = {"fields": ["email"], "why": why}
    return log.append_read(
        "parties.read", actor=actor, subject=person.id, purpose="operations", obj="user", body=body, cnt=1
    )


def for_alerts(person: User, why: str) -> tuple[ProvenAddress, str] | None:
    """Give where to tell a member of the desk about her way in, and the language; None without a mailbox."""
    row = DeskMailbox.objects.filter(person=person, confirmed_at__isnull=False).first()
    if row is None:
        return None
    ref = opened(person, SERVICE("desk"), why)
    return ProvenAddress(vault.open(row.email, under=ref), Proof("code", str(row.id))), "en"


def all_proven(why: str) -> list[str]:
    """Open every proven address, to compare it: an entry each."""
    rows = DeskMailbox.objects.select_related("person").filter(confirmed_at__isnull=False)
    return [vault.open(each.email, under=opened(each.person, SERVICE("desk"), why)) for each in rows]


def holders(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Give who of these people has a proven mailbox for the morning mail."""
    rows = DeskMailbox.objects.filter(person__in=people, confirmed_at__isnull=False)
    return set(rows.values_list("person_id", flat=True))


@jobs.handler(OVER)
def over_job(job: jobs.JobView) -> None:
    """Drop an address that waits beside a proven one, where its code is over."""
    drop(job.subject_id, now=timezone.now())


def drop(mailbox_id: uuid.UUID, *, now: datetime) -> None:
    """Keep no address that waits beside a proven one once its code is over; one asked for anew, or proven, stays."""
    with transaction.atomic():
        rows = DeskMailbox.objects.select_related("person").select_for_update(of=("self",))
        row = rows.filter(id=mailbox_id, asked__isnull=False, code_expires_at__lte=now).first()
        if row is not None:
            ref = _event("parties.changed", row.person, SERVICE("desk"), {"morning_mail": "unproven address dropped"})
            DeskMailbox.objects.filter(id=row.id).update(asked=None, code_hash="", audit_event_id=ref.id)


def _can_come_back(row: DeskMailbox, now: datetime) -> bool:
    return waits(row) and row.code_tries < TRIES and row.code_expires_at > now


def _both(row: DeskMailbox, actor: Actor) -> tuple[str, str]:
    """Open the address that is in use and the one that takes its place."""
    ref = opened(row.person, actor, "another address takes its place")
    left, asked = vault.open_all([row.email, row.asked], under=ref)
    return left, asked


def _event(act: str, person: User, actor: Actor, body: dict[str, Any], *, res: str = "ok") -> EventRef:
    return log.append(act, actor=actor, subject=person.id, obj="user", body=body, res=res)
