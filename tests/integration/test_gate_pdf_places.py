"""Each place of a PDF in which words may stand is read: the rows of a page, and what no page shows."""

import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pikepdf import Array, Dictionary, Name, String

from broker import looking
from broker.inlets import pdf_words, written
from broker.inlets.models import Refused
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from requests_app import quarantine
from tests.integration.mail_support import mail, take
from tests.integration.test_gate_files import SECRET, WORDS, pdf
from tests.requests_world import ACCOUNT

type Change = Callable[[Any], None]


def drawn(*pieces: tuple[int, int, str], turn: str = "1 0 0 1") -> bytes:
    """A PDF whose words were drawn in this order, each at its place."""
    content = " ".join(f"BT /F9 9 Tf {turn} {x} {y} Tm ({words}) Tj ET" for x, y, words in pieces)

    def change(document: Any) -> None:
        document.pages[0].contents_add(content.encode())

    return pdf(change)


def by_columns(left: tuple[str, ...], right: tuple[str, ...], *, turn: str = "1 0 0 1") -> bytes:
    """Two columns, all of the left one first; turned on the page with `turn`."""
    cells = [(column, row, words) for column, held in enumerate((left, right)) for row, words in enumerate(held)]
    places = {
        "1 0 0 1": lambda column, row: (40 + 160 * column, 200 - 14 * row),
        "0 1 -1 0": lambda column, row: (100 + 14 * row, 40 + 160 * column),
    }[turn]
    return drawn(*((*places(column, row), words) for column, row, words in cells), turn=turn)


def letters(words: str) -> list[tuple[int, int, str]]:
    """Each letter by itself, where it stands in the word."""
    wide = {**dict.fromkeys("ilj!. ", 3), **dict.fromkeys("mMW", 8), "T": 6, "S": 6, "H": 6, "G": 7}
    at, found = 40, []
    for sign in words:
        found.append((at, 60, sign))
        at += wide.get(sign, 5)
    return found


ROWS: dict[str, Callable[[], bytes]] = {
    "label and value": lambda: by_columns(("Portal", "Password:", "User:"), ("OBEC", "gravelroad", "rob77")),
    "label and value, turned": lambda: by_columns(
        ("Portal", "Password:", "User:"), ("OBEC", "gravelroad", "rob77"), turn="0 1 -1 0"
    ),
    "letter by letter, from the end": lambda: drawn(*reversed(letters(WORDS))),
}


def extra(document: Any, key: str, value: Any) -> None:
    document.Root[key] = value


def private(document: Any) -> None:
    held = Dictionary(Desk=Dictionary(LastModified="D:20251019", Private=Dictionary(Note=Array([String(WORDS)]))))
    document.pages[0].PieceInfo = document.make_indirect(held)


def labelled(document: Any) -> None:
    document.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D, P=String(WORDS))]))


def layered(document: Any) -> None:
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=String(WORDS)))
    document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer])))


def destined(document: Any) -> None:
    document.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String(WORDS), Array([0])])))


def offered(document: Any) -> None:
    field = Dictionary(FT=Name.Ch, T=String("a"), Opt=Array([Array([String("1"), String(WORDS)])]), Rect=[0, 0, 9, 9])
    document.Root.AcroForm = Dictionary(Fields=[document.make_indirect(field)])


def chosen(document: Any) -> None:
    field = Dictionary(FT=Name.Btn, T=String("portal password"), V=Name(f"/{SECRET}"), Rect=[0, 0, 9, 9])
    document.Root.AcroForm = Dictionary(Fields=[document.make_indirect(field)])


def described(document: Any) -> None:
    document.pages[0].Metadata = document.make_stream(
        f"<x:xmpmeta><t>{WORDS}</t></x:xmpmeta>".encode(), Type=Name.Metadata, Subtype=Name.XML
    )


def about(document: Any) -> None:
    facts = {"Subtype": Name.Text, "Subj": String("SmartHub password"), "Contents": String("bluebird7")}
    document.pages[0].Annots = Array([document.make_indirect(Dictionary(Type=Name.Annot, Rect=[0, 0, 9, 9], **facts))])


def bookmarked(document: Any) -> None:
    """A label and its value beside each other, which stand far from each other in the file."""
    titles = ["SmartHub password:", *(f"Page {number} of the bill" for number in range(9)), "bluebird7"]
    label, *others, value = (document.make_indirect(Dictionary(Title=String(each))) for each in titles)
    shown = [label, value, *others]
    for before, behind in pairwise(shown):
        before.Next = behind
    others[-1].Next = label  # some programs go in circles
    document.Root.Outlines = document.make_indirect(Dictionary(First=label, Last=others[-1]))


CHANGES: dict[str, Change] = {
    "what a note is about": about,
    "bookmarks as they are shown": bookmarked,
    "what a program keeps": private,
    "label of pages": labelled,
    "name of a layer": layered,
    "word in the root": lambda document: extra(document, "/Remark", String(WORDS)),
    "named word in the root": lambda document: extra(document, "/SmartHubPassword", String(SECRET)),
    "name in the root": lambda document: extra(document, "/SmartHubPassword", Name(f"/{SECRET}")),
    "number in the root": lambda document: extra(document, "/SmartHubPIN", 4471),
    "words for an id": lambda document: extra(document, "/Kept", Dictionary(ID=Array([String(WORDS)]))),
    "key in the root": lambda document: extra(document, "/" + WORDS, True),
    "word in the trailer": lambda document: document.trailer.__setitem__("/Remark", String(WORDS)),
    "name of a place": destined,
    "choice of a field": offered,
    "chosen button": chosen,
    "facts about a page": described,
    "word of its own": lambda document: extra(document, "/Remark", document.make_indirect(String(WORDS))),
}
BYTES: dict[str, Callable[[], bytes]] = {
    "behind the end": lambda: pdf() + f"\n{WORDS}\n".encode(),
    "behind the end, then an end": lambda: pdf() + f"\n{WORDS}\n%%EOF\n".encode(),
    "behind the end, after empty bytes": lambda: pdf() + bytes(9) + WORDS.encode() + bytes(9),
    "behind the end, wide": lambda: pdf() + WORDS.encode("utf-16"),
    "comment": lambda: pdf().replace(b"\n1 0 obj", f"\n% {WORDS}\n1 0 obj".encode(), 1),
}
PLACES = {**ROWS, **{name: lambda change=change: pdf(change) for name, change in CHANGES.items()}, **BYTES}


@pytest.mark.parametrize("place", PLACES)
def test_a_login_in_any_place_of_a_pdf_is_refused_at_the_door(sqlite_db: str, place: str) -> None:
    answer = Client().post("/check/", {"file": SimpleUploadedFile("bill.pdf", PLACES[place]())})
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()
    assert Refused.objects.get().part == "file in file"


def test_one_that_comes_by_mail_is_sealed(sqlite_db: str) -> None:
    for number, name in enumerate(("label and value", "name of a layer", "behind the end")):
        made = mail(files={"bill.pdf": PLACES[name]()}, subject=f"Your letter {number}")
        assert take(made).kind == "credentials", name


def test_rows_of_ordinary_papers_pass() -> None:
    papers = [
        pdf(),
        by_columns(("Account", "Meter", "Password reset by phone:"), (ACCOUNT, "AB1234567", "573-555-0144")),
        by_columns(("Forgot your password?", "Call us"), ("Usage 1,204 kWh", "Rate GS-1")),
        paper.usage_report(account=ACCOUNT, rows=[(f"2025-10-{day:02}", "49.600") for day in range(1, 29)]),
    ]
    for made in papers:
        assert [looking.look(text, "pdf_upload") for text in written.texts(made)].count(None) >= 1
        assert not any(looking.look(text, "pdf_upload") for text in written.texts(made))


def test_what_stands_in_rows_already_is_said_once() -> None:
    in_order = paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])
    assert sum(ACCOUNT in text for text in written.texts(in_order)) == 1


def test_a_page_of_a_hundred_thousand_words_is_read_to_its_end() -> None:
    places = [(at % 120 * 5, 7 * at // 120, f"ab{at % 10000:04}") for at in range(12_000, 112_000)]
    content = " ".join(f"1 0 0 1 {x} {y} Tm ({words}) Tj" for x, y, words in sorted(places))

    def change(document: Any) -> None:
        document.pages[0].contents_add(f"BT /F9 1 Tf {content} ET".encode())
        columns = f"40 0 Td (Password:) Tj 0 -20 Td (User:) Tj ET BT /F9 9 Tf 200 0 Td ({SECRET}) Tj ET"
        document.pages[0].contents_add(f"BT /F9 9 Tf {columns}".encode())

    texts = list(written.texts(pdf(change)))
    assert len(texts) >= 2
    assert f"Password:   {SECRET}" in texts[1]


def test_a_file_behind_a_pdf_and_what_a_program_packs_into_it_wait_for_a_person() -> None:
    def packed(document: Any) -> None:
        kept = Dictionary(Desk=Dictionary(Private=document.make_stream(b"\x00\x01packed")))
        document.pages[0].PieceInfo = kept

    assert quarantine.examine("bill.pdf", pdf()).codes == ()
    assert quarantine.examine("bill.pdf", pdf(private)).codes == ("channel.forbidden.credentials",)
    assert quarantine.examine("bill.pdf", pdf() + bytes(512)).codes == ()
    assert quarantine.examine("bill.pdf", pdf() + b"\nPK\x03\x04" + bytes(40)).codes == ("file.attachments",)
    assert quarantine.examine("bill.pdf", pdf(packed)).codes == ("file.attachments",)


def signed(contents: str, **facts: Any) -> Change:
    held = Dictionary(Type=Name.Sig, Contents=String(contents), ByteRange=Array([0, 1, 2, 3]), **facts)
    return lambda document: extra(document, "/Held", document.make_indirect(held))


def test_a_signature_is_no_word_and_what_looks_like_one_is() -> None:
    of_chance = "\x03\x06U\x04 http://127.0.0.1:8000/seal/revoked.crl0 \x00\x00 \x01\x99 pw: Xk3!9vQ\x02"
    assert not any(looking.look(text, "pdf_upload") for text in written.texts(pdf(signed(of_chance))))
    hidden = f"{of_chance}\x00{WORDS}\x00"
    for made in (signed(WORDS), signed(hidden), signed(of_chance, Cert=String(hidden))):
        assert any(looking.look(text, "pdf_upload") for text in written.texts(pdf(made)))


def test_a_pdf_with_any_bytes_behind_it_is_read_without_an_error() -> None:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out)
    for tail in (b"\xff\xfe\x00", b"\x80\x81 words", b"%" * 10_000, b"%%EOF" * 3_000):
        list(written.texts(out.getvalue() + tail))


def test_an_id_that_was_made_by_chance_is_no_word() -> None:
    """Each PDF of these days has one beside its objects: sixteen bytes, read as letters a password now and then."""
    chance = b",\xe0\xbd\xe9A\xbbCG\xfdt\xe2\xb0A pw"
    made = pdf(lambda document: extra(document, "/Kept", Dictionary(ID=Array([String(chance), String("plain")]))))
    texts = "\n".join(pdf_words.found({"data": pack(made)})["texts"])
    assert "plain" in texts
    assert "CG" not in texts
