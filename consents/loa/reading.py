"""Reads a letter's objects without going through the index of what is stored with each, again for each."""

import io
from typing import Any

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader

Index = tuple[bytes, dict[int, tuple[int, int]]]  # decoded data; number of an object → its place in order, its start


class LetterReader(PdfFileReader):
    """pyHanko's reader, and what it gives or refuses; only quicker.

    WeasyPrint stores hundreds of objects in one stream (ISO 32000-2, 7.5.7). pyHanko reads that stream's index from its
    beginning for each object, so that checking a letter grows with the square of the letter. Here the index is read
    once. Whatever is not exactly as it should be is left to pyHanko, which then says what is wrong with it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._indexes: dict[int, Index] = {}
        super().__init__(*args, **options)

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        try:
            data, places = self._index(stmnum)
            place, start = places[idnum]
            if place == idx and start >= 0:
                stored = io.BytesIO(data)
                stored.seek(start)
                found = generic.read_object(stored, generic.Reference(idnum, 0, self))
                if not isinstance(found, generic.StreamObject | generic.IndirectObject):
                    return found
        except (ValueError, TypeError, KeyError, misc.PdfError):
            pass
        return super()._get_object_from_stream(idnum, stmnum, idx)  # type: ignore[no-untyped-call]

    def _index(self, number: int) -> Index:
        if number not in self._indexes:
            stream = generic.Reference(number, 0, self).get_object()
            if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
                raise ValueError("no stream of objects")
            data, places = stream.read_data(DecodePurpose.OBJECT_STREAM), dict[int, tuple[int, int]]()
            index = io.BytesIO(data)
            for place in range(stream["/N"]):
                entry, offset = _next(index), _next(index)
                places.setdefault(entry, (place, stream["/First"] + offset))
            self._indexes[number] = data, places
        return self._indexes[number]


def _next(index: io.BytesIO) -> int:
    misc.read_non_whitespace(index, seek_back=True)  # type: ignore[no-untyped-call]
    number = generic.NumberObject.read_from_stream(index)  # type: ignore[no-untyped-call]
    if not isinstance(number, int):  # 1.0 is no number of an object
        raise ValueError("no whole number")
    return number
