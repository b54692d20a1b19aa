"""Changed letters: one bit anywhere, something added behind the seal, parts of two letters mixed.

"Exact" is the SHA-256 of the whole file and nothing less: the seal alone does not see its own padding. A sample in
each run of the tests; 2,000 bits with both validators by `./run faults letter`.
"""

import hashlib
import io
import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from broker import sandbox
from broker.transport.timestamp import stamper
from consents.loa.archive import archived
from consents.loa.code import verification_code
from consents.loa.render import render_letter
from tests.faults.scale import SEED, WHOLE, record, scaled
from tests.integration.test_loa_names import HOSTILE
from tests.loa_desk import Desk, open_desk
from tests.loa_samples import facts

FLIPS = scaled(120, 2000)
PDFSIG_EVERY = 1 if WHOLE else 12
OTHER = {
    "number": "LOA-2026-00000043",
    "customer_name": "ALMA B SAMPLE",
    "verification_code": verification_code([7, 6, 5, 4, 3, 2, 1]),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("seal")) as opened:
        yield opened
    sandbox.close()


@pytest.fixture(autouse=True)
def _reachable(desk: Desk, settings: Any) -> None:
    settings.ALLOWED_EGRESS = [desk.place]


@pytest.fixture(scope="module")
def letters(desk: Desk) -> dict[str, bytes]:
    """Two delivered letters, and the archive's copy of the first."""
    from django.test import override_settings

    with override_settings(ALLOWED_EGRESS=[desk.place]):
        one = desk.seal(render_letter(facts(), rehearsal=False).pdf)
        other = desk.seal(render_letter(facts(**OTHER), rehearsal=False).pdf, "Alma B. Sample")
        kept = archived(one, desk.trust, stamper([desk.authority.url]), now=_now(), crls=[])[0]
    return {"one": one, "other": other, "archived": kept}


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def is_exact(data: bytes, letters: dict[str, bytes]) -> bool:
    return hashlib.sha256(data).digest() in {hashlib.sha256(each).digest() for each in letters.values()}


def pdfsig(data: bytes, folder: Path) -> str:
    (folder / "letter.pdf").write_bytes(data)
    return subprocess.run(
        ["pdfsig", "-nocert", "letter.pdf"], cwd=folder, capture_output=True, text=True, errors="replace"
    ).stdout


def whole_and_valid(said: str) -> bool:
    return "Signature is Valid." in said and "Total document signed" in said


def contents_of(sealed: bytes) -> tuple[int, int]:
    """Where the signature itself lies, which no signature can cover."""
    found = re.findall(rb"/ByteRange \[\s*0 (\d+) (\d+) (\d+)", sealed)
    first, second, _length = (int(value) for value in found[0])
    return first, second


# --- one bit ------------------------------------------------------------------------------------------------------


def test_no_flipped_bit_is_exact_and_none_in_the_signed_range_is_believed(
    desk: Desk, letters: dict[str, bytes], tmp_path: Path
) -> None:
    sealed, chance, count = letters["one"], random.Random(SEED), Counter[str]()
    first, last = contents_of(sealed)
    end = sealed.rindex(b">", first, last) if b">" in sealed[first:last] else last
    padding = first + 1 + len(sealed[first + 1 : end].rstrip(b"0"))
    for turn in range(FLIPS):
        at = chance.randrange(len(sealed))
        changed = bytearray(sealed)
        changed[at] ^= 1 << chance.randrange(8)
        data = bytes(changed)
        zone = "signed" if not first <= at < last else "signature" if at < padding else "padding"
        believed = desk.judge(data).genuine
        count[f"{zone} {'believed' if believed else 'refused'}"] += 1
        assert not is_exact(data, letters)
        if zone == "signed":
            assert not believed, at
            if turn % PDFSIG_EVERY == 0:
                count["pdfsig asked"] += 1
                assert not whole_and_valid(pdfsig(data, tmp_path)), at
    assert count["signed refused"] > FLIPS / 3
    record("one flipped bit", "-", flips=FLIPS, exact=0, **{key.replace(" ", "_"): n for key, n in count.items()})


def test_no_flipped_bit_of_an_archived_letter_is_exact_or_believed_where_it_is_covered(
    desk: Desk, letters: dict[str, bytes]
) -> None:
    kept, chance = letters["archived"], random.Random(SEED + 1)
    holes = [(int(first), int(second)) for first, second in re.findall(rb"/ByteRange \[\s*0 (\d+) (\d+) \d+", kept)]
    covered = [at for at in range(len(kept)) if not any(first <= at < second for first, second in holes)]
    rounds = scaled(25, 300)
    for at in chance.sample(covered, rounds):
        changed = bytearray(kept)
        changed[at] ^= 1 << chance.randrange(8)
        assert not is_exact(bytes(changed), letters)
        assert not desk.judge(bytes(changed)).genuine, at
    record("one flipped bit of the archive's copy", "-", flips=rounds, exact=0)


# --- something behind the seal ---------------------------------------------------------------------------------------


def _increment(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        writer: Any = IncrementalPdfFileWriter(io.BytesIO(data))
        change(writer)
        kept = io.BytesIO()
        writer.write(kept)
        return kept.getvalue()

    return make


def _page_text(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    more = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 20 Tf 90 90 Td (and bank details) Tj ET"))
    old = page.raw_get("/Contents")
    page["/Contents"] = generic.ArrayObject([old, more])
    writer.update_container(page)


def _attachment(writer: Any) -> None:
    from pyhanko.pdf_utils import embed

    stream = embed.EmbeddedFileObject.from_file_data(writer, b"{}", mime_type="application/json")
    embed.embed_file(
        writer, embed.FileSpec(file_spec_string="z.json", file_name="z.json", embedded_data=stream, description="z")
    )


def _annotation(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(n) for n in (90, 90, 400, 120)]),
            pdf_name("/Contents"): generic.pdf_string("Also release payment history"),
        }
    )
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
    writer.update_container(page)


def _language(writer: Any) -> None:
    writer.root["/Lang"] = generic.pdf_string("es")
    writer.update_root()


def _open_action(writer: Any) -> None:
    script = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
    writer.root["/OpenAction"] = generic.DictionaryObject(script)
    writer.update_root()


def _other_pages(writer: Any) -> None:
    """The catalog points to other pages; the signed ones lie hidden in the revision before."""
    blank = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 612, 792)]),
        }
    )
    reference = writer.add_object(blank)
    pages = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Pages"),
            pdf_name("/Kids"): generic.ArrayObject([reference]),
            pdf_name("/Count"): generic.NumberObject(1),
        }
    )
    blank["/Parent"] = writer.add_object(pages)
    writer.root["/Pages"] = blank.raw_get("/Parent")
    writer.update_root()


def _without_seal(writer: Any) -> None:
    writer.root["/AcroForm"]["/Fields"].clear()
    writer.update_container(writer.root["/AcroForm"])


def _rewritten(data: bytes) -> bytes:
    """As a viewer's "save as" writes it: the same pages, other bytes."""
    kept = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(kept)
    return kept.getvalue()


SHADOWS: dict[str, Callable[[bytes], bytes]] = {
    "page text": _increment(_page_text),
    "attachment": _increment(_attachment),
    "annotation": _increment(_annotation),
    "language": _increment(_language),
    "script": _increment(_open_action),
    "other pages over hidden ones": _increment(_other_pages),
    "the seal's field taken out": _increment(_without_seal),
    "save as": _rewritten,
    "an older revision": lambda data: data[: data.rindex(b"%%EOF", 0, len(data) - 10) + 6],
    "the last byte gone": lambda data: data[:-1],
}


@pytest.mark.parametrize("name", SHADOWS)
@pytest.mark.parametrize("which", ["one", "archived"])
def test_nothing_added_behind_the_seal_is_exact_or_believed(
    desk: Desk, letters: dict[str, bytes], name: str, which: str
) -> None:
    changed = SHADOWS[name](letters[which])
    if which == "archived" and name == "an older revision":
        assert desk.judge(changed).archive_stamps == 0  # the letter before the stamp, with what validation needs
    else:
        assert not desk.judge(changed).genuine
    assert not is_exact(changed, letters)


@pytest.mark.parametrize("which", ["one", "archived"])
def test_trailing_junk_is_seen_by_the_coverage_and_by_the_hash(
    desk: Desk, letters: dict[str, bytes], which: str
) -> None:
    changed = letters[which] + b"\n% more"
    found = desk.judge(changed)
    assert not is_exact(changed, letters)
    assert (found.genuine, found.problem) == (False, "not_the_whole_file")
    assert found.intact
    assert found.sealed_sha256 == hashlib.sha256(letters["one"]).hexdigest(), "the issued bytes are in there whole"


def test_a_second_signature_is_never_genuine(desk: Desk, letters: dict[str, bytes]) -> None:
    """pyHanko refuses to make one; a program that does not ask is imitated by taking the certification away."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(letters["one"]))
    del writer.root["/Perms"]
    writer.update_root()
    append_signature_field(writer, SigFieldSpec("Second"))
    kept = io.BytesIO()
    writer.write(kept)
    meta = signers.PdfSignatureMetadata(field_name="Second")
    changed = signers.sign_pdf(IncrementalPdfFileWriter(kept), meta, desk.key.signer).getvalue()
    assert desk.judge(changed).signatures == 2
    assert not is_exact(changed, letters)
    assert not desk.judge(changed).genuine


# --- parts of two letters ---------------------------------------------------------------------------------------------


def _record_stream(data: bytes) -> tuple[int, int]:
    """Where the compressed record of a letter lies: its stream is the first after its own dictionary."""
    at = data.index(b"/Type /EmbeddedFile") if b"/Type /EmbeddedFile" in data else data.index(b"/Type/EmbeddedFile")
    begin = data.index(b"stream\n", at) + len(b"stream\n")
    return begin, data.index(b"\nendstream", begin)


def test_a_swapped_record_is_caught_in_the_sealed_bytes_and_behind_them(desk: Desk, letters: dict[str, bytes]) -> None:
    one, other = letters["one"], letters["other"]
    (begin, end), (its_begin, its_end) = _record_stream(one), _record_stream(other)
    record_of_other = other[its_begin:its_end]
    swapped = one[:begin] + record_of_other[: end - begin].ljust(end - begin, b"\0") + one[end:]
    assert not is_exact(swapped, letters)
    assert not desk.judge(swapped).genuine

    def replace(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        with pikepdf.open(io.BytesIO(other)) as document:
            theirs = document.attachments["consent-record.json"].get_file().read_bytes()
        stream = writer.add_object(
            generic.StreamObject({pdf_name("/Type"): pdf_name("/EmbeddedFile")}, stream_data=theirs)
        )
        names[1]["/EF"]["/F"] = stream
        writer.update_container(names[1])

    behind = _increment(replace)(one)
    with pikepdf.open(io.BytesIO(behind)) as document:
        read = json.loads(document.attachments["consent-record.json"].get_file().read_bytes())
    assert read["header"]["record_id"] == OTHER["number"], "a reader would be shown the other letter's record"
    assert not is_exact(behind, letters)
    assert desk.judge(behind).problem == "changed_afterwards"


def test_the_signature_of_one_letter_on_another_is_caught(desk: Desk, letters: dict[str, bytes]) -> None:
    """Everything behind the presented bytes, the visible block too, is put behind another letter's."""
    one = letters["one"]
    presented = [render_letter(facts(), rehearsal=False).pdf, render_letter(facts(**OTHER), rehearsal=False).pdf]
    assert one.startswith(presented[0])
    moved = presented[1] + one[len(presented[0]) :]
    assert not is_exact(moved, letters)
    assert not desk.judge(moved).genuine
    (a, b), (c, d) = contents_of(one), contents_of(letters["other"])
    transplanted = letters["other"][:c] + one[a:b].ljust(d - c, b"0")[: d - c] + letters["other"][d:]
    found = desk.judge(transplanted)
    assert (found.genuine, found.intact) == (False, False)


# --- what agrees on the good ones -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"language": "es"},
        {"customer_name": "Ñ" * 80},
        {"onward": (), "forward_until": None},
        *({"customer_name": name} for name in HOSTILE),
    ],
    ids=["en", "es", "long", "short", *(f"strange{place}" for place in range(len(HOSTILE)))],
)
def test_three_programs_agree_on_each_delivered_file(desk: Desk, changes: dict[str, Any], tmp_path: Path) -> None:
    presented = render_letter(facts(**changes), rehearsal=True).pdf
    sealed = desk.seal(presented, name=changes.get("customer_name", "Jolene E. Sample"))
    assert desk.judge(sealed).genuine
    assert whole_and_valid(pdfsig(sealed, tmp_path))
    checked = subprocess.run(["qpdf", "--check", "letter.pdf"], cwd=tmp_path, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "not encrypted" in checked.stdout
