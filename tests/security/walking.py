"""Every address of the site, as each kind of person asks for it."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from broker.parties.models import Customer, Role
from broker.parties.staff import create_user
from tests.completeness.routes import every_pattern
from tests.recipients_world import analyst
from tests.requests_world import ACTOR, World, world

_SHAPE = re.compile(r"<(?:(\w+):)?(\w+)>")
OUR_PEOPLE = (Role.STAFF, Role.OFFICER, Role.APPROVER, Role.OPERATOR)


@dataclass
class Crowd:
    """A browser for each kind of person over one small world."""

    world: World
    browsers: dict[str, Client] = field(default_factory=dict)


def paths(ids: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Give each address of the URLconf with a path of its shape; `ids` puts what there is into its places."""
    known = {"int": "1", "uuid": str(uuid.UUID(int=5)), "utility": "obec", **(ids or {})}

    def filled(match: re.Match[str]) -> str:
        return known.get(match[2]) or known.get(match[1] or "", "x")

    found = []
    for place, _pattern in every_pattern(get_resolver().url_patterns, ""):
        if "(?P" not in place:
            found.append((place, "/" + _SHAPE.sub(filled, place).removeprefix("^").removesuffix("$")))
    assert len(found) > 200
    return found


def crowd() -> Crowd:
    """Make the world and let everybody in."""
    w = world()
    all_ = Crowd(w, {"stranger": Client(), "customer": signed_in(w.customer)})
    for role in OUR_PEOPLE:
        user = create_user(f"a-{role}", f"The {role}", role, password=None, actor=ACTOR)
        all_.browsers[str(role.value)] = logged_in(user)
    all_.browsers["analyst"] = logged_in(analyst(w.organisation))
    return all_


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def signed_in(customer: Customer) -> Client:
    """Give a browser in which this customer's code was right."""
    client, store = Client(), import_module(settings.SESSION_ENGINE).SessionStore()
    store["customer"] = str(customer.id)
    store.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client


def walk(all_: Crowd, **more: Any) -> Iterator[tuple[str, str, Any]]:
    """Ask for each address as each person: who, where, the answer. Programs' addresses are asked with a key too."""
    consent = str(all_.world.consent.id)
    for place, path in paths({"uuid": consent, "consent_id": consent}):
        for who, browser in all_.browsers.items():
            yield who, place, browser.get(path, **more)
        if place.startswith("api/"):
            key = {"Authorization": f"Bearer {all_.world.key}"}
            yield "application", place, Client().get(path, headers=key, **more)
