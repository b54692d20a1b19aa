"""The gate's own pages and its job leave exactly the declared events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.inlets import overrides
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import Role
from broker.parties.staff import create_user
from tests.clock import travel
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, world

SECRET = "Thimble!Gravel8"


def sends(client: Client, path: str, data: dict[str, str] | None = None, expect: int = 302) -> Callable[[], Any]:
    def sent() -> Any:
        answer = client.get(path) if data is None else client.post(path, data)
        assert answer.status_code == expect, (path, answer.status_code, answer.content[:500])
        return answer

    return sent


def test_the_gates_pages_leave_what_is_declared(committing: str) -> None:
    watch, daily, w = Watch(DECLARED, prefix="gate"), watching("gate.forget", "gate.forget nothing"), world()
    ann, ben, boss = (
        browser_of(create_user(name, name.title(), role, password=None, actor=ACTOR))
        for name, role in (("ann", Role.STAFF), ("ben", Role.STAFF), ("olga", Role.OFFICER))
    )
    assert Client().post("/my/sign-in/", {"note": f"my portal password is {SECRET}"}).status_code == 403
    row = Refused.objects.get()
    watch.names["refusal"] = str(row.id)
    watch.step("admin:gate GET", sends(ann, "/admin/gate/", None, 200))
    at = f"/admin/gate/{row.id}/"
    watch.step("admin:gate-doubt POST wrong", sends(ann, f"{at}doubt/", {"why": ""}, 422))
    watch.step("admin:gate-doubt POST", sends(ann, f"{at}doubt/", {"why": "It was the name of a rose."}))
    watch.step("admin:gate GET asked", sends(ben, "/admin/gate/", None, 200))
    watch.step("admin:gate-release POST own", sends(ann, f"{at}release/", {}))
    watch.step("admin:gate-release POST", sends(ben, f"{at}release/", {}))
    watch.step("admin:gate-release POST again", sends(ben, f"{at}release/", {}))
    for _each in range(3):
        assert w.post({**w.ask(), "note": f"her password is {SECRET}"}).status_code == 403
    watch.step("console-gate GET", sends(boss, "/console/gate/", None, 200))
    lift = f"/console/gate/{Watched.objects.get().id}/lift/"
    watch.step("console-gate-lift POST wrong", sends(boss, lift, {"why": ""}, 422))
    watch.step("console-gate-lift POST", sends(boss, lift, {"why": "They found the form."}))
    watch.step("console-gate-lift POST again", sends(boss, lift, {"why": "They found the form."}))
    close = f"/console/gate/incidents/{Incident.objects.get(inlet='api_json').id}/close/"
    watch.step("console-gate-close POST wrong", sends(boss, close, {"why": ""}, 422))
    watch.step("console-gate-close POST", sends(boss, close, {"why": "They found the form."}))
    watch.step("console-gate-close POST again", sends(boss, close, {"why": "They found the form."}))
    watch.step("console-gate GET number", sends(boss, f"/console/gate/?number={row}", None, 200))
    watch.finish()
    daily.step("gate.forget nothing", forgets())
    daily.step("gate.forget", forgets(timedelta(days=8)))
    daily.finish()


def forgets(later: timedelta = timedelta()) -> Callable[[], None]:
    """Give what runs the daily job, so much later."""

    def run() -> None:
        now = timezone.now() + later
        with transaction.atomic():
            jobs.enqueue("gate.forget", overrides.DAILY, due_at=now)
        with travel(now):
            runs("gate.forget", overrides.DAILY, now=now)()

    return run
