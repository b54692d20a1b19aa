"""A login whose name comes in one mail of a thread and whose secret comes in the next (action).

Most mails open nothing: only one that would be a login beside an imagined other half has the earlier ones of its
thread opened, each opening with its entry, and is looked at together with them. So also what a customer answers, and
what the desk notes, each with its earlier ones.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from broker import vault
from broker.audit import log
from broker.credentials import Finding
from broker.inlets import halves
from broker.terms import Actor
from requests_app.desk_work.models import Note
from requests_app.fees.models import Reply
from requests_app.inbound.quotes import new_words
from requests_app.models import ManualRequest, Message

INLET = "email_reply"
READER = halves.READER
READABLE = ("message", "answer", "desk", "acknowledgement")


def over_mails(
    manual: ManualRequest,
    words: str,
    *,
    reads: Callable[[bytes], Mapping[str, Any]],
    reader: Actor,
    now: datetime,
    inlet: str = INLET,
) -> Finding | None:
    """Give a finding in a mail's words together with what came on its thread in the ten days before.

    So also in what the desk says on its page, or by phone. `reads`: takes a mail's bytes apart. `inlet`: where the new
    words came in. Raises `Unchecked` where the engine broke.
    """
    new = new_words(words).strip()
    if not halves.may_be(new, inlet):
        return None
    rows = Message.objects.filter(manual=manual, direction="in", kind__in=READABLE, at__gt=now - halves.WITHIN)
    earlier = [each for each in rows.order_by("-at", "-id")[: halves.MOST] if not vault.is_destroyed(each.raw)]
    if not earlier:
        return None
    ref = log.append_read(
        "mail.read",
        actor=reader,
        subject=manual.request.customer_id,
        purpose="operations",
        obj="message",
        body={"request": manual.number, "why": "whether a login is split over mails"},
        cnt=len(earlier),
    )
    opened = vault.open_files([each.raw for each in reversed(earlier)], under=ref)
    said = [new_words(text) for raw in opened for text in reads(raw)["texts"]]
    return halves.beside_any(said, new, inlet)


def over_replies(manual: ManualRequest, words: str, *, reader: Actor, now: datetime) -> Finding | None:
    """Give a finding in a customer's answer together with what she answered about this request in the ten days before.

    Raises `Unchecked` where the engine broke.
    """
    new = words.strip()
    if not halves.may_be(new, "web_form"):
        return None
    rows = Reply.objects.filter(question__manual=manual, at__gt=now - halves.WITHIN).order_by("-at", "-id")
    earlier = [each.words for each in reversed(rows[: halves.MOST])]
    if not earlier:
        return None
    ref = log.append_read(
        "question.read",
        actor=reader,
        subject=manual.request.customer_id,
        purpose="operations",
        obj="manual_request",
        body={"number": manual.number, "why": "whether a login is split over answers"},
        cnt=len(earlier),
    )
    return halves.beside_any(vault.open_all(earlier, under=ref), new, "web_form")


def over_notes(manual: ManualRequest, words: str, *, reader: Actor, now: datetime) -> Finding | None:
    """Give a finding in a note of the desk together with what it noted on this request in the ten days before.

    Raises `Unchecked` where the engine broke.
    """
    new = words.strip()
    if not halves.may_be(new, "admin_note"):
        return None
    rows = Note.objects.filter(manual=manual, at__gt=now - halves.WITHIN).order_by("-at", "-id")
    earlier = [each.text for each in reversed(rows[: halves.MOST])]
    if not earlier:
        return None
    ref = log.append_read(
        "request.read",
        actor=reader,
        subject=manual.request.customer_id,
        purpose="operations",
        obj="manual_request",
        body={"request": manual.number, "fields": ["notes"], "why": "whether a login is split over notes"},
        cnt=len(earlier),
    )
    return halves.beside_any(vault.open_all(earlier, under=ref), new, "admin_note")
