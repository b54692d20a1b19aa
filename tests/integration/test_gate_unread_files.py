"""Unread is not clean: what a reader left out, or died over, is refused or held, wherever a file comes in."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import import_module
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pikepdf import Array, Dictionary, Name

from broker import sandbox
from broker.inlets import pdf_beside, pdf_rows, pdf_words, picture_words, unread, written
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.sandbox.errors import Died, TookTooLong
from broker.terms import Refusal
from consents.paper import scans
from consents.paper.models import PaperEntry, PaperLetter
from requests_app import quarantine
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.receive import receive
from tests.completeness.test_desk_walk import signed_in
from tests.integration.test_gate_files import thread
from tests.integration.test_paper import paper_form
from tests.integration.test_share import bill, feed, share
from tests.pictures import chunk, jpeg, png, segment
from tests.requests_world import ACCOUNT, World, organisation, reply, usage, world

__all__ = ["thread"]
SECRET = "Thimble!Gravel8"
WORDS = f"my SmartHub password is {SECRET}"
FILLER = "the usual words of a bill "
LOGIN = "channel.forbidden.credentials"


def pdf(change: Callable[[Any], None], made: bytes = b"") -> bytes:
    """A real bill, changed once more; its objects packed, so that no search in its bytes finds a word."""
    with pikepdf.open(io.BytesIO(made or bill())) as document:
        change(document)
        packed = pikepdf.ObjectStreamMode.generate
        document.save(out := io.BytesIO(), object_stream_mode=packed, fix_metadata_version=False)
    return out.getvalue()


def notes(document: Any, *said: str) -> None:
    # Of a link no viewer draws the words on the page, where they would be read as well.
    kind = {"Type": Name.Annot, "Subtype": Name.Link, "Rect": [0, 0, 9, 9]}
    made = [document.make_indirect(Dictionary(**kind, Contents=pikepdf.String(each))) for each in said]
    document.pages[0].Annots = document.make_indirect(Array(made))


def subject(document: Any, times: int = 42_000) -> None:
    document.docinfo["/Subject"] = FILLER * times
    notes(document, WORDS)


def packet(document: Any, words: bytes) -> None:
    document.Root.Metadata = document.make_stream(words, {"/Type": Name.Metadata, "/Subtype": Name.XML})


def broken_packet(document: Any) -> None:
    packet(document, b"no packet")
    document.Root.Metadata.write(b"no such thing", filter=Name.FlateDecode)
    notes(document, WORDS)


def deep(document: Any) -> None:
    held: Any = Dictionary(Words=pikepdf.String(WORDS))
    for _each in range(6):
        held = Dictionary(In=held)
    document.pages[0].PieceInfo = held


def padded(document: Any) -> None:
    document.Root.Pad = Array([Array([7, 7, 7]) for _each in range(900)])
    notes(document, WORDS)


def marked(document: Any) -> None:
    """Words where a program keeps bytes of chance, behind more of them than are kept in earnest."""
    document.Root.ID = Array([pikepdf.String("x")] * 2_000 + [pikepdf.String(WORDS)])


def accented(document: Any) -> None:
    document.pages[0].PieceInfo = Dictionary(Any=Dictionary(Private=Dictionary(ID=pikepdf.String(f"sí, {WORDS}"))))


def signed_note(document: Any) -> None:
    notes(document, f"{WORDS}\x01")
    document.pages[0].Annots[0].ByteRange = Array([0, 1, 2, 3])


def rich(document: Any) -> None:
    notes(document, "as agreed")
    document.pages[0].Annots[0].RC = document.make_stream(f"<body>{WORDS}</body>".encode())


def of_trailer(document: Any) -> None:
    document.trailer.Kept = Dictionary(Here=Dictionary(Words=pikepdf.String(WORDS)))


def with_pages(*pages: str) -> bytes:
    return paper.pdf([[each] for each in pages])


def zipped(*entries: tuple[str, str | bytes], comment: bytes = b"", of_first: bytes = b"") -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.comment, info.compress_type = of_first, zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
        archive.comment = comment
    return out.getvalue()


TABLE = "date,kwh\n2025-10-19,4\n"
# A limit of a reader, made small, and a file with a login behind it. A login before it is found all the same.
BEHIND: dict[str, tuple[dict[tuple[Any, str], int], Callable[[], tuple[str, bytes]]]] = {
    "pages": ({(pdf_words, "MOST_PAGES"): 2}, lambda: ("b.pdf", with_pages("A", "B", WORDS))),
    "signs of the pages": ({(pdf_words, "MOST_SIGNS"): 90}, lambda: ("b.pdf", with_pages("A bill. " * 12, WORDS))),
    "words in rows": ({(pdf_rows, "MOST_WORDS"): 9}, lambda: ("b.pdf", with_pages("A bill. " * 12, "more of it"))),
    "facts": (
        {(pdf_words, "MOST_SIGNS"): 900},
        lambda: ("b.pdf", pdf(lambda made: made.docinfo.update({"/A": FILLER * 99, "/B": WORDS}))),
    ),
    "packet": (
        {(pdf_words, "MOST_SIGNS"): 900},
        lambda: ("b.pdf", pdf(lambda made: packet(made, f"<x>{FILLER * 99}{WORDS}</x>".encode()))),
    ),
    "notes": (
        {(pdf_words, "MOST_SIGNS"): 900},
        lambda: ("b.pdf", pdf(lambda made: notes(made, FILLER * 99, WORDS))),
    ),
    "around": (
        {(pdf_words, "MOST_SIGNS"): 900},
        lambda: ("b.pdf", bill() + f"\n% {FILLER * 35}\n% {FILLER * 30}\n% {WORDS}\n%%EOF\n".encode()),
    ),
    "values": ({(pdf_beside, "MOST_VALUES"): 1_000}, lambda: ("b.pdf", pdf(padded))),
    "objects": ({(pdf_beside, "MOST_OBJECTS"): 3}, lambda: ("b.pdf", pdf(lambda made: notes(made, WORDS)))),
    "depth": ({(pdf_beside, "MOST_DEPTH"): 3}, lambda: ("b.pdf", pdf(deep))),
    "letters of a text": (
        {(written, "MOST"): 1_000, (written, "MOST_PIECES"): 2, (written, "OVERLAP"): 9},
        lambda: ("u.csv", (TABLE + "2025-10-19,5\n" * 200 + WORDS).encode()),
    ),
    "letters of a feed": (
        {(written, "MOST"): 1_000, (written, "MOST_PIECES"): 2, (written, "OVERLAP"): 9},
        lambda: ("u.xml", f"<feed>{''.join(f'<a>v{each}</a>' for each in range(900))}{WORDS}</feed>".encode()),
    ),
    "signs of a picture": (
        {(picture_words, "MOST_SIGNS"): 900},
        lambda: ("p.jpg", jpeg(segment(0xFE, (FILLER * 99).encode()), segment(0xFE, WORDS.encode()))),
    ),
    "packed words of a picture": (
        {(picture_words, "MOST_INFLATED"): 100},
        lambda: ("p.png", png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(f"{FILLER * 9}{WORDS}".encode())))),
    ),
    "files of an archive": (
        {(written, "MOST_FILES"): 2, (pdf_words, "MOST_FILES"): 2},
        lambda: ("u.zip", zipped(("a.csv", TABLE), ("b.csv", TABLE), ("c.csv", WORDS))),
    ),
    "letters of a file in an archive": (
        {(written, "MOST_OF_ENTRY"): 1_000},
        lambda: ("u.zip", zipped(("a.csv", TABLE + "2025-10-19,5\n" * 200 + WORDS))),
    ),
    "PDFs of an archive": (
        {(pdf_words, "MOST_PDFS"): 1},
        lambda: ("u.zip", zipped(("a.pdf", with_pages("A")), ("b.pdf", with_pages(WORDS)))),
    ),
    "bytes of a PDF in an archive": (
        {(pdf_words, "MOST_BYTES"): 10, (pdf_words, "HEAD"): 10},
        lambda: ("u.zip", zipped(("a.pdf", with_pages(WORDS)))),
    ),
    "an archive in an archive": ({}, lambda: ("u.zip", zipped(("a.zip", zipped(("a.csv", WORDS)))))),
    "a broken archive": ({}, lambda: ("u.zip", zipped(("a.csv", WORDS))[:-8])),
}
DEATHS = [Died("signal 6"), TookTooLong("cpu"), TookTooLong("wall"), ValueError("too large an answer")]
READERS = {
    "broker.inlets.pdf_words:found": lambda: ("b.pdf", with_pages(WORDS)),
    "broker.inlets.picture_words:found": lambda: ("p.jpg", jpeg(segment(0xFE, WORDS.encode()))),
    "broker.inlets.written:unzipped": lambda: ("u.zip", zipped(("a.csv", WORDS))),
    "broker.inlets.pdf_words:in_archive": lambda: ("u.zip", zipped(("a.pdf", with_pages(WORDS)))),
}
# Words that a limit or a break would have hidden, and that are read.
FOUND: dict[str, tuple[dict[tuple[Any, str], int], Callable[[], bytes]]] = {
    "a note behind a long subject": ({(pdf_words, "MOST_SIGNS"): 900}, lambda: pdf(lambda made: subject(made, 99))),
    "a note behind a broken packet": ({}, lambda: pdf(broken_packet)),
    "a note behind a long packet": (
        {(pdf_words, "MOST_SIGNS"): 900},
        lambda: pdf(lambda made: (packet(made, FILLER.encode() * 99), notes(made, WORDS))),
    ),
    "among bytes of chance": ({}, lambda: pdf(marked)),
    "among letters of chance": ({}, lambda: pdf(accented)),
    "in a note that says it is signed": ({}, lambda: pdf(signed_note)),
    "in a stream of a note": ({}, lambda: pdf(rich)),
    "behind an end with a byte of chance": (
        {},
        lambda: bill() + f"\n{WORDS} \0\n".encode() + bill()[-300:],
    ),
    "in a comment with a byte of chance": ({}, lambda: bill() + f"\n% {WORDS} ".encode() + b"\xff\n%%EOF\n"),
    "far in a long comment": ({}, lambda: bill() + f"\n% {FILLER * 99}{WORDS}\n%%EOF\n".encode()),
    "in the trailer": ({}, lambda: pdf(of_trailer)),
    "a NUL before a text": ({}, lambda: f"\0{TABLE}{WORDS}".encode()),
    "a NUL in a word": ({}, lambda: f"{TABLE}{'x' * 5_000}\nmy SmartHub pass\0word is {SECRET}".encode()),
    "a NUL between words": ({}, lambda: f"{TABLE}my\0SmartHub\0password\0is\0{SECRET}".encode()),
    "32 bits a letter": ({}, lambda: f"{TABLE}{WORDS}".encode("utf-32")),
    "bytes behind a text": ({}, lambda: f"{TABLE}{WORDS}".encode() + bytes(9)),
    "comment of an archive": ({}, lambda: zipped(("a.csv", TABLE), comment=WORDS.encode())),
    "comment of a file in an archive": ({}, lambda: zipped(("a.csv", TABLE), of_first=WORDS.encode())),
    "behind an archive": ({}, lambda: zipped(("a.csv", TABLE)) + WORDS.encode()),
    "a NUL in an archive": ({}, lambda: zipped(("a.csv", f"\0{TABLE}{WORDS}"))),
}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what runs in the sandbox in this process, where a limit can be made small."""

    def call(name: str, payload: dict[str, Any], **limits: float) -> Any:
        module, function = name.split(":")
        try:
            return getattr(import_module(module), function)(payload)
        except Exception as error:
            raise Died(type(error).__name__) from error

    monkeypatch.setattr(sandbox, "call", call)


def small(monkeypatch: pytest.MonkeyPatch, limits: dict[tuple[Any, str], int]) -> None:
    for (module, name), value in limits.items():
        monkeypatch.setattr(module, name, value)


def dying(monkeypatch: pytest.MonkeyPatch, reader: str, how: Exception) -> None:
    call = sandbox.call

    def dies(name: str, payload: dict[str, Any], **limits: Any) -> Any:
        if name == reader:
            raise how
        return call(name, payload, **limits)

    monkeypatch.setattr(sandbox, "call", dies)


def is_kept(w: World, name: str, data: bytes) -> bool:
    """Say whether somebody who shares this file gets it in, for others or for a person to look at."""
    return not isinstance(share(w, name, data), Refusal) or ReceivedFile.objects.exists()


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("limit", BEHIND)
def test_what_lies_behind_a_limit_is_never_clean(
    sqlite_db: str, here: None, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    limits, made = BEHIND[limit]
    name, data = made()
    w = world(onward_recipients=[])
    assert not limits or any(SECRET in each for each in written.read(data).texts) or limit == "words in rows"
    small(monkeypatch, limits)
    assert SECRET not in "".join(written.read(data).texts)
    assert not written.read(data).whole
    assert unread.against(data) == "file.unread"
    assert quarantine.examine(name, data).codes
    if not name.endswith(".zip"):
        codes = quarantine.examine(name, data).codes
        assert set(codes) & {"file.unread", "file.bomb", "file.unreadable", "file.too_many_objects"}
    assert not is_kept(w, name, data)


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("how", DEATHS, ids=str)
@pytest.mark.parametrize("reader", READERS)
def test_what_a_reader_died_over_is_never_clean(
    sqlite_db: str, here: None, monkeypatch: pytest.MonkeyPatch, reader: str, how: Exception
) -> None:
    name, data = READERS[reader]()
    dying(monkeypatch, reader, how)
    assert not written.read(data).whole
    assert unread.against(data) == "file.unread"
    assert quarantine.examine(name, data).codes
    assert not is_kept(world(onward_recipients=[]), name, data)


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", FOUND)
def test_what_is_long_or_broken_hides_nothing_beside_it(
    here: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    limits, made = FOUND[place]
    small(monkeypatch, limits)
    assert unread.against(made()) == LOGIN


def test_a_pdf_that_is_called_text_is_read_as_what_it_is() -> None:
    assert any(SECRET in text for text in written.texts(with_pages(WORDS), is_text=True))


def long_bill() -> bytes:
    """Sixty pages of a table, 240,000 letters."""
    row = "2025-10-19   00:00   01:00   49.600   812.500   98.10   kWh   General service"
    return paper.pdf([[f"{row} {page}" for _line in range(50)] for page in range(60)])


HONEST: dict[str, tuple[str, Callable[[], bytes]]] = {
    "bill": ("b.pdf", bill),
    "long": ("b.pdf", long_bill),
    "scan": ("b.pdf", lambda: paper.pdf([[""]])),
    "photograph": ("p.jpg", jpeg),
    "picture": ("p.png", png),
    "table": ("u.csv", lambda: usage(ACCOUNT).encode()),
    "other letters": ("u.csv", lambda: "día,kwh\n2025-10-19,4\n".encode()),
}


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_file_is_read_to_its_end(kind: str) -> None:
    name, made = HONEST[kind]
    assert unread.against(made()) == ""
    assert quarantine.examine(name, made()).codes == ()


# From here on with the sandbox as it is, and with the files of an attack.


def drawn_over() -> bytes:
    """A page whose reader dies over a million words, and a login on it and beside it."""

    def change(document: Any) -> None:
        words = f"BT /F1 1 Tf ({WORDS}) Tj ".encode() + b"(ab ) Tj " * 1_000_000
        document.pages[0].contents_add(words + b"ET")
        document.docinfo["/Title"] = WORDS

    return pdf(change)


def first_note(document: Any) -> None:
    notes(document, FILLER * 42_000, WORDS)


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "subject": (lambda: pdf(subject), LOGIN),
    "first note": (lambda: pdf(first_note), "file.unread"),
}


def test_a_page_that_a_reader_dies_over_is_not_clean() -> None:
    assert unread.against(drawn_over()) == "file.unread"


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_bill_with_a_hidden_login_reaches_no_recipient(committing: str, attack: str) -> None:
    made, code = ATTACKS[attack]
    w = world(onward_recipients=[])
    refused = share(w, "bill.pdf", made())
    assert isinstance(refused, Refusal)
    assert refused.code == code
    asked = w.post(w.ask(data_types=["bill"], channel="customer_upload", to="2025-12-01"))
    assert asked.json()["state"] == "waiting_on_customer"
    assert not ReceivedFile.objects.exists()
    assert isinstance(share(w, "bill.pdf", bill()), ReceivedFile)
    again = w.post(w.ask(data_types=["bill"], channel="customer_upload", to="2025-12-01")).json()
    (file,) = again["files"]
    assert w.get(f"data-requests/{again['id']}/files/{file['id']}").content == bill()


@pytest.mark.promise("no-passwords")
def test_an_answer_by_mail_with_such_a_file_is_held(thread: ManualRequest) -> None:
    receive(with_file(thread, pdf(first_note)), envelope_from="", envelope_to=to(thread), now=timezone.now())
    file = ReceivedFile.objects.get()
    assert (file.state, file.verdict) == ("quarantined", "file.unread")
    assert quarantine.against(file).codes == ["file.unread"]


def to(manual: ManualRequest) -> list[str]:
    return [f"r.{manual.thread_token}@localhost"]


def with_file(manual: ManualRequest, data: bytes) -> bytes:
    mail = message_from_bytes(reply(manual, csv=False), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(data, maintype="application", subtype="pdf", filename="bill.pdf")
    return mail.as_bytes()


SCANS: dict[str, tuple[Callable[[], bytes], str]] = {
    "subject": (ATTACKS["subject"][0], LOGIN),
    "first note": (ATTACKS["first note"][0], "file.unread"),
    "a file in it": (lambda: pdf(lambda made: attached(made, bytes(range(256)))), "file.unread"),
    "words in it": (lambda: pdf(lambda made: attached(made, WORDS.encode())), LOGIN),
}


def attached(document: Any, data: bytes) -> None:
    document.attachments["more.txt"] = pikepdf.AttachedFileSpec(document, data)


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("attack", SCANS)
def test_a_scan_with_a_hidden_login_is_not_taken(attack: str) -> None:
    made, code = SCANS[attack]
    assert scans.examine(made()) == ("", code)
    assert scans.examine(bill()) == ("application/pdf", "")
    assert scans.examine(jpeg()) == ("image/jpeg", "")
    assert scans.examine(paper.pdf([[""]])) == ("application/pdf", "")


def test_the_form_of_a_letter_on_paper_says_so_and_gives_back_what_was_typed(committing: str) -> None:
    organisation("acme", timezone.now())
    staff = signed_in(Role.STAFF)
    Client().post("/share/paper/acme/letter.pdf")
    typed = paper_form(PaperLetter.objects.get().code)
    answer = staff.post(
        "/admin/paper/enter/", {**typed, "scan": SimpleUploadedFile("scan.pdf", pdf(first_note), "application/pdf")}
    )
    assert answer.status_code in (200, 422)
    assert "could not read all words" in re.sub(r"\s+", " ", answer.text)
    assert typed["name"] in answer.text
    assert SECRET not in answer.text
    assert not PaperEntry.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        "<rights>my SmartHub PIN is</rights><rights>448812</rights>",
        "<rights>SmartHub PIN:</rights><rights>4488</rights>",
        "<rights><![CDATA[my SmartHub PIN is <b>448812</b>]]></rights>",
        "<value>my SmartHub PIN is</value><value>448812</value>",
        f"<rights>{''.join(f'<i>{letter}</i>' for letter in WORDS)}</rights>",
        "<password>none</password><note>as we said</note><password>Thimble!Gravel8</password>",
        *(
            f"{'<value>7</value>' * 20}{each}<value>448812</value>"
            for each in (
                "<!-- my SmartHub PIN is -->",
                "<q><![CDATA[my SmartHub PIN is]]></q>",
                "<q note='my SmartHub PIN is'/>",
                "<?my SmartHub PIN is?>",
            )
        ),
    ],
)
def test_of_a_feed_a_number_behind_words_is_read(said: str) -> None:
    title = b"<title>NISC Readings Feed</title>"
    whole = feed(ACCOUNT)
    assert unread.against(whole) == ""
    assert unread.against(whole.replace(title, title + said.encode())) == LOGIN
    rows = b"".join(b"<value>%d</value>" % each for each in range(10_000, 10_500))
    long = whole.replace(b"</IntervalBlock>", rows + b"</IntervalBlock>")
    assert len("".join(written.texts(long))) < len(whole) * 1.1  # its readings are left out
