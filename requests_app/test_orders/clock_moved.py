"""One request of a rehearsal is told that business days have passed, and its ladder looks at once (actions).

The installation's clock stays: the request's own dates go back instead, so that as many business days lie behind it.
Steps of its clock and ladder are only ever added, so they are written anew with the earlier dates; what stood there
before stays, and the event says what was moved.
"""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from broker.audit import log
from broker.terms import SERVICE, EventRef, Refusal
from broker.utilities.calendar import Calendar
from requests_app.clocks import steps
from requests_app.deadlines import Rest
from requests_app.fees import standing
from requests_app.hooks import telling
from requests_app.ladder import asking, climbing, looking
from requests_app.ladder.models import FollowUp, LadderStep
from requests_app.ladder.words import Step
from requests_app.lifecycle import OVER
from requests_app.models import ManualRequest
from requests_app.test_orders import earlier
from requests_app.test_orders.only import demand_rehearsal

MOST = 60  # business days in one order
PLAYED = SERVICE("rehearsal")


def move(manual: ManualRequest, business_days: int, *, now: datetime) -> list[Step] | Refusal:
    """Move the dates of one request back, and take the steps of its ladder that are due by them; give which.

    Raises RuntimeError outside a rehearsal, ValueError for less than a day or more than `MOST`. Refused with
    `state.conflict` where nothing is waited for, nothing has left, or a mail of it is leaving at this moment.
    """
    demand_rehearsal()
    if not 1 <= business_days <= MOST:
        raise ValueError(business_days)
    calendar = looking.calendar_of(manual)
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if manual.state in OVER or manual.sent_at is None or asking.is_being_sent(manual):
            return Refusal("state.conflict")
        body = {"request": manual.number, "business_days": business_days, "due": manual.due, "sent_at": manual.sent_at}
        ref = log.append(
            "rehearsal.clock_moved", actor=PLAYED, subject=manual.request.customer_id, obj="manual_request", body=body
        )
        _move(manual, business_days, calendar, ref, now)
        telling.request_moved(manual, ref=ref, now=now)
    return climbing.climb(manual, earlier.office_hour(now, calendar))


def is_late(manual: ManualRequest, *, now: datetime) -> bool:
    """Say whether the answer to a request is late by its dates."""
    calendar = looking.calendar_of(manual)
    return manual.due is not None and calendar.today(earlier.office_hour(now, calendar)) > manual.due


def _move(manual: ManualRequest, days: int, calendar: Calendar, ref: EventRef, now: datetime) -> None:
    assert manual.sent_at is not None
    before, since = manual.sent_at, earlier.moment(manual.sent_at, days, calendar)
    _save(manual, ref, sent_at=since)
    if manual.delivered_at is not None:
        _move_clock(manual, days, calendar, ref, now)
    for ask in FollowUp.objects.filter(manual=manual, asked_at__isnull=False):
        assert ask.asked_at is not None
        FollowUp.objects.filter(id=ask.id).update(
            asked_at=earlier.moment(ask.asked_at, days, calendar), audit_event_id=ref.id
        )
    # A step counts for the sending that it followed, and that has another moment now.
    for step in list(LadderStep.objects.filter(manual=manual, since=before).order_by("number")):
        step.id, step.since, step.audit_event_id = uuid.uuid4(), since, ref.id
        step.about = earlier.day(step.about, days, calendar) if step.about else None
        step.save(force_insert=True)


def _move_clock(manual: ManualRequest, days: int, calendar: Calendar, ref: EventRef, now: datetime) -> None:
    facts = steps.facts_of(manual, steps.profile_of(manual))
    rests = tuple(
        Rest(
            earlier.day(each.on, days, calendar),
            earlier.moment(each.until, days, calendar) if each.until is not None else None,
        )
        for each in facts.rests
    )
    moved = replace(
        facts,
        delivered_at=earlier.moment(facts.delivered_at, days, calendar),
        rests=rests,
        promised_for=earlier.day(facts.promised_for, days, calendar) if facts.promised_for else None,
    )
    steps.restated(manual, moved, ref=ref, now=now)


def _save(manual: ManualRequest, ref: EventRef, **fields: Any) -> None:
    ManualRequest.objects.filter(id=manual.id).update(**fields, audit_event_id=ref.id)
    for name, value in fields.items():
        setattr(manual, name, value)
