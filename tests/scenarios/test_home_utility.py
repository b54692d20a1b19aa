"""Another co-op is a data file and a setting: its members sign, its profile decides, its days count."""

from typing import Any

import pytest
from django.utils import timezone

from broker import utilities
from broker.console import criteria
from consents import home
from consents.models import Consent
from requests_app import consent_list, pull
from requests_app.clocks import calendars
from requests_app.models import Decision
from tests.integration.grant_support import ACCOUNT, DATA, Desk, desk
from tests.requests_world import world
from tests.scenarios.coops import both_coops

__all__ = ["both_coops", "desk"]

OTHER = "junegrass"


@pytest.fixture
def at_home(both_coops: None, settings: Any) -> None:
    settings.HOME_UTILITY = OTHER


def test_a_member_of_the_other_co_op_signs_a_letter_to_it(at_home: None, desk: Desk) -> None:
    home = desk.visitor().get("/").text
    assert f"/offers/{OTHER}/" in home
    assert "/offers/obec/" not in home
    desk.grant()
    consent = Consent.objects.get()
    assert consent.utility == OTHER
    assert consent.accounts.get().utility == OTHER
    code = consent.letter.verification_code
    clerk = desk.visitor()
    page = clerk.submit("/v/", {"code": code, "digits": "0042"}).text
    assert utilities.published(OTHER).name in page


def test_an_ask_that_names_no_utility_goes_by_the_home_profile(at_home: None, sqlite_db: str, settings: Any) -> None:
    made = world()
    body = {
        "accounts": ["51000042"],
        "data_types": ["bill"],
        "from": "2025-10-01",
        "to": "2025-11-01",
        "purpose": "rate_comparison",
    }
    pull.pull(made.application, body, idempotency_key="home-1", now=timezone.now())
    assert Decision.objects.latest("decided_at").profile_version.startswith(utilities.published(OTHER).version)
    assert consent_list._today() is not None
    assert criteria.calendar() == calendars.of_utility(OTHER).calendar


def test_a_home_without_a_profile_does_not_start(settings: Any) -> None:
    assert home.known(None) == []
    settings.HOME_UTILITY = "nowhere"
    assert [each.id for each in home.known(None)] == ["consents.E001"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_of_a_grant_call_the_other_co_op_by_its_name(at_home: None, desk: Desk, language: str) -> None:
    person, name = desk.visitor(), utilities.published(OTHER).short_name
    desk.enter(person)
    person.submit("/share/account/", ACCOUNT)
    person.submit("/share/data/", DATA)
    person.http.cookies.set("django_language", language)
    start = f"/share/with/{desk.organisation.slug}/"
    for path in ("/", "/object/", start, "/share/account/", "/share/data/", "/share/purpose/"):
        page = person.get(path).text
        assert "OBEC" not in page, path
        assert name in page, path
