"""An officer at an incident: each request and the job leave the declared events."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.console.incidents import deciding
from broker.console.incidents.models import Affected, Incident
from tests import clock
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.test_every_job import runs
from tests.completeness.test_pack_walk import get, post, signed_in
from tests.completeness.watch import Watch
from tests.integration.audit_support import integrate
from tests.integration.test_incidents import CENTRAL, read
from tests.packs_world import Packs, packs


def test_an_incident_leaves_what_is_declared(committing: str, settings: Any, tmp_path: Path) -> None:
    with packs(settings, tmp_path / "log") as desk:
        _walk(desk)


def _walk(desk: Packs) -> None:
    officer, watch = signed_in(desk.officer), Watch(DECLARED, prefix="incidents")
    watch.know("her", desk.world.customer.id)
    began = f"{timezone.localtime(timezone.now() - timedelta(hours=2), CENTRAL):%Y-%m-%dT%H:%M}"
    facts = {"source": "officer", "words": "A clerk opened bills.", "happened_from": began, "known_at": began}

    def opened() -> None:
        made = Incident.objects.get()
        watch.know("incident", made.id)
        watch.names["incident"] = str(made.id)

    watch.step("console-incidents GET", get(officer, "/console/incidents/"))
    watch.step("console-incident-new GET", get(officer, "/console/incidents/new/"))
    watch.step("console-incident-new POST", post(officer, "/console/incidents/new/", facts), meanwhile=opened)
    at = f"/console/incidents/{watch.names['incident']}/"
    watch.step("console-incident GET", get(officer, at))
    read(desk, desk.world.customer.id)
    integrate(desk.desk.answer)
    watch.step("console-incident-list POST wrong", post(officer, f"{at}list/", {"filter-x": "1"}, expect=422))
    watch.step("console-incident-list POST", post(officer, f"{at}list/"))
    watch.step("console-incident-propose POST wrong", post(officer, f"{at}proposal/", expect=422))
    words = {"said_en": "Bills were opened.", "said_es": "Se abrieron facturas."}
    wanted = {"choice": "notify", "ground": "", "investigation": "Looked into it.", **words}
    watch.step("console-incident-propose POST", post(officer, f"{at}proposal/", wanted))
    approval = Approval.objects.get(act=deciding.ACT)
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    watch.step("console-incident-delay POST wrong", post(officer, f"{at}delay/", expect=422))
    day = began[:10]
    delay = {"agency": "Ozark County Sheriff", "written_on": day, "until": f"{clock.today()}", "words": "By letter."}
    watch.step("console-incident-delay POST", post(officer, f"{at}delay/", delay))
    watch.step("console-incident-coop POST", post(officer, f"{at}coop/"))
    watch.step("console-incident-coop POST again", post(officer, f"{at}coop/"))
    watch.step("console-incident-customers POST", post(officer, f"{at}customers/"))
    step = {"kind": "agencies", "how": "By post.", "at": began}
    watch.step("console-incident-step POST wrong", post(officer, f"{at}step/", expect=422))
    watch.step("console-incident-step POST", post(officer, f"{at}step/", step))
    watch.finish()
    jobs = Watch({"job incident.tell": JOBS["incident.tell"]}, prefix="job")
    jobs.subjects, jobs.names = watch.subjects, watch.names
    integrate(desk.desk.answer)
    jobs.step("incident.tell", runs("incident.tell", Affected.objects.get().id))
    jobs.finish()
