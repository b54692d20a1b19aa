"""Files that came by mail: looked into in the sandbox, kept as they came, and in quarantine until a person decides.

What stands against a file is found before anything is written, and written beside it; nobody opens a file that has
something standing against it (actions).
"""

import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broker import sandbox, vault
from broker.channels import customer_upload
from broker.inlets import unread
from broker.sandbox import unpack
from broker.terms import EventRef
from broker.transport import clamd
from requests_app.inbound.models import Examination
from requests_app.models import ManualRequest, Message, ReceivedFile

WALL, CPU = 20.0, 12
MAX_FILES = 20  # of one mail, for each account that was asked about: a letter may name sixty, and each has its bills
MAX_SECONDS = 120.0  # for all files of one mail: whoever hands the mail over is waiting


@dataclass(frozen=True, repr=False)
class Examined:
    """A file of a mail, and what stands against it."""

    name: str
    data: bytes = field(repr=False)
    codes: tuple[str, ...]
    repaired: bool = False
    scanner: str = ""

    @property
    def sha256(self) -> bytes:
        """The hash of its bytes as they came."""
        return hashlib.sha256(self.data).digest()

    @property
    def media_type(self) -> str | None:
        """The kind of its content; None for one that we do not take."""
        return customer_upload.sniff(self.data)


def examine_all(files: Sequence[dict[str, Any]], about: Sequence[ManualRequest]) -> list[Examined]:
    """Look into the files of a mail (as `mail_reading.read` gives them), in order, within limits.

    `about`: the requests that the mail may answer; the more accounts they ask about, the more files are looked at.
    """
    end = time.monotonic() + MAX_SECONDS
    most = MAX_FILES * max(1, sum(len(each.request.accounts) for each in about))
    found = []
    for number, each in enumerate(files):
        data = unpack(each["data"])
        if number >= most or time.monotonic() > end:
            found.append(Examined(each["name"], data, ("file.too_many",)))
            continue
        found.append(examine(each["name"], data))
    return found


def examine(name: str, data: bytes) -> Examined:
    """Look into one file; whatever breaks the look is a reason of its own, and so is what was not read to its end."""
    codes, repaired = _inside(name, data)
    # What has something else against it nobody opens; a feed is called a strange type by mail, and comes another way.
    if all(each == "file.type" for each in codes) and (unseen := unread.against(data)):
        codes.append(unseen)
    scanner = ""
    try:
        scan = clamd.scan(data)
    except clamd.ScannerDown:
        codes.append("file.scanner_down")
    else:
        if scan is not None:
            scanner = scan.scanner
            codes += ["file.virus"] if scan.found else []
    return Examined(name, data, tuple(codes), repaired, scanner)


def keep(files: Sequence[Examined], row: Message, ref: EventRef, now: datetime) -> int:
    """Keep the files of a mail sealed and in quarantine, in the caller's transaction; give how many are new."""
    manual = row.manual
    if manual is None or not files:
        return 0
    return sum(_keep(each, manual, row, ref, now) for each in files)


def against(file: ReceivedFile) -> Examination | None:
    """Give the newest examination of a file; None for one that came before there were any, or another way."""
    return file.examinations.order_by("-at", "-id").first()


def _inside(name: str, data: bytes) -> tuple[list[str], bool]:
    payload = {"name": name, "data": sandbox.pack(data)}
    try:
        seen = sandbox.call("requests_app.inbound.examining:examine", payload, wall=WALL, cpu=CPU)
    except (sandbox.SandboxError, ValueError):
        return ["file.too_heavy"], False
    return list(seen["codes"]), bool(seen["repaired"])


def _keep(each: Examined, manual: ManualRequest, row: Message, ref: EventRef, now: datetime) -> int:
    consent = manual.request.consent
    assert consent is not None
    if ReceivedFile.objects.filter(consent=consent, sha256=each.sha256).exists():
        return 0  # sent twice; the first one counts
    file_id = uuid.uuid4()
    media_type = each.media_type
    place = vault.Place("requests_app_receivedfile", "name", file_id)
    file = ReceivedFile.objects.create(
        id=file_id,
        consent=consent,
        # Of several any one, until it is accepted: then the one that it names, or that a person chose.
        account=consent.accounts.filter(id__in=manual.request.accounts).order_by("id")[0],
        message=row,
        channel="manual_request",
        name=vault.seal(each.name or "file", subject=consent.customer_id, place=place),
        media_type=media_type or "application/octet-stream",
        bytes=len(each.data),
        sha256=each.sha256,
        # Under a key of its own: what turns out to be too much can be destroyed, and nothing beside it.
        file=vault.seal_file(each.data, subject=consent.customer_id, name="file", alone=True),
        state=ReceivedFile.State.QUARANTINED,
        verdict=each.codes[0] if each.codes else ("" if media_type else "file.type"),
        received_at=now,
        audit_event_id=ref.id,
    )
    note(file, each, ref, now)
    return 1


def note(file: ReceivedFile, seen: Examined, ref: EventRef, now: datetime) -> None:
    """Write down what was found in a file, in the caller's transaction."""
    Examination.objects.create(
        file=file,
        codes=list(seen.codes),
        repaired=seen.repaired,
        scanner=seen.scanner,
        at=now,
        audit_event_id=ref.id,
    )
