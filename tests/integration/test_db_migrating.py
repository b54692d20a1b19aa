"""What our way of migrating makes of a database, against Django's own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as of_django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState

from broker.db import migrating
from tests import harness
from tests.faults.scale import WHOLE
from tests.integration.test_upgrade import newest

FACTS = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid",
    "SELECT id, app, name FROM django_migrations ORDER BY id",
    "SELECT id, app_label, model FROM django_content_type ORDER BY id",
    "SELECT id, content_type_id, codename, name FROM auth_permission ORDER BY id",
)


def facts(path: Path) -> list[list[Any]]:
    with closing(sqlite3.connect(path)) as database:
        return [database.execute(asked).fetchall() for asked in FACTS]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the classes that are made."""
    made: list[str] = []
    render = ModelState.render
    with pytest.MonkeyPatch.context() as only_here:
        only_here.setattr(ModelState, "render", lambda self, apps: (made.append(self.name), render(self, apps))[1])
        yield made


def on(path: Path, base: harness.Config) -> None:
    harness.switch({**base, "ENGINE": "broker.db.sqlite3", "NAME": str(path)})


def test_it_makes_what_djangos_own_makes_and_spares_most_of_the_work(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> None:
    """Each run looks at the newest migrations, in which each once was; a whole one at all (a minute or two)."""
    ours, theirs = tmp_path / "ours.sqlite3", tmp_path / "theirs.sqlite3"
    before = dict(harness.base())
    with django_db_blocker.unblock():
        try:
            on(ours, before)
            last, targets = newest()
            migrating.Executor(connection).migrate(targets)
            harness.switch(before)  # closes the file
            if not WHOLE:
                shutil.copyfile(ours, theirs)
            on(ours, before)
            with counted() as few:
                call_command("migrate", "--no-input", "--skip-checks", verbosity=0)
            on(theirs, before)
            with pytest.MonkeyPatch.context() as only_here, counted() as many:
                only_here.setattr(of_django, "MigrationExecutor", MigrationExecutor)
                if WHOLE:
                    MigrationExecutor(connection).migrate(targets)
                call_command("migrate", "--no-input", "--skip-checks", verbosity=0)
        finally:
            harness.switch(before)
    assert len(last) > 5
    assert facts(ours) == facts(theirs)
    assert len(few) * 2 < len(many)
