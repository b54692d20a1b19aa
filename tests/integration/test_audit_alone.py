"""An event with nothing else to write: one statement on PostgreSQL, as durable and as careful as a transaction."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from broker.audit import insertion, lanes, log
from tests.integration.audit_support import acts, lanes_have_no_gap, write


@pytest.fixture(autouse=True)
def place(committing: str, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A folder of the test's own for lane locks, over a database of its own on each engine."""
    settings.DATA_DIR = tmp_path
    log.reset()
    yield
    log.reset()


def test_an_event_alone_is_one_statement_on_postgresql_and_stands_in_no_transaction() -> None:
    write("consent.viewed")  # its key and its lane are there now
    with CaptureQueriesContext(connection) as seen:
        for _ in range(3):
            write("consent.viewed")
    kinds = [query["sql"].split()[0] for query in seen.captured_queries if "audit_checkpoint" not in query["sql"]]
    assert kinds.count("INSERT") == 3
    if connection.vendor == "postgresql":
        assert not {"BEGIN", "COMMIT"} & set(kinds)
    assert lanes_have_no_gap()


def test_an_event_alone_whose_statement_failed_leaves_its_lane_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> bool:
        raise DatabaseError("the connection was lost")

    write("consent.viewed")
    with monkeypatch.context() as patched:
        patched.setattr(insertion, "insert", cut_off)
        with pytest.raises(log.LogUnavailable):
            write("consent.viewed")
    assert lanes.pool().settled is None
    write("consent.reminded")
    assert acts() == ["consent.viewed", "consent.reminded"]
    assert lanes_have_no_gap()


def test_an_event_alone_whose_answer_was_lost_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    real = insertion.insert

    def answer_lost(*values: Any) -> bool:
        real(*values)
        raise DatabaseError("the connection was lost after the commit")

    write("consent.viewed")
    with monkeypatch.context() as patched:
        patched.setattr(insertion, "insert", answer_lost)
        with pytest.raises(log.LogUnavailable):
            write("consent.viewed")
    write("consent.reminded")
    kept = connection.vendor == "postgresql"  # elsewhere its transaction was rolled back
    assert acts() == ["consent.viewed", *(["consent.viewed"] if kept else []), "consent.reminded"]
    assert lanes_have_no_gap()
