"""What a test key orders of the played co-op about one request of its own, and of the played desk after it (actions).

The co-op answers over the real wires: its mail comes in through the listener, is examined, and waits in quarantine like
any other. What then needs a person is done at once by the played desk, as acts of its own with its own entries, so that
an application sees the whole of it by the API alone. Where a rule wants two people, it waits for two.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.parties.models import Application
from broker.rehearsal.clerk import FEE
from broker.terms import SERVICE, Actor, Refusal
from requests_app import acceptance, resending
from requests_app.acceptance import Choice
from requests_app.fees import deciding, quoting, standing
from requests_app.fees.lifecycle import FeeState, SaidBy
from requests_app.importing import CSV
from requests_app.ladder import calling
from requests_app.ladder.words import ReadAs, Step
from requests_app.lifecycle import ANSWERABLE, NOT_OUT, ManualState
from requests_app.mailing import find
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.moves import move
from requests_app.test_orders import clock_moved, coop
from requests_app.test_orders.only import demand_rehearsal

DESK = SERVICE("rehearsal")
Order = Callable[..., Refusal | None]


def fee(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:
    """Have the co-op name a fee of $12.00 by mail, and the desk write it down: the clock rests."""
    _ordered(manual, application, "fee")
    if not standing.may_reach(manual, ManualState.FEE_QUOTED) and manual.state != ManualState.FEE_QUOTED:
        return Refusal("state.conflict")
    if isinstance(done := _act(manual, "fee"), Refusal):
        return done
    came = quoting.mails(manual)
    if not came:
        return Refusal("state.conflict")
    said = quoting.quote(manual, FEE, said_by=SaidBy.MAIL, actor=DESK, now=now, message=came[0])
    if isinstance(said, Refusal):
        return said
    # Somebody has read it: else the ladder would wait for that, and ask for nothing.
    return calling.classify(came[0], manual, ReadAs.ANSWER, actor=DESK, now=now)


def accept_fee(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:
    """Have the desk say yes to the fee: the recipient pays, and the clock goes on when our answer has left."""
    _ordered(manual, application, "accept-fee")
    return _decide(manual, FeeState.ACCEPTED, now)


def decline_fee(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:
    """Have the desk say no to the fee, which ends the request."""
    _ordered(manual, application, "decline-fee")
    return _decide(manual, FeeState.DECLINED, now)


def answer(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:
    """Have the co-op send all that it has of what was asked, and the desk look at each file."""
    _ordered(manual, application, "answer")
    return _answers(manual, "whole", now)


def answer_in_part(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:
    """Have the co-op send the first half of the days and months: the clock runs on for the rest."""
    _ordered(manual, application, "part")
    return _answers(manual, "part", now)


def answer_late(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:  # noqa: ARG001
    """Have the co-op say nothing until its answer is late by the request's own clock, and answer in whole then."""
    _ordered(manual, application, "late")
    if manual.state not in ANSWERABLE or manual.due is None:
        return Refusal("state.conflict")
    done = _act(manual, "late")
    return done if isinstance(done, Refusal) else None


def bounce(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:  # noqa: ARG001
    """Have the letter not arrive: refused by the co-op's server where it has not left, else it comes back.

    A report alone undoes no proof of delivery: the desk then finds out that the report is right.
    """
    _ordered(manual, application, "bounce")
    if manual.state in NOT_OUT:
        if manual.state == ManualState.NOT_DELIVERED:
            return Refusal("state.conflict")
        done = _act(manual, "refuse")
        return done if isinstance(done, Refusal) else None
    if manual.state not in (*resending.DOUBTED, ManualState.DELIVERY_UNKNOWN):
        return Refusal("state.conflict")
    if isinstance(done := _act(manual, "bounce"), Refusal):
        return done
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if resending.is_doubted(manual):
            body = {"from": manual.state, "state": ManualState.NOT_DELIVERED.value}
            ref = standing.event(manual, "request.state", DESK, body)
            move(manual, ManualState.NOT_DELIVERED, ref=ref, evidence="came back, as a person found out")
    return None


def send_again(manual: ManualRequest, application: Application, *, now: datetime) -> Refusal | None:  # noqa: ARG001
    """Have the desk send a letter again that did not arrive."""
    _ordered(manual, application, "send-again")
    return resending.resend(manual, actor=DESK)


def move_clock(
    manual: ManualRequest, application: Application, *, business_days: int, now: datetime
) -> list[Step] | Refusal:
    """Let so many business days have passed for this request alone; what is due by that happens. Gives the steps.

    Where the co-op was told to be late, and is by then, its answer comes now.
    """
    _ordered(manual, application, "clock", business_days=business_days)
    steps = clock_moved.move(manual, business_days, now=now)
    if isinstance(steps, Refusal):
        return steps
    manual = find(manual.id)
    if manual.state in ANSWERABLE and clock_moved.is_late(manual, now=now):
        _answers(manual, "moved_on", now)  # that nothing had been ordered is no reason against the move
    return steps


def _ordered(manual: ManualRequest, application: Application, order: str, **more: object) -> None:
    demand_rehearsal()
    body = {"order": order, "request": manual.number, **more}
    actor = Actor("a", application.id, role="application")
    subject = manual.request.customer_id
    log.append("rehearsal.ordered", actor=actor, subject=subject, obj="manual_request", body=body)


def _decide(manual: ManualRequest, said: FeeState, now: datetime) -> Refusal | None:
    waiting = quoting.open_fee(manual)
    return deciding.decide_alone(waiting, said, actor=DESK, now=now) if waiting else Refusal("state.conflict")


def _answers(manual: ManualRequest, what: str, now: datetime) -> Refusal | None:
    if manual.state not in ANSWERABLE or manual.state == ManualState.DELIVERED:
        return Refusal("state.conflict")
    sent = _act(manual, what)
    if isinstance(sent, Refusal):
        return sent
    if not sent and what != "moved_on":
        return Refusal("state.conflict", "the played co-op has nothing of what was asked")
    _accept_all(manual, now)
    return None


def _accept_all(manual: ManualRequest, now: datetime) -> None:
    """Look at each file of the thread as the desk does; what it may not accept stays sealed, and in quarantine."""
    asked = manual.request
    waiting = ReceivedFile.objects.filter(message__manual=manual, state=ReceivedFile.State.QUARANTINED)
    for each in waiting.order_by("received_at", "id"):
        assert asked.range_from is not None
        assert asked.range_to is not None
        kind = "usage_daily" if each.media_type == CSV else "bill"  # she sends no others; the days stand in the file
        acceptance.accept(each, Choice(kind, asked.range_from, asked.range_to), actor=DESK, now=now)


def _act(manual: ManualRequest, what: str) -> int | Refusal:
    return coop.act(manual.thread_token, what, _wanted(manual))


def _wanted(manual: ManualRequest) -> dict[str, Any]:
    """Open what was asked: the clerk has the account numbers from the letter."""
    asked = manual.request
    body = {"number": manual.number, "why": "rehearsal"}
    ref = log.append_read(
        "request.read",
        actor=DESK,
        subject=asked.customer_id,
        purpose="fulfilment",
        obj="request",
        body=body,
        cnt=1,
    )
    found = json.loads(vault.open(asked.ask, under=ref))
    consent, ids = asked.consent, set(asked.accounts)
    assert consent is not None
    ours = {bytes(each.number_index) for each in consent.accounts.all() if str(each.id) in ids}
    return {
        "accounts": [each for each in found["accounts"] if vault.blind_index("account_number", each) in ours],
        "data_types": asked.data_types,
        "from": asked.range_from.isoformat() if asked.range_from else "",
        "to": asked.range_to.isoformat() if asked.range_to else "",
    }
