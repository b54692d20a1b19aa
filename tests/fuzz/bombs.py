"""PDFs that grow: each a few kB or MB that say, some in a way that hides it, that they are a gigabyte."""

import io
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf

GIGABYTE = 1024 * 1024 * 1024
_MEGABYTE = 1024 * 1024


@cache
def deflated(size: int = GIGABYTE) -> bytes:
    """Give blanks of about this size, deflated; written block by block, for a gigabyte takes long to deflate."""
    engine = zlib.compressobj(9)
    begin = engine.compress(b"") + engine.flush(zlib.Z_FULL_FLUSH)
    block = engine.compress(b" " * 32 * _MEGABYTE) + engine.flush(zlib.Z_FULL_FLUSH)
    return begin + block * (size // (32 * _MEGABYTE)) + engine.flush()


def plain(*streams: tuple[bytes, bytes]) -> bytes:
    """Give a PDF of one page with these streams, each with its filter's name or list, as it is written."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>/Contents 4 0 R>>",
        *(
            b"<</Filter %s/Length %d>>\nstream\n%s\nendstream" % (packed_as, len(data), data)
            for packed_as, data in streams
        ),
    ]
    out, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def in_an_object_stream(size: int = GIGABYTE, *, layers: int = 1) -> bytes:
    """Give a PDF whose catalogue and pages lie in an object stream that is blown up behind them."""
    catalogue, pages = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    head = b"1 0 2 %d " % (len(catalogue) + 1)
    engine = zlib.compressobj(9)
    data = engine.compress(head + catalogue + b" " + pages + b" ") + engine.flush(zlib.Z_FULL_FLUSH)
    data += deflated(size)[2:] if size else engine.flush()  # without the two bytes that begin it
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = b"[%s]" % (b"/FlateDecode" * layers)
    out = b"%PDF-1.5\n"
    place = {4: len(out)}
    out += b"4 0 obj\n<</Type/ObjStm/N 2/First %d/Filter %s/Length %d>>\n" % (len(head), filters, len(data))
    out += b"stream\n%s\nendstream\nendobj\n" % data
    place[3] = len(out)
    out += b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>>>\nendobj\n"
    place[5] = len(out)
    rows = [(0, 0, 65535), (2, 4, 0), (2, 4, 1), (1, place[3], 0), (1, place[4], 0), (1, place[5], 0)]
    table = zlib.compress(b"".join(bytes([a]) + b.to_bytes(4, "big") + c.to_bytes(2, "big") for a, b, c in rows))
    out += b"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>\n" % len(table)
    return out + b"stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, place[5])


def encrypted(size: int = GIGABYTE) -> bytes:
    """Give a bomb whose streams are encrypted for its owner alone: every reader opens it, a search sees nothing."""
    with pikepdf.open(io.BytesIO(plain((b"/FlateDecode", deflated(size))))) as document:
        return _saved(document, encryption=pikepdf.Encryption(owner="o", user=""))


def by_run_lengths(size: int = GIGABYTE) -> bytes:
    """Give a bomb of deflated run lengths: 64-fold, of what is a thousandfold."""
    runs = b"\x81 " * (size // 128)
    return plain((b"[/FlateDecode/RunLengthDecode]", zlib.compress(runs, 9)))


def by_lzw(size: int = GIGABYTE) -> bytes:
    """Give a bomb of the older packing: each code stands for one blank more than the one before, to the table's end."""
    table = []
    for code in [256, 32, *range(258, 4094)]:
        width = 9 if code < 511 else 10 if code < 1023 else 11 if code < 2047 else 12
        table.append(f"{code:0{width}b}")
    run = sum(range(1, 4094 - 258 + 2))
    again = "".join([f"{256:012b}", *table[1:]])
    text = "".join(table) + again * (size // run) + f"{257:012b}"
    text += "0" * (-len(text) % 8)
    return plain((b"/LZWDecode", int(text, 2).to_bytes(len(text) // 8, "big")))


def picture(wide: int, high: int) -> bytes:
    """Give a PDF with a picture that says to be of this size, though nothing of it is there."""
    with pikepdf.open(io.BytesIO(plain((b"/FlateDecode", zlib.compress(b" "))))) as document:
        found = document.make_stream(b"x", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
        found.Width, found.Height = wide, high
        document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=found))
        return _saved(document)


_NOISE = bytes(range(256)) * 48_000
# Every bomb of a gigabyte, by the way in which it is packed.
BOMBS: dict[str, Callable[[], bytes]] = {
    "contents": lambda: plain((b"/FlateDecode", deflated())),
    "beside much that does not grow": lambda: plain((b"/Fl", deflated()), (b"/DCTDecode", _NOISE)),
    "many of a size that one may have": lambda: plain(*[(b"/FlateDecode", deflated(32 * _MEGABYTE))] * 32),
    "deflated twice": lambda: plain((b"[/FlateDecode/FlateDecode]", zlib.compress(deflated(), 9))),
    "object stream": in_an_object_stream,
    "object stream, deflated twice": lambda: in_an_object_stream(layers=2),
    "encrypted": encrypted,
    "run lengths": by_run_lengths,
    "older packing": by_lzw,
    "picture": lambda: picture(40_000, 30_000),
}


def _saved(document: pikepdf.Pdf, **how: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, compress_streams=False, **how)
    return out.getvalue()
