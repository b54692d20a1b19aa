"""Officers and approvers at packs, demands and approvals: each request leaves the declared events."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.console.packs import build
from broker.console.packs.lifecycle import Redaction
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.parties.models import User
from tests import clock
from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch
from tests.packs_world import Packs, confirmed, packs

SCOPE = {"place": "0", "kind": "consent", "sought": "OB-2026-000001"}


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def get(client: Client, path: str) -> Callable[[], Any]:
    """Give what opens a page."""

    def send() -> Any:
        answer = client.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer

    return send


def post(client: Client, path: str, data: dict[str, Any] | None = None, *, expect: int = 302) -> Callable[[], Any]:
    """Give what sends a form and follows nothing."""

    def send() -> Any:
        answer = client.post(path, data or {})
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])
        return answer

    return send


def test_packs_demands_and_approvals_leave_what_is_declared(desk: Packs) -> None:
    officer, approver = signed_in(desk.officer), signed_in(desk.approver)
    watch = Watch(DECLARED, prefix="packs")
    watch.know("her", desk.world.customer.id)
    watch.know("officer", desk.officer.id)
    _asked(watch, desk, officer)
    one = f"/console/packs/{watch.names['pack']}/"
    watch.step("console-pack GET", get(officer, one))
    watch.step("console-pack-download POST early", post(officer, f"{one}download/"))
    watch.step("console-pack-again POST", post(officer, f"{one}again/"))
    _approved(watch, officer, approver)
    desk.work(EvidencePack.objects.get())
    watch.step("console-pack-download POST", post(officer, f"{one}download/", expect=200))
    _not_approved(watch, desk, officer, approver)
    _failed(watch, desk, officer)
    _demanded(watch, officer)
    watch.finish()


def _asked(watch: Watch, desk: Packs, officer: Client) -> None:
    new = "/console/packs/new/"
    known = {"kind": "consent", "scope_id": str(desk.world.consent.id)}
    contents, why = {"redaction": "masked"}, {"recipient": "A court", "purpose": "To answer", "basis": "audit"}

    def asked() -> None:
        made = EvidencePack.objects.get()
        watch.names |= {"pack": str(made.id), "number": made.number}
        watch.know("pack", made.id)

    watch.step("console-packs GET", get(officer, "/console/packs/"))
    watch.step("console-pack-new GET", get(officer, new))
    watch.step("console-pack-new POST", post(officer, new, SCOPE, expect=200))
    nobody = {**SCOPE, "sought": "OB-2026-999999"}
    watch.step("console-pack-new POST nobody", post(officer, new, nobody, expect=422))
    watch.step("console-pack-new POST later", post(officer, new, {**nobody, "place": "1"}, expect=422))
    watch.step("console-pack-new POST step", post(officer, new, {"place": "1", **known, **contents}, expect=200))
    whole = {"place": "3", **known, **contents, **why}
    watch.step("console-pack-new POST asked", post(officer, new, whole), meanwhile=asked)


def _approved(watch: Watch, officer: Client, approver: Client) -> None:
    act = f"/console/approvals/{EvidencePack.objects.get().approval_id}/"
    watch.step("console-approvals GET", get(approver, "/console/approvals/"))
    watch.step("console-approval GET", get(approver, act))
    watch.step("console-approval-reason POST", post(approver, f"{act}reason/", expect=200))
    yes = {"decision": "approve"}
    watch.step("console-approval-decide POST own", post(officer, f"{act}decide/", yes))
    watch.step("console-approval-decide POST unasked", post(approver, f"{act}decide/", yes))
    watch.step("console-approval-decide POST", post(approver, f"{act}decide/", confirmed(approver, act)))


def _not_approved(watch: Watch, desk: Packs, officer: Client, approver: Client) -> None:
    for decision, person in {"refuse": approver, "withdraw": officer}.items():
        pack = desk.ask(redaction=Redaction.MASKED)
        watch.names["pack"] = str(pack.id)
        act = f"/console/approvals/{pack.approval_id}/decide/"
        watch.step(f"console-approval-decide POST {decision}", post(person, act, {"decision": decision}))


def _failed(watch: Watch, desk: Packs, officer: Client) -> None:
    pack = desk.ask()
    build._begin(pack, timezone.now())
    build._fail(pack, "log.checkpoint_pending")
    watch.names["pack"] = str(pack.id)
    watch.step("console-pack-again POST failed", post(officer, f"/console/packs/{pack.id}/again/"))


def _demanded(watch: Watch, officer: Client) -> None:
    today = str(clock.today())
    facts = {"authority": "A court", "kind": "subpoena", "reference": "CV-1", "asked": "All of it"}
    facts |= {"received_on": today, "due_on": today}

    def recorded() -> None:
        made = LegalDemand.objects.get()
        watch.names["demand"] = str(made.id)
        watch.know("demand", made.id)

    watch.step("console-demands GET", get(officer, "/console/demands/"))
    watch.step("console-demand-new GET", get(officer, "/console/demands/new/"))
    watch.step("console-demand-new POST", post(officer, "/console/demands/new/", facts), meanwhile=recorded)
    one = f"/console/demands/{watch.names['demand']}/"
    watch.step("console-demand GET", get(officer, one))
    watch.step("console-demand-subjects POST", post(officer, f"{one}subjects/", {"lines": "pat@member.example"}))
    watch.step("console-demand-notice POST", post(officer, f"{one}notice/"))
    decision = {"decision": "object", "decided_on": today, "reasons": "Too wide"}
    watch.step("console-demand-decide POST", post(officer, f"{one}decision/", decision))
    order = {"gag_reference": "ORDER-7", "gag_last_day": today}
    watch.step("console-demand-gag POST", post(officer, f"{one}order/", order))
    watch.step("console-demand-answer POST", post(officer, f"{one}answer/", {"produced": "-", "withheld": "-"}))
    watch.step("console-demand-answer POST wrong", post(officer, f"{one}answer/", expect=422))
