"""The portal's ZIP: one usage file, and pages made from it for people; one level, under limits (in the sandbox)."""

import io
import zipfile
import zlib
from typing import Any

from broker.importers.feed import MAX_BYTES
from broker.importers.readings import layout_unknown, unreadable
from broker.sandbox.wire import pack, unpack

MAX_MEMBERS = 10
MAX_RATIO = 200
_READ, _LEFT = (".xml", ".csv"), (".html", ".htm")  # the page for people holds the same numbers and is never opened


def only_file(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the one usage file out of `{"data": packed archive}`; gives `{"data"}`, and keeps nothing else of it."""
    return {"data": pack(_only(unpack(payload["data"])))}


def _only(data: bytes) -> bytes:
    """Give the one usage file of an archive; raises Refused for a locked, broken, overgrown or unknown one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or any(each.flag_bits & 1 or each.is_dir() for each in members):
                raise unreadable()
            wanted = [each for each in members if each.filename.lower().endswith(_READ)]
            others = [each for each in members if not each.filename.lower().endswith((*_READ, *_LEFT))]
            if len(wanted) != 1 or others:
                raise layout_unknown()
            # What a list of contents says of sizes may be a lie: the reading itself stops.
            with archive.open(wanted[0]) as member:
                found = member.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise unreadable() from None
    if len(found) > MAX_BYTES or len(found) > MAX_RATIO * max(1, len(data)):
        raise unreadable()
    return found
