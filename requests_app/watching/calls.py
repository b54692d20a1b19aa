"""A login whose halves stand in two calls of one recipient (action).

Most calls ask nothing here: an ask as it is described holds no words of its own. One that does, and would be a login
beside an imagined other half, is read together with the words of the recipient's latest asks. These are opened where
they are kept anyway, each opening with its entry; no text is kept a second time.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from broker import vault
from broker.audit import log
from broker.credentials import Finding
from broker.inlets import halves, refusing
from broker.looking import look
from broker.parties.models import Application
from broker.terms import SERVICE, Actor, Refusal
from requests_app.models import DataRequest, Decision
from requests_app.watching.odd_words import odd_words

INLET = "api_json"
ASKS = "solicitation"  # who asks for a login in two calls has none yet
PART = "body with an earlier call"
READER = SERVICE("gate-calls")
WITHIN = timedelta(minutes=30)
MOST = 10  # earlier asks, the latest ones
MOST_LETTERS = 8_000  # of their words, all together
LARGEST = 20_000  # bytes of an ask as it is kept; in a larger one no half is looked for
# An ask that holds words of its own is refused by one of these, or for a purpose that is none: no other one is opened.
UNREAD = ("utility.unknown", "ask.incomplete", "ask.invalid", "channel.not_available")


def refusal(
    application: Application, body: Mapping[str, Any], *, customer: uuid.UUID | None, actor: Actor, now: datetime
) -> Refusal | None:
    """Give the refusal of an ask that is a login together with one of the last half hour; it is counted as at a door.

    `customer`: whom the ask is about, where that is known; what was written about another one is not read with it.
    Raises `Unchecked` where the engine broke.
    """
    found = _found(application, body, customer, now)
    if found is None:
        return None
    login = refusing.login(found, inlet=INLET, part=PART)
    refusing.count(login, actor, application=application, words=json.dumps(body))
    return login


def _found(
    application: Application, body: Mapping[str, Any], customer: uuid.UUID | None, now: datetime
) -> Finding | None:
    new = odd_words(body)
    # What is a login by itself was the door's to find.
    if not new or look(new, INLET) is not None:
        return None
    if not (halves.may_be(new, INLET) or halves.may_be_of_a_code(new, INLET)):
        return None
    left = MOST_LETTERS
    for earlier in _earlier(application, customer, now):
        left -= len(earlier)
        if left < 0:
            break
        if (found := _beside(earlier, new)) is not None:
            return found
    return None


def _beside(earlier: str, new: str) -> Finding | None:
    """Give what is found in both, each in few words; nobody says in which order two calls belong together."""
    for is_behind in (True, False):
        first, second = (earlier, new) if is_behind else (new, earlier)
        found = halves.beside(earlier, new, INLET, is_behind=is_behind)
        if found is not None and found.kind != ASKS and halves.is_brief(found, f"{first}\n{second}"):
            return found
        if (found := halves.cut_in_two(first, second, INLET)) is not None:
            return found
    return None


def _earlier(application: Application, customer: uuid.UUID | None, now: datetime) -> Iterator[str]:
    """Open the latest asks of this organisation that may hold words, those about one customer under one entry."""
    rows = DataRequest.objects.filter(organisation=application.organisation_id, made_at__gt=now - WITHIN)
    unread = Decision.objects.filter(request=OuterRef("id"), step="order", codes__0__in=UNREAD)
    rows = rows.filter(Q(purpose="") | Q(Exists(unread)))
    if customer is not None:
        rows = rows.filter(Q(customer=None) | Q(customer=customer))
    by_subject: dict[uuid.UUID, list[DataRequest]] = {}
    for row in rows.only("ask", "customer_id", "organisation_id").order_by("-made_at", "-id")[:MOST]:
        if len(row.ask.data) <= LARGEST:
            by_subject.setdefault(row.customer_id or row.organisation_id, []).append(row)
    for subject, kept in by_subject.items():
        yield from (words for ask in _opened(subject, kept) if (words := odd_words(ask)))


def _opened(subject: uuid.UUID, rows: list[DataRequest]) -> list[dict[str, Any]]:
    ref = log.append_read(
        "mail.read",
        actor=READER,
        subject=subject,
        purpose="operations",
        obj="message",
        body={"requests": [str(each.id) for each in rows], "why": "whether a login is split over calls"},
        cnt=len(rows),
    )
    try:
        return [json.loads(text) for text in vault.open_all([each.ask for each in rows], under=ref)]
    except vault.Destroyed:
        return []  # what nobody can read any more is no half of anything
