"""What the tests of the officer's console share: a signer, a world, an officer, and the events of one step."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from broker.audit import entry, log, signer, store
from broker.db import installation
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from tests.integration.audit_support import make_signer, say_verified
from tests.requests_world import ACTOR, World, coop, events, world

HOUSEKEEPING = ("key.", "lane.", "auth.", "vault.")


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Any:
    """A signer with a new key in a folder of its own."""
    settings.DATA_DIR, settings.SIGNER_DIR, settings.SIGNER_SOCKET = tmp_path, tmp_path / "signer", tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


@pytest.fixture
def w(committing: str, desk: signer.Desk, tmp_path: Path, settings: Any) -> Any:
    """A recipient, a member, a consent; the co-op's mailbox takes our mail."""
    with coop(tmp_path, settings):
        made = world()
        say_verified()  # as the integrator does soon after its start
        yield made


def officer(role: Role = Role.OFFICER) -> Client:
    assert installation.mode() == "rehearsal"
    user = User.objects.filter(role=role).first() or create_user(
        f"the-{role}", f"The {role}", role, password=None, actor=ACTOR
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def heads_since(place: dict[int, int]) -> list[entry.Header]:
    rows = store.rows("SELECT header FROM audit_event ORDER BY id")
    heads = [entry.parse_header(header) for (header,) in rows]
    return [each for each in heads if each.n > place.get(each.w, 0) and not each.act.startswith(HOUSEKEEPING)]


def places() -> dict[int, int]:
    return {event >> 32: event & 0xFFFFFFFF for (event,) in store.rows("SELECT id FROM audit_event ORDER BY id")}


def refused(w: World) -> int:
    """An ask that is refused; its event."""
    w.post(w.ask(data_types=["usage_15min"]))
    return int(events("pull.decided")[-1].id)


def seen(answer: Any) -> set[int]:
    return {int(each) for each in re.findall(r"/console/events/(\d+)/", answer.text)}


def head_of(event: Any) -> entry.Header:
    return entry.parse_header(bytes(event.header))
