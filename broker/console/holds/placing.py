"""What officers do about holds and destructions (actions): place and review at once, ask for the rest.

A hold is the safe direction, so one officer places it and it keeps everything from that moment. A court may forbid to
tell the customer, so nothing about a hold lies under her keys: its reason has a key of its own. Its release and every
destruction need a second person (`broker.approvals`), and the keeper carries them out.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.audit import keeper, keys, log
from broker.audit.retention import OF_SUBJECTS
from broker.console.holds.models import OF_GROUPS, HoldState, LegalHold, Rule, Scope
from broker.console.holds.numbers import next_number
from broker.db import holds
from broker.terms import Actor, EventRef

RELEASE, SHRED = "key.release", "key.shred"


class Refused(Exception):
    """It may not be asked for; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """What is to be destroyed: a retention class of a customer's year, as far as the scope says."""

    subject: uuid.UUID
    retention: str
    period: int
    scope: str
    rule: str
    until: date | None = None  # only what came until this day (`retention.login_keys`)
    files: tuple[uuid.UUID, ...] = ()  # of mails that lie in the holding pen, too (`retention.in_the_pen`)


def place(
    subject: uuid.UUID, reason: str, *, scope: str = Scope.EVERYTHING, review_on: date, officer: Actor, now: datetime
) -> LegalHold:
    """Place a hold; nothing of the customer is destroyed from the end of this transaction on."""
    made = LegalHold(
        id=uuid.uuid4(),
        subject=subject,
        token=keys.subject_token(subject),
        scope=scope,
        review_on=review_on,
        placed_by=officer.id,
        placed_at=now,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        holds.will_change_keys(cursor, keys.subject_token(subject))
        made.number = next_number(LegalHold, "H", now)
        facts = {"hold": made.id, "number": made.number, "scope": scope, "review_on": review_on, "reason": reason}
        made.audit_event_id = _log("hold.placed", made, officer, facts).id
        made.reason = vault.seal(reason, subject=made.id, place=vault.Place("holds_legalhold", "reason", made.id))
        made.save(force_insert=True)
    return made


def review(hold_id: uuid.UUID, review_on: date, *, officer: Actor) -> LegalHold:
    """Write down that a hold was looked at and goes on until the next review; Refused once it is released."""
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update().get(id=hold_id)
        if hold.state == HoldState.RELEASED:
            raise Refused("hold.released")
        facts = {"hold": hold.id, "review_on": {"old": hold.review_on, "new": review_on}}
        hold.review_on, hold.audit_event_id = review_on, _log("hold.reviewed", hold, officer, facts).id
        hold.save(update_fields=["review_on", "audit_event"])
    return hold


def read_reason(hold: LegalHold, *, officer: Actor) -> str:
    """Open a hold's reason, which is sealed under the hold's own key."""
    event = log.append_read(
        "hold.read",
        actor=officer,
        subject=hold.id,
        purpose="legal_obligation",
        obj="hold",
        body={"hold": hold.id, "fields": ["reason"]},
        cnt=1,
    )
    return vault.open(hold.reason, under=event)


def ask_release(hold_id: uuid.UUID, reason: str, *, officer: Actor, now: datetime) -> Approval:
    """Ask a second person to release a hold; Refused where it is not in force or is asked for already."""
    hold = LegalHold.objects.get(id=hold_id)
    if hold.state != HoldState.HELD:
        raise Refused("hold.not_in_force")
    if Approval.objects.filter(act=RELEASE, about=hold.id, state__in=OPEN, expires_at__gt=now).exists():
        raise Refused("hold.asked")
    return decide.request(RELEASE, requester=officer, reason=reason, now=now, about=hold.id)


def ask_destruction(wanted: Wanted, reason: str, *, officer: Actor, now: datetime) -> Approval:
    """Ask a second person for a destruction; Refused (and logged) where a hold or the law keeps it."""
    if wanted.retention not in OF_SUBJECTS or wanted.rule not in OF_GROUPS or wanted.scope not in Scope.values:
        raise ValueError("no such class, rule or scope")
    if wanted.rule == Rule.ERASURE and wanted.retention == vault.EVIDENCE:
        raise Refused("erasure.evidence")
    params = {
        "class": wanted.retention,
        "period": wanted.period,
        "scope": str(wanted.scope),
        "rule": str(wanted.rule),
    } | ({"until": wanted.until.isoformat()} if wanted.until else {})
    if wanted.files:
        params |= {"files": [str(each) for each in wanted.files]}
    if keeper.is_held(wanted.subject, wanted.scope):
        refuse(wanted.subject, params, actor=officer)
        raise Refused("hold.in_force")
    if Approval.objects.filter(
        act=SHRED, subject=wanted.subject, params=params, state__in=OPEN, expires_at__gt=now
    ).exists():
        raise Refused("shred.asked")
    return decide.request(SHRED, requester=officer, reason=reason, now=now, subject=wanted.subject, params=params)


def refuse(subject: uuid.UUID, what: dict[str, object], *, actor: Actor) -> EventRef:
    """Log that a destruction was tried and that a hold refused it."""
    body = {"subject": subject, **what}
    return log.append("hold.refused", actor=actor, subject=None, obj="hold", res="denied", body=body)


def _log(act: str, hold: LegalHold, actor: Actor, body: dict[str, object]) -> EventRef:
    """Log an act about a hold under no customer's key: an order may forbid that she learns of it."""
    facts = {"subject": hold.subject, **body}
    return log.append(act, actor=actor, subject=None, purpose="legal_obligation", obj="hold", body=facts)
