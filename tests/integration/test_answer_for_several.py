"""An answer to a mail that held two members' requests is divided by a person: each gets hers, and nothing of his."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.audit import log, query
from broker.console.holds import retention
from broker.console.packs.lifecycle import Contents, Redaction
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor, Refusal
from broker.vault import NotPermitted
from consents import actions
from requests_app import choosing, seconding, splitting
from requests_app.desk import acts
from requests_app.desk.models import AlsoAttached, DeskAct
from requests_app.fees import quoting
from requests_app.inbound.models import MailChoice
from requests_app.ladder import open_tasks
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import HOLDING, receive
from requests_app.splitting import Share
from tests.integration.audit_support import log_world, say_verified
from tests.integration.holds_support import approve, ask, hold, keep
from tests.integration.mail_support import mail, signed_in
from tests.integration.test_which_request import taken
from tests.packs_world import Packs
from tests.requests_world import ACCOUNT, ACTOR, RECEIVER, coop, events, usage
from tests.scenarios.coops import both_coops
from tests.shared_world import OTHERS, RECORDS, Two, evidence, kept, named, sent

__all__ = ["both_coops"]

ANSWERED, WAITING = ManualState.ANSWERED, ManualState.WAITING_ON_UTILITY
SAID = "Attached are both. Lee Member wants no paper bill."


@pytest.fixture
def both(both_coops: None, committing: str, tmp_path: Path, settings: Any) -> Iterator[Two]:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with coop(tmp_path, settings) as mailbox:
        yield sent(mailbox)


def answer(both: Two, text: str = SAID, *, files: dict[str, bytes] | None = None, **more: Any) -> Message:
    """Give what became of the co-op's answer: our subject, our quoted schedule, a file of each."""
    numbers = ", ".join(each.number for each in both.rows)
    both_files = {"first.csv": usage(ACCOUNT).encode(), "second.csv": usage(OTHERS).encode()}
    more.setdefault("subject", f"Re: Data access requests {numbers}")
    raw = mail(
        f"{text}\n\n> {numbers}, ending in 0017 and 0042\n",
        both_files if files is None else files,
        sender=RECORDS,
        In_Reply_To=both.hers[0].message_id,
        References=" ".join(each.message_id for each in both.rows[1:]),
        **more,
    )
    to = [f"r.{both.hers[0].thread_token}@localhost"]
    return Message.objects.get(id=receive(raw, envelope_from=RECORDS, envelope_to=to, now=timezone.now()).message)


def given(both: Two, message: Message, **words: str) -> Any:
    """Let a person give each member her file."""
    shares = [Share(both.hers[0].number, (0,)), Share(both.his[0].number, (1,), words.get("his", ""))]
    return splitting.divide(message, shares, actor=ACTOR, now=timezone.now())


def test_s42_one_reply_with_two_files_to_two_members_each_gets_hers(both: Two) -> None:
    held = answer(both)
    assert (held.kind, held.judged.codes, held.manual_id) == ("held", ["mail.which_request"], both.hers[0].id)
    person, path = signed_in(), f"/admin/held/{held.id}/"
    page = person.post(path).content.decode()
    assert "Whose is what?" in page
    assert "File 1: first.csv" in page
    assert f"{both.his[0].number}, ending in 0042" in page
    assert 'name="also"' not in page
    said = {"his": "He wants no paper bill."}
    form = {"file-0": both.hers[0].number, "file-1": both.his[0].number, f"words-{both.his[0].number}": said["his"]}
    done = person.post(f"{path}choose/", {"choice": "divide", **form})
    assert (done.status_code, done["Location"]) == (302, f"/admin/requests/{both.hers[0].id}/")
    assert both.states() == [ANSWERED, WAITING, ANSWERED]
    assert len(events("mail.matched")) == 3  # the whole choice under the pen's key, and one for each of them
    people = both.people
    for (subject, rows, consent), (other, _, _), account in zip(people, people[::-1], (ACCOUNT, OTHERS), strict=True):
        file = ReceivedFile.objects.get(consent=consent)
        assert file.message is not None
        assert file.message.manual_id == rows[0].id
        assert opened(file, subject) == usage(account).encode()
        with pytest.raises(NotPermitted):
            opened(file, other)
        note = kept(file.message, subject)
        assert str(held.id) in note
        assert (said["his"] in note) is (rows == both.his)
        everything = evidence(subject, rows)
        theirs = both.his if rows == both.hers else both.hers
        assert not any(each.number in everything for each in theirs)
        assert named(everything, "Lee Member", "0042" if account == ACCOUNT else "0017") == []
        assert not seconding.is_asked_of_two(file)
    # The mail lies whole in the pen, under its own key, and is opened by nobody any more.
    assert SAID in kept(held, HOLDING)
    assert not choosing.held(held, timezone.now())
    assert Message.objects.filter(direction="in").exclude(id=held.id).count() == 2
    # Each page shows its own, and only that.
    for rows, theirs in ((both.hers, both.his), (both.his, both.hers)):
        seen = person.get(f"/admin/requests/{rows[0].id}/").content.decode()
        assert not any(each.number in seen for each in theirs)
        found = both.world.get(f"data-requests/{rows[0].request_id}").content.decode()
        assert not any(each.number in found or str(each.request_id) in found for each in theirs)


def opened(file: ReceivedFile, subject: Any) -> bytes:
    ref = log.append_read(
        "data.read", actor=SERVICE("tests"), subject=subject, purpose="support", obj="received_file", body={}, cnt=1
    )
    return vault.open_file(file.file, under=ref)


def accept(person: Client, file: ReceivedFile) -> str:
    said = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-20"}
    person.post(f"/admin/files/{file.id}/", said)
    file.refresh_from_db()
    return file.state


def test_each_file_is_decided_on_by_itself(both: Two) -> None:
    assert not isinstance(given(both, answer(both)), Refusal)
    person, hers = signed_in(), ReceivedFile.objects.get(consent=both.world.consent)
    assert accept(person, hers) == "accepted"
    assert both.states()[2] == ANSWERED  # his own file waits
    assert accept(person, ReceivedFile.objects.get(consent=both.consent)) == "accepted"
    assert both.states() == [ManualState.PARTIALLY_ANSWERED, WAITING, ManualState.PARTIALLY_ANSWERED]


def test_a_file_of_the_other_member_is_not_given_to_her(both: Two) -> None:
    held = answer(both)
    hers, his = both.hers[0].number, both.his[0].number
    wrong: list[tuple[list[Share], str]] = [
        ([Share(hers, (1,)), Share(his, (0,))], "file.other_account"),
        ([Share(hers, (0, 1))], "file.other_account"),
        ([Share(hers, (0,)), Share(his, (0,))], "ask.invalid"),
        ([Share(hers, (7,))], "ask.invalid"),
        ([Share(hers)], "ask.invalid"),
        ([], "ask.invalid"),
        ([Share("R-999", (0,))], "not_found"),
        ([Share(hers, (0,), f"And {his} follows.")], "mail.names_others"),
        ([Share(hers, (0,), "The account ending in 0042 is closed.")], "mail.names_others"),
        ([Share(hers, (0,), "Login: pat@member.example password: Hunter2!x")], "channel.forbidden.credentials"),
    ]
    for shares, code in wrong:
        refused = splitting.divide(held, shares, actor=ACTOR, now=timezone.now())
        assert isinstance(refused, Refusal)
        assert refused.code == code
    for numbers in ([hers], [hers, his]):  # nor is the whole of it anybody's
        refused = choosing.attach_all(held, numbers, actor=ACTOR, now=timezone.now())
        assert isinstance(refused, Refusal)
    assert not MailChoice.objects.exists()
    assert not ReceivedFile.objects.exists()
    assert choosing.held(held, timezone.now())


def test_a_file_that_belongs_to_none_stays_sealed_in_the_pen(both: Two) -> None:
    held = answer(both, files={"a.csv": usage(ACCOUNT).encode(), "of-a-stranger.csv": usage("40900099").encode()})
    person, path = signed_in(), f"/admin/held/{held.id}/choose/"
    form = {"choice": "divide", "file-0": both.hers[0].number}
    missing = person.post(path, {**form, "file-1": ""})
    assert missing.status_code == 422
    assert "Choose for each file" in missing.content.decode()
    assert f'value="{both.hers[0].number}" selected' in missing.content.decode()  # what was chosen is not lost
    assert person.post(path, {**form, "file-1": "none"}).status_code == 302
    file = ReceivedFile.objects.get()
    assert file.consent_id == both.world.consent.id
    assert both.states() == [ANSWERED, WAITING, WAITING]
    ref = log.append_read("log.read", actor=ACTOR, subject=HOLDING, purpose="support", obj="event", body={})
    (choice,) = [each.body for each in query.for_subject(HOLDING, under=ref) if each.act == "mail.matched"]
    assert len(choice["surplus"]) == 1
    assert choice["divided"] == {both.hers[0].number: [bytes(file.sha256).hex()]}


def test_words_alone_wait_to_be_read_on_the_thread_of_each(both: Two) -> None:
    held = answer(both, "The fee for the second is $5.", files={})
    assert open_tasks.holds_back(ManualRequest.objects.get(id=both.his[0].id), timezone.now())
    done = splitting.divide(held, [Share(both.his[0].number, (), "The fee is $5.")], actor=ACTOR, now=timezone.now())
    assert not isinstance(done, Refusal)
    (note,) = done
    assert (note.kind, note.manual_id) == ("message", both.his[0].id)
    assert [each.id for each in open_tasks.unread(both.his[0])] == [note.id]
    assert not open_tasks.unread(both.hers[0]).exists()
    page = signed_in().post(f"/admin/messages/{note.id}/").content.decode()
    assert "The fee is $5." in page
    assert quoting.mails(both.his[0]) == []  # a person wrote it down: no mail of the co-op's own names a fee here


def test_even_a_reply_that_names_one_request_waits_for_a_person(both: Two) -> None:
    held = answer(both, "Here.", files={}, subject=f"Re: {both.his[0].number}")
    assert held.judged.codes == ["mail.which_request"]


def test_of_an_unproven_sender_two_people_accept_each_file(both: Two) -> None:
    held = answer(both, proven=False)
    assert "mail.which_request" not in held.judged.codes
    assert not isinstance(given(both, held), Refusal)
    assert AlsoAttached.objects.count() == 1
    for consent in (both.world.consent, both.consent):
        file = ReceivedFile.objects.get(consent=consent)
        assert seconding.is_asked_of_two(file)
        with pytest.raises(DatabaseError, match="by two people"):
            taken(file)


def test_after_both_stopped_it_stays_sealed_and_after_one_did_the_others_part_is_given(both: Two) -> None:
    def stop(customer: Any, consent: Any) -> None:
        actions.revoke(consent, actor=Actor("c", customer), how="dashboard", now=timezone.now())

    stop(both.customer, both.consent)
    held = answer(both)
    assert held.kind == "held"
    refused = given(both, held)
    assert isinstance(refused, Refusal)
    assert not ReceivedFile.objects.exists()
    hers = splitting.divide(held, [Share(both.hers[0].number, (0,))], actor=ACTOR, now=timezone.now())
    assert not isinstance(hers, Refusal)
    stop(both.world.customer.id, both.world.consent)
    late = answer(both, "Once more.")
    assert (late.kind, late.manual_id) == ("ended", None)
    assert "Once more." in kept(late, HOLDING)
    assert choosing.open_held(late, actor=ACTOR, now=timezone.now() + timedelta(minutes=1)) is None


def test_a_reply_by_a_program_is_noted_on_each_thread(both: Two) -> None:
    held = answer(both, "I am away.", files={}, Auto_Submitted="auto-replied")
    assert (held.kind, held.manual_id) == ("shared", None)
    notes = Message.objects.filter(direction="in", kind="auto_reply")
    assert {each.manual_id for each in notes} == {both.hers[0].id, both.his[0].id}
    assert both.states() == [WAITING] * 3


def test_what_the_desk_uploads_on_its_page_is_of_its_request_alone(both: Two) -> None:
    said = acts.Said(DeskAct.Kind.FILES, uuid.uuid4(), files=(("a.csv", usage(OTHERS).encode()),))
    done = acts.say(ManualRequest.objects.get(id=both.his[0].id), said, address="127.0.0.1", now=timezone.now())
    assert not isinstance(done, Refusal)
    assert both.states() == [WAITING, WAITING, ANSWERED]
    assert ReceivedFile.objects.get().consent_id == both.consent.id


def test_an_answer_that_names_a_third_request_is_copied_whole_to_nobody(both: Two) -> None:
    """It conflicts, so it hangs on no thread of ours; it quotes our mail all the same."""
    third = both.world.manual(utility="junegrass", channel="manual_request")
    held = answer(both, f"And about {third.number}.")
    assert (held.judged.codes, held.manual_id) == (["mail.many_requests"], None)
    refused = choosing.attach(held, both.hers[0].number, actor=ACTOR, now=timezone.now())
    assert isinstance(refused, Refusal)
    assert refused.code == "ask.invalid"
    page = signed_in().post(f"/admin/held/{held.id}/").content.decode()
    assert all(f'value="{each.number}"' in page for each in both.rows)
    assert not isinstance(given(both, held), Refusal)
    assert all(seconding.is_asked_of_two(each) for each in ReceivedFile.objects.all())


def test_what_once_went_with_another_members_is_divided_whatever_it_shows(both: Two) -> None:
    stray = mail("Of this one.", {"a.csv": usage(OTHERS).encode()}, sender=RECORDS, subject=both.his[0].number)
    held = Message.objects.get(
        id=receive(stray, envelope_from=RECORDS, envelope_to=["x@localhost"], now=timezone.now()).message
    )
    refused = choosing.attach(held, both.his[0].number, actor=ACTOR, now=timezone.now())
    assert isinstance(refused, Refusal)
    done = splitting.divide(held, [Share(both.his[0].number, (0,))], actor=ACTOR, now=timezone.now())
    assert not isinstance(done, Refusal)


def test_a_mail_about_two_members_that_had_mails_of_their_own_is_divided_too(both: Two) -> None:
    stray = mail("Of both.", {"a.csv": usage(ACCOUNT).encode()}, sender=RECORDS)
    held = Message.objects.get(
        id=receive(stray, envelope_from=RECORDS, envelope_to=["x@localhost"], now=timezone.now()).message
    )
    person, path = signed_in(), f"/admin/held/{held.id}/choose/"
    form = {"choice": "attach", "number": both.hers[0].number, "also": [both.his[0].number]}
    page = person.post(path, form)
    assert page.status_code == 422
    assert "say below of each file whose it is" in page.content.decode()
    offered = {"choice": "divide", "offered": [both.hers[0].number, both.his[0].number], "file-0": both.hers[0].number}
    assert person.post(path, offered).status_code == 302
    assert ReceivedFile.objects.get().consent_id == both.world.consent.id


def test_the_pack_of_one_of_them_holds_nothing_of_the_other(
    both_coops: None, committing: str, tmp_path: Path, settings: Any
) -> None:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with log_world(settings, tmp_path / "log") as signing, coop(tmp_path, settings) as mailbox:
        both = sent(mailbox)
        assert not isinstance(given(both, answer(both)), Refusal)
        people = [
            create_user(name, name.title(), role, password=uuid.uuid4().hex, actor=SERVICE("tests"))
            for name, role in (("olive", Role.OFFICER), ("avery", Role.APPROVER), ("omar", Role.OFFICER))
        ]
        say_verified()
        desk = Packs(both.world, signing, *people)
        contents = Contents(letters=True, mails=True, files=True)
        pack = desk.ready(contents=contents, redaction=Redaction.OPEN)
        with zipfile.ZipFile(io.BytesIO(desk.data(pack))) as out:
            held = {name: out.read(name) for name in out.namelist()}
    assert len([name for name in held if name.startswith("mails/")]) == 2  # her part of the mail, and her note
    whole = "\n".join(each.decode("utf-8", "replace") for each in held.values())
    assert both.hers[0].number in whole
    for foreign in (both.his[0].number, both.consent.letter.number, "ending in 0042", "Lee Member", str(both.customer)):
        assert foreign not in whole


def test_the_mail_in_the_pen_ends_with_the_first_ones_records_unless_a_hold_keeps_the_others(both: Two) -> None:
    held = answer(both)
    assert not isinstance(given(both, held), Refusal)
    year = timezone.now().year
    for customer in (both.world.customer.id, both.customer):
        assert retention.in_the_pen(customer, vault.CASE, year, "everything") == (held.raw,)
    hold(both.world.customer.id)
    assert retention.in_the_pen(both.customer, vault.CASE, year, "everything") == ()
    approve(ask(both.customer, files=()))
    keep()
    log.reset()
    assert not vault.is_destroyed(held.raw)
    for file, gone in ((both.world.consent, False), (both.consent, True)):
        assert vault.is_destroyed(ReceivedFile.objects.get(consent=file).file) is gone
