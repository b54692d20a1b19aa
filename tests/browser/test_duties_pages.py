"""The stop switch, suspensions, broken glasses and the team, as our people see them: axe, keys, widths."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from broker.duties import bars
from broker.parties.models import Role
from tests.authz.hers import signed_in
from tests.browser.test_every_page import apart, as_person, visit
from tests.browser.test_tour import look
from tests.duties_world import person, suspended
from tests.integration.test_outside import purposes as proposed
from tests.integration.test_waits import Small
from tests.outside_world import code, enrolled, sent
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]


def made() -> tuple[str, str]:
    """An officer and a recipient's analyst, whose recipient is suspended; give the sessions."""
    w, olga = world(), person("Olga Officer", Role.OFFICER)
    ana = browser_of(analyst(w.organisation)).cookies["sessionid"].value
    suspended(w.application, olga)
    return browser_of(olga).cookies["sessionid"].value, ana


def test_what_an_officer_stops_and_opens(site: Any, context: BrowserContext) -> None:
    olga, ana = apart(made)
    page = as_person(context, site.url, "en", olga)
    visit(page, f"{site.url}/duties/team/", "duties-team")
    assert "at least two more people" in page.content()
    visit(page, f"{site.url}/duties/suspensions/", "duties-suspensions")
    visit(page, f"{site.url}/console/glass/", "glass-none")
    page.get_by_label("Customer: e-mail").fill(ACCOUNT)
    page.get_by_label("What the emergency is").fill("A house burns.")
    page.get_by_role("button", name="Break glass").click()
    visit(page, page.url, "glass-open")
    page.get_by_role("button", name="Open what is sealed").click()
    assert "Pat Member" in page.content()
    visit(page, f"{site.url}/console/glass/", "glass-list")
    visit(page, f"{site.url}/console/rights/", "rights-none")
    page.get_by_role("button", name="Begin a review now").click()
    visit(page, f"{site.url}/console/rights/", "rights-open")
    page.get_by_role("link", name="Ana Example").click()
    visit(page, page.url, "rights-one")
    page.get_by_label("What becomes of it").select_option("keep")
    page.get_by_label("Why").fill("It is used.")
    page.get_by_role("button", name="Say so").click()
    assert "1 of" in page.content()
    visit(page, f"{site.url}/duties/stop/", "duties-switch")
    page.get_by_label("Why").fill("Look first.")
    page.get_by_role("button", name="Stop all disclosures").click()
    assert apart(bars.code_for) == bars.HALTED
    visit(page, f"{site.url}/duties/stop/", "duties-stopped")
    theirs = as_person(context, site.url, "en", ana)
    theirs.goto(f"{site.url}/recipient/")
    assert "Nothing is handed out right now" in theirs.content()
    look(theirs, "halted")


def asked_outside() -> tuple[str, str]:
    """A proposal that was mailed outside; give the session of an operator, and the page's path."""
    small = Small()
    lena = enrolled(small.opa, small.olga)
    _ask, path = sent(proposed(small), lena, small.opa)
    small.asked("incident.decide", subject=None)
    return browser_of(small.opa).cookies["sessionid"].value, path


def test_somebody_from_outside_reads_and_answers(site: Any, context: BrowserContext) -> None:
    opa, path = apart(asked_outside)
    page = as_person(context, site.url, "en", opa)
    visit(page, f"{site.url}/duties/outside/", "duties-outside")
    context.clear_cookies()  # a browser in which somebody of ours is signed in opens nothing there
    page = as_person(context, site.url, "en")
    visit(page, f"{site.url}{path}", "outside-start")
    page.get_by_role("button", name="Mail me a code").click()
    look(page, "outside-code")
    page.get_by_label("The 6-digit code from your mailbox").fill(apart(code))
    page.get_by_role("button", name="Show what is proposed").click()
    look(page, "outside-proposal")
    page.get_by_label("Your reason").fill("I read it.")
    page.get_by_role("button", name="I agree: do it").click()
    look(page, "outside-thanks")
    assert "You agreed, and it is done." in page.content()


def waiting_for_her() -> tuple[str, str, str]:
    """A wait that began; give the sessions of an operator and of the customer, and the wait."""
    small = Small()
    wait = small.begun()
    small.asked()
    hers = signed_in(small.w.customer.id).cookies["sessionid"].value
    return browser_of(small.opa).cookies["sessionid"].value, hers, str(wait.id)


def test_a_day_in_which_she_can_say_no(site: Any, context: BrowserContext) -> None:
    opa, hers, wait = apart(waiting_for_her)
    page = as_person(context, site.url, "en", opa)
    visit(page, f"{site.url}/duties/team/", "duties-team-small")
    visit(page, f"{site.url}/duties/waits/", "duties-waits")
    for language, no in (("en", "No, do not do this"), ("es", "No, no lo hagan")):
        page = as_person(context, site.url, language, hers)
        visit(page, f"{site.url}/my/waits/{wait}/", f"my-wait-{language}")
        assert page.get_by_role("button", name=no).is_visible()
    page.get_by_role("button", name=no).click()
    look(page, "my-wait-said-no")
