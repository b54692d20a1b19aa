"""Files with a secret in each place in which a file can hold words: each kind gives a name and its bytes."""

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pikepdf

from tests.integration.test_share import bill

type Made = tuple[str, bytes]


def said(word: str) -> str:
    return f"SmartHub password: {word}"


def _changed(change: Callable[[pikepdf.Pdf], None]) -> Made:
    with pikepdf.open(io.BytesIO(bill())) as document:
        change(document)
        out = io.BytesIO()
        document.save(out)
    return "bill.pdf", out.getvalue()


def _page_text(word: str) -> Made:
    def change(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.add_resource(document.make_indirect(font), pikepdf.Name.Font, pikepdf.Name.Canary)
        page.contents_add(f"BT /Canary 11 Tf 60 400 Td ({said(word)}) Tj ET".encode())

    return _changed(change)


def _metadata(word: str) -> Made:
    return _changed(lambda document: document.docinfo.__setitem__("/Subject", said(word)))


def _xmp(word: str) -> Made:
    def change(document: pikepdf.Pdf) -> None:
        with document.open_metadata() as held:
            held["dc:description"] = said(word)

    return _changed(change)


def _annotation(word: str) -> Made:
    def change(document: pikepdf.Pdf) -> None:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[60, 60, 80, 80], Contents=said(word)
        )
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])

    return _changed(change)


def _field(word: str) -> Made:
    def change(document: pikepdf.Pdf) -> None:
        box = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="portal password",
            V=word,
            Rect=[60, 90, 200, 110],
        )
        held = document.make_indirect(box)
        document.pages[0].Annots = pikepdf.Array([held])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([held]))

    return _changed(change)


def _zipped(name: str, members: dict[str, str]) -> Made:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for member, text in members.items():
            made.writestr(member, text)
    return name, out.getvalue()


def _sheet(word: str) -> Made:
    cells = f"<sst><si><t>User</t></si><si><t>{said(word)}</t></si></sst>"
    return _zipped("usage.xlsx", {"[Content_Types].xml": "<Types/>", "xl/sharedStrings.xml": cells})


# What holds words, and how a secret comes into it. Pictures hold none that a program reads: they wait for a person.
PLACES: dict[str, Callable[[str], Made]] = {
    "words of a PDF's page": _page_text,
    "facts about a PDF": _metadata,
    "XMP of a PDF": _xmp,
    "note in a PDF": _annotation,
    "field of a PDF": _field,
    "cell of a CSV": lambda word: ("usage.csv", f"date,kwh,portal password\n2025-10-01,4,{word}\n".encode()),
    "remark above a CSV": lambda word: ("usage.csv", f"# {said(word)}\ndate,kwh\n2025-10-01,4\n".encode()),
    "cell of a sheet": _sheet,
    "CSV in UTF-16": lambda word: ("usage.csv", f"date,kwh\n{said(word)},4\n".encode("utf-16")),
    "text in an archive": lambda word: _zipped("usage.zip", {"a.csv": f"{said(word)}\n"}),
    "name in an archive": lambda word: _zipped("usage.zip", {f"{said(word)}.csv": "date,kwh\n"}),
    "name of a file": lambda word: (f"{said(word)}.csv", b"date,kwh\n2025-10-01,4\n"),
    "XML": lambda word: ("usage.xml", f"<feed><title>{said(word)}</title></feed>".encode()),
}


def mails(word: str) -> dict[str, bytes]:
    """Give a mail with the secret in each of its places."""
    made = {}
    for place in ("subject", "words", "HTML", "name of the sender", "base64", "forwarded mail", "header"):
        mail = EmailMessage()
        mail["From"], mail["To"] = "Front Desk <billing@coop.example>", "desk@localhost"
        mail["Subject"] = said(word) if place == "subject" else f"Your letter, {place}"
        mail.set_content(said(word) if place == "words" else "See below.")
        if place == "HTML":
            mail.add_alternative(f"<p>SmartHub pass<b>word</b>: {word}</p>", subtype="html")
        elif place == "base64":
            mail.set_content(said(word), cte="base64")
        elif place == "name of the sender":
            mail.replace_header("From", f'"{said(word)}" <billing@coop.example>')
        elif place == "forwarded mail":
            inner = EmailMessage()
            inner["From"], inner["Subject"] = "a@coop.example", "the portal"
            inner.set_content(said(word))
            mail.add_attachment(inner)
        elif place == "header":
            mail["X-Note"] = said(word)
        made[place] = mail.as_bytes()
    return made
