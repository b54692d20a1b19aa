"""The flows of an end: she stops, her consent runs out, a key is ended, two people destroy what was kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.approvals.models import Approval
from broker.audit import log
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.keys import revoke_key
from broker.parties.models import Application
from broker.vault.models import VaultKey
from consents import life_work
from consents.actions import central_today, stop_token
from consents.models import Consent
from tests.faults.points.flow import Caller, Flow, Mails, Said, work
from tests.integration import holds_support as holds
from tests.integration.test_release import delivered
from tests.requests_world import ACTOR, events, world


class Stopped(Flow):
    """A customer stops: her data is refused from then on, and what is on its way is taken back."""

    name = "revoke"
    may_differ: ClassVar = {"requests_app.Decision": "each look whether it is refused is a decision"}

    def prepare(self, folder: Path) -> None:
        """Have data, and a second request on its way."""
        self.w = world()
        self.manual = delivered(self.w, channel="manual_request")
        self.open = self.w.manual(channel="manual_request", **{"from": "2025-11-01", "to": "2025-12-01"})
        work()
        self.caller = Caller(self.w.key)

    def _stop(self) -> int:
        page = f"/stop/{stop_token(self.w.consent.id)}/"
        return int(Client(raise_request_exception=False).post(page).status_code)

    def act(self) -> Said:
        """Stop."""
        return {"stopped": self._stop() == 302}

    def kept(self, said: Said) -> None:
        """From the answer on nothing is read."""
        if said.get("stopped"):
            assert self._read() == 403

    def _read(self) -> int:
        return int(self.caller.get(f"data-requests/{self.manual.request_id}/readings").status_code)

    def again(self) -> None:
        """Press the button again where there is one."""
        if Consent.objects.get().ended_at is None:
            assert self._stop() == 302
        work()

    def judge(self, said: Said) -> None:
        """It ended once, and one mail takes back what was asked for."""
        assert Consent.objects.get().state == "revoked"
        assert len(events("consent.revoked")) == 1
        assert self._read() == 403
        self.open.refresh_from_db()
        assert (self.open.state, self.open.withdrawal) in (("withdrawn", "sent"), ("withdrawn", "unknown"))


class RanOut(Flow):
    """The day of her consent's end has come: the clock writes the end, and she is told."""

    name = "consent expired"

    def prepare(self, folder: Path) -> None:
        """Have a consent whose last day is over."""
        day = central_today(timezone.now())
        self.w = world(starts=day - timedelta(days=100), ends=day)
        with transaction.atomic():
            self.job = jobs.enqueue(life_work.DAY, life_work.CLOCK, key="tests")

    def act(self) -> Said:
        """Be the worker of this day."""
        jobs.run(self.job)
        for each in Job.objects.filter(subject_id=self.w.consent.id, state="queued"):
            jobs.run(each.id)
        return {"ended": Consent.objects.get().ended_at is not None}

    def kept(self, said: Said) -> None:
        """An end that was seen stays."""
        assert not said.get("ended") or Consent.objects.get().state == "expired"

    def again(self) -> None:
        """Let the workers work."""
        work()

    def judge(self, said: Said) -> None:
        """It ended once, and she was told once."""
        assert Consent.objects.get().state == "expired"
        assert len(events("consent.expired")) == 1
        told(self.mails, "ran_out")


class KeyEnded(Flow):
    """A recipient's key is ended: it opens nothing any more."""

    name = "key ended"

    def prepare(self, folder: Path) -> None:
        """Make the world."""
        self.w = world()
        self.caller = Caller(self.w.key)

    def _end(self) -> None:
        revoke_key(Application.objects.get(), actor=ACTOR, now=timezone.now())

    def act(self) -> Said:
        """End it."""
        self._end()
        return {"ended": True}

    def kept(self, said: Said) -> None:
        """It opens nothing."""
        assert not said or self.caller.get("consents").status_code == 401

    def again(self) -> None:
        """End it again; it may have ended."""
        self._end()

    def judge(self, said: Said) -> None:
        """It ended once."""
        assert self.caller.get("consents").status_code == 401
        assert len(events("auth.revoked")) == 1


class Destroyed(Flow):
    """An officer asks, an approver agrees, and the keeper destroys the keys of a customer's case."""

    name = "keys destroyed"
    words: ClassVar = ()

    def prepare(self, folder: Path) -> None:
        """Keep something."""
        self.records = holds.Records()

    def _go_on(self) -> None:
        row = Approval.objects.first()
        if row is None:
            row = holds.ask(scope="everything")
        if row.state == "requested":
            row = holds.approve(row)
        holds.keep(timezone.now())

    def act(self) -> Said:
        """Do all three steps."""
        self._go_on()
        return {"destroyed": True}

    def kept(self, said: Said) -> None:
        """What was destroyed stays destroyed."""
        if said:
            assert self._case_is_gone()

    def _case_is_gone(self) -> bool:
        gone = VaultKey.objects.filter(retention="case", subject=self.records.subject, shredded_event__isnull=True)
        return not gone.exists()

    def again(self) -> None:
        """Go on where it stopped."""
        self._go_on()

    def judge(self, said: Said) -> None:
        """The case is gone, whole; the evidence is not."""
        assert self._case_is_gone()
        assert opens(self.records.evidence, self.records) == "a name"
        assert Approval.objects.get().state == "executed"


def told(mails: Mails, template: str) -> None:
    """Assert that one such notice was written for her, and that one mail at most left."""
    notice = Notice.objects.get(template=template)
    found = (notice.state, sum(id_ == notice.message_id for _to, id_, _data in mails.taken))
    assert found in (("sent", 1), ("unknown", 1), ("unknown", 0)), found


def opens(sealed: Any, records: holds.Records) -> str:
    ref = log.append_read(
        "parties.read", actor=ACTOR, subject=records.subject, purpose="support", obj="consent", body={}
    )
    return vault.open(sealed, under=ref)
