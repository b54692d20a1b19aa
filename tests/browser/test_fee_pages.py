"""The pages of fees, questions and numbers: wide and narrow, in both languages where they are hers, judged by axe."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext

from broker.parties.models import Role
from broker.terms import Actor
from consents import electronic
from requests_app.fees import asking, by_word, quoting, replacing
from requests_app.fees.by_word import Said
from requests_app.fees.lifecycle import Asks, SaidBy, Why
from requests_app.fees.models import Question, WrittenYes
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests import clock
from tests.browser.test_tour import look
from tests.browser.test_who_saw import sign_in
from tests.integration.console_support import officer
from tests.integration.test_receive import take
from tests.ladder_world import person
from tests.numbers_world import answered
from tests.request_lives import bring
from tests.requests_world import ACTOR, World, reply, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
STAFF = Actor("s", ACTOR.id, role="staff")


@pytest.fixture
def w(site: Any) -> World:
    return world()


def asked(w: World, asks: Asks, words: str = "") -> ManualRequest:
    manual, now = bring(w.manual(), ManualState.WAITING_ON_UTILITY), timezone.now()
    if asks == Asks.FEE:
        quoting.quote(manual, Decimal("35.00"), said_by=SaidBy.MAIL, actor=STAFF, now=now)
    asking.ask_customer(manual, asks, words, actor=STAFF, now=now)
    return manual


def waiting_of(manual: ManualRequest) -> Question:
    found = asking.waiting(ManualRequest.objects.get(id=manual.id))
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_her_pages(site: Any, w: World, context: BrowserContext, language: str) -> None:
    client = Client()
    session = client.session
    session["customer"] = str(w.customer.id)
    session.save()
    client.cookies["sessionid"] = session.session_key
    page = sign_in(context, client, site.url, language)
    fee = asked(w, Asks.FEE)
    page.goto(f"{site.url}/my/requests/{fee.id}/question/")
    look(page, f"fee-question-{language}")
    page.locator("main button.usa-button").click()
    look(page, f"fee-question-empty-{language}")
    page.locator("main label.usa-radio__label").first.click()
    page.locator("main button.usa-button").click()
    page.wait_for_url("**/question/")
    look(page, f"fee-question-yes-{language}")
    for kind in (Asks.SIGN, Asks.PAPER, Asks.CALL):
        page.goto(f"{site.url}/my/requests/{asked(w, kind).id}/question/")
        look(page, f"fee-{kind}-{language}")
    page.goto(f"{site.url}/my/requests/{asked(w, Asks.WORDS, '¿?').id}/question/")
    look(page, f"fee-words-{language}")


def test_the_desks_pages(site: Any, w: World, context: BrowserContext) -> None:
    now = timezone.now()
    fee, plain = bring(w.manual(), ManualState.WAITING_ON_UTILITY), bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    quoting.quote(fee, Decimal("35.00"), said_by=SaidBy.MAIL, actor=STAFF, now=now)
    mailed = bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    take(reply(mailed, csv=False, text="Copies cost $35.00."), mailed)
    us = bring(w.manual(), ManualState.WAITING_ON_US)
    new = replacing.supersede(bring(w.manual(), ManualState.WAITING_ON_UTILITY), Why.OWN_FORM, actor=STAFF, now=now)
    assert isinstance(new, ManualRequest)
    hers = asked(w, Asks.FEE)
    page = sign_in(context, officer(Role.STAFF), site.url, "en")
    names = {"waiting": plain, "mailed": mailed, "fee": fee, "customer": hers, "us": us, "drafted": new}
    for name, manual in names.items():
        page.goto(f"{site.url}/admin/requests/{manual.id}/acts/")
        look(page, f"acts-{name}")
    paper = asked(w, Asks.FEE)
    assert electronic.withdraw(w.customer, actor=Actor("c", w.customer.id), now=now)
    page.goto(f"{site.url}/admin/requests/{paper.id}/acts/")
    look(page, "acts-paper")
    said = Said(SaidBy.PHONE, clock.today(), Decimal("35.00"), "I call her back at 10.")
    entry = by_word.write(waiting_of(paper), said, actor=person("staff"), now=timezone.now())
    assert isinstance(entry, WrittenYes)
    page.goto(f"{site.url}/admin/yes/{entry.id}/")
    look(page, "fee-yes")
    page.goto(f"{site.url}/admin/requests/{paper.id}/acts/")
    look(page, "acts-paper-waits")
    page.goto(f"{site.url}/admin/requests/{plain.id}/acts/")
    page.locator("#h-quote ~ form button").first.click()
    look(page, "acts-wrong")
    page.goto(f"{site.url}/admin/numbers/")
    look(page, "numbers-none")
    for days in (3, 5, 5, 6, 7, 7, 7, 8, 8, 9, 10, 10, 12, 14, 27):
        answered(w, days, ago=90)
    page.goto(f"{site.url}/admin/numbers/")
    look(page, "numbers-desk")


def test_the_officers_numbers(site: Any, w: World, context: BrowserContext) -> None:
    for days in (3, 5, 6):
        answered(w, days)
    page = sign_in(context, officer(), site.url, "en")
    page.goto(f"{site.url}/console/numbers/")
    look(page, "numbers-console")
