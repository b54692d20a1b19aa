"""Whether bytes are letters throughout, or a picture, or something that nobody here reads (rules)."""

import re

# Of PNG and JPEG each piece is known; of the others the letters are read that stand in a row.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
_RIFF, _WEBP, _FTYP = b"RIFF", b"WEBP", b"ftyp"
_HEIF = (b"heic", b"heix", b"mif1", b"msf1", b"avif")
_BMP, _SIZE_OF_BMP = b"BM", 6
# Packed, or of a program's own making: letters that stand in these are no more than some of it.
_CLOSED = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF", b"\x28\xb5\x2f\xfd",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x78\x9f\x3e\x22",
)  # fmt: skip
# No program writes these into a text; a form feed, the end of a file of old and an escape of a printer may stand there.
_UNSEEN = re.compile(r"[\x01-\x08\x0e-\x19\x1c-\x1f]")
_BROKEN = re.compile(r"\ufffd")
_FAR = re.compile(r"[\ufffd\u3000-\ud7ff\ue000-\ufaff]")  # what bytes of chance are, read two by two
_MOST_STRANGE = 0.1  # of the letters: in Spanish of old programs one of thirty is no UTF-8
_WIDE, _HEAD = (b"\xff\xfe", b"\xfe\xff"), 4096
_END_OF_ARCHIVE, _BEFORE_THE_END = b"PK\x05\x06", 66_000


def is_picture(data: bytes) -> bool:
    """Say whether bytes begin as a picture does."""
    return data.startswith(_PICTURES) or _is_boxed(data)


def ends_as_archive(data: bytes) -> bool:
    """Say whether an archive ends where these bytes do, whatever they begin as."""
    return _END_OF_ARCHIVE in data[-_BEFORE_THE_END:]


def is_text(data: bytes, text: str) -> bool:
    """Say whether bytes that were read as `text` are nothing but that."""
    if data.startswith(_CLOSED) or _UNSEEN.search(text) is not None:
        return False
    strange = _FAR if b"\0" in data[:_HEAD] or data.startswith(_WIDE) else _BROKEN
    return len(strange.findall(text)) <= _MOST_STRANGE * len(text)


def _is_boxed(data: bytes) -> bool:
    if data[:4] == _RIFF and data[8:12] == _WEBP:
        return True
    if data[4:8] == _FTYP and data[8:12] in _HEIF:
        return True
    return data[:2] == _BMP and int.from_bytes(data[2:_SIZE_OF_BMP], "little") == len(data)
