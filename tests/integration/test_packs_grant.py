"""From a signature to a stranger's check: a real letter, a real timestamp, a pack, and nothing of ours beside it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.console.packs import handing, requesting
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.console.packs.requesting import Ask
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor
from consents.models import Consent
from tests.integration.audit_support import say_verified
from tests.integration.grant_support import ACCOUNT, EMAIL, NAME, Desk, desk
from tests.packs_world import check, unpack

__all__ = ["desk"]


def pack_of(desk: Desk, redaction: Redaction, contents: Contents) -> EvidencePack:
    """Two people make a pack of the consent."""
    officer, approver = (
        create_user(f"{role}-{redaction}", f"A Person, {role}", role, password=None, actor=SERVICE("tests"))
        for role in (Role.OFFICER, Role.APPROVER)
    )
    wanted = Ask(Scope.CONSENT, redaction, contents, Basis.CUSTOMER, "To show it", "A lawyer", Consent.objects.get().id)
    made = requesting.ask(wanted, requester=Actor("s", officer.id, role=officer.role), now=timezone.now())
    if made.approval_id:
        decide.approve(made.approval_id, approver=Actor("s", approver.id, role=approver.role), now=timezone.now())
    say_verified()  # exports wait for a verification
    desk.work()
    made.refresh_from_db()
    assert made.state == "ready", made.failure
    return made


@pytest.mark.granted
def test_from_the_signature_to_a_strangers_check(desk: Desk, tmp_path: Path, settings: Any) -> None:
    desk.grant()
    actor = SERVICE("tests")
    bare = pack_of(desk, Redaction.HEADERS, Contents())
    data = handing.hand_out(bare, actor=actor, now=timezone.now())
    assert check(unpack(data, tmp_path / "bare"))["ok"]
    for personal in (EMAIL, NAME, ACCOUNT["number"], ACCOUNT["address"]):
        assert personal.encode() not in data
    whole = pack_of(desk, Redaction.OPEN, Contents(letters=True, mails=True, files=True))
    data = handing.hand_out(whole, actor=actor, now=timezone.now())
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        names = pack.namelist()
        letter = next(name for name in names if name.endswith("-delivered.pdf"))
        held = Consent.objects.get().letter.files.get(kind="delivered")
        assert len(pack.read(letter)) == held.bytes
        assert f"anchors/{whole.checkpoint_size}-1.tsa" in names
        assert "consent.granted" in pack.read("records/events.json").decode()
        assert "this pack holds no anchor" not in pack.read("report.html").decode()
    found = check(unpack(data, tmp_path / "whole"))
    assert found["ok"], found["text"]
    assert found["size"] == whole.checkpoint_size
