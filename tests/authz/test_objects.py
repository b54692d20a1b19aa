"""Behind the rarer addresses there is a real object in the world: each does its act there, and nothing elsewhere."""

from typing import Any

import pytest

from tests.authz import matrix
from tests.authz.asking import Asker
from tests.authz.paths import Place, places
from tests.authz.test_matrix import asker

__all__ = ["asker"]
WHY: dict[str, Any] = {"why": "Looked into.", "reason": "Looked into."}
# Who goes where with which form, and the entry that is left by nothing but an object that was there.
DONE: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("GET admin:stop-alert", "staff", {}, "admin.viewed"),
    ("POST admin:stop-alert", "staff", {"outcome": "cannot_undo", "note": "Nobody answers."}, "stop.alert_closed"),
    ("POST admin:paper-notice", "staff", {}, "mail.read"),
    ("POST admin:paper-posted", "staff", {}, "notice.sent"),
    ("POST admin:file-surplus", "staff", {"disposition": "destroy"}, "approval.requested"),
    ("GET admin:fee-yes", "operator", {}, "question.read"),
    ("POST admin:fee-yes", "operator", {"decision": "refuse"}, "approval.refused"),
    ("POST admin:fee-yes", "staff", {"decision": "approve"}, "approval.turned_away"),  # who wrote it down herself
    ("POST admin:fee-yes-scan", "operator", {}, "question.read"),
    ("POST console-organisation-link", "officer", {}, "parties.changed"),
    ("GET console-certificate", "officer", {}, "disposal.certified"),
    ("POST console-gate-lift", "officer", WHY, "gate.lifted"),
    ("GET console-glass-one", "approver", {}, "log.read"),
    ("POST console-glass-read", "officer", {}, "glass.read"),
    ("POST console-glass-end", "officer", {}, "glass.ended"),
    ("POST console-glass-review", "approver", {"verdict": "right", "note": "It burned."}, "glass.reviewed"),
    ("POST signin-people-end", "operator", {}, "auth.revoked"),
    ("POST signin-disable", "officer", WHY, "parties.changed"),
    ("POST signin-enable", "officer", WHY, "approval.requested"),
    ("POST duties-lift", "approver", WHY, "duties.lifted"),
)


@pytest.mark.parametrize(("row", "actor", "form", "act"), DONE, ids=[f"{row} by {actor}" for row, actor, *_ in DONE])
def test_it_does_its_act_with_its_object(asker: Asker, row: str, actor: str, form: dict[str, Any], act: str) -> None:
    method, name = row.split()
    place = found(name)
    if method == "GET":
        assert asker.ask(place, method, actor) == "ok"
    else:
        assert asker.submit(place, form, actor)[0] in (200, 302)
    assert act in asker.acts


def test_with_an_id_of_nothing_there_is_nothing(asker: Asker) -> None:
    known = matrix.declared()
    for method, name in sorted({tuple(row.split()) for row, *_ in DONE}):
        place, actor = found(name), next(actor for row, actor, *_ in DONE if row == f"{method} {name}")
        (parameter,) = place.objects()
        path = place.path(asker.objects(actor), absent=parameter)
        assert known[name, method].cells[actor] in ("ok", "state")
        assert asker.ask(place, method, actor, path=path) == "none", path


def found(name: str) -> Place:
    (place,) = [each for each in places() if each.name == name]
    return place
