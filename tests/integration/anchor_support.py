"""A log with others around it: a witness, a timestamp authority, a third party's mailbox, all on loopback."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker.audit import signer
from broker.rehearsal.people_mailbox import PeopleMailbox
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.rehearsal.witness import Witness
from tests.integration.audit_support import log_world


@dataclass
class World:
    """The log's signer, and who else there is."""

    desk: signer.Desk
    witness: Witness
    authority: TimestampAuthority
    mailbox: PeopleMailbox


@contextmanager
def anchored_world(settings: Any, folder: Path) -> Iterator[World]:
    """Start everybody, and name them in the settings."""
    with ExitStack() as stack:
        desk = stack.enter_context(log_world(settings, folder))
        vkeys = folder / "signer" / "log.vkey"

        def logs() -> dict[str, list[str]]:
            keys = vkeys.read_text().split()
            return {keys[0].partition("+")[0]: keys}

        witness = stack.enter_context(Witness(logs, folder / "witness"))
        root = folder / "tsa.pem"
        authority = stack.enter_context(TimestampAuthority(root_file=root))
        mailbox = stack.enter_context(PeopleMailbox(folder / "mail"))
        settings.LOG_WITNESSES = str(folder / "witness" / "witness.policy")
        settings.TIMESTAMP_URLS, settings.TIMESTAMP_ROOT_FILE = [authority.url], str(root)
        settings.LOG_MAIL_TO = "auditor@third.example"
        settings.LOG_MAIL_SERVER = f"127.0.0.1:{mailbox.port}"
        settings.ALLOWED_EGRESS = [
            witness.url.removeprefix("http://"),
            authority.url.removeprefix("http://").rstrip("/"),
            settings.LOG_MAIL_SERVER,
        ]
        yield World(desk, witness, authority, mailbox)
