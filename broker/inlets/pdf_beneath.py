"""What lies in a PDF beneath what a viewer shows: earlier versions of it, objects that no table names, words between
objects (rules).

Who saves a PDF again may write what changed behind it, and everything before it stays (ISO 32000-1, 7.5.6): a viewer
goes back to it, or any editor of text.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pikepdf

from broker.inlets import picture_words
from broker.inlets.pdf_drawn import plain_names

MOST_EARLIER = 20  # versions
MOST_PLACES = 200_000
_HEAD = re.compile(rb"(?<!\d)(\d{1,10})[\x00\s]{1,9}\d{1,5}[\x00\s]{1,9}obj(?![a-z])")
_OF_HEAD = 40  # bytes before its word
_STREAM = re.compile(rb">>[\x00\s]{0,99}stream(?:\r\n|\n|\r)")
_LENGTH_ELSEWHERE = re.compile(rb"/Length[\x00\s]{1,9}\d{1,12}[\x00\s]{1,9}\d{1,5}[\x00\s]{1,9}R")
_LENGTH = re.compile(rb"/Length[\x00\s]{1,9}(\d{1,12})(?:[\x00\s]{1,9}(\d{1,5})[\x00\s]{1,9}R)?")
_NUMBER = re.compile(rb"(?<!\d)(\d{1,10})\s{1,9}\d{1,5}\s{1,9}obj\s{0,9}(\d{1,12})\s{0,9}endobj")
_REFERENCE = re.compile(rb"(?<!\d)\d{1,10}[\x00\s]{1,9}\d{1,5}[\x00\s]{1,9}R(?![A-Za-z])")
_START = re.compile(rb"startxref\s{1,9}(\d{1,12})")
_IS_TABLE = re.compile(rb"\s{0,9}(?:xref|\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj)")
_LAST, _END_OF_STREAM, _END_OF_OBJECT, _TRAILER, _LEADS = b"%%EOF", b"endstream", b"endobj", b"trailer", b"startxref"
_FILE = re.compile(rb"/EmbeddedFile(?!\w)")
# What stands between objects by rule: the rows of a table, its numbers and what leads to it, comments.
_BY_RULE = re.compile(
    rb"\d{10} \d{5} [nf]|(?<!\d)\d{1,10} \d{1,10}(?=\s)|\bxref\b|startxref\s{1,9}\d{1,12}|%[^\r\n]*|\bendobj\b"
)
_REMARK = re.compile(rb"%[^\r\n]*")
_EMPTY = b"\x00 \t\r\n\f"
_WHITE = frozenset(bytes([each]) for each in _EMPTY)
_SAYS_NOTHING = re.compile(rb"[\x00\s]*+(?:[-+.\d]*+|true|false|null)[\x00\s]*+")
_LETTERS = re.compile(r"[^\W\d_]{3}")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")


class _Place(NamedTuple):
    """Where an object stands in a file: its value, of a stream the dictionary; and what is behind that or its bytes."""

    number: int
    starts: int
    value: tuple[int, int]
    behind: tuple[tuple[int, int], ...]
    ends: int


def earlier(data: bytes) -> Iterator[bytes]:
    """Give each earlier version of a PDF, the last one first; raises ValueError behind as many as are read."""
    given, end = 0, data.rfind(_LAST)
    while (end := data.rfind(_LAST, 0, max(0, end))) >= 0:
        start = list(_START.finditer(data, max(0, end - 1_000), end))
        # The first part of a file that is made for slow lines has an end too, which leads to no table.
        if not start or not 0 < (at := int(start[-1][1])) < end or not _IS_TABLE.match(data, at):
            continue
        if given == MOST_EARLIER:
            raise ValueError("more versions than are read")
        given += 1
        yield data[: end + len(_LAST)] + b"\n"


def between(data: bytes) -> Iterator[str]:
    """Give what stands between objects, behind their values and behind the bytes of a stream.

    Raises ValueError where it has more objects than are looked at.
    """
    at = 0
    for place in _places(data):
        yield from _told(data[at : place.starts])
        if not _is_one_value(value := data[slice(*place.value)]):
            yield from _told(value)
        for start, end in place.behind:
            yield from _told(data[start:end])
        at = place.ends
    yield from _told(data[at:])


def restored(data: bytes) -> tuple[bytes, bool]:
    """Give a PDF that names every object in it: also one that another took the place of, or that no table names.

    Each gets a number of its own. Say too whether none of those is a file in the file, which nobody unpacks. Raises
    ValueError where it is encrypted and has such (their bytes are tied to their number), or has more objects than are
    looked at, and what pikepdf raises.
    """
    places = list(_places(data))
    made, lost = _with_lost(data, places)
    if lost:
        made, more = _with_lost(made, places, only_packed=True)
        lost += more
    return made, not any(_FILE.search(plain_names(each)) for each in lost)


def _with_lost(data: bytes, places: list[_Place], *, only_packed: bool = False) -> tuple[bytes, list[bytes]]:
    """Add what is lost; of a file to which streams were added in this way, what is packed in them."""
    with pikepdf.open(io.BytesIO(data)) as document:
        known = {each.objgen[0] for each in document.objects if isinstance(each, pikepdf.Object)}
        packed = list(_packed(document))
        held = Counter(place.number for place in places) + Counter(number for number, _ in packed)
        alone = {
            place for place in (() if only_packed else places) if held[place.number] > 1 or place.number not in known
        }
        lost = [data[place.value[0] : place.ends].removesuffix(_END_OF_OBJECT) for place in places if place in alone]
        lost += [value for number, value in packed if held[number] > 1 or number not in known]
        lost = [each for each in lost if not _SAYS_NOTHING.fullmatch(each)]
        return _with(data, document, lost), lost


def _packed(document: pikepdf.Pdf) -> Iterator[tuple[int, bytes]]:
    """Give the objects that stand packed in streams, with their numbers (ISO 32000-1, 7.5.7)."""
    for each in document.objects:
        if isinstance(each, pikepdf.Stream) and each.get("/Type") == pikepdf.Name.ObjStm:
            data, first = each.read_bytes(), int(each.First)
            heads = [int(number) for number in _REMARK.sub(b" ", data[:first]).split()]
            starts = [*heads[1::2], len(data)]
            for number, start, end in zip(heads[::2], starts, starts[1:], strict=False):
                yield number, data[first + start : first + end]


def _with(data: bytes, document: pikepdf.Pdf, lost: list[bytes]) -> bytes:
    """Write objects behind a PDF, as whoever changes it does, under numbers that are free."""
    if not lost:
        return data
    if document.is_encrypted:
        raise ValueError("earlier versions under a lock")
    number = int(document.trailer.get("/Size", 0)) + len(document.objects)
    # A file whose table is broken is written with a new one.
    starts = _START.findall(data)
    if not starts or not _IS_TABLE.match(data, int(starts[-1])):
        document.save(out := io.BytesIO())
        data = out.getvalue()
        starts = _START.findall(data)
    root = b"%d %d R" % document.Root.objgen
    written, table = bytearray(data + b"\n"), bytearray()
    for body in lost:
        table += b"%d 1\n%010d 00000 n \n" % (number, len(written))
        written += b"%d 0 obj %s\nendobj\n" % (number, body)
        number += 1
    facts = b"/Size %d /Root %s /Prev %s" % (number, root, starts[-1])
    end = b"xref\n%strailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (table, facts, len(written))
    return bytes(written + end)


def _places(data: bytes) -> Iterator[_Place]:
    """Give the place of each object; raises ValueError behind as many as are looked at."""
    lengths = dict(_NUMBER.findall(data)) if _LENGTH_ELSEWHERE.search(data) else {}
    at = 0
    for _ in range(MOST_PLACES):
        if (found := _head(data, at, len(data))) is None:
            return
        place = _place(data, found, lengths)
        yield place
        at = place.ends
    raise ValueError("more objects than are looked at")


def _head(data: bytes, at: int, stop: int) -> re.Match[bytes] | None:
    """Find the head of the next object; its word is looked for first, for numbers are everywhere."""
    word = at
    while (word := data.find(b"obj", word, stop)) >= 0:
        if data[word - 1 : word] in _WHITE and (
            found := _HEAD.search(data, max(at, word - _OF_HEAD), min(word + 4, len(data)))
        ):
            return found
        word += 3
    return None


def _place(data: bytes, found: re.Match[bytes], lengths: dict[bytes, bytes]) -> _Place:
    number, starts, value = int(found[1]), found.start(), found.end()
    end = _find(data, _END_OF_OBJECT, value)
    if (stream := _STREAM.search(data, value, end)) is None:
        end = _until_head(data, value, end)
        return _Place(number, starts, (value, end), (), _past(data, end))
    said = _LENGTH.search(data, value, stream.start())
    length = int((lengths.get(said[1], b"0") if said[2] else said[1]) if said else b"0")
    close = _find(data, _END_OF_STREAM, stream.end())
    last = stream.end() + length
    if length and data[last : last + 99].lstrip(_EMPTY).startswith(_END_OF_STREAM):
        close = _find(data, _END_OF_STREAM, last)  # the word may stand in its bytes as well
    # A length that nobody knows, or that is wrong: a reader takes all before the word for its bytes.
    tail = (last if length and last < close else close, close)
    behind = close + len(_END_OF_STREAM)
    end = _until_head(data, behind, _find(data, _END_OF_OBJECT, behind))
    return _Place(number, starts, (value, stream.start() + 2), (tail, (behind, end)), _past(data, end))


def _find(data: bytes, word: bytes, at: int) -> int:
    found = data.find(word, at)
    return found if found >= 0 else len(data)


def _until_head(data: bytes, at: int, end: int) -> int:
    following = _head(data, at, end)
    return following.start() if following else end


def _past(data: bytes, end: int) -> int:
    return end + len(_END_OF_OBJECT) if data.startswith(_END_OF_OBJECT, end) else end


def _is_one_value(value: bytes) -> bool:
    """Say whether these bytes are one value and nothing else."""
    try:
        pikepdf.Object.parse(_REFERENCE.sub(b"null", value.rstrip(_EMPTY)))
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return False
    return True


def _told(data: bytes) -> Iterator[str]:
    """Give what is written among what stands there by rule."""
    first, *trailers = data.split(_TRAILER)
    for each in trailers:
        facts, leads, rest = each.partition(_LEADS)
        first += b" " + (b"" if _is_one_value(facts) else facts) + leads + rest
    if not (data := _BY_RULE.sub(b" ", first).strip(_EMPTY)):
        return
    if not _UNSEEN.search(text := data.decode("utf-8", "replace")):
        if _LETTERS.search(text):
            yield f"\n{text}\n"
        return
    for run in picture_words.runs(data):
        yield f"\n{run}\n"
