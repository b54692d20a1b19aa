"""One mail for several members of one recipient: each keeps her part, and nothing of hers lies under another's key."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel, tokens_in
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.terms import Actor
from broker.transport import Delivery, DeliveryUnknown, TemporaryRefusal
from broker.vault import Destroyed
from consents import actions
from requests_app import resending, sending, worklist_marks
from requests_app.desk import bundles, mail
from requests_app.desk.models import MailPart
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.receive import HOLDING
from tests.integration.holds_support import approve, ask, keep
from tests.integration.test_receive import dsn, take
from tests.requests_world import LETTER, coop, events, run_job
from tests.scenarios.coops import both_coops
from tests.shared_world import HER_LETTER, OTHERS, RECORDS, Two, evidence, kept, named, sent, two

__all__ = ["both_coops"]

WAITING = ManualState.WAITING_ON_UTILITY


@pytest.fixture
def mailbox(both_coops: None, committing: str, tmp_path: Path, settings: Any) -> Iterator[Any]:
    with coop(tmp_path, settings) as one:
        yield one


def strange_to(one: tuple[Any, list[ManualRequest], Any], other: tuple[Any, list[ManualRequest], Any]) -> list[str]:
    """Give what must not stand under somebody's key: another one's numbers, ending, letter and its hash."""
    _, rows, consent = other
    account = consent.accounts.get()
    data = HER_LETTER if account.last_four == OTHERS[-4:] else LETTER
    return [*(each.number for each in rows), account.last_four, consent.letter.number, hashlib.sha256(data).hexdigest()]


def test_the_mail_has_one_schedule_and_each_members_letter_once(mailbox: Any) -> None:
    both = sent(mailbox)
    got = mailbox.mails.message(1)
    numbers = [each.number for each in both.rows]
    assert str(got["Subject"]) == f"Data access requests {', '.join(numbers)} — member authorization enclosed"
    assert str(got["Message-ID"]) == both.hers[0].message_id
    assert tokens_in(str(got["References"])) == [both.hers[1].thread_token, both.his[0].thread_token]
    letters = [both.world.consent.letter.number, both.consent.letter.number]
    attached = {each.get_filename(): each.get_content() for each in got.iter_attachments()}
    assert attached == {f"{letters[0]}.pdf": LETTER, f"{letters[1]}.pdf": HER_LETTER}
    text = got.get_body(("plain",)).get_content()
    assert "Several of your members (2) gave permission" in text
    rows = [line for line in text.splitlines() if line.startswith("| LOA-")]
    assert [line.split(" | ")[:3] for line in rows] == [
        [f"| {letters[0]}", numbers[0], "0017"],
        [f"| {letters[0]}", numbers[1], "0017"],
        [f"| {letters[1]}", numbers[2], "0042"],
    ]
    for secret in ("Pat", "Lee", "40900017", OTHERS):
        assert secret not in text
    assert both.states() == [WAITING] * 3
    assert len(events("letter.read")) == 2  # each under its own customer
    assert len(events("request.sent")) == 3


def test_each_keeps_her_part_alone_under_her_own_key(mailbox: Any) -> None:
    both = sent(mailbox)
    whole = hashlib.sha256(mailbox.mails.raw(1)).hexdigest()
    parts = {each.message.manual_id: each for each in MailPart.objects.select_related("message")}
    assert {bytes(each.mail_sha256).hex() for each in parts.values()} == {whole}
    assert {each.carrier_id for each in parts.values()} == {both.hers[0].id}
    people = both.people
    for one, other in (people, people[::-1]):
        subject, rows, consent = one
        message = parts[rows[0].id].message
        text = kept(message, subject)
        assert hashlib.sha256(text.encode()).digest() == bytes(message.sha256)
        for own in (*(each.number for each in rows), consent.letter.number, consent.accounts.get().last_four, whole):
            assert own in text
        everything = evidence(subject, rows)
        assert whole in everything
        assert named(everything, *strange_to(one, other)) == []
        assert named(everything, *strange_to(other, one)) != []  # what is looked for is found where it belongs
        for row in rows:  # what staff see on the thread of each is her part
            assert [line.message.id for line in worklist_marks.thread(row)] == [message.id]
    assert Message.objects.filter(direction="out").count() == 2


def test_one_key_destroyed_leaves_the_others_evidence_whole(mailbox: Any) -> None:
    both = sent(mailbox)
    _, (his, rows, _) = both.people
    gone = MailPart.objects.get(message__manual=rows[0]).message
    approve(ask(his))
    keep()
    log.reset()
    with pytest.raises(Destroyed):
        kept(gone, his)
    hers = evidence(both.world.customer.id, both.hers)
    assert hashlib.sha256(mailbox.mails.raw(1)).hexdigest() in hers
    assert named(hers, *strange_to(*both.people)) == []


def test_a_profile_that_says_customer_keeps_them_apart(mailbox: Any) -> None:
    both = two(mailbox, "obec")
    for each in both.rows:
        run_job("manual.send", each.id)
    assert both.mails() == 2
    assert not MailPart.objects.exists()
    with pytest.raises(ValueError, match="letters of one customer"):
        mail.written(both.rows)


def test_a_mail_takes_no_more_letters_than_mail_servers_take(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MOST_BYTES", len(LETTER) + len(HER_LETTER) - 1)
    both = two(mailbox)
    for each in both.rows:
        run_job("manual.send", each.id)
    assert both.mails() == 2
    assert both.states() == [WAITING] * 3
    assert {each.id for each in bundles.all_in(both.hers[0])} == {each.id for each in both.hers}


def revoke(both: Two, *, his: bool) -> None:
    consent, customer = (both.consent, both.customer) if his else (both.world.consent, both.world.customer.id)
    actions.revoke(consent, actor=Actor("c", customer), how="dashboard", now=timezone.now())


@pytest.mark.parametrize("his", [True, False])
def test_what_one_stopped_while_it_was_written_is_written_anew_without_him(
    mailbox: Any, monkeypatch: pytest.MonkeyPatch, his: bool
) -> None:
    write, both = sending.written, two(mailbox)

    def meanwhile(manuals: list[ManualRequest]) -> Any:
        monkeypatch.setattr(sending, "written", write)
        mailing = write(manuals)
        revoke(both, his=his)
        return mailing

    monkeypatch.setattr(sending, "written", meanwhile)
    run_job("manual.send", both.hers[0].id)
    assert both.mails() == 0
    assert not MailPart.objects.exists()
    for each in both.rows:
        run_job("manual.send", each.id, now=timezone.now())
    assert both.mails() == 1
    stays = both.hers if his else both.his
    text = mailbox.mails.message(1).get_body(("plain",)).get_content()
    for row in both.rows:
        assert (row.number in text) is (row in stays)
    assert len(list(mailbox.mails.message(1).iter_attachments())) == 1


def test_a_stop_while_it_is_on_its_way_calls_back_hers_alone(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    both, hand_over = two(mailbox), ManualRequestChannel.hand_over

    def meanwhile(channel: ManualRequestChannel, order: Any) -> Delivery:
        revoke(both, his=True)
        assert run_job("manual.withdraw", both.his[0].id) != "done"  # the letter's own job is not over
        return hand_over(channel, order)

    with monkeypatch.context() as here:
        here.setattr(ManualRequestChannel, "hand_over", meanwhile)
        run_job("manual.send", both.hers[0].id)
    assert both.states() == [WAITING, WAITING, ManualState.WITHDRAWN]
    job = Job.objects.get(kind="manual.withdraw")
    assert job.subject_id == both.his[0].id
    assert run_job("manual.withdraw", both.his[0].id, now=job.due_at) == "done"
    assert both.mails() == 2
    back = mailbox.mails.message(2)
    assert str(back["In-Reply-To"]) == both.hers[0].message_id
    words = f"{back['Subject']} {back.get_body(('plain',)).get_content()}"
    assert both.his[0].number in words
    assert not any(each.number in words for each in both.hers)
    assert both.states() == [WAITING, WAITING, ManualState.WITHDRAWN]
    assert str(Message.objects.get(kind="withdrawal").manual_id) == str(both.his[0].id)


@pytest.mark.parametrize(("action", "state"), [("delivered", WAITING), ("failed", ManualState.NOT_DELIVERED)])
def test_s36_a_report_is_noted_on_each_thread_and_lies_whole_under_nobodys_key(
    mailbox: Any, monkeypatch: pytest.MonkeyPatch, action: str, state: str
) -> None:
    monkeypatch.setattr(
        ManualRequestChannel, "hand_over", lambda _self, _order: Delivery("accepted_by_relay", "relay", "250 ok")
    )
    both = two(mailbox)
    run_job("manual.send", both.hers[0].id)
    assert both.states() == [ManualState.DELIVERY_UNPROVEN] * 3
    report = dsn(both.hers[0], recipient=RECORDS, action=action)
    report += "\r\n".join(each.number for each in both.rows).encode()  # it may quote all of ours
    taken = take(report, both.his[0])
    assert taken.kind == ("delivered" if action == "delivered" else "bounce")
    assert both.states() == [state] * 3
    raw = Message.objects.get(id=taken.message)
    assert (raw.manual_id, raw.kind) == (None, "shared")
    assert kept(raw, HOLDING)
    people = both.people
    for one, other in (people, people[::-1]):
        note = Message.objects.get(direction="in", manual=one[1][0])
        assert note.kind == taken.kind
        assert str(raw.id) in kept(note, one[0])
        everything = evidence(one[0], one[1])
        assert named(everything, *strange_to(one, other)) == []
    if action == "failed":
        assert Notice.objects.filter(key__startswith="staff:bounced").count() == 3
        assert all(resending.may_resend(ManualRequest.objects.get(id=each.id)) for each in both.rows)
    assert take(report, both.his[0]).kind == "duplicate"


def test_a_report_proves_the_rest_of_a_mail_whose_first_request_was_stopped(
    mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ManualRequestChannel, "hand_over", lambda _self, _order: Delivery("accepted_by_relay", "relay", "250 ok")
    )
    both = two(mailbox)
    run_job("manual.send", both.hers[0].id)
    revoke(both, his=False)
    assert take(dsn(both.hers[0], recipient=RECORDS), both.hers[0]).kind == "delivered"
    assert both.states() == [ManualState.WITHDRAWN, ManualState.WITHDRAWN, WAITING]


def test_a_report_about_ones_own_later_mail_is_hers_alone(mailbox: Any) -> None:
    both = sent(mailbox)
    revoke(both, his=True)
    assert run_job("manual.withdraw", both.his[0].id) == "done"
    his = ManualRequest.objects.get(id=both.his[0].id)
    report = dsn(his, message_id=his.withdrawal_id, recipient=RECORDS, action="failed")
    taken = take(report, his)
    assert taken.kind == "report"
    row = Message.objects.get(id=taken.message)
    assert row.manual_id == his.id
    assert kept(row, both.customer)
    assert not Message.objects.filter(direction="in", manual__in=both.hers).exists()


def test_s66_what_may_have_left_is_left_to_a_person_for_each(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_self: object, _order: object) -> None:
        raise DeliveryUnknown("mail.example", "lost after DATA")

    both = two(mailbox)
    with monkeypatch.context() as here:
        here.setattr(ManualRequestChannel, "hand_over", lost)
        run_job("manual.send", both.hers[0].id)
    assert both.states() == [ManualState.DELIVERY_UNKNOWN] * 3
    for each in both.rows[1:]:
        assert run_job("manual.send", each.id) == "done"
    assert Notice.objects.filter(key__startswith="staff:delivery-unknown").count() == 3
    assert both.mails() == 0
    his = ManualRequest.objects.get(id=both.his[0].id)
    assert resending.resend(his, actor=Actor("s", both.customer, role="staff")) is None
    assert run_job("manual.send", his.id) == "done"  # his alone, under his own Message-ID, kept whole under his key
    assert str(mailbox.mails.message(1)["Message-ID"]) == his.message_id
    assert both.states() == [ManualState.DELIVERY_UNKNOWN, ManualState.DELIVERY_UNKNOWN, WAITING]
    assert [each.id for each in bundles.all_in(his)] == [his.id]
    assert {each.id for each in bundles.all_in(both.hers[0])} == {each.id for each in both.hers}


def test_what_nothing_left_of_goes_out_again_in_one_mail(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def later(_self: object, _order: object) -> None:
        raise TemporaryRefusal("mail.example", "451 later")

    both = two(mailbox)
    with monkeypatch.context() as here:
        here.setattr(ManualRequestChannel, "hand_over", later)
        run_job("manual.send", both.hers[0].id)
    assert both.states() == [ManualState.QUEUED] * 3
    for each in both.rows:
        job = Job.objects.filter(kind="manual.send", subject_id=each.id).order_by("-created_at")[0]
        run_job("manual.send", each.id, now=job.due_at)
    assert both.mails() == 1
    assert both.states() == [WAITING] * 3


def test_the_database_keeps_the_parts_of_a_mail(mailbox: Any) -> None:
    both = sent(mailbox)
    part = MailPart.objects.get(message__manual=both.his[0])
    with pytest.raises(Error), transaction.atomic():
        MailPart.objects.filter(message=part.message_id).update(carrier=both.his[0])
    with pytest.raises(Error), transaction.atomic():
        MailPart.objects.filter(message=part.message_id).delete()
    assert not vault.is_destroyed(part.message.raw)
