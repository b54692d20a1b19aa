"""Yes or no to a fee (actions): one person up to the limit, two above it, or the customer for herself.

Who pays is part of the yes: the recipient, or the customer by her own. A yes goes to the utility on the thread, and the
clock goes on when it has left (5.4: the Day-0 rule for our answer). A no ends the request because of costs; the letter
stays with the utility, so a later end of the permission still calls it back. Source: field guide 5.4, S40.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from broker import jobs
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.approvals.people import SamePerson, different
from broker.terms import Actor, EventRef, Refusal
from requests_app import grants
from requests_app.fees import answering, standing
from requests_app.fees.lifecycle import DecidedBy, FeeState, Mail, Payer
from requests_app.fees.limits import needs_two
from requests_app.fees.models import FeeQuote
from requests_app.fees.quoting import ABOUT_A_FEE, ACTS, accepted, open_fee
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move

TOLD = answering.FEE_TOLD
_EVENTS = {FeeState.ACCEPTED: "fee.accepted", FeeState.DECLINED: "fee.declined"}


def decide_alone(fee: FeeQuote, answer: FeeState, *, actor: Actor, now: datetime) -> Refusal | None:
    """Say yes or no as one member of staff, up to the limit that stood when the fee was named.

    Refused: `fee.two_people` above the limit, together with what was accepted before, or for the one who wrote the fee
    down without a mail of the utility that names it: a yes would pay it, and a no ends the request; also for one who
    works for the recipient; `state.conflict` where it is decided or no longer waits, and with the consent's own code
    where nothing permits to go on.
    """
    try:
        return _decide_alone(fee, answer, actor=actor, now=now)
    except SamePerson:
        return Refusal("fee.two_people")


def _decide_alone(fee: FeeQuote, answer: FeeState, *, actor: Actor, now: datetime) -> Refusal | None:
    with transaction.atomic():
        manual = standing.locked(fee.manual_id)
        if demands_two(fee) or (fee.is_by_word and fee.quoted_by == actor.id):
            return Refusal("fee.two_people")
        if (refusal := _wrong(manual, fee, answer, now)) is not None:
            return refusal
        ref = standing.event(manual, _EVENTS[answer], actor, _facts(fee, DecidedBy.ONE, answer))
        overtake(fee, actor)
        _settle(manual, fee, answer, DecidedBy.ONE, ref=ref, actor=actor, now=now)
    return None


def demands_two(fee: FeeQuote) -> bool:
    """Say whether this fee, with all that was accepted for its request, is above what one person may decide."""
    return needs_two(fee.amount, fee.limit, accepted=accepted(fee.manual))


def ask_second(fee: FeeQuote, answer: FeeState, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask a second person to say yes or no with the first; for any amount. Raises `decide.NotAllowed`."""
    with transaction.atomic():
        manual = standing.locked(fee.manual_id)
        if _wrong(manual, fee, answer, now) is not None:
            raise decide.NotAllowed("approval.over")
        if any(decide.is_open(act, about=fee.id) for act in ACTS.values()):
            raise decide.NotAllowed("approval.open")
        return decide.request(
            ACTS[answer],
            requester=requester,
            reason=reason,
            now=now,
            subject=manual.request.customer_id,
            about=fee.id,
            params={"number": manual.number, "amount": str(fee.amount), "currency": fee.currency},
        )


def by_her(
    manual: ManualRequest, fee: FeeQuote, *, ref: EventRef, actor: Actor, now: datetime, carried_out: str = ""
) -> None:
    """Take the customer's own yes, in the transaction and under the event of her reply; she pays.

    `actor`: herself, or the second of two who took what she wrote or said; `carried_out` is then their act.
    """
    customer = manual.request.customer_id
    assert customer is not None
    overtake(fee, actor, but=carried_out)
    _settle(manual, fee, FeeState.ACCEPTED, DecidedBy.CUSTOMER, ref=ref, actor=actor, now=now, decider=customer)


def wrong_for_her(manual: ManualRequest, fee: FeeQuote, now: datetime) -> Refusal | None:
    """Give why her yes to this fee cannot be taken any more; None while it can."""
    return _wrong(manual, fee, FeeState.ACCEPTED, now)


def facts_of_hers(fee: FeeQuote) -> dict[str, Any]:
    """Give what the event of her own yes says of the fee."""
    return _facts(fee, DecidedBy.CUSTOMER, FeeState.ACCEPTED)


def _wrong(manual: ManualRequest, fee: FeeQuote, answer: FeeState, now: datetime) -> Refusal | None:
    waiting = open_fee(manual)
    if waiting is None or waiting.id != fee.id:
        return Refusal("state.conflict")
    consent = manual.request.consent
    assert consent is not None
    ended = grants.not_in_force(consent, now) if answer == FeeState.ACCEPTED else None
    return Refusal(ended) if ended else None


def _facts(fee: FeeQuote, by: DecidedBy, answer: FeeState) -> dict[str, Any]:
    return {
        "fee": fee.id,
        "amount": str(fee.amount),
        "currency": fee.currency,
        "decided_by": by.value,
        "payer": _payer(by, answer).value,
    }


def _payer(by: DecidedBy, answer: FeeState) -> Payer:
    if answer != FeeState.ACCEPTED:
        return Payer.NOBODY
    return Payer.CUSTOMER if by == DecidedBy.CUSTOMER else Payer.RECIPIENT


def overtake(fee: FeeQuote, actor: Actor, *, but: str = "") -> None:
    """Withdraw what two people were asked about a fee, in the caller's transaction; not the act that is carried out."""
    for act in ABOUT_A_FEE:
        if act != but:
            decide.overtaken(act, about=fee.id, actor=actor)


def _settle(
    manual: ManualRequest,
    fee: FeeQuote,
    answer: FeeState,
    by: DecidedBy,
    *,
    ref: EventRef,
    actor: Actor,
    now: datetime,
    approval: Approval | None = None,
    decider: uuid.UUID | None = None,
) -> None:
    with different():
        FeeQuote.objects.filter(id=fee.id, state=FeeState.QUOTED).update(
            state=answer,
            decided_by=by,
            payer=_payer(by, answer),
            decider=decider or actor.id,
            approval=approval.id if approval else None,
            decided_at=now,
            audit_event_id=ref.id,
        )
    what = Mail.FEE_ACCEPTED if answer == FeeState.ACCEPTED else Mail.FEE_DECLINED
    answering.write(manual, what, fee=fee, actor=actor, ref=ref, now=now)
    if answer == FeeState.DECLINED:
        move(manual, ManualState.CLOSED_WITHOUT_RESPONSE, ref=ref)
    jobs.enqueue(TOLD, fee.id, key=f"{TOLD}:{fee.id}")


def _by_two(answer: FeeState) -> Any:
    def run(approval: Approval, approver: Actor, now: datetime) -> None:
        """Carry it out in the approving transaction."""
        assert approval.about is not None
        fee = FeeQuote.objects.get(id=approval.about)
        manual = standing.locked(fee.manual_id)
        if _wrong(manual, fee, answer, now) is not None:
            raise decide.NotAllowed("approval.over")
        overtake(fee, approver, but=approval.act)
        ref = standing.event(
            manual, _EVENTS[answer], approver, {**_facts(fee, DecidedBy.TWO, answer), "approval": approval.id}
        )
        _settle(manual, fee, answer, DecidedBy.TWO, ref=ref, actor=approver, now=now, approval=approval)
        decide.execute(approval, actor=approver, now=now)

    return run


def _act(answer: FeeState, title: str) -> TwoPersonAct:
    return TwoPersonAct(
        ACTS[answer],
        title,
        requesters=frozenset({"staff", "officer", "operator"}),
        approvers=frozenset({"officer", "approver"}),
        life=timedelta(days=14),
        run=_by_two(answer),
    )


TWO_PERSON_ACTS = (
    _act(FeeState.ACCEPTED, "Accept a fee of a utility"),
    _act(FeeState.DECLINED, "Decline a fee of a utility, which ends the request"),
)
