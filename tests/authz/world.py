"""One world for all cells: every kind of person, every kind of key, and an object behind every address."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings

from broker.parties.models import Role
from broker.parties.staff import create_user
from tests import cluster, harness
from tests.authz import console, desk, hers, recipients
from tests.authz.named import Named, Shared
from tests.environment import RUN
from tests.integration.audit_support import integrate, log_world, say_verified
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, coop, world

KEPT = ("DATA_DIR", "SIGNER_DIR", "SIGNER_SOCKET", "SEAL_ROOT_FILE", "SEAL_CERT_FILE", "SEAL_KEY_FILE")


@contextmanager
def made(settings: Any, folder: Path) -> Iterator[tuple[Named, dict[str, str]]]:
    """Make it; while it stands, mail goes to a server on this machine."""
    folder.mkdir(parents=True)
    for name in ("SEAL_ROOT_FILE", "SEAL_CERT_FILE", "SEAL_KEY_FILE"):
        setattr(settings, name, folder / name)
    call_command("make_seal_key", stdout=io.StringIO())
    with coop(folder / "coop", settings), log_world(settings, folder / "log") as signer:
        say_verified()
        named, w = Named(), world()
        named.browsers["anon"] = Client()
        for role in (Role.STAFF, Role.OFFICER, Role.APPROVER, Role.OPERATOR):
            user = create_user(f"the-{role}", f"A person, {role}", role, password=None, actor=ACTOR)
            named.browsers[role.value] = browser_of(user)
        second = create_user("second-officer", "A second person", Role.OFFICER, password=None, actor=ACTOR)
        named.browsers["second-officer"] = browser_of(second)
        boss = create_user("the-superuser", "A third person", Role.APPROVER, password=None, actor=ACTOR)
        type(boss).objects.filter(id=boss.id).update(is_superuser=True)
        named.browsers["superuser"] = browser_of(boss)
        manual = recipients.own(named, w)
        recipients.ended(named, w)
        other = recipients.rival(named)
        named.browsers["other"] = hers.signed_in(other.customer.id)
        hers.own(named, w)
        hers.steps(named, w, manual)
        hers.joint(named, w)
        desk.own(named, w)
        console.own(named, w)
        named.own["size"] = integrate(signer.answer)
        kept = {name: str(getattr(settings, name)) for name in KEPT}
        yield named, kept


def shared(engine: str) -> Shared:
    """Give the world of this run and engine; the first process that asks makes it."""
    place = RUN / f"authz-{engine}.json"
    with cluster.locked(f"authz-{engine}"):
        if not place.exists():
            folder = RUN / f"authz-{engine}"
            with harness.clone(engine) as config, override_settings(), made(settings, folder) as (named, kept):
                connections.close_all()
                Shared.of(named, harness.CLONES[engine].keep(config), kept).write(place)
    return Shared.read(place)
