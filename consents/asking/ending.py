"""How an ask ends but by its asker: she signs, says no, wants no more of them, or its days pass (actions)."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs import JobView
from broker.parties.models import EmailLink
from broker.terms import SERVICE, Actor
from consents.asking import taking
from consents.asking.lifecycle import State, standing
from consents.asking.models import AskBlock, ConsentAsk
from consents.models import Consent
from consents.signals import ask_ended

END = "asking.end"
CLOCK = SERVICE("asking")


def person(ask: ConsentAsk) -> Actor:
    """Name the not yet known person behind the link of an ask for the log."""
    return Actor("c", ask.id)


def end(
    ask: ConsentAsk, state: State, *, act: str, actor: Actor, now: datetime, consent: Consent | None = None
) -> bool:
    """End a pending ask under an event of its own, in the caller's transaction; False where it had ended.

    The sealed address goes with the end: nobody is written to about an ask that is over.
    """
    row = ConsentAsk.objects.select_for_update().get(id=ask.id)
    waits = standing(row.state, row.expires_at, now) == State.PENDING
    if row.state != State.PENDING or not (waits or state == State.EXPIRED):
        return False
    facts: dict[str, Any] = {"ask": str(ask.id), "organisation": str(ask.organisation_id)}
    facts |= {"consent": str(consent.id)} if consent else {}
    # What she signed is hers to see in her own list; all before it belongs to whoever held the link.
    subject = consent.customer_id if consent else ask.id
    ref = log.append(act, actor=actor, subject=subject, obj="contact", body=facts)
    ConsentAsk.objects.filter(id=ask.id).update(
        state=state, ended_at=now, email=None, consent=consent, audit_event_id=ref.id
    )
    ask.refresh_from_db()
    ask_ended.send(sender=ConsentAsk, ask=ask, ref=ref, now=now)
    return True


def decline(ask: ConsentAsk, *, now: datetime) -> bool:
    """Take her no, by her button; the asker learns "declined" and nothing else. False where the ask was over."""
    with transaction.atomic():
        return end(ask, State.DECLINED, act="ask.declined", actor=person(ask), now=now)


def block(ask: ConsentAsk, *, now: datetime) -> bool:
    """Have this organisation not ask this mailbox again; what still waits is declined with it.

    False for an ask without an address (its link was handed over: we know no mailbox), or where it stood already.
    """
    if ask.email_index is None:
        return False
    with transaction.atomic():
        ConsentAsk.objects.select_for_update().get(id=ask.id)
        known = AskBlock.objects.filter(organisation=ask.organisation, email_index=bytes(ask.email_index))
        if known.exists():
            return False
        row = uuid.uuid4()
        facts = {"ask": str(ask.id), "organisation": str(ask.organisation_id), "block": str(row)}
        ref = log.append("ask.blocked", actor=person(ask), subject=ask.id, obj="contact", body=facts)
        AskBlock.objects.create(
            id=row, organisation=ask.organisation, email_index=bytes(ask.email_index), at=now, audit_event_id=ref.id
        )
        end(ask, State.DECLINED, act="ask.declined", actor=person(ask), now=now)
    return True


def on_granted(*, consent: Consent, link: EmailLink | None = None, now: datetime, **_facts: object) -> None:
    """Note that what was asked for was signed, in the transaction of the signature (receiver of the signal).

    An ask that ended meanwhile stays as it ended; what she signed stands by itself.
    """
    ask = taking.asked_by(link) if link is not None else None
    if ask is not None:
        end(ask, State.GRANTED, act="ask.granted", actor=Actor("c", consent.customer_id), now=now, consent=consent)


def on_declined(*, link: EmailLink, now: datetime, **_facts: object) -> None:
    """Note the no that she said on a page of the grant, in its transaction (receiver of the signal)."""
    ask = taking.asked_by(link)
    if ask is not None:
        end(ask, State.DECLINED, act="ask.declined", actor=person(ask), now=now)


@jobs.handler(END)
def end_job(job: JobView) -> None:
    """Say of an ask that its thirty days are over."""
    ask, now = ConsentAsk.objects.get(id=job.subject_id), timezone.now()
    if ask.expires_at <= now:
        with transaction.atomic():
            end(ask, State.EXPIRED, act="ask.expired", actor=CLOCK, now=now)
