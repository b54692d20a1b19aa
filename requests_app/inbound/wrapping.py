"""What belongs to the wrapping of a mail, and is shown to nobody, as words for the gate (rules).

Fields of reports, signatures, and a part's letters as they stand where its own account of them hides some. Anybody may
write such a part, and any words into it: none is passed over for what it is called.
"""

import base64
import binascii
import email
import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32

from requests_app.inbound import beside, coding, heads

SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
MOST_BLANK = 4_000  # bytes before a mail's first header
_RUN = re.compile(rb"[\t\r\n\x20-\x7e]{8,}")
_WORD = re.compile(rb"[A-Za-z]{5}")  # in a run of letters without one, chance put them side by side
_CODED = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_ARMOUR = re.compile(r"(?m)^(-----BEGIN PGP SIGNATURE-----[ \t]*\r?$)([^-]*)^(-----END PGP SIGNATURE-----)")
_FIELD = re.compile(rb"[!-9;-~]{1,80}:[ \t]")
_IS_CODED = re.compile(rb"(?i)\ncontent-transfer-encoding:[ \t]*\"?(?:base64|quoted)")
_UU = ("x-uuencode", "uuencode", "uue", "x-uue")


def of_fields(part: Message) -> str:
    """Give the fields of a report, and whatever else stands in its part, as one text."""
    found = []
    for each in part.walk():
        found += [*heads.of(each), *beside.of_parts(each)]
        if isinstance(payload := each.get_payload(), str):
            found += [payload, *of_coding(each)]
            if payload.strip() and isinstance(data := each.get_payload(decode=True), bytes):
                found.append(data.decode("utf-8", "replace"))
    return "\n".join(dict.fromkeys(each for each in found if each.strip()))


def of_signature(data: bytes) -> str:
    """Give what a signature says in letters: of one that is text all but what signs, and of bytes each run of some.

    What signs was made by chance, which writes a label once in fifty signatures.
    """
    text = data.decode("utf-8", "ignore")
    if "\x00" not in text and len(text.encode()) == len(data):
        return _ARMOUR.sub(_without_chance, text)
    return _runs(data)


def _runs(data: bytes) -> str:
    # Names in a certificate may have letters of two bytes.
    forms = (data, data.replace(b"\x00", b""))
    runs = (each[0] for form in forms for each in _RUN.finditer(form))
    return "\n".join(dict.fromkeys(each.decode("ascii") for each in runs if _WORD.search(each)))


def of_coding(part: Message) -> Iterator[str]:
    """Give the lines of a part that are none of the coding that it names: whoever undoes that loses them."""
    payload = part.get_payload()
    name = coding.name(part)
    if not isinstance(payload, str):
        return
    if name in _UU:
        yield payload
    elif name == "base64":
        yield "\n".join(each for each in payload.splitlines() if not _CODED.fullmatch(each.strip()))
        # Whoever does not stop at the end of a piece reads other letters.
        if len(coding.pieces(part)) > 1 and isinstance(data := part.get_payload(decode=True), bytes):
            yield data.decode("utf-8", "replace")


def of_letters(data: bytes, text: str) -> Iterator[str]:
    """Give a text as it stands where the letters that its part names make other words of it, and without its NULs.

    So also what is written in UTF-7 where no part says so.
    """
    if "\x00" in text:
        yield text.replace("\x00", "")
    plain = data.translate(None, coding.HIGH)
    if coding.is_mostly_letters(data) and plain != text.encode("ascii", "ignore"):
        yield data.decode("latin-1")
    if (seven := coding.of_seven_bits(text)) != text:
        yield seven


def is_mail(data: bytes) -> bool:
    """Say whether a file is a mail in which something is coded, whatever it is called."""
    start = data[:MOST_BLANK].lstrip(b"\xef\xbb\xbf \t\r\n")
    return (start.startswith(b"From ") or _FIELD.match(start) is not None) and _IS_CODED.search(data) is not None


def undone(part: Message) -> Message | None:
    """Give the mail in a part that is coded as no such part may be (RFC 2046, section 5.2.1); None for any other."""
    inner = part.get_payload()
    if coding.name(part) != "base64" or not isinstance(inner, list) or not inner or not isinstance(inner[0], Message):
        return None
    packed = inner[0].get_payload()
    if not isinstance(packed, str):
        return None
    try:
        return email.message_from_bytes(base64.b64decode(packed), policy=compat32)
    except (binascii.Error, ValueError):
        return None


def _without_chance(armour: re.Match[str]) -> str:
    """Leave of an armoured signature its lines of words; all of it where what it holds is no signature (RFC 4880)."""
    fields, blank, body = armour[2].partition("\n\n") if "\r" not in armour[2] else armour[2].partition("\r\n\r\n")
    coded = [each.strip() for each in body.splitlines() if each.strip()]
    check = coded.pop() if coded and coded[-1].startswith("=") else ""
    lengths = {len(each) for each in coded[:-1]}
    if not blank or not coded or len(check) > 5 or lengths - {60, 64, 72, 76} or len(lengths) > 1:
        return armour[0]
    try:
        data = base64.b64decode("".join(coded), validate=True)
    except (binascii.Error, ValueError):
        return armour[0]
    # Its lengths make no signature of words.
    return f"{armour[1]}{fields}\n{_runs(data)}\n{armour[3]}" if _is_signature(data) else armour[0]


def _is_signature(data: bytes) -> bool:
    """Say whether bytes are one packet of a signature, to their end."""
    if len(data) < 12:
        return False
    first, second = data[0], data[1]
    if first in (0x88, 0x89):
        long = first - 0x87
        return int.from_bytes(data[1 : 1 + long], "big") == len(data) - 1 - long
    if first != 0xC2:
        return False
    if second < 192:
        return second == len(data) - 2
    return second < 224 and (second - 192) * 256 + data[2] + 192 == len(data) - 3
