"""Reports about mail: delivery (RFC 3464), reading (RFC 8098), complaints (RFC 5965) (rules).

A delivery report's action decides, never the class of its status: "failed" with a status of 4 is final.
"""

import re
from collections.abc import Mapping
from email.message import Message
from typing import Any

MAX_BLOCKS = 50
DELIVERY = ("message/delivery-status", "message/global-delivery-status")
READING = "message/disposition-notification"
COMPLAINT = "message/feedback-report"
KINDS = {READING: "reading", COMPLAINT: "complaint"}
TYPES = {"disposition-notification": "reading", "feedback-report": "complaint"}
_ID = re.compile(r"<[^<>\s]{3,250}>")
_FIELD = re.compile(r"^[ \t]{0,3}(Action|Final-Recipient|Original-Recipient)[ \t]*:[ \t]*([^\r\n]{1,300})", re.I | re.M)
_BLANK = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")


def of_part(part: Message, known: dict[str, Any] | None) -> dict[str, Any]:
    """Add what a report's part says to what is known: `recipients` with their actions, or what kind it is."""
    report = _fresh(known)
    kind = part.get_content_type()
    if kind not in DELIVERY:
        report["kind"] = KINDS[kind]
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else part
        inside = first if isinstance(first, Message) else part
        report["original"] = report["original"] or _first_id(str(inside.get("Original-Message-ID") or ""))
        return report
    blocks = part.get_payload()
    for block in blocks[:MAX_BLOCKS] if isinstance(blocks, list) else []:
        if isinstance(block, Message) and block.get("Action"):
            named = block.get("Original-Recipient") or block.get("Final-Recipient") or ""
            _add(report, str(named), str(block["Action"]), str(block.get("Remote-MTA") or ""))
    return report


def of_text(text: str, known: dict[str, Any] | None) -> dict[str, Any] | None:
    """Read a delivery report's fields out of a mail whose parts could not be told apart; None where there are none."""
    report = _fresh(known)
    for block in _BLANK.split(text[:200_000]):
        fields = {name.lower(): value for name, value in _FIELD.findall(block)}
        named = fields.get("original-recipient") or fields.get("final-recipient")
        if named and "action" in fields and len(report["recipients"]) < MAX_BLOCKS:
            _add(report, named, fields["action"])
    return report if report["recipients"] else known


def with_original(known: dict[str, Any] | None, original: Message) -> dict[str, Any]:
    """Add the id of the mail that a report is about, as the returned headers give it."""
    report = _fresh(known)
    report["original"] = report["original"] or _first_id(str(original.get("Message-ID") or ""))
    return report


def action_for(report: Mapping[str, Any], address: str) -> str:
    """Give what became of the mail to one address; without that address, what became of it at worst."""
    said: dict[str, str] = {each["recipient"]: each["action"] for each in report.get("recipients") or []}
    if address.lower() in said:
        return said[address.lower()]
    actions = set(said.values())
    return next(
        (each for each in ("failed", "delayed", "relayed", "delivered") if each in actions), next(iter(actions), "")
    )


def handed_to(report: Mapping[str, Any], address: str) -> str:
    """Give the server that a report says took the mail to an address; empty where it names none (RFC 3464, 2.3.5)."""
    found = [each for each in report.get("recipients") or [] if each["recipient"] == address.lower()]
    return str(found[-1].get("remote", "")) if found else ""  # of the block that `action_for` goes by


def failed(report: Mapping[str, Any]) -> list[str]:
    """Give the addresses that a delivery report says were not reached."""
    return [each["recipient"] for each in report.get("recipients") or [] if each["action"] == "failed"]


def _fresh(known: dict[str, Any] | None) -> dict[str, Any]:
    return dict(known) if known else {"kind": "delivery", "recipients": [], "original": ""}


def _add(report: dict[str, Any], named: str, action: str, remote: str = "") -> None:
    words = action.split()
    recipient = named.rpartition(";")[2].strip().lower()[:320]
    said = words[0].strip("()").lower() if words else ""
    server = remote.rpartition(";")[2].strip().lower()[:255]
    added = {"recipient": recipient, "action": said, **({"remote": server} if server else {})}
    report["recipients"] = [*report["recipients"], added]


def _first_id(text: str) -> str:
    found = _ID.search(text)
    return found[0] if found else ""
