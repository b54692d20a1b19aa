"""The officer asks for what two people decide about the log; the approver decides on the page of approvals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from broker.approvals.models import Approval
from broker.audit import log, quarantine, signer, store
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.integration.audit_support import acts, headers, integrate, make_signer, tamper, verdict, write
from tests.packs_world import confirmed


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR, settings.SIGNER_DIR, settings.SIGNER_SOCKET = tmp_path, tmp_path / "signer", tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


def signed_in(role: Role) -> Client:
    user = create_user(f"a-{role}", f"The {role}", role, password=None, actor=SERVICE("tests"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bad_lane(desk: signer.Desk) -> tuple[int, int]:
    write()
    bad = write()
    log.close_lanes()
    ((ct,),) = store.rows("SELECT ct FROM audit_event WHERE id = %s", [bad.id])
    tamper("UPDATE audit_event SET ct = :ct WHERE id = :id", {"ct": ct[:-1] + bytes([ct[-1] ^ 1]), "id": bad.id})
    if connection.vendor == "sqlite":
        from broker.db import evidence

        evidence.install(connection)
    integrate(desk.answer)
    return bad.id >> 32, (bad.id & 0xFFFFFFFF) - 1


def test_an_officer_asks_an_approver_decides_and_the_log_verifies(desk: signer.Desk) -> None:
    lane, last = bad_lane(desk)
    officer, approver = signed_in(Role.OFFICER), signed_in(Role.APPROVER)
    page = officer.get("/console/integrity/alarms/")
    assert f"Lane {lane}, good up to its entry {last}" in page.content.decode()
    sent = {"lane": lane, "last": last, "why": "found by the integrator, copy kept"}
    assert officer.post("/console/integrity/alarms/lane/", {**sent, "why": ""}).status_code == 422
    before = len(headers())
    answer = officer.post("/console/integrity/alarms/lane/", sent)
    asked = Approval.objects.get()
    assert answer["Location"] == f"/console/approvals/{asked.id}/"
    assert [head.act for head in headers()[before:] if not head.act.startswith(("key.", "lane.", "vault."))] == [
        "approval.requested"
    ]
    assert officer.get(f"/console/approvals/{asked.id}/").status_code == 200
    officer.post(f"/console/approvals/{asked.id}/decide/", {"decision": "approve"})
    assert quarantine.unacknowledged(log.origin_id()) == {lane: last}  # nobody decides alone
    yes = confirmed(approver, f"/console/approvals/{asked.id}/")
    approver.post(f"/console/approvals/{asked.id}/decide/", yes)
    assert quarantine.unacknowledged(log.origin_id()) == {}
    assert {"alarm.ack", "approval.executed"} <= set(acts())
    assert "No bad lane waits" in officer.get("/console/integrity/alarms/").content.decode()
    assert officer.post("/console/integrity/alarms/lane/", sent)["Location"] == "/console/integrity/alarms/"
    assert Approval.objects.count() == 1
    integrate(desk.answer)
    assert verdict()["ok"]


def test_the_declaration_that_the_log_was_lost_is_asked_for_here(desk: signer.Desk) -> None:
    officer = signed_in(Role.OFFICER)
    wrong = officer.post("/console/integrity/alarms/lost/", {"origin": "No Log", "reason": "the disk was lost"})
    assert wrong.status_code == 422
    assert "A name looks like" in wrong.content.decode()
    assert not Approval.objects.exists()
    sent = {"origin": "broker.localhost/audit/second", "reason": "the disk was lost"}
    officer.post("/console/integrity/alarms/lost/", sent)
    assert Approval.objects.get().params == {"origin": "broker.localhost/audit/second"}


@pytest.mark.parametrize("role", [Role.STAFF, Role.APPROVER, Role.OPERATOR])
def test_only_an_officer_asks(desk: signer.Desk, role: Role) -> None:
    other = signed_in(role)
    for path in ("", "lane/", "lost/"):
        assert other.post(f"/console/integrity/alarms/{path}").status_code in (404, 405)
    assert other.get("/console/integrity/alarms/").status_code == 404
    assert Client().get("/console/integrity/alarms/").status_code == 302
    assert not Approval.objects.exists()
