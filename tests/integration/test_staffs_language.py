"""Staff's pages are English, dates and all; other pages and whatever goes to a customer keep the reader's language."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from broker.audit import log
from broker.inlets.language import STAFFS_PAGES, is_staffs, page
from broker.parties.models import Customer, Role
from broker.terms import Actor
from consents.identity import posted
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.test_identity_staff import text_of
from tests.requests_world import ACTOR, World, coop, run_job, world


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


def spanish(client: Client) -> Client:
    """Choose Spanish, as the button on every page does."""
    assert client.post("/language/setlang/", {"language": "es", "next": "/"}).status_code == 302
    return client


def test_the_addresses_of_staff_are_those() -> None:
    for name in (
        "admin:index",
        "admin:find",
        "console",
        "console-log",
        "console-numbers",
        "signin-people",
        "signin-leaving",
        "desk",
    ):
        assert is_staffs(reverse(name))
    assert is_staffs(reverse("outside", args=["x"]))
    for name in ("home", "my", "login", "check"):
        assert not is_staffs(reverse(name))
    assert all(each.endswith("/") for each in STAFFS_PAGES)


def test_a_member_of_staff_who_chose_spanish_reads_english_with_english_dates(
    w: World, tmp_path: Path, settings: Any
) -> None:
    staff = spanish(officer(Role.STAFF))
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert manual.due is not None
    for path in (f"/admin/requests/{manual.id}/", f"/admin/requests/{manual.id}/date/", "/admin/"):
        answer = staff.get(path)
        page = answer.content.decode()
        assert 'lang="en"' in page
        assert answer["Content-Language"] == "en"
        assert f" de {manual.due:%Y}" not in page
        assert "Español" not in page  # there is no other language to choose
    assert f"{manual.due:%B} {manual.due.day}, {manual.due.year}" in staff.get(f"/admin/requests/{manual.id}/").text
    head = spanish(officer(Role.OFFICER)).get("/console/numbers/")
    assert head["Content-Language"] == "en"
    home = staff.get("/").content.decode()
    assert '<html lang="es">' in home
    assert "English" in home


def test_a_customers_pages_keep_her_language(w: World, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
    manual.refresh_from_db()
    client = spanish(Client())
    sign_in(client, w.customer.id)
    client.cookies["django_language"] = "es"
    page = client.get("/my/").content.decode()
    assert '<html lang="es">' in page
    assert f" de {manual.due:%Y}" in page


@pytest.mark.parametrize(("language", "said"), [("en", "Your code"), ("es", "Su código")])
def test_a_letter_that_staff_print_is_in_the_customers_language(w: World, language: str, said: str) -> None:
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, body={})
        Customer.objects.filter(id=w.customer.id).update(language=language, audit_event_id=ref.id)
    code = posted.ask(w.account, actor=Actor("c", w.customer.id), now=timezone.now())
    assert code is not None
    answer = spanish(officer(Role.STAFF)).post(f"/admin/identity/codes/{code.id}/")
    assert answer["Content-Type"] == "application/pdf"
    assert said in text_of(answer.content)


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/", "/"),
        ("/my/sign-in/", "/my/sign-in/"),
        ("/share/with/prairie-rates/", "/share/with/prairie-rates/"),  # the name is the recipient's own
        ("/problems/channel.forbidden.credentials", "/problems/channel.forbidden.credentials"),
        ("/share/with/my password is x/", "/"),
        ("/my-portal-password-is-x/", "/"),  # no page of ours: nothing to come back to
    ],
)
def test_the_switch_comes_back_to_the_page_it_stood_on(path: str, back: str) -> None:
    assert page(RequestFactory().get(path))["here"] == back
