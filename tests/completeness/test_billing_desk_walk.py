"""What a billing desk does on its page: each request leaves exactly the declared events."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client

from requests_app.desk import codes
from requests_app.desk.models import DeskCode
from tests import clock
from tests.completeness.declared import DECLARED
from tests.completeness.declared_desk import DESK_JOBS
from tests.completeness.test_desk_walk import answers
from tests.completeness.watch import Watch
from tests.integration.desk_support import mailed, press, upload
from tests.requests_world import ACCOUNT, coop, run_job, usage, world


def test_what_a_billing_desk_does_leaves_what_is_declared(committing: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        run_job("manual.send", manual.id)
        watch, browser = Watch(DECLARED, prefix="billing-desk"), Client()
        watch.know("her", w.customer.id)
        watch.names |= {"number": manual.number, "numbers": [manual.number], "consent": str(w.consent.id)}
        path = f"/desk/{codes.hint_of(manual).replace('-', '')}"
        watch.step("desk GET", answers(lambda: browser.get("/desk/"), 200))
        watch.step("desk-hint GET", answers(lambda: browser.get(path), 200))
        watch.step("desk-hint POST slip", answers(lambda: browser.post(path, {"hint": "AAAA"}), 422))
        watch.step("desk-hint POST", answers(lambda: browser.post(path, {"hint": "AAAA-BBBB-CCCC"}), 302))
        watch.step("desk POST", answers(lambda: browser.post("/desk/", {"hint": codes.hint_of(manual)}), 302))
        digits = mailed(mailbox)
        assert digits is not None
        wrong = f"{(int(digits) + 1) % 1_000_000:06}"
        watch.step("desk-code GET", answers(lambda: browser.get("/desk/code/"), 200))
        watch.step("desk-code POST wrong", answers(lambda: browser.post("/desk/code/", {"code": wrong}), 422))
        watch.step("desk-code POST", answers(lambda: browser.post("/desk/code/", {"code": digits}), 302))
        watch.step("desk-requests GET", answers(lambda: browser.get("/desk/requests/"), 200))
        act, once = f"/desk/requests/{manual.id}/words/", str(uuid.uuid4())
        watch.step("desk-act GET", answers(lambda: browser.get(act), 200))
        secret = {"words": "her login is gwen, password: hunter2-hunter2"}
        watch.step("desk-act POST secret", answers(lambda: press(browser, manual, "words", **secret), 403))
        said = {"words": "Which meter?", "once": once}
        watch.step("desk-act POST words", answers(lambda: press(browser, manual, "words", **said), 302))
        watch.step("desk-act POST twice", answers(lambda: press(browser, manual, "words", **said), 302))
        steps: list[tuple[str, dict[str, Any]]] = [
            ("promise", {"day": str(clock.today() + timedelta(days=7))}),
            ("fee", {"amount": "35.00"}),
            ("paper", {}),
            ("own_form", {}),
            ("not_member", {}),
            ("files", {"attached": [upload("usage.csv", usage(ACCOUNT).encode())]}),
            ("doubt", {"words": "She signed nothing."}),
        ]
        for kind, data in steps:
            watch.step(f"desk-act POST {kind}", answers(lambda k=kind, d=data: press(browser, manual, k, **d), 302))
        watch.step("desk-leave POST", answers(lambda: browser.post("/desk/leave/"), 302))
        watch.finish()


def test_the_job_that_mails_a_desk_its_code(committing: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        jobs = Watch({f"job {name}": events for name, events in DESK_JOBS.items()}, prefix="job")
        for name, hint in (("desk.code", codes.hint_of(manual)), ("desk.code unknown", "AAAA-BBBB-CCCC")):
            Client().post("/desk/", {"hint": hint})
            row = DeskCode.objects.order_by("-made_at")[0]
            jobs.step(name, lambda row=row: run_job(codes.CODE, row.id))
        jobs.finish()
