"""The rehearsal's printed logins open nothing anywhere else."""

import pytest
from django.core.checks import run_checks
from django.test import Client, RequestFactory
from django.utils import timezone

from broker.approvals import acts
from broker.db import installation
from broker.demo import seeds
from broker.duties import people, team
from broker.parties.models import Role
from broker.parties.rehearsal import UnsafeRehearsalBackend
from broker.parties.staff import create_user
from broker.terms import SERVICE

BACKEND = "broker.parties.rehearsal.UnsafeRehearsalBackend"


def found() -> list[str]:
    return [each.id for each in run_checks(tags=["database"], databases=["default"]) if each.id == "parties.E001"]


@pytest.fixture
def printed(settings, monkeypatch):
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
    monkeypatch.setenv("REHEARSAL_LOGINS", "sam:printed-on-the-console")


def sign_in():
    create_user("sam", "Sam", Role.STAFF, password=None, actor=SERVICE("tests"))
    request = RequestFactory().post("/login/")
    return UnsafeRehearsalBackend().authenticate(request, username="sam", password="printed-on-the-console")


def test_in_a_rehearsal_they_work_and_the_check_is_silent(committing, printed):
    assert sign_in() is not None
    assert found() == []


@pytest.mark.undeclared
def test_in_a_live_database_they_open_nothing_and_the_check_refuses(committing, printed):
    installation.declare("live")
    assert sign_in() is None
    assert found() == ["parties.E001"]


@pytest.mark.parametrize("tried", ["", "printed", "printed-on-the-console "])
def test_another_word_opens_nothing(committing, printed, tried):
    request = RequestFactory().post("/login/")
    assert UnsafeRehearsalBackend().authenticate(request, username="sam", password=tried) is None


def test_every_act_of_two_people_finds_both_among_the_printed_logins():
    roles = {role.value for _, role, _ in seeds.PEOPLE}
    assert set(seeds.new_logins()) == {name for name, _, _ in seeds.PEOPLE}
    assert not [act.name for act in acts.registered() if not act.approvers & roles]
    assert any("operator" in act.approvers for act in acts.registered())


def test_the_printed_analyst_stands_on_the_recipients_pages(committing, printed):
    found = seeds.seed(logins=seeds.new_logins(), now=timezone.now())
    person = Client()
    signed_in = person.post("/login/", {"username": "analyst", "password": found.logins["analyst"]})
    assert signed_in.status_code == 302
    assert "Prairie Rate Advisors" in person.get("/recipient/").content.decode()


def test_whoever_has_a_printed_login_counts_as_a_second_person(committing, settings):
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
    seeds.seed(logins=seeds.new_logins(), now=timezone.now())
    whole = {frozenset({role.value}) for _, role, _ in seeds.PEOPLE if role is not Role.ANALYST}
    assert set(people.team()) == set(people.lately(timezone.now())) == whole
    assert not team.unmet(acts.registered(), people.team())  # no wait stands in for somebody who is here
    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]
    assert people.team() == []  # nobody signs in by what is printed where that is not taken
