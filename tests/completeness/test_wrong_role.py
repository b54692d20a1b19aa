"""Every page of officers, approvers and staff, tried by everybody else: turned away, and the try is in the log."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.completeness.declared_console import AWAY
from tests.completeness.routes import places
from tests.completeness.watch import Watch
from tests.recipients_world import analyst, browser_of
from tests.requests_world import organisation

# Pages of officers and approvers begin so.
TWO_PEOPLE = (
    "console-approval", "console-complaints", "console-glass", "console-organisation", "console-pack", "console-rights",
)  # fmt: skip
UNGUARDED = {"login", "logout", "password_change", "password_change_done", "jsi18n"}  # of Django's admin


def person(role: Role) -> Client:
    user = create_user(f"a-{role}", f"The {role}", role, password=None, actor=SERVICE("tests"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def walk(client: Client, who: str, prefix: str, status: int, *, but: Any = lambda _name: False) -> int:
    """Try each address and method; give how many were tried."""
    watch, tried = Watch(AWAY, prefix="away"), 0
    for (name, path), methods in places(prefix).items():
        if but(name):
            continue
        watch.names["page"] = name
        for method in sorted(methods & {"GET", "POST"}):
            answer = watch.step(who, lambda at=path, way=method: client.generic(way, at))
            assert answer.status_code == status, (name, method, answer.status_code)
            tried += 1
    return tried


@pytest.mark.parametrize("role", [Role.STAFF, Role.APPROVER, Role.OPERATOR])
def test_the_console_is_closed_to_other_roles(committing: str, role: Role) -> None:
    # An approver is led on from the console's home to what waits for a decision.
    hers = (
        (lambda name: name == "console" or name.startswith(TWO_PEOPLE)) if role == Role.APPROVER else (lambda _n: False)
    )
    assert walk(person(role), str(role.value), "console/", 404, but=hers) > 40


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER])
def test_the_desk_is_closed_to_other_roles(committing: str, role: Role) -> None:
    client = person(role)
    assert walk(client, str(role.value), "admin/", 302, but=lambda name: name in UNGUARDED) > 20


@pytest.mark.parametrize("role", [Role.STAFF, Role.OFFICER, Role.APPROVER, Role.OPERATOR])
def test_a_recipients_pages_are_closed_to_our_own_people(committing: str, role: Role) -> None:
    assert walk(person(role), str(role.value), "recipient/", 404) >= 11


def test_strangers_are_sent_to_the_sign_in_from_a_recipients_pages(committing: str) -> None:
    assert walk(Client(), "stranger", "recipient/", 302) >= 11


def test_an_analyst_comes_no_further_than_her_own_pages(committing: str) -> None:
    row, _app, _key = organisation("acme", timezone.now())
    client = browser_of(analyst(row))
    assert walk(client, "analyst", "console/", 404) > 40
    assert walk(client, "analyst", "admin/", 302, but=lambda name: name in UNGUARDED) > 20


@pytest.mark.parametrize("prefix", ["console/", "admin/"])
def test_strangers_are_sent_to_the_sign_in_and_leave_nothing(committing: str, prefix: str) -> None:
    assert walk(Client(), "stranger", prefix, 302, but=lambda name: name in UNGUARDED) > 20
