"""A customer without e-mail says yes to a fee by post or phone: one person writes it down, another compares (actions).

Like a letter that was signed on paper: nobody is charged on the word of one of our own people. By post the scan shows
what she signed; by phone the second person calls her back. The database takes her yes no other way (`evidence_fees`).
"""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.audit import log
from broker.terms import Actor, EventRef, Refusal
from consents.paper import scans
from consents.paper_choice import on_paper
from requests_app.fees import asking, deciding, standing
from requests_app.fees.lifecycle import Answer, Asks, SaidBy
from requests_app.fees.models import Question, Reply, WrittenYes
from requests_app.fees.quoting import HER_YES

WAYS = (SaidBy.POST, SaidBy.PHONE)


@dataclass(frozen=True, repr=False)
class Said:
    """What she said: how, on which day, the amount as it stands in her letter or as she named it, and the scan."""

    how: SaidBy
    given_on: date
    amount: Decimal
    words: str = field(default="", repr=False)
    scan: bytes = field(default=b"", repr=False)


def may_write(question: Question | None) -> bool:
    """Say whether a yes to this question may be written down: it asks for a fee, she deals on paper, none waits yet."""
    if question is None or question.fee_id is None:
        return False
    customer = question.manual.request.customer
    return customer is not None and on_paper(customer) and waiting(question) is None


def waiting(question: Question) -> WrittenYes | None:
    """Give what was written down and waits for the second person."""
    asked = Approval.objects.filter(act=HER_YES, about=question.fee_id, state__in=OPEN).values("id")
    return WrittenYes.objects.filter(question=question, approval__in=asked).first()


def all_waiting() -> list[WrittenYes]:
    """Give what waits for a second person, the oldest first."""
    asked = Approval.objects.filter(act=HER_YES, state__in=OPEN).values("id")
    rows = WrittenYes.objects.filter(approval__in=asked).select_related("question__manual")
    return list(rows.order_by("written_at"))


def write(question: Question, said: Said, *, actor: Actor, now: datetime) -> WrittenYes | Refusal:
    """Keep what she said, sealed, and ask for a second person's comparison. Raises `decide.NotAllowed`.

    Refused: `ask.invalid` for another amount than the fee, a day before the question or to come, or a letter without
    its scan; the scan's own code where it is not taken; `state.conflict` where nothing waits for her, one waits already
    or she answers on her page; and with the consent's own code where nothing permits to go on.
    """
    if _wrong(question, said, now):
        return Refusal("ask.invalid")
    kind, code = scans.examine(said.scan) if said.scan else ("", "")
    if code:
        return Refusal(code)
    with transaction.atomic():
        manual = standing.locked(question.manual_id)
        current = asking.waiting(manual)
        if current is None or current.id != question.id or not may_write(current):
            return Refusal("state.conflict")
        assert current.fee is not None
        if (refusal := deciding.wrong_for_her(manual, current.fee, now)) is not None:
            return refusal
        customer, made = manual.request.customer_id, uuid.uuid4()
        assert customer is not None
        asked = decide.request(
            HER_YES,
            requester=actor,
            reason="Her yes to a fee, by post or phone.",
            now=now,
            subject=customer,
            about=current.fee.id,
            params={"number": manual.number, "amount": str(current.fee.amount), "currency": current.fee.currency},
        )
        facts = {"yes": made, "question": current.id, "fee": current.fee.id, "amount": str(current.fee.amount)}
        more = {"how": said.how.value, "given_on": said.given_on, "approval": asked.id, "scan": bool(said.scan)}
        ref = standing.event(manual, "fee.yes_written", actor, facts | more)
        return WrittenYes.objects.create(
            id=made,
            question=current,
            amount=current.fee.amount,
            how=said.how,
            given_on=said.given_on,
            words=vault.seal(said.words, subject=customer, place=vault.Place("fees_writtenyes", "words", made)),
            scan=_sealed(said.scan, customer),
            scan_type=kind,
            scan_sha256=hashlib.sha256(said.scan).digest() if said.scan else None,
            approval=asked.id,
            written_by=actor.id,
            written_at=now,
            audit_event_id=ref.id,
        )


def opened(entry: WrittenYes, *, actor: Actor, why: str) -> str:
    """Open what was noted beside it, which is an event."""
    return vault.open(entry.words, under=_reads(entry, actor, why))


def scan_of(entry: WrittenYes, *, actor: Actor) -> bytes | None:
    """Open the scan, and nothing else, for the person who compares it, which is an event; None where she phoned."""
    if entry.scan is None:
        return None
    return vault.open_file(entry.scan, under=_reads(entry, actor, "to compare it"))


def approve(entry: WrittenYes, *, actor: Actor, now: datetime) -> None:
    """Take her yes as it was written down: one transaction with the decision. Raises `decide.NotAllowed`."""
    decide.approve(entry.approval, approver=actor, now=now)


def refuse(entry: WrittenYes, *, actor: Actor, now: datetime) -> None:
    """Say that she did not say this; her answer may then be written down anew. Raises `decide.NotAllowed`."""
    decide.refuse(entry.approval, approver=actor, now=now)


def take_back(entry: WrittenYes, *, actor: Actor, now: datetime) -> None:
    """Take back what one wrote down oneself; her answer may then be written down anew. Raises `decide.NotAllowed`."""
    decide.withdraw(entry.approval, requester=actor, now=now)


def _reads(entry: WrittenYes, actor: Actor, why: str) -> EventRef:
    manual = entry.question.manual
    return log.append_read(
        "question.read",
        actor=actor,
        subject=manual.request.customer_id,
        purpose="fulfilment",
        obj="manual_request",
        body={"number": manual.number, "question": entry.question_id, "yes": entry.id, "why": why},
        cnt=1,
    )


def _wrong(question: Question, said: Said, now: datetime) -> bool:
    if said.how not in WAYS or (said.how == SaidBy.POST and not said.scan) or len(said.words) > asking.LONGEST:
        return True
    if question.fee is None or said.amount != question.fee.amount:
        return True
    zone = ZoneInfo(settings.DISPLAY_ZONE)
    return not question.asked_at.astimezone(zone).date() <= said.given_on <= now.astimezone(zone).date()


def _sealed(scan: bytes, customer: uuid.UUID) -> uuid.UUID | None:
    return vault.seal_file(scan, subject=customer, name="scan", retention=vault.EVIDENCE) if scan else None


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Let her yes stand, inside the approving transaction; not where something else came first."""
    entry = WrittenYes.objects.select_related("question").get(approval=approval.id)
    manual = standing.locked(entry.question.manual_id)
    current = asking.waiting(manual)
    if current is None or current.id != entry.question_id or current.fee is None:
        raise decide.NotAllowed("approval.over")
    if deciding.wrong_for_her(manual, current.fee, now) is not None:
        raise decide.NotAllowed("approval.over")
    customer = manual.request.customer_id
    assert customer is not None
    body = {"question": current.id, "asks": Asks.FEE.value, "answer": Answer.YES.value, "how": entry.how}
    more = {"yes": entry.id, "written_by": str(entry.written_by)}
    ref = standing.event(manual, "fee.accepted", approver, {**body, **more, **deciding.facts_of_hers(current.fee)})
    made = uuid.uuid4()
    Reply.objects.create(
        id=made,
        question=current,
        answer=Answer.YES,
        words=vault.seal("", subject=customer, place=vault.Place("fees_reply", "words", made)),
        how=entry.how,
        entered_by=entry.written_by,
        at=now,
        audit_event_id=ref.id,
    )
    deciding.by_her(manual, current.fee, ref=ref, actor=approver, now=now, carried_out=HER_YES)
    decide.execute(approval, actor=approver, now=now)


TWO_PERSON_ACT = TwoPersonAct(
    HER_YES,
    "Take a customer's yes to a fee that came by post or phone",
    requesters=frozenset({"staff", "operator"}),
    approvers=frozenset({"operator"}),
    life=timedelta(days=14),
    run=_carry_out,
)
