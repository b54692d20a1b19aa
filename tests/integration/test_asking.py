"""An ask for a consent over real HTTP, on both engines: what she sees, what she decides, what the asker learns."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import store
from broker.notices.models import Notice
from broker.parties.models import EmailLink
from consents.asking import acts, ending, listing
from consents.asking.acts import Asker
from consents.asking.lifecycle import State
from consents.asking.models import AskBlock, AskTaken, ConsentAsk
from consents.models import Consent, Draft
from tests import clock
from tests.integration.asking_support import HER, application, body, make, path
from tests.integration.audit_support import acts as written
from tests.integration.grant_support import ACCOUNT, Desk, desk, make_organisation

__all__ = ["desk"]


@pytest.fixture
def asker(desk: Desk) -> Asker:
    """The application of the desk's recipient."""
    return Asker.app(application(desk.organisation)[0])


def answered(ask: ConsentAsk) -> dict[str, object]:
    """What the asker reads of an ask now."""
    ask.refresh_from_db()
    return listing.as_json(ask, now=timezone.now())


def invited(desk: Desk, number: int = 1) -> dict[str, object]:
    """The n-th invitation that lies in her mailbox."""
    desk.work()
    found = desk.mailbox.mails.search(to=HER, subject="asks for your permission")
    assert len(found) == number
    return found[-1]


def begin(desk: Desk, ask: ConsentAsk) -> object:
    """She opens the invitation, types her address, and enters the grant by the mailed code."""
    person = desk.visitor()
    person.submit(path(ask), {"email": HER})
    mail = desk.mail("link and code")
    opened = next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link)
    person.submit(opened, {"code": mail["codes"][0]})
    return person


def test_the_invitation_holds_who_asks_and_the_link_and_nothing_else(desk, asker):
    ask = make(asker)
    mail = invited(desk)
    assert "Acme Rates (test) asks you" in mail["text"]
    assert [urlsplit(link).path for link in mail["links"]] == [path(ask)]
    assert mail["attachments"] == []
    said = mail["text"] + mail["html"]
    for private in ("0042", "51000042", "2025", "bill", "compare electric rates", HER):
        assert private not in said
    assert re.search(r"\b\d{6}\b", mail["text"]) is None


def test_she_sees_who_asks_for_what_and_a_look_changes_nothing(desk, asker):
    ask = make(asker)
    before = written()
    page = desk.visitor().get(path(ask)).text
    for said in ("Acme Rates (test)", "Daily use", "compare electric rates", "You need not agree", "No, do not share"):
        assert said in page
    assert HER not in page
    assert "0042" not in page  # the last digits are for whoever proved her mailbox
    assert written() == before
    assert answered(ask)["state"] == "pending"
    buttons = re.findall(r'<button class="([^"]+)">(?:Go on and choose|No, do not share|No, and they)', page)
    assert len(buttons) == 3
    assert len(set(buttons)) == 1


def test_her_page_speaks_spanish(desk, asker):
    person = desk.visitor()
    person.http.headers["Accept-Language"] = "es"
    page = person.get(path(make(asker, language="es"))).text
    assert "Quién pide permiso, y para qué" in page
    assert "No, no compartir" in page
    desk.work()
    assert desk.mailbox.mails.search(to=HER, subject="le pide permiso")


@pytest.mark.parametrize(
    ("hers", "chosen", "speaks"), [("es", None, "es"), ("es", "en", "en"), ("en", None, "en"), ("en", "es", "es")]
)
def test_pages_and_mails_follow_the_language_that_the_asker_named_until_she_chooses(desk, asker, hers, chosen, speaks):
    person = desk.visitor()
    if chosen:
        person.http.cookies.set(settings.LANGUAGE_COOKIE_NAME, chosen)
    there = path(make(asker, language=hers))
    assert f'<html lang="{speaks}"' in person.get(there).text
    person.submit(there, {"email": HER})
    assert f'<html lang="{speaks}"' in person.get("/share/code/").text
    desk.work()
    words = {"es": "Su enlace y su código", "en": "Your link and code"}
    assert desk.mailbox.mails.search(to=HER, subject=words[speaks])


def test_the_asked_scope_is_proposed_and_is_no_answer_before_she_sends_it(desk, asker):
    ask = make(asker)
    person = begin(desk, ask)
    page = person.get("/share/account/").text
    assert "Acme Rates (test) asks about the account that ends in 0042" in page
    person.submit("/share/account/", ACCOUNT)
    page = person.get("/share/data/").text  # no page is passed over
    assert "Ticked is what Acme Rates (test) asks for" in page
    ticked = re.findall(r'name="data_types" value="(\w+)" id="[\w-]+" checked', page)
    assert ticked == ["bill", "usage_daily"]
    assert person.field_value(person.get("/share/data/"), "history_through") == "2025-12-31"
    # She goes on without having sent the page: nothing is taken over.
    assert "What you share" in person.submit("/share/account/", ACCOUNT).text
    assert answered(ask)["state"] == "pending"


def test_she_narrows_what_was_asked_signs_and_the_asker_gets_the_handle(desk, asker):
    ask = make(asker)
    person = begin(desk, ask)
    narrower = {"data_types": ["usage_daily"], "history_from": "2025-06-01", "history_through": "2025-12-31"}
    last = (clock.today() + timedelta(days=30)).isoformat()
    person.submit("/share/account/", ACCOUNT)
    person.submit("/share/data/", narrower)
    page = person.get("/share/purpose/")
    assert "Filled in is what Acme Rates (test) asks for" in page.text
    assert person.field_value(page, "last_day") == (clock.today() + timedelta(days=90)).isoformat()
    assert re.search(r'name="forward"[^>]*checked', page.text)
    assert not re.search(r'name="nectar"[^>]*checked', page.text)
    person.submit("/share/purpose/", {"purpose": "rate_comparison", "last_day": last})
    desk.agree(person)
    desk.read(person)
    assert "You share more than" not in person.get("/share/check/").text
    desk.sign(person, opens=False)
    consent = Consent.objects.get()
    assert (consent.data_types, consent.forward, consent.ends) == (["usage_daily"], None, clock.today() + timedelta(31))
    found = answered(ask)
    assert (found["state"], found["consent"]) == ("granted", str(consent.id))
    assert ConsentAsk.objects.get().email is None  # the sealed address went with the end of the ask
    assert "This request was answered" in desk.visitor().get(path(ask), expect=410).text


def test_what_she_widens_is_said_before_she_signs(desk, asker):
    person = begin(desk, make(asker))
    desk.answer(person, data={"data_types": ["bill", "usage_hourly"]}, purpose={"purpose": "research"})
    desk.read(person)
    page = person.get("/share/check/").text
    assert "You share more than Acme Rates (test) asked for" in page
    for part in ("kinds of data that they did not ask for", "another purpose than they asked for"):
        assert part in page
    assert "a longer time than they asked for" not in page


def test_the_record_of_the_signing_holds_the_page_of_the_ask_as_it_was_served(desk, asker):
    ask = make(asker)
    served = desk.visitor().get(path(ask)).text
    person = begin(desk, ask)
    desk.answer(person)
    desk.sign(person)
    shown = person.get(f"/my/{Consent.objects.get().id}/how-signed/").text
    pages = [person.get(each).text for each in re.findall(r'href="(/my/[0-9a-f-]+/how-signed/[0-9a-f-]+/)"', shown)]
    kept = [each for each in pages if "Who is asking, and for what" in each]
    assert len(kept) == 1
    for said in ("Daily use", "You need not agree", ask.expires_at.strftime("%Y")):
        assert said in served
        assert said in kept[0]
    assert not [each for each in pages if "You choose what they may see, what for, and until when" in each]


@pytest.mark.promise("ask-tells-nothing")
def test_the_asker_learns_nothing_of_her_steps_before_she_signs(desk, asker):
    ask = make(asker)
    before = answered(ask)
    person = begin(desk, ask)
    person.submit("/share/account/", ACCOUNT)
    person.submit(
        "/share/data/", {"data_types": ["bill"], "history_from": "2025-01-01", "history_through": "2025-02-01"}
    )
    assert Draft.objects.count() == 1
    assert answered(ask) == before
    ask.refresh_from_db()
    assert HER not in str(before)


def test_a_known_customer_and_a_stranger_look_the_same(desk, asker):
    desk.grant()
    ours, strange = make(asker, "k-1"), make(asker, "k-2", email="nobody@elsewhere.example")
    differs = {"id", "asked_at", "expires_at", "resend_from"}
    known, unknown = (
        {name: value for name, value in answered(each).items() if name not in differs} for each in (ours, strange)
    )
    assert known == unknown


@pytest.mark.promise("only-declined")
def test_her_no_is_told_as_declined_and_as_nothing_else(desk, asker):
    ask = make(asker)
    person = desk.visitor()
    page = person.submit(path(ask), action=f"{path(ask)}no/").text
    assert "You said no" in page
    found = answered(ask)
    assert (found["state"], found["consent"], found["link"]) == ("declined", None, None)
    assert set(found) == set(listing.as_json(ask, now=timezone.now()))
    assert person.get(path(ask), expect=410)
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": HER})  # sharing by herself stays open


def test_her_no_on_a_page_of_the_grant_is_a_no_to_the_ask(desk, asker):
    ask = make(asker)
    person = begin(desk, ask)
    person.submit("/share/account/", action=f"/share/with/{desk.organisation.slug}/no/")
    assert answered(ask)["state"] == "declined"


@pytest.mark.promise("asked-not-again")
def test_who_is_not_to_ask_again_can_not(desk, asker):
    ask, second = make(asker, "k-1"), make(asker, "k-2")
    desk.work()
    page = desk.visitor().submit(path(ask), action=f"{path(ask)}not-again/").text
    assert "They will not ask you again here" in page
    assert (answered(ask)["state"], AskBlock.objects.count()) == ("declined", 1)
    refused = acts.ask(asker, body(), idempotency_key="k-3", now=timezone.now())
    assert getattr(refused, "code", "") == "asking.not_wanted"
    # What was asked before is not written about any more either.
    mails = Notice.objects.filter(template="consent_asked").count()
    later = timezone.now() + timedelta(days=4)
    assert isinstance(acts.resend(asker, second, now=later), ConsentAsk)
    desk.work()
    assert Notice.objects.filter(template="consent_asked").count() == mails
    # Another organisation, and the same one at another mailbox, ask as before.
    other = Asker.app(application(make_organisation("other-rates"))[0])
    make(other)
    make(asker, "k-4", email="another@member.example")


def test_a_mailbox_that_nobody_named_cannot_be_blocked(desk, asker):
    ask = make(asker, email=...)
    assert "should not ask me again" not in desk.visitor().get(path(ask)).text
    assert not ending.block(ask, now=timezone.now())
    assert answered(ask)["link"].endswith(path(ask))
    desk.work()
    assert not Notice.objects.exists()


def test_a_link_that_was_handed_over_leads_to_the_same_grant(desk, asker):
    ask = make(asker, email=...)
    person = begin(desk, ask)
    desk.answer(person)
    desk.sign(person)
    assert answered(ask)["consent"] == str(Consent.objects.get().id)


def test_a_cancelled_ask_says_so_and_binds_nobody(desk, asker):
    ask = make(asker)
    person = begin(desk, ask)
    acts.cancel(asker, ask, now=timezone.now())
    assert "They took the request back" in desk.visitor().get(path(ask), expect=410).text
    assert "has taken its request back" in person.get("/share/account/").text
    desk.answer(person)
    desk.sign(person)  # what she signs all the same stands by itself
    assert (answered(ask)["state"], Consent.objects.count()) == ("cancelled", 1)
    assert getattr(acts.resend(asker, ask, now=timezone.now()), "code", "") == "asking.over"
    assert acts.cancel(asker, ask, now=timezone.now()) == ask


def test_after_thirty_days_an_ask_is_over_also_while_no_job_says_so(desk, asker):
    ask = make(asker)
    later = ask.expires_at
    assert listing.as_json(ask, now=later)["state"] == "expired"
    assert getattr(acts.cancel(asker, ask, now=later), "code", "") == "asking.over"
    assert not ending.decline(ask, now=later)
    with transaction.atomic():
        assert ending.end(ask, State.EXPIRED, act="ask.expired", actor=ending.CLOCK, now=later)
    assert answered(ask)["state"] == "expired"
    assert "This request is too old" in desk.visitor().get(path(ask), expect=410).text


def test_the_job_of_the_end_waits_for_the_day(desk, asker):
    make(asker)
    desk.work()
    assert ConsentAsk.objects.get().state == "pending"
    jobs.run_due(timezone.now() + timedelta(days=29))
    assert ConsentAsk.objects.get().state == "pending"


def test_a_fresh_code_goes_on_with_the_same_ask(desk, asker):
    ask = make(asker)
    person = desk.visitor()
    person.submit(path(ask), {"email": HER})
    person.submit("/share/code/", action="/share/code/again/")
    assert {each.ask_id for each in AskTaken.objects.all()} == {ask.id}
    assert AskTaken.objects.count() == EmailLink.objects.count() == 2


def test_a_draft_that_nobody_asked_for_is_not_gone_on_with(desk, asker):
    own = desk.visitor()
    desk.enter(own)
    own.submit("/share/account/", {**ACCOUNT, "number": "51000077"})
    person = begin(desk, make(asker))
    assert 'value="51000077"' not in person.get("/share/account/").text
    assert Draft.objects.count() == 2
    again = begin(desk, ConsentAsk.objects.get())
    assert Draft.objects.count() == 2  # a second look at the ask goes on with its own draft
    assert again.get("/share/account/")


def test_unknown_tokens_are_links_that_are_over(desk):
    for token in ("x", "A" * 43):
        desk.visitor().get(f"/asked/{token}/", expect=410)


def test_no_event_about_an_ask_holds_an_address_or_an_account(desk, asker):
    ask = make(asker)
    desk.work()
    desk.visitor().submit(path(ask), action=f"{path(ask)}no/")
    (found,) = store.rows("SELECT count(*) FROM audit_event WHERE act BETWEEN 620 AND 627")
    assert found[0] == 3  # made, read to write the invitation, declined
