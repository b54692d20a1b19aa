"""A count or an export that reads for too long has a limit of its own, and is not told that the database is away."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from broker.audit import banner, timeline
from broker.console import export
from broker.console import timeline as log_page
from broker.db import serving
from broker.inlets import answers
from broker.parties import api_auth
from tests import cluster
from tests.integration.audit_support import acts, integrate, say_verified
from tests.integration.test_console_keeping import text_of
from tests.integration.test_incidents import read, signed_in
from tests.packs_world import Packs, packs

ASKED = {"kind": "csv", "why": "a check", "filter-act": "file.read"}


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


@contextmanager
def held(table: str) -> Iterator[None]:
    """Let whatever reads this table wait."""
    with cluster.connect("postgres", str(connection.settings_dict["NAME"])) as other, other.transaction():
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def limits() -> tuple[str, ...]:
    """How long a statement may take now."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return tuple(cursor.fetchone())


def slept(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def slept_long(times: int) -> None:
    with serving.reading_long():
        for _ in range(times):
            slept(0.4)


@pytest.mark.postgresql
def test_a_long_reading_has_a_limit_of_its_own_for_all_its_statements(
    postgresql_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    monkeypatch.setattr(serving, "LONG_SECONDS", 1.5)
    try:
        with pytest.raises(OperationalError) as short:
            slept(0.5)
        assert serving.was_ended(short.value)
        slept_long(1)
        assert limits() == ("200ms",)
        began = time.monotonic()
        with pytest.raises(OperationalError) as long:
            slept_long(9)
        assert serving.was_ended(long.value)
        assert time.monotonic() - began < 2.5
        assert limits() == ("200ms",)
    finally:
        connection.close()


def test_what_is_read_long_is_read_on_either_engine(committing: str) -> None:
    with serving.reading_long():
        assert timeline.count(timeline.Filters()) >= 0


@pytest.mark.postgresql
def test_an_export_or_a_count_that_takes_too_long_says_what_to_do(
    postgresql_db: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with packs(settings, tmp_path / "log") as desk:
        read(desk, desk.world.customer.id)
        integrate(desk.desk.answer)
        officer = signed_in(desk.officer)
        officer.raise_request_exception = False
        monkeypatch.setattr(serving, "LONG_SECONDS", 0.3)
        asked: list[Callable[[], Any]] = [
            lambda: officer.post(reverse("console-export"), ASKED),
            lambda: officer.get(reverse("console-log"), {"act": "file.read", "count": "1"}),
        ]
        # What else looks into the table that is held.
        monkeypatch.setattr(banner, "exports_allowed", lambda _now: True)
        monkeypatch.setattr(timeline, "page", lambda *_args, **_more: timeline.Page([], None))
        monkeypatch.setattr(log_page, "listed", lambda *_args, **_more: None)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '9s'")
        for ask in asked:
            began = time.monotonic()
            with held("audit_index"):
                answer = ask()
            assert time.monotonic() - began < 8  # it was its own limit, and not that of every statement
            assert answer.status_code == 503
            assert "This asks for too much in one go" in answer.text
            assert "Esto pide demasiado de una vez" in answer.text
            assert "Please try again in a moment" not in answer.text
        assert "log.exported" not in acts()
        monkeypatch.undo()
        say_verified()
        assert officer.post(reverse("console-export"), ASKED).status_code == 200


def test_a_stream_reads_part_by_part_and_leaves_nothing_out(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        read(desk, desk.world.customer.id)
    integrate(desk.desk.answer)
    monkeypatch.setattr(export, "PART", 2)
    rows = list(csv.DictReader(io.StringIO(text_of(signed_in(desk.officer).post(reverse("console-export"), ASKED)))))
    places = [int(row["entry"]) for row in rows[:-1]]
    assert len(set(places)) == 5
    assert places == sorted(places, reverse=True)


def test_what_the_database_ended_is_no_outage_for_pages_and_programs(
    committing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = OperationalError("canceling statement due to statement timeout: SELECT secret FROM x")
    ended.__cause__ = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")

    def too_long(*_args: Any, **_more: Any) -> Any:
        raise ended

    monkeypatch.setattr(api_auth, "key_in", too_long)
    monkeypatch.setattr(answers, "render", too_long)
    browser = Client(raise_request_exception=False)
    program = browser.get("/api/v1/consents", headers={"Authorization": "Bearer utd_live_x"})
    assert (program.status_code, program.json()["code"]) == (503, "ask.too_much")
    assert "Narrow the dates" in program.json()["instead"]
    page = browser.get("/nowhere/")
    assert page.status_code == 503
    assert "narrow the dates" in page.text
    assert b"secret" not in program.content + page.content
