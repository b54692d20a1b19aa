"""A plain reply to a mail that held two requests: it waits only for which of them it is about, not for its sender."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import vault
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Role
from requests_app import choosing, seconding
from requests_app.inbound.holding import HOLDER
from requests_app.inbound.models import MailReading
from requests_app.ladder.models import Mention
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests.integration.test_held_files import signed_in
from tests.requests_world import ACTOR, RECEIVER, World, coop, reply, run_job, world


@pytest.fixture
def mailed(committing: str, tmp_path: Path, settings: Any) -> Any:
    """Two requests that went out in one mail, and a third one in a mail of its own."""
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with coop(tmp_path, settings):
        w = world()
        rows = [w.manual(utility="obec", channel="manual_request") for _ in range(2)]
        assert run_job("manual.send", rows[0].id) == "done"
        alone = w.manual(utility="obec", channel="manual_request")
        assert run_job("manual.send", alone.id) == "done"
        yield w, rows, alone


def plain_reply(rows: list[ManualRequest], *, subject: str | None = None, **more: Any) -> Message:
    """Give what became of a reply as a mail program writes it: our subject with both numbers, our Message-ID."""
    both = ", ".join(each.number for each in rows)
    raw = reply(rows[0], **more).replace(rows[0].number.encode(), (subject or both).encode(), 1)
    to = [f"r.{rows[0].thread_token}@localhost"]
    taken = receive(raw, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now())
    return Message.objects.get(id=taken.message)


def accept(file: ReceivedFile) -> None:
    said = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-20"}
    answer = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", said)
    assert answer.status_code == 302
    file.refresh_from_db()


def test_s42_a_plain_reply_waits_only_for_which_of_these_and_takes_no_second_person(
    mailed: tuple[World, list[ManualRequest], ManualRequest],
) -> None:
    _, rows, _ = mailed
    held = plain_reply(rows)
    assert (held.kind, held.judged.codes, held.manual_id) == ("held", ["mail.which_request"], rows[0].id)
    assert [each.manual_id for each in Mention.objects.filter(message=held)] == [rows[1].id]  # it is not asked again
    # It is known whose it is, so it ends with her records and not later.
    assert vault.file_facts(held.raw).subject == rows[0].request.customer_id
    person = signed_in(Role.STAFF)
    page = person.post(f"/admin/held/{held.id}/").content.decode()
    assert "Which of these?" in page
    assert "Nobody has proven who sent this" not in page
    assert all(each.number in page for each in rows)
    person.post(f"/admin/held/{held.id}/choose/", {"choice": "attach", "number": rows[1].number})
    file = ReceivedFile.objects.get()
    assert file.message is not None
    assert file.message.manual_id == rows[1].id
    assert not seconding.is_asked_of_two(file)
    assert "Ask a second person" not in person.get(f"/admin/files/{file.id}/").content.decode()
    accept(file)
    assert file.state == "accepted"
    assert not Approval.objects.exists()
    assert ManualRequest.objects.get(id=rows[0].id).state == ManualState.WAITING_ON_UTILITY


def test_a_reply_that_does_not_say_which_waits_too_and_one_that_does_is_an_answer(
    mailed: tuple[World, list[ManualRequest], ManualRequest],
) -> None:
    _, rows, alone = mailed
    assert plain_reply(rows, subject="your mail").judged.codes == ["mail.which_request"]
    assert plain_reply(rows, subject=f"{rows[0].number}").kind == "answer"
    assert plain_reply([rows[1], rows[0]], subject=f"{rows[0].number}").judged.codes == ["mail.which_request"]
    assert plain_reply(rows, subject=f"{rows[0].number}, {alone.number}").judged.codes == ["mail.many_requests"]


def taken(file: ReceivedFile) -> None:
    with transaction.atomic():
        ref = log.append("file.accepted", actor=ACTOR, subject=file.consent.customer_id, body={})
        said = {"state": "accepted", "decided_at": timezone.now(), "audit_event_id": ref.id}
        ReceivedFile.objects.filter(id=file.id).update(**said)


def test_of_an_unproven_sender_or_outside_that_mail_two_people_accept(
    mailed: tuple[World, list[ManualRequest], ManualRequest],
) -> None:
    _, rows, alone = mailed
    forged = plain_reply(rows, proven="evil.example", message_id="<one@evil.example>")
    assert "mail.which_request" not in forged.judged.codes
    assert vault.file_facts(forged.raw).subject == HOLDER
    ours = plain_reply(rows, account="40900017", pdf=True)
    for held, number in ((forged, rows[1].number), (ours, alone.number)):
        attached = choosing.attach(held, number, actor=ACTOR, now=timezone.now())
        assert isinstance(attached, Message)
        file = ReceivedFile.objects.filter(message=attached).order_by("-media_type").first()
        assert file is not None
        assert seconding.is_asked_of_two(file)
        with pytest.raises(DatabaseError, match="by two people"):
            taken(file)
    assert MailReading.objects.filter(codes=["mail.which_request"]).count() == 1
