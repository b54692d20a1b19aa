"""What a picture's file says in text is read like any file's facts; its points are never unpacked."""

import random
import zlib
from collections.abc import Callable

import pytest

from broker import looking
from broker.inlets import picture_words, written
from broker.inlets.models import Refused
from broker.terms import Refusal
from requests_app import importing, quarantine
from requests_app.models import ReceivedFile
from requests_app.upload.models import DraftFile
from tests.integration.test_share import share as hand_over
from tests.integration.test_upload_preview import previewed
from tests.pictures import chunk, exif, jpeg, png, segment, xmp
from tests.requests_world import world

SECRET = "Thimble!Gravel8"
WORDS = f"my SmartHub password is {SECRET}"
XMP = b"http://ns.adobe.com/xap/1.0/\x00"
MORE_XMP = b"http://ns.adobe.com/xmp/extension/\x00" + b"0" * 40


def caption(words: str) -> bytes:
    """Give a caption of a newspaper's kind."""
    return b"\x1c\x02\x78" + len(words).to_bytes(2) + words.encode()


PLACES: dict[str, Callable[[str], bytes]] = {
    "png text": lambda words: png(chunk(b"tEXt", b"Comment\x00" + words.encode())),
    "png text behind the points": lambda words: png(late=chunk(b"tEXt", b"Comment\x00" + words.encode())),
    "png compressed": lambda words: png(chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(words.encode()))),
    "png unicode": lambda words: png(chunk(b"iTXt", b"Comment\x00\x00\x00es\x00\x00" + words.encode())),
    "png unicode, compressed": lambda words: png(
        chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + zlib.compress(words.encode()))
    ),
    "png XMP": lambda words: png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp(words))),
    "png facts": lambda words: png(chunk(b"eXIf", exif(words)[6:])),
    "png facts in hexadecimal": lambda words: png(
        chunk(b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(b"\nexif\n 9\n" + exif(words).hex().encode()))
    ),
    "png chunk of nobody": lambda words: png(chunk(b"prVt", b"\x00\x01" + words.encode())),
    "png behind the end": lambda words: png(behind=b"\n" + words.encode()),
    "jpeg comment": lambda words: jpeg(segment(0xFE, words.encode())),
    "jpeg comment behind the points": lambda words: jpeg(late=segment(0xFE, words.encode())),
    "jpeg description": lambda words: jpeg(segment(0xE1, exif(words))),
    "jpeg comment of the camera": lambda words: jpeg(segment(0xE1, exif(words, 0x9286))),
    "jpeg comment of Windows": lambda words: jpeg(segment(0xE1, exif(words, 0x9C9C))),
    "jpeg XMP": lambda words: jpeg(segment(0xE1, XMP + xmp(words))),
    "jpeg long XMP": lambda words: jpeg(
        segment(0xE1, MORE_XMP + xmp(words)[:150]), segment(0xE1, MORE_XMP + xmp(words)[150:])
    ),
    "jpeg caption": lambda words: jpeg(
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x40" + caption("pw") + caption(words))
    ),
    "jpeg behind the end": lambda words: jpeg(behind=b"\x00\x01\x02" + words.encode() + b"\x00\xff"),
    "jpeg in a jpeg": lambda words: jpeg(behind=jpeg(segment(0xFE, words.encode()))),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_login_beside_the_points_of_a_picture_is_found(place: str) -> None:
    made = PLACES[place](WORDS)
    assert any(looking.look(text, "pdf_upload") for text in written.texts(made))
    honest = PLACES[place]("Electric bill of October, photographed on the kitchen table")
    assert not any(looking.look(text, "pdf_upload") for text in written.texts(honest))
    assert any("kitchen table" in text for text in written.texts(honest))
    assert not quarantine.examine("", honest).codes


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_with_a_login_beside_its_points_is_not_kept(sqlite_db: str, place: str) -> None:
    w, made = world(), PLACES[place](WORDS)
    name = "bill.png" if place.startswith("png") else "bill.jpg"
    refused = hand_over(w, name, made, to_nectar=True)
    assert isinstance(refused, Refusal)
    assert refused.code == "channel.forbidden.credentials"
    assert not ReceivedFile.objects.exists()
    kept = importing.read(made, "image/png", zone="America/Chicago")  # as one that came before it was looked for
    assert isinstance(kept, Refusal)
    assert kept.code == importing.LOGIN


@pytest.mark.parametrize("place", ["png text", "jpeg comment"])
def test_her_page_keeps_no_byte_of_such_a_picture(sqlite_db: str, place: str) -> None:
    w = world()
    name = "bill.png" if place.startswith("png") else "bill.jpg"
    _where, page = previewed(w, {name: PLACES[place](WORDS)})
    assert page.count("looked__file--no") == 1
    assert SECRET not in page
    assert Refused.objects.count() == 1
    row = DraftFile.objects.get()
    assert (row.code, row.file) == ("channel.forbidden.credentials", None)


def test_what_grows_beyond_its_bound_or_is_broken_is_refused(sqlite_db: str) -> None:
    w, packed = world(), zlib.compress(bytes(range(32, 127)) * 40_000)
    for made in (
        png(chunk(b"zTXt", b"Comment\x00\x00" + packed)),
        png(chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + packed)),
        png(chunk(b"zTXt", b"Comment\x00\x00no stream")),
        png(chunk(b"tEXt", b"Raw profile type exif\x00\nexif\n 9\nno hexadecimal")),
        png(chunk(b"tEXt", b"Comment\x00" + b"kWh and days, " * 200_000)),
    ):
        assert quarantine.examine("bill.png", made).codes == ("file.bomb",)
        refused = hand_over(w, "bill.png", made)
        assert isinstance(refused, Refusal)
        assert refused.code == "file.bomb"
    assert not ReceivedFile.objects.exists()


def test_bytes_of_chance_are_no_words(sqlite_db: str) -> None:
    """As of what a camera writes for itself, and of the film that a telephone keeps behind a picture."""
    chance = random.Random(5)
    made = jpeg(segment(0xE1, exif("Kitchen") + chance.randbytes(40_000)), behind=chance.randbytes(4_000_000))
    words = picture_words.of(made)
    assert sum(map(len, words.others)) < 200
    assert not any(looking.look(text, "pdf_upload") for text in words.texts())


def test_no_broken_picture_breaks_the_look() -> None:
    chance = random.Random(7)
    for made in (PLACES[place](WORDS) for place in PLACES):
        for _ in range(60):
            spoilt = bytearray(made[: chance.randrange(12, len(made))] if chance.random() < 0.5 else made)
            for _ in range(chance.randrange(1, 12)):
                spoilt[chance.randrange(8, len(spoilt))] = chance.randrange(256)
            words = picture_words.of(bytes(spoilt))
            assert sum(map(len, words.texts())) <= picture_words.MOST_SIGNS + len(spoilt)
    for head in (
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1",
        b"\xff\xd8\xff\xe1\x00",
        b"\xff\xd8\xff\xff\xff",
    ):
        assert picture_words.of(head).texts() == []
