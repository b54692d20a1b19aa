"""S66: each fault at each commit point of each kind of mail to a co-op: never two mails, never a lost one.

A letter, the letters of two members in one mail, a follow-up, one that two requests share, and a withdrawal.
What cannot be known is said to be unknown, and a person is told once. The server is a real one whose faults are
scripted; the worker that is killed is a process of its own. A sample runs with the suite, the whole by
`./run faults mail`.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope, Session
from django.db import connection
from django.utils import timezone

from broker import jobs, utilities
from broker.audit import log
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal.serving import SmtpServer
from broker.terms import Actor
from broker.transport import smtp
from consents import actions
from requests_app import resending
from requests_app.desk.models import MailPart
from requests_app.ladder import climbing
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.ladder.models import FollowUp
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from tests import shared_world
from tests.clock import travel
from tests.environment import ROOT
from tests.faults import scale
from tests.faults.killed_sender import POINTS
from tests.integration.test_receive import dsn, take
from tests.ladder_world import NOW, at, fresh, person
from tests.requests_world import World, run_job, world
from tests.scenarios.coops import both_coops

__all__ = ["both_coops"]

LETTERS, SHARED = "letters of two members", "shared follow-up"
MAILS = ("letter", LETTERS, "follow-up", SHARED, "withdrawal")
ALERT = {
    "letter": "delivery-unknown",
    LETTERS: "delivery-unknown",
    "follow-up": "ask-unknown",
    SHARED: "ask-unknown",
    "withdrawal": "withdrawal-unknown",
}
REFUSED = {
    "letter": "not-delivered",
    LETTERS: "not-delivered",
    "follow-up": "ask-refused",
    SHARED: "ask-refused",
    "withdrawal": "withdrawal-refused",
}
# What the server does at which step of the conversation.
FAULTS = {
    **{f"{what} at {step}": (step, what) for step, what in product(("MAIL", "RCPT", "DATA"), ("451", "550"))},
    **{f"lost at {step}": (step, "lost") for step in ("MAIL", "RCPT", "DATA")},
    "silent after DATA": ("DATA", "silent"),
    "refused connection": ("connect", "lost"),
}
SAMPLE = {"451 at DATA", "550 at RCPT", "lost at DATA", "silent after DATA", "refused connection"}
# Of these two of each mail on PostgreSQL: one that is not known to have arrived, and one that goes out later.
BOTH_ENGINES = {"451 at DATA", "lost at DATA"}


@dataclass
class Scripted:
    """A mail server that does one thing wrong, as long as it is told to; `seen` has each content that it was given."""

    step: str = ""
    what: str = ""
    seen: list[bytes] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, _s: Session, envelope: Envelope, address: str, _o: Any) -> str:
        """Answer the sender."""
        envelope.mail_from = address
        return await self._answer("MAIL", server)

    async def handle_RCPT(self, server: Any, _s: Session, envelope: Envelope, address: str, _o: Any) -> str:
        """Answer the recipient."""
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server)

    async def handle_DATA(self, server: Any, _s: Session, envelope: Envelope) -> str:
        """Answer the content."""
        content = envelope.content or b""
        self.seen.append(content.encode() if isinstance(content, str) else content)
        answer = await self._answer("DATA", server)
        if answer.startswith("2"):
            self.accepted.append(self.seen[-1])
        return answer

    async def _answer(self, step: str, server: Any) -> str:
        if step != self.step:
            return "250 2.0.0 fine"
        if self.what == "lost":
            server.transport.abort()
            return "421 4.0.0 gone"
        if self.what == "silent":
            await asyncio.sleep(3)
        return {"451": "451 4.3.0 later", "550": "550 5.1.1 no such mailbox"}.get(self.what, "250 2.0.0 late")


@dataclass
class Case:
    """A mail that waits to be sent: by which job, at which time, and how its request stands."""

    mail: str
    world: World
    manual: ManualRequest
    jobs: list[Job]  # the first one's sends; those of what shares its mail run too
    when: Any
    before: int  # mails that the co-op has already
    others: list[ManualRequest] = field(default_factory=list)  # that share its mail

    def state(self) -> str:
        """Give what is known of the mail: queued, unknown, refused or sent; of all that share it the same."""
        manual = fresh(self.manual)
        if self.mail in ("letter", LETTERS):
            known = {
                ManualState.QUEUED: "queued",
                ManualState.DELIVERY_UNKNOWN: "unknown",
                ManualState.NOT_DELIVERED: "refused",
            }
            (state,) = {known.get(ManualState(fresh(each).state), "sent") for each in self.requests()}
            return state
        if self.mail in ("follow-up", SHARED):
            asks = FollowUp.objects.filter(manual__in=self.requests())
            (state,) = {str(each.state).replace("sending", "unknown") for each in asks}
            return state
        return manual.withdrawal.replace("sending", "unknown")

    def requests(self) -> list[ManualRequest]:
        """Give the requests that the mail is about."""
        return [self.manual, *self.others]

    def run_again(self) -> None:
        """Let others take the jobs over, again and again, as long as they wait."""
        for hours in (1, 2, 3, 4):
            with travel(self.when + timedelta(hours=hours)):
                more = Job.objects.filter(kind=self.jobs[0].kind, subject_id__in=[each.id for each in self.others])
                for each in [*self.jobs, *more]:
                    jobs.run(each.id, now=timezone.now())

    def alerts(self, words: str) -> int:
        """Give how often the desk was told."""
        return Notice.objects.filter(key__startswith=f"staff:{words}").count()


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 1.0)
    handler = Scripted()
    served = SmtpServer(handler)
    served.start()
    place = f"127.0.0.1:{served.port}"
    settings.ALLOWED_EGRESS = [place, "127.0.0.1:9"]
    settings.UTILITY_MAIL_SERVER = place
    yield handler
    served.stop()


def case(mail: str, server: Scripted) -> Case:
    """Bring a request to the moment at which this mail is to leave."""
    with travel(NOW):
        if mail == LETTERS:
            both = shared_world.two(None)
            w, (manual, *others) = both.world, both.rows
        else:
            w = world()
            manual = w.manual(channel="manual_request")
            others = [w.manual(channel="manual_request")] if mail == SHARED else []
        when, kind, subjects = at(date(2026, 3, 2), 9), "manual.send", [manual.id]
        if mail not in ("letter", LETTERS):
            assert run_job("manual.send", manual.id) == "done"
    if mail in ("follow-up", SHARED):
        when = at(date(2026, 3, 17), 9)
        with travel(when):
            climbing.climb(fresh(manual), timezone.now())
            asks = [FollowUp.objects.get(manual=each).id for each in (manual, *others)]
            kind, subjects = FOLLOW_UP, asks
    elif mail == "withdrawal":
        when, kind = at(date(2026, 3, 4), 9), "manual.withdraw"
        with travel(when):
            actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    found = [Job.objects.get(kind=kind, subject_id=each) for each in subjects]
    return Case(mail, w, fresh(manual), found, when, len(server.accepted), others)


def chosen(every: Iterable[str], sample: set[str], both_engines: set[str]) -> list[Any]:
    """Give what to run, (engine, mail, what): the whole on both engines, or a sample of each."""
    wanted = {"sqlite": sample, "postgresql": both_engines}
    return [
        pytest.param(engine, mail, what, marks=[pytest.mark.postgresql] if engine == "postgresql" else [])
        for engine, mail, what in product(wanted, MAILS, every)
        if scale.WHOLE or what in wanted[engine]
    ]


@pytest.mark.parametrize(("committing", "mail", "fault"), chosen(FAULTS, SAMPLE, BOTH_ENGINES), indirect=["committing"])
def test_s66_a_server_that_fails(
    both_coops: None, committing: str, server: Scripted, settings: Any, mail: str, fault: str
) -> None:
    one = case(mail, server)
    (step, what), told = FAULTS[fault], len(one.requests())
    place = settings.UTILITY_MAIL_SERVER
    server.step, server.what, seen = step, what, len(server.seen)
    if step == "connect":
        settings.UTILITY_MAIL_SERVER = "127.0.0.1:9"
    with travel(one.when):
        jobs.run(one.jobs[0].id, now=timezone.now())
    first, settings.UTILITY_MAIL_SERVER = one.state(), place
    server.step = ""
    one.run_again()
    given = len(server.seen) - seen
    accepted = len(server.accepted) - one.before
    if what == "550":
        assert (first, one.state(), accepted, one.alerts(REFUSED[mail])) == ("refused", "refused", 0, told)
    elif step == "DATA" and what in ("lost", "silent"):
        # Nobody knows whether it arrived: it is not sent again, and a person is told once of each request.
        assert (first, one.state(), given, one.alerts(ALERT[mail])) == ("unknown", "unknown", 1, told)
    else:
        assert (first, one.state(), accepted) == ("queued", "sent", 1)
        assert one.alerts(ALERT[mail]) == one.alerts(REFUSED[mail]) == 0
    assert accepted <= 1
    scale.record("a server that fails", committing, mail=mail, fault=fault, state=one.state(), accepted=accepted)


@pytest.mark.parametrize(("committing", "mail", "point"), chosen(POINTS, {"taken"}, {"taken"}), indirect=["committing"])
def test_s66_a_worker_that_is_killed(
    both_coops: None, committing: str, server: Scripted, settings: Any, mail: str, point: str
) -> None:
    one = case(mail, server)
    env = {
        **os.environ,
        "ALLOWED_EGRESS": settings.UTILITY_MAIL_SERVER,
        "UTILITY_MAIL_SERVER": settings.UTILITY_MAIL_SERVER,
        "TEST_PROFILES": str(utilities.FOLDER),
    }
    connection.close()
    argv = [sys.executable, "-m", "tests.faults.killed_sender", point, one.when.isoformat(), str(one.jobs[0].id)]
    done = subprocess.run(argv, cwd=ROOT, env=env, timeout=120, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    one.run_again()
    accepted, told = len(server.accepted) - one.before, len(one.requests())
    wanted = {
        "before": ("sent", 1, 0),
        "begun": ("unknown", 0, told),
        "taken": ("unknown", 1, told),
        "saved": ("sent", 1, 0),
    }
    assert (one.state(), accepted, one.alerts(ALERT[mail])) == wanted[point]
    kind = {"letter": "request", LETTERS: "request", "withdrawal": "withdrawal"}.get(mail, "follow_up")
    kept = 2 if mail == LETTERS else 1  # each member her part
    assert Message.objects.filter(manual__in=one.requests(), direction="out", kind=kind).count() == kept
    assert MailPart.objects.count() == (kept if mail == LETTERS else 0)
    scale.record("a killed worker", committing, mail=mail, point=point, state=one.state(), accepted=accepted)


def test_s66_a_person_sends_it_again_with_the_same_id_and_a_report_is_found_by_it(
    committing: str, server: Scripted
) -> None:
    one = case("letter", server)
    server.step, server.what = "DATA", "lost"
    with travel(one.when):
        jobs.run(one.jobs[0].id, now=timezone.now())
        server.step = ""
        assert one.state() == "unknown"
    with travel(one.when + timedelta(hours=1)):
        assert resending.resend(fresh(one.manual), actor=person("staff")) is None
        assert run_job("manual.send", one.manual.id, now=timezone.now()) == "done"
    ids = {line for raw in server.seen for line in raw.splitlines() if line.lower().startswith(b"message-id:")}
    assert ids == {f"Message-ID: {one.manual.message_id}".encode()}
    assert len(server.seen) == 2
    assert one.state() == "sent"


def test_s66_the_reserved_id_finds_the_proof(committing: str, server: Scripted) -> None:
    one = case("letter", server)
    server.step, server.what = "DATA", "lost"
    with travel(one.when):
        jobs.run(one.jobs[0].id, now=timezone.now())
        assert take(dsn(one.manual), one.manual).kind == "delivered"
    assert fresh(one.manual).state == ManualState.WAITING_ON_UTILITY
