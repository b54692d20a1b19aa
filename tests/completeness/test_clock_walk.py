"""The pages about dates: a customer, staff and an officer leave exactly the declared events."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from broker import jobs, utilities
from broker.parties.models import Role
from requests_app.clocks import moving
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.requests_world import World, coop, run_job, world


@pytest.fixture
def w(committing: str, settings: Any, tmp_path: Path) -> Any:
    with coop(tmp_path, settings):
        yield world()


def answers(send: Callable[[], Any], expect: int) -> Callable[[], Any]:
    def sent() -> Any:
        answer = send()
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])
        return answer

    return sent


def test_the_pages_about_dates_leave_what_is_declared(w: World) -> None:
    watch = Watch(DECLARED, prefix="clocks")
    watch.know("her", w.customer.id)
    manual, foreign = w.manual(), uuid.uuid4()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    watch.names.update(number=manual.number, foreign=str(foreign))
    her, staff, boss = Client(), officer(Role.STAFF), officer()
    sign_in(her, w.customer.id)
    watch.step("my-request-date GET", answers(lambda: her.get(f"/my/requests/{manual.id}/date/"), 200))
    watch.step("my-request-date GET foreign", answers(lambda: her.get(f"/my/requests/{foreign}/date/"), 404))
    ask = manual.request_id
    watch.step("my-request-way GET", answers(lambda: her.get(f"/my/asks/{ask}/way/"), 200))
    watch.step("my-request-way GET foreign", answers(lambda: her.get(f"/my/asks/{foreign}/way/"), 404))
    at = f"/admin/requests/{manual.id}/"
    watch.step("admin:request-date GET", answers(lambda: staff.get(f"{at}date/"), 200))
    named = {"day": str(manual.due + timedelta(days=3))}
    watch.step("admin:request-promise POST wrong", answers(lambda: staff.post(f"{at}promise/", {}), 422))
    watch.step("admin:request-promise POST", answers(lambda: staff.post(f"{at}promise/", named), 302))
    watch.step("admin:request-promise POST again", answers(lambda: staff.post(f"{at}promise/", named), 302))
    days = "/console/closing-days/obec/"
    storm = {"act": "close", "day": str(manual.due), "name": "Ice storm", "source": "phone"}
    watch.step("console-calendar GET", answers(lambda: boss.get("/console/closing-days/"), 302))
    watch.step("console-closing-days GET", answers(lambda: boss.get(days), 200))
    watch.step("console-closing-days POST wrong", answers(lambda: boss.post(days, {**storm, "name": ""}), 422))
    watch.step("console-closing-days POST", answers(lambda: boss.post(days, storm), 302))
    watch.step("console-closing-days POST again", answers(lambda: boss.post(days, storm), 302))
    file = "/console/profiles/obec/"
    watch.step("console-profiles GET", answers(lambda: boss.get("/console/profiles/"), 200))
    watch.step("console-profile GET", answers(lambda: boss.get(file), 200))
    watch.step("console-profile-text GET", answers(lambda: boss.get(f"{file}text/"), 200))
    watch.step("console-profile POST wrong", answers(lambda: boss.post(file, {}), 422))
    text = utilities.text("obec").replace("last_days = 10", "last_days = 12")
    asked = {"file": SimpleUploadedFile("obec.toml", text.encode()), "reason": "They said so."}
    watch.step("console-profile POST", answers(lambda: boss.post(file, asked), 302))
    watch.finish()


def test_the_daily_look_at_the_calendars(w: World) -> None:
    manual, watch = w.manual(), watching("clock.check")
    run_job("manual.send", manual.id)
    with transaction.atomic():
        jobs.enqueue(moving.CHECK, moving.DAILY, key="clock.check:today")
    watch.step("clock.check", runs(moving.CHECK, moving.DAILY))
    watch.finish()
