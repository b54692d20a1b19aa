"""A customer on paper says yes to a fee by post or phone: two people see to it, and the database knows no other way."""

import io
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.packs.approval_words import told as in_words
from broker.parties.models import Role
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor, Refusal
from consents import electronic
from consents.models import PaperNotice
from consents.paper import posting
from requests_app.fees import asking, by_word, deciding, quoting
from requests_app.fees.by_word import Said
from requests_app.fees.lifecycle import Answer, Asks, FeeState, SaidBy
from requests_app.fees.models import FeeQuote, Question, Reply, ThreadMail, WrittenYes
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests import clock
from tests.integration.console_support import officer
from tests.integration.test_paper import jpeg
from tests.ladder_world import person
from tests.requests_world import ACTOR, World, coop, events, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")
Desk = tuple[World, Question, CoopMailbox]


@pytest.fixture
def desk(committing: str, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    """She deals on paper, and is asked whether she pays $35.00."""
    with coop(tmp_path, settings) as mailbox:
        w = world()
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "done"
        assert electronic.withdraw(w.customer, actor=Actor("c", w.customer.id), now=timezone.now())
        yield w, asked(manual), mailbox


def asked(manual: ManualRequest, amount: str = "35.00") -> Question:
    quoting.quote(manual, Decimal(amount), said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    question = asking.ask_customer(manual, Asks.FEE, "", actor=STAFF, now=timezone.now())
    assert isinstance(question, Question)
    return question


def test_the_page_says_how_a_customer_on_paper_says_yes(desk: Desk) -> None:
    _, question, _mailbox = desk
    page = officer(Role.STAFF).get(f"/admin/requests/{question.manual_id}/acts/").content.decode()
    assert "says yes herself, by post or phone" in page
    assert "on her page" not in page


def form(question: Question, **changes: Any) -> dict[str, Any]:
    scan = SimpleUploadedFile("letter.jpg", jpeg(), "image/jpeg")
    day = clock.today().isoformat()
    facts = {"about": str(question.id), "how": "post", "given_on": day, "amount": "35.00", "scan": scan, "words": ""}
    return {name: value for name, value in (facts | changes).items() if value is not ...}


def sent(client: Client, question: Question, **changes: Any) -> Any:
    return client.post(f"/admin/requests/{question.manual_id}/yes/", form(question, **changes))


def written(question: Question, how: SaidBy = SaidBy.POST) -> WrittenYes:
    said = Said(how, clock.today(), Decimal("35.00"), "I call her back at 10.", jpeg() if how == SaidBy.POST else b"")
    made = by_word.write(question, said, actor=person("staff"), now=timezone.now())
    assert isinstance(made, WrittenYes)
    return made


def test_her_letter_names_the_amount_and_where_she_says_yes(desk: Desk) -> None:
    _, question, _ = desk
    assert run_job("question.told", question.id) == "done"
    notice = PaperNotice.objects.get(template="request_question")
    with pdfplumber.open(io.BytesIO(posting.opened(notice, actor=STAFF))) as found:
        text = " ".join(" ".join(page.extract_text() for page in found.pages).split())
    for said in ("It asks for a fee of $35.00", "Yes, I pay the fee of $35.00", "Date and signature"):
        assert said in text
    assert "Open your page" not in text
    page = officer(Role.STAFF).get("/admin/paper/").content.decode()
    assert "Question of the co-op to her" in page


def test_one_writes_her_signed_yes_down_and_an_operator_compares_it(desk: Desk) -> None:
    w, question, mailbox = desk
    staff, operator = officer(Role.STAFF), officer(Role.OPERATOR)
    page = staff.get(f"/admin/requests/{question.manual_id}/acts/").content.decode()
    assert "She says yes by post or phone" in page
    assert sent(staff, question).status_code == 302
    entry = WrittenYes.objects.get()
    assert FeeQuote.objects.get().state == "quoted"  # one person alone charges nobody
    assert sent(staff, question).status_code == 302  # and writes it down once
    assert WrittenYes.objects.count() == 1
    place = f"/admin/yes/{entry.id}/"
    assert "another person decides" in staff.get(place).content.decode()
    staff.post(place, {"decision": "approve"})
    assert FeeQuote.objects.get().state == "quoted"
    seen = operator.get(place).content.decode()
    assert "$35.00" in seen
    assert "Her letter says this, and is signed" in seen
    assert operator.post(f"{place}scan/").content == jpeg()
    assert operator.post(place, {"decision": "approve"}).status_code == 302
    fee, reply = FeeQuote.objects.get(), Reply.objects.get()
    assert (fee.state, fee.decided_by, fee.payer, fee.decider) == ("accepted", "customer", "customer", w.customer.id)
    assert (reply.how, reply.entered_by) == ("post", entry.written_by)
    assert Approval.objects.get(id=entry.approval).state == "executed"
    assert len(events("fee.yes_written")) == len(events("fee.accepted")) == 1
    assert run_job("thread.send", ThreadMail.objects.get().id) == "done"
    mail = mailbox.mails.message(max(mailbox.mails.numbers()))
    assert "The member agreed to pay it" in mail.get_body(("plain",)).get_content()
    assert run_job("fee.told", fee.id) == "done"
    assert PaperNotice.objects.filter(template="fee_accepted").count() == 1


def test_a_yes_by_phone_is_heard_by_two(desk: Desk) -> None:
    _, question, _ = desk
    entry, operator = written(question, SaidBy.PHONE), officer(Role.OPERATOR)
    assert f"/admin/yes/{entry.id}/" in operator.get("/admin/paper/").content.decode()
    seen = operator.get(f"/admin/yes/{entry.id}/").content.decode()
    for said in ("Call her back", "I call her back at 10.", "I called her back, and she says this"):
        assert said in seen
    assert operator.post(f"/admin/yes/{entry.id}/scan/").status_code == 404
    operator.post(f"/admin/yes/{entry.id}/", {"decision": "approve"})
    assert FeeQuote.objects.get().payer == "customer"


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "36.00"},
        {"amount": ""},
        {"scan": ...},
        {"given_on": (clock.today() + timedelta(days=2)).isoformat()},
        {"given_on": (clock.today() - timedelta(days=1)).isoformat()},
        {"how": "page"},
    ],
)
def test_what_is_not_her_yes_to_this_fee_is_not_written_down(desk: Desk, wrong: dict[str, Any]) -> None:
    _, question, _ = desk
    assert sent(officer(Role.STAFF), question, **wrong).status_code == 422
    assert not WrittenYes.objects.exists()


def test_a_scan_that_is_none_and_an_older_page_are_not_taken(desk: Desk) -> None:
    _, question, _ = desk
    staff = officer(Role.STAFF)
    sent(staff, question, scan=SimpleUploadedFile("letter.jpg", b"MZ no picture", "image/jpeg"))
    assert sent(staff, question, about=str(uuid.uuid4())).status_code == 409
    assert not WrittenYes.objects.exists()


def test_who_has_a_page_says_yes_there(desk: Desk) -> None:
    w, question, _ = desk
    with transaction.atomic():
        ref = log.append("electronic.agreed", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        assert electronic.agree_again(w.customer, ref=ref, now=timezone.now())
    staff = officer(Role.STAFF)
    assert (
        "She says yes by post or phone" not in staff.get(f"/admin/requests/{question.manual_id}/acts/").content.decode()
    )
    assert sent(staff, question).status_code == 302
    assert not WrittenYes.objects.exists()


def test_what_an_operator_does_not_find_in_it_is_not_taken_and_may_be_written_anew(desk: Desk) -> None:
    _, question, _ = desk
    first = written(question)
    officer(Role.OPERATOR).post(f"/admin/yes/{first.id}/", {"decision": "refuse"})
    assert (FeeQuote.objects.get().state, Approval.objects.get().state) == ("quoted", "refused")
    second = written(question)
    by_word.approve(second, actor=person("operator"), now=timezone.now())
    assert FeeQuote.objects.get().payer == "customer"


def test_another_amount_meanwhile_makes_it_nobodys_yes(desk: Desk) -> None:
    _, question, _ = desk
    entry = written(question)
    quoting.quote(question.manual, Decimal("60.00"), said_by=SaidBy.PHONE, actor=STAFF, now=timezone.now())
    with pytest.raises(decide.NotAllowed):
        by_word.approve(entry, actor=person("operator"), now=timezone.now())
    assert set(FeeQuote.objects.values_list("state", flat=True)) == {"replaced", "quoted"}
    assert isinstance(
        by_word.write(question, Said(SaidBy.PHONE, clock.today(), Decimal("35.00")), actor=STAFF, now=timezone.now()),
        Refusal,
    )


def test_whoever_wrote_it_down_does_not_decide_whatever_the_role(desk: Desk) -> None:
    _, question, _ = desk
    operator = person("operator")
    said = Said(SaidBy.PHONE, clock.today(), Decimal("35.00"))
    entry = by_word.write(question, said, actor=operator, now=timezone.now())
    assert isinstance(entry, WrittenYes)
    with pytest.raises(decide.NotAllowed, match="same_person"):
        by_word.approve(entry, actor=operator, now=timezone.now())


def her_page(question: Question, answer: Answer) -> None:
    customer = question.manual.request.customer
    assert customer is not None
    assert asking.reply(question, answer, "", customer=customer, now=timezone.now()) is None


def two_accept(question: Question, _answer: Answer) -> None:
    assert question.fee is not None
    asked = deciding.ask_second(
        question.fee, FeeState.ACCEPTED, requester=person("staff"), reason="Ten bills.", now=timezone.now()
    )
    decide.approve(asked.id, approver=person("officer"), now=timezone.now())


@pytest.mark.parametrize(
    ("first", "answer", "payer"),
    [(her_page, Answer.YES, "customer"), (her_page, Answer.NO, ""), (two_accept, Answer.YES, "recipient")],
)
def test_what_is_decided_meanwhile_overtakes_it(desk: Desk, first: Any, answer: Answer, payer: str) -> None:
    _, question, _ = desk
    entry = written(question)
    approval = Approval.objects.get(id=entry.approval)
    assert "take the customer's own yes to the fee of $35.00" in in_words(approval).about_to
    first(question, answer)
    approval.refresh_from_db()
    assert (approval.state, FeeQuote.objects.get().payer) == ("withdrawn", payer)
    with pytest.raises(decide.NotAllowed):
        by_word.approve(entry, actor=person("operator"), now=timezone.now())
    page = officer(Role.OPERATOR).get(f"/admin/yes/{entry.id}/").content.decode()
    assert "It is decided, or over" in page


def refused(question: Question, how: str, entered_by: uuid.UUID) -> bool:
    """Say whether the database takes no yes of hers that came so and that nobody else compared; nothing stays."""
    customer, made = question.manual.request.customer_id, uuid.uuid4()
    assert customer is not None
    try:
        with transaction.atomic():
            ref = log.append("fee.accepted", actor=ACTOR, subject=customer, body={})
            Reply.objects.create(
                id=made,
                question=question,
                answer="yes",
                words=vault.seal("", subject=customer, place=vault.Place("fees_reply", "words", made)),
                how=how,
                entered_by=entered_by,
                at=timezone.now(),
                audit_event_id=ref.id,
            )
            FeeQuote.objects.filter(id=question.fee_id).update(
                state="accepted",
                decided_by="customer",
                payer="customer",
                decider=customer,
                decided_at=timezone.now(),
                audit_event_id=ref.id,
            )
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "paid by a customer on her own yes" in str(error)
    return False


def test_the_database_takes_her_yes_by_post_from_two_people_alone(desk: Desk) -> None:
    _, question, _ = desk
    assert refused(question, "post", ACTOR.id)
    entry = written(question)
    assert refused(question, "post", entry.written_by)  # it was asked for, and nobody compared it
    with pytest.raises(DatabaseError, match=r"evidence|permission denied"), transaction.atomic():
        WrittenYes.objects.filter(id=entry.id).update(amount=Decimal("1.00"))
    by_word.refuse(entry, actor=person("operator"), now=timezone.now())
    assert refused(question, "post", entry.written_by)
    again = written(question)
    assert refused(question, "phone", again.written_by)
    by_word.approve(again, actor=person("operator"), now=timezone.now())
    assert FeeQuote.objects.get().state == "accepted"


def test_a_letter_without_its_scan_is_none_in_the_database(desk: Desk) -> None:
    _, question, _ = desk
    customer, made = question.manual.request.customer_id, uuid.uuid4()
    assert customer is not None
    words = vault.seal("", subject=customer, place=vault.Place("fees_writtenyes", "words", made))
    facts: dict[str, Any] = {"question": question, "amount": 35, "how": "post", "given_on": clock.today()}
    facts |= {"approval": uuid.uuid4(), "written_by": ACTOR.id, "written_at": timezone.now(), "words": words}
    with transaction.atomic():
        ref = log.append("fee.yes_written", actor=ACTOR, subject=customer, body={})
        with pytest.raises(DatabaseError, match="a_written_yes_has_its_scan"):
            WrittenYes.objects.create(id=made, **facts, audit_event_id=ref.id)
        transaction.set_rollback(True)


def test_the_question_waits_for_her_until_then(desk: Desk) -> None:
    _, question, _ = desk
    written(question)
    assert ManualRequest.objects.get(id=question.manual_id).state == ManualState.WAITING_ON_CUSTOMER
