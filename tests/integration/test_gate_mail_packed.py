"""A file that stands as letters among the words of a mail is undone, and read as any file of it."""

import base64
import binascii
import time
from collections.abc import Callable

import pytest

from broker.inlets import packed, written
from broker.inlets.models import Incident
from broker.sandbox import unpack
from requests_app.mail_reading import MAX_TEXT
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.receive import gate, read_mail
from tests.integration.mail_support import mail, take
from tests.integration.mail_support import packed as zipped
from tests.integration.test_gate_files import WORDS, pdf, thread
from tests.integration.test_gate_mail_files import OLE, docx, runs
from tests.integration.test_gate_mail_unread import CLEAN, FILLER, beside, mixed, part, report, sealed, whole
from tests.integration.test_receive import waiting

__all__ = ["thread", "waiting"]
XX = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def uu(data: bytes, name: str = "note.txt", *, end: str = "`\nend\n", cut: str = "\n") -> str:
    """A file as `uuencode` writes it."""
    lines = "".join(binascii.b2a_uu(data[at : at + 45], backtick=True).decode() for at in range(0, len(data), 45))
    return f"begin 644 {name}\n{lines}{end}".replace("\n", cut)


def xx(data: bytes) -> str:
    """A file as `xxencode` writes it: the same in other letters."""
    lines = (binascii.b2a_uu(data[at : at + 45]).rstrip(b"\n") for at in range(0, len(data), 45))
    coded = "\n".join(each.translate(bytes.maketrans(bytes(range(32, 96)), XX)).decode() for each in lines)
    return f"begin 644 note.txt\n{coded}\n+\nend\n"


def y(data: bytes, *, size: int | None = None, more: str = "", end: bool = True) -> bytes:
    """A file of yEnc: each byte moved on, and those that a mail cannot carry escaped."""
    coded = b""
    for line in (data[at : at + 128] for at in range(0, len(data), 128)):
        for each in line:
            moved = (each + 42) % 256
            coded += b"=" + bytes([(moved + 64) % 256]) if moved in b"\0\t\n\r =." else bytes([moved])
        coded += b"\r\n"
    top = f"=ybegin line=128 size={len(data) if size is None else size}{more} name=note.txt\r\n".encode()
    return top + coded + (f"=yend size={len(data)}\r\n".encode() if end else b"")


def coded(text: str) -> str:
    return base64.encodebytes(text.encode("utf-16")).decode()


def in_base64(data: bytes) -> str:
    return f"begin-base64 644 note.docx\n{base64.encodebytes(data).decode()}====\n"


def eight(body: bytes | str) -> bytes:
    """A mail of these bytes as they are."""
    return whole(part("text/plain; charset=iso-8859-1", body, "Content-Transfer-Encoding: 8bit"))


TABLE = b"Day,kWh\n2025-10-19,49.6\n2025-10-20,51.2\n" * 10
PLAIN = WORDS.encode()
TAGGED = uu(PLAIN).replace("&", "&amp;").replace("<", "&lt;")
LETTER = docx(runs(WORDS))
PLACES: dict[str, Callable[[], bytes]] = {
    "uuencode": lambda: eight(f"{CLEAN}\n{uu(PLAIN)}"),
    "with lines of mail": lambda: eight(uu(PLAIN * 9, cut="\r\n")),
    "with blanks for noughts, cut off": lambda: eight(uu(PLAIN + b"\0\0").replace("`", " ").replace(" \n", "\n")),
    "quoted in an answer": lambda: eight("".join(f"> {line}\n" for line in uu(PLAIN * 3).splitlines())),
    "set in": lambda: eight("".join(f"    {line}\n" for line in uu(PLAIN * 3).splitlines())),
    "a document in uuencode": lambda: eight(f"{CLEAN}\n{uu(LETTER, 'a.docx')}"),
    "a page in uuencode": lambda: eight(f"{CLEAN}\n{uu(pdf(line=WORDS), 'a.pdf')}"),
    "the second file": lambda: eight(f"{uu(b'We work on it.')}\n{CLEAN}\n{uu(PLAIN)}"),
    "without an end": lambda: eight(uu(PLAIN * 9, end="")),
    "one in the other": lambda: eight(uu(uu(PLAIN).encode())),
    "uuencode in HTML": lambda: whole(
        part("text/html", "<p>" + uu(PLAIN).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>") + "</p>")
    ),
    "as it stands in HTML": lambda: whole(
        part("text/html", f"<pre>{uu(PLAIN).replace('&', '&amp;').replace('<', '&lt;')}</pre>")
    ),
    "behind another one in HTML": lambda: whole(
        part("text/html", f"<pre>{uu(b'12;14', 'a.csv')}</pre><p>{TAGGED}</p>".replace("\n", "<br>"))
    ),
    "in wide letters": lambda: whole(
        part("text/plain; charset=utf-16", coded(uu(PLAIN)), "Content-Transfer-Encoding: base64")
    ),
    "far behind": lambda: eight(f"{FILLER * (MAX_TEXT // len(FILLER) + 10)}\n{uu(PLAIN)}"),
    "before the parts": lambda: whole(
        mixed(part("text/plain", CLEAN)).replace(b"\r\n\r\n", f"\r\n\r\n{uu(PLAIN)}".encode(), 1)
    ),
    "behind the parts": lambda: beside() + uu(PLAIN).encode(),
    "in an attached text": lambda: mail(files={"a.uue": uu(PLAIN).encode()}),
    "in one of wide letters": lambda: mail(files={"a.txt": uu(PLAIN).encode("utf-16")}),
    "in a part that says so": lambda: beside(
        part('text/plain; name="a.txt"', uu(PLAIN), "Content-Transfer-Encoding: x-uuencode")
    ),
    "the second file of such a part": lambda: whole(
        part("text/plain", uu(b"We work on it.") + uu(PLAIN), "Content-Transfer-Encoding: x-uuencode")
    ),
    "in what is given back": lambda: report(part("message/rfc822", part("text/plain", uu(PLAIN)))),
    "xxencode": lambda: eight(f"{CLEAN}\n{xx(PLAIN * 9)}"),
    "a document in xxencode": lambda: eight(xx(LETTER)),
    "base64 that says so": lambda: eight(in_base64(LETTER)),
    "yEnc": lambda: eight(CLEAN.encode() + y(PLAIN)),
    "yEnc of all bytes": lambda: eight(y(bytes(range(32, 127)) + b"\r\n" + PLAIN * 9)),
    "a document in yEnc": lambda: eight(y(LETTER)),
    "yEnc in a text": lambda: mail(files={"a.txt": y(PLAIN)}),
    "a part of yEnc": lambda: eight(y(PLAIN, more=" part=2 total=3")),
}
# Nobody knows what these hold.
CLOSED: dict[str, Callable[[], bytes]] = {
    "a document of an old program": lambda: eight(uu(OLE, "a.doc")),
    "a file without an end": lambda: eight(uu(b"We work on it. " * 9, end="")),
    "a broken line": lambda: eight(uu(b"We work on it. " * 9).replace("\nM", "\nm", 1)),
    "base64 that breaks": lambda: eight(in_base64(LETTER).replace("A", "*")),
    "base64 without an end": lambda: eight(in_base64(b"We work on it.").replace("====", "")),
    "yEnc without an end": lambda: eight(y(b"We work on it.", end=False)),
    "yEnc of another length": lambda: eight(y(b"We work on it.", size=99)),
    "a part of yEnc": lambda: eight(y(b"We work on it.", more=" part=2 total=3")),
    "BinHex": lambda: eight('(This file must be converted with BinHex 4.0)\n\n:#h4M,R"NEh3!N!&"3d8!!!:\n'),
    "more files than are undone": lambda: eight(uu(b"We work on it.") * (packed.MOST_FILES + 1)),
    "too deep": lambda: mail(files={"a.txt": deep(written.MOST_PACKED + 1)}, proven=False),
    "in an archive": lambda: mail(files={"a.zip": zipped({"a.txt": uu(LETTER).encode()})}, proven=False),
}
HONEST: dict[str, tuple[str, Callable[[], bytes]]] = {
    "words that begin so": (
        "message",
        lambda: eight("We can\nbegin 100 days after your letter\nand send\nall of it.\nend\n" * 3),
    ),
    "words in uuencode": ("message", lambda: eight(f"{CLEAN}\n{uu(b'Day;kWh\n' * 30)}")),
    "words in xxencode": ("message", lambda: eight(f"{CLEAN}\n{xx(TABLE)}")),
    "words in yEnc": ("message", lambda: eight(y(FILLER.encode() * 3))),
    "a bill in base64 that says so": ("message", lambda: eight(in_base64(pdf()))),
    "talk of it": ("message", lambda: eight("We had it in BinHex, and uuencode before:\n=y is a part\nbegin 644\n")),
}


def deep(levels: int) -> bytes:
    data = b"We work on it. " * 4
    for _ in range(levels):
        data = uu(data).encode()
    return data


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", PLACES)
def test_a_login_in_a_file_that_stands_as_letters_is_found(thread: ManualRequest, place: str) -> None:
    raw = PLACES[place]()
    row = sealed(take(raw, thread))
    assert "mail.unread" not in row.judged.codes
    assert Incident.objects.count() == 1
    # Letters that stand for bytes look like anything: it is what they stand for that is read.
    read = read_mail(raw)
    files = [*read["files"], *read["packed"], *read["returned_files"]]
    assert any(WORDS in text for each in files for text in written.texts(unpack(each["data"]), is_text=True))


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("what", CLOSED)
def test_one_that_cannot_be_undone_or_read_seals_the_mail(thread: ManualRequest, what: str) -> None:
    row = sealed(take(CLOSED[what](), thread))
    assert row.judged.codes[0] == "mail.unread"
    assert not Incident.objects.exists()


@pytest.mark.parametrize("what", HONEST)
def test_honest_ones_stay_what_they_are_and_nobody_is_shown_a_file(thread: ManualRequest, what: str) -> None:
    kind, made = HONEST[what]
    assert take(made(), thread).kind == kind
    assert not ReceivedFile.objects.exists()


def test_a_file_of_bytes_of_each_kind_comes_out_as_it_went_in() -> None:
    data = bytes(range(256)) * 7
    for made in (uu(data).encode(), xx(data).encode(), y(data), in_base64(data).encode()):
        assert packed.of(b"Words.\r\n" + made + b"Words.\r\n") == packed.Undone([data], whole=True)


@pytest.mark.parametrize(
    "line",
    [
        b"begin 644 a\n",
        b"begin 644 a\n`\n",
        b"=ybegin size=1\n",
        b"begin-base64 644 a\nAAAA\n",
        b"> begin 644 a\n> #86)C\n",
    ],
)
def test_the_time_grows_as_the_text_does(line: bytes) -> None:
    start = time.monotonic()
    packed.of(line * (4_000_000 // len(line)))
    assert time.monotonic() - start < 10


def test_what_breaks_raises_nothing() -> None:
    for made in (
        b"begin 644 a\nM",
        b"begin 644 a\n\xff\nend",
        b"=ybegin a\n=\n==\n=yend",
        b"begin-base64 644 a\n=\n====",
        b"begin 644 ",
    ):
        packed.of(made)
        gate(read_mail(eight(made)))


def in_a_mail(inner: bytes) -> bytes:
    """An answer with a mail attached that calls itself a file, and a ZIP in that one."""
    coded = base64.encodebytes(zipped({"a.txt": inner})).decode()
    within = f"Subject: A\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n{coded}"
    return beside(part("application/octet-stream", within, "Content-Disposition: attachment; filename=a.eml"))


@pytest.mark.promise("no-passwords")
def test_a_mail_that_is_attached_as_a_file_is_read_as_one(thread: ManualRequest) -> None:
    assert "mail.unread" not in sealed(take(in_a_mail(WORDS.encode()), thread)).judged.codes
    assert take(in_a_mail(TABLE), thread).kind == "answer"
