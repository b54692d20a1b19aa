"""A letter to print, and what staff do with the signed original: each request leaves exactly the declared events."""

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker.parties.models import Role
from consents.models import Consent, PaperNotice
from consents.paper import granting
from consents.paper.models import PaperEntry, PaperLetter
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.test_desk_walk import answers, signed_in
from tests.completeness.watch import Watch
from tests.integration.test_paper import jpeg, paper_form
from tests.requests_world import coop, organisation, run_job


def test_the_paper_path_leaves_what_is_declared(committing: str, tmp_path: Path, settings: Any) -> None:
    watch = Watch(DECLARED, prefix="paper")
    organisation("acme", timezone.now())
    with coop(tmp_path, settings):
        walk(watch)
    watch.finish()


def walk(watch: Watch) -> None:
    """From the letter to the receipt that is posted."""
    browser, staff, operator = Client(), signed_in(Role.STAFF), signed_in(Role.OPERATOR)
    watch.step("paper-start GET", answers(lambda: browser.get("/share/paper/"), 200))
    watch.step("paper-letter.pdf POST", answers(lambda: browser.post("/share/paper/acme/letter.pdf"), 200))
    form = {
        **paper_form(PaperLetter.objects.get().code),
        "scan": SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg"),
    }
    watch.step("admin:paper-enter GET", answers(lambda: staff.get("/admin/paper/enter/"), 200))

    def him() -> None:
        watch.know("him", PaperEntry.objects.get().customer)

    watch.step("admin:paper-enter POST", answers(lambda: staff.post("/admin/paper/enter/", form), 302), meanwhile=him)
    watch.step("admin:paper GET", answers(lambda: staff.get("/admin/paper/"), 200))
    path = f"/admin/paper/{PaperEntry.objects.get().id}/"
    watch.step("admin:paper-entry GET", answers(lambda: staff.get(path), 200))
    watch.step("admin:paper-scan POST", answers(lambda: staff.post(f"{path}scan/"), 200))
    yes = {"decision": "approve"}
    watch.step("admin:paper-entry POST", answers(lambda: operator.post(path, yes), 302))
    delivered(watch)
    post = f"/admin/paper/post/{PaperNotice.objects.get().id}/"
    watch.step("admin:paper-notice POST", answers(lambda: staff.post(post), 200))
    watch.step("admin:paper-posted POST", answers(lambda: staff.post(f"{post}done/"), 302))


def delivered(watch: Watch) -> None:
    """Run the job that puts the original under its cover; its events are declared beside the other jobs."""
    jobs = Watch({"job paper.deliver": JOBS["paper.deliver"]}, prefix="job")
    jobs.know("her", watch.subjects["him"])
    consent = Consent.objects.get()
    jobs.names["consent"] = str(consent.id)
    jobs.step("paper.deliver", lambda: run_job(granting.DELIVER, consent.id))
    jobs.finish()
