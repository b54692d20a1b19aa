"""The database itself takes no fee that nobody accepted, and no edit of what was named; on both engines."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Role, User
from broker.terms import Actor
from requests_app import choosing
from requests_app.fees import deciding, quoting, replacing
from requests_app.fees.lifecycle import FeeState, SaidBy, Why
from requests_app.fees.models import FeeQuote, Question, Reply, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from tests.integration.console_support import officer
from tests.integration.test_receive import take
from tests.request_lives import bring
from tests.requests_world import ACTOR, World, reply, world

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
STAFF = Actor("s", ACTOR.id, role="staff")


@pytest.fixture
def w(committing: str) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield world()


def person(role: Role) -> Actor:
    officer(role)
    return Actor("s", User.objects.get(role=role).id, role=role)


def quoted(w: World, amount: str = "35.00", actor: Actor = STAFF) -> FeeQuote:
    manual = bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    fee = quoting.quote(manual, Decimal(amount), said_by=SaidBy.PHONE, actor=actor, now=NOW)
    assert isinstance(fee, FeeQuote)
    return fee


def refused(row: FeeQuote | ThreadMail, **facts: Any) -> bool:
    """Say whether the database refuses an edit past the product; nothing of it stays."""
    try:
        with transaction.atomic():
            ref = log.append("fee.accepted", actor=ACTOR, subject=row.manual.request.customer_id, body={})
            type(row).objects.filter(id=row.id).update(**facts, audit_event_id=ref.id)
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


def yes(by: str, **more: Any) -> dict[str, Any]:
    payer = "customer" if by == "customer" else "recipient"
    facts = {"state": "accepted", "decided_by": by, "payer": payer, "decider": uuid.uuid4(), "decided_at": NOW}
    return {**facts, **more}


def test_no_fee_is_accepted_without_whoever_must_say_so(w: World) -> None:
    fee, small = quoted(w), quoted(w, "20.00")
    assert refused(fee, **yes("one"))  # above the limit
    assert refused(fee, **yes("two"))  # without an approval
    assert refused(fee, **yes("two", approval=uuid.uuid4()))  # of nobody
    assert refused(fee, **yes("customer"))  # who was not asked
    assert refused(fee, **yes("one", decided_by=""))
    assert refused(small, **yes("one", payer="customer"))  # she pays by her own yes alone
    assert refused(small, **yes("one", decider=None))
    assert refused(small, **yes("one", payer=""))
    assert refused(small, **yes("one", decider=small.quoted_by))  # who alone says that it was named by phone
    assert not refused(small, **yes("one"))
    no = {"state": "declined", "payer": "", "decided_by": "one", "decided_at": NOW}
    assert refused(small, **no, decider=small.quoted_by)  # or one person ends a request with a fee of her own making
    assert not refused(small, **no, decider=uuid.uuid4())


def test_one_person_accepts_a_fee_of_her_own_hand_only_with_a_mail_that_names_it(committing: str) -> None:
    w, now = world(), timezone.now()
    manual, other = (bring(w.manual(), ManualState.WAITING_ON_UTILITY) for _ in range(2))
    take(reply(other, csv=False, text="Copies cost $5.00."), other)
    mail = Message.objects.get(manual=other, direction="in")
    born(manual, said_by="mail")
    born(other, said_by="mail", message=mail)
    named = FeeQuote.objects.get(manual=other)
    assert refused(FeeQuote.objects.get(manual=manual), **yes("one", decider=ACTOR.id))
    assert not refused(named, **yes("one", decider=ACTOR.id))
    unproven, foreign = (bring(w.manual(), ManualState.WAITING_ON_UTILITY) for _ in range(2))
    take(reply(unproven, sender="x@else.example", csv=False, text="Copies cost $5.00."), unproven)
    attached = choosing.attach(Message.objects.get(kind="held"), unproven.number, actor=STAFF, now=now)
    assert isinstance(attached, Message)
    born(unproven, said_by="mail", message=attached)
    born(foreign, said_by="mail", message=mail)
    for each in (unproven, foreign):
        assert refused(FeeQuote.objects.get(manual=each), **yes("one", decider=ACTOR.id))


def test_one_person_accepts_in_parts_no_more_than_at_once(w: World) -> None:
    fee = quoted(w, "20.10")
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=person(Role.STAFF), now=NOW) is None
    more = [
        quoting.quote(fee.manual, Decimal(each), said_by=SaidBy.PHONE, actor=STAFF, now=NOW)
        for each in ("4.91", "4.90")
    ]
    over, just = more
    assert isinstance(over, FeeQuote)
    assert isinstance(just, FeeQuote)
    assert not refused(just, **yes("one"))
    quoting.quote(fee.manual, Decimal("4.91"), said_by=SaidBy.PHONE, actor=STAFF, now=NOW)
    assert refused(FeeQuote.objects.get(manual=fee.manual, state="quoted"), **yes("one"))


def test_one_person_accepts_no_more_over_requests_that_take_each_others_place(committing: str) -> None:
    now = timezone.now()
    fee = quoted(world(), "20.10")
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=person(Role.STAFF), now=now) is None
    new: Any = fee.manual
    for _ in range(2):
        old = bring(ManualRequest.objects.get(id=new.id), ManualState.WAITING_ON_UTILITY)
        new = replacing.supersede(old, Why.ON_PAPER, actor=STAFF, now=now)
        assert isinstance(new, ManualRequest)
        assert replacing.posted(new, actor=STAFF, now=now) is None
    for amount, over in (("4.91", True), ("4.90", False)):
        more = quoting.quote(new, Decimal(amount), said_by=SaidBy.PHONE, actor=STAFF, now=now)
        assert isinstance(more, FeeQuote)
        assert refused(more, **yes("one")) == over


def test_what_was_named_stays(w: World) -> None:
    fee = quoted(w)
    for change in ({"amount": Decimal("1.00")}, {"limit": Decimal("99.00")}, {"quoted_by": uuid.uuid4()}):
        assert refused(fee, **change), change
    assert refused(fee, said_by="mail")
    assert refused(fee, quoted_at=NOW - timedelta(days=1))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM fees_feequote")


def born(manual: ManualRequest, **facts: Any) -> None:
    """Add a fee past the product."""
    named: dict[str, Any] = {"amount": Decimal("5.00"), "said_by": "phone", "limit": Decimal("25.00")}
    with transaction.atomic():
        ref = log.append("fee.quoted", actor=ACTOR, subject=manual.request.customer_id, body={})
        named |= {"quoted_by": ACTOR.id, "quoted_at": NOW, **facts}
        FeeQuote.objects.create(manual=manual, **named, audit_event_id=ref.id)


def test_a_fee_is_born_open_and_more_than_nothing_and_a_request_has_one_open_fee(w: World) -> None:
    taken, free = quoted(w).manual, bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    for facts in ({"amount": Decimal("0.00")}, {"amount": Decimal("-5.00")}, {"currency": "EUR"}, yes("one")):
        with pytest.raises(DatabaseError):
            born(free, **facts)
    with pytest.raises(DatabaseError):
        born(taken)
    born(free)


def test_two_equal_people_are_no_two_and_another_amount_is_another_fee(w: World) -> None:
    asker = person(Role.OFFICER)
    fee, other = quoted(w, actor=asker), quoted(w, "90.00", actor=asker)
    asked = deciding.ask_second(fee, FeeState.ACCEPTED, requester=asker, reason="Ten bills.", now=NOW)
    with pytest.raises(decide.NotAllowed, match="same_person"):
        decide.approve(asked.id, approver=asker, now=NOW)
    assert refused(fee, **yes("two", approval=asked.id, decider=asker.id))
    second = person(Role.APPROVER)
    decide.approve(asked.id, approver=second, now=NOW)
    fee.refresh_from_db()
    assert (fee.state, fee.decider) == ("accepted", second.id)
    assert Approval.objects.get(id=asked.id).state == "executed"
    assert refused(other, **yes("two", approval=asked.id, decider=second.id))  # it was about the first one
    assert refused(fee, state="declined", payer="")  # decided once
    assert refused(fee, state="quoted", payer="", decided_by="", decider=None, approval=None, decided_at=None)


def test_a_yes_that_somebody_wrote_down_for_her_is_none(w: World) -> None:
    fee = quoted(w)
    customer = w.customer.id
    with transaction.atomic():
        ref = log.append("question.asked", actor=ACTOR, subject=customer, body={})
        asked, answered = uuid.uuid4(), uuid.uuid4()
        Question.objects.create(
            id=asked,
            manual=fee.manual,
            fee=fee,
            asks="fee",
            words=vault.seal("", subject=customer, place=vault.Place("fees_question", "words", asked)),
            asked_by=ACTOR.id,
            asked_at=NOW,
            audit_event_id=ref.id,
        )
        Reply.objects.create(
            id=answered,
            question_id=asked,
            answer="yes",
            words=vault.seal("", subject=customer, place=vault.Place("fees_reply", "words", answered)),
            how="phone",
            entered_by=ACTOR.id,
            at=NOW,
            audit_event_id=ref.id,
        )
    assert refused(fee, **yes("customer", decider=customer))


def test_a_mail_of_ours_keeps_its_words_and_is_sent_once(w: World) -> None:
    fee = quoted(w, "20.00")
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=person(Role.STAFF), now=NOW) is None
    mail = ThreadMail.objects.get()
    assert refused(mail, message_id="<other@x>")
    assert refused(mail, rests_in="")
    assert refused(mail, state="sent", sent_at=NOW)  # nothing was handed over
    assert refused(mail, state="sent")
    assert not refused(mail, state="sending")
