"""Fixtures of all tests. The databases come from `tests.harness`; a test that commits asks for `committing`."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as properties

from tests import environment  # before anything that loads Django's settings
from tests.security import ran

FLUSHING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
OWN_DATABASE = {"committing", "sqlite_db", "postgresql_db", "site"}


# No test depends on speed: a loaded machine is neither too slow nor late.
properties.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """Name our markers; make the keys of this run."""
    config.addinivalue_line("markers", "undeclared: nobody has said whether the database is a rehearsal")
    config.addinivalue_line("markers", "granted: begins after a whole grant (tests/granted.py)")
    if ran.VARIABLE in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ran.Ran(Path(os.environ[ran.VARIABLE])))
    from django.conf import settings

    from broker.vault import keyring

    # Pages are served from the source folders; the manifest is made at set-up.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Else each client that a test makes would look at every static file first.
    settings.WHITENOISE_AUTOREFRESH = True
    # The same way of hashing, at the least that it may cost: what it costs in truth is an installation's own setting.
    settings.PASSWORD_HASHERS = ["tests.quick_hasher.QuickArgon2", *settings.PASSWORD_HASHERS[1:]]
    if environment.OURS:
        keyring.write_new(settings.KEY_FILE)
        if not config.option.basetemp:
            # In memory, like all else of the run: the signer waits for the disk at each size that it signs.
            config.option.basetemp = environment.RUN / "t"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what would flush tables: on SQLite it would even pass for a while."""
    wrong = [f"{item.nodeid}: {why}" for item in items if (why := _flushes(item))]
    if wrong:
        raise pytest.UsageError("\n".join(["Tests never flush; use `committing` or `site`:", *wrong]))


def _flushes(item: pytest.Item) -> str | None:
    from django.test import TestCase, TransactionTestCase

    fixtures = set(getattr(item, "fixturenames", ()))
    if used := FLUSHING & fixtures:
        return f"uses {', '.join(sorted(used))}"
    marker = item.get_closest_marker("django_db")
    if marker is not None and (set(marker.kwargs) & {"transaction", "reset_sequences", "serialized_rollback"}):
        return "is marked django_db(transaction=…)"
    if item.get_closest_marker("granted") is not None and not {"desk", "committing"} <= fixtures:
        return "is marked granted, and has no desk"
    if (marker is not None or "db" in fixtures) and OWN_DATABASE & fixtures:
        return "rolls back and commits at once"
    kind = getattr(item, "cls", None)
    if isinstance(kind, type) and issubclass(kind, TransactionTestCase) and not issubclass(kind, TestCase):
        return "is a TransactionTestCase"
    return None


@pytest.fixture(autouse=True)
def no_language_left() -> Iterator[None]:
    """Leave no language behind: what a page's middleware chose stays with the thread, and so with the next test."""
    yield
    from django.utils import translation

    translation.deactivate()


# --- databases ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """Give the process a database for tests that roll back (instead of pytest-django's own)."""
    from broker.db import installation
    from tests import harness

    with django_db_blocker.unblock():
        harness.switch(harness.base())
        installation.declare("rehearsal")


def _own(request: pytest.FixtureRequest, engine: str, blocker: Any) -> Iterator[str]:
    from tests import harness

    declared = request.node.get_closest_marker("undeclared") is None
    with blocker.unblock():
        of = ""
        if (marked := request.node.get_closest_marker("granted")) is not None:
            from tests import granted

            request.node.stash[granted.WORLD] = begin = granted.world(engine, *marked.args)
            of = begin.database
        with harness.clone(engine, declared=declared, of=of):
            yield engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def committing(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of the test's own, on each engine, in which commits are real; gives the engine's name."""
    yield from _own(request, request.param, django_db_blocker)


@pytest.fixture
def sqlite_db(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The same on SQLite alone."""
    yield from _own(request, "sqlite", django_db_blocker)


@pytest.fixture
def postgresql_db(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The same on PostgreSQL alone."""
    yield from _own(request, "postgresql", django_db_blocker)


@pytest.fixture
def site(committing: str, settings: Any) -> Iterator[Any]:
    """The whole site behind a real socket, over a database of its own; `site.url` is where."""
    from tests.served import served

    with served(settings) as server:
        yield server


# --- the network --------------------------------------------------------------------------------------------------


class NoNetwork(Exception):
    """A test tried to leave this machine."""


def _demand_loopback(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None
    if host is None or host == "localhost":  # a Unix socket
        return
    try:
        if ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise NoNetwork("a test tried to reach another machine")


def _guarded(real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, *args: Any) -> Any:
        _demand_loopback(address)
        return real(self, address, *args)

    return connect


def _guarded_sendto(self: socket.socket, data: Any, *args: Any) -> int:
    _demand_loopback(args[-1])
    return _sendto(self, data, *args)


def _guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name:
        _demand_loopback((name,))
    return _lookup(host, *args, **kwargs)


_lookup, _sendto = socket.getaddrinfo, socket.socket.sendto


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Keep every test on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket.socket, "sendto", _guarded_sendto)
        patch.setattr(socket, "getaddrinfo", _guarded_lookup)
        yield
