"""A mail of ours to ourselves, by which an operator sees that mail leaves and comes in; nothing of it is kept (action).

Only the one that was sent last, within a quarter of an hour, by a random id that nobody else was told, is taken for
one. Everything else that bears our address goes to the holding pen as ever.
"""

import re
import secrets
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.conf import settings

from broker.jobs import heartbeats
from broker.transport import Proof, ProvenAddress, smtp

SENT, BACK = "mail-probe", "mail-probe-back"  # names of signs of life
WITHIN = timedelta(minutes=15)
LARGEST = 16 * 1024  # bytes, with all that servers on the way add
_ID = re.compile(rb"^Message-ID:\s*<doctor\.([0-9a-f]{32})@[^>\r\n]*>\s*$", re.IGNORECASE | re.MULTILINE)


def send(*, now: datetime) -> str:
    """Send one, as all our mail leaves; give its id. Raises `TransportError`."""
    nonce = secrets.token_hex(16)
    heartbeats.beat(SENT, now=now, run=nonce)
    message = EmailMessage()
    message["From"] = message["To"] = settings.MAIL_FROM
    message["Subject"] = "A test of our own mail"
    message["Message-ID"] = f"<doctor.{nonce}@{settings.MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("This installation looks whether its own mail comes back. Nobody needs to do anything.\n")
    address = ProvenAddress(settings.MAIL_FROM, Proof("party", "our own address"))
    smtp.send(message, to=address, envelope_from=settings.MAIL_FROM)
    return nonce


def came_back(raw: bytes, *, now: datetime) -> bool:
    """Say whether a mail is the one that is waited for, and note that it came; it is noted once."""
    found = _ID.search(raw.partition(b"\n\r\n")[0].partition(b"\n\n")[0]) if len(raw) <= LARGEST else None
    sent = heartbeats.last_beat(SENT) if found else None
    if found is None or sent is None or sent.run != found[1].decode() or now - sent.beat_at > WITHIN:
        return False
    if is_back(sent.run):
        return False
    heartbeats.beat(BACK, now=now, run=sent.run)
    return True


def is_back(nonce: str) -> bool:
    """Say whether the mail of this id has come."""
    back = heartbeats.last_beat(BACK)
    return back is not None and back.run == nonce
