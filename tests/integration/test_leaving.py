"""Whoever left is disabled by an officer, an officer by two people, and everybody comes back by two."""

import pytest
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.db import installation
from broker.parties.models import Enrolment, Role, User
from broker.parties.signin import leaving
from broker.parties.signin.models import Passkey, RecoveryCode
from broker.parties.signin.passkeys import actor_of
from broker.parties.staff import create_user
from broker.terms import Refusal
from tests.integration.sign_in_support import codes_of, signed_in
from tests.requests_world import ACTOR, events

pytestmark = pytest.mark.usefixtures("committing")


def person(name: str, role: Role) -> User:
    return create_user(name, name.title(), role, password=None, actor=ACTOR)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_one_officer_disables_a_clerk_and_everything_of_hers_ends_at_once() -> None:
    clerk, officer = signed_in("clare", Role.STAFF), person("olive", Role.OFFICER)
    codes_of(clerk, timezone.now())
    Enrolment.objects.create(user=clerk.user, token_hash=b"x" * 32, expires_at=timezone.now())
    assert clerk.browser.get("/admin/").status_code == 200
    page = browser(officer)
    assert "clare" in page.get("/sign-in/left/").content.decode()
    at = f"/sign-in/left/{clerk.user.id}/disable/"
    assert page.post(at).status_code == 422  # no reason
    assert page.post(at, {"reason": "She left on Friday."}).status_code == 302
    assert clerk.browser.get("/admin/").status_code == 302
    assert not Passkey.objects.filter(user=clerk.user, removed_at=None).exists()
    assert not RecoveryCode.objects.filter(user=clerk.user, used_at=None).exists()
    assert not Enrolment.objects.filter(user=clerk.user, used_at=None).exists()
    assert clerk.sign_in().status_code == 400
    assert len(events("parties.changed")) == 1
    assert page.post(at, {"reason": "Again."}).status_code == 409


def test_an_officer_or_approver_is_disabled_by_two() -> None:
    one, two, third = person("olive", Role.OFFICER), person("omar", Role.OFFICER), person("avery", Role.APPROVER)
    for left in (two, person("ada", Role.APPROVER)):
        asked = leaving.disable(left, by=one, reason="Gone.", now=timezone.now())
        assert isinstance(asked, Approval)
        assert User.objects.get(id=left.id).is_active
        with pytest.raises(decide.NotAllowed):
            leaving.disable(left, by=one, reason="Gone.", now=timezone.now())
        name, page = left.full_name, browser(third).get(f"/console/approvals/{asked.id}/?sure=1").content.decode()
        assert f"disable {name}: at once every session" in page
        for nobody in (one, left):  # neither who asked nor whom it is about
            with pytest.raises(decide.NotAllowed, match="same_person"):
                decide.approve(asked.id, approver=actor_of(nobody), now=timezone.now())
        decide.approve(asked.id, approver=actor_of(third), now=timezone.now())
        assert not User.objects.get(id=left.id).is_active


def test_nobody_disables_herself_or_the_last_one_who_can_decide() -> None:
    one, last = person("olive", Role.OFFICER), person("avery", Role.APPROVER)
    for user in (one, last):
        assert isinstance(leaving.disable(user, by=one, reason="Gone.", now=timezone.now()), Refusal)
        assert User.objects.get(id=user.id).is_active


def test_the_last_operator_stays_or_nobody_could_be_invited_but_on_the_server() -> None:
    officer, one, two = person("olive", Role.OFFICER), person("otto", Role.OPERATOR), person("oda", Role.OPERATOR)
    assert leaving.disable(one, by=officer, reason="Gone.", now=timezone.now()) is None
    refused = leaving.disable(two, by=officer, reason="Gone.", now=timezone.now())
    assert isinstance(refused, Refusal)
    assert refused.code == "state.conflict"
    assert User.objects.get(id=two.id).is_active
    assert "the last one of this role" in (
        browser(officer).post(f"/sign-in/left/{two.id}/disable/", {"reason": "Gone."}).content.decode()
    )


def test_whoever_comes_back_does_so_by_two_and_without_the_old_keys() -> None:
    clerk, one, two = signed_in("clare", Role.STAFF), person("olive", Role.OFFICER), person("avery", Role.APPROVER)
    assert leaving.disable(clerk.user, by=one, reason="Leave of a year.", now=timezone.now()) is None
    page = browser(one)
    at = f"/sign-in/left/{clerk.user.id}/enable/"
    assert page.post(at, {"reason": "She is back."}).status_code == 302
    assert page.post(at, {"reason": "She is back."}).status_code == 409  # it waits
    assert not User.objects.get(id=clerk.user.id).is_active
    asked = Approval.objects.get(act=leaving.ENABLE)
    sure = browser(two).get(f"/console/approvals/{asked.id}/?sure=1").content.decode()
    assert f"let {clerk.user.full_name} sign in here again" in sure
    with pytest.raises(decide.NotAllowed, match="same_person"):
        decide.approve(asked.id, approver=actor_of(one), now=timezone.now())
    decide.approve(asked.id, approver=actor_of(two), now=timezone.now())
    assert User.objects.get(id=clerk.user.id).is_active
    assert clerk.sign_in().status_code == 400  # her passkey stays removed: a new link is asked for
    assert [each.act for each in Approval.objects.all()] == [leaving.ENABLE]


def test_only_officers_see_the_page() -> None:
    for role in (Role.STAFF, Role.OPERATOR, Role.APPROVER):
        assert browser(person(f"a-{role}", role)).get("/sign-in/left/").status_code == 404


@pytest.mark.undeclared
def test_whoever_has_no_passkey_is_not_the_one_who_is_left() -> None:
    installation.declare("live")
    officer, operator, invited = signed_in("olive"), signed_in("otto", Role.OPERATOR), person("oda", Role.OPERATOR)
    refused = leaving.disable(operator.user, by=officer.user, reason="Gone.", now=timezone.now())
    assert isinstance(refused, Refusal)
    assert refused.code == "state.conflict"
    # The one who never came in may go.
    assert leaving.disable(invited, by=officer.user, reason="Gone.", now=timezone.now()) is None
