"""A recipient's person walks through her pages; each leaves exactly what was declared."""

import uuid
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.jobs import JobView
from broker.parties.models import Application, Organisation, Role
from broker.terms import Actor
from consents import actions
from consents.asking.models import ConsentAsk
from requests_app import release
from requests_app.hooks.models import Endpoint
from requests_app.recipients import joining
from requests_app.recipients.models import SignUp
from tests.completeness.declared import DECLARED
from tests.completeness.declared_recipients import JOIN_JOBS
from tests.completeness.test_desk_walk import answers
from tests.completeness.test_joint_walk import CODE, TOKEN, known_secrets, newest_link
from tests.completeness.watch import Watch
from tests.hooks_world import endpoint
from tests.integration.test_joining import APPLY, MAIL, asked
from tests.integration.test_recipient_asks import asking
from tests.integration.test_recipient_many import form
from tests.joint_world import person
from tests.recipients_world import analyst, browser_of, delivered
from tests.requests_world import ACCOUNT, coop, run_job, world


def test_what_a_recipients_person_does_leaves_what_is_declared(committing: str, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings):
        w = world()
        request = delivered(w).request
        ana = browser_of(analyst(w.organisation))
        watch = Watch(DECLARED, prefix="recipient")
        watch.know("her", w.customer.id)
        watch.names |= {"organisation": str(w.organisation.id), "request": str(request.id)}
        of_it = f"/recipient/requests/{request.id}/"

        def get(name: str, path: str, status: int = 200) -> None:
            watch.step(name, answers(lambda: ana.get(path), status))

        get("recipient GET", "/recipient/")
        get("recipient-keys GET", "/recipient/keys/")
        get("recipient-key-new GET", "/recipient/keys/new/")
        made = {"name": "Narrow", "operations": ["data"], "data_types": ["bill"], "days": "30"}
        watch.step("recipient-key-new POST", answers(lambda: ana.post("/recipient/keys/new/", made), 200))
        key = Application.objects.get(name="Narrow")
        get("recipient-key GET", f"/recipient/keys/{key.id}/")
        taken = answers(lambda: ana.post(f"/recipient/keys/{key.id}/revoke/"), 302)
        watch.step("recipient-key-revoke POST", taken)
        get("recipient-permissions GET", "/recipient/permissions/")
        get("recipient-requests GET", "/recipient/requests/")
        get("recipient-request GET", of_it)
        get("recipient-request GET foreign", f"/recipient/requests/{uuid.uuid4()}/", 404)
        get("recipient-data GET", f"{of_it}data/")
        get("recipient-readings GET", f"{of_it}data/readings.csv")
        get("recipient-readings-xml GET", f"{of_it}data/readings.xml")
        get("recipient-bills GET", f"{of_it}bills/")
        get("recipient-bills-csv GET", f"{of_it}bills/bills.csv")
        get("recipient-file GET", f"{of_it}files/{release.files_of(request)[0].id}/")
        get("recipient-picture GET", f"{of_it}data/1/months.svg")
        get("recipient-asks GET", "/recipient/asks/")
        get("recipient-ask-new GET", "/recipient/asks/new/")
        watch.step("recipient-ask-new POST refused", answers(lambda: ana.post("/recipient/asks/new/", {}), 422))
        watch.step(
            "recipient-ask-new POST",
            answers(lambda: ana.post("/recipient/asks/new/", asking()), 302),
            meanwhile=lambda: watch.know("ask", ConsentAsk.objects.get().id),
        )
        ask = f"/recipient/asks/{ConsentAsk.objects.get().id}/"
        get("recipient-ask GET", ask)
        get("recipient-ask GET foreign", f"/recipient/asks/{uuid.uuid4()}/", 404)
        watch.step("recipient-ask-act POST", answers(lambda: ana.post(f"{ask}do/", {"do": "cancel"}), 302))
        many = "/recipient/requests/many/"
        get("recipient-many GET", many)
        said = form([ACCOUNT, "40700001"], data_types=["usage_daily"])
        watch.step("recipient-many POST", answers(lambda: ana.post(many, said), 200))
        watch.step("recipient-many POST refused", answers(lambda: ana.post(many, form([])), 422))
        old = endpoint(w, "https://hooks.example.com/in").endpoint
        watch.know("application", w.application.id)
        get("recipient-webhooks GET", "/recipient/webhooks/")
        hook, nowhere = f"/recipient/webhooks/{old.id}/again/", f"/recipient/webhooks/{uuid.uuid4()}"
        get("recipient-hook GET", hook)
        get("recipient-hook GET foreign", f"{nowhere}/again/", 404)
        watch.step("recipient-hook POST refused", answers(lambda: ana.post(hook, {}), 422))
        watch.step("recipient-hook POST", answers(lambda: ana.post(hook, {"types": ["data.ready"]}), 200))
        ends = f"/recipient/webhooks/{Endpoint.objects.get(disabled_at=None).id}/disable/"
        watch.step("recipient-hook-disable POST", answers(lambda: ana.post(ends), 302))
        watch.step("recipient-hook-disable POST foreign", answers(lambda: ana.post(f"{nowhere}/disable/"), 404))
        nothing = f"/recipient/webhooks/{uuid.uuid4()}/resend/"
        watch.step("recipient-resend POST foreign", answers(lambda: ana.post(nothing), 404))
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
        get("recipient-data GET refused", f"{of_it}data/", 403)
        watch.finish()


def test_the_sign_up_of_an_organisation_leaves_what_is_declared(committing: str) -> None:
    watch, browser = Watch(DECLARED, prefix="join"), Client()
    jobs = Watch({f"job {name}": found for name, found in JOIN_JOBS.items()}, prefix="job")
    officer, actor = person(Role.OFFICER)
    _user, approver = person(Role.APPROVER)
    watch.step("join GET", answers(lambda: browser.get("/join/"), 200))
    with known_secrets():
        watch.step(
            "join POST",
            answers(lambda: browser.post("/join/", {"email": MAIL}), 302),
            meanwhile=lambda: watch.know("address", newest_link()),
        )
    watch.step("join-open GET", answers(lambda: browser.get(f"/join/open/{TOKEN}/"), 200))
    watch.step("join-open POST", answers(lambda: browser.post(f"/join/open/{TOKEN}/"), 302))
    watch.step("join-code GET", answers(lambda: browser.get("/join/code/"), 200))
    watch.step("join-code POST wrong", answers(lambda: browser.post("/join/code/", {"code": "654321"}), 200))
    watch.step("join-code POST", answers(lambda: browser.post("/join/code/", {"code": CODE}), 302))
    watch.step("join-apply GET", answers(lambda: browser.get("/join/apply/"), 200))

    def know() -> None:
        for each in (watch, jobs):
            each.know("sign_up", SignUp.objects.get().id)

    watch.step("join-apply POST", answers(lambda: browser.post("/join/apply/", APPLY), 302), meanwhile=know)
    watch.step("join-apply POST again", answers(lambda: browser.post("/join/apply/", APPLY), 302))
    watch.step("join-sent GET", answers(lambda: browser.get("/join/sent/"), 200))
    desk, row = browser_of(officer), SignUp.objects.get()
    of_it = f"/console/organisations/{row.id}/"
    watch.step("console-organisations GET", answers(lambda: desk.get("/console/organisations/"), 200))
    watch.step("console-organisation GET", answers(lambda: desk.get(of_it), 200))
    watch.step("console-organisation-propose POST refused", answers(lambda: desk.post(f"{of_it}propose/"), 422))
    answer = {"answer": "enrol", "slug": "prairie", "reason": "Looked it up."}
    watch.step("console-organisation-propose POST", answers(lambda: desk.post(f"{of_it}propose/", answer), 302))
    approval = decide.approve(Approval.objects.get().id, approver=approver, now=timezone.now())
    jobs.step("organisation.enrol", lambda: run_job(joining.CARRY_OUT, approval.id))
    again = JobView(uuid.uuid4(), joining.CARRY_OUT, approval.id, 1, 0, timezone.now())
    jobs.step("organisation.enrol again", lambda: joining.carry_out(again))
    watch.step("console-organisation-link POST", answers(lambda: desk.post(f"{of_it}link/"), 302))
    for_what = f"/console/organisations/{Organisation.objects.get().id}/purposes/"
    watch.step("console-organisation-purposes GET", answers(lambda: desk.get(for_what), 200))
    watch.step("console-organisation-purposes POST refused", answers(lambda: desk.post(for_what), 422))
    wider = {"purposes": ["research"], "reason": "Called back."}
    watch.step("console-organisation-purposes POST", answers(lambda: desk.post(for_what, wider), 302))
    watch.finish()
    other = asked(Client())
    jobs.know("sign_up", other.id)
    asked_for = joining.propose(other, "refuse", "no", requester=actor, reason="Unknown.", now=timezone.now())
    decide.approve(asked_for.id, approver=approver, now=timezone.now())
    jobs.step("organisation.enrol refuse", lambda: run_job(joining.CARRY_OUT, asked_for.id))
    jobs.finish()
