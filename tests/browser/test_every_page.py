"""Every page that a customer, a clerk or a stranger can open, in both languages: axe, keys, widths, and its weight."""

import gzip
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from broker.demo.visitor import Visitor
from consents.models import Complaint, Consent, LetterOfAuthorization
from consents.session import CUSTOMER
from requests_app.api import guides
from tests.browser.test_tour import look
from tests.completeness.routes import addresses
from tests.integration.grant_support import ACCOUNT, DATA, EMAIL, NAME, Desk, desk, last_day
from tests.joint_world import LINE, proven
from tests.requests_world import World, coop, usage, world

__all__ = ["desk"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
LIGHT = 100_000  # bytes on the wire, with all that a page loads into an empty cache
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])

GUIDES = {  # English, like all that developers read here
    "developers": "/developers/",
    "developers-guide": "/developers/guides/webhooks/",
    "developers-codes": "/developers/codes/",
}
PUBLIC = {
    "home": "/",
    "offers": "/offers/obec/",
    "offers-unknown": "/offers/craighead/",
    "passwords": "/passwords/",
    "problem": "/problems/consent.absent",
    "check": "/check/",
    "paper-start": "/share/paper/",
    "verify": "/v/",
    "verify-code": "/v/2345-6789",
    "verify-file": "/v/file/",
    "verify-yourself": "/v/how/",
    "desk": "/desk/",
    "desk-hint": "/desk/K7QXABCD2345",
    "desk-code": "/desk/code/",
    "object": "/object/",
    "join": "/join/",
    "join-sent": "/join/sent/",
    "login": "/login/",
    "signin-recover": "/sign-in/recover/",
    "my-sign-in": "/my/sign-in/",
}
HERS = {
    "my": "/my/",
    "my-access": "/my/access/",
    "my-access-ask": "{ask}",
    "my-access-report": "/my/access/report/{year}/",
    "my-question": "/my/access/questions/{question}/",
    "my-data": "/my/data/",
    "my-data-use": "/my/data/use/{account}/usage_daily/",
    "my-how-signed": "/my/{consent}/how-signed/",
    "my-joint": "/my/{consent}/holder/",
    "my-paper": "/my/paper/",
    "my-posted-code": "/my/account/{account}/code/",
    "my-prove": "/my/account/{account}/prove/",
    "my-renew": "/my/{consent}/renew/",
    "my-way": "/my/{consent}/way/",
    "my-resume": "/my/{consent}/resume/",
    "my-share-file": "/my/{consent}/file/",
    "my-share-guide": "/my/{consent}/file/how/bills/",
    "my-share-letter": "/my/{consent}/file/letter/bills/",
    "my-stop": "/my/{consent}/stop/",
    "stop": "{stop}",
}
CLERKS = {
    "verify-letter": "/v/letter/",
    "verify-released": "/v/letter/released/",
    "verify-doubt": "/v/letter/doubt/",
    "verify-member": "/v/letter/member/",
}
# The steps of a grant, and what answers each, in their order.
GRANT: dict[str, Callable[[Desk, Visitor], object]] = {
    "account": lambda _desk, person: person.submit("/share/account/", ACCOUNT),
    "data": lambda _desk, person: person.submit("/share/data/", DATA),
    "purpose": lambda _desk, person: person.submit(
        "/share/purpose/", {"purpose": "rate_comparison", "last_day": last_day()}
    ),
    "terms": lambda desk, person: desk.agree(person),
    "read": lambda desk, person: desk.read(person),
    "check": lambda _desk, _person: None,
}
# Pages that stand behind a form are looked at where a test fills that form in, in both languages.
BEHIND_A_FORM = {
    **dict.fromkeys(
        [f"share-{step}" for step in ("start", "code", "open", "account", "data", "purpose", "terms", "read", "check")],
        "test_keyboard.py",
    ),
    "share-done": "test_keyboard.py",
    "share-accounts": "test_several_pages.py",
    "share-renewal": "test_every_page.py",
    "my-code": "test_every_page.py",
    "my-open": "test_every_page.py",
    "my-request-date": "test_every_page.py",
    "my-wait": "test_duties_pages.py",
    "outside": "test_duties_pages.py",
    "my-share-look": "test_upload_pages.py",
    **dict.fromkeys(("my-brought", "recipient-drops", "recipient-drop"), "test_brought_pages.py"),
    "my-request-way": "test_every_page.py",
    "my-request-question": "test_fee_pages.py",
    "my-request-came": "test_completeness_pages.py",
    **dict.fromkeys(("desk-requests", "desk-act"), "test_billing_desk_pages.py"),
    "attest": "test_stopping.py",
    "asked": "test_asking_pages.py",
    **dict.fromkeys(
        ("signin", "signin-add", "signin-again", "signin-mailbox", "signin-people", "enrol"), "test_sign_in_pages.py"
    ),
    "signin-leaving": "test_incident_pages.py",
    **dict.fromkeys(("joint", "joint-code", "joint-open"), "test_joint_pages.py"),
    **dict.fromkeys(("object-open", "object-code", "object-account", "object-done"), "test_joint_pages.py"),
    "verify-member-code": "test_every_page.py",
    **dict.fromkeys(
        [
            "join-apply",
            "join-code",
            "join-open",
            "recipient",
            "recipient-ask",
            "recipient-ask-new",
            "recipient-asks",
            "recipient-bills",
            "recipient-data",
            "recipient-key",
            "recipient-key-new",
            "recipient-keys",
            "recipient-many",
            "recipient-permissions",
            "recipient-webhooks",
            "recipient-hook",
            "recipient-request",
            "recipient-requests",
        ],
        "test_recipient_pages.py",
    ),
}
NO_PAGE = {
    "after-login", "api-ask", "developers-openapi", "api-asks", "api-hook", "api-hook-deliveries", "api-hooks",
    "api-bills", "api-bills-csv", "api-consents", "api-file", "api-link", "api-readings", "api-readings-csv",
    "api-readings-xml", "api-request", "api-requests", "health", "log-checkpoint", "metrics", "ready",
    "log-continues", "log-receipt-vkey", "log-tile", "log-vkey", "my-access-copy", "my-access-report-pdf",
    "my-data-file", "my-data-readings", "my-letter", "my-page-as-served", "recipient-picture", "recipient-readings",
    "recipient-bills-csv", "recipient-file", "recipient-readings-xml",
    "seal-crl", "seal-root", "set_language",
    "share-letter", "verify-copy", "verify-root", "verify-time-root",
}  # fmt: skip


def as_person(context: BrowserContext, url: str, language: str, session: str = "") -> Page:
    """Give a page in this language, of whoever has this session."""
    kept = [{"name": "django_language", "value": language, "url": url}]
    kept += [{"name": "sessionid", "value": session, "url": url}] if session else []
    context.add_cookies(kept)
    return context.new_page()


def apart[T](call: Callable[[], T]) -> T:
    """Do something in a thread of its own: the browser's driver has a loop in this one, and so has the seal."""

    def done() -> T:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def weight(request: Any) -> int:
    """Give the bytes of an answer; a file of the site is served compressed, which only this test's server does not."""
    _host, static, name = request.url.partition("/static/")
    if static:
        return len(gzip.compress(Path(str(finders.find(name))).read_bytes()))
    return int(request.sizes()["responseBodySize"])


def sheets(page: Page) -> int:
    """Give the sheets of paper that a page takes when it is printed."""
    with pikepdf.open(io.BytesIO(page.pdf(format="Letter"))) as document:
        return len(document.pages)


def visit(page: Page, url: str, name: str) -> None:
    """Open a page with an empty cache, weigh it, and look at it."""
    quick = page.context.new_cdp_session(page)
    quick.send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[Any] = []

    def note(request: Any) -> None:
        loaded.append(request)

    page.on("requestfinished", note)
    answer = page.goto(url, wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200, f"{name}: {answer.status}"
    sizes = {each.url: weight(each) for each in loaded}
    page.remove_listener("requestfinished", note)
    assert sum(sizes.values()) <= LIGHT, f"{name}: {sizes}"
    look(page, name)


def test_no_page_of_theirs_is_left_out(site: Any) -> None:
    """A new page fails here until somebody says where it is looked at."""
    ours = ("admin:", "console", "duties")
    theirs = {name for name, methods in addresses().items() if "GET" in methods and not name.startswith(ours)}
    looked_at = {*PUBLIC, *GUIDES, *HERS, *CLERKS, *BEHIND_A_FORM}
    assert theirs - looked_at == NO_PAGE
    for where in set(BEHIND_A_FORM.values()):
        assert (Path(__file__).parent / where).exists()


@LANGUAGES
def test_strangers_pages(desk: Desk, site: Any, context: BrowserContext, language: str) -> None:
    assert desk.organisation  # somebody asks, and a log is there to check receipts against
    page = as_person(context, site.url, language)
    for name, path in PUBLIC.items():
        visit(page, site.url + path, f"every-{name}-{language}")


def test_developers_pages(site: Any, context: BrowserContext) -> None:
    page = as_person(context, site.url, "es")
    for name, path in GUIDES.items():
        visit(page, site.url + path, f"every-{name}")
        assert page.locator("html").get_attribute("lang") == "en"


def test_no_table_of_a_guide_is_cut(site: Any, context: BrowserContext) -> None:
    page = as_person(context, site.url, "en")
    for name in guides.GUIDES:
        page.goto(f"{site.url}/developers/guides/{name}/")
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 900})
            wide = "boxes => boxes.map(each => each.scrollWidth - each.clientWidth)"
            assert max(page.locator(".doc__table").evaluate_all(wide), default=0) <= 0, f"{name} at {width} px"
        look(page, f"every-guide-{name}")


def grown(desk: Desk) -> tuple[Visitor, dict[str, str]]:
    """Give a customer with a permission, a file, a question and a second holder; and what her addresses name."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, account={"name": LINE})
    desk.sign(person, typed_name="James R Smith")
    desk.work()
    consent = Consent.objects.get()
    proven(consent)
    number = "51000042"
    use = {"file": ("use.csv", usage(number).encode(), "text/csv")}
    looked = person.submit(f"/my/{consent.id}/file/", {}, files=use).url.path
    person.submit(looked, {"act": "save"})
    ask = re.search(r"/my/access/\d+/ask/", person.get("/my/access/").text)
    assert ask is not None
    person.submit(ask[0], {"words": "What is this?"})
    stop = next(link for link in desk.mail("Receipt")["links"] if "/stop/" in link)
    others = [each for each in re.findall(r"/my/access/\d+/ask/", person.get("/my/access/").text) if each != ask[0]]
    return person, {
        "ask": others[0],
        "year": str(timezone.now().year),
        "question": str(Complaint.objects.get().id),
        "consent": str(consent.id),
        "account": str(consent.accounts.get().id),
        "stop": urlsplit(stop).path,
    }


@LANGUAGES
def test_her_pages(desk: Desk, site: Any, context: BrowserContext, language: str) -> None:
    person, names = apart(lambda: grown(desk))
    page = as_person(context, site.url, language, person.http.cookies["sessionid"])
    for name, path in HERS.items():
        visit(page, site.url + path.format(**names), f"every-{name}-{language}")


@LANGUAGES
def test_the_page_of_a_renewal_and_of_signing_in(desk: Desk, site: Any, context: BrowserContext, language: str) -> None:
    person = apart(desk.grant)
    old = Consent.objects.get()
    page = as_person(context, site.url, language, person.http.cookies["sessionid"])
    page.goto(f"{site.url}/my/{old.id}/renew/")
    page.locator("main form button.usa-button").click()
    mail = desk.mail(old.number)
    page.locator("#id_code").fill(mail["codes"][0])
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/renewal/")
    look(page, f"every-share-renewal-{language}")
    page.locator("main form button.usa-button").first.click()
    look(page, f"every-share-renewal-errors-{language}")
    page.locator("main form[action$='/no/'] button").click()
    page.get_by_text(old.number).first.wait_for()
    look(page, f"every-share-renewal-no-{language}")
    page.goto(f"{site.url}/my/sign-in/")
    page.locator("#id_email").fill("gwen@member.example")
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/my/code/")
    look(page, f"every-my-code-{language}")
    subject = "link and code" if language == "en" else "enlace"
    link = next(each for each in desk.mail(subject)["links"] if "/my/open/" in each)
    visit(page, link, f"every-my-open-{language}")


@LANGUAGES
def test_the_pages_of_a_grant(desk: Desk, site: Any, context: BrowserContext, language: str) -> None:
    """Each step as it comes, weighed with an empty cache, and each again where its answers are missing."""
    person, slug = desk.visitor(), desk.organisation.slug
    person.http.cookies.set("django_language", language)
    subject = "link and code" if language == "en" else "enlace y"

    def begin() -> None:
        person.submit(f"/share/with/{slug}/", {"email": EMAIL})
        mail = desk.mail(subject)
        person.submit("/share/code/", {"code": mail["codes"][0]})

    apart(begin)
    page = as_person(context, site.url, language, person.http.cookies["sessionid"])
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{site.url}/share/with/{slug}/")
    go_on, no = (each.bounding_box() for each in page.locator("main button.usa-button").all())
    assert go_on
    assert no
    assert (go_on["width"], go_on["height"]) == (no["width"], no["height"]), "saying no is as large as going on"
    for step, fill in GRANT.items():
        visit(page, f"{site.url}/share/{step}/", f"every-share-{step}-{language}")
        page.locator("main form button.usa-button").first.click()
        page.locator(".usa-alert--error").first.wait_for()
        look(page, f"every-share-{step}-errors-{language}")
        apart(partial(fill, desk, person))
    page.goto(f"{site.url}/share/check/")
    page.locator("#id_typed_name").fill(NAME)
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/done/")
    visit(page, f"{site.url}/share/done/", f"every-share-done-{language}")


@LANGUAGES
def test_the_clerks_pages(desk: Desk, site: Any, context: BrowserContext, language: str) -> None:
    apart(desk.grant)
    code = LetterOfAuthorization.objects.get().verification_code
    page = as_person(context, site.url, language)
    page.goto(f"{site.url}/v/{code}")
    page.locator("input[name=digits]").fill("0042")
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/v/letter/")
    for name, path in CLERKS.items():
        visit(page, site.url + path, f"every-{name}-{language}")
    page.goto(f"{site.url}/v/letter/")
    assert sheets(page) == 1, "the page says that it fits on one sheet"
    page.goto(f"{site.url}/v/letter/member/")
    page.locator("main form button.usa-button").first.click()
    page.wait_for_load_state()
    look(page, f"every-verify-member-code-{language}")


@LANGUAGES
def test_the_page_about_a_date(
    site: Any, context: BrowserContext, tmp_path: Path, settings: Any, language: str
) -> None:
    with coop(tmp_path, settings):
        made: World = world()
        manual = made.manual()
        client = Client()
        kept = client.session
        kept[CUSTOMER] = str(made.customer.id)
        kept.save()
        page = as_person(context, site.url, language, str(kept.session_key))
        visit(page, f"{site.url}/my/requests/{manual.id}/date/", f"every-my-request-date-{language}")
        visit(page, f"{site.url}/my/asks/{manual.request_id}/way/", f"every-my-request-way-{language}")
