"""A field that was named for a secret is no words of anybody: nobody lets it through, and our own fields stay words."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.forms import BaseForm
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from broker.inlets import middleware, overrides
from broker.inlets.exempt import EXEMPT, PASSKEY
from broker.inlets.models import Refused
from broker.looking import names_secret
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from tests.environment import ROOT
from tests.requests_world import ACTOR, events

SECRET = "Thimble!Gravel8"
WHERE = "/my/sign-in/"
PLACES = ("/share/", WHERE)
PACKAGES = ("broker.", "consents.", "requests_app.")
NAME = re.compile(r'\sname="([a-z_]+)')
ALARM = {"note": f"my portal password is {SECRET}", "number": "R-1"}
NAMED = (
    {"password": "bluebird7"},
    {"smarthub_password": "bluebird7", "note": "please look at my bill of May"},
    {"user[password]": "bluebird7", "username": "rob77"},
    {"webPassword": SECRET},
    {"password": "correct horse battery staple"},
    {"password": f"my portal password is {SECRET}"},
    {"contrasena": "girasol7"},
    {"security_answer": "Rex", "city": "Theodosia"},
    {"mfa_code": "448812"},
    {"portalToken": "8F3A91C07D5E46B2A1F0"},
    {**ALARM, "password": "bluebird7"},
    {"password": "bluebird7", **ALARM},
    {"note": "as we said", "password": f"bluebird7 {'and so on ' * 30}"},
    {f"{'x' * 300}_password": "bluebird7"},
)


@pytest.fixture
def people(sqlite_db: str) -> list[User]:
    """Two people of the desk."""
    return [create_user(name, name.title(), Role.STAFF, password=None, actor=ACTOR) for name in ("ann", "ben")]


def post(body: dict[str, str], *, path: str = WHERE, is_multipart: bool = True) -> tuple[int, str]:
    """Send a form; give the status and the page."""
    if is_multipart:
        answer = Client().post(path, body)
    else:
        answer = Client().post(path, urlencode(body), content_type="application/x-www-form-urlencoded")
    return answer.status_code, answer.content.decode()


def released(row: Refused, people: list[User]) -> tuple[str, str]:
    """Have two people try to let a message through; give what each was told."""
    ann, ben = people
    now = timezone.now()
    return overrides.ask(row, ann, "It was none.", now=now), overrides.release(row, ben, now=now)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("is_multipart", [False, True])
@pytest.mark.parametrize("body", NAMED, ids=[next(iter(each))[-20:] + f"-{len(each)}" for each in NAMED])
def test_a_field_that_was_named_for_a_secret_is_let_through_by_nobody(
    people: list[User], body: dict[str, str], is_multipart: bool, path: str
) -> None:
    status, page = post(body, path=path, is_multipart=is_multipart)
    row = Refused.objects.get()
    assert (status, row.structural, row.mac) == (403, True, None)
    assert "It was no password?" not in page
    assert str(row) not in page
    assert released(row, people) == ("state.conflict", "state.conflict")


def test_a_release_from_before_lets_no_such_field_through(people: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"password": "bluebird7", "note": "please look at my bill of May"}
    with monkeypatch.context() as before:
        before.setattr(middleware, "names_secret", lambda _name, _inlet: False)
        assert post(body)[0] == 403
    row = Refused.objects.get()
    assert row.mac is not None
    assert released(row, people) == ("", "")
    assert post(body)[0] == 403
    assert events("gate.passed") == []
    row.refresh_from_db()
    assert row.passed_at is None


@pytest.mark.parametrize(
    "body",
    [
        ALARM,
        {"reason": f"password: {SECRET}", "name": "Pat Member"},
        {"legal_name": "Prairie Books LLC", "question": f"is {SECRET} my portal password?"},
        {"first": "the portal password is", "second": SECRET},
        {**ALARM, "password": ""},  # nothing was sent in it
    ],
)
def test_what_somebody_wrote_into_a_field_is_let_through_by_two(people: list[User], body: dict[str, str]) -> None:
    status, page = post(body)
    row = Refused.objects.get()
    assert (status, row.structural) == (403, False)
    assert "It was no password?" in page
    assert str(row) in page
    assert released(row, people) == ("", "")
    assert post(body)[0] != 403
    assert post(body)[0] == 403


def forms_of(made: type[BaseForm]) -> Iterator[type[BaseForm]]:
    """Give every kind of form below one."""
    for each in made.__subclasses__():
        yield each
        yield from forms_of(each)


def test_no_field_of_ours_is_named_for_a_secret_but_those_that_are_not_read() -> None:
    assert get_resolver().url_patterns  # every view is imported, and with it every form
    ours = {each for each in forms_of(BaseForm) if each.__module__.startswith(PACKAGES)}
    names = {name for form in ours for name in getattr(form, "base_fields", {})}
    pages = [ROOT / "templates", *(ROOT / each.rstrip(".") for each in PACKAGES)]
    written = {name for page in pages for path in page.rglob("*.html") for name in NAME.findall(path.read_text())}
    assert min(len(names), len(written)) > 40
    unread = {field for _view, field in EXEMPT} | {PASSKEY}
    asking = {name for name in names | written for inlet in ("web_form", "admin_note") if names_secret(name, inlet)}
    assert asking <= unread
