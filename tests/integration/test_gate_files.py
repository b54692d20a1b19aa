"""Files and mails with a login in them: words, facts about a file, notes in its margin, cells, archives, threads."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import looking
from broker.inlets import written
from broker.inlets.models import Incident, Refused
from broker.notices.models import Notice
from broker.rehearsal import paper
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests.requests_world import ACCOUNT, coop, events, reply, run_job, world

SECRET = "Thimble!Gravel8"
WORDS = f"my SmartHub password is {SECRET}"


def pdf(change: Any = None, *, line: str = "A page without anything.") -> bytes:
    """A real PDF of one page with this line, changed once more by `change`."""
    made = paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as document:
        page = document.pages[0]
        font = {"/Type": pikepdf.Name.Font, "/Subtype": pikepdf.Name.Type1, "/BaseFont": pikepdf.Name.Helvetica}
        if "/Font" not in page.Resources:
            page.Resources.Font = pikepdf.Dictionary()
        page.Resources.Font["/F9"] = pikepdf.Dictionary(font)
        page.contents_add(f"BT /F9 9 Tf 40 20 Td ({line}) Tj ET".encode())
        if change is not None:
            change(document)
        document.save(out)
    return out.getvalue()


def titled(document: Any) -> None:
    document.docinfo["/Title"] = WORDS


def described(document: Any) -> None:
    with document.open_metadata() as facts:
        facts["dc:description"] = WORDS


def noted(document: Any) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=pikepdf.String(WORDS)
    )
    document.pages[0].Annots = document.make_indirect([document.make_indirect(note)])


def filled(document: Any) -> None:
    field = pikepdf.Dictionary(
        FT=pikepdf.Name.Tx, T=pikepdf.String("portal password"), V=pikepdf.String(SECRET), Rect=[0, 0, 9, 9]
    )
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[document.make_indirect(field)])


def zipped(name: str, text: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


CELLS = "<sst><si><t>portal password</t></si><si><t>" + SECRET + "</t></si></sst>"
FILES = {
    "page.pdf": lambda: pdf(line=WORDS),
    "title.pdf": lambda: pdf(titled),
    "facts.pdf": lambda: pdf(described),
    "note.pdf": lambda: pdf(noted),
    "form.pdf": lambda: pdf(filled),
    "words.csv": lambda: f"date,kwh\n2025-10-19,4\n{WORDS}\n".encode(),
    "column.csv": lambda: f"site,user,password\nmill,rob,{SECRET}\n".encode(),
    "wide.txt": lambda: WORDS.encode("utf-16"),
    "words.zip": lambda: zipped("notes.txt", WORDS),
    "page of a PDF.zip": lambda: zipped("letter.pdf", pdf(line=WORDS)),
    "title of a PDF.zip": lambda: zipped("letter.bin", pdf(titled)),
    "note of a PDF.zip": lambda: zipped("letter.pdf", b"\n" + pdf(noted)),
    "name.zip": lambda: zipped(f"smarthub password {SECRET}.txt", "nothing"),
    "cells.xlsx": lambda: zipped("xl/sharedStrings.xml", CELLS),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_login_is_refused_at_the_door(sqlite_db: str, name: str) -> None:
    answer = Client().post("/check/", {"file": SimpleUploadedFile(name, FILES[name]())})
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()
    assert Refused.objects.get().part.startswith("file")


def test_a_pdf_behind_a_broken_one_in_an_archive_is_read(sqlite_db: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("broken.pdf", b"%PDF-1.7\nnothing that a reader takes")
        archive.writestr("notes.txt", "nothing")
        archive.writestr("large.pdf", pdf(line=WORDS) + b"%" + b" " * 3_000_000)
    answer = Client().post("/check/", {"file": SimpleUploadedFile("three.zip", out.getvalue())})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["clean.pdf", "clean.csv", "clean.zip"])
def test_a_clean_file_passes_the_door(sqlite_db: str, name: str) -> None:
    clean = {"clean.pdf": pdf(), "clean.csv": b"date,kwh\n2025-10-19,4\n", "clean.zip": zipped("clean.pdf", pdf())}
    data = clean[name]
    client = Client(raise_request_exception=False)  # whether that page can be shown is another matter
    answer = client.post("/check/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code != 403
    assert not events("gate.refused")


def test_words_far_behind_rows_of_numbers_are_read(sqlite_db: str) -> None:
    rows = "".join(f"2025-10-{day:02} 00:00 to 2025-10-{day:02} 01:00,1.0,2.0\n" for day in range(1, 29)) * 1500
    found = [
        text for text in written.texts(f"{rows}{'word ' * 300_000}{WORDS}".encode()) if looking.look(text, "csv_upload")
    ]
    assert len(found) == 1


def test_a_picture_has_no_words_and_is_never_called_clean() -> None:
    assert list(written.texts(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")) == []
    assert list(written.texts(b"%PDF-1.7 broken")) == []
    assert list(written.texts(b"PK\x03\x04 broken")) == []


@pytest.fixture
def thread(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    """A request whose letter was delivered."""
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        yield manual


def comes(manual: ManualRequest, **more: Any) -> str:
    raw = reply(manual, **{"csv": False, **more})
    to = [f"r.{manual.thread_token}@localhost"]
    return receive(raw, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now()).kind


@pytest.mark.parametrize("name", FILES)
def test_a_mail_with_such_a_file_is_sealed_and_held(thread: ManualRequest, name: str) -> None:
    mail = EmailMessage()
    for header, value in (("From", "Billing <billing@coop.example>"), ("Subject", f"Re: {thread.number}")):
        mail[header] = value
    mail["Message-ID"] = "<a.file@coop.example>"
    mail.set_content("Attached.")
    mail.add_attachment(FILES[name](), maintype="application", subtype="octet-stream", filename=name)
    to = [f"r.{thread.thread_token}@localhost"]
    taken = receive(mail.as_bytes(), envelope_from="billing@coop.example", envelope_to=to, now=timezone.now())
    assert taken.kind == "credentials"
    assert not ReceivedFile.objects.exists()
    assert [(each.inlet, each.structural, each.mac) for each in Refused.objects.all()] == [("email_reply", True, None)]
    assert Incident.objects.get().count == 1
    # She is advised to change her password, in her language.
    run_job("gate.told", thread.id)
    assert Notice.objects.get(template="gate_held").language == "en"


@pytest.mark.parametrize(
    ("first", "second", "read"),
    [
        ("The user name is rob77@mill.example", f"and then {SECRET}", 0),  # the second one speaks for itself
        ("SmartHub user: rob77@mill.example", SECRET, 1),
    ],
)
def test_a_login_split_over_two_mails_of_a_thread_is_seen(
    thread: ManualRequest, first: str, second: str, read: int
) -> None:
    assert comes(thread, text=first) == "message"
    assert comes(thread, text=second) == "credentials"
    assert len(events("mail.read")) == read


def test_a_thread_without_a_half_of_a_login_opens_nothing(thread: ManualRequest) -> None:
    assert comes(thread, text="We work on it, and answer next week.") == "message"
    assert comes(thread, text="There is no fee for this.") == "message"
    assert not events("mail.read")


def test_where_the_engine_breaks_a_mail_is_not_taken(thread: ManualRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, inlet: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(looking, "scan", broken)
    with pytest.raises(looking.Unchecked):
        comes(thread, text="We work on it.")
    assert not Message.objects.filter(direction="in").exists()
