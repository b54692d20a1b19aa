"""An officer at holds, the retention queue and a certificate: each request leaves the declared events."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log, signer
from broker.console.holds import retention
from broker.console.holds.models import Disposal, LegalHold
from broker.parties.models import Role, User
from broker.terms import Actor
from consents.actions import move
from consents.lifecycle import State
from tests import clock
from tests.completeness.declared import DECLARED
from tests.completeness.test_pack_walk import get, post, signed_in
from tests.completeness.watch import Watch
from tests.integration.audit_support import integrate, log_world
from tests.integration.holds_support import keep
from tests.requests_world import World, world


@pytest.fixture
def signing(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    sealed = {**settings.STORAGES["sealed"], "OPTIONS": {"location": str(tmp_path / "files")}}
    settings.STORAGES = {**settings.STORAGES, "sealed": sealed}  # set anew: what is changed inside is never put back
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


def yes() -> None:
    """Let a second person agree to what is asked."""
    approver = User.objects.filter(role=Role.APPROVER).first() or _user(Role.APPROVER)
    for row in Approval.objects.filter(state="requested"):
        decide.approve(row.id, approver=Actor("s", approver.id, role="approver"), now=timezone.now())
    keep()
    log.reset()


def _user(role: Role) -> User:
    return User.objects.create_user(f"walk-{role}", full_name=f"Sam Test, {role}", role=role)


def test_holds_and_destruction_leave_what_is_declared(signing: signer.Desk) -> None:
    her = world()
    log.append("parties.read", actor=Actor("c", her.customer.id), subject=her.customer.id, body={})
    vault.seal_file(b"a mail", subject=her.customer.id, name="mail.eml")
    officer = signed_in(_user(Role.OFFICER))
    watch = Watch(DECLARED, prefix="holds")
    watch.know("her", her.customer.id)
    _held(watch, her, officer)
    _due(watch, her, officer, signing)
    watch.finish()


def _held(watch: Watch, her: World, officer: Client) -> None:
    review = str(clock.today() + timedelta(days=60))
    facts = {"customer": str(her.customer.id), "scope": "everything", "reason": "Case 4", "review_on": review}

    def placed() -> None:
        made = LegalHold.objects.get()
        watch.names["hold"] = str(made.id)
        watch.know("hold", made.id)

    watch.step("console-holds GET", get(officer, "/console/holds/"))
    watch.step("console-hold-place POST wrong", post(officer, "/console/holds/place/", expect=422))
    watch.step("console-hold-place POST", post(officer, "/console/holds/place/", facts), meanwhile=placed)
    one = f"/console/holds/{watch.names['hold']}/"
    watch.step("console-hold GET", get(officer, one))
    watch.step("console-hold-reason POST", post(officer, f"{one}reason/", expect=200))
    for form in ("review", "release"):
        watch.step(f"console-hold-{form} POST wrong", post(officer, f"{one}{form}/", expect=422))
    watch.step("console-hold-review POST", post(officer, f"{one}review/", {"review_on": review}))
    erase = {"customer": str(her.customer.id), "reason": "Her mail"}
    watch.step("console-erase POST held", post(officer, "/console/retention/erase/", erase))
    keep()
    log.reset()
    watch.step("console-hold-release POST", post(officer, f"{one}release/", {"reason": "It is over"}))
    yes()


def _due(watch: Watch, her: World, officer: Client, signing: signer.Desk) -> None:
    with transaction.atomic():
        ref = log.append("consent.revoked", actor=Actor("c", her.customer.id), subject=her.customer.id, body={})
        move(her.consent, State.REVOKED, ref=ref, now=timezone.now() - timedelta(days=31))
    watch.step("console-retention GET", get(officer, "/console/retention/"))
    code = retention.due_until(clock.today())[0].code
    ask = {"items": [code], "reason": "Its time is over"}
    watch.step("console-retention-ask POST", post(officer, "/console/retention/ask/", ask))
    yes()
    row = Disposal.objects.get()
    watch.names["disposal"] = str(row.id)
    address = f"/console/retention/{row.id}/certificate.pdf"
    watch.step("console-certificate GET early", lambda: officer.get(address))
    integrate(signing.answer)
    watch.step("console-certificate GET", get(officer, address))
    erase = {"customer": str(her.customer.id), "reason": "Her mail"}
    watch.step("console-erase POST", post(officer, "/console/retention/erase/", erase))
