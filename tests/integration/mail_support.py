"""Mails and files for the tests of what comes in; nobody in them is real."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from requests_app.models import ManualRequest
from requests_app.receive import Received, receive
from tests.requests_world import RECEIVER

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs"


def mail(
    text: str = "Here it is.",
    files: dict[str, bytes] | None = None,
    *,
    sender: str = "billing@coop.example",
    to: str = "desk@localhost",
    subject: str = "Re: Data",
    proven: bool = True,
    **headers: str,
) -> bytes:
    """Write a mail of the co-op's clerk, as our own mail server hands it on."""
    made = EmailMessage()
    if proven:
        made["Authentication-Results"] = f"{RECEIVER}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    made["From"], made["To"], made["Subject"] = sender, to, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, data in (files or {}).items():
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def take(raw: bytes, manual: ManualRequest | None = None) -> Received:
    """Hand a mail to the door, to a request's own address or to the desk's."""
    to = f"r.{manual.thread_token}@localhost" if manual else "desk@localhost"
    return receive(raw, envelope_from="x@coop.example", envelope_to=[to], now=timezone.now())


def signed_in(name: str = "staff") -> Client:
    """Give a browser in which a member of staff has signed in."""
    user = create_user(f"a-{name}", f"A person, {name}", Role.STAFF, password=None, actor=SERVICE("tests"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def packed(entries: dict[str, bytes], **how: Any) -> bytes:
    """Make an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # the same bytes at any time
    return out.getvalue()
