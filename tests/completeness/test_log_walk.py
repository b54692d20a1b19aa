"""An officer at the log's own alarms: each request leaves the declared events."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from broker.audit import log
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch

PAGE = "/console/integrity/alarms/"


def person(role: Role) -> Client:
    user = create_user(f"an-{role}", f"The {role}", role, password=None, actor=SERVICE("tests"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def officer(committing: str) -> Client:
    return person(Role.OFFICER)


def sends(client: Client, path: str, expect: int, data: dict[str, Any] | None = None) -> Callable[[], None]:
    """Give what opens a page, or sends a form and follows nothing."""

    def send() -> None:
        answer = client.get(path) if data is None else client.post(path, data)
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])

    return send


def test_the_logs_alarms_leave_what_is_declared(officer: Client) -> None:
    watch = Watch(DECLARED, prefix="log")
    lane = {"lane": 7, "last": 3, "why": "found and kept"}
    lost = {"origin": "broker.localhost/audit/second", "reason": "the disk was lost"}
    watch.step("console-log-alarms GET", sends(officer, PAGE, 200))
    watch.step("console-log-lane POST empty", sends(officer, f"{PAGE}lane/", 422, {**lane, "why": ""}))
    watch.step("console-log-lane POST none", sends(officer, f"{PAGE}lane/", 302, lane))
    log.append_tail("alarm.lane", lane=7, last=3, body={"kind": "entry"})
    watch.step("console-log-lane POST", sends(officer, f"{PAGE}lane/", 302, lane))
    watch.step("console-log-lost POST wrong", sends(officer, f"{PAGE}lost/", 422, {**lost, "origin": "No Log"}))
    watch.step("console-log-lost POST", sends(officer, f"{PAGE}lost/", 302, lost))
    operator = person(Role.OPERATOR)
    watch.step("console-doctor GET", sends(operator, "/operating/", 200))
    watch.finish()
