"""People of a live installation who sign in by passkey, as the tests of the sign-in play them."""

import re
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import Client

from broker.parties.models import Role, User
from broker.parties.signin import recovery
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.authenticator import Authenticator

PASSWORD = "four plain words in a row"


class Person:
    """A browser and an authenticator of one person."""

    def __init__(self, username: str = "") -> None:
        self.browser, self.keys, self.username = Client(), Authenticator(), username

    @property
    def user(self) -> User:
        """Her row."""
        return User.objects.get(username=self.username)

    def enrol(self, path: str) -> Any:
        """Make a passkey behind a one-time link."""
        page = self.browser.get(path).content.decode()
        return self.browser.post(path, {"name": "work laptop", "passkey": self.keys.create(page)})

    def sign_in(self, **more: str) -> Any:
        """Touch the passkey at the sign-in."""
        page = self.browser.get("/login/").content.decode()
        return self.browser.post("/login/", {"passkey": self.keys.get(page), **more})

    def touch(self, answer: Any, form: dict[str, Any]) -> Any:
        """Touch the passkey on the page that asks for it, and send that page's form."""
        page = answer.content.decode().partition("<main")[2]
        action = re.search(r'<form method="post" action="([^"]+)"', page)
        assert action
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
        return self.browser.post(action[1], {**fields, **form, "passkey": self.keys.get(page)})


def link_of(username: str, role: Role = Role.OFFICER, *more: str) -> str:
    """Give the path of the link that the server's console prints."""
    out = StringIO()
    words = ("--username", username, "--name", f"A person (test), {username}", "--role", str(role), *more)
    call_command("enroll_officer", *words, stdout=out, stderr=StringIO())
    found = re.search(r"/enrol/[\w-]+/", out.getvalue())
    assert found
    return found[0]


def signed_in(username: str, role: Role = Role.OFFICER) -> Person:
    """Give somebody who has a passkey and has signed in with it."""
    person = Person(username)
    assert person.enrol(link_of(username, role)).status_code == 302
    assert person.sign_in().status_code == 302
    return person


def with_password(username: str, role: Role, **fields: Any) -> Client:
    """Give a browser with a session that a password began."""
    user = create_user(
        username, f"A person (test), {username}", role, password=PASSWORD, actor=SERVICE("tests"), **fields
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def codes_of(person: Person, now: Any) -> list[str]:
    """Give fresh recovery codes of a person."""
    return recovery.make(person.user, now=now)
