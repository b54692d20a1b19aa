"""What an incoming mail is, and to which request it may belong (rules)."""

from collections.abc import Mapping
from typing import Any

ACTIONS = {"delivered": "delivered", "failed": "bounce", "delayed": "delay"}


def kind_of(mail: Mapping[str, Any]) -> str:
    """Say what a mail is: a report by its action, an automatic answer by its headers, an answer by what it brings."""
    action = (mail.get("report") or {}).get("action")
    if action is not None:
        return ACTIONS.get(action, "report")
    if mail["automatic"]:
        return "auto_reply"
    return "answer" if mail["files"] else "message"


def comes_from(mail: Mapping[str, Any], address: str) -> bool:
    """Say whether a mail names one sender, and that of this address's domain; a hint, for a header proves nothing."""
    domain = address.rpartition("@")[2].lower()
    senders = mail["senders"]
    return len(senders) == 1 and senders[0].rpartition("@")[2] == domain


def reports_on(mail: Mapping[str, Any], message_id: str, address: str) -> bool:
    """Say whether a delivery report is about this very mail to this very address."""
    report = mail.get("report") or {}
    named = report.get("original") or next(iter(mail["refers_to"]), "")
    return bool(named == message_id and report.get("recipient") == address.lower())
