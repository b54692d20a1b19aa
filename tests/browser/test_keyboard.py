"""The customer's way in Spanish, by keyboard alone, and once more without JavaScript (S57, S09; WCAG 2.1.1, 2.4.7)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from broker.demo.visitor import word_of
from tests import clock
from tests.browser.test_tour import look, mails, next_mail
from tests.browser.watched import watched

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("rehearsal")]

EMAIL = "tecla@member.example"
NAME = "Tecla Prueba"
FOCUSED = "selector => document.activeElement !== null && document.activeElement.matches(selector)"
# A box or radio of the style sheet shows its focus on the drawing beside the field.
RING = """() => {
  const focused = document.activeElement, beside = focused.nextElementSibling || focused;
  const own = getComputedStyle(focused), drawn = getComputedStyle(beside, '::before');
  return own.outlineStyle !== 'none' || own.boxShadow !== 'none' || drawn.outlineStyle !== 'none';
}"""


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; fail where no key leads to it or the focus cannot be seen."""
    for _ in range(120):
        if page.evaluate(FOCUSED, selector):
            assert page.evaluate(RING), f"the focus on {selector} cannot be seen"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector} on {page.url}")


def write(page: Page, selector: str, text: str) -> None:
    """Type into a field."""
    reach(page, selector)
    page.keyboard.type(text)


def fill_date(page: Page, selector: str, day: date) -> None:
    """Type a day into a date field, as a keyboard does it in this browser: month, day, year."""
    reach(page, selector)
    page.keyboard.type(f"{day:%m%d%Y}")


def tick(page: Page, selector: str) -> None:
    """Tick a box."""
    reach(page, selector)
    page.keyboard.press("Space")


def choose(page: Page, name: str, value: str) -> None:
    """Choose one of a group of radio buttons with the arrow keys."""
    reach(page, f"input[name={name}]")
    for _ in range(8):
        if page.evaluate(FOCUSED, f"input[name={name}][value={value}]"):
            page.keyboard.press("Space")
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"the arrow keys do not reach {value}")


def press(page: Page, selector: str) -> None:
    """Press a button or follow a link, and wait for the page that it opens."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


GO = "main form:not([action*='/no/']) button.usa-button"


def grant(page: Page, rehearsal, *, pictures: bool) -> None:
    """Give a consent with nothing but keys."""
    see = look if pictures else (lambda _page, _name: None)
    known = len(mails(rehearsal, "código", to=EMAIL))
    page.goto(f"{rehearsal.web}/share/with/prairie-rates/")
    press(page, "button[name=language][value=es]")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    see(page, "es-grant-1-who-asks")
    write(page, "input[name=email]", EMAIL)
    press(page, GO)
    letter = next_mail(rehearsal, "código", known, to=EMAIL)
    page.goto(next(link for link in letter["links"] if "/share/open/" in link))
    see(page, "es-grant-2-open-link")
    press(page, GO)
    write(page, "input[name=code]", letter["codes"][0])
    see(page, "es-grant-2-code")
    press(page, GO)
    write(page, "input[name=number]", "51000043")
    write(page, "input[name=name]", NAME)
    write(page, "input[name=address]", "4 Rehearsal Road, Example, MO 00000")
    choose(page, "role", "customer")
    choose(page, "helped", "no")
    see(page, "es-grant-3-account")
    press(page, GO)
    tick(page, "input[name=data_types][value=bill]")
    tick(page, "input[name=data_types][value=usage_daily]")
    fill_date(page, "input[name=history_from]", date(2025, 1, 1))
    fill_date(page, "input[name=history_through]", date(2025, 12, 31))
    see(page, "es-grant-4-data")
    press(page, GO)
    choose(page, "purpose", "rate_comparison")
    fill_date(page, "input[name=last_day]", clock.today() + timedelta(days=90))
    see(page, "es-grant-5-purpose")
    press(page, GO)
    tick(page, "input[name=agrees]")
    see(page, "es-grant-6-terms")
    press(page, GO)
    reach(page, "a[href$='letter.pdf']")
    word = word_of(page.request.get(f"{rehearsal.web}/share/letter.pdf").body())
    write(page, "input[name=word]", word)
    see(page, "es-grant-7-read")
    press(page, GO)
    write(page, "input[name=typed_name]", NAME)
    see(page, "es-grant-8-check")
    press(page, GO)
    expect(page).to_have_url(f"{rehearsal.web}/share/done/")
    see(page, "es-grant-9-done")


def test_s57_in_spanish_and_by_keyboard_alone(page: Page, rehearsal) -> None:
    grant(page, rehearsal, pictures=True)
    for path, name in [("/my/", "my"), ("/my/access/", "who-saw"), ("/my/data/", "data"), ("/check/", "check")]:
        page.goto(rehearsal.web + path)
        look(page, f"es-{name}")
    page.goto(f"{rehearsal.web}/my/")
    press(page, "a.usa-button--stop")
    look(page, "es-stop")
    press(page, "button.usa-button--stop")
    look(page, "es-stopped")
    page.goto(f"{rehearsal.web}/my/")
    expect(page.locator("a.usa-button--stop")).to_have_count(0)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A small telephone whose browser runs no script."""
    with watched(browser, viewport={"width": 320, "height": 640}, java_script_enabled=False) as context:
        yield context.new_page()


def test_s09_without_scripts_on_a_small_telephone(plain: Page, rehearsal) -> None:
    """And stopping takes no more steps than granting."""
    steps: list[str] = []
    plain.on("request", lambda request: steps.append(request.url) if request.method == "POST" else None)
    known = len(mails(rehearsal, "link and code", to=EMAIL))
    plain.goto(f"{rehearsal.web}/share/with/prairie-rates/")
    plain.locator("input[name=email]").fill(EMAIL)
    plain.locator(GO).first.click()
    letter = next_mail(rehearsal, "link and code", known, to=EMAIL)
    plain.goto(next(link for link in letter["links"] if "/share/open/" in link))
    plain.locator(GO).first.click()
    plain.locator("input[name=code]").fill(letter["codes"][0])
    plain.locator(GO).first.click()
    plain.locator("input[name=number]").fill("51000043")
    plain.locator("input[name=name]").fill(NAME)
    plain.locator("input[name=address]").fill("4 Rehearsal Road, Example, MO 00000")
    plain.locator("input[name=role][value=customer] + label").click()
    plain.locator("input[name=helped][value=no] + label").click()
    plain.locator(GO).first.click()
    plain.locator("input[value=bill] + label").click()
    plain.locator("input[name=history_from]").fill("2025-01-01")
    plain.locator("input[name=history_through]").fill("2025-12-31")
    plain.locator(GO).first.click()
    plain.locator("input[name=purpose][value=rate_comparison] + label").click()
    plain.locator("input[name=last_day]").fill((clock.today() + timedelta(days=90)).isoformat())
    plain.locator(GO).first.click()
    plain.locator("input[name=agrees] + label").click()
    plain.locator(GO).first.click()
    word = word_of(plain.request.get(f"{rehearsal.web}/share/letter.pdf").body())
    plain.locator("input[name=word]").fill(word)
    plain.locator(GO).first.click()
    plain.locator("input[name=typed_name]").fill(NAME)
    plain.locator(GO).first.click()
    expect(plain).to_have_url(f"{rehearsal.web}/share/done/")
    to_grant = len(steps)
    steps.clear()
    plain.goto(f"{rehearsal.web}/my/")
    plain.locator("a.usa-button--stop").first.click()
    plain.locator("button.usa-button--stop").click()
    expect(plain.locator("h1")).to_have_text("Sharing has stopped")
    assert len(steps) == 1 < to_grant


@pytest.mark.parametrize("path", ["/", "/share/with/prairie-rates/", "/v/", "/object/", "/my/sign-in/"])
def test_a_page_with_all_that_it_loads_weighs_at_most_100_kb(browser: Browser, rehearsal, path: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page, loaded = context.new_page(), []
    page.on("requestfinished", lambda request: loaded.append(request))
    page.goto(rehearsal.web + path, wait_until="networkidle")
    sizes = {each.url: each.sizes()["responseBodySize"] for each in loaded}
    context.close()
    assert len(sizes) > 2, "a page and its style sheets"
    assert sum(sizes.values()) <= 100_000, sizes
