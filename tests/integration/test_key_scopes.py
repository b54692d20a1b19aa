"""A key opens what it names and nothing more, and the day of its last use is known."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from broker.parties import keys, scopes
from broker.parties.models import Application, KeyUse
from requests_app.models import DataRequest, Release
from tests.requests_world import ACTOR, World, events, world


@pytest.fixture
def w(committing: str) -> World:
    return world()


def narrow(w: World, **scope: Any) -> str:
    now = timezone.now()
    _row, key = keys.create_application(
        w.organisation,
        "Narrow",
        Application.Mode.TEST,
        expires_at=now + timedelta(days=9),
        actor=ACTOR,
        now=now,
        **scope,
    )
    return key


def test_a_key_without_an_operation_is_refused_by_its_own_code_and_leaves_an_entry(w: World) -> None:
    only_data = narrow(w, operations=["data"])
    answer = w.post(w.ask(), api_key=only_data)
    assert (answer.status_code, answer.json()["code"]) == (403, "key.scope")
    assert not DataRequest.objects.exists()
    assert len(events("pull.refused")) == 1
    refused = w.get("consents", only_data).json()
    assert (refused["code"], refused["needs"]) == ("key.scope", ["consents"])
    request = w.requested()
    assert w.get(f"data-requests/{request.id}", only_data).json()["code"] == "key.scope"
    assert w.get(f"data-requests/{request.id}/readings", only_data).json()["code"] == "data.not_ready"


def test_a_key_asks_for_no_kind_of_data_beyond_its_own(w: World) -> None:
    bills = narrow(w, data_types=["bill"])
    answer = w.post(w.ask(data_types=["bill", "usage_daily"]), api_key=bills)
    assert (answer.status_code, answer.json()["code"]) == (403, "key.scope")
    assert w.post(w.ask(data_types=["bill"]), api_key=bills).status_code in (201, 202)


def test_what_another_key_asked_for_is_not_read_with_a_narrower_one(w: World) -> None:
    bills, request = narrow(w, data_types=["bill"]), w.requested()
    # Nothing has come in yet: even so the narrower key learns nothing of it.
    answer = w.get(f"data-requests/{request.id}/readings", bills)
    assert (answer.status_code, answer.json()["code"]) == (403, "key.scope")
    assert not Release.objects.exists()
    assert len(events("data.read_refused")) == 1


def test_a_key_that_names_nothing_opens_nothing(w: World) -> None:
    nothing = narrow(w, operations=[], data_types=[])
    for path in ("consents", f"data-requests/{w.requested().id}"):
        assert w.get(path, nothing).json()["code"] == "key.scope"
    assert w.post(w.ask(), api_key=nothing).json()["code"] == "key.scope"


def test_a_name_that_is_none_makes_no_key(w: World) -> None:
    for scope in ({"operations": ["everything"]}, {"data_types": ["usage"]}):
        with pytest.raises(ValueError, match="no such operation"):
            narrow(w, **scope)


def test_every_key_of_before_and_of_the_command_opens_all_that_there_is(w: World) -> None:
    w.application.refresh_from_db()
    assert w.application.operations == list(scopes.EVERY_OPERATION)
    assert w.application.data_types == list(scopes.EVERY_TYPE)


def test_the_day_of_the_last_use_is_kept_once(w: World) -> None:
    assert keys.last_use(w.application) is None
    for _ in range(3):
        w.get("consents")
    assert KeyUse.objects.count() == 1
    assert keys.last_use(w.application) == KeyUse.objects.get().day
    w.get("consents", "obk_test_" + "x" * 43)
    assert KeyUse.objects.count() == 1
