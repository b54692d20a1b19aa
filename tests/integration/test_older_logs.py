"""After a declared loss: what the lost log holds stays in the officers' pages, exports and lists of the affected."""

import csv
import io
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from broker.audit import log, origins, query, signer, store, timeline
from broker.audit.timeline import Filters
from broker.console import watch
from broker.console.incidents import listing
from broker.console.models import SavedView
from broker.db import owner
from broker.terms import SERVICE
from tests import cluster
from tests.integration.audit_support import ORIGIN, STAFF, integrate, make_signer, say_verified, write
from tests.integration.test_audit_quarantine import spoil
from tests.integration.test_console_keeping import text_of
from tests.integration.test_incidents import begun, read, signed_in
from tests.packs_world import Packs, packs

NEW = "broker.localhost/audit/second"
READS = Filters(acts=("data.read",))


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def lost(settings: Any, folder: Path) -> signer.Desk:
    """Open a second log, as after a loss that two people declared, and give its signer."""
    log.close_lanes()
    log.reset()
    former = Path(settings.SIGNER_DIR) / signer.VKEY
    settings.LOG_ORIGIN, settings.SIGNER_DIR = NEW, folder
    call_command("make_log_key", "--former", str(former), stdout=StringIO())
    with owner.logged_in():
        origins.open_new(actor=SERVICE("console"), body={})
    return signer.Desk(folder)


def test_pages_counts_and_walks_go_through_every_log(committing: str, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.SIGNER_DIR, settings.SIGNER_SOCKET = tmp_path, tmp_path / "signer", tmp_path / "s"
    if connection.vendor == "postgresql":
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    log.reset()
    first = make_signer(tmp_path / "signer")
    placed = [write().id for _ in range(3)]
    integrate(first.answer)
    bare = [write().id for _ in range(2)]  # nobody gives them a place any more
    first.close()
    second = lost(settings, tmp_path / "second")
    try:
        later = [write().id for _ in range(2)]
        integrate(second.answer)
        now = write().id
        whole = [now, *reversed(later), *reversed(bare), *reversed(placed)]
        assert [each.id for each in timeline.page(READS).entries] == whole
        assert timeline.count(READS) == timeline.count(READS, keep=lambda _head: True) == len(whole)
        standing = timeline.standing(READS)
        assert standing.size == store.tree_size(2)
        assert [each.id for each in standing.unplaced] == [now, *reversed(bare)]
        walked = list(timeline.walk(READS, size=standing.size))
        assert [(each.id, each.origin) for each in walked] == [
            *((each, 2) for each in reversed(later)),
            *((each, 1) for each in reversed(placed)),
        ]
        assert timeline.count(READS, size=standing.size) == len(walked)
        assert [row.id for row in query.newest(act="data.read")] == [now, *reversed(later), *reversed(placed)]
        for keep in (None, lambda _head: True):
            for limit in (2, 3, 50):
                assert paged(limit, keep) == (whole, 0)
            assert paged(1, keep) == ([each for each in whole if each != bare[0]], 1)  # and says so
    finally:
        second.close()
        log.reset()


def paged(limit: int, keep: timeline.Keep | None) -> tuple[list[int], int]:
    """Every page, one after the other, as an officer goes through them; and what the pages had no room for."""
    page, found, hidden = timeline.page(READS, limit=limit, keep=keep), list[timeline.Entry](), 0
    while True:
        found, hidden = found + page.entries, hidden + page.hidden
        if page.older is None:
            return [each.id for each in found], hidden
        page = timeline.page(READS, before=page.older, origin=page.origin, limit=limit, keep=keep)


def test_what_a_lane_in_quarantine_holds_is_on_the_list(desk: Packs) -> None:
    incident, hers = begun(desk), desk.world.customer.id
    bad = log.append_read(
        "file.read", actor=desk.actor(desk.other), subject=hers, purpose="fulfilment", obj="received_file", body={}
    )
    read(desk, hers)
    spoil(bad)
    integrate(desk.desk.answer)
    made = listing.compute(incident, {}, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(made, listing.AffectedList)
    assert (made.entries, made.unplaced, made.customers) == (2, 2, 1)
    page = signed_in(desk.officer).get(reverse("console-incident", args=[incident.id])).content.decode()
    assert "2 of them without a place" in page


def test_the_console_sees_what_the_lost_log_holds(desk: Packs, settings: Any, tmp_path: Path) -> None:
    incident, hers = begun(desk), desk.world.customer.id
    read(desk, hers)
    with transaction.atomic():
        ref = log.append("view.saved", actor=STAFF, subject=None, obj="event", body={})
        view = SavedView.objects.create(
            owner=desk.officer, name="reads", filters={"act": "file.read"}, notify=True, audit_event_id=ref.id,
            seen_to=10_000, created_at=timezone.now(),
        )  # fmt: skip
    integrate(desk.desk.answer)
    read(desk, hers)  # no place in the old log
    second = lost(settings, tmp_path / "second")
    read(desk, hers)
    integrate(second.answer)
    second.close()
    made = listing.compute(incident, {}, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(made, listing.AffectedList)
    assert (made.entries, made.unplaced, made.customers) == (3, 1, 1)

    officer = signed_in(desk.officer)
    page = officer.get(reverse("console-log"), {"act": "file.read", "count": "1"}).content.decode()
    assert "3 entries fit" in page
    assert page.count("Log 1:") == 2
    assert "no place" in page

    say_verified()
    sent = {"kind": "csv", "why": "a check", "filter-act": "file.read"}
    rows = list(csv.DictReader(io.StringIO(text_of(officer.post(reverse("console-export"), sent)))))
    assert [(row["log"], bool(row["entry"])) for row in rows[:-1]] == [(ORIGIN, False), (NEW, True), (ORIGIN, True)]
    # A view that looked as far as the old log's places looks at the new one from its beginning.
    assert watch.look(view, now=timezone.now()) == 1
