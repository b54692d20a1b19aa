"""Files that stand as letters among other words: uuencode, xxencode, yEnc, `begin-base64` (rules).

Mail programs of old wrote a file so into the words of a mail, and readers of today still undo it. Every line is looked
at once, so that the time grows as the text does.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

MOST_FILES = 50
MOST_BYTES = 26 * 1024 * 1024  # of all that is undone
LOOKED_AT = 3  # lines with something in them behind one that begins a file: prose begins with such words as well
_SIGNS = (b"begin", b"=ybegin", b"BinHex")
_BEGIN = re.compile(rb"([> \t|]{0,20})begin(-base64)? [0-7]{3,4}[ \t][^\r\n]{1,300}")  # quoted, or set in
_BINHEX = re.compile(rb"[> \t|]{0,20}\(This file must be converted with BinHex")
_Y_SIZE = re.compile(rb" size=(\d{1,12})\b")
_Y_PART = re.compile(rb" (?:part|total)=(?!1\b)\d|^=ypart ")
_END, _END_OF_BASE64 = b"end", b"===="
_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t"
_PLAIN = bytes(range(32, 97))
_XX = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FROM_XX = bytes.maketrans(_XX, bytes(range(32, 96)))
_LEAST_PADDED = 8  # letters that blanks at the end of a line stood for, which programs on the way cut off
_SHIFTED = bytes((each - 42) % 256 for each in range(256))


@dataclass
class Undone:
    """The files that stood in some words; `whole` says that each was undone to its end."""

    files: list[bytes] = field(default_factory=list)
    whole: bool = True


def of(data: bytes) -> Undone:
    """Undo each file that stands as letters in `data`; what is broken is undone as far as it goes. Raises nothing."""
    made = Undone()
    if not any(each in data for each in _SIGNS):
        return made
    lines = data.removeprefix(_MARK).splitlines()
    at, left = 0, MOST_BYTES
    while at < len(lines):
        line, at = lines[at], at + 1
        if _BINHEX.match(line):
            file, whole = b"", False
        elif line.startswith(b"=ybegin "):
            file, whole, at = _of_yenc(line, lines, at)
        elif (found := _BEGIN.fullmatch(line)) and _is_file(lines, at, found):
            file, whole, at = (_of_base64 if found[2] else _of_uu)(lines, at, found[1])
        else:
            continue
        left -= len(file)
        if left < 0 or len(made.files) >= MOST_FILES:
            made.whole = False
            break
        made.files.append(file)
        made.whole = made.whole and whole
    return made


def _is_file(lines: list[bytes], at: int, begin: re.Match[bytes]) -> bool:
    """Say whether a file follows, and no more words."""
    seen = 0
    for line in lines[at : at + 10 * LOOKED_AT]:
        inner = _without(begin[1], line)
        if not inner.strip():
            continue
        if begin[2]:
            return len(inner.strip()) >= 4 and b" " not in inner.strip()
        if any(_line(inner, xx=xx) is not None for xx in (False, True)):
            return True
        seen += 1
        if seen == LOOKED_AT:
            break
    return False


def _of_uu(lines: list[bytes], at: int, prefix: bytes) -> tuple[bytes, bool, int]:
    """Give a file of uuencode or xxencode, which begin alike, whether it came to its end, and where that is."""
    both: tuple[list[bytes], list[bytes]] = ([], [])
    broken, wrong = [0, 0], 0
    while at < len(lines):
        inner, at = _without(prefix, lines[at]), at + 1
        if inner.strip() == _END:
            return *_better(both, broken), at
        read = [_line(inner, xx=xx) for xx in (False, True)]
        for number, each in enumerate(read):
            broken[number] += each is None
            both[number].append(each or b"")
        wrong = wrong + 1 if read == [None, None] else 0
        if wrong > LOOKED_AT:
            break
    return _better(both, broken)[0], False, at


def _better(both: tuple[list[bytes], list[bytes]], broken: list[int]) -> tuple[bytes, bool]:
    number = int(broken[1] < broken[0])
    return b"".join(both[number]), broken[number] == 0


def _line(line: bytes, *, xx: bool) -> bytes | None:
    """Undo one line: the first letter says how many bytes the others are; None where it is no such line."""
    letters = line.rstrip(_BLANKS)
    if not letters:
        return b""
    if letters.translate(None, _XX if xx else _PLAIN):
        return None
    if xx:
        letters = letters.translate(_FROM_XX)
    long = (letters[0] - 32) & 63
    wanted = 1 + -(-long // 3) * 4
    if not wanted - _LEAST_PADDED <= len(letters) <= wanted + 2:  # some write a letter more, to check the line
        return None
    try:
        return binascii.a2b_uu(letters[:wanted].ljust(wanted))
    except binascii.Error:
        return None


def _of_base64(lines: list[bytes], at: int, prefix: bytes) -> tuple[bytes, bool, int]:
    found, ended = [], False
    while at < len(lines) and not ended:
        inner, at = _without(prefix, lines[at]).strip(), at + 1
        ended = inner == _END_OF_BASE64
        found += [] if ended else [inner]
    try:
        return base64.b64decode(b"".join(found), validate=True), ended, at
    except (binascii.Error, ValueError):
        return base64.b64decode(b"".join(found).rstrip(b"=") + b"==", validate=False), False, at


def _of_yenc(begin: bytes, lines: list[bytes], at: int) -> tuple[bytes, bool, int]:
    """Give a file of yEnc; one in several parts is not whole, whatever comes with it."""
    found: list[bytes] = []
    said, ended, alone = _Y_SIZE.search(begin), False, _Y_PART.search(begin) is None
    while at < len(lines) and not ended:
        line, at = lines[at], at + 1
        ended = line.startswith(b"=yend")
        if line.startswith((b"=yend", b"=ypart ")):
            alone = alone and not line.startswith(b"=ypart ")
            continue
        first, *escaped = line.split(b"=")
        found.append(first.translate(_SHIFTED))
        found += [bytes([(each[0] - 106) % 256]) + each[1:].translate(_SHIFTED) for each in escaped if each]
    file = b"".join(found)
    return file, ended and alone and said is not None and int(said[1]) == len(file), at


def _without(prefix: bytes, line: bytes) -> bytes:
    """Give a line without what sets it in, as the one that began the file was."""
    return line[len(prefix) :] if line.startswith(prefix) else line
