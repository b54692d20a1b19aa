"""What stands against a file, by its content; each reason has a code and words of its own."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import settings
from PIL import Image

from broker import sandbox
from broker.sandbox.wire import pack, unpack
from requests_app.inbound.examining import examine
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.mail_reading import read
from tests.fuzz.bombs import by_lzw, by_run_lengths, in_an_object_stream, plain
from tests.fuzz.bombs import encrypted as encrypted_bomb
from tests.fuzz.bombs import picture as picture_of
from tests.fuzz.mutations import pdfs_of_ours
from tests.integration.mail_support import SAMPLES, packed


def look(name: str, data: bytes) -> dict[str, Any]:
    found = examine({"name": name, "data": pack(data)})
    assert set(found["codes"]) <= set(QUARANTINE)
    return found


# What the description of each real file says that it is.
REAL: dict[str, tuple[list[str], bool]] = {
    "aa_javascript": (["file.action", "file.javascript"], False),
    "action_importdata": (["file.action"], False),
    "action_javascript": (["file.javascript"], False),
    "action_launch": (["file.action"], False),
    "attachment_txt": (["file.attachments"], False),
    "attachments_30_pages": (["file.javascript", "file.attachments"], False),
    "autoprint_objstm": (["file.javascript"], False),
    "bad_xref": ([], True),
    "broken_but_readable": ([], True),
    "cyclic_outline": ([], True),
    "embedded_file": (["file.attachments"], False),
    "encrypt_not_a_dict": (["file.unreadable"], False),
    "encrypted_aes256_r6": (["file.encrypted"], False),
    "encrypted_attachment_only": (["file.encrypted"], False),
    "encrypted_rc4_40": (["file.encrypted"], False),
    "fuzz_26_warnings": (["file.wrong_ending", "file.type"], False),
    "fuzz_fl_filter": (["file.wrong_ending", "file.type"], False),
    "hostile_huge_numbers": (["file.unreadable"], False),
    "names_javascript_objstm": (["file.javascript"], False),
    "no_pages": (["file.unreadable"], False),
    "no_startxref": ([], True),
    "not_a_pdf_5_bytes": (["file.wrong_ending", "file.type"], False),
    "protected_empty_user_password": ([], False),
    "recursive_xobjects": ([], True),
    "self_reference_loop": ([], True),
    "simple_no_startxref": ([], True),
    "tiny_truncated": (["file.wrong_ending", "file.type"], False),
    "xref_loop": ([], True),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_what_their_description_says(name: str) -> None:
    path = SAMPLES / "pdf" / f"{name}.pdf"
    if not path.is_file():
        pytest.skip("the shared samples are not beside this repository")
    found = look(path.name, path.read_bytes())
    assert (found["codes"], found["repaired"]) == REAL[name]


def real_mail(name: str) -> bytes:
    path = SAMPLES / "email" / name
    if not path.is_file():
        pytest.skip("the shared samples are not beside this repository")
    return path.read_bytes()


@pytest.mark.parametrize("name", ["winmail_simple.dat", "winmail_oom.tnef"])
def test_a_real_winmail_is_never_unpacked_and_asked_for_again(name: str) -> None:
    assert look(name, real_mail(name))["codes"] == ["file.tnef"]


@pytest.mark.parametrize(
    ("name", "attached"),
    [
        ("boundary_prefix_of_other.eml", ["file.unreadable"]),  # a fragment of 31 bytes that is called a PDF
        ("pdf_attachment_emoji_subject.eml", ["file.unreadable"]),  # cut off
        ("forwarded_message_rfc822.eml", ["file.unreadable"]),  # inside a mail that was forwarded
        ("smime_signed_empty_digest_set.eml", []),  # its signature is no document
    ],
)
def test_what_real_mails_attach_is_kept_and_never_taken_for_a_bill(name: str, attached: list[str]) -> None:
    files = read({"raw": pack(real_mail(name))})["files"]
    assert [code for each in files for code in look(each["name"], unpack(each["data"]))["codes"]] == attached


def test_every_real_file_is_looked_at() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the shared samples are not beside this repository")
    assert {path.stem for path in (SAMPLES / "pdf").glob("*.pdf")} == set(REAL)


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdfs_of_ours()[0])) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (20, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("1", size).save(out, kind)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


CASES: list[tuple[str, bytes, list[str]]] = [
    ("bill.pdf", pdfs_of_ours()[0], []),
    ("bill.pdf", pdfs_of_ours()[1], ["file.javascript"]),  # in an object stream: no search in the bytes finds it
    ("bill.pdf", encrypted(), ["file.encrypted"]),
    ("usage.csv", b"a,b\n1,2\n", []),
    ("usage.pdf", b"a,b\n1,2\n", ["file.wrong_ending"]),
    ("scan.png", picture("PNG"), []),
    ("scan.png", picture("PNG", (10_000, 8_500)), ["file.bomb"]),
    ("scan.jpg", picture("PNG"), ["file.wrong_ending"]),
    ("x.docx", packed({"[Content_Types].xml": b"x"}), ["file.office"]),
    ("x.xlsm", packed({"[Content_Types].xml": b"x", "xl/vbaProject.bin": b"x"}), ["file.macros"]),
    ("x.zip", packed({"a.csv": b"a,b"}), ["file.archive"]),
    ("x.zip", packed({"b.zip": b"PK"}), ["file.nested"]),
    ("x.zip", packed({"zeros": b"\x00" * 20_000_000}), ["file.bomb"]),
    ("x.zip", packed({"a": b"b"})[:-30], ["file.unreadable"]),
    ("x.doc", OLE, ["file.office"]),
    ("x.doc", OLE + "_VBA_PROJECT".encode("utf-16-le"), ["file.macros"]),
    ("x.docx", OLE + "EncryptedPackage".encode("utf-16-le"), ["file.encrypted"]),
    ("x.exe", b"MZ\x90", ["file.program"]),
    ("bill.pdf", b"MZ\x90", ["file.wrong_ending", "file.program"]),
    ("x.gz", b"\x1f\x8b\x08" + b"\x00" * 20, ["file.archive"]),
    ("x.html", b"<html><script>", ["file.web_page"]),
    ("winmail.dat", b"\x78\x9f\x3e\x22", ["file.tnef"]),
    ("../x.csv", b"a,b\n", ["file.name"]),
    ("bill\u202efdp.csv", b"a,b\n", ["file.name"]),
    ("x.csv", b"", ["file.empty"]),
    ("x.csv", b"a," * (13 * 1024 * 1024), ["file.too_large"]),
    ("bill.pdf", b"%PDF-1.>\nstartxref\n53610\n%%EOF\n", ["file.unreadable"]),
]


@pytest.mark.parametrize(("name", "data", "codes"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_each_reason_has_its_own_code(name: str, data: bytes, codes: list[str]) -> None:
    assert look(name, data)["codes"] == codes


# Made when they are looked at: 70 MB take their time.
GROWING: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "contents": (lambda: plain((b"/FlateDecode", zlib.compress(b" " * 70_000_000, 9))), ["file.pdf_bomb"]),
    "object stream": (lambda: in_an_object_stream(128 * 1024 * 1024), ["file.pdf_bomb"]),
    "the same stream without what blows it up": (lambda: in_an_object_stream(0), []),
    "older packing": (lambda: by_lzw(70_000_000), ["file.pdf_bomb"]),
    "run lengths": (lambda: by_run_lengths(70_000_000), ["file.pdf_bomb"]),
    "encrypted for its owner alone": (lambda: encrypted_bomb(128 * 1024 * 1024), ["file.pdf_bomb"]),
    "a poster": (lambda: picture_of(40_000, 30_000), ["file.pdf_bomb"]),
    "a scan": (lambda: picture_of(3_400, 4_400), []),
}


@pytest.mark.parametrize("what", GROWING)
def test_a_pdf_that_would_grow_has_a_code_of_its_own(what: str) -> None:
    make, codes = GROWING[what]
    assert look("bill.pdf", make())["codes"] == codes
    assert settings.get_qpdf_limits()["flate_max_memory"] == 0  # the reader's limits are as they were


def test_a_file_that_only_its_owner_protected_is_looked_into_behind_the_walls_too() -> None:
    payload = {"name": "bill.pdf", "data": pack(encrypted_bomb(0))}
    try:
        found = sandbox.call("requests_app.inbound.examining:examine", payload, wall=20.0, cpu=12)
    finally:
        sandbox.close()
    assert found == {"codes": [], "repaired": False}
