"""What an organisation may ask is counted for all its keys and people together, and for each account that it names."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from broker.parties.keys import create_application
from broker.parties.models import Application, Role
from broker.parties.staff import create_user
from broker.terms import Refusal
from consents.asking import acts
from consents.asking.acts import Asker
from requests_app.hooks import actions, events
from requests_app.models import DataRequest
from requests_app.pull import actor_of
from tests.integration.asking_support import body, code, make
from tests.integration.test_recipient_many import form
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, ACTOR, World, organisation, world
from tests.requests_world import events as logged

FEW = {"decisions/check": "API_CHECKS_PER_MINUTE", "data-requests": "API_CALLS_PER_MINUTE"}


@pytest.fixture
def w(committing: str) -> World:
    return world()


@pytest.fixture
def strict(settings: Any) -> Any:
    """Allow five calls a minute, of which all may be dry runs."""
    for name in FEW.values():
        setattr(settings, name, 5)
        setattr(settings, f"{name}_TOGETHER", 5)
    return settings


def another(w: World, name: str = "Second") -> tuple[Application, str]:
    """Make one more key of the organisation."""
    now = timezone.now()
    return create_application(
        w.organisation, name, Application.Mode.TEST, expires_at=now + timedelta(days=9), actor=ACTOR, now=now
    )


def send(w: World, path: str, key: str, **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
    return w.call("post", path, w.ask(**changes), headers=headers)


@pytest.mark.parametrize("path", FEW)
def test_another_key_buys_no_more_calls(w: World, strict: Any, path: str) -> None:
    keys = [w.key, another(w)[1], another(w, "Third")[1]]
    answers = [send(w, path, keys[n % 3]).status_code for n in range(7)]
    assert [each == 429 for each in answers] == [False] * 5 + [True] * 2
    other = organisation("other", timezone.now())[2]
    assert send(w, path, other).status_code != 429, "nobody uses up what another organisation has"


def test_one_key_may_be_given_less_than_all_of_them(w: World, strict: Any) -> None:
    strict.API_CALLS_PER_MINUTE = 3
    second = another(w)[1]
    assert [w.get("consents").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [w.get("consents", second).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("path", FEW)
def test_an_ask_for_many_accounts_counts_as_many(w: World, strict: Any, path: str) -> None:
    three = [ACCOUNT, "40900031", "40900032"]
    assert send(w, path, w.key, accounts=three).status_code in (200, 202)
    decided = len(logged("pull.checked")) + DataRequest.objects.count()
    refused = send(w, path, w.key, accounts=three)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate.limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert len(logged("pull.checked")) + DataRequest.objects.count() == decided, "nothing of it was decided"


def test_an_ask_worth_more_than_a_minute_passes_in_a_minute_of_its_own(w: World, strict: Any) -> None:
    strict.API_CALLS_PER_MINUTE_TOGETHER = strict.API_CALLS_PER_MINUTE = 40
    many = [str(40_900_100 + each) for each in range(5)]
    answers = [send(w, "decisions/check", w.key, accounts=many).status_code for _ in range(2)]
    assert answers == [200, 429]


def test_what_people_ask_on_the_pages_counts_with_what_programs_ask(w: World, strict: Any) -> None:
    ana = browser_of(analyst(w.organisation))
    many = [ACCOUNT, "40900031", "40900032", "40900033"]
    assert ana.post("/recipient/requests/many/", form(many)).status_code == 200
    made = DataRequest.objects.count()
    answer = ana.post("/recipient/requests/many/", form(many))
    assert answer.status_code == 429
    assert "as many accounts as a minute allows" in answer.content.decode()
    assert DataRequest.objects.count() == made
    assert send(w, "decisions/check", w.key, accounts=many).status_code == 429


def test_asks_for_a_consent_are_the_organisations(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "IN_AN_HOUR", replace(acts.IN_AN_HOUR, most=2))
    person = create_user("bo", "Bo Lyst", Role.ANALYST, password=None, actor=ACTOR, organisation=w.organisation)
    make(Asker.app(w.application), email=...)
    make(Asker.app(another(w)[0]), email=...)
    for asker in (Asker.app(another(w, "Third")[0]), Asker.person(person)):
        refused = acts.ask(asker, body(email=...), idempotency_key="k", now=timezone.now())
        assert code(refused) == "rate.limited"


def test_tests_and_sending_again_are_the_organisations(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PINGS", replace(actions.PINGS, most=2))
    now, second = timezone.now(), another(w)[0]
    made = [
        actions.create_endpoint(each, "https://hooks.acme.example/in", [events.CHOOSABLE[0]], actor=ACTOR, now=now)
        for each in (w.application, second)
    ]
    ends = [each.endpoint for each in made if isinstance(each, actions.Made)]
    found = [actions.ping(ends[n % 2], actor=actor_of(w.application), now=now) for n in range(3)]
    assert [isinstance(each, Refusal) for each in found] == [False, False, True]
    assert actions.counts_anew(second, now) > now


def test_endpoints_of_all_keys_have_a_limit_of_their_own(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_OF_ALL_KEYS", 2)
    now, rows = timezone.now(), [w.application, another(w)[0], another(w, "Third")[0]]
    made = [
        actions.create_endpoint(each, "https://hooks.acme.example/in", [events.CHOOSABLE[0]], actor=ACTOR, now=now)
        for each in rows
    ]
    assert [isinstance(each, Refusal) for each in made] == [False, False, True]
