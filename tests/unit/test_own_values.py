"""What we hand out and get back passes our own gate: chance writes no portal's login into it."""

import random
import secrets
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.audit import checkpoint, tlogproof
from broker.audit.encoding import b64
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


NOTES = 2_000
CHANCE = random.Random(20261127)  # the same notes in every run
LOG, PDF_PAGE = "broker.example/audit/main", "pdf_upload"
BEFORE = (
    "To compare now, open https://broker.example/check/ (\u201cCheck my receipt\u201d) and\r\nchoose this very "
    "file, or paste the lines.\r\nEntry 1125899906842624, sealed by this checkpoint:\r\n"
)
AFTER = "\r\nThe data access desk \u00b7 Who saw your data in 2026 3 / 3"


def signed(text: str, *names: str) -> str:
    return checkpoint.sign(text, [checkpoint.Signer.new(name, CHANCE.randbytes(32)) for name in names])


def notes() -> tuple[str, str, str]:
    """A checkpoint that others have signed too, a receipt, a proof: of chance's own hashes."""
    root, leaf = b64(CHANCE.randbytes(32)), b64(CHANCE.randbytes(32))
    note = signed(f"{LOG}\n{CHANCE.randrange(10**6)}\n{root}\n", LOG, "rehearsal.example/witness")
    number, moment = CHANCE.randrange(10**15), CHANCE.randrange(10**15, 10**16)
    receipt = signed(f"audit-receipt/v1\n{LOG}\n{number}\n{leaf}\n{moment}\n", f"{LOG}/receipt")
    hashes = tuple(CHANCE.randbytes(32) for _ in range(CHANCE.randrange(14)))
    return note, receipt, tlogproof.TlogProof(CHANCE.randrange(10**5), hashes, note).encode()


def on_a_page(text: str, width: int) -> str:
    """Give a text with its lines broken as a PDF breaks them: behind a slash where there is one."""
    lines = []
    for line in text.splitlines():
        while len(line) > width:
            cut = line.rfind("/", 0, width) + 1 or width
            lines.append(line[:cut])
            line = line[cut:]
        lines += [line] if line else []
    return "\r\n".join(lines)


def test_no_receipt_checkpoint_or_proof_is_taken_for_a_login_whole_or_torn_by_a_page() -> None:
    for number in range(NOTES):
        note, receipt, proof = notes()
        width = (56, 64, 72, 76, 90)[number % 5]
        page = BEFORE + on_a_page(note + "Our signed receipt for that entry:\n" + receipt, width) + AFTER
        for text, inlet in (
            (proof, FORM),
            (f"receipt: {receipt}", FORM),
            (proof, "csv_upload"),
            (on_a_page(proof, width), PDF_PAGE),
            (page, PDF_PAGE),
        ):
            assert scan(text, inlet) is None, text


def test_a_login_between_hashes_is_found() -> None:
    for _ in range(200):
        _note, receipt, proof = notes()
        for text in (
            f"{receipt}\nportal login rob77 / Gravel!Road\n{proof}",
            f"{on_a_page(proof, 64)}\r\npassword: Gravel9\r\n{receipt}",
            f"{receipt.strip()}\nmy password for the site is Gravel9",
        ):
            assert scan(text, FORM) is not None, text


def test_a_cursor_is_no_longer_than_what_is_taken() -> None:
    assert len(cursor()) <= LONGEST
