"""A flow of the product that is cut at its points: how it begins, what is acknowledged, and who tries again."""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any, ClassVar

from aiosmtpd.smtp import Envelope, Session
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.rehearsal.serving import SmtpServer
from tests.api_contract import PREFIX

type Said = dict[str, Any]


class Mails:
    """A mail server that takes everything: to whom, under which Message-ID, and the bytes."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.server = SmtpServer(self)

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        content = envelope.content or b""
        data = content.encode() if isinstance(content, str) else content
        (to,) = envelope.rcpt_tos
        self.taken.append((to, str(message_from_bytes(data)["Message-ID"]), data))
        return "250 2.0.0 taken"

    def at(self, mailbox: str) -> int:
        """Give how many mails a mailbox has."""
        return sum(to == mailbox for to, _id, _data in self.taken)


class Flow:
    """One flow. `act` runs in a process that is cut; whoever acted tries again, there and after the restart."""

    name: ClassVar[str]
    # Tables whose rows are counted otherwise when somebody has to try again, and why that is right.
    may_differ: ClassVar[dict[str, str]] = {}
    # Whether its world was made by the product alone: then every event's body tells of the rows that are there.
    with_keys: ClassVar[bool] = False
    # Personal data that no store may hold in the clear.
    words: ClassVar[tuple[str, ...]] = ("Pat Member", "pat@member.example", "2 Example Road")

    def __init__(self, settings: Any, mails: Mails) -> None:
        self.settings, self.mails = settings, mails

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Let those play who are there all the time."""
        yield

    @contextlib.contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """Let those play who begin anew in each case; `folder` is the case's own."""
        yield

    def prepare(self, folder: Path) -> None:
        """Bring the world to where the flow begins."""
        raise NotImplementedError

    def act(self) -> Said:
        """Do it, and give what was acknowledged."""
        raise NotImplementedError

    def kept(self, said: Said) -> None:
        """Assert that what was acknowledged is there after the restart, before anybody does anything."""

    def again(self) -> None:
        """Do what a client, a mail server or the next worker does who got no answer."""
        raise NotImplementedError

    def judge(self, said: Said) -> None:
        """Assert that it happened once in effect."""


def work() -> None:
    """Be the workers of the next hours: whatever lease ran out, whatever is due."""
    for hours in (1, 2, 3):
        jobs.run_due(timezone.now() + timedelta(hours=hours))


def next_request() -> None:
    """Do what Django does between two requests or two jobs of a process."""
    with contextlib.suppress(Exception):
        close_old_connections()


class Caller:
    """An application that calls the API and keeps its Idempotency-Key until it has an answer."""

    def __init__(self, key: str) -> None:
        self.key, self.idempotency = key, uuid.uuid4().hex

    def post(self, path: str, body: Any) -> Any:
        """Post as often as need be, always under the same key."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": self.idempotency}
        return Client(raise_request_exception=False).post(
            f"{PREFIX}{path}", body, content_type="application/json", headers=headers
        )

    def get(self, path: str) -> Any:
        """Read."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return Client(raise_request_exception=False).get(f"{PREFIX}{path}", headers=headers)
