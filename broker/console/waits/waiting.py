"""A wait begins, is objected to, and ends (actions and a job): one transaction and one entry each."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.approvals import acts, decide
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.waits.models import Wait
from broker.console.waits.words import WHAT
from broker.duties import people, team
from broker.duties.bars import actor_of
from broker.notices.models import Notice, NoticeState
from broker.parties.models import Customer, Role, User
from broker.terms import SERVICE, Actor
from consents import electronic

END = "waits.end"
LASTS = timedelta(hours=24)
LOOK_AGAIN = timedelta(minutes=10)
MAY_BEGIN = frozenset({Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER})
CLOCK = SERVICE("waits")
State = Wait.State


class NotAllowed(Exception):
    """No wait stands in here; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def lacking() -> frozenset[str]:
    """Give the acts for which a wait may stand in now: those that permit it, and that this team cannot do."""
    return frozenset(each.name for each in team.unmet(acts.registered(), people.team())) & team.MAY_WAIT


def candidates(now: datetime) -> list[Approval]:
    """Give what waits for a second person whom this team does not have, and for which no wait was begun."""
    rows = Approval.objects.filter(state=Act.REQUESTED, expires_at__gt=now, act__in=lacking())
    return list(rows.exclude(id__in=Wait.objects.values("approval")).order_by("requested_at", "id"))


def begin(approval_id: uuid.UUID, person: User, *, now: datetime) -> Wait:
    """Tell the customer what will be done in a day, and that she can say no. Raises `NotAllowed`.

    `wait.role`; `wait.never` for an act that only two people do; `wait.team` where this team has two people for it;
    `wait.over` where it is decided, waits already, or ends within the day; `wait.paper` for a customer who deals on
    paper: a letter takes longer than a day.
    """
    row = Approval.objects.filter(id=approval_id).first()
    if row is None:
        raise NotAllowed("wait.over")
    if person.role not in MAY_BEGIN:
        raise NotAllowed("wait.role")
    if row.act not in team.MAY_WAIT:
        raise NotAllowed("wait.never")
    if row.act not in lacking():
        raise NotAllowed("wait.team")
    customer = Customer.objects.filter(id=row.subject).first() if row.subject else None
    if customer is None:
        raise NotAllowed("wait.never")
    to = electronic.address(customer, actor=CLOCK, why="wait")
    if to is None:
        raise NotAllowed("wait.paper")
    wait_id = uuid.uuid4()
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(id=approval_id)
        if row.state != Act.REQUESTED or row.expires_at <= now + LASTS or _of(row.id) is not None:
            raise NotAllowed("wait.over")
        path = reverse("my-wait", args=[wait_id])
        context = {"what": WHAT[row.act], "until": now + LASTS, "path": path}
        message = electronic.Message("wait_begun", customer, context, f"wait:{wait_id}")
        notice = electronic.deliver_message(message, to=to, ref=None, now=now)
        made = Wait(
            id=wait_id, approval=row.id, customer=customer, notice=notice, begun_by=person.id, begun_at=now,
            ends_at=now + LASTS,
        )  # fmt: skip
        _enter(made, State.WAITING, "waits.begun", actor_of(person))
        jobs.enqueue(END, made.id, due_at=made.ends_at, key=f"{END}:{made.id}")
    return made


def object_to(wait: Wait, *, now: datetime) -> bool:
    """Have the customer end the act with the wait; False where that is over already."""
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(id=wait.approval)
        row = Wait.objects.select_for_update().get(id=wait.id)
        if row.state != State.WAITING or approval.state != Act.REQUESTED:
            return False
        her = Actor("c", row.customer_id)
        decide.take_out(approval, actor=her)
        _close(row, State.OBJECTED, "waits.objected", her, now)
    return True


@jobs.handler(END)
def end_job(job: jobs.JobView) -> None:
    """Do what waited, a day after she was told; come again where her mail went out later or has not."""
    end(job.subject_id, now=timezone.now())


def end(wait_id: uuid.UUID, *, now: datetime) -> None:
    """Do what waited a day, or close the wait where it was decided otherwise, has run out, or a second person came.

    Raises `jobs.RetryLater` as long as no day has gone by since the mail to her was sent.
    """
    with transaction.atomic():
        waits = Wait.objects.get(id=wait_id)
        approval = Approval.objects.select_for_update().get(id=waits.approval)
        row = Wait.objects.select_for_update().get(id=wait_id)
        if row.state != State.WAITING:
            return
        if approval.state != Act.REQUESTED or now >= approval.expires_at or approval.act not in lacking():
            _close(row, State.OVER, "waits.ended", CLOCK, now)
            return
        told = Notice.objects.filter(id=row.notice, state=NoticeState.SENT).values_list("sent_at", flat=True).first()
        if told is None or told + LASTS > now:
            raise jobs.RetryLater("wait.not_a_day", LOOK_AGAIN if told is None else told + LASTS - now)
        try:
            with transaction.atomic():
                decide.after_wait(approval.id, wait=Actor("v", row.id), now=now)
        except decide.NotAllowed:  # what it was about has changed meanwhile
            _close(row, State.OVER, "waits.ended", CLOCK, now)
            return
        _close(row, State.DONE, "waits.ended", CLOCK, now)


def _of(approval_id: uuid.UUID) -> Wait | None:
    return Wait.objects.filter(approval=approval_id).first()


def _close(row: Wait, state: Wait.State, act: str, actor: Actor, now: datetime) -> None:
    row.closed_at = now
    _enter(row, state, act, actor)


def _enter(row: Wait, state: Wait.State, act: str, actor: Actor) -> None:
    row.state = state
    body = {"wait": row.id, "approval": row.approval, "state": state.value}
    ref = log.append(act, actor=actor, subject=row.customer_id, obj="approval", body=body)
    row.audit_event_id = ref.id
    row.save()
