"""What came by phone or post stands on the thread like a mail, marked as such; the thread is opened mail by mail."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from consents import actions
from requests_app.desk_work import heard
from requests_app.desk_work.heard import Said
from requests_app.desk_work.models import Heard
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests.clock import today
from tests.integration.test_desk_work import SECRET, actor, client, colleague
from tests.requests_world import ACCOUNT, World, coop, events, run_job, world

Kind, Way = Heard.Kind, Heard.Way


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def sent(w: World) -> ManualRequest:
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def said(kind: Heard.Kind, **more: Any) -> Said:
    facts: dict[str, Any] = {
        "way": Way.PHONE,
        "kind": kind,
        "happened_at": timezone.now(),
        "spoke_with": "Rita in billing",
        "words": "They found the letter.",
        **more,
    }
    return Said(**facts)


def scanned() -> bytes:
    return paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])


def test_s49_an_answer_by_post_is_scanned_and_waits_in_quarantine(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    form = {
        "way": "post",
        "kind": "answer",
        "on": today().isoformat(),
        "words": "A usage report on two sheets.",
        "scan": SimpleUploadedFile("sheet.pdf", scanned(), "application/pdf"),
    }
    answer = client(ann).post(f"/admin/requests/{manual.id}/heard/", form)
    if answer.status_code != 302:  # the request is younger than noon: then it came just now
        raise AssertionError(answer.content.decode())
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    (row,) = Heard.objects.all()
    assert (row.way, row.kind, row.scans, row.codes, row.person) == ("post", "answer", 1, [], ann)
    file = ReceivedFile.objects.get(message=row.message)
    assert (file.state, file.media_type) == ("quarantined", "application/pdf")
    assert file.examinations.count() == 1
    assert len(events("mail.received")) == 1
    page = client(ann).get(f"/admin/requests/{manual.id}/").content.decode()
    assert "By post: an answer" in page
    assert "written down by Ann Example" in page
    assert "two sheets" not in page  # sealed until it is opened
    assert "two sheets" in client(ann).post(f"/admin/messages/{row.message_id}/").content.decode()
    assert len(events("mail.read")) == 1
    # Its scan is a file in quarantine, and leaves by no other door.
    assert client(ann).post(f"/admin/messages/{row.message_id}/scan/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.ACKNOWLEDGEMENT, ManualState.ACKNOWLEDGED),
        (Kind.REFUSAL, ManualState.WAITING_ON_US),
        (Kind.OWN_FORM, ManualState.WAITING_ON_US),
        (Kind.OTHER, ManualState.WAITING_ON_UTILITY),
        (Kind.ANSWER, ManualState.WAITING_ON_UTILITY),  # words alone are no data
    ],
)
def test_the_request_moves_where_the_kind_says_so(w: World, kind: Heard.Kind, state: ManualState) -> None:
    manual, ann = sent(w), colleague("ann")
    message = heard.write_down(manual, said(kind), ann, actor=actor(ann), now=timezone.now())
    assert isinstance(message, Message)
    manual.refresh_from_db()
    assert manual.state == state
    assert (message.direction, message.kind) == ("in", "phone")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM requests_app_message")
        assert "Rita" not in repr(cursor.fetchall())


def test_a_promise_by_phone_is_waited_for(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    assert manual.due is not None
    day = manual.due + timedelta(days=4)
    heard.write_down(manual, said(Kind.PROMISE, day=day), ann, actor=actor(ann), now=timezone.now())
    manual.refresh_from_db()
    assert manual.promised_for == day
    assert (manual.state, len(events("sla.promised"))) == (ManualState.WAITING_ON_UTILITY, 0)  # one event says it all


def test_a_fee_by_phone_rests_the_clock_and_waits_for_its_yes(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    for amount in (None, Decimal("0"), Decimal("1.005")):
        wrong = said(Kind.FEE, amount=amount)
        refused = heard.write_down(manual, wrong, ann, actor=actor(ann), now=timezone.now())
        assert refused == Refusal("ask.invalid")
    asks = said(Kind.FEE, amount=Decimal("12.50"), words="Copying costs twelve fifty.")
    message = heard.write_down(manual, asks, ann, actor=actor(ann), now=timezone.now())
    manual.refresh_from_db()
    assert (manual.state, manual.paused_on) == (ManualState.FEE_QUOTED, today())
    fee = FeeQuote.objects.get(manual=manual)
    assert (fee.amount, fee.said_by, fee.message) == (Decimal("12.50"), "phone", message)
    assert (len(events("mail.received")), len(events("fee.quoted"))) == (1, 1)
    # One more while it waits for the first: the newer one counts, and the words of both are kept.
    again = said(Kind.FEE, amount=Decimal("9.00"))
    assert isinstance(heard.write_down(manual, again, ann, actor=actor(ann), now=timezone.now()), Message)
    assert FeeQuote.objects.filter(state="quoted").get().amount == Decimal("9.00")


def test_what_cannot_be_is_refused_and_leaves_nothing(w: World) -> None:
    fresh, manual, ann = w.manual(data_types=["bill"]), sent(w), colleague("ann")
    now = timezone.now()
    for wrong, code in (
        (said(Kind.OTHER, happened_at=now + timedelta(minutes=5)), "ask.invalid"),
        (said(Kind.OTHER, happened_at=manual.created_at - timedelta(days=1)), "ask.invalid"),
        (said(Kind.OTHER, words="  "), "ask.invalid"),
        (said(Kind.PROMISE), "ask.invalid"),
        (said(Kind.OTHER, words=f"portal login rita, password {SECRET}"), "channel.forbidden.credentials"),
    ):
        done = heard.write_down(manual, wrong, ann, actor=actor(ann), now=timezone.now())
        assert done == Refusal(code)
    assert heard.write_down(fresh, said(Kind.OTHER), ann, actor=actor(ann), now=timezone.now()) == Refusal(
        "state.conflict"
    )
    assert not Heard.objects.exists()
    assert not events("mail.received")


def test_after_the_end_words_are_kept_a_scan_is_not_and_nothing_moves(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    manual.refresh_from_db()
    late = said(Kind.ANSWER, way=Way.POST, scan=scanned(), scan_name="sheet.pdf")
    assert heard.write_down(manual, late, ann, actor=actor(ann), now=timezone.now()) == Refusal("consent.revoked")
    message = heard.write_down(manual, said(Kind.OTHER), ann, actor=actor(ann), now=timezone.now())
    assert isinstance(message, Message)
    manual.refresh_from_db()
    assert manual.state == ManualState.WITHDRAWN
    answer = client(ann).post(f"/admin/messages/{message.id}/")
    assert answer.status_code == 302  # what came stays sealed
    assert not events("mail.read")
    assert "ENDED" in client(ann).get(f"/admin/requests/{manual.id}/").content.decode()


def test_the_scan_of_what_is_no_answer_is_handed_out_under_an_event(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    letter = said(Kind.OWN_FORM, way=Way.POST, scan=scanned(), scan_name="form.pdf")
    good = heard.write_down(manual, letter, ann, actor=actor(ann), now=timezone.now())
    bad = said(Kind.OTHER, way=Way.POST, scan=b"MZ" + bytes(300), scan_name="form.exe")
    evil = heard.write_down(manual, bad, ann, actor=actor(ann), now=timezone.now())
    assert isinstance(good, Message)
    assert isinstance(evil, Message)
    assert not ReceivedFile.objects.exists()
    browser = client(ann)
    answer = browser.post(f"/admin/messages/{good.id}/scan/")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/octet-stream"
    assert len(events("mail.read")) == 1
    assert "nobody opens it" in browser.post(f"/admin/messages/{evil.id}/").content.decode()
    assert browser.post(f"/admin/messages/{evil.id}/scan/").status_code == 404


def test_the_database_rewrites_nothing_that_was_written_down(w: World) -> None:
    manual, ann = sent(w), colleague("ann")
    heard.write_down(manual, said(Kind.OTHER), ann, actor=actor(ann), now=timezone.now())
    for change in ({"kind": "answer"}, {"way": "post"}, {"codes": ["x"]}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Heard.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Heard.objects.all().delete()
