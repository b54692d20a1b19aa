"""A wait begins, is objected to, and ends (actions and a job): one transaction and one entry each."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.approvals.lifecycle import OPEN
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.waits.allowed import NotAllowed, look, still_stands
from broker.console.waits.models import Wait
from broker.console.waits.words import BUTTON, CAME_BACK, HINT, RETURNED, RETURNED_LATE, THEN, WHAT
from broker.db.evidence_waits import MAIL
from broker.duties.bars import actor_of
from broker.jobs import job_dead
from broker.notices import sending
from broker.notices.models import Notice, NoticeState
from broker.notices.templatetags.notices import moment
from broker.parties.models import User
from broker.terms import SERVICE, Actor
from consents import copy_returned, electronic

END = "waits.end"
LASTS = timedelta(hours=24)
LOOK_AGAIN = timedelta(minutes=10)
CLOCK = SERVICE("waits")
State = Wait.State
_NEVER_ARRIVES = (NoticeState.REFUSED, NoticeState.UNKNOWN)


def begin(approval_id: uuid.UUID, person: User, *, now: datetime) -> Wait:
    """Tell the customer what will be done in a day, and that she can say no. Raises `NotAllowed`; the try is told.

    `wait.over` where it is decided, waits already, or ends within the day; otherwise as `allowed.look` says.
    """
    try:
        return _begun(approval_id, person, now=now)
    except NotAllowed as refused:
        decide.turned_away(approval_id, actor=actor_of(person), step="wait", code=refused.code)
        raise


def _begun(approval_id: uuid.UUID, person: User, *, now: datetime) -> Wait:
    row = Approval.objects.filter(id=approval_id).first()
    if row is None:
        raise NotAllowed("wait.over")
    customer = look(row, person, now=now)
    if not _may_begin(row, now):
        raise NotAllowed("wait.over")
    to = electronic.address(customer, actor=CLOCK, why="wait")
    if to is None:
        raise NotAllowed("wait.paper")
    wait_id = uuid.uuid4()
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(id=approval_id)
        if not _may_begin(row, now):
            raise NotAllowed("wait.over")
        path = reverse("my-wait", args=[wait_id])
        context = {"what": WHAT[row.act], "until": now + LASTS, "path": path}
        message = electronic.Message(MAIL, customer, context, f"wait:{wait_id}")
        notice = electronic.deliver_message(message, to=to, ref=None, now=now)
        made = Wait(
            id=wait_id, approval=row.id, customer=customer, notice=notice, begun_by=person.id, begun_at=now,
            ends_at=now + LASTS,
        )  # fmt: skip
        _enter(made, State.WAITING, "waits.begun", actor_of(person))
        jobs.enqueue(END, made.id, due_at=made.ends_at, key=f"{END}:{made.id}")
    return made


def object_to(wait: Wait, *, now: datetime) -> bool:
    """Have the customer end the act with the wait; False where that is over already, and her late no is told."""
    with transaction.atomic():
        approval, row = _locked(wait.id)
        her = Actor("c", row.customer_id)
        if row.state == State.WAITING and approval.state in OPEN:
            decide.take_out(approval, actor=her)
            _close(row, State.OBJECTED, "waits.objected", her, now)
            return True
        if row.state == State.WAITING:
            _close(row, State.OVER, "waits.ended", CLOCK, now)
        log.append("waits.objected", actor=her, subject=row.customer_id, obj="approval", body=_facts(row), res="denied")
    return False


@jobs.handler(END)
def end_job(job: jobs.JobView) -> None:
    """Do what waited, a day after she was told; come again where her mail went out later or has not."""
    end(job.subject_id, now=timezone.now())


def end(wait_id: uuid.UUID, *, now: datetime) -> None:
    """Do what waited a day, or close the wait where `allowed.still_stands` says no or her mail can not arrive.

    Raises `jobs.Held` as long as no day has gone by since the mail to her was sent.
    """
    with transaction.atomic():
        approval, row = _locked(wait_id)
        if row.state != State.WAITING:
            return
        told = Notice.objects.filter(id=row.notice).first()
        if told is None or told.state in _NEVER_ARRIVES or not still_stands(approval, row, now=now):
            _close(row, State.OVER, "waits.ended", CLOCK, now)
            return
        if told.sent_at is None or told.sent_at + LASTS > now:
            raise jobs.Held("wait.not_a_day", LOOK_AGAIN if told.sent_at is None else told.sent_at + LASTS - now)
        try:
            with transaction.atomic():
                decide.after_wait(approval.id, wait=Actor("v", row.id), now=now)
        except decide.NotAllowed:  # what it was about has changed meanwhile
            _close(row, State.OVER, "waits.ended", CLOCK, now)
            return
        _close(row, State.DONE, "waits.ended", CLOCK, now)


def came_back(told: Notice) -> None:
    """Close the wait whose mail came back: she was not told; inside `atomic()`."""
    _not_told(told, State.RETURNED)


def refused(job: jobs.JobView, **_facts: Any) -> None:
    """Receive the death of a job: where a wait's mail did not go out, or perhaps did not, the wait is over at once."""
    if job.kind == sending.KIND:
        told = Notice.objects.filter(id=job.subject_id, template=MAIL, state__in=_NEVER_ARRIVES).first()
        if told is not None:
            _not_told(told, State.OVER)


def holds(approval: Approval) -> bool:
    """Say whether a customer can say no to it now: a second person's yes is taken after that."""
    return Wait.objects.filter(approval=approval.id, state=State.WAITING).exists()


def _alert(told: Notice) -> tuple[str, str]:
    """Say of a wait's mail that it may have come back, with the time at which the act would be done all the same."""
    row = Wait.objects.get(notice=told.id)
    if row.state != State.WAITING:
        return RETURNED_LATE, f"A report says so, and nothing proves it. The wait is over: {row.get_state_display()}."
    until = max(row.ends_at, (told.sent_at or row.begun_at) + LASTS)
    return RETURNED, f"A report says so, and nothing proves it: see the holding pen before {moment(until)}. {THEN}"


def _not_told(told: Notice, state: Wait.State) -> None:
    found = Wait.objects.filter(notice=told.id, state=State.WAITING).values_list("id", flat=True).first()
    if found is not None:
        with transaction.atomic():
            _, row = _locked(found)
            if row.state == State.WAITING:
                _close(row, state, "waits.ended", CLOCK, timezone.now())


def _locked(wait_id: uuid.UUID) -> tuple[Approval, Wait]:
    """Give both rows, the act's locked first as everywhere."""
    about = Wait.objects.get(id=wait_id).approval
    approval = Approval.objects.select_for_update().get(id=about)
    return approval, Wait.objects.select_related("customer").select_for_update(of=("self",)).get(id=wait_id)


def _may_begin(row: Approval, now: datetime) -> bool:
    is_open = row.state == Act.REQUESTED and row.expires_at > now + LASTS
    return is_open and not Wait.objects.filter(approval=row.id).exists()


def _close(row: Wait, state: Wait.State, act: str, actor: Actor, now: datetime) -> None:
    row.closed_at = now
    _enter(row, state, act, actor)


def _enter(row: Wait, state: Wait.State, act: str, actor: Actor) -> None:
    row.state = state
    ref = log.append(act, actor=actor, subject=row.customer_id, obj="approval", body=_facts(row))
    row.audit_event_id = ref.id
    row.save()


def _facts(row: Wait) -> dict[str, object]:
    return {"wait": row.id, "approval": row.approval, "state": str(row.state)}


decide.held_by(holds)
copy_returned.also(MAIL, came_back, copy_returned.Words(HINT, BUTTON, CAME_BACK, _alert))
job_dead.connect(refused, dispatch_uid="console.waits")
