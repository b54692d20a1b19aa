"""Data leaves only after its event, and only as far as ask and consent reach at that moment."""

import threading
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.importers.readings import VERSION
from broker.terms import Actor
from consents import actions
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.models import Decision, ManualRequest, ReceivedFile, Release
from requests_app.receive import receive
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, organisation, reply, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")
DAILY = Choice("usage_daily", date(2025, 10, 19), date(2025, 10, 21))


def delivered(w: World, **ask: Any) -> ManualRequest:
    """A request that was answered by a usage file of 19 and 20 October 2025, which a person accepted."""
    manual = w.manual(**ask)
    run_job("manual.send", manual.id)
    receive(reply(manual), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    assert isinstance(acceptance.accept(file, DAILY, actor=STAFF, now=timezone.now()), ReceivedFile)
    return manual


@pytest.fixture
def case(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        w = world()
        yield w, delivered(w)


def path_of(manual: ManualRequest) -> str:
    return f"data-requests/{manual.request_id}/files/{ReceivedFile.objects.get(message__manual=manual).id}"


def revoke(w: World) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())


def test_a_stop_waits_for_no_read_that_is_being_written(postgresql_db: str) -> None:
    """Each holds the key of the consent until its commit; a stop that waited for that could wait without end."""
    w = world()
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM consents_consent WHERE id = %s FOR KEY SHARE", [w.consent.id])
                held.set()
                over.wait()
        finally:
            connection.close()

    reader = threading.Thread(target=hold)
    reader.start()
    assert held.wait(60)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20s'")
            revoke(w)
    finally:
        over.set()
        reader.join()
    w.consent.refresh_from_db()
    assert w.consent.state == "revoked"


def test_readings_come_with_where_each_came_from(case: Any) -> None:
    w, manual = case
    answer = w.get(f"data-requests/{manual.request_id}/readings")
    assert answer.status_code == 200
    series = {each["role"]: each for each in answer.json()["series"]}
    assert set(series) == {"delivered", "received", "net"}
    one = series["delivered"]
    assert [each["value"] for each in one["readings"]] == ["49.600", "23.030"]
    assert one["readings"][0]["start"] == "2025-10-19T00:00:00-05:00"
    assert one["readings"][0]["quality"] == "as_stated"
    assert one["readings"][0]["row"] > 0
    assert one["data_type"] == "usage_daily"
    file = ReceivedFile.objects.get()
    assert one["provenance"] == {
        "file": str(file.id),
        "file_sha256": bytes(file.sha256).hex(),
        "channel": "manual_request",
        "came_by": "email",
        "consent": w.consent.number,
        "importer": "smarthub.A",
        "importer_version": VERSION,
        "cut_from_sha256": None,
        "confirmed_at": None,
    }
    assert answer["Cache-Control"] == "no-store"
    assert len(events("data.read")) == 1
    assert Release.objects.get().what == "readings"


def test_a_file_comes_byte_by_byte_as_it_arrived(case: Any) -> None:
    w, manual = case
    answer = w.get(path_of(manual))
    assert answer.status_code == 200
    assert b"Usage Information" in answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Release.objects.get().audit_event_id == events("data.read")[0].id


@pytest.mark.promise("stop-at-once")
def test_each_read_is_one_event_and_one_release(case: Any) -> None:
    w, manual = case
    for _ in range(3):
        w.get(path_of(manual))
    assert len(events("data.read")) == Release.objects.count() == 3


def test_after_she_stopped_no_read_begins(case: Any) -> None:
    w, manual = case
    revoke(w)
    for path in (path_of(manual), f"data-requests/{manual.request_id}/readings"):
        answer = w.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "consent.revoked")
    assert not events("data.read")
    assert len(events("data.read_refused")) == 2
    assert not Release.objects.exists()
    assert Decision.objects.filter(step="release", outcome="refusal").count() == 2
    # How far it is may still be seen: it holds nothing of her.
    assert w.get(f"data-requests/{manual.request_id}").status_code == 200


def test_a_consent_ends_by_its_date_whatever_its_state_says(case: Any) -> None:
    w, manual = case
    from requests_app import release

    late = timezone.now() + timedelta(days=181)
    answer = release.release_readings(w.application, manual.request_id, now=late)
    assert getattr(answer, "code", "") == "consent.expired"


def test_somebody_elses_request_is_not_found_and_an_event(case: Any) -> None:
    w, manual = case
    _, _, other_key = organisation("other", timezone.now())
    base = f"data-requests/{manual.request_id}"
    for path in (base, path_of(manual), f"{base}/readings"):
        answer = w.get(path, other_key)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    missing = w.get(f"data-requests/{uuid.uuid4()}", other_key)
    known = w.get(base, other_key)
    assert {**missing.json(), "trace_id": ""} == {**known.json(), "trace_id": ""}
    assert len(events("auth.foreign")) == 5
    assert not events("data.read")


def test_a_file_of_other_days_is_not_found(case: Any) -> None:
    w, manual = case
    other = w.requested(to="2025-10-10")
    file = ReceivedFile.objects.get(message__manual=manual)
    assert w.get(f"data-requests/{other.id}/files/{file.id}").status_code == 404


def test_a_file_that_came_for_one_request_serves_another_of_the_same_consent(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    with coop(tmp_path, settings):
        first = delivered(w)
        second = w.manual(**{"from": "2025-10-19", "to": "2025-10-21"})
        run_job("manual.send", second.id)
        to = [f"r.{second.thread_token}@localhost"]
        assert receive(reply(second), envelope_from="", envelope_to=to, now=timezone.now()).files == 0
    second.refresh_from_db()
    assert second.state == "delivered"
    assert ReceivedFile.objects.get().message.manual_id == first.id  # type: ignore[union-attr]
    assert w.get(f"data-requests/{second.request_id}/readings").status_code == 200
    other = w.requested(**{"from": "2025-01-01", "to": "2025-02-01"})
    assert w.get(f"data-requests/{other.id}/readings").status_code == 409


def test_what_has_not_arrived_is_not_ready(sqlite_db: str) -> None:
    w = world()
    request = w.requested()
    answer = w.get(f"data-requests/{request.id}/readings")
    assert (answer.status_code, answer.json()["code"]) == (409, "data.not_ready")


def test_what_lies_in_quarantine_does_not_leave(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        receive(reply(manual), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    assert w.get(path_of(manual)).status_code == 404
    assert w.get(f"data-requests/{manual.request_id}/readings").status_code == 409


def test_readings_are_cut_to_the_days_that_were_asked_for(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = delivered(w, to="2025-10-20")
    found = w.get(f"data-requests/{manual.request_id}/readings").json()
    assert {each["start"][:10] for one in found["series"] for each in one["readings"]} == {"2025-10-19"}
    # A file cannot be cut, so it stays here.
    answer = w.get(path_of(manual))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope.range")
    assert len(events("data.read_refused")) == 1


def test_a_refused_ask_brings_nothing(sqlite_db: str) -> None:
    w = world()
    refused = w.post(w.ask(data_types=["payment"])).json()
    for path in (f"data-requests/{refused['id']}/readings",):
        assert w.get(path).status_code in (403, 409)
    assert not events("data.read")


def test_when_the_log_cannot_be_written_not_one_byte_leaves(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    w, manual = case
    paths = [path_of(manual), f"data-requests/{manual.request_id}/readings", "consents"]

    def broken(*_: Any, **__: Any) -> None:
        raise log.LogUnavailable("no")

    monkeypatch.setattr(log, "_write", broken)
    for path in paths:
        answer = w.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "log.unavailable"), path
        text = answer.content.decode()
        assert "49.600" not in text
        assert ACCOUNT not in text
    assert not Release.objects.exists()


def test_the_event_is_committed_before_anything_is_opened(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker import vault
    from broker.vault import files

    w, manual = case
    seen = []
    real = files.open_files

    def watching(ids: Any, *, under: Any) -> Any:
        from django.db import connection

        seen.append((connection.in_atomic_block, len(events("data.read")), Release.objects.count()))
        return real(ids, under=under)

    monkeypatch.setattr(files, "open_files", watching)
    monkeypatch.setattr(vault, "open_files", watching, raising=False)
    assert w.get(path_of(manual)).status_code == 200
    assert seen == [(False, 1, 1)]


def test_a_release_can_be_neither_changed_nor_deleted(case: Any) -> None:
    from django.db import DatabaseError, transaction

    w, manual = case
    w.get(path_of(manual))
    for act in (lambda: Release.objects.update(what="file"), lambda: Release.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
