"""A dry run: the same decision by the same door, recorded, counted, and nothing else happens."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.jobs.models import Job
from broker.limits.counting import FORGET
from requests_app.models import DataRequest, Decision, ManualRequest
from tests.completeness.watch import opened
from tests.integration.test_release import revoke
from tests.requests_world import ACCOUNT, World, events, organisation, world

OTHER = "40900099"


def check(w: World, **changes: Any) -> Any:
    return w.call("post", "decisions/check", w.ask(**changes))


def nothing_happened() -> bool:
    kept = DataRequest.objects.exists() or Decision.objects.exists() or ManualRequest.objects.exists()
    return not kept and not Job.objects.exclude(kind=FORGET).exists()


def test_what_would_go_to_the_utility_is_said_and_nothing_is_sent(sqlite_db: str) -> None:
    w = world()
    found = check(w).json()
    assert (found["outcome"], found["channel"], found["codes"]) == ("route", "manual_request", [])
    assert found["consent"] == str(w.consent.id)
    assert found["accounts"] == [{"account": ACCOUNT, "outcome": "route", "codes": []}]
    assert nothing_happened()
    assert len(events("pull.checked")) == 1
    assert not events("pull.decided")


def test_it_is_the_decision_that_an_ask_would_get(sqlite_db: str) -> None:
    w = world()
    for changes in (
        {},
        {"data_types": ["usage_15min"]},
        {"accounts": [OTHER]},
        {"channel": "nectar"},
        {"purpose": "research"},
    ):
        dry, real = check(w, **changes).json(), w.post(w.ask(**changes)).json()
        assert dry["codes"] == (real["codes"] if "nearest_permitted" in real else [])
        assert dry["rules"] == real["rules"]
        assert dry["nearest_permitted"] == real.get("nearest_permitted", [])


def test_each_account_is_decided_by_itself(sqlite_db: str) -> None:
    w = world()
    found = check(w, accounts=[ACCOUNT, OTHER]).json()
    assert found["outcome"] == "route"
    assert found["accounts"] == [
        {"account": ACCOUNT, "outcome": "route", "codes": []},
        {"account": OTHER, "outcome": "refusal", "codes": ["scope.account"]},
    ]
    assert nothing_happened()


def test_the_ways_that_were_looked_at_and_not_taken_say_why(sqlite_db: str) -> None:
    w = world(onward_recipients=[], prefers=["nectar"], data_types=["bill"])
    found = check(w, data_types=["bill"]).json()
    assert found["channel"] == "manual_request"
    [nectar] = [each for each in found["alternatives"] if each["channel"] == "nectar"]
    assert nectar["codes"] == ["scope.onward_recipient"]
    assert [row["rule"] for row in nectar["rules"]] == [15, 16, 17]


def test_a_refusal_is_an_answer_and_not_an_error(sqlite_db: str) -> None:
    w = world()
    revoke(w)
    jobs = Job.objects.exclude(kind=FORGET).count()
    answer = check(w)
    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["codes"]) == ("refusal", ["consent.revoked"])
    assert not DataRequest.objects.exists()
    assert Job.objects.exclude(kind=FORGET).count() == jobs


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": ...}, "ask.incomplete"),
        ({"color": "blue"}, "ask.invalid"),
        ({"utility": "atlantis"}, "utility.unknown"),
    ],
)
def test_an_ask_that_is_none_is_refused_as_such(sqlite_db: str, changes: dict[str, Any], code: str) -> None:
    w = world()
    answer = check(w, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(events("pull.checked")) == 1


def test_a_stranger_learns_nothing_of_a_consent(sqlite_db: str) -> None:
    w = world()
    key = organisation("other", timezone.now())[2]
    headers = {"Authorization": f"Bearer {key}"}
    found = w.call("post", "decisions/check", w.ask(consent=str(w.consent.id)), headers=headers).json()
    nobody = w.call("post", "decisions/check", w.ask(accounts=[OTHER]), headers=headers).json()
    assert (found["outcome"], found["codes"], found["consent"]) == ("refusal", ["consent.absent"], None)
    assert nobody["codes"] == found["codes"]


def test_its_entry_holds_every_rule_and_no_account_number(sqlite_db: str) -> None:
    w = world()
    check(w)
    [event] = events("pull.checked")
    body = opened(event.id)
    assert body["consent"] == str(w.consent.id)
    assert len(body["rules"]) >= 17
    assert ACCOUNT not in repr(body)


def test_checks_have_a_limit_of_their_own(sqlite_db: str, settings: Any) -> None:
    settings.API_CHECKS_PER_MINUTE = 2
    w = world()
    answers = [check(w).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert len(events("pull.checked")) == 2
    assert w.get("consents").status_code == 200


def test_without_the_log_nothing_is_checked(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.audit import log

    w = world()

    def broken(*_: Any, **__: Any) -> None:
        raise log.LogUnavailable("no")

    monkeypatch.setattr(log, "_write", broken)
    answer = check(w)
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_it_is_not_reached_by_a_get(sqlite_db: str) -> None:
    assert Client().get("/api/v1/decisions/check").status_code in (401, 405)
