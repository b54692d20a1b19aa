"""A request whose letter was delivered on Monday, March 2, 2026, 15:00 UTC, and the worker that walks its ladder."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from broker import jobs, utilities
from broker.jobs.models import Job
from broker.terms import Actor
from requests_app.ladder import climbing
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.ladder.deciding import ENDED
from requests_app.models import ManualRequest
from tests.clock import travel
from tests.factories import enrol

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
KINDS = (climbing.CLIMB, FOLLOW_UP, climbing.TOLD, ENDED)


def at(day: date, hour: int = 10, *, utility: str = "obec") -> datetime:
    """Give an hour of a day on a utility's wall clock."""
    return datetime.combine(day, time(hour), ZoneInfo(utilities.published(utility).zone))


def work(now: datetime) -> list[str]:
    """Walk once and run what that made due; give the kinds of the jobs that ran."""
    climbing.walk(now)
    ran = []
    while job := Job.objects.filter(kind__in=KINDS, state="queued", due_at__lte=now).order_by("created_at").first():
        jobs.run(job.id, now=now)
        ran.append(job.kind)
    return ran


@contextmanager
def on(day: date, hour: int = 10, *, utility: str = "obec") -> Iterator[datetime]:
    """Let it be this hour at the utility."""
    now = at(day, hour, utility=utility)
    with travel(now):
        yield now


def fresh(manual: ManualRequest) -> ManualRequest:
    """Give a request as the database has it now."""
    return ManualRequest.objects.select_related("request__consent").get(id=manual.id)


def person(role: str) -> Actor:
    """Enrol somebody who may ask or decide."""
    from uuid import uuid4

    actor = Actor("s", uuid4(), role=role)
    enrol(actor)
    return actor


def text_of(mailbox: Any, number: int) -> str:
    """Give the words of a mail that the co-op has."""
    return str(mailbox.mails.message(number).get_body(("plain",)).get_content())


def subjects(mailbox: Any) -> list[str]:
    """Give the subject lines that the co-op has, oldest first."""
    return [str(mailbox.mails.message(each)["Subject"]) for each in mailbox.mails.numbers()]
