"""What we hand out and get back, and what other programs make by chance: it is no login, and the gate sees that."""

import secrets
import string
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from broker.console.packs import approval_views
from broker.credentials import scan
from consents.asking import listing, tokens
from consents.asking.models import ConsentAsk
from requests_app.api.paging import Place

HOUSE = uuid.uuid4()
START = datetime(2026, 11, 26, 18, 48, 23, tzinfo=UTC)
FORM, QUERY = "web_form", "url_param"
SIGNS = string.ascii_letters + string.digits
Made = tuple[Callable[[], str], tuple[tuple[str, str], ...]]  # how it is made, and the texts in which the gate reads it


def moment() -> str:
    return (START + timedelta(microseconds=secrets.randbelow(10**13))).isoformat()


def question() -> str:
    row: Any = SimpleNamespace(id=uuid.uuid4())
    user: Any = SimpleNamespace(id=uuid.uuid4())
    return approval_views.signed_question(row, user)


def cursor() -> str:
    return Place("requests", HOUSE).cursor([moment(), str(uuid.uuid4())])


def numbers_cursor() -> str:
    return Place("consents", HOUSE).cursor([f"OB-2026-{secrets.randbelow(10**6):06d}"])


def asks_cursor() -> str:
    return listing.cursor_of(ConsentAsk(id=uuid.uuid4(), asked_at=datetime.fromisoformat(moment())))


# Each kind that we make by chance and that comes back in a form, an address or a body.
OURS: dict[str, Made] = {
    "the question of an approval": (question, ((FORM, "{}"), (FORM, "confirmed: {}"))),
    "a cursor": (cursor, ((QUERY, "?cursor={}"),)),
    "a cursor of numbers": (numbers_cursor, ((QUERY, "?cursor={}"),)),
    "a place in the list of asks": (asks_cursor, ((QUERY, "?after={}"),)),
    "a place in the list of requests": (moment, ((QUERY, "?before={}"),)),
    "the number of a draft": (lambda: str(uuid.uuid4()), ((FORM, "{}"), (FORM, "once: {}"), (FORM, "draft: {}"))),
    "the name of a letter": (lambda: secrets.token_hex(32), ((FORM, "{}"), (FORM, "disclosure: {}"))),
    "an id in a body": (lambda: str(uuid.uuid4()), (("api_json", '{{"consent":"{}"}}'),)),
    # The form that changes the language goes back to the page on which it stands, perhaps one behind a link.
    "a page behind a link": (
        lambda: f"/my/open/{secrets.token_urlsafe(32)}/",
        ((FORM, "{}"), (FORM, "next: {}"), (QUERY, "?next={}")),
    ),
    "a page behind an ask's link": (lambda: tokens.link_of(uuid.uuid4()), ((FORM, "{}"), (FORM, "next: {}"))),
    "a page to go back to": (
        lambda: f"/console/approvals/{uuid.uuid4()}/",
        ((FORM, "{}"), (FORM, "next: {}"), (QUERY, "?next={}")),
    ),
}

AS_IT_IS = ((FORM, "{}"),)
# What the programs of others make by chance and send in a header or a field: an id is nobody's secret of a portal.
THEIRS: dict[str, Made] = {
    "22 letters and digits": (lambda: "".join(secrets.choice(SIGNS) for _ in range(22)), AS_IT_IS),
    "6 letters and digits": (lambda: "".join(secrets.choice(SIGNS) for _ in range(6)), AS_IT_IS),
    "a token of 16 bytes": (lambda: secrets.token_urlsafe(16), AS_IT_IS),
    "a token of 32 bytes": (lambda: secrets.token_urlsafe(32), AS_IT_IS),
    "a name and a token": (lambda: f"req_{''.join(secrets.choice(SIGNS) for _ in range(12))}", AS_IT_IS),
}


def taken(made: Made, count: int) -> Iterator[str]:
    """Make so many values of one kind; give the texts in which the gate finds something."""
    make, places = made
    for _ in range(count):
        value = make()
        for inlet, text in places:
            if scan(text.format(value), inlet) is not None:
                yield text.format(value)
