"""What an operator does on the server's console, and the one-time link of a first officer."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from broker.demo.visitor import Visitor
from broker.parties.keys import authenticate_key
from broker.parties.models import Application, Enrolment, Organisation, User
from tests.integration.audit_support import acts

PASSWORD = "four plain words in a row"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def enrol() -> None:
    said("enrol_organisation", "acme", "--name", "Acme", "--address", "1 Test Road", "--email", "data@acme.example")


def test_an_organisation_and_its_application_are_made_and_the_key_is_kept_as_a_hash(committing):
    enrol()
    key = said("create_application", "acme", "--name", "Rate check").strip()
    assert key.startswith("obk_test_")
    application = authenticate_key(key, timezone.now())
    assert application == Application.objects.get()
    assert key.encode() not in bytes(application.key_hash)
    assert acts().count("parties.created") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create_application", "nobody", "--name", "x"), "No organisation"),
        (("enrol_organisation", "a b", "--name", "x", "--address", "y", "--email", "z@z.example"), "slug"),
        (("enrol_organisation", "ab", "--name", "x", "--address", "y", "--email", "no address"), "e-mail"),
    ],
)
def test_a_wrong_word_on_the_console_is_said_and_changes_nothing(committing, arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command(*arguments)
    assert not Organisation.objects.exists()


def test_a_database_is_declared_once(committing):
    with pytest.raises(CommandError, match="stays what it is"):
        call_command("declare_installation", "live")


def officers_link(site) -> str:
    return re.search(r"/enrol/[\w-]+/", said("enroll_officer", "--username", "okoch", "--name", "O. Koch"))[0]


def test_the_first_officer_sets_a_password_by_a_link_that_works_once(site):
    path, person = officers_link(site), Visitor(site.url)
    assert person.http.head(path).status_code == 200
    short = person.submit(path, {"password": "too short", "again": "too short"}).text
    assert "15 characters" in short
    person.submit(path, {"password": PASSWORD, "again": PASSWORD})
    assert person.http.get(path).status_code == 410
    person.submit("/login/", {"username": "okoch", "password": PASSWORD})
    assert person.get("/console/").status_code == 200
    assert "auth.login" in acts()


def test_an_old_link_of_an_officer_is_over(site):
    path = officers_link(site)
    Enrolment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Visitor(site.url).http.get(path).status_code == 410


def test_five_wrong_passwords_lock_the_login_also_for_the_right_one(site):
    path, person = officers_link(site), Visitor(site.url)
    person.submit(path, {"password": PASSWORD, "again": PASSWORD})
    for _ in range(4):
        person.submit("/login/", {"username": "okoch", "password": "wrong wrong wrong"})
    person.submit("/login/", {"username": "okoch", "password": "wrong wrong wrong"}, expect=429)
    person.submit("/login/", {"username": "okoch", "password": PASSWORD}, expect=429)
    assert acts().count("auth.locked") >= 1


def test_the_console_is_for_officers_and_the_worklist_for_staff(site):
    said("enroll_officer", "--username", "sam", "--name", "Sam", "--role", "staff")
    user = User.objects.get(username="sam")
    user.set_password(PASSWORD)
    user.save()
    staff, nobody = Visitor(site.url), Visitor(site.url)
    staff.submit("/login/", {"username": "sam", "password": PASSWORD})
    assert staff.http.get("/console/").status_code == 404
    assert staff.http.get("/admin/").status_code == 200
    for path in ("/console/", "/admin/"):
        assert str(nobody.get(path).url).startswith(f"{site.url}/login/")


def test_a_lost_link_is_replaced_and_the_old_one_ends(site):
    lost, person = officers_link(site), Visitor(site.url)
    with pytest.raises(CommandError, match="--again"):
        said("enroll_officer", "--username", "okoch", "--name", "O. Koch")
    fresh = re.search(r"/enrol/[\w-]+/", said("enroll_officer", "--username", "okoch", "--again"))[0]
    assert person.http.get(lost).status_code == 410
    person.submit(fresh, {"password": PASSWORD, "again": PASSWORD})
    person.submit("/login/", {"username": "okoch", "password": PASSWORD})
