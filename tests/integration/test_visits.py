"""A customer's browser is forgotten after an idle hour and after twelve hours, and nothing but a code begins anew."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client, RequestFactory
from django.utils import timezone

from consents import session
from consents.models import Consent
from consents.visits import limits
from consents.visits.guard import OF_OURS, VISIT
from consents.visits.models import Visit
from tests.clock import travel
from tests.requests_world import World, world
from tests.security import walking


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


def came(w: World) -> Client:
    """Give a browser whose code was right a moment ago."""
    request = RequestFactory().get("/")
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.sign_in(request, w.customer)
    request.session.save()
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return browser


def hers() -> str:
    """Give the address of a page of hers that opens nothing."""
    return f"/my/{Consent.objects.get().id}/stop/"


def status(browser: Client) -> int:
    return int(browser.get(hers()).status_code)


def test_an_hour_without_a_request_ends_it(w: World) -> None:
    browser, began = came(w), timezone.now()
    with travel(began + limits.IDLE - timedelta(seconds=5)):
        assert status(browser) == 200
    with travel(began + limits.IDLE * 2 - timedelta(seconds=10)):
        assert status(browser) == 200
    with travel(began + limits.IDLE * 3):
        answer = browser.get(hers())
        assert (answer.status_code, answer["Location"]) == (302, "/my/sign-in/")
    assert status(browser) == 302  # it does not come back with the clock
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    assert not store().exists(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def test_twelve_hours_end_it_whatever_is_done(w: World) -> None:
    browser, began = came(w), timezone.now()
    for minutes in range(50, 12 * 60, 50):
        with travel(began + timedelta(minutes=minutes)):
            assert status(browser) == 200, minutes
    with travel(began + limits.LONGEST - timedelta(minutes=5)):
        # Asking for another link proves nothing, and gives no more time.
        assert browser.post("/my/sign-in/", {"email": "somebody@example.org"}).status_code == 302
        assert status(browser) == 200
    with travel(began + limits.LONGEST + timedelta(seconds=1)):
        assert status(browser) == 302


def test_a_code_begins_anew_under_a_new_id(w: World) -> None:
    browser = came(w)
    request = RequestFactory().get("/")
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    first = request.session[VISIT]
    with travel(timezone.now() + timedelta(minutes=40)):
        session.remember_customer(request, w.customer)
    assert request.session[VISIT] != first
    assert request.session.session_key != key


def test_whatever_else_a_browser_is_remembered_for_has_the_same_limits(w: World) -> None:
    """What a session holds does not matter: a draft, a joint holder's link, an objector's, a sign-up, a letter."""
    for held in ("link", "draft", "joint_member", "checking_letter", "join_link"):
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[held] = "something"
        store.save()
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
        browser.get("/offers/obec/")
        kept = import_module(settings.SESSION_ENGINE).SessionStore(store.session_key)
        assert kept[VISIT]
        with travel(timezone.now() + limits.IDLE + timedelta(seconds=1)):
            browser.get("/offers/obec/")
        assert not store.exists(store.session_key), held


def test_strangers_are_not_remembered_and_our_own_people_have_their_own_limits(w: World) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    browser.get("/offers/obec/")
    assert Visit.objects.count() == 0
    assert OF_OURS == SESSION_KEY
    clerk = walking.create_user("a-clerk", "A Clerk", walking.Role.STAFF, password=None, actor=walking.ACTOR)
    assert walking.logged_in(clerk).get("/admin/").status_code == 200
    assert Visit.objects.count() == 0


def test_visits_that_are_over_are_deleted_with_the_next_one(w: World) -> None:
    came(w)
    with travel(timezone.now() + limits.LONGEST + timedelta(seconds=1)):
        came(w)
    assert Visit.objects.count() == 1


def test_the_rule_at_its_edges_and_with_a_clock_that_went_back() -> None:
    now = timezone.now()

    def over(began: timedelta, seen: timedelta) -> bool:
        return limits.is_over(began=now - began, seen=now - seen, now=now)

    moment = timedelta(microseconds=1)
    assert not over(limits.LONGEST - moment, limits.IDLE - moment)
    assert over(limits.LONGEST, timedelta())
    assert over(limits.IDLE, limits.IDLE)
    assert not over(timedelta(), timedelta())
    assert not over(-timedelta(hours=2), -timedelta(hours=2))
    assert over(-limits.LONGEST, timedelta())


def test_the_sign_in_says_how_long_it_lasts(w: World) -> None:
    browser = Client()
    assert "after one hour without a click, and after 12 hours" in browser.get("/my/sign-in/").content.decode()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = browser.get("/my/sign-in/").content.decode()
    assert "después de una hora sin un clic y después de 12 horas" in page
    assert timedelta(hours=1) == limits.IDLE
    assert timedelta(hours=12) == limits.LONGEST
