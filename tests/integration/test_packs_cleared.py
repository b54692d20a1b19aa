"""An expired pack's file goes with it, unless a legal hold keeps the records of somebody who is in it."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import auditing, log, verdict_file
from broker.console.holds import placing
from broker.console.packs import build, clearing, handing
from broker.console.packs.lifecycle import Redaction
from broker.console.packs.models import EvidencePack
from broker.jobs import standing
from broker.jobs.models import Job
from broker.operating import lost
from broker.terms import SERVICE
from tests.integration.audit_support import acts, integrate
from tests.integration.holds_support import OFFICER, approve, bytes_of, hold, keep
from tests.packs_world import Packs, packs


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    """A pack's world on each engine."""
    with packs(settings, tmp_path / "log") as made:
        yield made


def expired(pack: EvidencePack) -> uuid.UUID:
    """Let a pack's time end; give its file."""
    assert pack.expires_at
    assert pack.file
    with time_machine.travel(pack.expires_at, tick=False):
        for job in Job.objects.filter(subject_id=pack.id, kind=build.EXPIRE):
            jobs.run(job.id)
    pack.refresh_from_db()
    assert pack.state == "expired"
    return pack.file


def test_the_bytes_go_at_the_expiry(desk: Packs) -> None:
    pack = desk.ready(redaction=Redaction.MASKED)
    assert bytes_of(pack.file)
    file = expired(pack)
    assert not bytes_of(file)
    assert lost.among([file]) == []
    assert pack.bytes_deleted_at == pack.expires_at
    assert acts().count("pack.deleted") == 1
    assert not clearing.clear(pack, now=timezone.now()), "once"
    integrate(desk.desk.answer)
    auditing.verify_database(opener=SERVICE("verification"))
    verdict = verdict_file.last()
    assert verdict is not None
    assert verdict.ok


def test_a_hold_keeps_them_until_it_is_released(desk: Packs) -> None:
    pack = desk.ready(redaction=Redaction.MASKED)
    held = hold(desk.world.customer.id)
    keep()
    file = expired(pack)
    assert bytes_of(file)
    assert pack.bytes_deleted_at is None
    _clear_daily()
    assert bytes_of(file)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(bytes_deleted_at=timezone.now())
    approve(placing.ask_release(held.id, "It is over", officer=OFFICER, now=timezone.now()))
    keep()
    _clear_daily()
    assert not bytes_of(file)
    assert acts().count("pack.deleted") == 1


def _clear_daily() -> None:
    """Run today's job as the worker does."""
    Job.objects.filter(kind=clearing.CLEAR).delete()  # of an earlier day
    standing.ensure(timezone.now())
    job = Job.objects.get(kind=clearing.CLEAR)
    assert jobs.run(job.id, now=timezone.now() + timedelta(hours=1))


def test_only_an_expired_pack_loses_its_file(desk: Packs) -> None:
    pack = desk.ready()
    assert not clearing.clear(pack, now=timezone.now())
    assert bytes_of(pack.file)
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(bytes_deleted_at=timezone.now())


def test_what_was_cut_short_is_finished(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = desk.ready()
    assert pack.expires_at
    handing.expire(pack, now=pack.expires_at)
    with monkeypatch.context() as away:
        away.setattr(log, "append", _away)
        with pytest.raises(log.LogUnavailable):
            clearing.clear(pack, now=pack.expires_at)
    pack.refresh_from_db()
    assert pack.bytes_deleted_at is None
    assert clearing.clear(pack, now=pack.expires_at)
    assert not bytes_of(pack.file)


def _away(*_args: object, **_more: object) -> None:
    raise log.LogUnavailable("the log is away")
