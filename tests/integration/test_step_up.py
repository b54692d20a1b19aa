"""What asks for a fresh touch of the passkey, however long ago somebody signed in (G23)."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.urls import reverse
from django.utils import timezone

from broker.approvals import decide
from broker.db import installation
from broker.duties import bars
from broker.parties.models import Role
from broker.parties.signin.models import RecoveryCode, SignedIn
from broker.parties.signin.step_up import LISTED
from tests.clock import travel
from tests.completeness.routes import addresses, places
from tests.integration.audit_support import acts
from tests.integration.sign_in_support import Person, signed_in, with_password

LATER = timedelta(minutes=6)
ASKS = "Touch and go on"


@pytest.fixture
def live(committing: str) -> None:
    installation.declare("live")


@pytest.mark.undeclared
def test_each_listed_act_asks_for_a_touch_once_five_minutes_have_passed(live: None) -> None:
    people = {role: signed_in(f"a-{role}", role) for role in (Role.OFFICER, Role.APPROVER, Role.OPERATOR)}
    paths, walked = dict(list(places(""))), 0
    with travel(timezone.now() + LATER):
        for name, methods in LISTED.items():
            path = reverse(name) if ":" in name else paths[name]
            for method in sorted(methods):
                for each in people.values():
                    answer = each.browser.generic(method, path)
                    assert answer.status_code == 403, (name, method)
                    assert ASKS in answer.content.decode(), (name, method)
                    walked += 1
    assert walked >= 3 * len(LISTED)
    assert len(LISTED) >= 25
    # To open again asks; to stop and to suspend does not: what protects is not slowed.
    assert {"duties-lift", "duties-resume", "console-glass-review"} <= LISTED.keys()
    quick = {"duties-switch", "duties-suspend"}
    assert quick <= addresses().keys()
    assert not quick & LISTED.keys()


@pytest.mark.undeclared
def test_the_stop_needs_no_fresh_touch_and_to_resume_needs_one(live: None) -> None:
    person = signed_in("okoch")
    with travel(timezone.now() + LATER):
        stopped = person.browser.post("/duties/stop/", {"why": "Bills went to the wrong mailbox."})
        assert (stopped.status_code, stopped["Location"]) == (302, "/duties/stop/")
        stop = bars.stop_now()
        assert stop is not None
        asked = person.browser.post("/duties/stop/resume/", {"why": "The mailbox is right again."})
        assert asked.status_code == 403
        assert ASKS in asked.content.decode()
        assert not decide.is_open(bars.RESUME, about=stop.id)


@pytest.mark.undeclared
def test_a_form_goes_on_after_the_touch_with_all_that_it_said(live: None) -> None:
    person, now = signed_in("okoch"), timezone.now()
    with travel(now + LATER):
        asked = person.browser.post("/sign-in/codes/", {"said": 'a "word" & more'})
        assert asked.status_code == 403
        assert not RecoveryCode.objects.exists()
        assert "a &quot;word&quot; &amp; more" in asked.content.decode()
        before = person.browser.cookies["sessionid"].value
        done = person.touch(asked, {})
        assert done.status_code == 200
        assert RecoveryCode.objects.count() == 10
        assert person.browser.cookies["sessionid"].value != before
        assert "auth.factor" in acts()
        assert person.browser.post("/sign-in/codes/").status_code == 200  # fresh for five minutes
    with travel(now + 2 * LATER):
        assert person.browser.post("/sign-in/codes/").status_code == 403


@pytest.mark.undeclared
def test_a_page_goes_on_after_the_touch_and_to_nowhere_else(live: None) -> None:
    person, now = signed_in("okoch"), timezone.now()
    with travel(now + LATER):
        asked = person.browser.get("/sign-in/passkeys/add/?x=1")
        went = person.touch(asked, {})
        assert (went.status_code, went["Location"]) == (302, "/sign-in/passkeys/add/?x=1")
        assert person.browser.get("/sign-in/passkeys/add/").status_code == 200
    with travel(now + 2 * LATER):
        asked = person.browser.get("/sign-in/again/?next=https://evil.example/")
        assert person.touch(asked, {})["Location"] == "/after-login/"


@pytest.mark.undeclared
def test_the_touch_of_another_person_is_none(live: None) -> None:
    person, other = signed_in("okoch"), signed_in("second")
    with travel(timezone.now() + LATER):
        asked = person.browser.post("/sign-in/codes/")
        borrowed = Person("okoch")
        borrowed.browser, borrowed.keys = person.browser, other.keys
        assert borrowed.touch(asked, {}).status_code == 403
    assert not RecoveryCode.objects.exists()


def test_a_rehearsals_password_has_nothing_to_touch(committing: str) -> None:
    client = with_password("okoch", Role.OFFICER)
    SignedIn.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    assert client.post("/sign-in/codes/").status_code == 200


def test_whatever_acts_on_an_incident_asks_for_a_touch() -> None:
    acting = {name for (name, _path), methods in places("console/incidents/").items() if "POST" in methods}
    assert len(acting) >= 6
    assert acting <= {name for name, methods in LISTED.items() if "POST" in methods}


def test_every_listed_address_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[str]:
        return [str(each.id) for each in run_checks(tags=["security"]) if each.id == "signin.E002"]

    assert found() == []
    monkeypatch.setitem(LISTED, "console-nothing", frozenset({"POST"}))
    assert found() == ["signin.E002"]
