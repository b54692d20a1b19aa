"""A look at a copy of the log leaves the live verdict, its acknowledgement and its state alone."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from broker.audit import auditing, verdict_file


@pytest.mark.parametrize("change", ["database", "origin"])
def test_each_database_and_log_has_a_verdict_of_its_own(
    sqlite_db: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    settings.DATA_DIR = tmp_path

    def places() -> set[Path]:
        return {verdict_file.path(), verdict_file.acknowledgement_path(), auditing.state_path()}

    live = places()
    assert len(live) == 3
    assert places() == live
    if change == "database":
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "copy.sqlite3"))
    else:
        settings.LOG_ORIGIN = "broker.localhost/audit/other"
    assert not live & places()
