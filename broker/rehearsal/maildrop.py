"""A folder of received mails, and how they look to the person who reads them."""

import email
import json
import re
import threading
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")
_CODE = re.compile(r"(?m)^\s*(\d{6})\s*$")


class Maildrop:
    """Mails as files, oldest first, numbered from 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def put(self, raw: bytes, *, sender: str, recipients: list[str]) -> int:
        """Keep a mail and give its number."""
        with self._lock:
            number = len(list(self.folder.glob("*.eml"))) + 1
            envelope = {"from": sender, "to": recipients}
            (self.folder / f"{number:05}.json").write_text(json.dumps(envelope), encoding="utf-8")
            (self.folder / f"{number:05}.eml").write_bytes(raw)
        return number

    def numbers(self) -> list[int]:
        """Give the numbers of all mails."""
        return sorted(int(path.stem) for path in self.folder.glob("*.eml"))

    def raw(self, number: int) -> bytes:
        """Give a mail as it came over the wire."""
        return (self.folder / f"{number:05}.eml").read_bytes()

    def message(self, number: int) -> EmailMessage:
        """Give a mail, parsed."""
        return email.message_from_bytes(self.raw(number), policy=default)

    def envelope(self, number: int) -> dict[str, Any]:
        """Give who sent it to whom, on the wire."""
        facts: dict[str, Any] = json.loads((self.folder / f"{number:05}.json").read_text(encoding="utf-8"))
        return facts

    def attachments(self, number: int) -> list[EmailMessage]:
        """Give the attached files of a mail."""
        return [part for part in self.message(number).iter_attachments() if isinstance(part, EmailMessage)]

    def view(self, number: int) -> dict[str, Any]:
        """Give what a person sees: who, what about, the text, its links and its code."""
        message, envelope = self.message(number), self.envelope(number)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        page = message.get_body(("html",))
        return {
            "id": number,
            "from": str(message["From"]),
            "to": envelope["to"],
            "subject": str(message["Subject"]),
            "message_id": str(message["Message-ID"]),
            "reply_to": str(message["Reply-To"] or ""),
            "text": text,
            "html": page.get_content() if page else "",
            "links": _URL.findall(text),
            "codes": _CODE.findall(text),
            "attachments": [
                {"name": part.get_filename(), "type": part.get_content_type(), "size": len(part.get_content())}
                for part in self.attachments(number)
            ],
        }

    def search(self, *, to: str = "", after: int = 0, subject: str = "") -> list[dict[str, Any]]:
        """Give the mails to an address (or to anybody) after a number, with a word in the subject line."""
        views = [self.view(number) for number in self.numbers() if number > after]
        return [
            view
            for view in views
            if (not to or to.lower() in [each.lower() for each in view["to"]])
            and subject.lower() in view["subject"].lower()
        ]
