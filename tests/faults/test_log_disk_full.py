"""The disk under the database is full: nothing protected is read, no change goes half way, nothing written is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import connection, transaction

from broker.audit import log, store
from consents.models import Consent
from tests.integration.audit_support import STAFF, SUBJECT, lanes_have_no_gap, write
from tests.integration.grant_support import NAME, desk

__all__ = ["desk"]


UNLIMITED = 1_073_741_823  # pages


class Disk:
    """Lets the database grow by no page more, as its own engine says that (SQLITE_FULL; PostgreSQL: 53100)."""

    def __init__(self) -> None:
        self._pages = UNLIMITED

    def limit(self, **_kwargs: object) -> None:
        """Give the calling thread's connection the limit of the moment: on SQLite it is each connection's own."""
        if connection.vendor == "sqlite":
            store.rows(f"PRAGMA max_page_count = {self._pages}")

    def fill(self) -> None:
        """From here on the disk is full."""
        if connection.vendor == "sqlite":
            ((self._pages,),) = store.rows("PRAGMA page_count")
            self.limit()
            for size in (6000, 600, 0):  # what is free within the pages that there are: large events, then small ones
                with pytest.raises(log.LogUnavailable):
                    _write_many(size)
            return
        with self._owner() as raw:
            raw.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
            )
            raw.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )

    def free(self) -> None:
        """There is room again."""
        if connection.vendor == "sqlite":
            self._pages = UNLIMITED
            self.limit()
            return
        with self._owner() as raw:
            raw.execute("DROP TRIGGER full_disk ON audit_event")
            raw.execute("DROP FUNCTION full_disk()")

    def _owner(self) -> Any:
        from tests import cluster

        return cluster.connect("postgres", str(connection.settings_dict["NAME"]))


@pytest.fixture
def disk(desk) -> Iterator[Disk]:
    """The disk under the database; each request to our pages feels it."""
    made = Disk()
    request_started.connect(made.limit)
    yield made
    request_started.disconnect(made.limit)


def _write_many(size: int) -> None:
    for _ in range(5000):
        write(body={"why": "x" * size})


@pytest.mark.granted
def test_pages_answer_503_and_what_was_written_stays(desk, disk):
    person = desk.grant()
    consent = Consent.objects.get()
    disk.fill()
    before = {event for (event,) in store.rows("SELECT id FROM audit_event")}
    for path in ("/my/access/", f"/my/{consent.id}/letter.pdf"):
        answer = person.http.get(path)
        assert answer.status_code == 503
        assert NAME not in answer.text
        assert b"%PDF" not in answer.content
    with pytest.raises(log.LogUnavailable):
        log.append_read("data.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="customer")
    assert {event for (event,) in store.rows("SELECT id FROM audit_event")} == before
    disk.free()
    assert person.http.get("/my/access/").status_code == 200
    assert before < {event for (event,) in store.rows("SELECT id FROM audit_event")}
    assert lanes_have_no_gap()


@pytest.mark.granted
def test_a_change_that_cannot_be_logged_is_not_made(desk, disk):
    person = desk.grant()
    consent = Consent.objects.get()
    page = person.get(f"/my/{consent.id}/stop/")
    token = person.field(page, "csrfmiddlewaretoken")
    disk.fill()
    answer = person.http.post(f"/my/{consent.id}/stop/", data={"csrfmiddlewaretoken": token})
    assert answer.status_code == 503
    consent.refresh_from_db()
    assert consent.state == "active"
    with pytest.raises(log.LogUnavailable), transaction.atomic():
        write()
    disk.free()
    answer = person.http.post(f"/my/{consent.id}/stop/", data={"csrfmiddlewaretoken": token})
    assert answer.status_code in (200, 302, 303)
    consent.refresh_from_db()
    assert consent.state == "revoked"
    assert lanes_have_no_gap()
