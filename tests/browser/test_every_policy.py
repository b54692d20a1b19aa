"""Every page as every role in a real Chromium: no violation of the policy, and nothing personal is left behind there.

The pages are those of the matrix of who may what (tests/authz), behind each of which the world has an object. A place
that nobody declared there fails that suite, so none is left out here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, Response

from tests.authz import matrix
from tests.authz.asking import Asker
from tests.authz.paths import Place, places
from tests.authz.world import shared
from tests.browser.watched import watched
from tests.served import served

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("crawl")]

WATCH = """
window.__broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__broken.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
"""
KEPT = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map((each) => each.name), ...(await caches.keys()),
  ...(await navigator.serviceWorker.getRegistrations()).map((each) => each.scope),
]"""
# What the world holds of people. Whoever reads it on a page may; it stands in no address, and in nothing that is kept.
PERSONAL = ("pat member", "pat@", "kim@", "40900017", "51000042", "9 example road")
# Turned away whoever comes: programs with a key read there, the tables' own site has no such page, or nothing is set up
# there. Of the last line, one is a page that one comes to on a way alone: other tests of this folder walk it, in a
# session that fails on what its console says (`watched`). The other two are addresses of programs.
NOBODYS = {
    *(place.name for place in places() if place.pattern.startswith("api/") and "GET" in place.methods),
    "admin:add", "admin:anything-else", "admin:autocomplete", "admin:delete", "admin:login", "admin:password_change",
    "admin:password_change_done", "admin:view_on_site", "problem", "verify-root", "verify-time-root",
    "join-apply", "ready", "metrics",
}  # fmt: skip
KEPT_BY_DJANGO = {"theme"}  # light or dark, in its own pages of tables
COOKIES = {
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME,
    settings.KNOWN_BROWSER_COOKIE_NAME,
}  # fmt: skip


@dataclass
class Seen:
    """What one browser met."""

    pages: int = 0
    files: int = 0
    wrong: list[str] = field(default_factory=list)


def crawlers() -> list[str]:
    """Everybody who has a browser."""
    return sorted({actor for area in matrix.areas() for actor in area.actors if not actor.endswith("key")})


def shown_to(actor: str) -> list[Place]:
    """Give the addresses at which the matrix promises this actor an answer, and for a stranger every other one too."""
    known, found = matrix.declared(), []
    for place in places():
        row = matrix.row_of(place, "GET", known) if "GET" in place.methods else None
        if row is not None and (row.cells.get(actor) in ("ok", "state") or actor == "anon"):
            found.append(place)
    return found


def answered() -> set[str]:
    """Give the addresses that somebody who has a browser is answered at as declared, not merely turned away."""
    known = matrix.declared()
    rows = [(place, matrix.row_of(place, "GET", known)) for place in places() if "GET" in place.methods]
    words = {place.name: {row.cells.get(each, "") for each in crawlers()} for place, row in rows if row is not None}
    return {name for name, said in words.items() if said & {"ok", "state"}}


@pytest.fixture
def asker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    with django_db_blocker.unblock():
        made = Asker(shared("sqlite"), "sqlite")
        yield made
        made.end()


class Crawl:
    """One actor's browser; its cookies change where a flow needs others."""

    def __init__(self, browser: Browser, url: str, asker: Asker, actor: str) -> None:
        self.url, self.asker, self.actor, self.seen = url, asker, actor, Seen()
        self._contexts: dict[str, tuple[BrowserContext, Page]] = {}
        self._browser, self._where = browser, ""

    def page(self, place: Place) -> Page:
        """Give the page with the cookies that this address needs."""
        who = self.asker.browser(place, self.actor)
        if who not in self._contexts:
            context = self._browser.new_context()
            kept = self.asker.shared.cookies.get(who, {})
            context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in kept.items()])
            context.add_init_script(WATCH)
            page = context.new_page()
            page.on("console", lambda said: self._said(said.type, said.text))
            page.on("pageerror", lambda error: self._note(str(error)))
            page.on("request", self._asked)
            page.on("response", self._answered)
            self._contexts[who] = (context, page)
        return self._contexts[who][1]

    def visit(self, place: Place) -> None:
        """Open one address, and look at what it left in the browser."""
        page = self.page(place)
        self._where = path = place.path(self.asker.objects(self.actor))
        try:
            answer = page.goto(self.url + path, wait_until="load")
        except Error as error:
            if "Download is starting" not in str(error) and "net::ERR_ABORTED" not in str(error):
                raise
            self.seen.files += 1
            self._file(page.context, path)
            return
        assert answer is not None
        self.seen.pages += 1
        for broken in page.evaluate("window.__broken || []"):
            self._note(broken)
        for kept in set(page.evaluate(KEPT)) - KEPT_BY_DJANGO:
            self._note(f"kept in the browser: {kept}")

    def end(self) -> Seen:
        """Look at the cookies, and close."""
        for context, _page in self._contexts.values():
            for cookie in context.cookies():
                name, value = str(cookie.get("name")), str(cookie.get("value"))
                if name not in COOKIES or personal(value):
                    self._note(f"cookie {name}")
            context.close()
        return self.seen

    def _file(self, context: BrowserContext, path: str) -> None:
        answer = context.request.get(self.url + path)
        if "no-store" not in answer.headers.get("cache-control", "") and personal(answer.text()):
            self._note("a file with personal data may be kept")
        answer.dispose()

    def _note(self, what: str) -> None:
        self.seen.wrong.append(f"{self._where} as {self.actor}: {what}")

    def _said(self, kind: str, text: str) -> None:
        # Advice is no fault, nor is the status of an answer, which the matrix is about.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self._note(f"{kind}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self._note(f"asked another place: {request.url}")
        if found := personal(request.url):
            self._note(f"{found} in an address: {request.url}")

    def _answered(self, response: Response) -> None:
        if "/static/" not in response.url and "no-store" not in response.headers.get("cache-control", ""):
            kind = response.headers.get("content-type", "")
            if response.status == 200 and kind.startswith(("text/html", "application/json", "text/csv")):
                self._note(f"may be kept: {response.headers.get('cache-control')!r}")


def personal(text: str) -> str:
    """Give what stands there of a person."""
    lower = text.lower().replace("%20", " ").replace("+", " ").replace("%40", "@")
    return next((each for each in PERSONAL if each in lower), "")


@pytest.mark.parametrize("actor", crawlers())
def test_no_page_breaks_its_policy_or_leaves_anything_in_the_browser(
    asker: Asker, browser: Browser, actor: str
) -> None:
    with served(settings) as server:
        crawl = Crawl(browser, server.url, asker, actor)
        for place in shown_to(actor):
            crawl.visit(place)
        seen = crawl.end()
    assert not seen.wrong, "\n".join(seen.wrong)
    assert seen.pages >= 40


def test_no_address_is_left_out_of_the_crawl() -> None:
    """A stranger's crawl asks for every address; who is answered there has it in a crawl too, or it stands here why."""
    there = {place.name for place in places() if "GET" in place.methods}
    assert {place.name for place in shown_to("anon")} == there
    assert there - answered() == NOBODYS


BROKEN = "<p style='color: red'>x</p><script>alert(1)</script><script nonce='n'>localStorage.setItem('a', 'b')</script>"
POLICY = {"Content-Security-Policy": "default-src 'none'; script-src 'nonce-n'", "Content-Type": "text/html"}


@pytest.mark.parametrize(
    "body", [BROKEN, "<script nonce='n'>console.log('x')</script>", "<script nonce='n'>x()</script>"]
)
def test_a_session_that_is_watched_fails_on_what_a_page_says(browser: Browser, body: str) -> None:
    def said(body: str, status: int = 200) -> None:
        with watched(browser) as context:
            page = context.new_page()
            page.route("http://127.0.0.1:9/", lambda route: route.fulfill(body=body, headers=POLICY, status=status))
            page.goto("http://127.0.0.1:9/")

    with pytest.raises(AssertionError):
        said(body)
    said("<p>x", status=404)


def test_what_the_crawl_calls_wrong(browser: Browser) -> None:
    """A page that does all of it is seen to."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    page.route("http://127.0.0.1:9/", lambda route: route.fulfill(body=BROKEN, headers=POLICY))
    page.goto("http://127.0.0.1:9/")
    broken = page.evaluate("window.__broken")
    assert [each.split()[0] for each in broken] == ["style-src-attr", "script-src-elem"]
    assert page.evaluate(KEPT.replace("await navigator.serviceWorker.getRegistrations()", "[]")) == ["a"]
    context.close()
    assert personal("/my/?name=Pat+Member") == "pat member"
    assert personal("/my/?to=pat%40member.example") == "pat@"
    assert personal("/my/") == ""
