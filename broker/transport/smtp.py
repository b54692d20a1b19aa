"""Mail out: one message to one proven address, with an answer that says who took it."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal

from django.conf import settings

from broker.transport import allowed
from broker.transport.addresses import ProvenAddress
from broker.transport.errors import DeliveryUnknown, MailError, PermanentRefusal, TemporaryRefusal
from broker.transport.lines import open_line

COMMAND_SECONDS = 10.0
ANSWER_SECONDS = 30.0  # a server may scan a mail before it answers; a job may live for a minute
WIRE = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Delivery:
    """Who accepted a mail: the addressee's own server, or a relay that will try."""

    kind: Literal["accepted_by_destination", "accepted_by_relay"]
    host: str
    reply: str


def as_sent(message: EmailMessage) -> bytes:
    """Give the bytes that go over the wire, for the record of what was sent."""
    return message.as_bytes(policy=WIRE)


def send(
    message: EmailMessage,
    *,
    to: ProvenAddress,
    envelope_from: str,
    destination: str | None = None,
    own_servers: Collection[str] = (),
) -> Delivery:
    """Send once, through the addressee's own server `destination` (host:port) if one is given, else our relay.

    Acceptance counts as the addressee's own where that server took the mail, or one of the hosts `own_servers` that
    the profile names. Raises `TemporaryRefusal`, `PermanentRefusal` (nothing was taken) or `DeliveryUnknown`.
    """
    check(message, to=to)
    host, port = _server(destination)
    own = destination is not None or host.lower() in {each.lower() for each in own_servers}
    reply = _deliver(host, port, as_sent(message), to=to.address, envelope_from=envelope_from)
    return Delivery("accepted_by_destination" if own else "accepted_by_relay", host, reply)


def check(message: EmailMessage, *, to: ProvenAddress) -> None:
    """Refuse a message that is not exactly one to this address, with an id that was reserved before."""
    if not isinstance(to, ProvenAddress):
        raise TypeError("every mail needs a proven address")
    if not isinstance(message, EmailMessage):
        raise TypeError("an EmailMessage is needed: older classes let line breaks into headers")
    for name, value in message.items():
        if re.search(r"[\r\n\x00]", f"{name}{value}"):
            raise ValueError("a line break in a header")
    recipients = message.get_all("To", [])
    if len(recipients) != 1 or parseaddr(str(recipients[0]))[1] != to.address or message["Cc"] or message["Bcc"]:
        raise ValueError("a mail goes to its proven address and to nobody else")
    if to.address.lower().rstrip(".").endswith(".invalid"):  # RFC 2606: stands where somebody has no mailbox
        raise ValueError("nobody reads mail at this address: what is to be told goes by post")
    if not message["Message-ID"]:
        raise ValueError("reserve a Message-ID before sending")
    # An invitation's address is proven by nothing yet: a code, a link and who asks may go there, no file.
    if to.proof.kind == "invitation" and any(True for _ in message.iter_attachments()):
        raise ValueError("an unproven address gets no attachment")


def _server(destination: str | None) -> tuple[str, int]:
    host, port = (settings.SMTP_HOST, settings.SMTP_PORT) if destination is None else allowed.parse(destination)
    allowed.require(host, port)
    return host, port


def _deliver(host: str, port: int, content: bytes, *, to: str, envelope_from: str) -> str:
    smtp = _connect(host, port)
    try:
        _envelope(smtp, host, to=to, envelope_from=envelope_from)
        try:
            reply = _content(smtp, host, content)
        except MailError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever nobody foresaw: the content may be out
            raise DeliveryUnknown(host, f"000 {type(error).__name__}") from None
        # A failing QUIT changes nothing about an answer that we already have.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return reply
    finally:
        smtp.close()


class _Smtp(smtplib.SMTP):
    """Connects to an address that was judged; the name stays the one that TLS asks for."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_line(host, port, timeout)


def _connect(host: str, port: int) -> smtplib.SMTP:
    try:
        smtp = _Smtp(host, port, local_hostname=settings.MAIL_DOMAIN, timeout=COMMAND_SECONDS)
        smtp.ehlo_or_helo_if_needed()
        if settings.SMTP_STARTTLS:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
    except (smtplib.SMTPException, OSError) as error:
        raise TemporaryRefusal(host, f"000 {type(error).__name__}") from None
    return smtp


def _envelope(smtp: smtplib.SMTP, host: str, *, to: str, envelope_from: str) -> None:
    wants_report = smtp.has_extn("dsn")
    options = ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(to)}"] if wants_report else []
    try:
        _expect_ok(host, *smtp.mail(envelope_from, ["RET=HDRS"] if wants_report else []))
        _expect_ok(host, *smtp.rcpt(to, options))
        code, reply = smtp.docmd("DATA")
    except (smtplib.SMTPException, OSError) as error:
        raise TemporaryRefusal(host, f"000 {type(error).__name__}") from None
    if code != 354:
        _refuse(host, code, reply)


def _content(smtp: smtplib.SMTP, host: str, content: bytes) -> str:
    # From here on a broken connection leaves open whether the other end took the mail.
    body = re.sub(rb"(?m)^\.", b"..", content)
    if smtp.sock is not None:
        smtp.sock.settimeout(ANSWER_SECONDS)
    try:
        # In one piece: an end that is sent apart waits until the other side has confirmed the content.
        smtp.send((body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n")
        code, reply = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryUnknown(host, f"000 {type(error).__name__}") from None
    _expect_ok(host, code, reply)
    return f"{code} {_text(reply)}"


def _expect_ok(host: str, code: int, reply: bytes) -> None:
    if not 200 <= code < 300:
        _refuse(host, code, reply)


def _refuse(host: str, code: int, reply: bytes) -> None:
    kind = PermanentRefusal if 500 <= code < 600 else TemporaryRefusal
    raise kind(host, f"{code} {_text(reply)}")


def _text(reply: bytes) -> str:
    """Give a server's answer as one printable line without addresses."""
    line = re.sub(r"[^\x20-\x7e]+", " ", reply.decode("ascii", "replace"))
    return re.sub(r"\S+@\S+", "<address>", line)[:200]


def _xtext(address: str) -> str:
    return re.sub(r"[+=]", lambda match: f"+{ord(match[0]):02X}", address)
