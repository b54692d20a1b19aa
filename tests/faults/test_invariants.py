"""The checker of the invariants finds each violation, and nothing where all is well."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from broker.audit import signer
from broker.jobs.models import Job
from broker.vault import files
from broker.vault.models import SealedFile
from tests.faults import invariants
from tests.integration.audit_support import log_world, tamper
from tests.integration.test_release import delivered
from tests.requests_world import World, coop, world

WORDS = ("Pat Member", "pat@member.example")


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    with coop(tmp_path / "coop", settings), log_world(settings, tmp_path / "log") as made:
        yield made


def a_read() -> World:
    """Let a recipient have read."""
    w = world()
    manual = delivered(w)
    assert w.get(f"data-requests/{manual.request_id}/readings").status_code == 200
    return w


def _bytes_gone() -> None:
    storages["sealed"].delete(files._path(SealedFile.objects.latest("created_at").id))


def _half_of_it() -> None:
    path = files._path(SealedFile.objects.latest("created_at").id)
    with storages["sealed"].open(path) as stream:
        data = stream.read()
    storages["sealed"].delete(path)
    Path(storages["sealed"].path(path)).write_bytes(data[: len(data) // 3])


def _sql(*statements: str) -> Callable[[], None]:
    def run() -> None:
        for each in statements:
            tamper(each)

    return run


def _running() -> None:
    until = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(state="done").update(state="running", lease=uuid.uuid4(), lease_until=until, finished_at=None)


BROKEN: dict[str, tuple[Callable[[], None], str]] = {
    "an event gone": (
        _sql("DELETE FROM audit_event WHERE id = (SELECT max(audit_event_id) FROM requests_app_release)"), "1: ",
    ),
    "a release of no read": (
        _sql("UPDATE requests_app_release SET audit_event_id = (SELECT min(id) FROM audit_event)"),
        "whose event is no read",
    ),
    "a letter without a decision": (_sql("DELETE FROM requests_app_decision"), "without a decision"),
    "a read after the end": (
        _sql("UPDATE consents_consent SET state = 'revoked', ended_at = '2020-01-01 00:00:00'"),
        "began after the consent had ended",
    ),
    "bytes gone": (_bytes_gone, "are gone"),
    "half of the bytes": (_half_of_it, "is not whole"),
    "another letter": (_sql("UPDATE consents_letterfile SET bytes = bytes + 1"), "is not the one that its row"),
    "triggers gone": (_sql("DELETE FROM django_session"), "8: "),
    "a job that nobody ended": (_running, "nobody took over"),
    "a name in the clear": (_sql("UPDATE parties_organisation SET legal_name = 'Pat Member'"), "in the clear"),
    "somebody else's data": (
        _sql("UPDATE requests_app_datarequest SET organisation_id = 'ffffffffffffffffffffffffffffffff'"),
        "13: ",
    ),
}  # fmt: skip


def test_where_all_is_well_nothing_is_found(desk: signer.Desk) -> None:
    a_read()
    assert invariants.violations(desk, WORDS) == []


@pytest.mark.parametrize("what", BROKEN)
def test_each_violation_is_found(desk: signer.Desk, what: str) -> None:
    a_read()
    breaking, said = BROKEN[what]
    breaking()
    connection.close()
    assert any(said in each for each in invariants.violations(words=WORDS))


def test_a_mail_twice_and_one_whose_id_nobody_reserved_are_found(desk: signer.Desk) -> None:
    w = a_read()
    (known,) = invariants.ManualRequest.objects.values_list("message_id", flat=True)
    assert not invariants.violations(mails=[("a@coop.example", known)])
    assert any("2 mails" in each for each in invariants.violations(mails=[("a@coop.example", known)] * 2))
    assert any(
        "2 addresses" in each for each in invariants.violations(mails=[("a@x.example", known), ("b@x.example", known)])
    )
    assert any(
        "not reserved" in each for each in invariants.violations(mails=[("a@coop.example", f"<{w.account.id}>")])
    )
