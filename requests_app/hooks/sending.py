"""The job that sends one message to one endpoint (action).

A try is counted and logged before a byte leaves; the answer is recorded after it. Whoever dies between the two leaves
`sending`, and it is sent again with the same id: receivers take an id once (docs/webhooks.md). So nothing is lost, and
nothing takes effect twice at a receiver that keeps to that.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.duties import bars
from broker.inlets import outbound
from broker.jobs import standing
from broker.jobs.models import Job
from broker.jobs.states import OPEN as OPEN_JOBS
from broker.looking import Unchecked
from broker.terms import EventRef
from broker.transport import ResponseTooLarge, outward
from broker.transport.outward import NoAnswer, NotSent
from requests_app.hooks import destroyed, events, signing
from requests_app.hooks.actions import active_keys, mark_disabled
from requests_app.hooks.following import no_longer
from requests_app.hooks.models import Delivery, Endpoint, Rest
from requests_app.hooks.outbox import SEND, SENDER
from requests_app.hooks.schedule import OPEN, DeliveryState, is_too_old, pause, rest

WATCH = "hook.watch"
DAILY = standing.daily(WATCH)
LATE = timedelta(minutes=10)  # after which a message that is due and has no job has lost it
_chance = random.SystemRandom()
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Try:
    """One try that was counted: the row as it was then, its number, and the event under which the keys are opened."""

    delivery: Delivery
    number: int
    ref: EventRef
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What a try came to: a code, whether the message was taken, and how long the endpoint wants to be left alone."""

    code: str
    taken: bool = False
    gone: bool = False
    patience: timedelta = timedelta()
    kept_back: bool = False  # it carries what may not leave, and will the next time


@jobs.handler(SEND)
def send_job(job: jobs.JobView) -> None:
    """Try a message once, if it is still to be sent and its endpoint is not left alone just now."""
    begun = begin(job.subject_id, now=timezone.now())
    if begun is not None:
        record(begun, hand_over(begun), now=timezone.now())


@jobs.handler(WATCH)
def watch_job(_job: jobs.JobView) -> None:
    """Give a job to each message that is due and has none, and tell what the keeper destroyed, who tells nobody."""
    now = timezone.now()
    enqueue_lost(now)
    destroyed.tell_all(now)


def enqueue_lost(now: datetime) -> int:
    """Enqueue what is due and has no open job; return how many."""
    due = Delivery.objects.filter(state__in=OPEN, next_at__lt=now - LATE)
    waiting = Job.objects.filter(kind=SEND, state__in=OPEN_JOBS).values("subject_id")
    lost = list(due.exclude(id__in=waiting).values_list("id", flat=True)[:1000])
    with transaction.atomic():
        for each in lost:
            jobs.enqueue(SEND, each)
    return len(lost)


def begin(delivery_id: UUID, *, now: datetime) -> Try | None:
    """Count a try and write it to the log, or settle what needs none; None where nothing is to be sent now.

    Raises `jobs.Held` where nothing may go to this recipient.
    """
    with transaction.atomic(durable=True):
        rows = Delivery.objects.select_for_update(of=("self",))
        row = rows.select_related("endpoint__application", "consent").get(id=delivery_id)
        if row.state not in OPEN:
            return None
        if why := no_longer(row, now):
            _end(row, DeliveryState.DROPPED, why, act="hook.dropped", now=now)
            return None
        if row.type != events.PING and (until := _rests_until(row.endpoint, now)):
            _put_off(row, until, now=now)
            return None
        if not events.TYPES[row.type].narrows:
            bars.hold(organisation=row.endpoint.application.organisation_id, application=row.endpoint.application_id)
        number = row.attempts + 1
        ref = _log("hook.tried", row, {"attempt": number, "state": DeliveryState.SENDING.value}, cnt=1)
        Delivery.objects.filter(id=row.id).update(
            state=DeliveryState.SENDING, attempts=number, tried_at=now, audit_event_id=ref.id
        )
    return Try(row, number, ref, now)


def hand_over(begun: Try) -> Outcome:
    """Sign with every active key and send, once; whatever comes back is an outcome, never an error."""
    row = begun.delivery
    keys = active_keys(row.endpoint, begun.at)
    secrets = vault.open_all([key.secret for key in keys], under=begun.ref)
    body = events.body(row.type, row.at, row.data)
    try:
        if outbound.keep_back(body.decode(), part=f"webhook {row.type}", inlet="webhook"):
            return Outcome("refused_gate", kept_back=True)
    except Unchecked:
        outbound.unchecked("webhook")
        return Outcome("refused_unchecked")
    headers = signing.headers(events.wire_id(row.message), begun.at, body, secrets)
    try:
        answer = outward.post(row.endpoint.url, body, headers)
    except NotSent as refused:
        return Outcome(f"refused_{refused.code}")
    except NoAnswer as nothing:
        return Outcome(nothing.code)
    except ResponseTooLarge:
        return Outcome("answer_too_large")
    return Outcome(
        f"http_{answer.status}",
        taken=200 <= answer.status < 300,
        gone=answer.status == 410,
        patience=timedelta(seconds=answer.retry_after) if answer.status in (429, 503) else timedelta(),
    )


def record(begun: Try, outcome: Outcome, *, now: datetime) -> None:
    """Write what a try came to, and what follows; a try that another one has overtaken writes nothing."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").get(id=begun.delivery.id)
        if row.state != DeliveryState.SENDING or row.attempts != begun.number:
            return
        if outcome.taken:
            Rest.objects.filter(endpoint=row.endpoint_id).update(failures=0, until=None)
            _end(row, DeliveryState.DELIVERED, outcome.code, act="hook.delivered", now=now)
            return
        if outcome.gone:
            endpoint = Endpoint.objects.select_for_update(no_key=True).get(id=row.endpoint_id)
            if endpoint.disabled_at is None:
                mark_disabled(endpoint, Endpoint.Because.GONE, actor=SENDER, now=now)
            _end(row, DeliveryState.DROPPED, outcome.code, act="hook.failed", now=now, res="error")
            return
        if outcome.kept_back:
            _end(row, DeliveryState.DEAD, outcome.code, act="hook.failed", now=now, res="error")
            return
        _failed(row, outcome, now=now)


def _failed(row: Delivery, outcome: Outcome, *, now: datetime) -> None:
    if row.type == events.PING:
        _end(row, DeliveryState.DEAD, outcome.code, act="hook.failed", now=now, res="error")
        return
    _let_rest(row.endpoint_id, outcome.patience, now=now)
    kind = events.TYPES[row.type]
    after = pause(row.attempts - row.before, endless=kind.endless, chance=_chance.random())
    if after is None:
        _end(row, DeliveryState.DEAD, outcome.code, act="hook.failed", now=now, res="error")
        return
    again = now + max(after, min(outcome.patience, timedelta(hours=1)))
    body = {"attempt": row.attempts, "state": DeliveryState.WAITING.value, "code": outcome.code}
    ref = _log("hook.failed", row, body, res="error")
    Delivery.objects.filter(id=row.id).update(
        state=DeliveryState.WAITING, code=outcome.code, next_at=again, audit_event_id=ref.id
    )
    jobs.enqueue(SEND, row.id, due_at=again)


def _end(row: Delivery, state: DeliveryState, code: str, *, act: str, now: datetime, res: str = "ok") -> None:
    ref = _log(act, row, {"attempt": row.attempts, "state": state.value, "code": code}, res=res)
    Delivery.objects.filter(id=row.id).update(state=state, code=code, next_at=None, ended_at=now, audit_event_id=ref.id)


def _put_off(row: Delivery, until: datetime, *, now: datetime) -> None:
    """Wait until the endpoint is tried again; nothing was tried, so nothing is counted."""
    tried = row.attempts > row.before
    if tried and is_too_old(now - row.begun_at, endless=events.TYPES[row.type].endless):
        _end(row, DeliveryState.DEAD, "endpoint_rests", act="hook.failed", now=now, res="error")
        return
    jobs.enqueue(SEND, row.id, due_at=until + timedelta(seconds=60 * _chance.random()))


def _rests_until(endpoint: Endpoint, now: datetime) -> datetime | None:
    return Rest.objects.filter(endpoint=endpoint, until__gt=now).values_list("until", flat=True).first()


def _let_rest(endpoint: UUID, patience: timedelta, *, now: datetime) -> None:
    Rest.objects.get_or_create(endpoint_id=endpoint)
    Rest.objects.filter(endpoint=endpoint).update(failures=F("failures") + 1)
    row = Rest.objects.get(endpoint=endpoint)
    alone = rest(row.failures, asked_for=patience)
    Rest.objects.filter(endpoint=endpoint).update(until=now + alone if alone else None)


def _log(act: str, row: Delivery, facts: dict[str, object], *, res: str = "ok", cnt: int = 0) -> EventRef:
    body = {
        "delivery": row.id,
        "endpoint": row.endpoint_id,
        "message": events.wire_id(row.message),
        "type": row.type,
        **facts,
    }
    return log.append(
        act, actor=SENDER, subject=row.endpoint.application_id, obj="endpoint", res=res, cnt=cnt, body=body
    )
