"""Answers that came, in a small world: each request with its own Day 0 and a mail so many business days later."""

import uuid
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from requests_app import clock
from requests_app.clocks import calendars
from requests_app.lifecycle import ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from tests.requests_world import ACTOR, World


def answered(w: World, days: int, *, ago: int = 60) -> ManualRequest:
    """Make a request that arrived so many calendar days ago and was answered after so many business days."""
    manual = w.manual()
    profile = profile_for(manual)
    calendar = calendars.in_force(profile).calendar
    began = calendar.closing_moment(calendar.next_business_day(calendar.today(timezone.now()) - timedelta(days=ago)))
    day = calendar.add(calendar.day0(began), days)
    at = datetime.combine(day, calendar.cut_off, profile.tz).astimezone(UTC)
    with transaction.atomic():
        ref = log.append("file.received", actor=ACTOR, subject=manual.request.customer_id, body={})
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, sent_at=began, **clock.start(began, profile))
        Message.objects.create(
            manual=manual,
            direction="in",
            message_id=f"<{manual.number}@coop.example>",
            kind="answer",
            raw=uuid.uuid4(),  # no test opens it
            sha256=uuid.uuid4().bytes * 2,
            at=at,
            audit_event_id=ref.id,
        )
        move(manual, ManualState.ANSWERED, ref=ref)
    return manual
