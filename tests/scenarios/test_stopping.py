"""Scenarios S04 and S15-S19 of the field guide: stopping, and the paper path."""

import io
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pdfplumber
import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone, translation

from broker.audit import log
from broker.notices.models import Notice
from broker.terms import SERVICE, Actor, EventRef
from consents import actions
from consents.actions import stop_token
from consents.models import Consent
from consents.stopping import attest, receipt, record, seen
from consents.stopping.models import Attestation, Stop, StopAlert, StopTarget
from requests_app.models import Message
from requests_app.receive import receive
from tests.completeness.test_desk_walk import signed_in
from tests.integration.audit_support import integrate
from tests.integration.grant_support import Desk, desk
from tests.integration.test_release import delivered, path_of
from tests.requests_world import World, coop, events, reply, run_job, world

__all__ = ["desk"]


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as mailbox:
        made = world()
        made.mailbox = mailbox
        yield made


def click(w: World, language: str = "en") -> Any:
    """Stop by the link of the receipt, as she would."""
    path = f"/stop/{stop_token(w.consent.id)}/"
    return Client(headers={"accept-language": language}).post(path, follow=True)


def test_s15_the_next_read_is_refused_and_the_list_shows_every_target(w: World) -> None:
    file = path_of(delivered(w))
    assert w.get(file).status_code == 200
    begun = time.monotonic()
    page = click(w)
    assert w.get(file).json()["code"] == "consent.revoked"
    assert time.monotonic() - begun < 60
    for words in (
        "Sharing has stopped",
        "The company’s access to your data",
        "Open links to your data",
        "1 file that was already read",
        "The company’s word that its copies are deleted",
        "1 item cannot be recalled.",
        "Reload",
    ):
        assert words in page.text
    assert StopTarget.objects.count() == page.text.count('data-label="Where"')


def test_s15_a_look_at_the_list_changes_nothing_and_needs_no_script(w: World) -> None:
    page = click(w)
    assert f"No data had been given out under {w.consent.number}." in page.text
    before = list(StopTarget.objects.values_list("id", "state", "tries"))
    again = Client().get(f"/stop/{stop_token(w.consent.id)}/")
    assert f"No data had been given out under {w.consent.number}." in again.text
    assert list(StopTarget.objects.values_list("id", "state", "tries")) == before
    assert len(events("consent.revoked")) == 1


def test_s16_while_nectar_is_down_access_stops_and_the_work_goes_on_for_ever(w: World, settings: Any) -> None:
    from broker.rehearsal.nectar import Nectar
    from requests_app.models import NectarPull
    from requests_app.nectar.models import Company
    from tests.integration.test_share import bill, share

    with Nectar(polls_until_done=0) as played:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = played.url, played.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{played.port}"]
        share(w, "bill.pdf", bill(), to_nectar=True)
        pull = NectarPull.objects.get()
        run_job("nectar.upload", pull.id)
    click(w)  # Nectar has gone: its port answers no more
    w.consent.refresh_from_db()
    assert w.consent.state == "revoked"
    now = timezone.now()
    for days in range(3):
        run_job("nectar.forget", Company.objects.get().id, now=now + timedelta(days=days))
        run_job("stopping.follow", w.consent.id, now=now + timedelta(days=days))
    for number in range(4):
        run_job("stopping.follow", w.consent.id, now=now + timedelta(days=4 + number))
    assert StopTarget.objects.get(kind="nectar").state == "waiting"
    assert StopAlert.objects.filter(target__kind="nectar", closed_at=None).exists()
    from broker.jobs.models import Job

    assert Job.objects.filter(kind="nectar.forget", state="queued").exists()


def test_s17_the_co_op_gets_one_withdrawal_and_a_later_reply_stays_sealed(w: World) -> None:
    manual = w.manual()
    run_job("manual.send", manual.id)
    click(w)
    for _ in range(3):
        run_job("manual.withdraw", manual.id)
    assert len(events("request.withdrawn")) == 1
    receive(reply(manual), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    assert Message.objects.get(direction="in").kind == "ended"


def test_s18_a_scanner_that_opens_the_link_stops_nothing(w: World) -> None:
    path = f"/stop/{stop_token(w.consent.id)}/"
    for _ in range(20):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    w.consent.refresh_from_db()
    assert w.consent.state == "active"
    assert not Stop.objects.exists()


def test_s19_what_was_stopped_cannot_come_back(w: World) -> None:
    from broker.parties.models import Role

    click(w)
    staff = signed_in(Role.STAFF)
    assert staff.post(f"/admin/consents/consent/{w.consent.id}/change/", {"state": "active"}).status_code == 403
    with pytest.raises(DatabaseError), transaction.atomic():
        brought_back(w)


def brought_back(w: World) -> None:
    ref = log.append("consent.changed", actor=SERVICE("tests"), subject=w.customer.id, body={})
    Consent.objects.filter(id=w.consent.id).update(state="active", ended_at=None, audit_event_id=ref.id)


def test_a_recipient_confirms_by_its_link_once_and_the_customer_sees_it(w: World) -> None:
    w.get(path_of(delivered(w)))
    click(w)
    run_job("consent.stopped", w.consent.id)
    assert Notice.objects.filter(template="stopped_recipient").count() == 1
    path = f"/deleted/{record.attest_token(Stop.objects.get().id)}/"
    person = Client()
    assert person.get(path).status_code == 200
    assert not Attestation.objects.exists()
    assert person.post(path, {"name": "Dana Records"}).status_code == 422  # the box is not ticked
    assert person.post(path, {"name": "Dana Records", "deleted": "on"}).status_code == 302
    person.post(path, {"name": "Somebody Else", "deleted": "on"})
    assert Attestation.objects.count() == 1
    assert "Your confirmation reached us" in person.get(path).text
    page = Client().get(f"/stop/{stop_token(w.consent.id)}/").text
    assert "The company has confirmed it." in page
    assert person.get("/deleted/nothing/").status_code == 404
    assert attest.find("nothing") is None


def test_a_word_that_does_not_come_is_an_alert_that_she_sees(w: World) -> None:
    import time_machine

    w.get(path_of(delivered(w)))
    click(w)
    later = timezone.now() + timedelta(days=32)
    with time_machine.travel(later):
        run_job("stopping.follow", w.consent.id, now=later)
        run_job("stopping.follow", w.consent.id, now=later + timedelta(days=1))
    assert StopAlert.objects.filter(why="not_attested").count() == 1
    assert "has not answered in time" in Client().get(f"/stop/{stop_token(w.consent.id)}/").text


@pytest.mark.parametrize(("language", "words"), [("en", "You stopped sharing"), ("es", "Usted dejó de compartir")])
def test_the_receipt_of_a_stop_is_mailed_with_its_proof(sqlite_receipt: Desk, language: str, words: str) -> None:
    desk = sqlite_receipt
    desk.grant()
    consent = Consent.objects.get()
    actions.revoke(consent, actor=Actor("c", consent.customer_id), how="dashboard", now=timezone.now())
    mail = desk.mail("you stopped sharing")
    assert {each["name"].rpartition(".")[2] for each in mail["attachments"]} >= {"pdf"}
    integrate(desk.signer.answer)
    from broker.audit import proofs

    stop = Stop.objects.select_related("consent__recipient").get()
    proof = proofs.tlog_proof(EventRef(stop.audit_event_id))
    pdf = receipt.make(stop, proof=proof, made_at=timezone.now(), language=language)
    with pikepdf.open(io.BytesIO(pdf)) as found:
        assert str(found.Root.Lang) == language
        assert len(found.pages) == 2
        assert list(found.attachments)
    with pdfplumber.open(io.BytesIO(pdf)) as read:
        hers, experts = (page.extract_text() for page in read.pages)
    # The first page is for her; the proof stands whole on a page of its own.
    assert "audit/main" not in hers
    assert "audit-receipt/v1" in experts
    with translation.override(language):
        page = receipt.html(stop, proof=proof, made_at=timezone.now(), language=language)
    assert words in page
    progress = seen.of(consent)
    assert progress is not None
    assert progress.nothing_left
    assert urlsplit(mail["links"][0]).path


@pytest.fixture
def sqlite_receipt(desk: Desk, committing: str) -> Desk:
    """What a receipt says is the same on both engines."""
    return desk


def test_before_she_stops_the_page_tells_what_is_taken_back_and_what_cannot_be(w: World) -> None:
    """One page with one button; nothing that was read is listed as if it stopped."""
    path = f"/stop/{stop_token(w.consent.id)}/"
    assert "Nothing has been handed over yet." in Client().get(path).text
    manual = delivered(w)
    w.get(path_of(manual))
    waits = w.manual(**{"from": "2025-11-01", "to": "2025-12-01"})
    page = Client().get(path).text
    assert f"Taken back: Request {manual.number} to your co-op; Request {waits.number} to your co-op</li>" in page
    assert "Cannot be called back: 1 file that was already read" in page
    assert f"We ask {w.organisation.legal_name} to delete its copies" in page
