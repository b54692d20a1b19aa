"""What lies in a PDF beneath what a viewer shows, and in streams that nobody draws: all of it is read."""

import io
import re
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from broker.inlets import pdf_beneath, pdf_streams, pdf_words, unread, written
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from broker.terms import Refusal
from requests_app import quarantine
from tests.integration.test_gate_drawn import SAID, font, note, on_page, other_codes
from tests.integration.test_gate_unread_files import LOGIN, SECRET, WORDS, pdf
from tests.integration.test_share import bill, share
from tests.requests_world import world

HIDDEN = WORDS.encode()
NOTE = b"<</Type/Annot/Subtype/Text/Rect[1 1 9 9]/Contents(%s)>>"
_START = re.compile(rb"startxref\s+(\d+)")


def plain(change: Callable[[Any], None] = lambda _document: None, *, packed: bool = False) -> bytes:
    """A bill whose objects stand one by one, or packed."""
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    with pikepdf.open(io.BytesIO(bill())) as document:
        change(document)
        document.save(out := io.BytesIO(), object_stream_mode=mode, fix_metadata_version=False)
    return out.getvalue()


def saved_again(data: bytes, objects: dict[int, bytes]) -> bytes:
    """Write objects behind a PDF, as a program does that leaves all else as it is."""
    with pikepdf.open(io.BytesIO(data)) as document:
        root, size = document.Root.objgen[0], len(document.objects) + 50
    out, table = bytearray(data), bytearray()
    for number, value in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    before = _START.findall(data)[-1]
    facts = b"<</Size %d/Root %d 0 R/Prev %s>>" % (size, root, before)
    return bytes(out + b"xref\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (table, facts, len(out)))


def free(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as document:
        return len(document.objects) + 5


def stream(data: bytes, facts: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), facts, data)


def moved(data: bytes, at: int, words: bytes) -> bytes:
    """Put words before the table, which is found where it is now."""
    found = data[:at] + words + data[at:]
    return _START.sub(lambda start: b"startxref\n%d" % (int(start[1]) + len(words)), found)


def before_table(words: bytes) -> bytes:
    data = plain()
    return moved(data, data.rindex(b"\nxref\n") + 1, words)


def hidden_page(*, packed: bool = False) -> bytes:
    """A page that showed the words, and shows others since it was saved again."""
    data = plain(lambda document: on_page(document, "Font", "F9", font(document), SAID), packed=packed)
    with pikepdf.open(io.BytesIO(data)) as document:
        numbers = [each.objgen[0] for each in document.pages[0].Contents]
    return saved_again(data, dict.fromkeys(numbers, stream(b" ")))


def hidden_font() -> bytes:
    """A page that was drawn in a font with names for its letters, in whose place stands another one now."""

    def change(document: Any) -> None:
        each, said = other_codes(document)
        on_page(document, "Font", "F9", each, said)

    data = plain(change)
    with pikepdf.open(io.BytesIO(data)) as document:
        number = document.pages[0].Resources.Font.F9.objgen[0]
    return saved_again(data, {number: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"})


def replaced(first: bytes, then: bytes, *, packed: bool = False) -> bytes:
    data = plain(packed=packed)
    number = free(data)
    return saved_again(saved_again(data, {number: first}), {number: then})


def replaced_in_a_stream() -> bytes:
    data = plain(lambda document: note(document, Subtype=Name.Text, Contents=String(WORDS)), packed=True)
    with pikepdf.open(io.BytesIO(data)) as document:
        number = document.pages[0].Annots[0].objgen[0]
    return saved_again(data, {number: NOTE % b"ok"})


def freed() -> bytes:
    data = bytearray(saved_again(plain(), {free(plain()): b"<</Note(%s)>>" % HIDDEN}))
    at = data.rindex(b" 00000 n")
    data[at : at + 8] = b" 00001 f"
    return bytes(data)


def short(data: bytes = b"abc") -> bytes:
    value = b"<</Length %d>>\nstream\n%s\n%s\nendstream" % (len(data), data, HIDDEN)
    return saved_again(plain(), {free(plain()): value})


def behind_a_value() -> bytes:
    return plain().replace(b"endobj", b" %s endobj" % HIDDEN, 1)


BENEATH: dict[str, Callable[[], bytes]] = {
    "page that was hidden": hidden_page,
    "page that was hidden, packed": lambda: hidden_page(packed=True),
    "font that was another": hidden_font,
    "note that was another": lambda: replaced(NOTE % HIDDEN, NOTE % b"ok"),
    "note that was another, packed": replaced_in_a_stream,
    "what was drawn": lambda: replaced(stream(SAID), stream(b" ")),
    "what was drawn, packed": lambda: replaced(stream(zlib.compress(SAID), b"/Filter/FlateDecode"), stream(b" ")),
    "freed": freed,
    "in no table": lambda: before_table(b"9999 0 obj\n(%s)\nendobj\n" % HIDDEN),
    "between objects": lambda: before_table(b"%s\n" % HIDDEN),
    "behind the trailer": lambda: plain().replace(b"startxref", HIDDEN + b"\nstartxref"),
    "behind a value": behind_a_value,
    "behind the bytes of a stream": short,
    "before the head": lambda: b"\n" + plain().replace(b"1 0 obj", HIDDEN + b"\n1 0 obj", 1),
}


@pytest.mark.parametrize("place", BENEATH)
def test_what_lies_beneath_is_read(place: str) -> None:
    assert unread.against(BENEATH[place]()) == LOGIN


def test_a_bill_with_an_earlier_version_goes_to_nobody(committing: str) -> None:
    answer = share(world(onward_recipients=[]), "bill.pdf", hidden_page())
    assert isinstance(answer, Refusal)
    assert answer.code == LOGIN


def test_an_honest_pdf_that_was_saved_again_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    data = replaced(NOTE % b"as agreed", NOTE % b"as we agreed")
    assert quarantine.examine("bill.pdf", data).codes == ()
    assert len(list(pdf_beneath.earlier(data))) == 2
    for module, name in ((pdf_beneath, "MOST_EARLIER"), (pdf_words, "MOST_EARLIER_PAGES")):
        assert pdf_words.found({"data": pack(data)})["whole"] is True
        with monkeypatch.context() as limits:
            limits.setattr(module, name, 1)
            assert pdf_words.found({"data": pack(data)})["whole"] is False


def test_a_file_in_an_earlier_version_is_unpacked_by_nobody() -> None:
    data = replaced(stream(HIDDEN, b"/Type/EmbeddedFile"), b"<</Kept 1>>")
    assert unread.against(data) == unread.CODE


def test_a_pdf_for_slow_lines_has_one_version_and_nothing_between() -> None:
    with pikepdf.open(io.BytesIO(paper.pdf([["A page"], ["of words"]]))) as document:
        document.save(out := io.BytesIO(), linearize=True)
    data = out.getvalue()
    assert data.count(b"%%EOF") == 2
    assert not [*pdf_beneath.earlier(data), *pdf_beneath.between(data)]
    assert pdf_beneath.restored(data) == (data, True)
    assert unread.against(data) == ""


def test_more_objects_than_are_looked_at_are_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_beneath, "MOST_PLACES", 2)
    assert pdf_words.found({"data": pack(plain())})["whole"] is False


def kept(document: Any, data: bytes, **facts: Any) -> None:
    document.Root.Stuff = document.make_stream(data, **facts)


def photo(document: Any, *, packed: bool = False) -> None:
    Image.new("L", (8, 8)).save(out := io.BytesIO(), "JPEG", comment=HIDDEN)
    facts = {"Type": Name.XObject, "Subtype": Name.Image, "Width": 8, "Height": 8, "BitsPerComponent": 8}
    each = document.make_stream(out.getvalue(), ColorSpace=Name.DeviceGray, **facts)
    held = zlib.compress(out.getvalue()) if packed else out.getvalue()
    each.write(held, filter=Array([Name.FlateDecode, Name.DCTDecode]) if packed else Name.DCTDecode)
    on_page(document, "XObject", "I9", each, b"8 0 0 8 50 50 cm /I9 Do")


def drawn(document: Any, content: bytes) -> None:
    on_page(document, "Font", "F9", font(document), content)


def of_letters(document: Any) -> None:
    each = font(document)
    each.ToUnicode = document.make_stream(b"% " + HIDDEN + b"\nbegincmap\nendcmap")
    on_page(document, "Font", "F8", each, b"")


def of_a_font(document: Any, head: bytes) -> None:
    each = font(document)
    program = document.make_stream(head + HIDDEN + b"\x00\x01", Subtype=Name.Type1C)
    facts = Dictionary(Type=Name.FontDescriptor, FontName=Name.Helvetica, FontFile3=program)
    each.FontDescriptor = document.make_indirect(facts)
    on_page(document, "Font", "F8", each, b"")


def of_colours(document: Any) -> None:
    profile = document.make_stream(b"\x00\x00\x02" + HIDDEN + b"\x00", N=3)
    facts = {"S": Name.GTS_PDFA1, "OutputConditionIdentifier": String("x"), "DestOutputProfile": profile}
    document.Root.OutputIntents = Array([Dictionary(Type=Name.OutputIntent, **facts)])


def of_postscript(document: Any) -> None:
    each = document.make_stream(b"(%s) show" % HIDDEN, Type=Name.XObject, Subtype=Name.PS)
    on_page(document, "XObject", "P9", each, b"/P9 Do")


STREAMS: dict[str, Callable[[Any], None]] = {
    "under a strange key": lambda document: kept(document, HIDDEN),
    "that speaks of drawing": lambda document: kept(document, b"Do tell BT re " + HIDDEN),
    "in wide letters": lambda document: kept(document, WORDS.encode("utf-16")),
    "that calls itself a photo": lambda document: kept(document, HIDDEN, Filter=Name.JPXDecode),
    "that is no packed one": lambda document: kept(document, HIDDEN, Filter=Name.FlateDecode),
    "comment on a page": lambda document: drawn(document, b"% " + HIDDEN + b"\n"),
    "comment behind a string": lambda document: drawn(document, b"BT (5 % \\( of) Tj ET % " + HIDDEN + b"\n"),
    "spoken": lambda document: drawn(document, b"/Figure <</Alt (%s)>> BDC EMC" % HIDDEN),
    "written out": lambda document: drawn(document, b"/Span <</E (%s)>> BDC EMC" % HIDDEN),
    "written out, in numbers": lambda document: drawn(document, b"/Span <</E <%s>>> BDC EMC" % HIDDEN.hex().encode()),
    "deeper": lambda document: drawn(document, b"/Span <</A <</B [(%s)]>>>> DP" % HIDDEN),
    "letters of a font": of_letters,
    "program of a font": lambda document: of_a_font(document, b""),
    "program of a font that looks like one": lambda document: of_a_font(document, b"\x01\x00\x04\x02"),
    "colours": of_colours,
    "postscript": of_postscript,
    "comment of a photo": photo,
    "comment of a packed photo": lambda document: photo(document, packed=True),
}


@pytest.mark.parametrize("place", STREAMS)
def test_letters_of_a_stream_are_read(place: str) -> None:
    made = pdf(STREAMS[place])
    assert any(SECRET in text for text in written.every(made))
    assert unread.against(made) == LOGIN


def test_more_than_is_unpacked_is_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_streams, "MOST_BYTES", 10)
    assert pdf_words.found({"data": pack(bill())})["whole"] is False


def test_a_large_drawing_is_read_to_its_end() -> None:
    """A chart of some megabytes: a reader that kept each step of it used up its memory, and the bill was refused."""

    def charted(document: Any) -> None:
        points = b"".join(b"%d.25 %d.5 l\n" % (at % 600, at * 7 % 790) for at in range(600_000))
        on_page(document, "XObject", "C9", document.make_stream(points, {"/Subtype": Name.Form}), b"")

    assert written.read(pdf(charted)) == written.Words(written.read(bill()).texts, whole=True, closed=False)


def test_packed_objects_with_remarks_among_their_numbers_are_read() -> None:
    """So a program writes them that makes a PDF to be read by people."""
    with pikepdf.open(io.BytesIO(bill())) as document:
        document.save(out := io.BytesIO(), qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"%% Object stream" in out.getvalue()
    assert unread.against(out.getvalue()) == ""
