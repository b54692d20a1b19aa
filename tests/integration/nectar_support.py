"""Nectar in tests: the played one, a shared bill, and the jobs of its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from broker.jobs.models import Job
from broker.rehearsal.nectar import Nectar
from requests_app.models import NectarPull, ReceivedFile
from tests.integration.test_share import bill, share
from tests.requests_world import World, run_job


@contextmanager
def played(settings: Any, **options: Any) -> Iterator[Nectar]:
    """Play Nectar, and let our calls reach it and nothing else."""
    with Nectar(**options) as nectar:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = nectar.url, nectar.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{nectar.port}"]
        yield nectar
        assert nectar.forbidden == []


def shared(w: World, data: bytes | None = None) -> NectarPull:
    """Share a bill that is to go to Nectar."""
    file = share(w, "bill.pdf", data or bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    return NectarPull.objects.get(file=file)


def go(kind: str, subject: Any, *, hours: float = 0) -> str:
    """Run a job, some hours from now."""
    return run_job(kind, subject, now=timezone.now() + timedelta(hours=hours))


def to_the_end(pull: NectarPull) -> NectarPull:
    """Run the jobs of a document until it rests."""
    for hours in range(12):
        for kind in ("nectar.upload", "nectar.poll"):
            if Job.objects.filter(kind=kind, subject_id=pull.id, state="queued").exists():
                go(kind, pull.id, hours=3 * hours)
    pull.refresh_from_db()
    return pull
