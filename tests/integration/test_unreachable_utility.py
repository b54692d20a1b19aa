"""A utility of which little is known, behind the API: asks are decided by its file, and nothing goes out to it."""

from typing import Any

import pytest
from django.core import mail

from broker.jobs.models import Job
from consents import home
from requests_app.models import DataRequest, Decision, ManualRequest
from tests.requests_world import world

HERE = "craighead"


def test_a_permitted_ask_waits_for_the_customers_own_download_and_nothing_is_sent(committing: str) -> None:
    w = world(utility=HERE)
    answer = w.post(w.ask(utility=HERE))
    assert answer.status_code == 202, answer.content
    assert (answer.json()["channel"], answer.json()["number"]) == ("customer_upload", None)
    assert Decision.objects.get().profile_version
    assert w.get(f"data-requests/{DataRequest.objects.get().id}").status_code == 200
    assert not ManualRequest.objects.exists()
    assert not Job.objects.filter(kind__startswith="manual.").exists()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channel": "manual_request"}, "channel.unknown"),
        ({"channel": "nectar"}, "channel.unknown"),
        ({"data_types": ["bill"]}, "channel.unknown"),
        ({"channel": "green_button"}, "channel.not_available.green_button"),
        ({"channel": "scraping"}, "channel.forbidden.scraping"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(sqlite_db: str, changes: dict[str, object], code: str) -> None:
    w = world(utility=HERE, data_types=["bill", "usage_daily"])
    answer = w.post(w.ask(utility=HERE, **changes))
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    nearest = {(each["data_type"], each["channel"]) for each in answer.json()["nearest_permitted"]}
    assert nearest == {("usage_daily", "customer_upload")}
    assert not ManualRequest.objects.exists()


def test_it_cannot_be_the_utility_of_an_installation(settings: Any) -> None:
    settings.HOME_UTILITY = HERE
    assert [each.id for each in home.known(None)] == ["consents.E001"]
