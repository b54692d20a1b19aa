"""A person's work mailbox, and what is mailed there of her sign-in (issue 8.2)."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.db import installation
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin import alerts, workbox
from broker.parties.signin.models import Change, KnownBrowser, SignedIn, WorkMailbox
from broker.parties.signin.passkeys import actor_of
from tests import factories
from tests.clock import travel
from tests.integration.audit_support import acts
from tests.integration.sign_in_support import Person, codes_of, signed_in, with_password

pytestmark = pytest.mark.undeclared
AT = "/sign-in/mailbox/"
OLD, NEW = "okoch@work.example", "okoch@other.example"


@pytest.fixture(autouse=True)
def live(committing: str) -> None:
    installation.declare("live")


def mails(template: str = "sign_in_changed") -> list[tuple[str, str]]:
    """Give address and text of the mails that were written, the oldest first."""
    found = []
    for each in Notice.objects.filter(template=template).order_by("created_at"):
        nobody = actor_of(User.objects.order_by("created_at")[0])
        ref = log.append_read(
            "mail.read",
            actor=nobody,
            subject=each.subject,
            purpose="operations",
            obj="mail",
            body={"why": "test"},
            cnt=1,
        )
        content = json.loads(vault.open(each.content, under=ref))
        found.append((content["to"], content["text"]))
    return found


def told() -> list[tuple[str, str]]:
    """Have what waits sent to be written, and give the mails about a sign-in."""
    jobs.run_due(timezone.now())
    return mails()


def code_to(address: str) -> str:
    """Give the code that was mailed there last."""
    return re.findall(r"^(\d{6})$", dict(mails("work_code"))[address], re.MULTILINE)[0]


def prove(browser: Client, address: str) -> Any:
    """Prove a mailbox on one's own page."""
    assert browser.post(AT, {"do": "address", "email": address}).status_code == 302
    return browser.post(AT, {"do": "code", "code": code_to(address)})


def reachable(username: str = "okoch") -> Person:
    """Give somebody who has signed in and proven a mailbox."""
    person = signed_in(username)
    assert prove(person.browser, f"{username}@work.example").status_code == 302
    return person


def test_the_first_sign_in_leads_to_the_mailbox_which_is_used_once_its_code_came_back() -> None:
    person = signed_in("okoch")
    first = person.browser.get("/after-login/")
    assert (first.status_code, first["Location"]) == (302, AT)
    assert "none" in person.browser.get(AT).content.decode()
    assert person.browser.post(AT, {"do": "address", "email": OLD}).status_code == 302
    assert [each.username for each in alerts.without_mailbox()] == ["okoch"]
    assert "holds for ten minutes" in person.browser.get(AT).content.decode()
    assert person.browser.post(AT, {"do": "code", "code": code_to(OLD)}).status_code == 302
    assert alerts.without_mailbox() == []
    assert person.browser.get("/after-login/")["Location"] == "/console/"
    assert OLD in person.browser.get(AT).content.decode()
    row = WorkMailbox.objects.get()
    assert row.code_hash == ""
    assert OLD not in str(row.email)
    assert {"code.sent", "code.accepted", "parties.read"} <= set(acts())


def test_a_code_holds_ten_minutes_five_tries_and_once() -> None:
    person = signed_in("okoch")
    browser, now = person.browser, timezone.now()
    browser.post(AT, {"do": "address", "email": OLD})
    code = code_to(OLD)
    assert code not in WorkMailbox.objects.get().code_hash
    wrong = {"do": "code", "code": f"{(int(code) + 1) % 1_000_000:06}"}
    with travel(now + timedelta(minutes=10, seconds=5)):
        assert workbox.confirm(person.user, code, now=timezone.now()) is not None
    assert [browser.post(AT, wrong).status_code for _ in range(5)] == [422] * 5
    assert browser.post(AT, {"do": "code", "code": code}).status_code == 422
    assert workbox.of(person.user) is None
    assert prove(browser, NEW).status_code == 302
    assert browser.post(AT, {"do": "code", "code": code_to(NEW)}).status_code == 422  # once


def test_codes_are_limited_for_a_person_and_for_a_mailbox_and_wrong_ones_for_a_day() -> None:
    person, other, now = signed_in("okoch"), signed_in("second"), timezone.now()
    assert [workbox.begin(person.user, OLD, language="en", now=now) for _ in range(6)] == [None] * 6
    for user, address in ((person.user, NEW), (other.user, OLD)):
        refusal = workbox.begin(user, address, language="en", now=now)
        assert refusal is not None
        assert refusal.code == "rate.limited"
    for hour in range(3):
        then = now + timedelta(hours=hour + 1)
        assert workbox.begin(other.user, NEW, language="en", now=then) is None
        for _ in range(5):
            assert workbox.confirm(other.user, "no", now=then) is not None
    refusal = workbox.confirm(other.user, "no", now=now + timedelta(hours=3))
    assert refusal is not None
    assert refusal.code in ("rate.limited", "state.conflict")


def test_a_change_asks_for_a_fresh_touch_and_tells_the_old_mailbox() -> None:
    person = reachable()
    SignedIn.objects.update(touched_at=timezone.now() - timedelta(minutes=6))
    asked = person.browser.post(AT, {"do": "address", "email": NEW})
    assert asked.status_code == 403
    assert not Notice.objects.filter(template="work_code").count() > 1
    assert person.touch(asked, {}).status_code == 302
    assert workbox.shown(workbox.of(person.user)) == OLD  # until the code came back
    before = len(told())
    assert person.browser.post(AT, {"do": "code", "code": code_to(NEW)}).status_code == 302
    after = told()[before:]
    assert sorted(to for to, _ in after) == [NEW, OLD]
    assert all("work mailbox of your sign-in was set or changed" in text for _, text in after)
    jobs.run_due(timezone.now())
    assert len(mails()) == before + 2


def test_each_change_of_the_way_in_is_mailed_with_its_number_and_no_link_that_signs_in() -> None:
    person = reachable()
    person.browser.post("/sign-in/codes/")
    page = person.browser.get("/sign-in/passkeys/add/").content.decode()
    person.browser.post("/sign-in/passkeys/add/", {"passkey": person.keys.create(page)})
    added = person.user.passkeys.latest("created_at")
    person.browser.post(f"/sign-in/passkeys/{added.id}/remove/")
    person.keys.held.pop()
    code = codes_of(person, timezone.now())[0]
    assert Client().post("/sign-in/recover/", {"username": "okoch", "code": code}).status_code == 302
    person.browser.post("/sign-in/end/")
    texts = [text for to, text in told() if to == OLD]
    for said in ("passkey was added", "was removed", "recovery codes were made", "codes was used", "were ended"):
        assert any(said in text for text in texts), said
    numbers = {str(each) for each in Change.objects.values_list("id", flat=True)}
    for text in texts:
        assert numbers & set(re.findall(r"[0-9a-f-]{36}", text))
        assert "tell the compliance officer" in text
        links = re.findall(r"https?://\S+", text)
        assert [each.partition("//")[2].partition("/")[2] for each in links] == ["sign-in/"]


def test_only_a_browser_that_was_not_seen_before_is_told() -> None:
    person = reachable()
    assert person.browser.cookies["browser"]["httponly"]
    person.sign_in()
    person.sign_in()
    assert not Change.objects.filter(what="browser").count() > 1
    person.browser = Client()
    person.sign_in()
    assert [text for to, text in told() if to == OLD and "browser that was not seen before" in text]
    assert Change.objects.filter(what="browser").count() == 2
    token = person.browser.cookies["browser"].value.encode()
    assert all(token not in bytes(each.token_hash) for each in KnownBrowser.objects.all())
    KnownBrowser.objects.update(seen_at=timezone.now() - timedelta(days=181))
    person.sign_in()
    assert Change.objects.filter(what="browser").count() == 3
    assert "browser that was not seen before" in person.browser.get("/sign-in/").content.decode()


def test_a_browser_that_one_person_used_is_new_for_another() -> None:
    person, other = reachable(), signed_in("second")
    other.browser = person.browser
    other.sign_in()
    assert Change.objects.filter(what="browser", user=other.user).count() == 2


def test_nobody_else_sees_an_address_and_everybody_is_told_who_has_none() -> None:
    reachable()
    officer, operator = signed_in("second"), signed_in("olly", Role.OPERATOR)
    for browser, path in (
        (officer.browser, "/sign-in/left/"),
        (officer.browser, "/console/"),
        (operator.browser, "/sign-in/people/"),
        (officer.browser, AT),
    ):
        page = browser.get(path).content.decode()
        assert OLD not in page
        assert "work mailbox" in page.lower() or '<th scope="col">Mailbox</th>' in page
    assert "People without a work mailbox" in officer.browser.get("/console/").content.decode()
    assert "nothing that changes here is mailed to you" in officer.browser.get("/sign-in/").content.decode()
    assert {each.username for each in alerts.without_mailbox()} == {"second", "olly"}


def test_an_analyst_is_told_in_her_language_and_our_own_people_in_english() -> None:
    client = with_password("ana", Role.ANALYST, organisation=factories.organisation())
    ana, now = User.objects.get(username="ana"), timezone.now()
    assert client.get(AT).status_code == 302  # a password opens nothing here
    for user, language in ((ana, "es"), (signed_in("okoch").user, "en")):
        assert workbox.begin(user, f"{user.username}@work.example", language=language, now=now) is None
        code = code_to(f"{user.username}@work.example")
        assert workbox.confirm(user, code, now=now) is None
        found = dict(told())[f"{user.username}@work.example"]
        assert ("buzón" in found) == (language == "es")
