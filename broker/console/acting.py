"""What an officer does in the console (actions): each is one transaction and one event."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction

from broker import jobs
from broker.audit import log, store
from broker.console.models import EventNote, ReviewRecord, SavedView, Seen, ViewAlert
from broker.parties.models import User
from broker.terms import Actor, EventRef

WATCH = "console.watch"
VERIFY = "console.verify"


class AlreadyDone(Exception):
    """Somebody did this before: a day is reviewed once, an alarm seen once, a name kept once."""


def save_view(
    user: User, name: str, filters: Mapping[str, str], *, shared: bool, notify: bool, now: datetime
) -> SavedView:
    """Keep filters under a name; alerts begin with entries that are not in the log yet. Raises AlreadyDone."""
    made = SavedView(
        id=uuid.uuid4(), owner=user, name=name, filters=dict(filters), shared=shared, notify=notify, created_at=now
    )
    facts = {"view": made.id, "filters": made.filters, "shared": shared, "notify": notify}
    try:
        with transaction.atomic():
            made.seen_to = store.tree_size(log.origin_id())
            made.audit_event_id = _log("view.saved", user, facts).id
            made.save(force_insert=True)
            if notify:
                jobs.enqueue(WATCH, made.id, key=f"{WATCH}:{made.id}:0")
    except IntegrityError as error:
        raise AlreadyDone from error
    return made


def remove_view(user: User, view: SavedView, *, now: datetime) -> None:
    """Take one's own view out of use; its alerts stay."""
    with transaction.atomic():
        view.audit_event_id = _log("view.removed", user, {"view": view.id}).id
        view.removed_at, view.notify = now, False
        view.save(update_fields=["removed_at", "notify", "audit_event"])
        jobs.cancel_for(view.id, kind=WATCH)


def open_alert(user: User, alert: ViewAlert, *, now: datetime) -> None:
    """Mark an alert as opened; each opening is an event, the first one is kept as the time."""
    with transaction.atomic():
        alert.audit_event_id = _log("view.opened", user, {"view": alert.view_id, "event": alert.event}).id
        alert.opened_at = alert.opened_at or now
        alert.save(update_fields=["opened_at", "audit_event"])


def see_alarm(user: User, event: int, *, now: datetime) -> None:
    """Say that an alarm was seen; AlreadyDone where somebody had."""
    try:
        with transaction.atomic():
            ref = _log("alarm.seen", user, {"alarm": event})
            Seen.objects.create(event=event, by=user, at=now, audit_event_id=ref.id)
    except IntegrityError as error:
        raise AlreadyDone from error


def note(user: User, event: int, text: str, *, subject: uuid.UUID | None, now: datetime) -> EventRef:
    """Write a note about an event, sealed under the same subject."""
    with transaction.atomic():
        ref = log.append(
            "log.note", actor=_actor(user), subject=subject, obj="event", body={"about": event, "note": text}
        )
        EventNote.objects.create(event=event, author=user, at=now, audit_event_id=ref.id)
    return ref


def review(user: User, day: date, text: str, *, refusals: int, alarms: int, now: datetime) -> ReviewRecord:
    """Record that a day's log was looked at; AlreadyDone where it was."""
    facts = {"day": day.isoformat(), "refusals": refusals, "alarms": alarms, "note": text}
    try:
        with transaction.atomic():
            ref = _log("log.reviewed", user, facts)
            return ReviewRecord.objects.create(
                day=day, reviewer=user, refusals=refusals, alarms=alarms, at=now, audit_event_id=ref.id
            )
    except IntegrityError as error:
        raise AlreadyDone from error


def ask_to_verify(user: User) -> None:
    """Have the worker verify the whole log."""
    with transaction.atomic():
        ref = _log("log.verify_asked", user, {})
        jobs.enqueue(VERIFY, uuid.uuid4(), key=f"{VERIFY}:{ref.id}")


def _log(act: str, user: User, facts: Mapping[str, object]) -> EventRef:
    return log.append(act, actor=_actor(user), subject=None, obj="event", body=facts)


def _actor(user: User) -> Actor:
    return Actor("s", user.id, role=user.role)
