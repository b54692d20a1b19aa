"""A person's work mailbox: used once a code that was mailed to it came back (actions)."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet

from broker import notices, vault
from broker.audit import log
from broker.limits.counting import DAY, HOUR, Limit, give_back, take, take_all
from broker.parties.mailbox import mailbox_of
from broker.parties.models import User
from broker.parties.signin import alerts, browsers
from broker.parties.signin.models import Change, WorkMailbox
from broker.parties.signin.passkeys import actor_of
from broker.terms import SERVICE, Actor, EventRef, Refusal
from broker.transport import Proof, ProvenAddress

CODE_MINUTES = 10
TRIES = 5
PURPOSE = "work mailbox"
# Nobody is flooded from here; and no person spends what another one needs to prove the same mailbox.
CODES, CODES_OF_A_DAY = Limit("work-code", 6, HOUR), Limit("work-code-day", 18, DAY)
CODES_TO, CODES_TO_BY_ALL = Limit("work-code-to", 10, DAY), Limit("work-code-to-all", 30, DAY)
WRONG = Limit("work-code-wrong", 15, DAY)
_TABLE = "signin_workmailbox"


def of(person: User) -> WorkMailbox | None:
    """Give a person's proven mailbox."""
    return _open(person).filter(proven_at__isnull=False).first()


def waiting(person: User, *, now: datetime) -> WorkMailbox | None:
    """Give the mailbox whose code can still come back."""
    return _open(person).filter(proven_at=None, code_expires_at__gt=now, code_tries__lt=TRIES).first()


def begin(person: User, email: str, *, language: str, now: datetime) -> Refusal | None:
    """Mail a code to this address; the mailbox that is proven stays in use until the code came back.

    `rate.limited` after six codes in an hour or 18 in a day, ten in a day to this mailbox, or 30 of all people to it;
    `ask.invalid` for what is no address.
    """
    try:
        to = ProvenAddress(email, Proof("invitation", str(person.id)))
    except ValueError:
        return Refusal("ask.invalid")
    whose = vault.blind_index("email", mailbox_of(email)).hex()
    own = (CODES, str(person.id)), (CODES_OF_A_DAY, str(person.id)), (CODES_TO, f"{person.id}|{whose}")
    if not take_all(*own, (CODES_TO_BY_ALL, whose), now=now):
        return Refusal("rate.limited")
    code, row_id = f"{secrets.randbelow(1_000_000):06}", uuid.uuid4()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(id=person.id)  # two at once leave one that waits
        ref = _event("code.sent", person, {"purpose": PURPOSE})
        _open(person).filter(proven_at=None).update(ended_at=now, email=None, code_hash="", audit_event_id=ref.id)
        WorkMailbox.objects.create(
            id=row_id,
            person=person,
            email=vault.seal(email, subject=person.id, place=vault.Place(_TABLE, "email", row_id)),
            mailbox_index=vault.blind_index("email", mailbox_of(email)),
            language=language,
            asked_at=now,
            code_hash=make_password(code),
            code_expires_at=now + timedelta(minutes=CODE_MINUTES),
            audit_event_id=ref.id,
        )
        notices.send_later(
            "work_code",
            to=to,
            subject=person.id,
            language=language,
            context={"code": code, "minutes": CODE_MINUTES},
            key=f"work_code:{row_id}",
        )
    return None


def confirm(person: User, code: str, *, now: datetime, here: bytes = b"") -> Refusal | None:
    """Take one try at the code: ten minutes, five tries, once, and 15 wrong ones a day.

    `state.conflict` where it is wrong, old or used up; `rate.limited` beyond the day's. The mailboxes of before are
    told, and no browser of hers stays known but the one she is in (`browsers.here`).
    """
    counted = (WRONG, str(person.id))
    if not take(*counted, now=now):
        return Refusal("rate.limited")
    with transaction.atomic():
        # Locked, so that tries at the same moment are counted one after the other.
        User.objects.select_for_update(of=("self",)).get(id=person.id)
        row = waiting(person, now=now)
        if row is not None and not check_password(code.strip(), row.code_hash):
            ref = _event("code.failed", person, {"tries": row.code_tries + 1}, res="denied")
            WorkMailbox.objects.filter(id=row.id).update(code_tries=F("code_tries") + 1, audit_event_id=ref.id)
            return Refusal("state.conflict")
        if row is not None:
            ref = _event("code.accepted", person, {"purpose": PURPOSE})
            left = _open(person).filter(proven_at__isnull=False)
            left.update(ended_at=now, audit_event_id=ref.id)
            WorkMailbox.objects.filter(id=row.id).update(proven_at=now, code_hash="", audit_event_id=ref.id)
            browsers.forget(person, but=here)
            alerts.tell(person, Change.What.MAILBOX, now=now)
    give_back(counted, now=now)
    return None if row is not None else Refusal("state.conflict")


def shown(row: WorkMailbox) -> str:
    """Open a person's own address, for her own page."""
    return vault.open(row.email, under=_opened(row, actor_of(row.person), "own page"))


def for_alerts(person: User, why: str) -> alerts.Mailbox | None:
    """Give where to tell a person about her way in, and the language; None without a proven mailbox."""
    row = of(person)
    return _lent(row, why) if row else None


def left(person: User, at: datetime, why: str) -> alerts.Mailbox | None:
    """Give the mailbox that another one replaced at this moment."""
    row = WorkMailbox.objects.filter(person=person, proven_at__isnull=False, ended_at=at).first()
    return _lent(row, why) if row else None


def without_index(why: str) -> list[str]:
    """Open the proven mailboxes of before there was an index to compare them by: an entry each."""
    rows = WorkMailbox.objects.select_related("person").filter(ended_at=None, proven_at__isnull=False)
    return [_lent(each, why)[0].address for each in rows.filter(mailbox_index=None)]


def holders(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Give who of these people has a proven mailbox here."""
    rows = WorkMailbox.objects.filter(person__in=people, proven_at__isnull=False, ended_at=None)
    return set(rows.values_list("person_id", flat=True))


def _lent(row: WorkMailbox, why: str) -> alerts.Mailbox:
    ref = _opened(row, SERVICE("signin"), why)
    return ProvenAddress(vault.open(row.email, under=ref), Proof("code", str(row.id))), row.language


def _open(person: User) -> QuerySet[WorkMailbox]:
    return WorkMailbox.objects.select_related("person").filter(person=person, ended_at=None)


def _opened(row: WorkMailbox, actor: Actor, why: str) -> EventRef:
    body = {"fields": ["email"], "why": why}
    return log.append_read(
        "parties.read", actor=actor, subject=row.person_id, purpose="operations", obj="user", body=body, cnt=1
    )


def _event(act: str, person: User, body: dict[str, Any], *, res: str = "ok") -> EventRef:
    return log.append(act, actor=actor_of(person), subject=person.id, obj="user", body=body, res=res)
