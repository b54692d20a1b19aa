"""A login whose name comes in one mail of a thread and whose secret comes in the next (action).

Most mails open nothing: only one that would be a login beside an imagined other half has the earlier ones of its
thread opened, each opening with its entry, and is looked at together with them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from broker import vault
from broker.audit import log
from broker.credentials import Finding
from broker.looking import look
from broker.terms import SERVICE, Actor
from requests_app.fees.models import Reply
from requests_app.inbound.quotes import new_words
from requests_app.models import ManualRequest, Message

INLET = "email_reply"
READER = SERVICE("gate-thread")
WITHIN = timedelta(days=10)
MOST = 5  # earlier mails
LONGEST = 2_000  # letters that were written anew; whoever hides half a login writes little
# The other half, as it might have come: who signs in, and a secret without a word about what it is.
HALVES = ("My SmartHub user name is rob77@mill.example", "SmartHub password:", "Gravel9!Road")
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
    if not _may_be_half(new, inlet):
        return None
    rows = Message.objects.filter(manual=manual, direction="in", kind__in=READABLE, at__gt=now - WITHIN)
    earlier = [each for each in rows.order_by("-at", "-id")[:MOST] if not vault.is_destroyed(each.raw)]
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
    return _beside(said, new, inlet)


def over_replies(manual: ManualRequest, words: str, *, reader: Actor, now: datetime) -> Finding | None:
    """Give a finding in a customer's answer together with what she answered about this request in the ten days before.

    Raises `Unchecked` where the engine broke.
    """
    new = words.strip()
    if not _may_be_half(new, "web_form"):
        return None
    rows = Reply.objects.filter(question__manual=manual, at__gt=now - WITHIN).order_by("-at", "-id")
    earlier = [each.words for each in reversed(rows[:MOST])]
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
    return _beside(vault.open_all(earlier, under=ref), new, "web_form")


def _beside(earlier: Sequence[str], new: str, inlet: str) -> Finding | None:
    return look("\n".join([*(each[:LONGEST] for each in earlier), new]), inlet)


def _may_be_half(new: str, inlet: str) -> bool:
    """Whether the words would be a login behind one of the halves, or in front of a secret."""
    if not new or len(new) > LONGEST:
        return False
    return any(look(text, inlet) for text in (*(f"{half}\n{new}" for half in HALVES), f"{new}\n{HALVES[-1]}"))
