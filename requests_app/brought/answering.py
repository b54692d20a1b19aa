"""A customer says of files that they are hers and that she gave them to a recipient, or did not (actions)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor
from consents.foreign import foreign
from consents.models import Consent
from requests_app import grants
from requests_app.brought import ending, rules
from requests_app.brought.models import Answer, BroughtFile, consent_of

TAKES = "brought.take"
State = BroughtFile.State


def answer(customer: Customer, said: dict[uuid.UUID, bool], *, now: datetime) -> int:
    """Record her yes or no about files that wait for her; give how many it was about.

    Each answer is an act with an entry of its own; all of them, and the alarm about a no, are one commit. What is over
    already, by an earlier answer or an end of its time or permission, stays as it is; under a permission that is on
    hold a file goes on waiting. Raises `Foreign` where one is not hers, before anything is recorded.
    """
    rows = BroughtFile.objects.filter(id__in=said, consent__customer=customer).select_related("consent", "drop")
    hers = {each.id: each for each in rows}
    for each in said:
        if each not in hers:
            raise foreign(customer, "brought_file", each)
    ordered = sorted(hers.values(), key=lambda each: (each.at, each.number))
    with transaction.atomic():
        # As a stop locks them, so that of the two one comes first and the other sees it; all before anything is
        # written, and in one order, so that two of her windows never wait for each other.
        about = {consent_of(each).id for each in ordered}
        consents = Consent.objects.select_for_update(no_key=True).filter(id__in=about).order_by("id").in_bulk()
        done = [each for each in ordered if _answer(customer, each, consents, yes=said[each.id], now=now)]
        declined = [each for each in done if not said[each.id]]
        if declined:
            _alarm(customer, declined)
    return len(done)


def _answer(
    customer: Customer, file: BroughtFile, consents: Mapping[uuid.UUID, Consent], *, yes: bool, now: datetime
) -> bool:
    me, consent = Actor("c", customer.id), consents[consent_of(file).id]
    rows = BroughtFile.objects.filter(id=file.id, state=State.WAITING)
    if not rows.exists() or now >= file.drop.expires_at:
        return False
    if yes and (code := grants.not_in_force(consent, now)) is not None:
        if code in rules.OVER:
            ending.end(file, State.ENDED, code=code, actor=me, now=now)
        return False
    act = "brought.confirmed" if yes else "brought.declined"
    answer_id = uuid.uuid4()
    body = {**ending.facts_of(file), "answer": answer_id}
    ref = log.append(act, actor=me, subject=customer.id, purpose="own_data", obj="share", body=body)
    Answer.objects.create(id=answer_id, file=file, customer=customer, yes=yes, at=now, audit_event_id=ref.id)
    if yes:
        rows.update(state=State.CONFIRMED, audit_event_id=ref.id)
        jobs.enqueue(TAKES, file.id, key=f"{TAKES}:{file.id}")
    else:
        ending.settle(file, State.DECLINED, ref=ref, now=now)
    return True


def _alarm(customer: Customer, files: Sequence[BroughtFile]) -> None:
    """Call an officer: somebody brought in a customer's name what she says she did not give them."""
    for organisation in sorted({each.drop.organisation_id for each in files}, key=str):
        its = [each for each in files if each.drop.organisation_id == organisation]
        body = {
            "organisation": organisation,
            "drops": sorted({str(each.drop_id) for each in its}),
            "files": [str(each.id) for each in its],
        }
        log.append("alarm.brought", actor=Actor("c", customer.id), subject=None, obj="share", body=body, cnt=len(its))


def waiting_of(customer: Customer, *, now: datetime) -> list[BroughtFile]:
    """Give the files that wait for her answer, by who brought them and in their order."""
    rows = BroughtFile.objects.filter(state=State.WAITING, consent__customer=customer, drop__expires_at__gt=now)
    rows = rows.select_related("consent__recipient", "account", "drop")
    return list(rows.order_by("consent__recipient__legal_name", "consent_id", "at", "number"))


def answered_of(customer: Customer, *, now: datetime) -> list[BroughtFile]:
    """Give the files that she answered for, or that ended otherwise, in the last weeks; the newest first."""
    rows = BroughtFile.objects.filter(consent__customer=customer, at__gt=now - 3 * rules.WAITS)
    rows = rows.exclude(state=State.WAITING).select_related("consent__recipient", "account", "drop", "answer")
    return list(rows.order_by("-at", "number")[:200])
