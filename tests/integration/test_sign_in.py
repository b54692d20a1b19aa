"""A live installation is signed in to by passkey alone (G23)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.checks import run_checks
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from broker.db import installation
from broker.limits.counting import DAY
from broker.parties.keys import create_application
from broker.parties.models import Enrolment, Role, User
from broker.parties.signin import passkeys
from broker.parties.signin.models import Passkey, RecoveryCode, SignedIn
from broker.terms import SERVICE
from tests import factories
from tests.authz.matrix import declared, row_of
from tests.authz.paths import places
from tests.clock import travel
from tests.integration.audit_support import acts
from tests.integration.sign_in_support import PASSWORD, Person, codes_of, link_of, signed_in, with_password

pytestmark = pytest.mark.undeclared

AREAS = {"sign-in", "my", "recipient", "desk", "tables", "console", "operating", "duties"}


@pytest.fixture(autouse=True)
def live(committing: str) -> None:
    installation.declare("live")


def test_the_first_officer_makes_a_passkey_by_the_consoles_link_and_signs_in_with_it() -> None:
    person, path = Person("okoch"), link_of("okoch")
    assert "Or a password" not in person.browser.get(path).content.decode()
    assert person.enrol(path).status_code == 302
    assert person.browser.get(path).status_code == 410  # used up
    assert person.browser.get("/console/").status_code == 302  # a link is no sign-in
    before = person.browser.cookies["sessionid"].value
    answer = person.sign_in()
    assert (answer.status_code, answer["Location"]) == (302, "/after-login/")
    assert person.browser.cookies["sessionid"].value != before
    assert person.browser.get("/console/").status_code == 200
    assert {"auth.enrolled", "auth.login"} <= set(acts())
    assert Passkey.objects.get().used_at is not None


def test_a_password_opens_nothing_here_however_it_came_in() -> None:
    client = with_password("okoch", Role.OFFICER)
    assert client.get("/console/").status_code == 302
    tried = Client().post("/login/", {"username": "okoch", "password": PASSWORD})
    assert tried.status_code == 400
    assert "_auth_user_id" not in tried.client.session
    path = link_of("second", Role.STAFF)
    Client().post(path, {"password": PASSWORD, "again": PASSWORD})
    assert not User.objects.get(username="second").has_usable_password()


@pytest.mark.parametrize("role", list(Role))
def test_every_page_behind_a_sign_in_answers_a_session_without_a_passkey_like_a_stranger(role: Role) -> None:
    more = {"organisation": factories.organisation()} if role == Role.ANALYST else {}
    client, nobody, walked = with_password("sam", role, **more), Client(), 0
    session = client.cookies["sessionid"].value
    for name, path, method in behind_a_sign_in():
        client.cookies["sessionid"] = session
        with transaction.atomic():  # the guard ends the session: it is there again for the next address
            weak = client.generic(method, path)
            assert not SignedIn.objects.filter(ended_at=None).exists(), name
            transaction.set_rollback(True)
        none = nobody.generic(method, path)
        assert (weak.status_code, weak.headers.get("Location")) == (none.status_code, none.headers.get("Location")), (
            name
        )
        assert none.status_code == 302, (name, method, none.status_code)
        walked += 1
    assert walked > 350


def test_an_applications_key_opens_no_page_behind_a_sign_in() -> None:
    _, key = create_application(
        factories.organisation(),
        "x",
        "live",
        expires_at=timezone.now() + DAY,
        actor=SERVICE("tests"),
        now=timezone.now(),
    )
    client = Client(headers={"Authorization": f"Bearer {key}"})
    assert {client.generic(method, path).status_code for _, path, method in behind_a_sign_in()} == {302}


def behind_a_sign_in() -> list[tuple[str, str, str]]:
    """Give what the matrix of who may what closes to a stranger: a new area comes in by itself."""
    rows = declared()
    found = [
        (row.area, place.name, place.path({}), method)
        for place in places()
        for method in sorted(place.methods)
        if (row := row_of(place, method, rows)) is not None and row.cells["anon"] == "login"
    ]
    assert {area for area, *_rest in found} >= AREAS
    return [(name, path, method) for _area, name, path, method in found]


@pytest.mark.parametrize(
    "spoilt", ["origin", "unverified", "replayed", "other", "removed", "disabled", "rubbish", "counter"]
)
def test_what_is_not_this_passkeys_fresh_answer_opens_nothing(spoilt: str) -> None:
    person = Person("okoch")
    person.enrol(link_of("okoch"))
    person.sign_in()
    person.browser.logout()
    page = person.browser.get("/login/").content.decode()
    if spoilt == "origin":
        person.keys.origin = "http://127.0.0.1.evil.example"
    if spoilt == "unverified":
        person.keys.verifies = False
    if spoilt == "counter":
        person.keys.held[-1].counter = 0
    if spoilt == "other":
        person.keys.held[-1].id = b"x" * 32
    answer = person.keys.get(page)
    if spoilt == "replayed":
        person.browser.get("/login/")  # asks something new
    if spoilt == "removed":
        Passkey.objects.update(removed_at=timezone.now())
    if spoilt == "disabled":
        User.objects.update(is_active=False)
    refused = person.browser.post("/login/", {"passkey": "{}" if spoilt == "rubbish" else answer})
    assert refused.status_code == 400
    assert person.browser.get("/console/").status_code == 302
    assert "auth.failed" in acts()


def test_an_answer_is_taken_once() -> None:
    person = signed_in("okoch")
    page = person.browser.get("/login/").content.decode()
    answer = person.keys.get(page)
    assert person.browser.post("/login/", {"passkey": answer}).status_code == 302
    assert person.browser.post("/login/", {"passkey": answer}).status_code == 400


def test_of_two_answers_with_one_counter_the_later_one_fails_and_is_written_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person, checked = signed_in("okoch"), passkeys._checked

    def slower(*given: Any) -> Any:
        found = checked(*given)
        Passkey.objects.update(counter=F("counter") + 7)  # the copy's answer is written first
        return found

    monkeypatch.setattr(passkeys, "_checked", slower)
    before = acts().count("auth.failed")
    assert person.sign_in().status_code == 400
    assert acts().count("auth.failed") == before + 1


def test_a_passkey_that_does_not_know_its_holder_is_not_kept() -> None:
    person = Person("okoch")
    person.keys.verifies = False
    path = link_of("okoch")
    assert person.enrol(path).status_code == 400
    assert not Passkey.objects.exists()
    person.keys.verifies = True
    assert person.enrol(path).status_code == 302  # the link is still good


def test_a_recovery_code_makes_a_new_passkey_once_and_opens_no_page_itself() -> None:
    person, now = signed_in("okoch"), timezone.now()
    codes = codes_of(person, now)
    assert len(codes) == len(set(codes)) == 10
    assert all(row.code_hash.startswith("argon2") for row in RecoveryCode.objects.all())
    stranger = Person("okoch")
    answer = stranger.browser.post("/sign-in/recover/", {"username": "okoch", "code": codes[3].lower()})
    assert answer.status_code == 302
    assert stranger.browser.get("/console/").status_code == 302
    assert stranger.enrol(answer["Location"]).status_code == 302
    assert stranger.sign_in().status_code == 302
    assert stranger.browser.get("/console/").status_code == 200
    again = {"username": "okoch", "code": codes[3]}
    assert Client().post("/sign-in/recover/", again).status_code == 400
    assert [row.place for row in RecoveryCode.objects.filter(used_at__isnull=False)] == [3]
    assert "auth.factor" in acts()


def test_recovery_does_not_tell_who_exists_and_is_limited() -> None:
    person = signed_in("okoch")
    codes_of(person, timezone.now())
    guess = "3-AAAA-BBBB-CCCC-DDDD"
    wrong = [Client().post("/sign-in/recover/", {"username": name, "code": guess}) for name in ("okoch", "no")]
    assert len({(each.status_code, len(each.content)) for each in wrong}) == 1
    answers = [Client().post("/sign-in/recover/", {"username": "okoch", "code": "x"}).status_code for _ in range(6)]
    assert answers == [400] * 4 + [429] * 2


def test_a_session_ends_after_15_idle_minutes_and_after_12_hours_whatever_is_done() -> None:
    person, now = signed_in("okoch"), timezone.now()
    for minutes in range(14, 12 * 60, 14):
        with travel(now + timedelta(minutes=minutes)):
            assert person.browser.get("/sign-in/").status_code == 200, minutes
    with travel(now + timedelta(hours=12, seconds=1)):
        assert person.browser.get("/sign-in/").status_code == 302
    idle = signed_in("second")
    with travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert idle.browser.get("/sign-in/").status_code == 302


def test_a_person_ends_all_her_sessions_and_a_disabled_one_has_none() -> None:
    person = signed_in("okoch")
    first, person.browser = person.browser, Client()
    person.sign_in()
    assert (first.get("/console/").status_code, person.browser.get("/console/").status_code) == (200, 200)
    assert person.browser.post("/sign-in/end/").status_code == 302
    assert (first.get("/console/").status_code, person.browser.get("/console/").status_code) == (302, 302)
    person.sign_in()
    User.objects.filter(username="okoch").update(is_active=False)
    assert person.browser.get("/console/").status_code == 302
    User.objects.filter(username="okoch").update(is_active=True)
    assert person.browser.get("/console/").status_code == 302  # and it does not come back


def test_an_operator_ends_the_sessions_of_another() -> None:
    person, operator = signed_in("okoch"), signed_in("olly", Role.OPERATOR)
    assert "okoch" in operator.browser.get("/sign-in/people/").content.decode()
    assert operator.browser.post(f"/sign-in/people/{person.user.id}/end/").status_code == 302
    assert person.browser.get("/console/").status_code == 302
    assert signed_in("staff", Role.STAFF).browser.get("/sign-in/people/").status_code == 404
    assert "auth.revoked" in acts()


def test_a_passkey_is_added_and_removed_and_the_last_one_only_with_recovery_codes() -> None:
    person = signed_in("okoch")
    page = person.browser.get("/sign-in/passkeys/add/").content.decode()
    only, second = Passkey.objects.get(), Person("okoch")
    assert person.browser.post(f"/sign-in/passkeys/{only.id}/remove/").status_code == 302
    assert Passkey.objects.get().removed_at is None
    second.browser = person.browser
    assert person.browser.post("/sign-in/passkeys/add/", {"passkey": second.keys.create(page)}).status_code == 302
    other = Passkey.objects.exclude(id=only.id).get()
    person.browser.post(f"/sign-in/passkeys/{only.id}/remove/")
    assert Passkey.objects.get(id=only.id).removed_at is not None
    assert person.browser.get("/console/").status_code == 302  # her session began with it
    second.browser = Client()
    assert second.sign_in().status_code == 302
    codes_of(second, timezone.now())
    assert "10 codes are left" in second.browser.get("/sign-in/").content.decode()
    second.browser.post(f"/sign-in/passkeys/{other.id}/remove/")
    assert Passkey.objects.get(id=other.id).removed_at is not None


def test_another_persons_passkey_is_not_hers_to_remove() -> None:
    person, other = signed_in("okoch"), signed_in("second")
    theirs = Passkey.objects.get(user=other.user)
    assert person.browser.post(f"/sign-in/passkeys/{theirs.id}/remove/").status_code == 404
    assert Passkey.objects.get(id=theirs.id).removed_at is None


def test_a_fresh_link_of_the_console_ends_the_older_one() -> None:
    path = link_of("okoch")
    person = Person("okoch")
    fresh = link_of("okoch", Role.OFFICER, "--again")
    assert person.browser.get(path).status_code == 410
    assert person.enrol(fresh).status_code == 302
    assert Enrolment.objects.filter(used_at=None).count() == 0


def test_the_guard_stands_behind_the_authentication_and_a_number_is_no_address_for_passkeys(settings) -> None:
    def found(deployed: bool) -> list[str]:
        said = run_checks(tags=["security"], include_deployment_checks=deployed)
        return sorted(str(each.id) for each in said if str(each.id).startswith("signin."))

    assert found(deployed=False) == []
    assert found(deployed=True) == ["signin.E003"]
    settings.PUBLIC_URL = "https://broker.example"
    assert found(deployed=True) == []
    settings.MIDDLEWARE = [each for each in configured.MIDDLEWARE if "signin" not in each]
    assert found(deployed=True) == ["signin.E001"]


def test_sessions_are_kept_ninety_days() -> None:
    person = signed_in("okoch")
    SignedIn.objects.update(seen_at=timezone.now() - timedelta(days=91))
    person.sign_in()
    assert SignedIn.objects.count() == 1
