"""What is done unseen to fees, questions, answers and successions: the next day's verification names it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.audit import signer
from broker.channels.manual_request import ManualRequestChannel
from broker.terms import Actor
from broker.transport import DeliveryUnknown
from consents import electronic
from requests_app.fees import answering, asking, by_word, deciding, quoting, replacing
from requests_app.fees.lifecycle import Answer, Asks, FeeState, SaidBy, Why
from requests_app.fees.models import FeeQuote, Question, ThreadMail, WrittenYes
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests import clock
from tests.integration.audit_support import STAFF, log_world, tamper, verified
from tests.ladder_world import person
from tests.packs_world import proven_world
from tests.request_lives import bring
from tests.requests_world import World, coop, run_job

WRITER = Actor("s", STAFF.id, role="staff")


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine."""
    with log_world(settings, tmp_path) as made:
        yield made


def quoted(w: World, amount: str, manual: ManualRequest | None = None) -> FeeQuote:
    made = manual or bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    fee = quoting.quote(made, Decimal(amount), said_by=SaidBy.PHONE, actor=WRITER, now=timezone.now())
    assert isinstance(fee, FeeQuote)
    return fee


@pytest.fixture
def w() -> World:
    """Fees that one, two and the customer decided, one that another replaced, a question, and a request replaced."""
    made, now = proven_world(), timezone.now()
    assert deciding.decide_alone(quoted(made, "5"), FeeState.ACCEPTED, actor=person("staff"), now=now) is None
    asked = deciding.ask_second(
        quoted(made, "35.00"), FeeState.DECLINED, requester=person("staff"), reason="-", now=now
    )
    decide.approve(asked.id, approver=person("officer"), now=now)
    first = quoted(made, "90.00")
    hers = quoted(made, "12.50", first.manual)
    question = asking.ask_customer(hers.manual, Asks.FEE, "", actor=WRITER, now=now)
    assert isinstance(question, Question)
    assert asking.reply(question, Answer.YES, "", customer=made.customer, now=now) is None
    other = quoted(made, "60.00")
    assert isinstance(replacing.supersede(other.manual, Why.OWN_FORM, actor=WRITER, now=now), ManualRequest)
    return made


def test_what_two_people_took_by_phone_is_claimed_too(desk: signer.Desk) -> None:
    made, now = proven_world(), timezone.now()
    assert electronic.withdraw(made.customer, actor=Actor("c", made.customer.id), now=now)
    question = asking.ask_customer(quoted(made, "35.00").manual, Asks.FEE, "", actor=WRITER, now=now)
    assert isinstance(question, Question)
    said = by_word.Said(SaidBy.PHONE, clock.today(), Decimal("35.00"))
    entry = by_word.write(question, said, actor=person("staff"), now=now)
    assert isinstance(entry, WrittenYes)
    by_word.approve(entry, actor=person("operator"), now=now)
    assert verified(desk).ok, verified(desk).why
    tamper("UPDATE fees_writtenyes SET amount = 3", table="fees_writtenyes")
    assert "A customer's yes by post or phone says something else" in verified(desk).why


def test_a_mail_of_ours_that_left_is_claimed(
    desk: signer.Desk, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coop(tmp_path, settings):
        made = proven_world()
        mails = []
        for amount in ("5", "6"):
            fee = quoted(made, amount)
            assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=person("staff"), now=timezone.now()) is None
            mails.append(ThreadMail.objects.get(fee=fee))
        assert run_job("thread.send", mails[0].id) == "done"

        def lost(_self: ManualRequestChannel, _order: Any) -> None:
            raise DeliveryUnknown("mail.example", "the line broke")

        monkeypatch.setattr(ManualRequestChannel, "hand_over", lost)
        run_job("thread.send", mails[1].id)
    assert answering.settle(mails[1], arrived=True, actor=WRITER, now=timezone.now()) is None
    assert [each.state for each in ThreadMail.objects.all()] == ["sent", "sent"]
    assert verified(desk).ok, verified(desk).why
    tamper("UPDATE fees_threadmail SET what = 'our_answer' WHERE what = 'fee_accepted'", table="fees_threadmail")
    assert "A mail of ours on a thread says something else than its event about kind" in verified(desk).why
    tamper("UPDATE fees_threadmail SET state = 'queued', sent_at = NULL", table="fees_threadmail")
    assert "A mail of ours on a thread is gone" in verified(desk).why


def test_a_mail_that_is_only_said_to_have_left_is_named(desk: signer.Desk, w: World) -> None:
    assert ThreadMail.objects.filter(state="queued").exists()
    tamper("UPDATE fees_threadmail SET state = 'sent', sent_at = written_at", table="fees_threadmail")
    assert "A mail of ours on a thread stands in the database without an event that made it" in verified(desk).why


FEE, QUESTION, REPLY, NOTE = "fees_feequote", "fees_question", "fees_reply", "fees_succession"
GONE, OTHER = "is gone from the database", "says something else than its event about"


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (FEE, f"DELETE FROM {FEE} WHERE state = 'declined'", f"A fee of a utility {GONE}"),
        (FEE, f"UPDATE {FEE} SET amount = 4 WHERE amount = 5", f"A fee of a utility {OTHER} amount"),
        (FEE, f"UPDATE {FEE} SET state = 'accepted', payer = 'recipient' WHERE state = 'declined'", f"{OTHER} state"),
        (
            FEE,
            f"UPDATE {FEE} SET decided_by = 'one', payer = 'recipient' WHERE payer = 'customer'",
            f"{OTHER} payer",
        ),
        (FEE, f'UPDATE {FEE} SET "limit" = 99 WHERE amount = 35', f"{OTHER} limit"),
        (FEE, f"UPDATE {FEE} SET quoted_by = decider WHERE amount = 5", f"{OTHER} who wrote it"),
        (FEE, f"UPDATE {FEE} SET state = 'quoted' WHERE amount = 90", f"{OTHER} state"),
        (QUESTION, f"UPDATE {QUESTION} SET asks = 'call', fee_id = NULL", f"A question to a customer {OTHER}"),
        (REPLY, f"DELETE FROM {REPLY}", f"A customer's answer {GONE}"),
        (REPLY, f"UPDATE {REPLY} SET answer = 'no'", f"A customer's answer {OTHER} answer"),
        (NOTE, f"DELETE FROM {NOTE}", f"A note that a request took another's place {GONE}"),
    ],
)
def test_a_row_that_its_owner_deletes_or_changes_is_named(
    desk: signer.Desk, w: World, table: str, statement: str, said: str
) -> None:
    assert verified(desk).ok, verified(desk).why
    tamper(statement, table=table)
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert said in found.why, found.why
