"""An upgrade under load: code of an earlier commit on today's tables. Collected by `./run faults upgrade` alone."""

import os

import pytest

from tests.faults.history import upgrading
from tests.faults.scale import SEED, record


@pytest.mark.postgresql
def test_processes_of_before_go_on_while_the_tables_become_todays(django_db_setup: None) -> None:
    commit = upgrading.git("rev-parse", os.environ.get("FAULTS_FROM") or upgrading.before_the_newest_migration())
    found = upgrading.played(SEED, commit)
    record("upgrade", "postgresql", **found)
    assert found["migrations"], f"{commit} has every migration of today: name an earlier one (--from)"
    assert found["violations"] == []
    assert (found["checkpoint_unchanged"], found["root_unchanged"]) == (True, True)
    assert found["signed_by_old_code"] > found["signed_before"]
