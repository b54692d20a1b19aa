"""Bills that a recipient brings, from the drop to her answer and its end; each step leaves what was declared."""

import uuid
from datetime import timedelta
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from broker.audit import log
from broker.jobs import run
from broker.jobs.models import Job
from requests_app.brought.asking import ASKS, TELLS
from requests_app.brought.models import BroughtFile, Drop
from requests_app.brought.taking import TAKES
from tests.brought_world import HERS, PAGE, bookkeeper
from tests.clock import travel
from tests.completeness.declared import DECLARED
from tests.completeness.test_desk_walk import answers
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.test_brought import bill
from tests.integration.test_own_data import her
from tests.requests_world import world


def test_what_bringing_and_answering_leave(committing: str) -> None:
    w = world(onward_recipients=[])
    ana, hers = bookkeeper(w), her(w)
    watch = Watch(DECLARED, prefix="brought")
    jobs = watching("brought.ask", "brought.take", "brought.take again", "brought.end", "brought.end expired", TELLS)
    for each in (watch, jobs):
        each.know("her", w.customer.id)
        each.names |= {"organisation": str(w.organisation.id), "consent": str(w.consent.id)}
    watch.step("recipient-drops GET", answers(lambda: ana.get(PAGE), 200))
    watch.step("recipient-drops POST none", answers(lambda: ana.post(PAGE, {}), 422))
    files = [SimpleUploadedFile(f"{n}.pdf", bill(n)) for n in (1, 2, 3)]
    files.append(SimpleUploadedFile("x.pdf", bill(4, "40900018")))
    watch.step("recipient-drops POST", answers(lambda: ana.post(PAGE, {"file": files}), 302))
    drop = Drop.objects.get()
    watch.step("recipient-drop GET", answers(lambda: ana.get(f"{PAGE}{drop.id}/"), 200))
    watch.step("recipient-drop GET foreign", answers(lambda: ana.get(f"{PAGE}{uuid.uuid4()}/"), 404))
    jobs.step(ASKS, runs(ASKS, w.customer.id, now=timezone.now() + timedelta(minutes=6)))
    watch.step("my-brought GET", answers(lambda: hers.get(HERS), 200))
    first, second, third = BroughtFile.objects.filter(state="waiting").order_by("number")
    shown = {"act": "each", "shown": [str(first.id), str(second.id), str(third.id)]}
    said = shown | {f"file-{first.id}": "yes", f"file-{second.id}": "no"}
    watch.step("my-brought POST", answers(lambda: hers.post(HERS, said), 302))
    watch.step("my-brought POST again", answers(lambda: hers.post(HERS, said), 302))
    foreign = {"act": "yes", "shown": [str(uuid.uuid4())]}
    watch.step("my-brought POST foreign", answers(lambda: hers.post(HERS, foreign), 404))
    jobs.step(TAKES, runs(TAKES, first.id))
    jobs.step("brought.take again", runs(TAKES, first.id))
    jobs.step("brought.end", runs("brought.end", drop.id))
    late = drop.expires_at + timedelta(seconds=1)
    with travel(late), patch.object(log, "reads_are_open", return_value=True):
        first_end = next(each for each in _ends(drop) if each.due_at >= drop.expires_at)
        jobs.step("brought.end expired", lambda: _run(first_end.id))
        jobs.step(TELLS, runs(TELLS, drop.id, now=late + timedelta(hours=1)))
    watch.finish()
    jobs.finish()


def _ends(drop: Drop) -> list[Job]:
    return list(Job.objects.filter(kind="brought.end", subject_id=drop.id).order_by("due_at"))


def _run(job: uuid.UUID) -> None:
    run(job, now=timezone.now())
    assert Job.objects.get(id=job).state == "done"
