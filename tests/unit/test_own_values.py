"""What we hand out and get back passes our own gate: chance writes no portal's login into it."""

import secrets
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.console.packs import approval_views
from broker.credentials import scan
from consents.asking import listing, tokens
from consents.asking.models import ConsentAsk
from requests_app.api.paging import LONGEST, Place

MANY = 20_000
HOUSE = uuid.uuid4()
START = datetime(2026, 11, 26, 18, 48, 23, tzinfo=UTC)
FORM, QUERY = "web_form", "url_param"


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


# Each kind that we make by chance and that comes back in a form, an address or a body: how it is made, and the texts
# in which the gate reads it.
KINDS: dict[str, tuple[Callable[[], str], tuple[tuple[str, str], ...]]] = {
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


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_our_own_is_taken_for_a_login(kind: str) -> None:
    make, places = KINDS[kind]
    for _ in range(MANY):
        value = make()
        for inlet, text in places:
            assert scan(text.format(value), inlet) is None, text.format(value)


SIGNS = string.ascii_letters + string.digits
# What the programs of others make by chance and send in a header or a field: an id is nobody's secret of a portal.
THEIRS: dict[str, Callable[[], str]] = {
    "22 letters and digits": lambda: "".join(secrets.choice(SIGNS) for _ in range(22)),
    "6 letters and digits": lambda: "".join(secrets.choice(SIGNS) for _ in range(6)),
    "a token of 16 bytes": lambda: secrets.token_urlsafe(16),
    "a token of 32 bytes": lambda: secrets.token_urlsafe(32),
    "a name and a token": lambda: f"req_{''.join(secrets.choice(SIGNS) for _ in range(12))}",
}


@pytest.mark.parametrize("kind", THEIRS)
def test_no_id_of_a_program_is_taken_for_a_login(kind: str) -> None:
    for _ in range(MANY // 4):
        value = THEIRS[kind]()
        assert scan(value, FORM) is None, value


def test_a_cursor_is_no_longer_than_what_is_taken() -> None:
    assert len(cursor()) <= LONGEST
