"""What we hand out and get back passes our own gate: chance writes no portal's login into it."""

import itertools
import random

import pytest

from broker.audit import checkpoint, tlogproof
from broker.audit.encoding import b64
from broker.audit.words import ACTS
from broker.credentials import scan
from requests_app.api.paging import LONGEST
from tests.fuzz import values
from tests.fuzz.values import FORM

MANY = 4_000  # of each kind; 20,000 by `./run fuzz gate`


@pytest.mark.parametrize("kind", values.OURS)
def test_no_value_of_our_own_is_taken_for_a_login(kind: str) -> None:
    assert not list(values.taken(values.OURS[kind], MANY))


@pytest.mark.parametrize("kind", values.THEIRS)
def test_no_id_of_a_program_is_taken_for_a_login(kind: str) -> None:
    assert not list(values.taken(values.THEIRS[kind], MANY))


def test_a_value_that_holds_a_login_is_given_back() -> None:
    made = (lambda: "Kestrel026zq"), (("web_form", "portal password: {}"), ("web_form", "meter {}"))
    assert list(values.taken(made, 2)) == ["portal password: Kestrel026zq"] * 2


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


@pytest.mark.parametrize(
    "path", ["act={}&res={}&count=1", "q={}&res={}&page=2", "act={}&from=2026-01-01&who=staff&res={}"]
)
def test_our_page_with_its_filters_passes_as_the_page_from_which_a_browser_comes(path: str) -> None:
    for act, result in itertools.product(ACTS, ("denied", "ok", "")):
        address = f"/console/log/?{path.format(act, result)}"
        for text, inlet in ((f"http://127.0.0.1:60035{address}", FORM), (address, "url_param")):
            assert scan(text, inlet) is None, text
    told = f"https://broker.example/console/log/?{path.format('pull.decided', 'Gravel9')}&pw=Gravel9"
    assert scan(told, FORM) is not None


def test_a_cursor_is_no_longer_than_what_is_taken() -> None:
    assert len(values.cursor()) <= LONGEST
