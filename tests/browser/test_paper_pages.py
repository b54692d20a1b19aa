"""What somebody entered from paper, as its writer, another and a late reader see it: wide, narrow, judged by axe."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext
from time_machine import travel

from broker.parties.models import Role
from broker.terms import Actor
from consents import electronic
from consents.paper import entering, printing
from consents.paper.models import PaperEntry, PaperLetter
from requests_app.fees import by_word
from requests_app.fees.by_word import Said
from requests_app.fees.lifecycle import Asks, SaidBy
from requests_app.fees.models import WrittenYes
from tests import clock
from tests.browser.test_fee_pages import asked, waiting_of
from tests.browser.test_tour import look
from tests.browser.test_who_saw import sign_in
from tests.integration.console_support import officer
from tests.integration.test_paper import original
from tests.integration.test_paper import person as another
from tests.requests_world import World, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


def entered(w: World, by: Actor) -> PaperEntry:
    """Enter a letter of the world's recipient."""
    made = printing.make(w.organisation, answers=None, language="en", actor=None, now=timezone.now())
    assert made is not None
    letter, now = PaperLetter.objects.get(code=made.code), timezone.now()
    found = entering.enter(letter, original(), received_at=now - timedelta(days=1), actor=by, now=now)
    assert isinstance(found, PaperEntry), found
    return found


def test_what_was_entered_from_paper(site: Any, context: BrowserContext) -> None:
    w, client = world(), officer(Role.OPERATOR)
    me = Actor("s", uuid.UUID(client.session["_auth_user_id"]), role="operator")
    page = sign_in(context, client, site.url, "en")
    with travel(timezone.now() - timedelta(days=20)):
        late = entered(w, another())
    entries = {"own": entered(w, me), "another": entered(w, another()), "late": late}
    words = {"own": "Take it back", "another": "The original says this", "late": "Take it off the list"}
    for name, entry in entries.items():
        page.goto(f"{site.url}/admin/paper/{entry.id}/")
        assert page.get_by_role("button", name=words[name]).count() == 1
        look(page, f"paper-entry-{name}")
    manual = asked(w, Asks.FEE)
    assert electronic.withdraw(w.customer, actor=Actor("c", w.customer.id), now=timezone.now())
    said = Said(SaidBy.PHONE, clock.today(), Decimal("35.00"), "I call her back at 10.")
    entry = by_word.write(waiting_of(manual), said, actor=me, now=timezone.now())
    assert isinstance(entry, WrittenYes)
    page.goto(f"{site.url}/admin/yes/{entry.id}/")
    look(page, "fee-yes-own")
    page.get_by_role("button", name="Take it back").click()
    assert page.get_by_text("it is taken back").count() == 1
