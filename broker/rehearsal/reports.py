"""Reports of delivery, as a relay of this rehearsal writes them (RFC 3464)."""

from email.message import EmailMessage
from email.utils import format_datetime

from broker.rehearsal.clock import now

SERVER = "mx.coop.example"


def success_dsn(original: EmailMessage, *, recipient: str, sender: str, message_id: str) -> bytes:
    """Write a report that says: delivered."""
    words = ("Your message was successfully delivered to the destination.", "delivered", "2.0.0", "250 2.0.0 accepted")
    return _report(original, recipient, sender, message_id, words)


def failure_dsn(original: EmailMessage, *, recipient: str, sender: str, message_id: str) -> bytes:
    """Write a report that says: it did not arrive, and never will."""
    words = ("Your message could not be delivered.", "failed", "5.1.1", "550 5.1.1 no such mailbox")
    return _report(original, recipient, sender, message_id, words)


def _report(
    original: EmailMessage, recipient: str, sender: str, message_id: str, words: tuple[str, str, str, str]
) -> bytes:
    text, action, status, said = words
    subject = "Successful Mail Delivery Report" if action == "delivered" else "Undelivered Mail Returned to Sender"
    lines = [
        "From: Mail Delivery System <mailer-daemon@relay.example>",
        f"To: {sender}",
        f"Subject: {subject}",
        f"Date: {format_datetime(now())}",
        f"Message-ID: {message_id}",
        f"In-Reply-To: {original['Message-ID']}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="report"',
        "",
        "--report",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        text,
        "",
        "--report",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; relay.example",
        "",
        f"Original-Recipient: rfc822;{recipient}",
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {action}",
        f"Status: {status}",
        f"Remote-MTA: dns; {SERVER}",
        f"Diagnostic-Code: smtp; {said}",
        "",
        "--report",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {original['Message-ID']}",
        "",
        "--report--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
