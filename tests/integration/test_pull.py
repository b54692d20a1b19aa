"""The door outward: every ask becomes a recorded decision, once."""

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.utils import timezone

from broker.audit import log
from broker.jobs.models import Job
from broker.limits.counting import FORGET
from broker.parties.keys import authenticate_key, create_application, revoke_key
from broker.parties.models import Application
from broker.terms import Refusal
from requests_app import pull as door
from requests_app.models import DataRequest, Decision, ManualRequest
from tests.requests_world import ACCOUNT, ACTOR, events, organisation, world


def test_an_ask_that_is_permitted_becomes_a_request_a_decision_an_order_and_one_event(committing: str) -> None:
    w = world()
    answer = w.post(w.ask())
    assert answer.status_code == 202
    found = answer.json()
    assert (found["outcome"], found["channel"], found["state"]) == ("route", "manual_request", "queued")
    assert found["expected_window"]["business_days"] == [5, 10]
    assert {row["rule"] for row in found["rules"]} == set(range(1, 18))
    request = DataRequest.objects.get(id=found["id"])
    decision = Decision.objects.get(request=request)
    manual = ManualRequest.objects.get(request=request)
    assert request.audit_event_id == decision.audit_event_id == manual.audit_event_id
    assert len(events("pull.decided")) == 1
    assert Job.objects.filter(kind="manual.send", subject_id=manual.id).count() == 1


def test_no_account_number_stands_in_the_rules_the_answer_of_a_status_or_any_open_column(sqlite_db: str) -> None:
    w = world()
    request = w.requested()
    decision = Decision.objects.get(request=request)
    assert ACCOUNT not in json.dumps([decision.rules, decision.nearest, decision.codes])
    assert ACCOUNT not in w.get(f"data-requests/{request.id}").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM requests_app_datarequest")
        assert ACCOUNT not in repr(cursor.fetchall())


def test_what_she_did_not_tick_is_refused_with_what_she_did(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(data_types=["usage_15min"]))
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["code"] == "scope.data_type"
    assert {entry["data_type"] for entry in found["nearest_permitted"]} == {"bill", "usage_daily"}
    assert not ManualRequest.objects.exists()
    assert Decision.objects.get().outcome == "refusal"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"purpose": ...}, 400, "ask.incomplete"),
        ({"purpose": "rate\x00comparison"}, 403, "purpose.mismatch"),
        ({"purpose": {"a": 1}}, 400, "ask.invalid"),
        ({"accounts": ["40900017\x00"]}, 400, "ask.invalid"),
        ({"channel": "x" * 5000}, 403, "channel.not_available"),
        ({"accounts": []}, 400, "ask.incomplete"),
        ({"from": None}, 400, "ask.incomplete"),
        ({"color": "blue"}, 400, "ask.invalid"),
        ({"recipient": "somebody else"}, 400, "ask.invalid"),
        ({"consent": "not an id"}, 400, "ask.invalid"),
        ({"consent": 7}, 400, "ask.invalid"),
        ({"to": "2026-02-29"}, 400, "ask.invalid"),
        ({"from": "2025-10-01T00:00:00Z"}, 400, "ask.invalid"),
        ({"from": "2025-11-01", "to": "2025-10-01"}, 400, "ask.invalid"),
        ({"accounts": ["40-900-017"]}, 400, "ask.invalid"),
        ({"accounts": ["A123456"]}, 400, "ask.invalid"),
        ({"accounts": ["٤٠٩٠٠٠١٧"]}, 400, "ask.invalid"),
        ({"accounts": [40900017]}, 400, "ask.invalid"),
        ({"accounts": "40900017"}, 400, "ask.invalid"),
        ({"accounts": [str(number) for number in range(10_000, 10_101)]}, 400, "ask.invalid"),
        ({"data_types": ["everything"]}, 400, "ask.invalid"),
        ({"utility": "elsewhere"}, 400, "utility.unknown"),
        ({"utility": None}, 400, "utility.unknown"),
        ({"from": "2024-12-31"}, 403, "scope.range"),
        ({"to": "2026-07-02"}, 403, "scope.range"),
        ({"accounts": ["99999999"]}, 403, "consent.absent"),
        ({"purpose": "research"}, 403, "purpose.mismatch"),
        ({"channel": "green_button"}, 403, "channel.not_available.green_button"),
        ({"channel": "scraping"}, 403, "channel.forbidden.scraping"),
        ({"channel": "nectar_sync"}, 403, "channel.not_yet"),
        ({"consent": str(uuid.uuid4())}, 403, "consent.absent"),
    ],
)
def test_a_bad_ask_is_refused_by_name_and_recorded(
    sqlite_db: str, changes: dict[str, Any], status: int, code: str
) -> None:
    w = world()
    answer = w.post(w.ask(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Decision.objects.get().outcome == "refusal"
    assert not ManualRequest.objects.exists()


def test_a_permission_for_one_co_op_is_none_for_another_also_by_its_own_name(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(consent=str(w.consent.id), utility="craighead"))
    assert (answer.status_code, answer.json()["code"]) == (403, "consent.absent")
    assert Decision.objects.get().outcome == "refusal"


def test_the_29th_of_february_of_a_leap_year_is_a_day_and_a_range_of_over_twelve_months_is_no_error(
    sqlite_db: str,
) -> None:
    from datetime import date

    w = world(history_from=date(2024, 1, 1))
    assert w.post(w.ask(**{"from": "2024-02-29", "to": "2025-11-01"})).status_code == 202


@pytest.mark.parametrize("body", ['{"a": 1, "a": 2}', '{"a": NaN}', "[]", "7", "{", '"x"', "null"])
def test_json_that_could_be_read_in_two_ways_or_is_no_object_is_refused(sqlite_db: str, body: str) -> None:
    answer = world().post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "ask.invalid")


def test_a_body_over_the_limit_is_refused(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(color="x" * (26 * 1024 * 1024)))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert not DataRequest.objects.exists()


# --- once ---------------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_give_the_same_request_and_nothing_new(sqlite_db: str) -> None:
    w = world()
    first, again = w.post(w.ask(), key="k-1"), w.post(w.ask(), key="k-1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert DataRequest.objects.count() == ManualRequest.objects.count() == 1
    refused, refused_again = (w.post(w.ask(data_types=["payment"]), key="k-2") for _ in range(2))
    assert refused.json()["id"] == refused_again.json()["id"]
    assert len(events("pull.decided")) == 2


def test_the_same_key_with_another_body_is_a_conflict(sqlite_db: str) -> None:
    w = world()
    w.post(w.ask(), key="k-1")
    answer = w.post(w.ask(to="2025-10-15"), key="k-1")
    assert answer.json()["code"] == "idempotency.conflict"
    assert DataRequest.objects.count() == 1


def test_the_key_of_one_application_is_not_that_of_another(sqlite_db: str) -> None:
    w = world()
    _, _, other_key = organisation("other", timezone.now())
    w.post(w.ask(), key="k-1")
    assert w.post(w.ask(), key="k-1", api_key=other_key).json()["code"] == "consent.absent"


def test_an_ask_without_a_key_is_refused(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(), key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.missing")


def test_equal_asks_at_the_same_moment_make_one_request(committing: str) -> None:
    w = world()
    answers: list[door.Outcome | Refusal] = []

    def ask() -> None:
        try:
            answers.append(door.pull(w.application, w.ask(), idempotency_key="k-1", now=timezone.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({each.request.id for each in answers if isinstance(each, door.Outcome)}) == 1
    assert len(answers) == 4
    assert DataRequest.objects.count() == ManualRequest.objects.count() == 1


# --- who asks -----------------------------------------------------------------------------------------------------


def test_without_a_key_or_with_a_wrong_one_nothing_is_said(sqlite_db: str) -> None:
    from django.test import Client

    w = world()
    missing = Client().post("/api/v1/data-requests", w.ask(), content_type="application/json")
    assert (missing.status_code, missing.json()["code"]) == (401, "auth.missing")
    assert missing["WWW-Authenticate"].startswith("Bearer")
    wrong = w.post(w.ask(), api_key="obk_test_" + "A" * 43)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "auth.invalid")
    assert len(events("auth.key_failed")) == 1
    assert not DataRequest.objects.exists()


def test_wrong_keys_by_the_hundred_are_turned_away_without_an_entry_each(sqlite_db: str) -> None:
    from django.test import Client

    def knock(number: int, **where: str) -> Any:
        key = f"Bearer obk_test_{number:043d}"
        return Client().get("/api/v1/data-requests", HTTP_AUTHORIZATION=key, **where)

    w = world()
    with time_machine.travel(datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC), tick=False):
        found = [knock(n) for n in range(150)]
        assert [each.status_code for each in found] == [401] * 30 + [429] * 120
        assert found[-1].json()["code"] == "rate.limited"
        assert found[-1]["Retry-After"] == str(59 * 60 + 30)
        assert len(events("auth.key_failed")) == 31  # the last of them says that the limit is reached
        assert knock(1, REMOTE_ADDR="192.0.2.7").status_code == 401
        right = Client().get("/api/v1/data-requests", HTTP_AUTHORIZATION=f"Bearer {w.key}")
        assert right.status_code == 200, "a right key opens from the same address"


def test_a_key_ends_with_its_time_its_revocation_and_its_kind_of_database(sqlite_db: str) -> None:
    w, now = world(), timezone.now()
    assert authenticate_key(w.key, now) == w.application
    assert authenticate_key(w.key, now + timedelta(days=91)) is None
    ends, mode = now + timedelta(days=1), Application.Mode.LIVE
    with pytest.raises(IntegrityError, match="a live key to a live installation"):
        create_application(w.organisation, "live", mode, expires_at=ends, actor=ACTOR, now=now)
    with connection.cursor() as cursor:  # by somebody who lifted what the database holds
        cursor.execute("DROP TRIGGER ev_parties_application_mode")
    _, live = create_application(w.organisation, "live", mode, expires_at=ends, actor=ACTOR, now=now)
    assert live.startswith("obk_live_")
    assert authenticate_key(live, now) is None  # this database is a rehearsal
    assert revoke_key(w.application, actor=ACTOR, now=now)
    assert not revoke_key(w.application, actor=ACTOR, now=now)
    assert authenticate_key(w.key, now) is None
    assert w.post(w.ask()).status_code == 401


def test_a_key_is_kept_as_a_hash(sqlite_db: str) -> None:
    w = world()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM parties_application")
        assert w.key.encode() not in repr(cursor.fetchall()).encode()


def test_a_strangers_consent_does_not_exist_for_others(sqlite_db: str) -> None:
    w = world()
    _, _, other_key = organisation("other", timezone.now())
    answer = w.post(w.ask(consent=str(w.consent.id)), api_key=other_key)
    missing = w.post(w.ask(consent=str(uuid.uuid4())), api_key=other_key)
    assert answer.json()["code"] == missing.json()["code"] == "consent.absent"
    assert Decision.objects.filter(request__customer__isnull=False).count() == 0


# --- several accounts ---------------------------------------------------------------------------------------------


def test_the_order_goes_on_with_the_accounts_that_pass(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(accounts=["99999999", ACCOUNT]))
    assert answer.status_code == 202
    assert answer.json()["accounts"] == [
        {"account": ACCOUNT, "outcome": "route", "codes": []},
        {"account": "99999999", "outcome": "refusal", "codes": ["scope.account"]},
    ]
    assert DataRequest.objects.get().accounts == [str(w.account.id)]


# --- the log ------------------------------------------------------------------------------------------------------


def test_when_the_log_cannot_be_written_nothing_is_decided(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()

    def broken(*_: Any, **__: Any) -> None:
        raise log.LogUnavailable("no")

    monkeypatch.setattr(log, "_write", broken)
    answer = w.post(w.ask())
    assert (answer.status_code, answer.json()["code"]) == (503, "log.unavailable")
    assert answer["Retry-After"]
    assert not DataRequest.objects.exists()
    assert not Job.objects.exclude(kind=FORGET).exists()  # a call was counted, and that count is forgotten in its time


def test_the_consents_of_an_organisation_are_listed_with_one_event_for_each_customer(committing: str) -> None:
    w = world()
    _, _, other_key = organisation("other", timezone.now())
    found = w.get("consents").json()["consents"]
    assert [(each["id"], each["accounts"]) for each in found] == [(str(w.consent.id), [ACCOUNT])]
    assert len(events("consent.viewed")) == 2  # the page, and her
    assert w.get("consents", other_key).json() == {"consents": [], "next": None}
    assert len(events("consent.viewed")) == 2
