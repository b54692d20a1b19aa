"""Whether a PDF grows far beyond its size when it is opened, found without letting it grow (rules).

Two looks. The first needs no reader: whatever lies between `stream` and its end is inflated a block at a time and
thrown away, before a reader would have to unpack the parts that hold the list of the file's objects. The second asks
the reader, under limits of its own, for what the first cannot see: streams that are encrypted or packed another way.
"""

import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pikepdf
from pikepdf import settings

# A page in colour at 400 dpi is 45 MB of pixels, and white paper shrinks to less than a hundredth: one part of a bill
# may do that. Beyond this, and more than a hundredfold, no page of a bill does; deflate can do a thousandfold.
ENOUGH = 64 * 1024 * 1024
MAX_RATIO = 100
# However large the file is: what is beside a bomb hides its ratio, and looking costs time (about a second here).
MAX_GROWN = 400 * 1024 * 1024
MAX_STREAMS = 200_000
MAX_LAYERS = 5  # packed, and the packed thing packed again
_BLOCK, _PIECE = 64 * 1024, 16 * 1024
_BEGIN = re.compile(rb"(?<!end)stream[ \t]*\r?\n?")
_UNSEEN = {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}

_TOO_MUCH = ("memory limit exceeded", "bad_alloc")  # as the reader says it: beyond its limits, or the sandbox's


def grows(data: bytes) -> bool:
    """Say whether what is deflated in a PDF grows beyond the limits; its own list of objects is not believed."""
    total, view = 0, memoryview(data)
    for number, begin in enumerate(_BEGIN.finditer(data)):
        if number >= MAX_STREAMS:
            return True
        if not _is_deflated(data[begin.end() : begin.end() + 2]):
            continue
        meter = _Meter(MAX_GROWN - total)
        try:
            _drain(view[begin.end() :], meter)
        except _Beyond:
            return True
        total += meter.grown
        if total > ENOUGH and total > MAX_RATIO * len(data):
            return True
    return False


def hides_growth(document: pikepdf.Pdf, size: int) -> bool:
    """Say whether streams that `grows` cannot see into unpack beyond what a file of this size may (`limited`)."""
    total = 0
    for each in document.objects:
        if not isinstance(each, pikepdf.Stream) or not (document.is_encrypted or _filters(each) & _UNSEEN):
            continue
        try:
            grown = len(each.read_bytes(pikepdf.StreamDecodeLevel.specialized))
        except Exception as problem:  # noqa: BLE001 - a stranger's stream raises anything; what is broken does not grow
            if any(words in str(problem) for words in _TOO_MUCH):
                return True
            continue
        total += grown
        alone = grown > ENOUGH and grown > MAX_RATIO * len(each.read_raw_bytes())
        if alone or total >= MAX_GROWN or (total > ENOUGH and total > MAX_RATIO * size):
            return True
    return False


@contextmanager
def limited() -> Iterator[None]:
    """Let the reader unpack no part beyond `ENOUGH` meanwhile; it takes a larger one for damaged."""
    before: Any = settings.set_qpdf_limits(
        flate_max_memory=ENOUGH, run_length_max_memory=ENOUGH, png_max_memory=ENOUGH, tiff_max_memory=ENOUGH
    )
    try:
        yield
    finally:
        settings.set_qpdf_limits(**before)


def _filters(stream: Any) -> set[str]:
    named = stream.get("/Filter")
    return {str(each) for each in named} if isinstance(named, pikepdf.Array) else {str(named)}


class _Beyond(Exception):
    """It grew beyond the limits."""


@dataclass
class _Meter:
    """What one stream took from the file, and what it gave in all its layers."""

    room: int
    taken: int = 0
    grown: int = 0

    def pieces(self, view: memoryview) -> Iterator[memoryview]:
        """Give the bytes of the file from here on, counted."""
        for at in range(0, len(view), _PIECE):
            self.taken += _PIECE
            yield view[at : at + _PIECE]

    def inflated(self, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
        """Inflate as far as it can be, counted; `_Beyond` as soon as it is too much."""
        engine = zlib.decompressobj()
        for piece in pieces:
            left: bytes | memoryview = piece
            while left and not engine.eof:
                block = engine.decompress(left, _BLOCK)
                left = engine.unconsumed_tail
                self.grown += len(block)
                if self.grown >= self.room or (self.grown > ENOUGH and self.grown > MAX_RATIO * self.taken):
                    raise _Beyond
                yield block
            if engine.eof:
                return


def _drain(view: memoryview, meter: _Meter) -> None:
    """Inflate a stream and throw it away; where what comes out is deflated too, that as well."""
    layers: list[Iterator[bytes]] = [meter.inflated(meter.pieces(view))]
    with suppress(zlib.error):
        while _is_deflated(first := next(layers[-1], b"")):
            if len(layers) == MAX_LAYERS:
                raise _Beyond
            layers[-1] = chain([first], layers[-1])
            layers.append(meter.inflated(layers[-1]))
    for layer in reversed(layers):  # the outer ones to their end too, should an inner one have been none
        with suppress(zlib.error):
            deque(layer, maxlen=0)


def _is_deflated(start: bytes) -> bool:
    """Say whether bytes begin as deflated ones do: method, window and check of the first two."""
    return len(start) > 1 and start[0] & 0x0F == 8 and start[0] >> 4 <= 7 and int.from_bytes(start[:2]) % 31 == 0
