"""A file of a mail that is not read to its end is no clean one: its words are found, or the mail is sealed.

Pictures and scans wait for a person, as what a program cannot read and a person sees.
"""

import base64
import bz2
import gzip
import io
import lzma
import random
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import pikepdf
import pytest
from PIL import Image

from broker.inlets import office_words, rtf_words, written
from broker.inlets.models import Incident
from requests_app import quarantine
from requests_app.models import ManualRequest, ReceivedFile
from tests.integration.mail_support import SAMPLES, mail, packed, take
from tests.integration.test_gate_files import SECRET, WORDS, pdf, thread
from tests.integration.test_gate_mail_unread import FAILED, part, report, sealed
from tests.integration.test_gate_unread_files import attached, first_note
from tests.integration.test_receive import waiting
from tests.requests_world import ACCOUNT, events, usage

__all__ = ["thread", "waiting"]
CHANCE = random.Random(7)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
TYPES = b'<?xml version="1.0"?><Types xmlns="x"><Default Extension="xml" ContentType="text/xml"/></Types>'
W = '<?xml version="1.0"?><w:document xmlns:w="x"><w:body>{}</w:body></w:document>'
RTF = r"{\rtf1\ansi\deff0{\fonttbl{\f0\froman Times;}}{\*\generator Riched20 10}\f0\fs22 %s\par}"
WIDE = b"\1\2" + WORDS.encode("utf-16-le")
COMMENT = b"\x21\xfe" + bytes([len(WORDS)]) + WORDS.encode() + b"\0;"
REMARKS = W.format("<w:p><w:r><w:t>my SmartHub pass</w:t></w:r><w:r><w:t>word is Thimble!Gravel8</w:t></w:r></w:p>")
SPANISH = "Año;Período;Energía\r\n2025;Octubre;49,6\r\n".encode("cp1252")
TORN = r"my Smart{\b Hub} pass\lang1033 word is\par Thimble!Gr\'61v\u101?l8"


def docx(body: str = "<w:p><w:r><w:t>We work on it.</w:t></w:r></w:p>", **more: bytes) -> bytes:
    """A document as a text program writes it; `more` by names in which two underscores stand for a step of a path."""
    others = {name.replace("__", "/").replace("_", "."): data for name, data in more.items()}
    return packed({"[Content_Types].xml": TYPES, "word/document.xml": W.format(body).encode(), **others})


def runs(*pieces: str) -> str:
    """Words torn over runs, as a text program does it at each change of a look."""
    torn = "".join(f"<w:r><w:rPr/><w:t>{each}</w:t></w:r>" for each in pieces)
    return f"<w:p>{torn}</w:p>"


def xlsx(strings: list[str], rows: Sequence[Sequence[object]], **more: bytes) -> bytes:
    """A sheet as a program writes it: words stand in a part of their own, and cells name them by numbers."""
    shared = "".join(f"<si><t>{each}</t></si>" for each in strings)

    def cell(held: object, at: int) -> str:
        named = isinstance(held, str)
        return f'<c r="A{at}"{" t='s'" if named else ""}><v>{strings.index(str(held)) if named else held}</v></c>'

    cells = "".join(f'<row r="{at}">{"".join(cell(each, at) for each in row)}</row>' for at, row in enumerate(rows, 1))
    others = {name.replace("__", "/").replace("_", "."): data for name, data in more.items()}
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="x"><sheetData>{cells}</sheetData></worksheet>'.encode(),
            "xl/sharedStrings.xml": f'<sst xmlns="x">{shared}</sst>'.encode(),
            **others,
        }
    )


def odt(words: str, **more: bytes) -> bytes:
    content = f'<office:document-content xmlns:office="x"><text:p>{words}</text:p></office:document-content>'
    others = {name.replace("__", "/").replace("_", "."): data for name, data in more.items()}
    return packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode(), **others})


def picture(kind: str, mode: str = "RGB") -> bytes:
    """A picture of chance: nothing in it says anything."""
    out = io.BytesIO()
    Image.frombytes("L", (90, 90), CHANCE.randbytes(8100)).convert(mode).save(out, kind)
    return out.getvalue()


def tar(how: Literal["w", "w:gz"]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=how) as archive:
        entry = tarfile.TarInfo("a.z")
        data = zlib.compress(WORDS.encode())
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def two_of_one_name() -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as archive:
        for name, data in (("[Content_Types].xml", TYPES.decode()), ("a.xml", f"<a>{WORDS}</a>"), ("a.xml", "<a/>")):
            archive.writestr(name, data)
    return out.getvalue()


def scan(document: pikepdf.Pdf) -> None:
    """Nothing but a picture on its page."""
    page = document.pages[0]
    points = pikepdf.Stream(document, CHANCE.randbytes(300))
    points.Type, points.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    points.Width, points.Height, points.BitsPerComponent, points.ColorSpace = 10, 10, 8, pikepdf.Name.DeviceRGB
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=points))
    page.Contents = document.make_stream(b"q 500 0 0 700 0 0 cm /Im0 Do Q")


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


# Nothing here reads these, and a person who opens one reads words.
CLOSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a letter of an old office program": ("a.doc", lambda: OLE + bytes(each ^ 0x5A for each in WORDS.encode())),
    "a sheet of one": ("a.xls", lambda: OLE + zlib.compress(WORDS.encode())),
    "a mail of Outlook": ("a.msg", lambda: OLE),
    "winmail.dat": ("winmail.dat", lambda: (SAMPLES / "email/winmail_oom.tnef").read_bytes()),
    "gzip": ("a.csv.gz", lambda: gzip.compress(WORDS.encode())),
    "bzip2": ("a.bz2", lambda: bz2.compress(WORDS.encode())),
    "xz": ("a.xz", lambda: lzma.compress(usage(ACCOUNT).encode())),
    "7z": ("bills.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4" + bytes(range(256))),
    "tar": ("a.tar", lambda: tar("w")),
    "a packed tar": ("a.tgz", lambda: tar("w:gz")),
    "unknown bytes": ("a.dat", lambda: bytes(range(256))),
    "bytes without a word of control": ("a.dat", lambda: WORDS.encode("cp037") * 3),
    "bytes that begin as wide letters": ("a.txt", lambda: b"\xff\xfe" + zlib.compress(CHANCE.randbytes(900))),
    "bytes behind words": ("a.txt", lambda: b"Our table. " * 90 + zlib.compress(WORDS.encode())),
    "an archive in an archive": ("a.zip", lambda: packed({"b.zip": packed({"a.txt": WORDS.encode()})})),
    "gzip in an archive": ("a.zip", lambda: packed({"b.gz": gzip.compress(WORDS.encode())})),
    "too much in an archive": ("a.zip", lambda: packed({"a.txt": b"word " * 2_000_000})),
    "too many files in an archive": ("a.zip", lambda: packed({f"{at}.txt": b"a" for at in range(60)})),
    "a broken archive": ("a.zip", lambda: packed({"a.txt": WORDS.encode()})[:-30]),
    "an archive behind a text": ("a.txt", lambda: b"Our table." + packed({"a.txt": WORDS.encode()})),
    "an archive behind a picture": ("a.gif", lambda: picture("GIF", "P") + packed({"a.txt": WORDS.encode()})),
    "an archive behind a page": ("a.pdf", lambda: pdf() + packed({"a.txt": WORDS.encode()})),
    "a file in a document": ("a.docx", lambda: docx(word__embeddings__oleObject1_bin=OLE)),
    "macros": ("a.docm", lambda: docx(word__vbaProject_bin=OLE)),
    "a sheet in bytes": ("a.xlsb", lambda: docx(xl__worksheets__sheet1_bin=bytes(range(256)))),
    "a file in RTF": ("a.rtf", lambda: (RTF % r"{\object{\*\objdata 0105}}").encode()),
    "a picture in RTF": ("a.rtf", lambda: (RTF % r"{\pict\pngblip 89504e47}").encode()),
    "a page with too many words": ("a.pdf", lambda: pdf(first_note)),
    "a page that some programs mend": ("a.pdf", lambda: pdf()[:700]),
    "a file in a PDF": ("a.pdf", lambda: pdf(lambda made: attached(made, OLE))),
}
# The words of these are read, however they are torn.
LOGINS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a document": ("a.docx", lambda: docx(runs(WORDS))),
    "words torn over runs": ("a.docx", lambda: docx(runs("my Smart", "Hub pass", "word is ", SECRET[:5], SECRET[5:]))),
    "a label and a value in cells": (
        "a.docx",
        lambda: docx(f"<w:tr><w:tc>{runs('Pass', 'word')}</w:tc><w:tc>{runs(SECRET)}</w:tc></w:tr>"),
    ),
    "a remark in a document": ("a.docx", lambda: docx(word__comments_xml=REMARKS.encode())),
    "the first of two parts of one name": ("a.docx", two_of_one_name),
    "RTF of the far letters": ("a.rtf", lambda: (RTF % f"\\u-10179 ?\\u-8704 ? {WORDS}").encode()),
    "facts of a document": ("a.docx", lambda: docx(docProps__core_xml=f"<a><title>{WORDS}</title></a>".encode())),
    "a hidden remark of its markup": ("a.docx", lambda: docx(f"<!-- {WORDS} -->")),
    "what a picture in it says": ("a.docx", lambda: docx(f'<w:drawing><wp:docPr id="1" descr="{WORDS}"/></w:drawing>')),
    "cells whose words stand elsewhere": (
        "a.xlsx",
        lambda: xlsx(
            [SECRET, "Rate", "Month", "User", "marla77", "SmartHub password"],
            [["Month", "Rate"], ["User", "marla77"], ["SmartHub password", SECRET]],
        ),
    ),
    "the printer's settings of a sheet": (
        "a.xlsx",
        lambda: xlsx(["Month"], [["Month"]], xl__printerSettings__printerSettings1_bin=WIDE),
    ),
    "an open document": ("a.odt", lambda: odt(WORDS.replace("password", "pass<text:span>word</text:span>"))),
    "RTF": ("a.rtf", lambda: (RTF % WORDS).encode()),
    "RTF with torn words": ("a.rtf", lambda: (RTF % TORN).encode()),
    "RTF in numbers": ("a.rtf", lambda: (RTF % "".join(f"\\u{ord(each)}?" for each in WORDS)).encode()),
    "a text with a login in a PDF": ("a.pdf", lambda: pdf(lambda made: attached(made, WORDS.encode()))),
    "words in a GIF": ("a.gif", lambda: picture("GIF", "P")[:-1] + COMMENT),
    "words in a scan of a fax machine": ("a.tif", lambda: picture("TIFF", "1") + WORDS.encode() + b"\0"),
    "words of a picture in an archive": ("a.zip", lambda: packed({"a.png": picture("PNG") + WORDS.encode()})),
    "a page in an archive": ("a.zip", lambda: packed({"a.pdf": pdf(line=WORDS)})),
}
KINDS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
HONEST: dict[str, tuple[str, Callable[[], bytes]]] = {
    **{f"a picture, {kind}": (f"a.{kind.lower()}", partial(picture, kind)) for kind in KINDS},
    "a small drawing": ("a.gif", lambda: picture("GIF", "P")),
    "a scan": ("a.pdf", lambda: pdf(scan)),
    "a scan of a fax machine": ("a.tif", lambda: picture("TIFF", "1")),
    "a bill": ("a.pdf", lambda: pdf()),
    "a bill with a file that is text": ("a.pdf", lambda: pdf(lambda made: attached(made, b"<invoice>12</invoice>"))),
    "a locked bill": ("a.pdf", locked),
    "a bill that broke on its way": ("a.pdf", lambda: pdf()[:200]),
    "a table": ("a.csv", lambda: usage(ACCOUNT).encode()),
    "a table in Spanish of old programs": ("a.csv", lambda: SPANISH),
    "a table in wide letters": ("a.csv", lambda: usage(ACCOUNT).encode("utf-16")),
    "a table with an end of old": ("a.csv", lambda: usage(ACCOUNT).encode() + b"\x1a\0\0\0"),
    "a web page": ("a.html", lambda: b"<html><body>We work on it.</body></html>"),
    "a date": ("a.ics", lambda: b"BEGIN:VCALENDAR\r\nSUMMARY:A call\r\nEND:VCALENDAR\r\n"),
    "an archive": (
        "a.zip",
        lambda: packed({"a.csv": usage(ACCOUNT).encode(), "a.pdf": pdf(scan), "a.jpg": picture("JPEG")}),
    ),
    "a document": (
        "a.docx",
        lambda: docx(word__media__image1_jpeg=picture("JPEG"), docProps__thumbnail_jpeg=picture("JPEG")),
    ),
    "an open document": (
        "a.odt",
        lambda: odt("We work on it.", Thumbnails__thumbnail_png=picture("PNG"), **{"layout-cache": b"\1\2\3"}),
    ),
    "a sheet of a year": (
        "a.xlsx",
        lambda: xlsx(
            ["Day", "kWh"],
            [["Day", "kWh"], *([45000 + at / 24, at % 97 / 10] for at in range(8760))],
            xl__printerSettings__printerSettings1_bin=bytes(range(256)) * 20,
        ),
    ),
    "RTF": ("a.rtf", lambda: (RTF % r"We work on it, Se\'f1ora.\par\tab Next week.").encode()),
}


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("what", CLOSED)
def test_a_held_mail_with_a_file_that_nobody_reads_is_sealed_like_one_with_a_login(
    thread: ManualRequest, what: str
) -> None:
    """One person would open it as it came."""
    name, made = CLOSED[what]
    row = sealed(take(mail(files={name: made()}, proven=False), thread))
    assert row.judged.codes[0] == "mail.unread"
    assert not Incident.objects.exists()  # nothing was found
    assert len(events("gate.held")) == 1


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("what", CLOSED)
def test_in_an_answer_it_waits_with_a_reason_of_its_own_beside_the_others(thread: ManualRequest, what: str) -> None:
    name, made = CLOSED[what]
    taken = take(mail(files={name: made(), "usage.csv": usage(ACCOUNT).encode()}), thread)
    assert (taken.kind, taken.files) == ("answer", 2)
    odd, table = sorted(ReceivedFile.objects.all(), key=lambda file: file.media_type == "text/csv")
    assert (odd.state, table.state) == ("quarantined", "quarantined")
    found, clean = quarantine.against(odd), quarantine.against(table)
    assert found is not None
    assert found.codes
    assert clean is not None
    assert not clean.codes


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("what", LOGINS)
def test_words_are_read_wherever_they_lie_in_a_file(thread: ManualRequest, what: str) -> None:
    name, made = LOGINS[what]
    row = sealed(take(mail(files={name: made()}), thread))
    assert "mail.unread" not in row.judged.codes
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("what", HONEST)
def test_honest_files_wait_for_a_person_as_before(thread: ManualRequest, what: str) -> None:
    name, made = HONEST[what]
    taken = take(mail(files={name: made()}), thread)
    assert (taken.kind, taken.files) == ("answer", 1)
    assert ReceivedFile.objects.get().state == "quarantined"


def test_what_a_report_gives_back_is_judged_as_well(thread: ManualRequest) -> None:
    inner = mail(files={"a.doc": OLE})
    sealed(take(report(part("message/delivery-status", FAILED), part("message/rfc822", inner)), thread))


def test_a_letter_that_a_server_cut_is_no_reason(thread: ManualRequest) -> None:
    cut = base64.encodebytes(pdf()[:900]).decode()
    inner = part('application/pdf; name="letter.pdf"', cut, "Content-Transfer-Encoding: base64")
    raw = report(part("message/delivery-status", FAILED), part("message/rfc822", inner))
    assert take(raw, thread).kind != "credentials"


@pytest.mark.parametrize("proven", [True, False])
def test_a_file_that_its_reader_dies_over_is_none_that_was_read(
    thread: ManualRequest, monkeypatch: pytest.MonkeyPatch, proven: bool
) -> None:
    monkeypatch.setattr(written, "WALL", 0.0)
    monkeypatch.setattr(written, "CPU", 0)
    taken = take(mail(files={"a.pdf": pdf()}, proven=proven), thread)
    if not proven:
        sealed(taken)
        return
    found = quarantine.against(ReceivedFile.objects.get())
    assert found is not None
    assert found.codes == ["file.unread"]


def test_cells_that_name_long_words_again_and_again_do_not_grow() -> None:
    long = "word " * 6000
    found, is_all = office_words.of(
        {"xl/sharedStrings.xml": f"<sst><si><t>{long}</t></si></sst>", "a.xml": '<c t="s"><v>0</v></c>' * 50_000}
    )
    assert not is_all
    assert sum(map(len, found)) <= office_words.MOST_SIGNS


def test_a_long_text_in_rtf_is_read_in_time_or_not_at_all() -> None:
    assert rtf_words.of("{\\rtf1 " + "{\\b a}\\'41" * 100_000)[1]
    assert not rtf_words.of("{\\rtf1 " + "a" * rtf_words.MOST_SIGNS)[1]
