"""A login whose name comes in one mail of a thread and whose secret comes in the next (action).

Most mails open nothing: only one that would be a login beside an imagined other half has the earlier ones of its
thread opened, each opening with its entry, and is looked at together with them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from broker import vault
from broker.audit import log
from broker.credentials import Finding
from broker.looking import look
from broker.terms import Actor
from requests_app.inbound.quotes import new_words
from requests_app.models import ManualRequest, Message

INLET = "email_reply"
WITHIN = timedelta(days=10)
MOST = 5  # earlier mails
LONGEST = 2_000  # letters that were written anew; whoever hides half a login writes little
# The other half, as it might have come: who signs in, and a secret without a word about what it is.
HALVES = ("My SmartHub user name is rob77@mill.example", "SmartHub password:", "Gravel9!Road")
READABLE = ("message", "answer", "desk", "acknowledgement")


def over_mails(
    manual: ManualRequest, words: str, *, reads: Callable[[bytes], Mapping[str, Any]], reader: Actor, now: datetime
) -> Finding | None:
    """Give a finding in a mail's words together with what came on its thread in the ten days before.

    `reads`: takes a mail's bytes apart. Raises `Unchecked` where the engine broke.
    """
    new = new_words(words).strip()
    if not new or len(new) > LONGEST or not _may_be_half(new):
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
    return look("\n".join([*(each[:LONGEST] for each in said), new]), INLET)


def _may_be_half(new: str) -> bool:
    """Whether the words would be a login behind one of the halves, or in front of a secret."""
    return any(look(text, INLET) for text in (*(f"{half}\n{new}" for half in HALVES), f"{new}\n{HALVES[-1]}"))
