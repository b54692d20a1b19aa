"""The letter's reader gives what pyHanko gives of every object, also of wrong files, and reads an index once."""

import io
import logging
import random
import re
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, String
from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader

from consents.loa.reading import LetterReader

STORED = 20
BROKEN = (misc.PdfError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


@pytest.fixture(scope="module")
def stored() -> bytes:
    """A file whose objects lie in one stream, which is not compressed, so that a changed byte is a changed index."""
    with pikepdf.new() as made:
        made.add_blank_page()
        every = [made.make_indirect(Dictionary(Turn=i, Words=Array([String(f"word {i}"), 1.5]))) for i in range(STORED)]
        made.Root.Kept = Array(every)
        made.Root.Type = Name.Catalog
        made.save(
            out := io.BytesIO(),
            object_stream_mode=ObjectStreamMode.generate,
            compress_streams=False,
            recompress_flate=False,
        )
    return out.getvalue()


def outcomes(kind: type[PdfFileReader], data: bytes, *, strict: bool) -> list[Any]:
    """What each object of the file is, or how reading it fails."""
    try:
        reader = kind(io.BytesIO(data), strict=strict)
        highest = int(reader.trailer["/Size"])
    except BROKEN as problem:
        return [(type(problem), str(problem))]
    found: list[Any] = []
    for number in range(1, highest):
        try:
            found.append(re.sub("0x[0-9a-f]+", "", repr(reader.get_object(generic.Reference(number, 0, reader)))))
        except BROKEN as problem:
            found.append((type(problem), str(problem)))
    return found


def test_of_a_good_file_each_object_is_what_pyhanko_reads(stored: bytes) -> None:
    ours = outcomes(LetterReader, stored, strict=True)
    assert ours == outcomes(PdfFileReader, stored, strict=True)
    assert sum("word" in str(each) for each in ours) == STORED


@pytest.mark.parametrize("strict", [True, False])
def test_of_a_changed_file_too_and_each_refusal_is_the_same(
    stored: bytes, strict: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    good, chance, differing = outcomes(PdfFileReader, stored, strict=strict), random.Random(20261127), 0
    begin = stored.index(b"/ObjStm")
    begin = stored.index(b"stream", begin)
    for turn in range(120):
        changed = bytearray(stored)
        # Mostly in the index itself, which lies at the stream's beginning.
        at = begin + chance.randrange(130 if turn % 3 else stored.index(b"endstream", begin) - begin)
        changed[at] = chance.choice(b"0123456789 .-+x/<>[]()R\n\0")
        theirs = outcomes(PdfFileReader, bytes(changed), strict=strict)
        assert outcomes(LetterReader, bytes(changed), strict=strict) == theirs, (turn, at)
        differing += theirs != good
    assert differing > 40  # the changes do reach what is read


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Type /ObjStm", b"/Type /ObjStx"),
        (b"/N 2", b"/N 9"),  # more than there are
        (b"/N ", b"/X "),
        (b"/First ", b"/Fxrst "),
    ],
)
def test_a_stream_that_is_none_is_refused_in_the_same_words(stored: bytes, old: bytes, new: bytes) -> None:
    assert old in stored
    changed = stored.replace(old, new, 1)
    assert outcomes(LetterReader, changed, strict=True) == outcomes(PdfFileReader, changed, strict=True)
    assert outcomes(LetterReader, changed, strict=True) != outcomes(PdfFileReader, stored, strict=True)


def test_the_index_is_read_once_for_all_objects(stored: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, real = [0], misc.read_non_whitespace

    def counted(*args: Any, **options: Any) -> bytes:
        steps[0] += 1
        return real(*args, **options)

    monkeypatch.setattr(misc, "read_non_whitespace", counted)
    outcomes(LetterReader, stored, strict=True)
    ours, steps[0] = steps[0], 0
    outcomes(PdfFileReader, stored, strict=True)
    assert ours * 3 < steps[0]  # theirs grows with the square
