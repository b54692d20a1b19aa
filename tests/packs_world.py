"""What the tests of evidence packs share: people of the operator, a log with a signer, and whoever does the work."""

import io
import json
import re
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.audit import signer
from broker.console.packs import handing, requesting
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.console.packs.requesting import Ask
from broker.jobs.models import Job
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor
from consents.identity import levels
from consents.identity.models import How
from tests import requests_world
from tests.integration.audit_support import integrate, log_world, say_verified

RECIPIENT, PURPOSE = "MARKER-RECIPIENT Counsel", "MARKER-PURPOSE of the pack"


@dataclass
class Packs:
    """A recipient, a member with a consent, three people of the operator, and a log that is signed on demand."""

    world: requests_world.World
    desk: signer.Desk
    officer: User
    approver: User
    other: User

    def actor(self, user: User) -> Actor:
        """Name a person in the log."""
        return Actor("s", user.id, role=user.role)

    def ask(self, **changes: Any) -> EvidencePack:
        """Ask for a pack of the consent."""
        facts: dict[str, Any] = {
            "scope": Scope.CONSENT,
            "scope_id": self.world.consent.id,
            "redaction": Redaction.HEADERS,
            "contents": Contents(),
            "basis": Basis.COMPLAINT,
            "purpose": PURPOSE,
            "recipient": RECIPIENT,
        }
        return requesting.ask(Ask(**{**facts, **changes}), requester=self.actor(self.officer), now=timezone.now())

    def approve(self, pack: EvidencePack) -> None:
        """Let the second person say yes."""
        assert pack.approval_id is not None
        decide.approve(pack.approval_id, approver=self.actor(self.approver), now=timezone.now())

    def work(self, pack: EvidencePack) -> EvidencePack:
        """Do what worker, integrator and signer would do by and by."""
        for _ in range(6):
            self.build(pack)
            integrate(self.desk.answer)
        pack.refresh_from_db()
        return pack

    def build(self, pack: EvidencePack) -> None:
        """Run the pack's job once, as soon as it is due."""
        for job in Job.objects.filter(subject_id=pack.id, kind=requesting.BUILD, state="queued"):
            jobs.run(job.id, now=job.due_at)

    def ready(self, **changes: Any) -> EvidencePack:
        """Ask, approve where it is needed, and build."""
        pack = self.ask(**changes)
        if pack.approval_id is not None:
            self.approve(pack)
        self.work(pack)
        assert pack.state == "ready", (pack.state, pack.failure, list(Job.objects.values("kind", "last_error_code")))
        return pack

    def data(self, pack: EvidencePack) -> bytes:
        """Hand the pack out."""
        return handing.hand_out(pack, actor=self.actor(self.officer), now=timezone.now())


def proven_world() -> requests_world.World:
    """Make a member's consent whose account was proven by an event of its own, as the verification wants to find it."""
    made = requests_world.world(assurance="L1")
    with transaction.atomic():
        actor, file = Actor("c", made.customer.id), uuid.uuid4()
        levels.prove([made.account], level="L2", how=How.OWN_BILL, actor=actor, now=timezone.now(), file=file)
    made.consent.refresh_from_db()
    return made


@contextmanager
def no_signer_runs(desk: Packs) -> Iterator[None]:
    """Stop the signer for the moment: a command that logs then signs for itself."""
    folder = Path(django_settings.SIGNER_DIR)
    desk.desk.close()
    try:
        yield
    finally:
        desk.desk.__init__(folder)  # type: ignore[misc]  (whoever made it closes it again)


@contextmanager
def packs(settings: Any, folder: Path) -> Iterator[Packs]:
    """Make the world."""
    with log_world(settings, folder) as desk:
        made = proven_world()
        people = [
            create_user(name, name.title(), role, password=uuid.uuid4().hex, actor=SERVICE("tests"))
            for name, role in (("olive", Role.OFFICER), ("avery", Role.APPROVER), ("omar", Role.OFFICER))
        ]
        say_verified()  # as the integrator does soon after its start
        yield Packs(made, desk, *people)


def unpack(data: bytes, folder: Path) -> Path:
    """Unpack into an empty folder."""
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        pack.extractall(folder)
    return folder


def check(place: Path) -> dict[str, Any]:
    """Let a stranger check a ZIP or a folder, with nothing but Python; give the last line."""
    script = place / "verify.py" if place.is_dir() else place.parent / "verify.py"
    argv = [sys.executable, "-I", str(script)] + ([] if place.is_dir() else [str(place)])
    cwd = place if place.is_dir() else place.parent
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, env={"PATH": "/nonexistent"})
    assert not done.stderr, done.stderr
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == (0 if line["ok"] else 1)
    line["text"] = done.stdout
    assert not line["ok"] or "\ncomplete and unchanged as far as the keys in it say. " in done.stdout
    return line


def confirmed(client: Client, approval: str) -> dict[str, str]:
    """What a person sends who read the page that asks once more whether this act shall be approved."""
    page = client.get(f"{approval}?sure=1").content.decode()
    found = re.search(r'name="confirmed" value="([^"]+)"', page)
    assert found is not None, page
    return {"decision": "approve", "confirmed": found[1]}
