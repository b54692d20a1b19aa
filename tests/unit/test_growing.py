"""A PDF that would grow: found by what is in it, whatever it says of itself; a plain scan of paper is none."""

import os
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.inbound import growing
from requests_app.inbound.growing import ENOUGH, MAX_GROWN, grows
from tests.fuzz.bombs import in_an_object_stream, plain
from tests.fuzz.mutations import pdfs_of_ours

MB = 1024 * 1024
FLATE = b"/FlateDecode"


def blank(size: int) -> bytes:
    return zlib.compress(b"\xff" * size, 9)


@pytest.mark.parametrize("data", pdfs_of_ours())
def test_a_bill_is_none(data: bytes) -> None:
    assert not grows(data)


def test_a_blank_page_in_colour_is_none_and_three_blank_backs_beside_what_is_printed_are_none() -> None:
    page = 45 * MB  # 400 dpi, as it lies in memory; white shrinks a thousandfold
    assert not grows(plain((FLATE, blank(page))))
    printed = os.urandom(2 * MB)
    assert not grows(plain((b"/DCTDecode", printed), *[(FLATE, blank(page))] * 3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: plain((FLATE, blank(ENOUGH + MB))),
        lambda: plain(*[(FLATE, blank(MB))] * 70),
        lambda: plain((b"/DCTDecode", os.urandom(MB)), (FLATE, blank(ENOUGH + MB))),
        lambda: plain((b"[/FlateDecode/FlateDecode]", zlib.compress(blank(ENOUGH + MB), 9))),
        lambda: plain((FLATE, blank(ENOUGH + MB))).replace(b"stream\n", b"stream \r\n"),
        lambda: in_an_object_stream(2 * ENOUGH),
    ],
    ids=["one part", "many parts", "beside noise", "deflated twice", "odd line ends", "object stream"],
)
def test_beyond_one_page_and_a_hundredfold_it_is_one(make: Callable[[], bytes]) -> None:
    assert grows(make())


def test_a_large_part_that_grows_little_is_none_until_all_of_them_are_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = zlib.compress(os.urandom(MB) + bytes(79 * MB), 9)  # eightyfold
    monkeypatch.setattr(growing, "MAX_GROWN", 200 * MB)
    assert not grows(plain((FLATE, part)))
    assert grows(plain(*[(FLATE, part)] * 3))
    assert MAX_GROWN > 200 * MB


def test_packed_more_often_than_anybody_packs_is_one() -> None:
    data = b"x" * 100
    for _ in range(growing.MAX_LAYERS):
        data = zlib.compress(data)
    assert not grows(plain((FLATE, data)))
    assert grows(plain((FLATE, zlib.compress(zlib.compress(data)))))


@given(st.lists(st.sampled_from([b"stream\n", b"endstream", b"\x78\x9c", b"x" * 9, zlib.compress(b"a" * 99)])))
def test_whatever_it_is_made_of_the_look_ends(parts: list[bytes]) -> None:
    assert not grows(b"".join(parts))
