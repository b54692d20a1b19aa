"""One mail for several requests: what is reported of it is about all, and one answer can be attached to several."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import timezone

from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.terms import Actor, Refusal
from broker.transport import Delivery, DeliveryUnknown
from consents import actions
from consents.stopping.models import StopAlert, StopTarget
from requests_app import choosing, quarantine, splitting
from requests_app.desk.models import AlsoAttached
from requests_app.desk.several import also_answered
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from requests_app.splitting import Share
from tests.integration.mail_support import signed_in
from tests.integration.test_receive import dsn, take
from tests.requests_world import ACTOR, RECEIVER, World, coop, events, grant, reply, run_job, world


def asked(w: World, number: int) -> list[ManualRequest]:
    return [w.manual(utility="obec", channel="manual_request") for _ in range(number)]


def states(rows: list[ManualRequest]) -> list[str]:
    return [ManualRequest.objects.get(id=each.id).state for each in rows]


@pytest.fixture
def sent(committing: str, tmp_path: Path, settings: Any) -> list[ManualRequest]:
    """Two requests that went out in one mail, and arrived."""
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with coop(tmp_path, settings):
        rows = asked(world(), 2)
        assert run_job("manual.send", rows[0].id) == "done"
    return rows


def answer_to(rows: list[ManualRequest]) -> Message:
    """Give the held answer to the mail of these: the token of each stands in its References."""
    raw = reply(rows[0])
    for each in rows[1:]:
        raw = raw.replace(b"In-Reply-To:", f"References: {each.message_id}\r\nIn-Reply-To:".encode(), 1)
    to = [f"r.{rows[0].thread_token}@localhost"]
    found = receive(raw, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now())
    assert found.kind == "held"
    return Message.objects.get(id=found.message)


@pytest.mark.parametrize(
    ("action", "state"), [("delivered", ManualState.WAITING_ON_UTILITY), ("failed", ManualState.NOT_DELIVERED)]
)
def test_s36_a_report_is_about_every_request_in_the_mail(
    committing: str, monkeypatch: pytest.MonkeyPatch, action: str, state: ManualState
) -> None:
    taken = Delivery("accepted_by_relay", "relay", "250 ok")
    monkeypatch.setattr(ManualRequestChannel, "hand_over", lambda _self, _order: taken)
    rows = asked(world(), 3)
    run_job("manual.send", rows[0].id)
    assert states(rows) == [ManualState.DELIVERY_UNPROVEN] * 3
    take(dsn(rows[0], recipient="billing@coop.example", action=action))
    assert states(rows) == [state] * 3
    due = {ManualRequest.objects.get(id=each.id).due for each in rows}
    assert (None in due) is (action == "failed")


def test_s42_one_answer_is_attached_to_several_requests_and_its_files_are_kept_once(
    sent: list[ManualRequest], settings: Any
) -> None:
    held = answer_to(sent)
    person, path = signed_in(), f"/admin/held/{held.id}/"
    page = person.post(path).content.decode()
    assert all(f"Also {each.number}" in page for each in sent)
    first, second = sent
    form = {"choice": "attach", "number": first.number, "also": [second.number, first.number]}
    assert person.post(f"{path}choose/", form).status_code == 302
    assert states(sent) == [ManualState.ANSWERED] * 2
    (file,) = ReceivedFile.objects.all()
    assert file.message is not None
    assert file.message.manual_id == first.id
    assert [each.id for each in also_answered(file.message)] == [second.id]
    assert len(events("mail.matched")) == 2
    note = AlsoAttached.objects.get().attached
    assert (note.manual_id, note.kind) == (second.id, "answer")
    assert quarantine.against(file) is not None


def test_one_stop_sends_one_withdrawal_for_all_requests_of_a_mail(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        w = world()
        rows = asked(w, 3)
        run_job("manual.send", rows[0].id)
        before = len(mailbox.mails.numbers())
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
        for each in reversed(rows):  # whichever job comes first
            assert run_job("manual.withdraw", each.id) == "done"
        assert len(mailbox.mails.numbers()) == before + 1
        mail = mailbox.mails.message(mailbox.mails.numbers()[-1])
    assert mail["In-Reply-To"] == rows[0].message_id
    assert all(each.number in mail["Subject"] for each in rows)
    assert [ManualRequest.objects.get(id=each.id).withdrawal for each in rows] == ["sent"] * 3
    assert {row.code for row in StopTarget.objects.filter(kind="utility_request")} == {"withdrawn"}
    assert len(events("request.withdrawn")) == 3


def test_a_withdrawal_that_may_have_left_is_left_to_a_person_for_all_its_requests(
    committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_self: object, _order: object) -> None:
        raise DeliveryUnknown("mail.example", "lost after DATA")

    with coop(tmp_path, settings):
        w = world()
        rows = asked(w, 2)
        run_job("manual.send", rows[0].id)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    monkeypatch.setattr(ManualRequestChannel, "hand_over", lost)
    run_job("manual.withdraw", rows[0].id)
    assert run_job("manual.withdraw", rows[1].id) == "done"  # the other one's own job says nothing meanwhile
    assert not StopAlert.objects.exists()
    run_job("manual.withdraw", rows[0].id, now=timezone.now() + timedelta(days=1))
    assert StopAlert.objects.filter(why="unknown").count() == 2


def of_a_neighbour(w: World) -> ManualRequest:
    """Give a request of the same recipient about another customer."""
    now, customer_id = timezone.now(), uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "lee@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts("40900042", "Lee Member", "3 Example Road")
        account = ensure_account(customer, "obec", facts, ref=ref, now=now)
        grant(customer, w.organisation, [account], ref=ref, now=now)
    return w.manual(accounts=["40900042"], utility="obec", channel="manual_request")


def test_two_customers_share_neither_a_mail_nor_an_answer(committing: str, tmp_path: Path, settings: Any) -> None:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    w = world()
    with coop(tmp_path, settings) as mailbox:
        rows = [*asked(w, 1), of_a_neighbour(w)]
        assert [run_job("manual.send", each.id) for each in rows] == ["done"] * 2
        assert len(mailbox.mails.numbers()) == 2
        assert [len(list(mailbox.mails.message(each).iter_attachments())) for each in (1, 2)] == [1, 1]
    held, numbers = answer_to(rows), [each.number for each in rows]
    for wrong, code in ((numbers, "ask.invalid"), ([numbers[0], "R-999"], "not_found"), (numbers[1:], "ask.invalid")):
        refused = choosing.attach_all(held, wrong, actor=ACTOR, now=timezone.now())
        assert isinstance(refused, Refusal)
        assert refused.code == code
    assert not AlsoAttached.objects.exists()
    # It carries the threads of both: whole it is copied to neither, and a person divides it.
    (note,) = splitting.divide(held, [Share(numbers[1], (), "A word.")], actor=ACTOR, now=timezone.now())
    assert isinstance(note, Message)
    assert note.manual_id == rows[1].id


def test_the_database_keeps_what_was_enclosed_and_attached(sent: list[ManualRequest]) -> None:
    held = answer_to(sent)
    numbers = [each.number for each in sent]
    assert isinstance(choosing.attach_all(held, numbers, actor=ACTOR, now=timezone.now()), Message)
    for row in (AlsoAttached.objects.get(), sent[1].enclosed_in.get()):
        with pytest.raises(Error), transaction.atomic():
            type(row).objects.filter(id=row.id).update(manual=sent[0])
        with pytest.raises(Error), transaction.atomic():
            type(row).objects.filter(id=row.id).delete()
