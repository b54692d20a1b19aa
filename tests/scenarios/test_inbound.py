"""Scenarios S41, S42, S43, S47 of the field guide: mail that proves nothing, is ambiguous, repeats, is dangerous."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import SERVICE, Actor
from consents import actions
from requests_app import choosing
from requests_app.inbound.models import Examination, MailChoice, MailReading
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import HOLDING
from tests.integration.mail_support import mail, packed, signed_in, take
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, usage, world


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def waiting(w: World, **ask: Any) -> ManualRequest:
    manual = w.manual(**ask)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def codes_of(taken: Any) -> list[str]:
    found: list[str] = MailReading.objects.get(message=taken.message).codes
    return found


def test_s41_a_right_token_from_an_unproven_domain_is_held_and_teaches_us_no_address(w: World) -> None:
    """Given the right token from an unauthenticated domain, then holding pen, nothing opened, no address learned."""
    manual = waiting(w)
    raw = reply(manual, proven="elsewhere.example").replace(b"To:", b"Reply-To: eve@elsewhere.example\nTo:", 1)
    taken = take(raw, manual)
    assert (taken.kind, taken.files) == ("held", 0)
    assert codes_of(taken) == ["mail.unauthenticated"]
    assert not ReceivedFile.objects.exists()
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    page = signed_in().post(f"/admin/held/{taken.message}/").content.decode()
    assert "mail.unauthenticated" in page
    assert "usage.csv" in page
    assert "/open/" not in page
    with connection.cursor() as cursor:
        for table in ("requests_app_message", "requests_app_manualrequest", "inbound_mailreading", "notices_notice"):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "elsewhere.example" not in repr(cursor.fetchall()), table


def test_s42_an_answer_without_token_that_names_another_request_is_ranked_and_a_person_chooses(w: World) -> None:
    """Given no token, the verified domain and another request's number, then ranked candidates and a logged choice."""
    first, second = waiting(w), waiting(w, data_types=["bill"])
    raw = mail(f"This is for {second.number}.", {"usage.csv": usage(ACCOUNT).encode()}, In_Reply_To=first.message_id)
    taken = take(raw.replace(first.message_id.encode(), b"<gone@coop.example>"))
    assert (taken.kind, codes_of(taken)) == ("held", ["mail.no_request"])
    person, path = signed_in(), f"/admin/held/{taken.message}/"
    page = person.post(path).content.decode()
    assert page.index(f'value="{second.number}"') < page.index(f'value="{first.number}"')
    assert "names the number of this request" in page
    answer = person.post(f"{path}choose/", {"choice": "attach", "number": second.number})
    assert answer.status_code == 302
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, second.state) == (ManualState.WAITING_ON_UTILITY, ManualState.ANSWERED)
    file = ReceivedFile.objects.get()
    assert (file.state, file.message and file.message.manual) == ("quarantined", second)
    assert len(events("mail.matched")) == 1
    # Nobody chooses twice, by page or in the database.
    person.post(f"{path}choose/", {"choice": "attach", "number": first.number})
    person.post(f"{path}choose/", {"choice": "not_ours"})
    assert MailChoice.objects.get().manual == second
    for sql in ("DELETE FROM inbound_mailchoice", "UPDATE inbound_mailchoice SET what = 'report'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_s43_the_same_message_three_times_or_out_of_order_is_one(w: World) -> None:
    """Given one message delivered three times, by two ways and late, then one answer exists and the state is right."""
    manual = waiting(w)
    raw = reply(manual, message_id="<once@coop.example>")
    assert take(raw, manual).kind == "answer"
    assert take(raw, manual).kind == "duplicate"
    assert take(raw.replace(b"From: ", b"Received: by another way\nFrom: ", 1), manual).kind == "duplicate"
    assert Message.objects.filter(direction="in", kind="answer").count() == 1
    assert ReceivedFile.objects.count() == 1
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED


DANGEROUS = {
    "report.docm": (packed({"[Content_Types].xml": b"x", "word/vbaProject.bin": b"x"}), "file.macros"),
    "zeros.zip": (packed({"zeros": b"\x00" * 30_000_000}), "file.bomb"),
    "in.zip": (packed({"inner.zip": packed({"a": b"b"})}), "file.nested"),
    "bill.pdf": (b"MZ" + b"\x00" * 200, "file.wrong_ending"),
    "usage.csv": (b"", "file.empty"),
    "page.html": (b"<html><script>alert(1)</script>", "file.web_page"),
    "winmail.dat": (b"\x78\x9f\x3e\x22" + b"\x00" * 60, "file.tnef"),
    "run.exe": (b"MZ" + b"\x00" * 300, "file.program"),
    "big.pdf": (b"%PDF-1.7\n" + b"0" * 2000, "file.unreadable"),
}


def test_s47_each_dangerous_file_is_kept_in_quarantine_with_its_own_reason_and_the_worker_lives(w: World) -> None:
    """Given a macro document, a bomb, a wrong ending and more, then each is quarantined with its reason."""
    manual = waiting(w)
    given = {name: data for name, (data, _) in DANGEROUS.items() if data}
    taken = take(mail(files={**given, "good.csv": usage(ACCOUNT).encode()}), manual)
    assert (taken.kind, taken.files) == ("answer", len(given) + 1)
    found = {tuple(each.codes) for each in Examination.objects.all()}
    assert {code for codes in found for code in codes} >= {code for data, code in DANGEROUS.values() if data}
    assert () in found
    person = signed_in()
    for file in ReceivedFile.objects.exclude(verdict=""):
        page = person.get(f"/admin/files/{file.id}/").content.decode()
        assert file.verdict in page
        assert person.post(f"/admin/files/{file.id}/open/").status_code == 302  # nobody opens it
        days = {"decision": "accept", "data_type": "bill", "first_day": "2025-10-19", "last_day": "2025-10-20"}
        person.post(f"/admin/files/{file.id}/", days)
        file.refresh_from_db()
        assert file.state == "quarantined"
    assert take(reply(manual, message_id="<after@coop.example>"), manual).kind == "answer"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM inbound_examination")


# --- what else a choice may and may not do --------------------------------------------------------------------------


def test_a_held_mail_is_not_attached_to_a_request_whose_permission_has_ended(w: World) -> None:
    manual = waiting(w)
    taken = take(mail(f"For {manual.number}", {"usage.csv": usage(ACCOUNT).encode()}))
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    person = signed_in()
    person.post(f"/admin/held/{taken.message}/choose/", {"choice": "attach", "number": manual.number})
    assert not MailChoice.objects.exists()
    assert not ReceivedFile.objects.exists()


def test_a_mail_that_is_none_of_ours_leaves_the_pen_and_stays_sealed(w: World) -> None:
    taken = take(mail("Buy now", sender="shop@elsewhere.example"))
    person = signed_in()
    assert str(taken.message) in person.get("/admin/").content.decode()
    person.post(f"/admin/held/{taken.message}/choose/", {"choice": "report"})
    assert MailChoice.objects.get().what == "report"
    assert len(events("mail.unmatched")) == 1
    assert str(taken.message) not in person.get("/admin/").content.decode()
    assert person.post(f"/admin/held/{taken.message}/").status_code == 302
    assert not events("mail.read")


def test_a_mail_with_a_portal_login_is_attached_by_nobody(w: World) -> None:
    manual = waiting(w)
    taken = take(mail("Her SmartHub password is Rehearsal!Fence7."))
    message = Message.objects.get(id=taken.message)
    assert choosing.open_held(message, actor=Actor("s", w.customer.id, role="staff"), now=timezone.now()) is None
    signed_in().post(f"/admin/held/{message.id}/choose/", {"choice": "attach", "number": manual.number})
    assert not MailChoice.objects.exists()


def test_the_database_takes_no_choice_without_its_request(w: World) -> None:
    taken, manual = take(mail("Which one?")), waiting(w)

    def chosen(what: str, manual: ManualRequest | None) -> None:
        with transaction.atomic():
            ref = log.append("mail.unmatched", actor=SERVICE("tests"), subject=HOLDING, obj="message", body={})
            MailChoice.objects.create(
                message_id=taken.message, what=what, manual=manual, at=timezone.now(), audit_event_id=ref.id
            )

    for what, whose in (("attach", None), ("not_ours", manual)):
        with pytest.raises(DatabaseError):
            chosen(what, whose)
    chosen("not_ours", None)
    with pytest.raises(DatabaseError):
        chosen("report", None)
