"""A world that begins after a consent was granted: made once over HTTP like any other, then cloned.

For tests that are about what follows. Those of the granting itself, of its mails, limits and records in the making,
do it themselves: they are not marked.
"""

import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connections
from django.test import override_settings

from broker.vault import files
from broker.vault.models import SealedFile
from tests import harness
from tests.environment import RUN
from tests.served import served

# Much of the product asks how long ago something was: what is cloned is never older than a grant may well be.
LONGEST = 600.0


@dataclass(frozen=True)
class World:
    """What a grant left: the database, the key files and mails beside it, sealed files, and who gave it."""

    database: str
    folder: Path
    public_url: str
    cookies: httpx.Cookies | None  # of whoever gave it; of a line of two names nobody's
    sealed: dict[str, bytes]
    made: float

    def lay_out(self, folder: Path) -> None:
        """Put everything beside the database where a test wants it; sealed files that a test lost or changed too."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        store = storages["sealed"]
        for path, data in self.sealed.items():
            if store.exists(path):
                with store.open(path) as file:
                    if file.read() == data:
                        continue
                store.delete(path)
            store.save(path, ContentFile(data))


WORLD = pytest.StashKey[World]()
TWO_NAMES = "two names"
_worlds: dict[tuple[str, str], World] = {}


def world(engine: str, whose: str = "") -> World:
    """Give this process's granted world; the first time, and when the last is too old, the grant is made.

    `whose` is `TWO_NAMES` for one under a name line with a second holder, as `joint_world.grant` gives it.
    """
    known = _worlds.get((engine, whose))
    if known is None or time.monotonic() - known.made > LONGEST:
        _worlds[engine, whose] = known = _make(engine, whose)
    return known


def _make(engine: str, whose: str) -> World:
    from tests import joint_world
    from tests.integration.grant_support import open_desk

    assert whose in ("", TWO_NAMES)

    folder, began = RUN / "granted" / uuid.uuid4().hex, time.monotonic()
    with harness.clone(engine) as config, override_settings():
        with served(settings) as site, open_desk(settings, folder, site.url) as desk:
            cookies = None if whose else httpx.Cookies(desk.grant().http.cookies)
            if whose:
                joint_world.grant(desk)
        sealed = {}
        for (id_,) in SealedFile.objects.values_list("id"):
            with storages["sealed"].open(files._path(id_)) as file:
                sealed[files._path(id_)] = file.read()
        connections.close_all()
        return World(harness.CLONES[engine].keep(config), folder, site.url, cookies, sealed, began)
