"""The flows of a request: asked for, sent, answered, accepted, read."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from django.test import Client
from django.utils import timezone

from broker import jobs, notices
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.transport import Proof, ProvenAddress
from requests_app import acceptance
from requests_app.fees import asking, quoting
from requests_app.fees.lifecycle import Asks, SaidBy
from requests_app.fees.models import FeeQuote, Question, ThreadMail
from requests_app.lifecycle import ManualState
from requests_app.models import DataRequest, ManualRequest, Message, ReadingSeries, ReceivedFile, Release
from requests_app.receive import receive
from tests.faults.points.flow import Caller, Flow, Said, next_request, work
from tests.integration.access_support import sign_in
from tests.integration.test_release import DAILY, STAFF, delivered
from tests.request_lives import bring
from tests.requests_world import events, reply, run_job, world

OWN = "billing@coop.example"


class Asked(Flow):
    """An application asks for data, and the request goes to the co-op."""

    name = "request"

    def prepare(self, folder: Path) -> None:
        """Make the world."""
        self.w = world()
        self.caller = Caller(self.w.key)
        self.ask = self.w.ask(channel="manual_request")

    def act(self) -> Said:
        """Ask."""
        answer = self.caller.post("data-requests", self.ask)
        return {"id": answer.json()["id"]} if answer.status_code == 202 else {}

    def kept(self, said: Said) -> None:
        """An id that was answered is there."""
        assert not said or DataRequest.objects.filter(id=said["id"]).exists()

    def again(self) -> None:
        """Ask again under the same key, and let the workers work."""
        answer = self.caller.post("data-requests", self.ask)
        assert answer.status_code == 202, (answer.status_code, answer.content[:300])
        work()

    def judge(self, said: Said) -> None:
        """One request, one mail."""
        row = DataRequest.objects.get()
        assert said.get("id", str(row.id)) == str(row.id)
        assert len(events("pull.decided")) == 1
        manual = ManualRequest.objects.get()
        found = (manual.state, self.mails.at(OWN))
        assert found == (ManualState.WAITING_ON_UTILITY, 1), found


class Sent(Flow):
    """The mail with the letter leaves for the co-op."""

    name = "mail sent"
    may_differ: ClassVar = {
        "clocks.ClockStep": "a clock starts by the proof that the mail arrived, and by nothing less",
        "ladder.SendingCheck": "each attempt is checked",
    }

    def prepare(self, folder: Path) -> None:
        """Bring a request to the moment before its mail leaves."""
        self.w = world()
        self.manual = self.w.manual(channel="manual_request")
        self.job = Job.objects.get(kind="manual.send", subject_id=self.manual.id)

    def act(self) -> Said:
        """Send it."""
        jobs.run(self.job.id)
        return {}

    def again(self) -> None:
        """Let the workers work."""
        work()

    def judge(self, said: Said) -> None:
        """One mail at most; where nobody knows whether it left, a person is told once."""
        self.manual.refresh_from_db()
        taken, alerts = self.mails.at(OWN), Notice.objects.filter(key__startswith="staff:delivery-unknown").count()
        assert (self.manual.state, taken, alerts) in (
            (ManualState.WAITING_ON_UTILITY, 1, 0),
            (ManualState.DELIVERY_UNKNOWN, 1, 1),
            (ManualState.DELIVERY_UNKNOWN, 0, 1),
        ), (self.manual.state, taken, alerts)


class Told(Flow):
    """A notice to a person leaves."""

    name = "notice mailed"

    def prepare(self, folder: Path) -> None:
        """Write a notice."""
        from django.db import transaction

        world()
        with transaction.atomic():
            self.notice = notices.send_later(
                "declined",
                to=ProvenAddress("desk@recipient.example", Proof("party", "r-1")),
                subject=uuid.uuid4(),
                context={"number": "OB-1"},
                key="declined:1",
            )
        self.job = Job.objects.get(subject_id=self.notice)

    def act(self) -> Said:
        """Send it."""
        jobs.run(self.job.id)
        return {}

    def again(self) -> None:
        """Let the workers work."""
        work()

    def judge(self, said: Said) -> None:
        """One mail at most, and the row says what is known of it."""
        state, taken = Notice.objects.get(id=self.notice).state, self.mails.at("desk@recipient.example")
        assert (state, taken) in (("sent", 1), ("unknown", 1), ("unknown", 0)), (state, taken)


class Received(Flow):
    """The co-op's answer comes in; its mail server tries again until it is taken."""

    name = "mail received"

    def prepare(self, folder: Path) -> None:
        """Send a request, and write the answer to it."""
        self.w = world()
        self.manual = self.w.manual(channel="manual_request")
        run_job("manual.send", self.manual.id)
        self.raw = reply(self.manual)

    def _take(self) -> None:
        to = [f"r.{self.manual.thread_token}@localhost"]
        receive(self.raw, envelope_from="", envelope_to=to, now=timezone.now())

    def act(self) -> Said:
        """Take it."""
        self._take()
        return {"taken": True}

    def kept(self, said: Said) -> None:
        """A mail that was taken is there."""
        assert not said or Message.objects.filter(direction="in").exists()

    def again(self) -> None:
        """Take it again."""
        self._take()
        work()

    def judge(self, said: Said) -> None:
        """One mail, one file."""
        assert Message.objects.filter(direction="in").count() == 1
        assert ReceivedFile.objects.count() == 1


class Accepted(Flow):
    """A person takes a file out of quarantine, and its readings are imported."""

    name = "file imported"

    def prepare(self, folder: Path) -> None:
        """Have a file in quarantine."""
        self.w = world()
        manual = self.w.manual(channel="manual_request")
        run_job("manual.send", manual.id)
        to = [f"r.{manual.thread_token}@localhost"]
        receive(reply(manual), envelope_from="", envelope_to=to, now=timezone.now())
        self.file = ReceivedFile.objects.get()

    def act(self) -> Said:
        """Accept it."""
        found = acceptance.accept(self.file, DAILY, actor=STAFF, now=timezone.now())
        return {"accepted": isinstance(found, ReceivedFile)}

    def kept(self, said: Said) -> None:
        """What was accepted is accepted."""
        assert not said or ReceivedFile.objects.get().state == "accepted"

    def again(self) -> None:
        """Accept it where it still waits."""
        file = ReceivedFile.objects.get()
        if file.state == "quarantined":
            acceptance.accept(file, DAILY, actor=STAFF, now=timezone.now())
        work()

    def judge(self, said: Said) -> None:
        """Its readings are there once."""
        assert ReceivedFile.objects.get().state == "accepted"
        assert ReadingSeries.objects.filter(file=self.file).count() == 3


class Read(Flow):
    """An application reads; each read is an event before it is a byte."""

    name = "release"
    may_differ: ClassVar = {"requests_app.Release": "who reads again has read twice", "requests_app.Decision": "so too"}

    @contextmanager
    def around(self) -> Iterator[None]:
        """Count what was answered."""
        self.answered = 0
        yield

    def prepare(self, folder: Path) -> None:
        """Have data."""
        self.w = world()
        self.manual = delivered(self.w, channel="manual_request")
        self.caller = Caller(self.w.key)

    def _read(self) -> bool:
        answer = self.caller.get(f"data-requests/{self.manual.request_id}/readings")
        return answer.status_code == 200 and bool(answer.json()["series"])

    def act(self) -> Said:
        """Read."""
        return {"read": self._read()}

    def kept(self, said: Said) -> None:
        """Whatever was answered was written before."""
        assert not said.get("read") or Release.objects.exists()

    def again(self) -> None:
        """Read again."""
        assert self._read()

    def judge(self, said: Said) -> None:
        """Each release is an event of its own."""
        assert Release.objects.count() >= 1 + bool(said.get("read"))
        assert Release.objects.values("audit_event_id").distinct().count() == Release.objects.count()


class FeeAgreed(Flow):
    """The co-op wants a fee, she says on her page that she pays it, and the co-op is told."""

    name = "fee agreed to"
    may_differ: ClassVar = {"clocks.ClockStep": "a clock goes on by the proof that our mail left"}

    def prepare(self, folder: Path) -> None:
        """Bring a request to where she is asked."""
        self.w = world()
        self.manual = bring(self.w.manual(channel="manual_request"), ManualState.WAITING_ON_UTILITY)
        now = timezone.now()
        quoting.quote(self.manual, Decimal("7.00"), said_by=SaidBy.PHONE, actor=STAFF, now=now)
        asked = asking.ask_customer(self.manual, Asks.FEE, "", actor=STAFF, now=now)
        assert isinstance(asked, Question)
        self.question = asked.id

    def _say(self) -> int:
        her = Client(raise_request_exception=False)
        sign_in(her, self.w.customer.id)
        answer = {"question": str(self.question), "answer": "yes"}
        return int(her.post(f"/my/requests/{self.manual.id}/question/", answer).status_code)

    def act(self) -> Said:
        """Say yes, and be the worker who tells the co-op."""
        said = self._say() == 302
        next_request()  # the worker is another process
        for mail in ThreadMail.objects.all():
            run_job("thread.send", mail.id)
        return {"said": said}

    def kept(self, said: Said) -> None:
        """A yes that was taken is there."""
        assert not said.get("said") or FeeQuote.objects.get().state == "accepted"

    def again(self) -> None:
        """Say it again where it was not taken."""
        assert self._say() in (302, 409)
        work()

    def judge(self, said: Said) -> None:
        """She agreed once, and the co-op was told once."""
        fee = FeeQuote.objects.get()
        assert (fee.state, fee.payer, len(events("fee.accepted"))) == ("accepted", "customer", 1)
        mail = ThreadMail.objects.get(fee=fee)
        found = (mail.state, sum(id_ == mail.message_id for _to, id_, _data in self.mails.taken))
        assert found in (("sent", 1), ("unknown", 1), ("unknown", 0)), found
