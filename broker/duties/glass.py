"""An officer opens what is sealed of one customer in an emergency, and another person looks at it (actions)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from broker import jobs, vault
from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.duties.bars import actor_of
from broker.duties.models import Glass, GlassEvent
from broker.parties.models import Customer, Role, User, UtilityAccount

TELL = "glass.told"
LONGEST = timedelta(hours=4)
MAY_REVIEW = frozenset({Role.OFFICER, Role.APPROVER})


class NotAllowed(Exception):
    """This person may not do this now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, repr=False)
class Sealed:
    """What is sealed of a customer, opened: her mailbox, and each account's number, name and address."""

    email: str
    accounts: Sequence[tuple[str, str, str, str]]  # utility, number, name as billed, address


def break_glass(
    customer: Customer, officer: User, reason: str, *, lasts: timedelta, review_by: datetime, own: bool, now: datetime
) -> Glass:
    """Break glass for one customer; she is told at once. `own`: whether her name on an account is the officer's.

    Raises `NotAllowed`: `glass.role`, `glass.no_reason` without words, `glass.too_long` above four hours, `glass.own`
    for the own affairs or those of a recipient for which the officer works; the try is in her log.
    """
    if officer.role != Role.OFFICER:
        raise _turned_away(customer.id, officer, "glass.role")
    if not reason.strip():
        raise _turned_away(customer.id, officer, "glass.no_reason")
    if not timedelta() < lasts <= LONGEST:
        raise _turned_away(customer.id, officer, "glass.too_long")
    if own:
        raise _turned_away(customer.id, officer, "glass.own")
    row = Glass(
        id=uuid.uuid4(), customer=customer, officer=officer.id, opened_at=now, ends_at=now + lasts, review_by=review_by
    )
    try:
        with transaction.atomic():
            place = vault.Place("duties_glass", "reason", row.id)
            row.reason = vault.seal(reason, subject=customer.id, place=place)
            body = {"glass": row.id, "ends_at": row.ends_at, "review_by": review_by, "why": reason}
            row.audit_event_id = log.append(
                "glass.broken", actor=actor_of(officer), subject=customer.id, obj="customer", body=body
            ).id
            with different():
                row.save(force_insert=True)
            _listed(row, row.audit_event_id, now)
            jobs.enqueue(TELL, row.id, key=f"{TELL}:{row.id}")
    except SamePerson:
        raise _turned_away(customer.id, officer, "glass.own") from None
    return row


def is_open(row: Glass, now: datetime) -> bool:
    """Say whether something may be opened under it now; after its review nobody would look at what follows."""
    return row.closed_at is None and row.reviewed_by is None and row.opened_at <= now < row.ends_at


def read(row: Glass, officer: User, *, now: datetime) -> Sealed:
    """Open what is sealed of the customer, under one event of hers. Raises `NotAllowed`: `glass.over`, `glass.role`.

    Asked of the row as it is now, not as the caller read it. The reading is listed under its lock before anything is
    opened: a review has it before its eyes, or came first, and then nothing is opened.
    """
    if row.officer != officer.id:
        raise _turned_away(row.customer_id, officer, "glass.role")
    if not _locked(row, now, listing=None):
        raise _turned_away(row.customer_id, officer, "glass.over")
    accounts = list(UtilityAccount.objects.filter(customer=row.customer_id).order_by("created_at", "id"))
    fields = ["email", "number", "name_as_billed", "service_address"]
    ref = log.append_read(
        "glass.read",
        actor=actor_of(officer),
        subject=row.customer_id,
        purpose="compliance",
        obj="customer",
        body={"glass": row.id, "fields": fields},
        cnt=1 + len(accounts),
    )
    if not _locked(row, now, listing=ref.id):
        raise _turned_away(row.customer_id, officer, "glass.over")
    values = [row.customer.email]
    for each in accounts:
        values += [each.number, each.name_as_billed, each.service_address]
    email, *rest = vault.open_all(values, under=ref)
    found = zip(accounts, zip(rest[::3], rest[1::3], rest[2::3], strict=True), strict=True)
    return Sealed(email, [(account.utility, *opened) for account, opened in found])


def _locked(row: Glass, now: datetime, *, listing: int | None) -> bool:
    """Say under the row's lock whether it is open, and list this event there if it is."""
    with transaction.atomic():
        is_so = is_open(Glass.objects.select_for_update().get(id=row.id), now)
        if is_so and listing is not None:
            _listed(row, listing, now)
    return is_so


def end(row: Glass, officer: User, *, now: datetime) -> None:
    """End it before its time. Raises `NotAllowed`: `glass.over`, `glass.role`."""
    with transaction.atomic():
        locked = Glass.objects.select_for_update().get(id=row.id)
        if locked.officer != officer.id:
            raise NotAllowed("glass.role")
        if not is_open(locked, now):
            raise NotAllowed("glass.over")
        locked.audit_event_id = _log("glass.ended", locked, officer)
        locked.closed_at = now
        locked.save()
        _listed(locked, locked.audit_event_id, now)


def review(row: Glass, reviewer: User, verdict: Glass.Verdict, note: str, *, now: datetime) -> None:
    """Say once, as another person, whether it was right.

    Raises `NotAllowed`: `glass.over`, `glass.role`, `glass.own`.
    """
    if reviewer.role not in MAY_REVIEW:
        raise NotAllowed("glass.role")
    if reviewer.id == row.officer:
        raise NotAllowed("glass.own")
    try:
        with transaction.atomic():
            locked = Glass.objects.select_for_update().get(id=row.id)
            if locked.reviewed_by is not None:
                raise NotAllowed("glass.over")
            locked.audit_event_id = _log("glass.reviewed", locked, reviewer, verdict=verdict.value, why=note)
            locked.reviewed_by, locked.reviewed_at, locked.verdict = reviewer.id, now, verdict
            with different():
                locked.save()
    except SamePerson:
        raise NotAllowed("glass.own") from None


def to_review(now: datetime) -> tuple[int, int]:
    """Count what waits for its review, and how many of these are late."""
    waiting = Glass.objects.filter(reviewed_by=None)
    return waiting.count(), waiting.filter(review_by__lt=now).count()


def _listed(row: Glass, event: int, now: datetime) -> None:
    GlassEvent.objects.create(event=event, glass=row, at=now)


def _log(act: str, row: Glass, person: User, **facts: object) -> int:
    body = {"glass": row.id, **facts}
    return log.append(act, actor=actor_of(person), subject=row.customer_id, obj="customer", body=body).id


def _turned_away(customer: uuid.UUID, person: User, code: str) -> NotAllowed:
    body = {"code": code}
    log.append("glass.turned_away", actor=actor_of(person), subject=customer, obj="customer", body=body, res="denied")
    return NotAllowed(code)
