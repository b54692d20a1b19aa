"""The mail listener: LMTP in, `receive` behind it, one mail at a time (interface)."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.jobs import process
from requests_app.alerts import each_hour, tell_staff
from requests_app.receive import receive

logger = logging.getLogger(__name__)
MAX_BYTES = 26 * 1024 * 1024
NAME = "mail-listener"  # of its signs of life
LATER = "451 4.3.0 not taken, please try again later"


class Inbox:
    """Takes a mail only when it is sealed and logged; otherwise the sender keeps it and tries again."""

    def __init__(self, worker: ThreadPoolExecutor) -> None:
        self.worker = worker

    async def handle_RCPT(
        self,
        server: Any,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        """Take mail for our own domain alone: we are nobody's relay."""
        if address.rpartition("@")[2].lower() != settings.MAIL_DOMAIN.lower():
            return "550 5.1.1 not here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Hand the mail on and answer by what became of it."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        sender, recipients = envelope.mail_from or "", [str(each) for each in envelope.rcpt_tos]
        answer = await asyncio.get_running_loop().run_in_executor(self.worker, _take, raw, sender, recipients)
        # One answer for each recipient, as LMTP has it.
        return "\r\n".join([answer] * max(1, len(recipients)))


def _take(raw: bytes, sender: str, recipients: list[str]) -> str:
    try:
        taken = receive(raw, envelope_from=sender, envelope_to=recipients, now=timezone.now())
    except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not be lost: its sender keeps it
        logger.error("a mail was not taken: %s", type(error).__name__)
        connection.close()
        return LATER
    logger.info("a mail was taken: %s", taken.kind)
    return "250 2.0.0 taken"


def _told_of_size() -> None:
    """Tell the desk that a mail was too large, once in an hour: its sender has it back, and nothing of it is here."""
    what = "A mail was too large for us"
    detail = "Its sender got it back. If it was the co-op: our page for its desk takes files one by one."
    try:
        with transaction.atomic():
            tell_staff(what, detail, key=each_hour("too-large", timezone.now()))
    except Exception as error:  # noqa: BLE001 - the sender hears of it in any case
        logger.error("nobody was told of a mail that is too large: %s", type(error).__name__)
        connection.close()


async def serve(host: str, port: int, *, ready: Callable[[int], None]) -> None:
    """Serve until TERM or INT, then finish the mail in hand and end the lane."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Outside the main thread (a test) nobody signals; whoever started it cancels it.
        with contextlib.suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, over.set)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="receive") as worker:
        inbox = Inbox(worker)
        server = await loop.create_server(lambda: _session(inbox, loop), host, port)
        try:
            await loop.run_in_executor(worker, ready, server.sockets[0].getsockname()[1])
            life = process.SignsOfLife(NAME)
            while not over.is_set():
                await loop.run_in_executor(worker, _beat, life)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), process.BEAT_EVERY)
        finally:
            server.close()
            await asyncio.sleep(0)
            await loop.run_in_executor(worker, _leave)


def _beat(life: process.SignsOfLife) -> None:
    try:
        life.now_and_then()
    except DatabaseError as error:  # the sender keeps its mail meanwhile; a sign of life that is missing says it
        logger.warning("no sign of life: %s", type(error).__name__)
        connection.close()


class _Session(LMTP):
    # Real mail programs write longer lines than the standard allows; to refuse them would lose an answer.
    line_length_limit = 256 * 1024

    async def push(self, status: AnyStr) -> None:
        """Answer the client; whoever is told that a mail is too large is not the only one who should know."""
        await super().push(status)
        if isinstance(status, str) and status.startswith("552 "):
            await self.loop.run_in_executor(self.event_handler.worker, _told_of_size)


def _session(inbox: Inbox, loop: asyncio.AbstractEventLoop) -> LMTP:
    return _Session(
        inbox,
        hostname=settings.MAIL_DOMAIN,
        ident="mail listener",
        data_size_limit=MAX_BYTES,
        enable_SMTPUTF8=True,
        loop=loop,
        timeout=120,
    )


def _leave() -> None:
    log.close_lanes()
    connection.close()
