"""What a clerk of the co-op does with a letter: each request leaves exactly the declared events."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from broker.limits import counting
from broker.limits.models import Tries
from consents.checking import limits
from consents.checking.models import ClerkAct
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.forms import form, page
from tests.completeness.watch import Watch
from tests.integration.checking_support import LAST_FOUR, bytes_of, clerk_code, enter, letter, profile_mailbox
from tests.integration.grant_support import Desk, desk
from tests.integration.test_identity_staff import staff
from tests.requests_world import run_job

__all__ = ["desk"]


@pytest.mark.granted
def test_what_a_clerk_does_leaves_what_is_declared(desk: Desk, settings: Any) -> None:
    desk.grant()
    watch, person, row = Watch(DECLARED, prefix="checking"), desk.visitor(), letter()
    watch.know("her", row.consent.customer_id)
    watch.names |= {"number": row.number, "consent": str(row.consent_id)}
    code = row.verification_code
    watch.step("verify GET", page(person, "/v/"))
    watch.step("verify-code GET", page(person, f"/v/{code}"))
    watch.step("verify POST slip", form(person, "/v/", {"code": code[:-1], "digits": LAST_FOUR}))
    watch.step("verify POST wrong", form(person, "/v/", {"code": code, "digits": "9999"}))
    watch.step("verify-code POST", form(person, f"/v/{code}", {"code": code, "digits": LAST_FOUR}))
    watch.step("verify POST", form(person, "/v/", {"code": code, "digits": LAST_FOUR}))
    watch.step("verify-letter GET", page(person, "/v/letter/"))
    watch.step("verify-copy GET", page(person, "/v/letter/copy.pdf"))
    watch.step("verify-file GET", page(person, "/v/file/"))
    other = {"file": ("a.pdf", b"%PDF-1.7 not ours", "application/pdf")}
    watch.step("verify-file POST stranger", form(person, "/v/file/", files=other))
    ours = {"file": ("a.pdf", bytes_of(), "application/pdf")}
    watch.step("verify-file POST", form(person, "/v/file/", files=ours))
    watch.step("verify-yourself GET", page(person, "/v/how/"))
    watch.step("verify-root GET", page(person, "/v/seal-root.pem"))
    watch.step("verify-time-root GET", page(person, "/v/time-root.pem"))
    asked = watch.step("verify-released GET", page(person, "/v/letter/released/"))
    once = {"once": person.field(asked, "once")}
    watch.step("verify-released POST", form(person, "/v/letter/released/", once))
    watch.step("verify-released POST twice", form(person, "/v/letter/released/", once))
    with profile_mailbox(desk, settings):
        watch.step("verify-member GET", page(person, "/v/letter/member/"))
        watch.step("verify-member POST", form(person, "/v/letter/member/"))
        sent = clerk_code(desk)
    watch.step("verify-member-code GET", page(person, "/v/letter/member/code/"))
    wrong = f"{(int(sent) + 1) % 1_000_000:06}"
    watch.step("verify-member-code POST wrong", form(person, "/v/letter/member/code/", {"code": wrong}))
    watch.step("verify-member-code POST", form(person, "/v/letter/member/code/", {"code": sent}))
    asked = watch.step("verify-doubt GET", page(person, "/v/letter/doubt/"))
    doubt: dict[str, object] = {"once": person.field(asked, "once")}
    secret = {**doubt, "words": "her login is gwen, password: hunter2-hunter2"}
    watch.step("verify-doubt POST secret", form(person, "/v/letter/doubt/", secret))
    words = {**doubt, "words": "The account was closed in May."}
    watch.step("verify-doubt POST", form(person, "/v/letter/doubt/", words))
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    desk_staff, act = staff(), ClerkAct.objects.get(kind="doubt")
    watch.step("admin:clerk-acts GET", lambda: desk_staff.get("/admin/clerk/"))
    watch.step("admin:clerk-act GET", lambda: desk_staff.get(f"/admin/clerk/{act.id}/"))
    watch.step("admin:clerk-act POST", lambda: desk_staff.post(f"/admin/clerk/{act.id}/", {"called": "on"}))
    watch.finish()
    assert re.fullmatch(r"\d{6}", sent)
    enter(desk.visitor(), code)


def test_the_job_that_forgets_tries_leaves_nothing_in_the_log(committing: str) -> None:
    watch, now = Watch({"job limits.forget": JOBS["limits.forget"]}, prefix="job"), timezone.now()
    assert limits.take(limits.ADDRESS, "192.0.2.1", now=now)
    with time_machine.travel(now + timedelta(days=2), tick=False):
        later = timezone.now()
        watch.step("limits.forget", lambda: run_job(counting.FORGET, counting.day_id(now), now=later))
    watch.finish()
    assert not Tries.objects.exists()
