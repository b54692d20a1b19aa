"""Second holders, objectors, and what staff see of them: wide and narrow, in both languages, judged by axe."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext

from broker.parties.models import Role
from consents.joint import counting, dismissing, members
from consents.joint.models import CoApproval
from tests.browser.test_tour import look
from tests.browser.test_who_saw import sign_in
from tests.completeness.test_joint_walk import second_holder, written
from tests.joint_world import BETTY, objection, person
from tests.requests_world import ACCOUNT, World, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
CODE = "123456"


@pytest.fixture
def w(site: Any) -> World:
    return world()


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_holders_pages(site: Any, w: World, context: BrowserContext, language: str) -> None:
    member, client = second_holder(w), Client()
    session = client.session
    session["customer"] = str(w.customer.id)
    session.save()
    client.cookies["sessionid"] = session.session_key
    page = sign_in(context, client, site.url, language)
    page.goto(f"{site.url}/my/")
    look(page, f"joint-dashboard-{language}")
    page.goto(f"{site.url}/my/{w.consent.id}/holder/")
    look(page, f"joint-my-{language}")
    page.locator("#id_email").fill(BETTY)
    page.locator("label[for=id_both]").click()
    page.locator("form button.usa-button:not(.usa-button--unstyled)").last.click()
    look(page, f"joint-my-asked-{language}")
    page.goto(f"{site.url}/holder/{members.token(member.id)}/")
    look(page, f"joint-notice-{language}")
    with patch("broker.parties.links._new_code", return_value=CODE):
        page.locator("button[value=agree]").click()
        page.wait_for_url("**/holder/code/")
    look(page, f"joint-code-{language}")
    page.locator("#id_code").fill(CODE)
    page.locator("form button.usa-button:not(.usa-button--unstyled)").first.click()
    look(page, f"joint-agreed-{language}")
    member.refresh_from_db()
    assert member.agreed_at is not None


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_objectors_pages(site: Any, w: World, context: BrowserContext, language: str) -> None:
    client = Client()
    session = client.session
    session.save()
    client.cookies["sessionid"] = session.session_key
    page = sign_in(context, client, site.url, language)
    page.goto(f"{site.url}/object/")
    look(page, f"object-{language}")
    page.locator("#id_email").fill(BETTY)
    with patch("broker.parties.links._new_code", return_value=CODE):
        page.locator("form button.usa-button:not(.usa-button--unstyled)").last.click()
        page.wait_for_url("**/object/code/")
    page.locator("#id_code").fill(CODE)
    page.locator("form button.usa-button:not(.usa-button--unstyled)").first.click()
    page.wait_for_url("**/object/account/")
    page.locator("button.usa-button--stop").click()
    look(page, f"object-account-wrong-{language}")
    page.locator("#id_number").fill(ACCOUNT)
    page.locator("#id_name").fill("Kim Member")
    page.locator("button.usa-button--stop").click()
    page.wait_for_url("**/object/done/")
    look(page, f"object-done-{language}")
    assert "OBJ-" in page.content()


def test_the_staffs_pages(site: Any, w: World, context: BrowserContext, settings: Any) -> None:
    member = second_holder(w)
    members.require_both(member, actor=members.speaker(member), now=timezone.now())
    both = CoApproval.objects.get()
    written(w, member)
    user, staff = person(Role.STAFF)
    made, client = objection(number=ACCOUNT), Client()
    settings.ABUSE_ACCOUNTS_PER_MAILBOX = 0
    with transaction.atomic():
        counting.look(w.consent, place="", helper="", now=timezone.now())
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    dismissing.request(made, requester=staff, reason="The co-op says that she moved out.", now=timezone.now())
    page = sign_in(context, client, site.url)
    for name, path in {
        "staff-both": "/admin/both/",
        "staff-both-end": f"/admin/both/{both.id}/",
        "staff-both-mailbox": f"/admin/both/mailbox/{member.id}/",
        "staff-worklist": "/admin/",
        "staff-objections": "/admin/objections/",
        "staff-objection": f"/admin/objections/{made.id}/",
        "staff-held": "/admin/held-permissions/",
        "staff-facts": f"/admin/accounts/{w.account.id}/facts/",
    }.items():
        page.goto(f"{site.url}{path}")
        look(page, name)
    officer, _actor = person(Role.OFFICER)
    other = Client()
    other.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = sign_in(context, other, site.url)
    page.goto(f"{site.url}/console/approvals/")
    page.locator("table a").first.click()
    look(page, "officer-dismissal")
    assert "OBJ-" in page.content()
    page.goto(f"{site.url}/console/objections/")
    look(page, "officer-objections")
