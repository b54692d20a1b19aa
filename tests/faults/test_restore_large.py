"""A log of many events backed up and restored: how long it takes, how much memory, and that nothing is missing."""

import json
import os
import resource
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from tests import cluster
from tests.faults.scale import record, scaled
from tests.integration.audit_support import integrate, log_world, write

EVENTS = int(os.environ.get("FAULTS_EVENTS", "0")) or scaled(500, 1_000_000)
BATCH = 500
LONGEST = 15 * 60  # seconds for a drill of a million events (G15)


def said(command: str, *options: str) -> tuple[dict[str, Any], float]:
    """Run a command; its JSON line, and how many seconds it took."""
    out, began = StringIO(), time.monotonic()
    call_command(command, *options, "--json", stdout=out)
    return json.loads(out.getvalue()), round(time.monotonic() - began, 1)


# On SQLite, which no large installation uses, the smaller tests restore.
@pytest.mark.postgresql
def test_a_large_log_is_restored_in_time(postgresql_db: str, settings: Any, tmp_path: Path) -> None:
    settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    settings.SEAL_ROOT_FILE = tmp_path / "root.pem"
    with log_world(settings, tmp_path) as desk:
        for _ in range(-(-EVENTS // BATCH)):
            with transaction.atomic():
                for _ in range(BATCH):
                    write()
        size = integrate(desk.answer)
        assert size >= EVENTS
        made, backup_s = said("backup", str(tmp_path / "large.backup"))
        admin = ("--admin-url", cluster.url("postgres", "postgres"))
        found, drill_s = said("restore_drill", made["archive"], *admin)
        assert (found["ok"], found["size"], found["root"]) == (True, size, made["root"])
        assert drill_s <= LONGEST
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        record(
            "restore", "postgresql", events=size, archive_bytes=made["bytes"], backup_s=backup_s, drill_s=drill_s,
            largest_process_mb=peak, steps={step["name"]: step["ms"] for step in found["steps"]},
        )  # fmt: skip
