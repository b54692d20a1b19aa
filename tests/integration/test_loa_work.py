"""Sealing and archiving as jobs: what waits, what is never sent, what recovers by itself, what staff see.

A signature through the pages takes long, so each test follows one letter through several troubles.
"""

import hashlib
import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.notices.models import Notice
from broker.parties.models import Role
from consents.lifecycle import State
from consents.loa import archive
from consents.loa.revocation import Revoked, renew
from consents.loa.seal_key import read_certificates
from consents.loa.verify import judge
from consents.models import Consent, LetterFile
from consents.sealing import ALARM_AFTER, SEALER, overdue
from tests.integration.audit_support import integrate
from tests.integration.grant_support import Desk, desk
from tests.integration.test_worklist import signed_in
from tests.requests_world import run_job

__all__ = ["desk"]


def signed(desk: Desk) -> Consent:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    integrate(desk.signer.answer)
    return Consent.objects.select_related("letter").get()


def kinds(consent: Consent) -> list[str]:
    return sorted(consent.letter.files.values_list("kind", flat=True))


def bytes_of(file: LetterFile) -> bytes:
    subject = file.letter.consent.customer_id
    ref = log.append_read("letter.read", actor=SEALER, subject=subject, purpose="operations", obj="letter", body={})
    return vault.open_file(file.file, under=ref)


def test_without_a_good_timestamp_a_letter_stays_signed_is_not_sent_and_recovers_by_itself(
    desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.transport.timestamp.TIMEOUT_SECONDS", 0.5)
    consent, trusted, later = signed(desk), settings.TIMESTAMP_ROOT_FILE, timezone.now()
    for fault in ("down", "slow", "wrong_nonce", "wrong_digest", "garbage", "an_hour_off", "untrusted"):
        desk.stamps.fault = "" if fault == "untrusted" else fault
        settings.TIMESTAMP_ROOT_FILE = str(settings.SEAL_ROOT_FILE) if fault == "untrusted" else trusted
        later += timedelta(hours=2)
        assert run_job("letter.seal", consent.id, now=later) == JobState.QUEUED, fault
        assert Job.objects.get(kind="letter.seal").last_error_code == "seal.no_timestamp", fault
        consent.refresh_from_db()
        assert consent.state == State.SIGNED, fault
        assert kinds(consent) == ["presented"], fault
        assert not Notice.objects.filter(template="receipt").exists(), fault

    staff = signed_in(Role.STAFF)
    assert "without a seal" not in staff.get("/admin/").content.decode()
    assert overdue(consent.signed_at + ALARM_AFTER - timedelta(seconds=1)) == []
    assert overdue(consent.signed_at + ALARM_AFTER) == [(consent.letter.number, "seal.no_timestamp")]
    with monkeypatch.context() as a_day_later:
        a_day_later.setattr("consents.sealing.ALARM_AFTER", timedelta(0))
        page = staff.get("/admin/").content.decode()
    assert "1 signed letter without a seal for more than a day" in page
    assert consent.letter.number in page
    assert "seal.no_timestamp" in page

    settings.TIMESTAMP_ROOT_FILE, desk.stamps.fault = trusted, ""
    assert run_job("letter.seal", consent.id, now=later + timedelta(hours=2)) == JobState.DONE
    consent.refresh_from_db()
    assert consent.state == State.ACTIVE
    assert overdue(timezone.now() + timedelta(days=2)) == []


def test_each_archive_stamp_is_one_more_file_that_begins_with_the_one_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = signed(desk)
    assert run_job("letter.seal", consent.id) == JobState.DONE

    desk.stamps.fault = "down"  # the archive waits; the letter is in force meanwhile
    later = timezone.now() + timedelta(hours=1)
    assert run_job("letter.archive", consent.id, now=later) == JobState.QUEUED
    assert Job.objects.get(kind="letter.archive").last_error_code == "archive.no_timestamp"
    consent.refresh_from_db()
    assert consent.state == State.ACTIVE

    desk.stamps.fault = ""
    with monkeypatch.context() as patched:  # a copy that does not begin with what was delivered is not stored
        real = archive.archived
        patched.setattr(archive, "archived", lambda data, *a, **k: (data[1:] + b"x" * 99, real(data, *a, **k)[1]))
        later += timedelta(hours=1)
        assert run_job("letter.archive", consent.id, now=later) == JobState.QUEUED
    assert Job.objects.get(kind="letter.archive").last_error_code == "NotABeginning"
    assert kinds(consent) == ["delivered", "presented"]

    later += timedelta(hours=1)
    assert run_job("letter.archive", consent.id, now=later) == JobState.DONE
    assert kinds(consent) == ["archived", "delivered", "presented"]
    done = Job.objects.get(kind="letter.archive", state=JobState.DONE)
    Job.objects.filter(id=done.id).update(state=JobState.QUEUED, finished_at=None)
    jobs.run(done.id, now=later)  # it died after its work, before it could say so
    assert kinds(consent) == ["archived", "delivered", "presented"]

    again = Job.objects.get(kind="letter.archive", state=JobState.QUEUED)
    assert timedelta(days=300) < again.due_at - timezone.now() < timedelta(days=366)
    assert run_job("letter.archive", consent.id, now=again.due_at) == JobState.DONE
    assert kinds(consent) == ["archived", "archived", "delivered", "presented"]
    files = list(consent.letter.files.order_by("bytes"))
    datas = [bytes_of(each) for each in files]
    for shorter, longer in itertools.pairwise(datas):
        assert longer.startswith(shorter)
    assert [hashlib.sha256(data).digest() for data in datas] == [bytes(each.sha256) for each in files]
    assert [judge(each).archive_stamps for each in datas[1:]] == [0, 1, 2]
    assert all(judge(each).genuine for each in datas[1:])


def test_a_revoked_seal_key_seals_nothing(desk: Desk, settings: Any) -> None:
    consent = signed(desk)
    serial = read_certificates(settings.SEAL_CERT_FILE)[0].serial_number
    renew(settings.SEAL_ROOT_FILE, now=timezone.now(), also=(Revoked(serial, timezone.now()),), at_once=True)
    assert run_job("letter.seal", consent.id) == JobState.QUEUED
    assert Job.objects.get(kind="letter.seal").last_error_code == "seal.certificate_revoked"
    assert kinds(consent) == ["presented"]
