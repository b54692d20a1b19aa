"""A utility wants its own form, or paper: the request ends, and another one takes its place (actions).

The new one is decided anew, is only drafted until its papers are ready, and gets a Day 0 of its own (5.4).
"""

import json
import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from broker import jobs, vault
from broker.audit import log
from broker.audit.encoding import opaque
from broker.audit.entry import parse_header
from broker.terms import Actor, EventRef, Refusal
from requests_app import grants, records
from requests_app.fees import answering, standing
from requests_app.fees.lifecycle import Mail, Why
from requests_app.fees.models import Succession
from requests_app.fees.quoting import replace, undecided
from requests_app.lifecycle import ManualState, can_move
from requests_app.models import DataRequest, ManualRequest
from requests_app.moves import move

TRIES = 25  # as many as may reach for the next number at one moment


def supersede(manual: ManualRequest, why: Why, *, actor: Actor, now: datetime) -> ManualRequest | Refusal:
    """End a request because the utility wants another form, and draft the one that takes its place; give that one.

    Both name each other. Refused: `state.conflict` where it cannot end so, and with the decision's own code where the
    consent no longer permits to ask.
    """
    asked = DataRequest.objects.get(id=manual.request_id)
    if not can_move(ManualState(manual.state), ManualState.SUPERSEDED):
        return Refusal("state.conflict")
    ask = _opened(asked, manual, actor)
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _replaced(standing.locked(manual.id), asked, ask, why, actor, now)
        except IntegrityError:
            if Succession.objects.filter(old=manual.id).exists():
                return Refusal("state.conflict")
    raise RuntimeError("no free number for a request")


def send(manual: ManualRequest, *, actor: Actor) -> Refusal | None:
    """Send a drafted request by mail.

    Refused: `state.conflict` where it is none; `form.two_people` for whoever drafted it, where the utility was told
    that its own form comes with it.
    """
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if manual.state != ManualState.DRAFTED:
            return Refusal("state.conflict")
        if _is_alone(manual, actor):
            return Refusal("form.two_people")
        body = {"from": manual.state, "state": ManualState.QUEUED.value}
        ref = standing.event(manual, "request.state", actor, body)
        move(manual, ManualState.QUEUED, ref=ref)
        jobs.enqueue("manual.send", manual.id, key=f"manual.send:{manual.id}")
    return None


def posted(manual: ManualRequest, *, actor: Actor, now: datetime) -> Refusal | None:
    """Record that a drafted request went out by post; its clock waits for proof that it arrived.

    Refused as in `send`, and with the consent's own code where nothing permits it any more.
    """
    with transaction.atomic():
        manual = standing.locked(manual.id)
        consent = manual.request.consent
        if manual.state != ManualState.DRAFTED or consent is None:
            return Refusal("state.conflict")
        if _is_alone(manual, actor):
            return Refusal("form.two_people")
        if (ended := grants.not_in_force(consent, now)) is not None:
            return Refusal(ended)
        body = {"from": manual.state, "state": ManualState.DELIVERY_UNPROVEN.value, "how": "post"}
        ref = standing.event(manual, "request.state", actor, body)
        move(manual, ManualState.QUEUED, ref=ref)
        move(manual, ManualState.DELIVERY_UNPROVEN, ref=ref, sent_at=now, evidence="went out by post")
    return None


def _is_alone(manual: ManualRequest, actor: Actor) -> bool:
    """Say whether this person drafted the request: no file here shows the utility's form, so another one looks."""
    made = Succession.objects.select_related("audit_event").filter(new=manual, why=Why.OWN_FORM).first()
    return made is not None and parse_header(bytes(made.audit_event.header)).actor == opaque(actor.kind, actor.id)


def _opened(asked: DataRequest, manual: ManualRequest, actor: Actor) -> str:
    """Open what was asked, word for word: the new request asks for the same."""
    ref = log.append_read(
        "request.read",
        actor=actor,
        subject=asked.customer_id,
        purpose="fulfilment",
        obj="request",
        body={"number": manual.number, "why": "to ask again in the form that the utility wants"},
        cnt=1,
    )
    return vault.open(asked.ask, under=ref)


def _replaced(
    manual: ManualRequest, asked: DataRequest, ask: str, why: Why, actor: Actor, now: datetime
) -> ManualRequest | Refusal:
    if not can_move(ManualState(manual.state), ManualState.SUPERSEDED):
        return Refusal("state.conflict")
    decided = grants.decide_again(asked, channel="manual_request", step="order", now=now)
    if decided.outcome == "refusal":
        return Refusal(decided.codes[0])
    made = uuid.uuid4()
    body = {"why": why.value, "new_request": made, "puts_aside": undecided(manual)}
    ref = standing.event(manual, "request.superseded", actor, body)
    replace(manual, actor=actor, ref=ref)
    was = ManualState(manual.state)
    move(manual, ManualState.SUPERSEDED, ref=ref)
    again = _copied(asked, made, ask, ref, now)
    records.save_decision(again, decided, asked.consent, ref=ref, now=now)
    new = records.draft_manual_request(again, ref=ref, now=now)
    Succession.objects.create(old=manual, new=new, why=why, at=now, audit_event_id=ref.id)
    answering.say_ended(manual, Mail.REPLACED, was=was, actor=actor, ref=ref, now=now)
    return new


def _copied(asked: DataRequest, made: uuid.UUID, ask: str, ref: EventRef, now: datetime) -> DataRequest:
    place = vault.Place("requests_app_datarequest", "ask", made)
    subject = asked.customer_id or asked.organisation_id
    json.loads(ask)  # it is what the application asked, or nothing goes on
    return DataRequest.objects.create(
        id=made,
        application_id=asked.application_id,
        organisation_id=asked.organisation_id,
        consent_id=asked.consent_id,
        customer_id=asked.customer_id,
        # No application can send this as a key of its own: those are kept as keyed hashes.
        idempotency_key=f"replaces:{asked.id}",
        body_sha256=bytes(asked.body_sha256),
        ask=vault.seal(ask, subject=subject, place=place),
        accounts=asked.accounts,
        data_types=asked.data_types,
        range_from=asked.range_from,
        range_to=asked.range_to,
        purpose=asked.purpose,
        made_at=now,
        audit_event_id=ref.id,
    )
