"""A recipient's own asks: found, listed, and as its program reads them (interface, no personal data)."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from broker.parties.models import Organisation
from consents.asking.lifecycle import State, again_at, standing
from consents.asking.models import ConsentAsk
from consents.asking.tokens import link_of

PAGE = 50


@dataclass(frozen=True)
class Page:
    """Some asks, newest first, and where the next ones begin; "" after the last."""

    asks: list[ConsentAsk]
    next: str


def own(organisation: Organisation, ask_id: uuid.UUID) -> ConsentAsk | None:
    """Give an ask of this organisation; another's is not there."""
    return of(organisation).filter(id=ask_id).first()


def of(organisation: Organisation) -> QuerySet[ConsentAsk]:
    """Give all asks of an organisation, newest first; nothing sealed is opened by looking at them."""
    rows = ConsentAsk.objects.filter(organisation=organisation).select_related("organisation", "consent")
    return rows.order_by("-asked_at", "-id")


def page(
    organisation: Organisation, *, now: datetime, after: str = "", state: str = "", size: int = PAGE
) -> Page | None:
    """Give a page of asks behind a cursor, of one state if told; None for a cursor or state that is none."""
    rows = of(organisation)
    if state:
        if state not in {each.value for each in State}:
            return None
        rows = rows.filter(in_state(State(state), now))
    if after:
        place = _place(after)
        if place is None:
            return None
        rows = rows.filter(Q(asked_at__lt=place[0]) | Q(asked_at=place[0], id__lt=place[1]))
    found = list(rows[: size + 1])
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")


def as_json(ask: ConsentAsk, *, now: datetime) -> dict[str, Any]:
    """Put an ask as its asker may read it: what it asked, and how it ended; never the address, nor her steps.

    `link` is there where the invitation is not mailed, while the ask waits: it is the asker's to hand over.
    """
    state = standing(ask.state, ask.expires_at, now)
    pending = state == State.PENDING
    ended = ask.ended_at or (None if pending else ask.expires_at)
    again = again_at(ask.mails, ask.mailed_at) if pending else None
    return {
        "id": str(ask.id),
        "state": str(state),
        "utility": ask.utility,
        "purpose": ask.purpose,
        "data_types": ask.data_types,
        "history_from": _text(ask.history_from),
        "history_to": _text(ask.history_to),
        "forward": _text(ask.forward),
        "ends": _text(ask.ends),
        "account_ending": ask.account_ending or None,
        "account_endings": [each["ending"] for each in ask.accounts or ()],
        "language": ask.language,
        "by_mail": ask.by_mail,
        "mails": ask.mails,
        "resend_from": _text(again),
        "asked_at": _text(ask.asked_at),
        "expires_at": _text(ask.expires_at),
        "ended_at": _text(ended),
        "consent": str(ask.consent_id) if ask.consent_id else None,
        "link": settings.PUBLIC_URL + link_of(ask.id) if pending and not ask.by_mail else None,
    }


def in_state(state: State, now: datetime) -> Q:
    """Give the condition by which rows in this state are found; what has expired is, whether or not a job said so."""
    over = Q(state=State.PENDING, expires_at__lte=now)
    if state == State.EXPIRED:
        return Q(state=state) | over
    return Q(state=state) & ~over


def cursor_of(ask: ConsentAsk) -> str:
    """Give the place behind an ask."""
    # Hexadecimal, which is never a word: the gate reads it when it comes back.
    return f"{ask.asked_at.isoformat()} {ask.id}".encode().hex()


def _place(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    try:
        text = bytes.fromhex(cursor).decode("ascii")
        at, _, row = text.partition(" ")
        moment, ask_id = datetime.fromisoformat(at), uuid.UUID(row)
        # In UTC at once: some moments with an offset are in no year there, and no database could compare them.
        return (moment.astimezone(UTC), ask_id) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())
