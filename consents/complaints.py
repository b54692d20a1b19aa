"""A customer's question about an entry of her list: opened, given to somebody, answered, closed (actions)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.urls import reverse

from broker import publishing, vault
from broker.audit import log, packing, timeline
from broker.duties import bars
from broker.notices.models import Notice, NoticeState
from broker.parties.models import Customer, Role, User
from broker.terms import Actor, Refusal
from broker.utilities.calendar import Calendar
from consents import asked_before, electronic
from consents.access import AccessRow
from consents.models import Complaint, PaperNotice

State = Complaint.State
BUSINESS_DAYS = 10  # until a reply is due, counted from the business day on which the question arrived
TRIES = 25  # as many as may reach for the next number at one moment
OWN_ACT = "complaint.own_act"  # nobody judges an act of their own
LONGEST = 2000  # characters of a question or a reply


def calendar() -> Calendar:
    """Give the office days by which questions are answered: those of the co-op."""
    return Calendar.of(publishing.working(settings.HOME_UTILITY))


def open_complaint(customer: Customer, about: AccessRow, words: str, *, now: datetime) -> Complaint | Refusal:
    """Record her question about a row that she sees: with a number, an owner and a due date.

    A second question about the same entry, while the first waits for its reply, gives the first one back. Refuses one
    that is a portal login together with her earlier ones. Raises `Unchecked` where the gate's engine broke.
    """
    if waiting(customer, about.event) is None:
        login = asked_before.refused(customer, words, now=now)
        if login is not None:
            return login
    for _attempt in range(TRIES):
        open_one = waiting(customer, about.event)
        if open_one is not None:
            return open_one
        try:
            return _open(customer, about, words, now)
        except IntegrityError:  # somebody took the number, or she pressed twice
            continue
    raise RuntimeError("no number was free")


def waiting(customer: Customer, event: int) -> Complaint | None:
    """Give her question about this entry that has no reply yet."""
    return Complaint.objects.filter(customer=customer, event=event, state=State.RECEIVED).first()


def _open(customer: Customer, about: AccessRow, words: str, now: datetime) -> Complaint:
    complaint_id, days = uuid.uuid4(), calendar()
    day0 = days.day0(now)
    due = days.add(day0, BUSINESS_DAYS)
    place = vault.Place("consents_complaint", "words", complaint_id)
    with transaction.atomic():
        number, owner = _next_number(days.today(now)), _owner(about.event)
        ref = log.append(
            "complaint.opened",
            actor=Actor("c", customer.id),
            subject=customer.id,
            purpose="own_data",
            obj="complaint",
            body={
                "complaint": complaint_id,
                "number": number,
                "about": str(about.event),
                "owner": owner.id if owner else None,
                "due": due,
            },
        )
        return Complaint.objects.create(
            id=complaint_id,
            number=number,
            customer=customer,
            event=about.event,
            words=vault.seal(words, subject=customer.id, place=place),
            owner=owner,
            day0=day0,
            due=due,
            opened_at=now,
            audit_event_id=ref.id,
        )


def _next_number(today: date) -> str:
    # Rows are never deleted, so the count is the last number.
    prefix = f"Q-{today:%Y}-"
    return f"{prefix}{Complaint.objects.filter(number__startswith=prefix).count() + 1:04d}"


def _owner(event: int) -> User | None:
    """Choose whoever may answer and has the fewest open questions."""
    able = answerers(event)
    counted = Complaint.objects.filter(state=State.RECEIVED, owner__in=able).values("owner").annotate(n=Count("id"))
    waiting = {each["owner"]: each["n"] for each in counted}
    return min(able, key=lambda user: (waiting.get(user.id, 0), user.created_at, str(user.id)), default=None)


def answerers(event: int) -> list[User]:
    """Give those who may own a question about this entry: officers, or approvers where it is each officer's own act.

    Nobody answers for an act of their own, and two accounts of one full name are one person; nor does anybody who is
    suspended. Empty where this team has no such person: then somebody has to come in by two people.
    """
    whose, suspended = _whose(event), bars.suspended_people()
    for role in (Role.OFFICER, Role.APPROVER):
        of_role = User.objects.filter(role=role, is_active=True).exclude(id__in=suspended).order_by("username")
        if able := [each for each in of_role if not _is_one(each, whose)]:
            return able
    return []


def is_own(complaint: Complaint, user: User) -> bool:
    """Say whether the question is about an act of this person, by this account or by another of the name."""
    return _is_one(user, _whose(complaint.event))


def _whose(event: int) -> User | None:
    entry = timeline.one(event)
    if entry is None or not entry.head.actor.startswith("s:"):
        return None
    return User.objects.filter(id=packing.actor_id(entry.head.actor)).first()


def _is_one(user: User, other: User | None) -> bool:
    return other is not None and (
        user.id == other.id or user.full_name.strip().lower() == other.full_name.strip().lower()
    )


def read(complaint: Complaint, *, actor: Actor) -> tuple[str, str | None]:
    """Open her words and the reply, if there is one; the opening is an event."""
    event = log.append_read(
        "complaint.read",
        actor=actor,
        subject=complaint.customer_id,
        purpose="complaint" if actor.kind == "s" else "own_data",
        obj="complaint",
        body=_facts(complaint),
        cnt=1,
    )
    if complaint.reply is None:
        return vault.open(complaint.words, under=event), None
    words, reply = vault.open_all([complaint.words, complaint.reply], under=event)
    return words, reply


def assign(complaint: Complaint, owner: User, *, actor: Actor) -> Complaint | Refusal:
    """Give an open question to another who may answer it; `complaint.own_act` for whoever it is about."""
    if is_own(complaint, owner):
        return Refusal(OWN_ACT)
    if owner not in answerers(complaint.event):
        return Refusal("state.conflict")
    with transaction.atomic():
        ref = _append("complaint.assigned", complaint, actor, {"owner": owner.id})
        rows = Complaint.objects.filter(id=complaint.id, state=State.RECEIVED)
        if not rows.update(owner=owner, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
    complaint.refresh_from_db()
    return complaint


def answer(complaint: Complaint, reply: str, *, user: User, actor: Actor, now: datetime) -> Complaint | Refusal:
    """Give the reply: sealed, mailed to her proven address, shown on her page; once, and by whoever signs for it.

    `complaint.own_act` for whoever it is about; the database refuses that too.
    """
    if is_own(complaint, user):
        return Refusal(OWN_ACT)
    if complaint.state != State.RECEIVED:
        return Refusal("state.conflict")
    customer = complaint.customer
    to = electronic.address(customer, actor=actor, why="reply")
    message = electronic.Message(
        "question_answered",
        customer,
        {
            "number": complaint.number,
            "at": complaint.opened_at,
            "reply": reply,
            "my_path": reverse("my-question", args=[complaint.id]),
        },
        f"question-answered:{complaint.id}",
    )
    place = vault.Place("consents_complaint", "reply", complaint.id)
    with transaction.atomic():
        ref = _append("complaint.answered", complaint, actor, {"owner": user.id})
        notice = electronic.deliver_message(message, to=to, ref=ref, now=now)
        rows = Complaint.objects.filter(id=complaint.id, state=State.RECEIVED)
        taken = rows.update(
            state=State.ANSWERED,
            owner=user,
            reply=vault.seal(reply, subject=customer.id, place=place),
            notice=notice,
            answered_at=now,
            audit_event_id=ref.id,
        )
        if not taken:
            transaction.set_rollback(True)
            return Refusal("state.conflict")
    complaint.refresh_from_db()
    return complaint


def close(complaint: Complaint, *, user: User, actor: Actor, now: datetime) -> Complaint | Refusal:
    """End an answered question, once its mail is on its way or has failed for good; `complaint.own_act` as above."""
    if is_own(complaint, user):
        return Refusal(OWN_ACT)
    if complaint.state != State.ANSWERED or mail_state(complaint) in (NoticeState.QUEUED, NoticeState.SENDING):
        return Refusal("state.conflict")
    with transaction.atomic():
        ref = _append("complaint.closed", complaint, actor, {"mail": mail_state(complaint)})
        rows = Complaint.objects.filter(id=complaint.id, state=State.ANSWERED)
        if not rows.update(state=State.CLOSED, closed_at=now, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
    complaint.refresh_from_db()
    return complaint


def mail_state(complaint: Complaint) -> str | None:
    """Say how far the mail with the reply got, or nothing while there is none."""
    if complaint.notice is None:
        return None
    letter = PaperNotice.objects.filter(id=complaint.notice).first()
    if letter is not None:
        return NoticeState.SENT if letter.posted_at else NoticeState.QUEUED
    return Notice.objects.filter(id=complaint.notice).values_list("state", flat=True).first()


def open_count(now: datetime) -> int:
    """Count the questions that wait for a reply."""
    return Complaint.objects.filter(state=State.RECEIVED, opened_at__lte=now).count()


def overdue(now: datetime) -> QuerySet[Complaint]:
    """Give the questions whose due day is over without a reply, oldest first."""
    return Complaint.objects.filter(state=State.RECEIVED, due__lt=calendar().today(now)).order_by("due", "number")


def day_of(complaint: Complaint, now: datetime) -> int:
    """Give how many business days have gone since a question arrived, up to and with today."""
    days = calendar()
    return days.between(complaint.day0, days.today(now))


def _append(act: str, complaint: Complaint, actor: Actor, more: dict[str, Any]) -> Any:
    return log.append(
        act,
        actor=actor,
        subject=complaint.customer_id,
        purpose="complaint",
        obj="complaint",
        body={**_facts(complaint), **more},
    )


def _facts(complaint: Complaint) -> dict[str, object]:
    return {"complaint": complaint.id, "number": complaint.number, "about": str(complaint.event)}
