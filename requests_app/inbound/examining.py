"""What stands against a file that came by mail, found by its content; runs in the sandbox (rules).

Each reason has its own code (`requests_app.inbound.quarantine_words`). Nothing is repaired for keeping: the original
bytes are kept by the caller, and `repaired` says that a reader had to mend them to see inside.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import Image

from broker.channels.customer_upload import is_plain_name, sniff
from broker.inlets import pdf_beside, picture_words
from broker.sandbox.wire import unpack
from requests_app.inbound import growing

MAX_BYTES = 25 * 1024 * 1024
MAX_ENTRIES = 2000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_PAGES = 150
MAX_OBJECTS = 200_000
MAX_PIXELS = 80_000_000
_MOST_KEPT = 50  # values of one dictionary in which a program keeps its own
_MACROS = ("vbaproject.bin", "vbadata.xml", "xl/macrosheets/")
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".cab", ".iso", ".jar")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = {
    b"MZ": "file.program",
    b"\x7fELF": "file.program",
    b"#!": "file.program",
    b"\x1f\x8b": "file.archive",
    b"7z\xbc\xaf\x27\x1c": "file.archive",
    b"Rar!\x1a\x07": "file.archive",
    b"BZh": "file.archive",
    b"MSCF": "file.archive",
    b"\x78\x9f\x3e\x22": "file.tnef",
}
_KINDS_BY_ENDING = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_ACTIONS = {
    "/Launch", "/ImportData", "/SubmitForm", "/ResetForm", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/SetOCGState", "/Trans", "/Hide",
}  # fmt: skip


def examine(payload: dict[str, Any]) -> dict[str, Any]:
    """Look at `{"name", "data": packed bytes}`; give `codes` (none: it may be looked at) and `repaired`."""
    data, name = unpack(payload["data"]), str(payload["name"]).lower()
    if not data:
        return _found(["file.empty"])
    if len(data) > MAX_BYTES:
        return _found(["file.too_large"])
    codes = [] if not name or is_plain_name(name) else ["file.name"]
    kind = sniff(data)
    expected = next((each for ending, each in _KINDS_BY_ENDING.items() if name.endswith(ending)), None)
    if expected is not None and not _starts_as(data, expected):
        codes.append("file.wrong_ending")
    if data.lstrip()[:5] == b"%PDF-":
        more, repaired = _pdf(data)
        return _found([*codes, *more], repaired=repaired)
    if kind in ("image/png", "image/jpeg"):
        return _found([*codes, *_image(data)])
    if kind == "text/csv":
        return _found([*codes, *([] if name.endswith((".csv", ".txt")) or not name else ["file.wrong_ending"])])
    return _found([*codes, *_other(data)])


def _found(codes: list[str], *, repaired: bool = False) -> dict[str, Any]:
    return {"codes": list(dict.fromkeys(codes)), "repaired": repaired}


def _starts_as(data: bytes, expected: str) -> bool:
    magic = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff"}[expected]
    return data.lstrip()[: len(magic)] == magic


def _other(data: bytes) -> list[str]:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(data)
    if data.startswith(_OLE):
        return _office(data)
    for start, code in _STARTS.items():
        if data.startswith(start):
            return [code]
    head = data[:1000].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<script", b"<svg")):
        return ["file.web_page"]
    return ["file.type"]


def _zip(data: bytes) -> list[str]:
    """Look at the list of an archive's contents; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return ["file.unreadable"]
    names = [each.filename.lower() for each in entries[: MAX_ENTRIES + 1]]
    total = sum(each.file_size for each in entries)
    codes = []
    if any(each.flag_bits & 1 for each in entries):
        codes.append("file.encrypted")
    if any(each.startswith(_MACROS) or each.endswith(_MACROS) or _MACROS[2] in each for each in names):
        codes.append("file.macros")
    if total > MAX_UNPACKED or total > MAX_RATIO * max(1, len(data)) or len(names) > MAX_ENTRIES:
        codes.append("file.bomb")
    if any(each.endswith(_ARCHIVES) for each in names):
        codes.append("file.nested")
    office = "[content_types].xml" in names
    return codes or ["file.office" if office else "file.archive"]


def _office(data: bytes) -> list[str]:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return ["file.encrypted"]
    if "_VBA_PROJECT".encode("utf-16-le") in data or b"Attribut\x00e VB_" in data:
        return ["file.macros"]
    return ["file.office"]


def _image(data: bytes) -> list[str]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            wide, high = picture.size
    except Image.DecompressionBombError:
        return ["file.bomb"]
    except Exception:  # noqa: BLE001 - a stranger's picture raises anything
        return ["file.unreadable"]
    # What it says in text has to be read to its end: nobody sees that who looks at the picture.
    return ["file.bomb"] if wide * high > MAX_PIXELS or not picture_words.of(data).whole else []


def _pdf(data: bytes) -> tuple[list[str], bool]:
    if growing.grows(data):
        return ["file.pdf_bomb"], False  # before a reader touches it: to list its objects, it would unpack some
    # A file that only its owner's password protects opens with the empty one: it is not locked for its reader.
    try:
        with growing.limited(), pikepdf.open(io.BytesIO(data)) as document:
            if len(document.objects) > MAX_OBJECTS:
                return ["file.too_many_objects"], False
            codes = ["file.pdf_bomb"] if growing.hides_growth(document, len(data)) else []
            codes += _inside(document)
            if pdf_beside.as_text(pdf_beside.behind_the_end(data)) is None:
                codes.append("file.attachments")
            pages = len(document.pages)
            if pages < 1:
                codes.append("file.no_pages")
            if pages > MAX_PAGES:
                codes.append("file.too_many_pages")
            return codes, bool(document.get_warnings())
    except pikepdf.PasswordError:
        return ["file.encrypted"], False
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a stranger's file raises anything
        return ["file.unreadable"], False


def _inside(document: pikepdf.Pdf) -> Iterator[str]:
    """Look at each object, for a search in the bytes misses what lies in compressed object streams."""
    if isinstance(document.Root.get("/OpenAction"), pikepdf.Dictionary):
        yield from _action(document.Root.OpenAction)
    names = document.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        yield from ("file.javascript",) if "/JavaScript" in names else ()
        yield from ("file.attachments",) if "/EmbeddedFiles" in names else ()
    for each in document.objects:
        for found in _dictionaries(each):
            yield from _action(found)
            if _is_huge(found):
                yield "file.pdf_bomb"
            if "/JS" in found:
                yield "file.javascript"
            if "/PieceInfo" in found and _packs(found["/PieceInfo"]):
                yield "file.attachments"
            if "/EF" in found or found.get("/Type") == "/EmbeddedFile":
                yield "file.attachments"
            if "/XFA" in found:
                yield "file.form"
            if "/AA" in found:
                yield "file.action"


def _packs(held: Any, depth: int = 4) -> bool:
    """Say whether a program keeps more here than words: what it packed for itself, nobody else can read."""
    if isinstance(held, pikepdf.Stream):
        return True
    if depth == 0 or not isinstance(held, pikepdf.Dictionary | pikepdf.Array):
        return False
    children = list(held.values()) if isinstance(held, pikepdf.Dictionary) else list(held)
    return any(_packs(each, depth - 1) for each in children[:_MOST_KEPT])


def _is_huge(found: Any) -> bool:
    """Say whether a picture names more pixels than one by itself may have."""
    if found.get("/Subtype") != "/Image":
        return False
    wide, high = found.get("/Width"), found.get("/Height")
    return isinstance(wide, int) and isinstance(high, int) and wide * high > MAX_PIXELS


def _action(found: Any) -> Iterator[str]:
    kind = found.get("/S")
    if kind == "/JavaScript":
        yield "file.javascript"
    elif isinstance(kind, pikepdf.Name) and str(kind) in _ACTIONS and found.get("/Type") in (None, "/Action"):
        yield "file.action"


def _dictionaries(value: Any, depth: int = 0) -> Iterator[Any]:
    """Give the dictionaries in one object; others that it refers to are visited by themselves."""
    if depth > 20:
        raise ValueError("nested too deep")
    if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        yield value
        children = [child for _, child in value.items()]
    elif isinstance(value, pikepdf.Array):
        children = list(value)
    else:
        return
    for child in children:
        if isinstance(child, (pikepdf.Dictionary, pikepdf.Array)) and not child.is_indirect:
            yield from _dictionaries(child, depth + 1)
