"""Another member's papers never reach a recipient: not by one slip of the desk, nor by one person of it alone."""

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.rehearsal import paper
from broker.terms import Actor
from requests_app.completeness import surplus
from requests_app.completeness.models import SurplusMail
from requests_app.inbound.models import MailChoice
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, world

ANNA = "51110017"
DAYS = {"decision": "accept", "data_type": "bill", "first_day": "2025-10-01", "last_day": "2025-10-20"}


@pytest.fixture(params=["sqlite_db", "postgresql_db"])
def w(request: Any, tmp_path: Path, settings: Any) -> Iterator[World]:
    request.getfixturevalue(request.param)
    with coop(tmp_path, settings):
        yield world(data_types=["bill", "usage_daily"])


def person(role: Role, name: str = "one") -> User:
    return User.objects.filter(username=f"{name}-{role}").first() or create_user(
        f"{name}-{role}", f"A person, {name}-{role}", role, password=None, actor=ACTOR
    )


def signed_in(role: Role, name: str = "one") -> Client:
    client = Client()
    client.force_login(person(role, name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def waiting(w: World) -> ManualRequest:
    manual = w.manual(data_types=["bill"])
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def strangers_mail(*files: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "stranger@evil.example", "desk@broker.example", "usage"
    mail["Message-ID"] = "<stranger@evil.example>"
    mail.set_content("see attached")
    for number, data in enumerate(files):
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return mail.as_bytes()


def attached(manual: ManualRequest, *files: bytes) -> list[ReceivedFile]:
    taken = receive(strangers_mail(*files), envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
    assert taken.kind == "held"
    signed_in(Role.STAFF).post(f"/admin/held/{taken.message}/choose/", {"choice": "attach", "number": manual.number})
    found = list(ReceivedFile.objects.order_by("received_at", "id"))
    assert len(found) == len(files)
    return found


def test_a_held_mail_that_is_attached_to_nothing_asks_which_request_and_stays_open(w: World) -> None:
    manual = waiting(w)
    taken = receive(strangers_mail(b"%PDF-1.7"), envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
    answer = signed_in(Role.STAFF).post(f"/admin/held/{taken.message}/choose/", {"choice": "attach"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose a request, or write its number." in page
    assert "Where it belongs" in page
    assert not MailChoice.objects.filter(message=taken.message).exists()
    assert not ReceivedFile.objects.filter(message__manual=manual).exists()


def from_the_coop(manual: ManualRequest, *files: bytes) -> list[ReceivedFile]:
    mail = message_from_bytes(reply(manual, csv=False), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for number, data in enumerate(files):
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    to = [f"r.{manual.thread_token}@localhost"]
    assert receive(mail.as_bytes(), envelope_from="", envelope_to=to, now=timezone.now()).kind == "answer"
    return list(ReceivedFile.objects.order_by("received_at", "id"))


def accept(file: ReceivedFile, name: str = "one", **more: str) -> str:
    client = signed_in(Role.STAFF, name)
    answer = client.post(f"/admin/files/{file.id}/", {**DAYS, **more})
    assert answer.status_code == 302
    file.refresh_from_db()
    return client.get(answer["Location"]).content.decode()


def bill(account: str, name: str = "PAT MEMBER") -> bytes:
    return paper.bill(account=account, name=name, address="2 Example Road")


@pytest.mark.parametrize("where", ["", "choose/"])
def test_an_address_of_a_held_mail_opens_nothing_by_itself_and_says_how(w: World, where: str) -> None:
    receive(b"From: x@else.example\r\n\r\nA word", envelope_from="", envelope_to=["x@localhost"], now=timezone.now())
    held, before = Message.objects.get(kind="held"), len(events("mail.read"))
    page = signed_in(Role.STAFF).get(f"/admin/held/{held.id}/{where}", follow=True)
    assert page.redirect_chain == [("/admin/", 302)]
    assert "Open it from the list below" in page.content.decode()
    assert len(events("mail.read")) == before


def test_a_strangers_paper_of_another_account_is_accepted_by_nobody(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(surplus, "tell_staff", lambda _what, detail, **_more: told.append(detail))
    files = attached(waiting(w), bill(ANNA, "ANNA ALPHA"), paper.usage_report(account=ANNA, rows=[("2025-10-19", "4")]))
    for file in files:
        page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
        assert "The mail that brought it was held" in page
        assert "It carries the token of no request of ours." in page
        assert "another one" not in page  # the look that finds it shows nothing of it
        assert "ending 0017" not in page
        assert ANNA not in page
        assert "file.other_account" in page
        assert 'value="accept"' not in page
        assert "so no mail tells the co-op of it. Call the co-op at the number that we know" in page
        assert "It stays sealed" in accept(file, by_eye="on")
        assert (file.state, file.verdict) == ("quarantined", "file.other_account")
    assert not Approval.objects.exists()
    assert len(events("data.withheld")) == 2
    assert not SurplusMail.objects.exists()
    assert [each.endswith("and say nothing of what is in it.") for each in told] == [True, True]


def test_an_answer_of_the_co_op_with_another_members_bill_stays_sealed_too(w: World) -> None:
    (file,) = from_the_coop(waiting(w), bill(ANNA))
    assert "It stays sealed" in accept(file, by_eye="on")
    assert file.verdict == "file.other_account"


def test_a_bill_of_her_own_account_is_accepted_by_one_person_where_its_sender_is_proven(w: World) -> None:
    (file,) = from_the_coop(waiting(w), bill(ACCOUNT))
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    assert "stands on it" in page
    assert "I looked at every page" not in page
    accept(file)
    assert file.state == "accepted"


def test_a_bill_with_an_account_that_we_know_of_somebody_else_beside_hers_stays_sealed(w: World) -> None:
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        anna = ensure_customer(ACTOR.id, "anna@member.example", language="en", ref=ref, now=timezone.now())
        facts = AccountFacts(ANNA, "Anna Alpha", "5 Alpha Road")
        ensure_account(anna, w.consent.utility, facts, ref=ref, now=timezone.now())
    (file,) = from_the_coop(waiting(w), paper.pdf([[f"Account number: {ACCOUNT}", f"Meter 7, {ANNA}, read"]]))
    assert "It stays sealed" in accept(file)
    assert file.verdict == "file.other_account"


def test_a_paper_in_which_no_account_can_be_read_takes_a_persons_word_that_is_logged(w: World) -> None:
    (file,) = from_the_coop(waiting(w), paper.pdf([["A letter without a number"]]))
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    assert "none that can be read" in page
    assert "I looked at every page" in page
    unseen = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", DAYS)
    assert unseen.status_code == 422
    assert "file.account_unread" in unseen.content.decode()
    file.refresh_from_db()
    assert file.state == "quarantined"
    accept(file, by_eye="on")
    assert file.state == "accepted"


def test_a_file_of_a_held_mail_is_accepted_only_after_a_second_person_agreed(w: World) -> None:
    (file,) = attached(waiting(w), bill(ACCOUNT))
    assert "until an officer or approver agrees" in accept(file)
    assert file.state == "quarantined"
    asked = Approval.objects.get()
    assert (asked.act, asked.about, asked.params["account_ending"]) == ("file.accept_held", file.id, ACCOUNT[-4:])
    assert "file.second_waits" in accept(file, "two")  # another member of staff is not the second person
    page = signed_in(Role.OFFICER).get(f"/console/approvals/{asked.id}/").content.decode()
    assert "Why its mail was held" in page
    assert "What was asked for" in page
    assert "Bill, October 1, 2025 through October 31, 2025" in page
    assert "Bill, October 1, 2025 through October 15, 2025" in page  # no further than the bill itself says
    assert "It carries the token of no request of ours." in page
    officer = person(Role.OFFICER)
    decide.approve(asked.id, approver=Actor("s", officer.id, role="officer"), now=timezone.now())
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    assert "A second person agreed on" in page
    assert 'value="2025-10-15"' in page
    assert "file.second_waits" not in accept(file)
    assert file.state == "accepted"
    asked.refresh_from_db()
    assert asked.state == "executed"


def test_what_a_second_person_agreed_to_is_just_that(w: World) -> None:
    (file,) = attached(waiting(w), bill(ACCOUNT))
    accept(file)
    officer = person(Role.OFFICER)
    decide.approve(Approval.objects.get().id, approver=Actor("s", officer.id, role="officer"), now=timezone.now())
    assert "until an officer or approver agrees" in accept(file, last_day="2025-10-10")
    assert file.state == "quarantined"
    assert Approval.objects.count() == 2


def changed(w: World, file: ReceivedFile, change: dict[str, Any]) -> None:
    with transaction.atomic():
        ref = log.append("file.accepted", actor=ACTOR, subject=w.customer.id, obj="received_file", body={})
        ReceivedFile.objects.filter(id=file.id).update(**change, audit_event_id=ref.id)


def born_accepted(w: World, file: ReceivedFile) -> None:
    with transaction.atomic():
        ref = log.append("file.accepted", actor=ACTOR, subject=w.customer.id, obj="received_file", body={})
        row = ReceivedFile.objects.get(id=file.id)
        row.pk, row.state, row.sha256, row.decided_at = ACTOR.id, "accepted", bytes(32), timezone.now()
        row.audit_event_id = ref.id
        row.save(force_insert=True)


def test_the_database_takes_no_file_of_a_held_mail_from_one_person(w: World) -> None:
    (file,) = attached(waiting(w), bill(ACCOUNT))
    accept(file)  # asked for, not agreed to
    choice = MailChoice.objects.get()
    for change in (
        {"state": "accepted", "decided_at": timezone.now(), "covers_from": date(2025, 10, 1)},
        {"message_id": None},
        {"message_id": choice.message_id},
    ):
        with pytest.raises(DatabaseError, match="by two people"):
            changed(w, file, change)
    with pytest.raises(DatabaseError, match="by two people"):
        born_accepted(w, file)
    assert Message.objects.filter(id=choice.message_id).exists()
