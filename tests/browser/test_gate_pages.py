"""What the gate refused, as an officer and the desk see it, and what whoever was refused sees: axe, keys, widths."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext

from broker.parties.models import Role
from tests.browser.test_every_page import apart, as_person, visit
from tests.integration.test_held_files import signed_in
from tests.requests_world import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]
SECRET = "Thimble!Gravel8"


def made() -> None:
    """Two refusals of a stranger, one of them called a false alarm, and a program that is suspended."""
    w = world()
    for note in (f"my portal password is {SECRET}", f"the portal login is rob77, the password {SECRET}"):
        assert Client().post("/my/sign-in/", {"note": note}).status_code == 403
    for _each in range(3):
        assert w.post({**w.ask(), "note": f"her password is {SECRET}"}).status_code == 403


def test_what_the_gate_refused_as_an_officer_sees_it(site: Any, context: BrowserContext) -> None:
    boss = signed_in(Role.OFFICER)
    page = as_person(context, site.url, "en", boss.cookies["sessionid"].value)
    visit(page, f"{site.url}/console/gate/", "officer-gate-empty")
    assert "Nothing was refused in 30 days." in page.content()
    apart(made)
    visit(page, f"{site.url}/console/gate/", "officer-gate")
    words = page.content()
    assert "Acme Advisors: Rate check" in words
    assert SECRET not in words
    number = page.get_by_role("rowheader").first.inner_text()
    page.get_by_label("Find a refusal by its number").fill(number)
    page.get_by_role("button", name="Find it").click()
    assert page.get_by_role("heading", name=number).is_visible()
    visit(page, f"{site.url}/console/gate/?number={number}", "officer-gate-found")
    reason = page.get_by_label("What you found out, and what was changed")
    reason.fill("  ")
    page.get_by_role("button", name="Let it go on").click()
    assert page.get_by_text("Nothing was changed").is_visible()
    assert page.get_by_text("Until then it stays suspended.").is_visible()
    page.get_by_label("What you found out, and what was changed").fill("They found the form that sent it.")
    page.get_by_role("button", name="Let it go on").click()
    assert "Nobody is suspended." in page.content()
    page.get_by_label("What you found out", exact=True).first.fill("Somebody tried her own password.")
    page.get_by_role("button", name="I looked into it: close").first.click()
    assert "Open incidents of the gate (1)" in page.content()
    page.goto(f"{site.url}/console/log/?act=gate.refused")
    assert page.get_by_text("A sentence that says what a password is. (label.sentence)").count() >= 5
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_false_alarms_as_the_desk_sees_them(site: Any, context: BrowserContext) -> None:
    apart(made)
    desk = signed_in(Role.STAFF)
    page = as_person(context, site.url, "en", desk.cookies["sessionid"].value)
    visit(page, f"{site.url}/admin/gate/", "staff-gate")
    page.get_by_label("Why it was no password (do not repeat it)").first.fill("It was the name of a rose.")
    page.get_by_role("button", name="It was a false alarm").first.click()
    assert "Another person has to let it through." in page.content()
    visit(page, f"{site.url}/admin/gate/", "staff-gate-doubted")
    second = as_person(context, site.url, "en", signed_in(Role.STAFF, "two").cookies["sessionid"].value)
    second.goto(f"{site.url}/admin/gate/")
    assert second.get_by_text("It was the name of a rose.").is_visible()
    second.get_by_role("button", name="Let it through once").click()
    assert "Let through, until it comes again or its time is over (1)" in second.content()


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_typed_is_given_back(site: Any, context: BrowserContext, language: str) -> None:
    page = as_person(context, site.url, language, "")
    page.goto(f"{site.url}/object/")
    morning = "Please call me in the morning."
    typed = [
        ("note", f"The bill of March is too high.\nMy portal password is {SECRET}.\n{morning}"),
        ("about", morning),
        ("address", f"my portal password is {SECRET}"),
        ("title", ""),
    ]
    with page.expect_navigation():
        page.evaluate(
            """typed => { const form = document.querySelector('main form');
            for (const [name, value] of typed) {
              const box = document.createElement('textarea'); box.name = name; box.value = value; form.append(box); }
            form.submit(); }""",
            typed,
        )
    assert SECRET not in page.content()
    mark, emptied = {
        "en": ("[taken out]", "We took out all that stood here."),
        "es": ("[quitado]", "Quitamos todo lo que había aquí."),
    }[language]
    assert page.locator("textarea[name=note]").input_value() == f"The bill of March is too high.\n{mark}\n{morning}"
    assert page.locator("input[name=about]").input_value() == morning
    assert page.locator("input[name=address]").input_value() == ""
    box = page.locator("input[name=address]").get_attribute("aria-describedby")
    assert page.locator(f"#{box}").inner_text() == emptied
    assert not page.locator("input[name=title]").is_visible()
    pictures = Path("var/pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=str(pictures / f"gate-given-back-{language}-{width}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
