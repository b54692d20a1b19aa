"""Requested versus received: staff, a customer and an officer leave exactly the declared events."""

import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.parties.models import Role
from requests_app.completeness.models import OverDelivery
from requests_app.models import ReceivedFile
from requests_app.receive import receive
from tests import bills
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.requests_world import World, coop, reply, run_job, world


@pytest.fixture
def w(committing: str, settings: Any, tmp_path: Path) -> Any:
    with coop(tmp_path, settings):
        yield world(history_from=date(2025, 1, 1), history_to=date(2026, 1, 1))


def answers(send: Callable[[], Any], expect: int) -> Callable[[], Any]:
    def sent() -> Any:
        answer = send()
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])
        return answer

    return sent


def test_what_came_and_what_was_too_much_leave_what_is_declared(w: World) -> None:
    watch, jobs = Watch(DECLARED, prefix="completeness"), watching("surplus.tell")
    manual, foreign = w.manual(**{"data_types": ["bill"], "from": "2025-01-01", "to": "2025-03-01"}), uuid.uuid4()
    for each in (watch, jobs):
        each.know("her", w.customer.id)
        each.names.update(number=manual.number, foreign=str(foreign))
    run_job("manual.send", manual.id)
    mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get()
    her, staff, boss = Client(), officer(Role.STAFF), officer()
    sign_in(her, w.customer.id)
    at = f"/admin/files/{file.id}/"
    watch.step("admin:file GET", answers(lambda: staff.get(at), 200))
    watch.step("admin:file GET again", answers(lambda: staff.get(at), 200))
    incident = OverDelivery.objects.get()
    watch.names["incident"] = str(incident.id)
    watch.step("my-request-came GET", answers(lambda: her.get(f"/my/requests/{manual.id}/"), 200))
    watch.step("my-request-came GET foreign", answers(lambda: her.get(f"/my/requests/{foreign}/"), 404))
    of = f"/admin/requests/{manual.id}/"
    watch.step("admin:request-completeness GET", answers(lambda: staff.get(f"{of}completeness/"), 200))
    said = {"cell": f"{w.account.id}|bill|2025-02-01", "reason": "not_served"}
    wrong = {**said, "cell": f"{w.account.id}|bill|2030-01-01"}
    watch.step("admin:request-none POST wrong", answers(lambda: staff.post(f"{of}none/", wrong), 302))
    cut = ReceivedFile.objects.exclude(id=file.id).get()
    days = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-01-31"}
    assert staff.post(f"/admin/files/{cut.id}/", days).status_code == 302
    watch.step("admin:request-none POST", answers(lambda: staff.post(f"{of}none/", said), 302))
    watch.step("admin:file-surplus POST wrong", answers(lambda: staff.post(f"{at}surplus/", {}), 302))
    for name in ("admin:file-surplus POST", "admin:file-surplus POST again"):
        watch.step(name, answers(lambda: staff.post(f"{at}surplus/", {"disposition": "destroy"}), 302))
    jobs.step("surplus.tell", runs("surplus.tell", incident.mails.get().id))
    jobs.finish()
    watch.step("console-surplus GET", answers(lambda: boss.get("/console/surplus/"), 200))
    watch.finish()
