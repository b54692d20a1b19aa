"""Two people decide how a request goes on that nobody answered (actions).

One asks, another decides (`broker.approvals`); what they decided is carried out in the transaction of the decision, and
the database takes no decision of one person. Source: field guide 5.4, day 21; S48.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from broker import jobs
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.terms import Actor, EventRef, Refusal
from requests_app.fees import answering
from requests_app.fees.lifecycle import Mail
from requests_app.ladder import looking
from requests_app.ladder.calling import void_calls
from requests_app.ladder.models import LastDecision
from requests_app.ladder.open_tasks import DECIDE, holds_back, open_decision
from requests_app.ladder.words import Choice
from requests_app.lifecycle import OWED, ManualState
from requests_app.mailing import customer_of
from requests_app.models import ManualRequest
from requests_app.moves import move

ENDED = "ladder.ended"
LONGEST_WAIT = timedelta(days=90)


def ask(
    manual: ManualRequest, choice: Choice, *, until: date | None = None, reason: str, requester: Actor, now: datetime
) -> Approval | Refusal:
    """Ask a second person to agree how a request goes on.

    `until`: with “keep waiting” alone, a business day after today and within 90 days. Refused with `state.conflict`
    where no decision is due, an answer may lie unread, or another ask waits; with `ask.invalid` for a day that does
    not fit. Raises `decide.NotAllowed` for a role that may not ask.
    """
    if (until is not None) != (choice == Choice.WAIT):
        return Refusal("ask.invalid")
    if until is not None and not _fits(manual, until, now):
        return Refusal("ask.invalid")
    with transaction.atomic():
        locked = (
            ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent").get(id=manual.id)
        )
        number = open_decision(locked)
        if number is None or not _may(locked, now) or decide.is_open(DECIDE, about=manual.id):
            return Refusal("state.conflict")
        return decide.request(
            DECIDE,
            requester=requester,
            reason=reason,
            now=now,
            subject=customer_of(locked),
            about=locked.id,
            params={"choice": choice.value, "until": until.isoformat() if until else None, "number": number},
        )


def _fits(manual: ManualRequest, until: date, now: datetime) -> bool:
    calendar = looking.calendar_of(manual)
    today = calendar.today(now)
    return today < until <= today + LONGEST_WAIT and calendar.is_business_day(until)


def _may(manual: ManualRequest, now: datetime) -> bool:
    return manual.state in OWED and not holds_back(manual, now)


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Do what two people decided, inside the approving transaction."""
    rows = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent")
    assert approval.about is not None
    manual = rows.get(id=approval.about)
    if open_decision(manual) != approval.params["number"] or not _may(manual, now):
        raise decide.NotAllowed("approval.over")  # an answer came meanwhile, or the permission ended
    choice, until = Choice(approval.params["choice"]), approval.params["until"]
    day = date.fromisoformat(until) if until else None
    ref = _log(manual, approval, choice, day, approver)
    made = LastDecision.objects.create(
        manual=manual,
        number=approval.params["number"],
        choice=choice,
        until=day,
        approval=approval.id,
        at=now,
        audit_event_id=ref.id,
    )
    if choice != Choice.WAIT:
        was = ManualState(manual.state)
        if not move(manual, ManualState.CLOSED_WITHOUT_RESPONSE, ref=ref):
            raise decide.NotAllowed("approval.over")
        void_calls(manual)
        answering.say_ended(manual, Mail.CLOSED, was=was, actor=approver, ref=ref, now=now)
        jobs.enqueue(ENDED, made.id, key=f"{ENDED}:{made.id}")
    decide.execute(approval, actor=approver, now=now)


def _log(manual: ManualRequest, approval: Approval, choice: Choice, day: date | None, approver: Actor) -> EventRef:
    asked = manual.request
    body = {
        "request": asked.id,
        "number": manual.number,
        "consent": asked.consent_id,
        "approval": approval.id,
        "choice": choice.value,
        "until": day,
    }
    act = "sla.decided" if choice == Choice.WAIT else "request.closed"
    return log.append(act, actor=approver, subject=customer_of(manual), obj="manual_request", body=body)


ACT = TwoPersonAct(
    DECIDE,
    "Decide how a request goes on that nobody answered",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
