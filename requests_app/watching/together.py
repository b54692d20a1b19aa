"""A login whose name comes in one mail of a thread and whose secret comes in the next (action).

Most mails open nothing (`broker.inlets.earlier`). A small file of a mail counts among its words. So also what a
customer answers, and what the desk notes, each with its earlier ones.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from broker import vault
from broker.audit import log
from broker.credentials import Finding
from broker.inlets.earlier import READER, beside, newest
from broker.sandbox import unpack
from broker.terms import Actor
from requests_app.desk_work.models import Note
from requests_app.fees.models import Reply
from requests_app.inbound.quotes import new_words
from requests_app.models import ManualRequest, Message
from requests_app.watching import enclosed

INLET = "email_reply"
READABLE = ("message", "answer", "desk", "acknowledgement")


def over_mails(
    manual: ManualRequest,
    words: str,
    *,
    reads: Callable[[bytes], Mapping[str, Any]],
    now: datetime,
    reader: Actor = READER,
    inlet: str = INLET,
) -> Finding | None:
    """Give a finding in a mail's words together with what came on its thread in the ten days before.

    So also in what the desk says on its page, or by phone. `reads`: takes a mail's bytes apart. `inlet`: where the new
    words came in. Raises `Unchecked` where the engine broke.
    """
    rows = Message.objects.filter(manual=manual, direction="in", kind__in=READABLE)

    def opened(earlier: Sequence[Message]) -> list[str]:
        ref = log.append_read(
            "mail.read",
            actor=reader,
            subject=manual.request.customer_id,
            purpose="operations",
            obj="message",
            body={"request": manual.number, "why": "whether a login is split over mails"},
            cnt=len(earlier),
        )
        files = vault.open_files([each.raw for each in earlier], under=ref)
        return [text for raw in files for text in _said(reads(raw))]

    return beside(new_words(words), inlet, lambda: _readable(newest(rows, "at", now=now)), opened)


def said(read: Mapping[str, Any]) -> str:
    """Give what a mail says anew, in its words and in its small files."""
    return "\n".join(dict.fromkeys(_said(read)))


def _said(read: Mapping[str, Any]) -> list[str]:
    small = ((unpack(each["data"]), each["type"].startswith("text/")) for each in read["files"])
    return [*map(new_words, read["texts"]), *enclosed.of_small(small)]


def _readable(mails: Sequence[Message]) -> list[Message]:
    return [each for each in mails if not vault.is_destroyed(each.raw)]


def over_replies(manual: ManualRequest, words: str, *, now: datetime) -> Finding | None:
    """Give a finding in a customer's answer together with what she answered about this request in the ten days before.

    Raises `Unchecked` where the engine broke.
    """

    def opened(earlier: Sequence[Reply]) -> list[str]:
        ref = log.append_read(
            "question.read",
            actor=READER,
            subject=manual.request.customer_id,
            purpose="operations",
            obj="manual_request",
            body={"number": manual.number, "why": "whether a login is split over answers"},
            cnt=len(earlier),
        )
        return vault.open_all([each.words for each in earlier], under=ref)

    rows = Reply.objects.filter(question__manual=manual)
    return beside(words, "web_form", lambda: newest(rows, "at", now=now), opened)


def over_notes(manual: ManualRequest, words: str, *, now: datetime) -> Finding | None:
    """Give a finding in a note of the desk together with what it noted on this request in the ten days before.

    Raises `Unchecked` where the engine broke.
    """

    def opened(earlier: Sequence[Note]) -> list[str]:
        ref = log.append_read(
            "request.read",
            actor=READER,
            subject=manual.request.customer_id,
            purpose="operations",
            obj="manual_request",
            body={"request": manual.number, "fields": ["notes"], "why": "whether a login is split over notes"},
            cnt=len(earlier),
        )
        return vault.open_all([each.text for each in earlier], under=ref)

    return beside(words, "admin_note", lambda: newest(Note.objects.filter(manual=manual), "at", now=now), opened)
