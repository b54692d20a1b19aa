"""What came of a call to a billing desk, and what a person read a mail as (actions)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.clocks import moving
from requests_app.ladder.models import MailRead, PhoneTask
from requests_app.ladder.open_tasks import unread
from requests_app.ladder.words import CallState, Outcome, ReadAs
from requests_app.mailing import customer_of, event
from requests_app.models import ManualRequest, Message


def record_call(
    task: PhoneTask,
    outcome: Outcome,
    *,
    called_at: datetime,
    promised: date | None = None,
    actor: Actor,
    now: datetime,
) -> Refusal | None:
    """Write down a call that was made: what came of it, and the day that the desk named, where it named one.

    `called_at`: when, not after `now`. Refused with `state.conflict` where the task is done or void, the call lies in
    the future or before its task, or a day was named with another outcome than “they will send it”; with `ask.invalid`
    for a day that they cannot have named.
    """
    if called_at > now or (promised is not None and outcome != Outcome.WILL_SEND):
        return Refusal("state.conflict")
    with transaction.atomic():
        manual = ManualRequest.objects.select_for_update(of=("self",)).select_related("request").get(id=task.manual_id)
        task = PhoneTask.objects.select_for_update(of=("self",)).get(id=task.id)
        if task.state != CallState.OPEN or called_at < task.created_at:
            return Refusal("state.conflict")
        facts = {"request": manual.number, "call": task.number, "outcome": outcome.value, "called_at": called_at}
        ref = log.append("sla.called", actor=actor, subject=customer_of(manual), obj="manual_request", body=facts)
        PhoneTask.objects.filter(id=task.id).update(
            state=CallState.DONE, outcome=outcome, called_at=called_at, audit_event_id=ref.id
        )
        if promised is not None:
            # The same day may have been named before: then there is nothing to change.
            kept = moving.promise(manual, promised, actor=actor, now=now, said_at=called_at)
            if kept is not None and kept.code == "ask.invalid":
                transaction.set_rollback(True)
                return kept
    return None


def record_calls(
    tasks: Sequence[PhoneTask],
    outcome: Outcome,
    *,
    called_at: datetime,
    promised: date | None = None,
    actor: Actor,
    now: datetime,
) -> Refusal | None:
    """Write down one call about several requests of one mail: of all of them, or of none where one is refused."""
    with transaction.atomic():
        for task in sorted(tasks, key=lambda each: each.manual_id):
            done = record_call(task, outcome, called_at=called_at, promised=promised, actor=actor, now=now)
            if done is not None:
                transaction.set_rollback(True)
                return done
    return None


def void_calls(manual: ManualRequest) -> int:
    """Take back the calls of a request that nobody needs to make any more, in the caller's transaction."""
    found = PhoneTask.objects.select_for_update(of=("self",)).filter(manual=manual, state=CallState.OPEN)
    for task in found:
        ref = event(manual, "request.state", {"state": "no call", "call": task.number})
        PhoneTask.objects.filter(id=task.id).update(state=CallState.VOID, audit_event_id=ref.id)
    return len(found)


def classify(message: Message, manual: ManualRequest, what: ReadAs, *, actor: Actor, now: datetime) -> Refusal | None:
    """Say what a mail is that waited for a person; until then the utility is not asked again.

    `message` is one of `open_tasks.unread(manual)`, else it is refused with `state.conflict`. A held mail stays in the
    holding pen: to say what it is lets the ladder go on, and says nothing about where it belongs.
    """
    if not unread(manual).filter(id=message.id).exists():
        return Refusal("state.conflict")
    try:
        with transaction.atomic():
            body = {"message": message.id, "request": manual.number, "as": what.value}
            ref = log.append("mail.classified", actor=actor, subject=customer_of(manual), obj="message", body=body)
            MailRead.objects.create(message=message, what=what, at=now, audit_event_id=ref.id)
    except IntegrityError:
        return Refusal("state.conflict")  # somebody else said so meanwhile
    return None
