"""Passkeys in a real browser: Chromium with an authenticator of its own, in a live installation."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from broker.db import installation
from broker.parties.models import Role
from broker.parties.signin.models import Passkey, RecoveryCode, SignedIn
from tests.browser.test_tour import look
from tests.browser.watched import WIDE, watched
from tests.integration.sign_in_support import link_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.undeclared,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]
HOLDER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def place(site: Any, settings: Any) -> str:
    """Where the site is: browsers give passkeys to names, and to no number."""
    installation.declare("live")
    settings.PUBLIC_URL = site.url.replace("127.0.0.1", "localhost")
    return str(settings.PUBLIC_URL)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with watched(browser, viewport=WIDE, locale="en-US") as opened:
        yield opened


def authenticator(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """Give this page an authenticator that knows its holder."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": HOLDER})
    return session, str(added["authenticatorId"])


def test_an_operator_enrols_signs_in_touches_again_and_sees_her_own_sign_in(
    place: str, context: BrowserContext
) -> None:
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    session, name = authenticator(context, page)
    page.goto(place + link_of("olly", Role.OPERATOR))
    look(page, "sign-in-enrol")
    page.get_by_label("A name for it").fill("work laptop")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("Your passkey is saved").wait_for()
    look(page, "sign-in-login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/sign-in/mailbox/")
    assert SignedIn.objects.get().by == "passkey"
    look(page, "sign-in-mailbox")
    page.get_by_label("Your e-mail address at work").fill("olly@work.example")
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_role("heading", name="Prove the address").wait_for()
    look(page, "sign-in-mailbox-code")
    page.get_by_role("link", name="Later").click()
    page.wait_for_url("**/admin/")
    page.goto(place + "/sign-in/")
    page.get_by_text("work laptop").first.wait_for()
    look(page, "sign-in-own")
    SignedIn.objects.update(touched_at=timezone.now() - timedelta(minutes=6))
    page.get_by_role("button", name="Make new recovery codes").click()
    page.get_by_role("heading", name="Touch your passkey").wait_for()
    assert not RecoveryCode.objects.exists()
    look(page, "sign-in-again")
    page.get_by_role("button", name="Touch and go on").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    look(page, "sign-in-codes")
    code = page.locator("code").nth(4).inner_text()
    page.goto(place + "/sign-in/passkeys/add/")
    look(page, "sign-in-add")
    page.goto(place + "/sign-in/")
    page.get_by_role("link", name="People who sign in").click()
    page.get_by_role("cell", name="Operator").wait_for()
    look(page, "sign-in-people")
    page.goto(place + "/sign-in/")
    page.get_by_role("button", name="End all my sessions").click()
    page.get_by_role("button", name="Sign in with a passkey").wait_for()
    # The device is lost.
    session.send("WebAuthn.clearCredentials", {"authenticatorId": name})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No passkey was given").wait_for()
    page.get_by_role("link", name="I lost my passkey").click()
    page.get_by_label("User name").fill("olly")
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("Your passkey is saved").wait_for()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/sign-in/mailbox/")
    assert Passkey.objects.count() == 2
    assert not [each for each in said if "Failed to load resource" not in each], said
