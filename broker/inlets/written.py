"""The words of a file that nobody opens page by page, so that the gate can read them."""

import codecs
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from broker import sandbox
from broker.sandbox.wire import unpack

MOST = 1_000_000  # bytes of each file, or of each file in an archive
MOST_FILES = 50  # of an archive
WALL, CPU = 10.0, 5
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HEAD = 4096


def texts(data: bytes, *, is_text: bool = False) -> Iterator[str]:
    """Give the words of a text file in UTF-8 or UTF-16, and of each text file in a ZIP; nothing of any other kind.

    `is_text`: whoever sent the file says so, and it is read as text whatever its bytes look like. An archive is
    unpacked in the sandbox, within limits; one that cannot be unpacked has no words, and waits in quarantine closed.
    """
    if data.startswith(b"PK"):
        try:
            found = sandbox.call("broker.inlets.written:unzipped", {"data": sandbox.pack(data)}, wall=WALL, cpu=CPU)
        except (sandbox.SandboxError, ValueError):
            return
        yield from found["texts"]
    elif (text := _text(data, is_text=is_text)) is not None:
        yield text


def unzipped(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts`, the words of each text file in the archive `data` and each file's name; runs in the sandbox."""
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(unpack(payload["data"]))) as archive:
            for each in archive.infolist()[:MOST_FILES]:
                found.append(each.filename[:1000])
                with archive.open(each) as file:
                    text = _text(file.read(MOST), is_text=False)
                found += [text] if text is not None else []
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001, S110 - a stranger's archive raises anything; what was read before counts
        pass
    return {"texts": found}


def _text(data: bytes, *, is_text: bool) -> str | None:
    if data.startswith(b"%PDF-") and not is_text:
        return None
    if (coding := _coding(data[:_HEAD])) is None:
        return data[:MOST].decode("utf-8", "replace") if is_text else None
    return data[:MOST].decode(coding, "replace")


def _coding(head: bytes) -> str | None:
    """Tell in which way letters are written; None for what is no text."""
    if (marked := _MARKS.get(head[:2])) is not None:
        return marked
    if b"\x00" not in head:
        return "utf-8"
    # Without a mark, Latin letters in UTF-16 have a NUL in every other place.
    even, odd, pairs = head[::2].count(0), head[1::2].count(0), max(1, len(head) // 2)
    if odd > 0.4 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * pairs and odd < 0.1 * pairs else None
