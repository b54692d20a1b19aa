"""An approver from outside is enrolled by two people until a day, and ended by one of them (actions)."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.outside import knowing
from broker.console.outside.models import Approver, Ask
from broker.db import evidence_outside
from broker.limits.counting import DAY, Limit, take
from broker.parties.full_names import is_mixed, plain
from broker.parties.mailbox import mailbox_of
from broker.terms import Actor
from broker.transport import Proof, ProvenAddress

NAME = evidence_outside.ENROL
LONGEST = timedelta(days=366)
ENROLMENTS = Limit("outside-enrol", 10, DAY)  # tries of one person: each says whether somebody is known here


@dataclass(frozen=True, repr=False)
class Wanted:
    """Who is to be enrolled; `until` is the last day."""

    full_name: str
    house: str
    until: date
    email: str = field(repr=False)


def request(wanted: Wanted, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask a second person to enrol somebody from outside. Raises `decide.NotAllowed`, and the try is told.

    `outside.often` after ten tries in a day of one person; `outside.invalid` for a name in two alphabets, no address,
    or a day that is past or more than a year ahead; `outside.ours` where name, house or mailbox is that of our own
    people, of a recipient or an applicant, of a customer, or of whoever objected or is a second holder.
    """
    row = uuid.uuid4()
    try:
        return _looked_at(row, wanted, requester=requester, reason=reason, now=now)
    except decide.NotAllowed as refused:
        decide.turned_away(row, actor=requester, step=NAME, code=refused.code)
        raise


def _looked_at(row: uuid.UUID, wanted: Wanted, *, requester: Actor, reason: str, now: datetime) -> Approval:
    if not take(ENROLMENTS, str(requester.id), now=now):
        raise decide.NotAllowed("outside.often")
    name, house, email = plain(wanted.full_name), " ".join(wanted.house.split()), wanted.email.strip()
    if not now.date() - LONGEST < wanted.until < now.date() + LONGEST:  # the calendar has a last day, too
        raise decide.NotAllowed("outside.invalid")
    end = _end_of(wanted.until)
    if not name or not house or is_mixed(name) or not now < end <= now + LONGEST:
        raise decide.NotAllowed("outside.invalid")
    try:
        ProvenAddress(email, Proof("invitation", str(row)))
    except ValueError:
        raise decide.NotAllowed("outside.invalid") from None
    if knowing.is_of_a_recipient(email) or knowing.is_read_by_our_people(email):
        raise decide.NotAllowed("outside.ours")
    try:
        return _asked(row, name, house, email, end, requester=requester, reason=reason, now=now)
    except IntegrityError as refused:
        if evidence_outside.TEXT not in str(refused):
            raise
        raise decide.NotAllowed("outside.ours") from None


def _asked(
    row: uuid.UUID, name: str, house: str, email: str, end: datetime, *, requester: Actor, reason: str, now: datetime
) -> Approval:
    with transaction.atomic():
        # Mailbox and reason lie under the row's own key, and are read by whoever decides.
        made = decide.request(
            NAME, requester=requester, reason=f"{email}\n\n{reason}", now=now, subject=row, about=row, params={}
        )
        ref = log.append(
            "outside.proposed", actor=requester, subject=row, obj="user", body={"outside": row, "approval": made.id}
        )
        Approver.objects.create(
            id=row,
            full_name=name,
            house=house,
            email=vault.seal(email, subject=row, place=vault.Place("outside_approver", "email", row)),
            email_index=vault.blind_index("email", email),
            mailbox_index=vault.blind_index("email", mailbox_of(email)),
            approval=made.id,
            asked_by=requester.id,
            asked_at=now,
            ends_at=end,
            audit_event_id=ref.id,
        )
    return made


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Let this person be asked from now on, in the approving transaction."""
    row = Approver.objects.select_for_update().get(approval=approval.id)
    if now >= row.ends_at or knowing.is_ours(row):
        raise decide.NotAllowed("approval.over")
    _enter(row, "outside.enrolled", approver, enrolled_at=now)
    decide.execute(approval, actor=approver, now=now)


def end(row: Approver, *, actor: Actor, now: datetime) -> bool:
    """End an enrolment at once, which one person may: no link of this person opens anything. False where it is over."""
    with transaction.atomic():
        found = Approver.objects.select_for_update().get(id=row.id)
        if found.enrolled_at is None or found.ended_at is not None:
            return False
        _enter(found, "outside.ended", actor, ended_at=now)
    return True


def standing(now: datetime) -> list[Approver]:
    """Give who can be asked now, by name."""
    rows = Approver.objects.filter(enrolled_at__isnull=False, ended_at=None, ends_at__gt=now)
    return list(rows.defer("email").order_by("full_name", "id"))


def stands(row: Approver, now: datetime) -> bool:
    """Say whether this person can be asked and answer now."""
    return row.enrolled_at is not None and row.ended_at is None and now < row.ends_at


def words_of(approval: Approval) -> tuple[list[tuple[str, str]], str] | None:
    """Give the facts, and the sentence that a yes confirms; None where there is no such row."""
    found = Approver.objects.defer("email").filter(approval=approval.id).first()
    if found is None:
        return None
    last = (found.ends_at - timedelta(days=1)).astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    day = f"{last:%B} {last.day}, {last.year}"
    facts = [
        ("Name", found.full_name),
        ("Works for", found.house),
        ("Through", day),
        ("Mailbox, and how we know this person", "stand in the reason: read it before you decide"),
    ]
    done = "From then on this person can be asked by e-mail for what this team has nobody for."
    return facts, f"enrol {found.full_name} of {found.house} as an approver from outside through {day}. {done}"


def open_asks(row: Approver) -> int:
    """Count what this person was asked and has not answered."""
    return Ask.objects.filter(outside=row, state=Ask.State.WAITING).count()


def _enter(row: Approver, act: str, actor: Actor, **changes: datetime) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    body = {"outside": row.id, "approval": row.approval}
    row.audit_event_id = log.append(act, actor=actor, subject=row.id, obj="user", body=body).id
    row.save(update_fields=[*changes, "audit_event"])


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.DISPLAY_ZONE)) + timedelta(days=1)


ACT = TwoPersonAct(
    NAME,
    "Enrol an approver from outside",
    requesters=frozenset({"staff", "officer", "operator", "approver"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
