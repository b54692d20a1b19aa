"""The flows of whoever watches over it all: the stop switch, a suspension, broken glass, a hold, an incident."""

from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.glass.telling import review_by
from broker.console.holds.models import HoldState, LegalHold
from broker.console.incidents import recording
from broker.console.incidents.models import Incident
from broker.console.incidents.recording import Seen
from broker.duties import bars, glass
from broker.duties.models import Bar, Glass
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import Actor
from consents import complaints
from consents.models import Complaint
from tests.duties_world import actor, person, suspended
from tests.faults.points.flow import Caller, Flow, Said, next_request, work
from tests.faults.points.stopping import told
from tests.integration import holds_support as holds
from tests.integration.access_support import sign_in
from tests.integration.test_release import delivered
from tests.requests_world import events, world

OF_HERS = "pat@member.example"


class Watched(Flow):
    """A recipient that has data, and three of the operator's people."""

    may_differ: ClassVar = {
        "requests_app.Release": "each look whether it is given is a read where it is",
        "requests_app.Decision": "each look is a decision",
    }

    def prepare(self, folder: Path) -> None:
        """Have data."""
        self.w = world()
        self.manual = delivered(self.w, channel="manual_request")
        work()
        self.caller = Caller(self.w.key)
        self.sam, self.olga, self.ada = (
            person("Sam Staff", Role.STAFF), person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER),
        )  # fmt: skip

    def read(self) -> int:
        """Give what the recipient is answered."""
        return int(self.caller.get(f"data-requests/{self.manual.request_id}/readings").status_code)


class Halted(Watched):
    """One person presses the switch: nothing is disclosed from the answer on."""

    name = "stop switch"

    def _press(self) -> None:
        bars.stop(self.sam, "Somebody reads what they should not.", now=timezone.now())

    def act(self) -> Said:
        """Press."""
        self._press()
        return {"pressed": True}

    def kept(self, said: Said) -> None:
        """From the answer on nothing is read."""
        assert not said or self.read() == 503

    def again(self) -> None:
        """Press again; a second press gives the stop that stands."""
        self._press()

    def judge(self, said: Said) -> None:
        """One stop, pressed once."""
        assert self.read() == 503
        assert Bar.objects.get().lifted_at is None
        assert len(events("duties.stopped")) == 1


class Resumed(Watched):
    """Two people let disclosures go on."""

    name = "stop ended"

    def prepare(self, folder: Path) -> None:
        """Have all stopped."""
        super().prepare(folder)
        bars.stop(self.sam, "Somebody reads what they should not.", now=timezone.now())

    def _go_on(self) -> None:
        now = timezone.now()
        asked = Approval.objects.first() or bars.ask_to_resume(self.olga, "It was a test.", now=now)
        if asked.state == "requested":
            decide.approve(asked.id, approver=actor(self.ada), now=timezone.now())

    def act(self) -> Said:
        """Ask, and agree."""
        self._go_on()
        return {"goes on": True}

    def kept(self, said: Said) -> None:
        """Both or neither: what is given again was agreed to."""
        agreed = Approval.objects.filter(state="executed").exists()
        assert agreed or not said
        assert self.read() == (200 if agreed else 503)

    def again(self) -> None:
        """Go on where it stopped."""
        self._go_on()

    def judge(self, said: Said) -> None:
        """It ended once."""
        assert self.read() == 200
        assert Bar.objects.get().lifted_at is not None
        assert Approval.objects.get().state == "executed"
        assert len(events("duties.resumed")) == 1


class Suspended(Watched):
    """An officer suspends a recipient: its key opens nothing from the answer on."""

    name = "recipient suspended"

    def act(self) -> Said:
        """Suspend it."""
        suspended(self.w.organisation, self.olga)
        return {"suspended": True}

    def kept(self, said: Said) -> None:
        """From the answer on nothing is read."""
        assert not said or self.read() == 403

    def again(self) -> None:
        """Suspend it where it is not."""
        if not Bar.objects.exists():
            suspended(self.w.organisation, self.olga)

    def judge(self, said: Said) -> None:
        """It is suspended once."""
        assert self.read() == 403
        assert Bar.objects.get().organisation == self.w.organisation
        assert len(events("duties.suspended")) == 1


class Broken(Flow):
    """An officer breaks glass, reads, and she is told."""

    name = "glass broken"
    may_differ: ClassVar = {"duties.GlassEvent": "who reads again has read twice"}

    def prepare(self, folder: Path) -> None:
        """Have a customer, and an officer."""
        self.w = world()
        self.olga = person("Olga Officer", Role.OFFICER)

    def _read(self) -> bool:
        now = timezone.now()
        row = Glass.objects.first() or glass.break_glass(
            self.w.customer, self.olga, "A house burns.",
            lasts=timedelta(hours=4), review_by=review_by(now), own=False, now=now,
        )  # fmt: skip
        return glass.read(row, self.olga, now=timezone.now()).email == OF_HERS

    def act(self) -> Said:
        """Break it, and read."""
        return {"read": self._read()}

    def kept(self, said: Said) -> None:
        """Whatever was opened is in her log."""
        assert not said.get("read") or len(events("glass.read")) >= 1

    def again(self) -> None:
        """Read again, and let the workers work."""
        assert self._read()
        work()

    def judge(self, said: Said) -> None:
        """It was broken once, and she was told once."""
        assert Glass.objects.count() == len(events("glass.broken")) == 1
        assert len(events("glass.read")) >= 1 + bool(said.get("read"))
        told = Notice.objects.get(template="glass_broken")
        assert (told.state, self.mails.at(OF_HERS)) in (("sent", 1), ("unknown", 1), ("unknown", 0))


class Held(Flow):
    """An officer places a hold, and the keeper marks every key of the customer with it."""

    name = "hold placed"
    words: ClassVar = ()

    def prepare(self, folder: Path) -> None:
        """Keep something."""
        self.records = holds.Records()

    def _place(self) -> None:
        if not LegalHold.objects.exists():
            holds.hold()
        holds.keep(timezone.now())

    def act(self) -> Said:
        """Place it, and be the keeper."""
        self._place()
        return {"held": True}

    def kept(self, said: Said) -> None:
        """What is held is held."""
        assert not said or self._counts() == {1}

    def _counts(self) -> set[int]:
        subject = self.records.subject
        return {key.hold for key in holds.vault_keys(subject)} | {count for _, _, count, _ in holds.log_keys(subject)}

    def again(self) -> None:
        """Go on where it stopped."""
        self._place()

    def judge(self, said: Said) -> None:
        """One hold, and no key was counted twice."""
        assert LegalHold.objects.get().state == HoldState.HELD
        assert self._counts() == {1}
        assert len(events("hold.placed")) == 1


class Opened(Flow):
    """An officer writes an incident down."""

    name = "incident opened"
    words: ClassVar = ("Marlene Example",)

    def prepare(self, folder: Path) -> None:
        """Have an officer."""
        self.olga = person("Olga Officer", Role.OFFICER)

    def _open(self) -> Any:
        now = timezone.now()
        words = "Marlene Example opened bills."
        seen = Seen("officer", "", words, now - timedelta(hours=2), None, now - timedelta(hours=1))
        return recording.open_incident(seen, actor=actor(self.olga), now=now)

    def act(self) -> Said:
        """Write it down."""
        return {"number": self._open().number}

    def kept(self, said: Said) -> None:
        """An incident that was answered is there."""
        assert not said or Incident.objects.get().number == said["number"]

    def again(self) -> None:
        """Write it down where it is not."""
        if not Incident.objects.exists():
            assert isinstance(self._open(), Incident)

    def judge(self, said: Said) -> None:
        """It is there once, under the first number."""
        assert Incident.objects.get().number.endswith("1")
        assert len(events("incident.opened")) == 1


class Complained(Flow):
    """A customer asks about an entry, the officer answers, and she is told."""

    name = "question answered"

    def prepare(self, folder: Path) -> None:
        """Have an entry of hers, and an officer."""
        self.w = world()
        self.olga = person("Olga Officer", Role.OFFICER)
        app = Actor("a", self.w.application.id, role="application")
        self.entry = log.append("data.read", actor=app, subject=self.w.customer.id, body={}).id

    def _ask(self) -> bool:
        her = Client(raise_request_exception=False)
        sign_in(her, self.w.customer.id)
        path = f"/my/access/{self.entry}/ask/"
        return bool(her.post(path, {"words": "Why did somebody look at my bills?"}).status_code == 302)

    def _answer(self) -> None:
        row, now = Complaint.objects.get(), timezone.now()
        if row.state == "received":
            complaints.answer(row, "Your recipient asked for them.", user=self.olga, actor=actor(self.olga), now=now)

    def act(self) -> Said:
        """Ask, answer, and be the worker who tells her."""
        said = {"asked": self._ask()}
        next_request()
        self._answer()
        next_request()
        work()
        return {**said, "answered": True}

    def kept(self, said: Said) -> None:
        """What she asked and what was answered is there."""
        assert not said.get("asked") or Complaint.objects.exists()
        assert not said.get("answered") or Complaint.objects.get().state == "answered"

    def again(self) -> None:
        """Press again, which is the same question, and go on where it stopped."""
        if not Complaint.objects.exists():
            assert self._ask()
        self._answer()
        work()

    def judge(self, said: Said) -> None:
        """One question, one answer, and she was told once."""
        assert Complaint.objects.get().state == "answered"
        assert len(events("complaint.opened")) == len(events("complaint.answered")) == 1
        told(self.mails, "question_answered")
