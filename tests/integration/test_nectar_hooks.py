"""Nectar's webhooks: proven by the official library, once, and never more than a reason to look (S53)."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal.nectar import Nectar
from broker.rehearsal.nectar.hooks import Hook as Sent
from broker.rehearsal.nectar.hooks import hook
from requests_app.models import NectarPull, ReadingSeries
from requests_app.nectar import hooks
from requests_app.nectar.models import Company, Hook
from tests.integration.nectar_support import go, played, shared, to_the_end
from tests.integration.test_nectar_sending import stop
from tests.integration.test_share import of_nectar
from tests.requests_world import World, events, world

SECRET, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs" / "webhooks" / "svix-vectors.json"


@pytest.fixture(autouse=True)
def open_endpoint(settings: Any) -> None:
    settings.NECTAR_WEBHOOK_SECRETS = [SECRET]


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def deliver(
    sent: Sent, *, secret: str = SECRET, at: datetime | None = None, body: bytes | None = None
) -> tuple[int, str]:
    """Deliver a message as Svix does; give the status and the word of the answer."""
    headers = sent.headers(secret, at or timezone.now())
    return post(sent.body if body is None else body, headers)


def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    answer = Client(enforce_csrf_checks=True).post("/hooks/nectar", body, content_type="application/json", **named)
    return answer.status_code, json.loads(answer.content)["outcome"]


def uploaded(w: World, nectar: Nectar) -> NectarPull:
    """A document that Nectar has read, and of which we do not know yet."""
    pull = shared(w)
    go("nectar.upload", pull.id)
    nectar.finish(next(iter(nectar.jobs.values())))
    pull.refresh_from_db()
    return pull


def state() -> list[Any]:
    """Everything that a webhook could change by itself."""
    pulls = NectarPull.objects.values_list("state", "code", "documents")
    return [*pulls, *Company.objects.values_list("state"), ReadingSeries.objects.count()]


def run_hints() -> None:
    for job in Job.objects.filter(kind=hooks.HINT, state="queued"):
        go(hooks.HINT, job.subject_id)


# --- who may say something ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors are not ours to ship: read where they lie beside")
@pytest.mark.parametrize("case", json.loads(VECTORS.read_text())["cases"] if VECTORS.is_file() else [], ids=str)
def test_the_published_vectors_come_out_right(sqlite_db: str, settings: Any, case: dict[str, Any]) -> None:
    whole = json.loads(VECTORS.read_text())
    settings.NECTAR_WEBHOOK_SECRETS = [case.get("secret", whole["secret"])]
    prefix = case.get("headers", "svix")
    given = {"id": case["id"], "timestamp": case["timestamp"], "signature": case["signature"]}
    headers = {f"{prefix}-{name}": value for name, value in given.items() if value is not None}
    with time_machine.travel(datetime.fromtimestamp(case["now"], tz=UTC), tick=False):
        assert hooks.is_proven(headers, whole["body"].encode()) == (case["expect"] == "accept")


def test_a_forged_message_is_kept_nowhere_and_changes_nothing(committing: str, nectar: Nectar) -> None:
    uploaded(world(), nectar)
    (true,) = nectar.hooks
    before = state()
    signed = true.headers(SECRET, timezone.now())
    other = {**signed, "svix-id": "msg_other"}
    assert deliver(true, secret=OLD) == (401, "forged")
    assert deliver(true, body=true.body.replace(b"created", b"updated")) == (401, "forged")
    assert post(true.body, other) == (401, "forged")
    assert post(true.body, {}) == (401, "forged")
    assert deliver(true, at=timezone.now() - timedelta(seconds=301)) == (401, "forged")
    assert deliver(true, at=timezone.now() + timedelta(seconds=360)) == (401, "forged")
    assert (state(), Hook.objects.count(), Job.objects.filter(kind=hooks.HINT).count()) == (before, 0, 0)


def test_while_secrets_change_the_old_and_the_new_one_count(committing: str, nectar: Nectar, settings: Any) -> None:
    settings.NECTAR_WEBHOOK_SECRETS = [SECRET, OLD, "whsec_not base64!"]
    uploaded(world(), nectar)
    assert deliver(nectar.hooks[0], secret=OLD) == (202, "queued")
    settings.NECTAR_WEBHOOK_SECRETS = [SECRET]
    assert deliver(hook(9, "document.created.v2", {"id": "d"}), secret=OLD) == (401, "forged")


def test_without_a_secret_the_address_is_closed(sqlite_db: str, settings: Any) -> None:
    settings.NECTAR_WEBHOOK_SECRETS = []
    assert deliver(hook(1, "document.created.v2", {"id": "d"})) == (404, "closed")


def test_a_long_message_is_not_read_and_a_get_says_nothing(sqlite_db: str) -> None:
    assert post(b"x" * 300_000, {}) == (413, "too_long")
    assert Client().get("/hooks/nectar").status_code == 405


def test_a_signed_body_that_is_not_utf8_or_no_json_is_answered(sqlite_db: str) -> None:
    assert deliver(Sent("msg_1", b"\xff\xfe"))[0] in (200, 401)
    assert deliver(Sent("msg_2", b"{")) == (200, "unknown_shape")
    assert deliver(Sent("msg_3", b"[" * 3000)) == (200, "unknown_shape")


STRANGE_IDS = ["", "msg\x00x", "m" * 5_000, "m" * 256, "\udc80", "msg_é"]


@pytest.mark.parametrize("svix_id", STRANGE_IDS, ids=lambda each: ascii(each[:9]))
def test_a_message_of_a_strange_id_has_its_outcome_and_is_a_replay_the_second_time(
    committing: str, svix_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "is_proven", lambda _headers, _body: True)  # whatever the library may let through
    now = timezone.now()
    body = json.dumps({"eventType": "document.created.v2", "id": "d1"}).encode()
    headers = {"svix-id": svix_id, "svix-timestamp": str(int(now.timestamp()))}
    assert hooks.accept(headers, body, address="a", now=now).outcome == "queued"
    assert hooks.accept(headers, body, address="a", now=now).outcome == "replayed"
    assert hooks.accept(headers, b"[]", address="a", now=now).outcome == "unknown_shape"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"eventType": "\ud800"}, "unknown_shape"),
        ({"eventType": "document\x00"}, "unknown_shape"),
        ({"updated": "0001-01-01T00:00:00+14:00"}, "queued"),
        ({"updated": "9999-12-31T23:59:59-14:00"}, "queued"),
        ({"updated": "0001-01-01T00:00:00"}, "queued"),
    ],
    ids=str,
)
def test_what_no_database_takes_is_answered(committing: str, said: dict[str, str], outcome: str) -> None:
    body = json.dumps({"eventType": "document.created.v2", "id": "d1", **said}).encode()
    assert deliver(Sent("msg_2", body))[1] == outcome


def test_whoever_knocks_too_often_waits(sqlite_db: str, settings: Any) -> None:
    settings.NECTAR_WEBHOOKS_A_MINUTE = 5
    with time_machine.travel(datetime(2026, 11, 26, 12, 0, 10, tzinfo=UTC), tick=False):
        found = [post(b"{}", {})[0] for _ in range(8)]
        answer = Client().post("/hooks/nectar", b"{}", content_type="application/json")
    assert found == [401] * 5 + [429] * 3
    assert answer.headers["Retry-After"] == "50"


# --- what a proven message does -----------------------------------------------------------------------------------


def test_s53_a_proven_message_is_a_reason_to_look_and_the_look_changes_something(
    committing: str, nectar: Nectar
) -> None:
    pull = uploaded(world(), nectar)
    before = state()
    assert deliver(nectar.hooks[0]) == (202, "queued")
    assert state() == before  # the message itself changes nothing
    run_hints()
    assert Hook.objects.get().outcome == "looked"
    go("nectar.poll", pull.id)
    pull.refresh_from_db()
    assert pull.state == "done"
    assert of_nectar().count() == 1


def test_s53_a_replay_is_one_row_and_one_look_also_of_sixteen_at_once(committing: str, nectar: Nectar) -> None:
    uploaded(world(), nectar)
    start, found, lock = threading.Barrier(16), [], threading.Lock()
    headers = nectar.hooks[0].headers(SECRET, timezone.now())

    def send() -> None:
        start.wait()
        answer = post(nectar.hooks[0].body, headers)
        with lock:
            found.append(answer)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == [(200, "replayed")] * 15 + [(202, "queued")]
    assert (Hook.objects.count(), Job.objects.filter(kind=hooks.HINT).count()) == (1, 1)
    run_hints()
    before = state()
    assert deliver(nectar.hooks[0]) == (200, "replayed")  # and when it was looked at long ago
    run_hints()
    assert state() == before


def test_s53_an_older_message_that_comes_later_changes_nothing(committing: str, nectar: Nectar) -> None:
    uploaded(world(), nectar)
    (document,) = nectar.documents.values()
    newer = nectar.tell("document.updated.v2", {**document, "updated": "2099-01-01T00:00:00.123456789"})
    assert deliver(newer) == (202, "queued")
    assert deliver(nectar.hooks[0]) == (200, "out_of_order")
    assert Job.objects.filter(kind=hooks.HINT).count() == 1


@pytest.mark.parametrize(
    ("event", "facts", "outcome"),
    [
        ("meter.created.v9", {"id": "m1"}, "unknown_event"),
        ("document.created.v2", {"id": "d1", "company": "11111111-1111-4111-8111-111111111111"}, "unknown_company"),
        ("connection.created.v2", {"id": "c1"}, "not_read"),
        ("document.created.v2", {"id": "../connection/1"}, "unknown_shape"),
        ("document.created.v2", {"id": 7}, "unknown_shape"),
        ("document.created.v2", {"id": "d1", "company": [1]}, "unknown_shape"),
        ("x" * 61, {"id": "d1"}, "unknown_shape"),
    ],
)
def test_each_other_message_has_an_outcome_and_changes_nothing(
    committing: str, nectar: Nectar, event: str, facts: dict[str, Any], outcome: str
) -> None:
    uploaded(world(), nectar)
    before = state()
    assert deliver(hook(1, event, facts)) == (200, outcome)
    assert (state(), Job.objects.filter(kind=hooks.HINT).count()) == (before, 0)
    assert Hook.objects.get().outcome == outcome
    assert Notice.objects.filter(template="staff_alert").count() == (1 if outcome == "unknown_shape" else 0)


def test_a_connection_inside_one_of_our_companies_is_told_to_staff_and_not_read(
    committing: str, nectar: Nectar
) -> None:
    uploaded(world(), nectar)
    calls = len(nectar.calls)
    facts = {"id": "c1", "company": {"id": Company.objects.get().nectar_id, "name": "x"}, "username": "pat"}
    assert deliver(hook(1, "connection.updated.v2", facts)) == (200, "not_read")
    assert (len(nectar.calls), Notice.objects.filter(template="staff_alert").count()) == (calls, 1)


def test_the_login_that_a_message_carries_is_nowhere_afterwards(committing: str, nectar: Nectar) -> None:
    w = world()
    uploaded(w, nectar)
    facts = {
        "id": next(iter(nectar.documents)),
        "company": Company.objects.get().nectar_id,
        "old": [{"userName": "hunter2"}, {"deep": {"password": "hunter2", "field": "username", "value": "hunter2"}}],
    }
    assert deliver(hook(1, "document.updated.v2", facts)) == (202, "queued")
    assert "hunter2" not in repr(list(Hook.objects.values()))
    assert not events("gate.refused")


def test_a_document_that_we_did_not_hand_over_is_told_and_not_read(committing: str, nectar: Nectar) -> None:
    w = world()
    to_the_end(shared(w))
    company = Company.objects.get().nectar_id
    nectar.add_months(company, 1, account="40900017")
    before = state()
    assert deliver(nectar.hooks[-1]) == (202, "queued")
    run_hints()
    assert Hook.objects.get().outcome == "not_ours"
    assert state() == before


def test_a_document_of_another_company_than_the_message_says_is_not_looked_into(
    committing: str, nectar: Nectar
) -> None:
    pull = uploaded(world(), nectar)
    document = next(iter(nectar.documents.values()))
    nectar.documents["other"] = {**document, "id": document["id"], "company": "11111111-1111-4111-8111-111111111111"}
    assert deliver(hook(1, "document.created.v2", {"id": "other"})) == (202, "queued")
    run_hints()
    assert Hook.objects.get().outcome == "unknown_company"
    pull.refresh_from_db()
    assert pull.state == "waiting"


def test_after_a_stop_a_message_brings_nothing_back(committing: str, nectar: Nectar) -> None:
    w = world()
    uploaded(w, nectar)
    stop(w)
    assert deliver(nectar.hooks[0])[0] == 202
    run_hints()
    assert not of_nectar().exists()


def test_rows_are_forgotten_when_no_replay_can_come(committing: str, nectar: Nectar) -> None:
    uploaded(world(), nectar)
    deliver(nectar.hooks[0])
    assert hooks.forget(timezone.now() + timedelta(days=29)) == 0
    assert hooks.forget(timezone.now() + timedelta(days=31)) == 1


# --- a document that Nectar changes -------------------------------------------------------------------------------


def test_a_later_word_of_nectar_is_a_revision_beside_the_first_and_flags_the_value(
    committing: str, nectar: Nectar
) -> None:
    w = world()
    asked = w.post(w.ask(data_types=["bill"], channel="nectar", to="2025-12-01")).json()
    pull = to_the_end(shared(w))
    document, (entry,) = next(iter(nectar.documents.values())), nectar.usage.values()
    told = nectar.tell("document.updated.v2", {**document, "updated": "2026-12-01T00:00:00Z"})
    assert deliver(told) == (202, "queued")
    run_hints()
    assert not events("nectar.revised")  # nothing is other than before
    entry["usage"], entry["updated"] = "800", "2026-12-02T00:00:00Z"
    deliver(nectar.tell("document.updated.v2", {**document, "updated": "2026-12-02T00:00:00Z"}))
    run_hints()
    assert len(events("nectar.revised")) == 1
    (series,) = w.get(f"data-requests/{asked['id']}/readings").json()["series"]
    (value,) = series["readings"]
    assert (value["value"], value["quality"]) == ("812.5", "flagged")
    assert [each["value"] for each in value["revisions"]] == ["800"]
    pull.refresh_from_db()
    assert pull.state == "done"


def test_a_document_that_becomes_another_accounts_changes_nothing(committing: str, nectar: Nectar) -> None:
    w = world()
    to_the_end(shared(w))
    (entry,) = nectar.usage.values()
    entry["identifiers"][0]["value"], entry["usage"] = "40900018", "1"
    before = state()
    document = next(iter(nectar.documents.values()))
    deliver(nectar.tell("document.updated.v2", {**document, "updated": "2026-12-02T00:00:00Z"}))
    run_hints()
    assert state() == before
    assert not events("nectar.revised")
    assert Notice.objects.filter(template="staff_alert").exists()
