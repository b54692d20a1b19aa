"""Requests in each state, brought there by the product's own moves."""

import uuid
from collections import deque
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app import clock
from requests_app.ladder import deciding
from requests_app.ladder.models import LadderStep, LastDecision
from requests_app.ladder.words import Choice, Step
from requests_app.lifecycle import NEXT, OWED, ManualState, may_have_left
from requests_app.mailing import left_at, profile_for
from requests_app.models import DataRequest, ManualRequest
from requests_app.moves import move
from tests.factories import enrol
from tests.requests_world import ACTOR


def path(old: ManualState, new: ManualState) -> list[ManualState]:
    """Give the shortest way from one state to another, without the first; ValueError where there is none."""
    waiting = deque([[old]])
    seen = {old}
    while waiting:
        way = waiting.popleft()
        if way[-1] == new:
            return way[1:]
        for each in sorted(NEXT[way[-1]] - seen):
            seen.add(each)
            waiting.append([*way, each])
    raise ValueError(f"no way from {old} to {new}")


def bring(manual: ManualRequest, state: ManualState) -> ManualRequest:
    """Bring a queued request to a state by the shortest way; a clock runs where its way leads past the proof."""
    if state == ManualState.DRAFTED:
        return drafted(manual)
    if state == ManualState.CLOSED_WITHOUT_RESPONSE:
        return given_up(manual)
    for each in path(ManualState(manual.state), state):
        with transaction.atomic():
            ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
            proven = each == ManualState.WAITING_ON_UTILITY and manual.delivered_at is None
            changes: dict[str, Any] = clock.start(timezone.now(), profile_for(manual)) if proven else {}
            if each == ManualState.WITHDRAWN and may_have_left(ManualState(manual.state), manual.sent_at):
                changes |= {"withdrawal": "queued", "withdrawal_id": f"<back-{manual.id}>"}
            assert move(manual, each, ref=ref, **changes), each
    return manual


def given_up(manual: ManualRequest) -> ManualRequest:
    """Let two people close a request that nobody answered, on the day on which its ladder asks them to decide."""
    if manual.state not in OWED:
        bring(manual, ManualState.WAITING_ON_UTILITY)
    asks, decides = (Actor("s", uuid.uuid4(), role=role) for role in ("staff", "officer"))
    enrol(asks, decides)
    to_decide(manual)
    asked = deciding.ask(manual, Choice.CLOSE, reason="Nothing came.", requester=asks, now=timezone.now())
    assert not isinstance(asked, Refusal), asked.code
    decide.approve(asked.id, approver=decides, now=timezone.now())
    manual.refresh_from_db()
    return manual


def to_decide(manual: ManualRequest) -> None:
    """Let the ladder of a request come to its last step; one that was never handed over left at this moment."""
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("sla.decide", actor=ACTOR, subject=manual.request.customer_id, body={})
        if left_at(manual) is None:
            manual.sent_at = now
            ManualRequest.objects.filter(id=manual.id).update(sent_at=now, audit_event_id=ref.id)
        LadderStep.objects.create(
            manual=manual,
            since=left_at(manual) or now,
            step=Step.DECIDE,
            number=1 + LastDecision.objects.filter(manual=manual).count(),
            at=now,
            audit_event_id=ref.id,
        )


def drafted(like: ManualRequest) -> ManualRequest:
    """Make one more request that is not complete yet; nothing in the product does so far."""
    asked = DataRequest.objects.get(id=like.request_id)
    asked.id, asked.idempotency_key = uuid.uuid4(), uuid.uuid4().hex
    with transaction.atomic():
        ref = log.append("request.created", actor=ACTOR, subject=asked.customer_id, body={})
        asked.audit_event_id = ref.id
        asked.save(force_insert=True)
        return ManualRequest.objects.create(
            number=f"R-{asked.idempotency_key[:8]}",
            request=asked,
            state=ManualState.DRAFTED,
            message_id=f"<{asked.idempotency_key}@desk.example>",
            thread_token=asked.idempotency_key,
            created_at=timezone.now(),
            audit_event_id=ref.id,
        )
