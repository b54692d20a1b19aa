"""A person's work mailbox, and what is mailed there of her sign-in (issue 8.2)."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.db import installation
from broker.jobs import registry
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin import alerts, leaving, workbox
from broker.parties.signin.models import Change, KnownBrowser, Passkey, SignedIn, WorkMailbox
from broker.parties.signin.passkeys import actor_of
from requests_app.desk_work import mailboxes
from requests_app.desk_work.models import DeskMailbox
from tests import factories
from tests.clock import travel
from tests.integration.audit_support import acts
from tests.integration.sign_in_support import Person, codes_of, link_of, signed_in, with_password
from tests.integration.test_desk_digest import proven_mailbox

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


def early() -> datetime:
    """Give a moment with a whole day of limits before it."""
    return timezone.now().replace(hour=6, minute=0, second=0)


def confirms(user: User, code: str, now: datetime) -> str:
    """Try a code, and give why it is refused."""
    refusal = workbox.confirm(user, code, now=now)
    return refusal.code if refusal else ""


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
    person, other, morning = signed_in("okoch").user, signed_in("second").user, early()

    def begins(user: User, address: str, now: datetime, times: int) -> list[str]:
        refusals = [workbox.begin(user, address, language="en", now=now) for _ in range(times)]
        return [each.code if each else "" for each in refusals]

    assert begins(person, OLD, morning, 7) == [""] * 6 + ["rate.limited"]
    assert begins(person, NEW, morning, 1) == ["rate.limited"]
    assert begins(other, OLD, morning, 1) == [""]  # what one person types keeps no other from her mailbox
    assert begins(person, OLD, morning + timedelta(hours=1), 5) == [""] * 4 + ["rate.limited"]  # ten a day to one
    assert begins(person, NEW, morning + timedelta(hours=2), 7) == [""] * 6 + ["rate.limited"]
    assert begins(person, "third@work.example", morning + timedelta(hours=3), 2) == ["", "rate.limited"]  # 18
    assert begins(person, NEW, morning + timedelta(days=1), 1) == [""]
    for hour in range(3):
        then = morning + timedelta(hours=hour + 1)
        assert begins(other, NEW, then, 1) == [""]
        assert {confirms(other, "no", then) for _ in range(5)} == {"state.conflict"}
    then = morning + timedelta(hours=4)
    assert begins(other, NEW, then, 1) == [""]
    assert confirms(other, code_to(NEW), then) == "rate.limited"
    assert workbox.of(other) is None


def test_all_together_flood_no_mailbox() -> None:
    people, morning = [signed_in(f"p-{number}", Role.STAFF).user for number in range(4)], early()
    sent = 0
    for user in people:
        for hour in range(2):
            for _ in range(5):
                sent += workbox.begin(user, NEW, language="en", now=morning + timedelta(hours=hour)) is None
    assert sent == 30


def test_an_address_that_no_code_proved_is_kept_no_longer_than_it_waits() -> None:
    person, now = signed_in("okoch").user, timezone.now()
    for address in ("typo@work.example", OLD):
        assert workbox.begin(person, address, language="en", now=now) is None
    gone, waits = WorkMailbox.objects.get(ended_at__isnull=False), WorkMailbox.objects.get(ended_at=None)
    assert gone.email is None
    assert waits.email is not None


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


def known(person: Person) -> int:
    return KnownBrowser.objects.filter(user=person.user).count()


def test_a_cookie_that_was_copied_opens_nothing_once_its_owner_signs_in_again() -> None:
    person = reachable()
    copied = person.browser.cookies["browser"].value
    person.sign_in()
    assert person.browser.cookies["browser"].value != copied
    thief = Person("okoch")
    thief.keys = person.keys
    thief.browser.cookies["browser"] = copied
    before = Change.objects.filter(what="browser").count()
    thief.sign_in()
    assert Change.objects.filter(what="browser").count() == before + 1


def test_who_signs_in_here_too_stays_known_and_is_seen_no_later_for_it() -> None:
    person, other = reachable(), signed_in("second")
    other.browser = person.browser
    other.sign_in()
    seen = KnownBrowser.objects.get(user=person.user).seen_at
    with travel(timezone.now() + timedelta(hours=1)):
        other.sign_in()
    assert KnownBrowser.objects.get(user=person.user).seen_at == seen
    before = Change.objects.filter(what="browser").count()
    person.sign_in()
    assert Change.objects.filter(what="browser").count() == before


def test_every_browser_is_new_again_after_what_somebody_does_against_a_thief() -> None:
    person = reachable()
    assert known(person) == 1
    person.browser.post("/sign-in/end/")
    assert known(person) == 0
    person.sign_in()
    page = person.browser.get("/sign-in/passkeys/add/").content.decode()
    person.browser.post("/sign-in/passkeys/add/", {"passkey": person.keys.create(page)})
    added = person.user.passkeys.latest("created_at")
    assert known(person) == 1
    person.browser.post("/sign-in/codes/")
    person.browser.post(f"/sign-in/passkeys/{added.id}/remove/")
    assert known(person) == 0
    person.keys.held.pop()
    person.sign_in()
    assert known(person) == 1
    code = codes_of(person, timezone.now())[0]
    assert Client().post("/sign-in/recover/", {"username": "okoch", "code": code}).status_code == 302
    assert known(person) == 0


def test_another_mailbox_leaves_this_browser_known_and_no_other() -> None:
    person = reachable()
    here = person.browser
    person.browser = Client()
    person.sign_in()
    person.browser = here
    person.sign_in()
    assert known(person) == 2
    assert prove(here, NEW).status_code == 302
    assert known(person) == 1
    before = Change.objects.filter(what="browser").count()
    person.sign_in()
    assert Change.objects.filter(what="browser").count() == before


def test_whoever_is_disabled_is_told_before_and_no_browser_of_hers_stays_known() -> None:
    person, officer = signed_in("clare", Role.STAFF), signed_in("olive")
    assert prove(person.browser, "clare@work.example").status_code == 302
    assert leaving.disable(person.user, by=officer.user, reason="Gone.", now=timezone.now()) is None
    assert known(person) == 0
    (text,) = [text for to, text in told() if to == "clare@work.example" and "was disabled" in text]
    assert "http" not in text.partition("SmartHub")[0]
    assert "end all your sessions" not in text


@pytest.mark.parametrize(
    ("name", "named"), [("work laptop", True), ("Winter2024!", True), ("password: Hunter22!", False)]
)
def test_the_mail_names_the_passkey_and_leaves_whatever_it_is_called(name: str, named: bool) -> None:
    person = reachable()
    Passkey.objects.filter(user=person.user).update(name=f"{name}\n\nCall us")
    person.browser = Client()
    person.sign_in()
    text = next(text for to, text in reversed(told()) if "browser that was not seen before" in text)
    assert (name in text) == named
    assert "\n\nCall us" not in text
    assert "The passkey" in text
    assert not Notice.objects.filter(template="sign_in_changed", state="refused").exists()
    assert f"not seen before. ({name}" in person.browser.get("/sign-in/").content.decode()


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


ONWARD = "/console/approvals/?page=2"


def test_whoever_signs_in_on_the_way_to_a_page_comes_by_the_mailbox_too_and_goes_on_from_there() -> None:
    person = Person("okoch")
    person.enrol(link_of("okoch"))
    led = person.sign_in(next=ONWARD)
    assert led["Location"] == f"{AT}?next=/console/approvals/%3Fpage%3D2"
    page = person.browser.get(led["Location"]).content.decode()
    assert f'<a href="{ONWARD}">Later</a>' in page
    begun = person.browser.post(led["Location"], {"do": "address", "email": OLD})
    assert begun["Location"] == led["Location"]
    proven = person.browser.post(led["Location"], {"do": "code", "code": code_to(OLD)})
    assert proven["Location"] == ONWARD
    assert person.sign_in(next=ONWARD)["Location"] == ONWARD


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_later_leads_to_no_other_site(elsewhere: str) -> None:
    person = signed_in("okoch")
    assert person.sign_in(next=elsewhere)["Location"] == "/after-login/"
    page = person.browser.get(AT, {"next": elsewhere}).content.decode()
    assert '<a href="/console/">Later</a>' in page
    begun = person.browser.post(f"{AT}?next={elsewhere}", {"do": "address", "email": OLD})
    assert begun["Location"] == AT


# --- the desk's morning mail is no way around -----------------------------------------------------------------------

MORNING = "/admin/morning/"
DESK, DESK_NEW = "olly@desk.example", "olly@elsewhere.example"


def at_the_desk() -> Person:
    """Give somebody of the desk with a work mailbox and a morning mail."""
    person = signed_in("olly", Role.OPERATOR)
    assert prove(person.browser, OLD).status_code == 302
    assert person.browser.post(MORNING, {"do": "address", "email": DESK}).status_code == 302
    code = re.findall(r"^(\d{6})$", dict(mails("desk_code"))[DESK], re.MULTILINE)[0]
    assert person.browser.post(MORNING, {"do": "code", "code": code}).status_code == 302
    return person


def test_a_morning_mail_is_no_work_mailbox_at_the_sign_in() -> None:
    person = signed_in("olly", Role.OPERATOR)
    proven_mailbox(person.user)
    assert person.browser.get("/after-login/")["Location"] == AT
    assert person.sign_in(next=ONWARD)["Location"].startswith(AT)


def test_the_morning_mail_is_changed_behind_a_fresh_touch_alone() -> None:
    person = signed_in("olly", Role.OPERATOR)
    SignedIn.objects.update(touched_at=timezone.now() - timedelta(minutes=6))
    assert person.browser.get(MORNING).status_code == 200
    for form in ({"do": "address", "email": DESK}, {"do": "code", "code": "123456"}, {"do": "off"}):
        assert person.browser.post(MORNING, form).status_code == 403
    assert not DeskMailbox.objects.exists()


def test_another_address_of_the_morning_mail_is_told_as_it_is_typed_and_as_it_is_proven() -> None:
    person = at_the_desk()
    before = len(told())
    assert person.browser.post(MORNING, {"do": "address", "email": DESK_NEW}).status_code == 302
    asked = told()[before:]
    assert sorted(to for to, _ in asked) == [OLD, DESK]
    assert all("asked for another address of your morning mail" in text for _, text in asked)
    user = person.user
    assert mailboxes.shown(user, actor=actor_of(user)) == DESK  # until the code came back
    assert mailboxes.holders([user.id]) == {user.id}
    assert "A code went to the other address" in person.browser.get(MORNING).content.decode()
    wrong = {"do": "code", "code": "no"}
    assert person.browser.post(MORNING, wrong).status_code == 422
    code = re.findall(r"^(\d{6})$", dict(mails("desk_code"))[DESK_NEW], re.MULTILINE)[0]
    assert person.browser.post(MORNING, {"do": "code", "code": code}).status_code == 302
    assert mailboxes.shown(user, actor=actor_of(user)) == DESK_NEW
    proven = told()[before + len(asked) :]
    assert sorted(to for to, _ in proven) == [OLD, DESK, DESK_NEW]
    assert all("address of your morning mail was set or changed" in text for _, text in proven)
    row = DeskMailbox.objects.get()
    assert (row.code_hash, row.asked) == ("", None)
    assert person.browser.post(MORNING, {"do": "code", "code": code}).status_code == 422  # once


def test_an_old_worker_leaves_what_it_does_not_know_alone() -> None:
    person = reachable()
    person.browser.post("/sign-in/codes/")
    changes = set(Change.objects.filter(user=person.user).values_list("id", flat=True))
    kinds = set(Job.objects.filter(subject_id__in=changes).values_list("kind", flat=True))
    assert kinds == {"signin.told"}
    assert {"signin.told", "signin.changed"} <= registry.kinds()  # what an old page asked for is still mailed
