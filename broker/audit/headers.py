"""Reads a header quickly by comparing it with what must stand there (rules).

A header has one canonical form, so most of it is known before it is read: the columns beside it, the lane's last leaf
hash and the log's name say what the bytes must be. What is left are a few numbers and words, which are parsed once and
remembered. Whatever is unusual, or wrong, gets no answer here: the strict reader of `entry` decides about it.
"""

import re
from binascii import b2a_base64

from broker.audit import canonical, entry
from broker.audit.encoding import b64url
from broker.audit.words import NUMBERS, OBJ, PURPOSES, RES, ROLES

_REMEMBERED = 4096  # of each kind; then all are forgotten and learnt again
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST = frozenset(b"AEIMQUYcgkosw048")  # last of 43 characters: two unused bits are zero
URL = bytes.maketrans(b"+/", b"-_")
_NUMBER = rb"(0|[1-9][0-9]{0,15})"
_ACTOR = re.compile(r"[scavxo]:[A-Za-z0-9_-]{22}")
_COUNTS = re.compile(_NUMBER + rb',"cp":' + _NUMBER + rb',"grp":(?:null|"([A-Za-z0-9_-]{21}[AQgw])")')
_WORDS = re.compile(rb'(?:null|"([a-z0-9_]+)"),"res":"([a-z]+)","role":(?:null|"([a-z0-9_]+)"),"sch":' + _NUMBER)
_UNUSUAL = entry.SHRED_ACTS | entry.TAIL_ACTS | {"log.anchored"}  # they carry more, and lanes and keys depend on them


def url64(digest: bytes) -> bytes:
    """A 32-byte hash as it stands in a header."""
    return b2a_base64(digest, newline=False).translate(URL)[:43]


class Matcher:
    """Compares the headers of one log with their columns."""

    def __init__(self, origin: str) -> None:
        self._log = b'","log":"' + origin.encode() + b'","n":'
        self._begins: dict[tuple[int | None, str | None, str | None], bytes] = {}
        self._counts: dict[bytes, tuple[int, int, None]] = {}
        self._kids: dict[bytes | None, bytes] = {}
        self._objects: dict[str | None, bytes] = {obj: b',"obj":"' + obj.encode() + b'","p":"' for obj in OBJ}
        self._objects[None] = b',"obj":null,"p":"'
        self._words: dict[bytes, str] = {}

    def match(
        self, header: bytes, before: bytes, event_id: int, kid: bytes | None,
        columns: tuple[int | None, str | None, str | None], ts: int, res: str | None, obj: str | None,
    ) -> tuple[int, int, str | None, bytes] | None:  # fmt: skip
        """Say what the header adds (cnt, cp, grp, kc as text) if it is canonical and says all this; else None.

        `before` is `p` as text; `columns` are act, actor and app. That `kc` is written in `ALPHABET` alone is left to
        the caller, who can ask it of many at once.
        """
        try:
            begin = self._begins.get(columns) or self._begin(columns)
            if not header.startswith(begin) or len(header) > entry.MAX_HEADER:
                return None
            at = len(begin)
            end = header.find(b',"kc":"', at)
            cnt, cp, grp = self._counts.get(header[at:end]) or self._count(header[at:end])
            kc = header[end + 7 : end + 50]
            middle = b'%b%d%b%b","purpose":' % (
                self._kids.get(kid) or self._kid(kid),
                event_id & 0xFFFFFFFF,
                self._objects[obj],
                before,
            )
            tail = b',"ts":%d,"v":1,"w":%d}' % (ts, event_id >> 32)
            at = end + 50
            if not header.startswith(middle, at) or not header.endswith(tail) or kc[42] not in _LAST:
                return None
            words = header[at + len(middle) : -len(tail)]
            if (self._words.get(words) or self._word(words)) != res or not -1 < ts < canonical.LIMIT:
                return None
        except (LookupError, TypeError, ValueError):  # an unusual act, or a column of another type
            return None
        return cnt, cp, grp, kc

    def _begin(self, columns: tuple[int | None, str | None, str | None]) -> bytes:
        number, actor, app = columns
        act = NUMBERS[number or 0]
        if act.name in _UNUSUAL or _ACTOR.fullmatch(actor or "") is None:
            raise ValueError
        if app is not None and _ACTOR.fullmatch(app) is None:
            raise ValueError
        named = "null" if app is None else f'"{app}"'
        begin = f'{{"act":"{act.name}","actor":"{actor}","app":{named},"cnt":'.encode()
        _forget(self._begins)
        self._begins[columns] = begin
        return begin

    def _count(self, said: bytes) -> tuple[int, int, str | None]:
        found = _COUNTS.fullmatch(said)
        if found is None or int(found[1]) >= canonical.LIMIT or int(found[2]) >= canonical.LIMIT:
            raise ValueError
        if found[3] is not None:  # the name of a group is not met again for long
            return int(found[1]), int(found[2]), found[3].decode()
        _forget(self._counts)
        self._counts[said] = counts = (int(found[1]), int(found[2]), None)
        return counts

    def _kid(self, kid: bytes | None) -> bytes:
        if kid is None or len(kid) != 16:
            raise ValueError
        _forget(self._kids)
        self._kids[kid] = named = b'","kid":"' + b64url(kid).encode() + self._log
        return named

    def _word(self, words: bytes) -> str:
        found = _WORDS.fullmatch(words)
        if found is None:
            raise ValueError
        purpose, res, role = (None if each is None else str(each.decode()) for each in found.groups()[:3])
        known = (purpose is None or purpose in PURPOSES) and res in RES and (role is None or role in ROLES)
        if res is None or not known or not 0 < int(found[4]) < canonical.LIMIT:
            raise ValueError
        _forget(self._words)
        self._words[words] = res
        return res


def _forget[K, V](remembered: dict[K, V]) -> None:
    if len(remembered) >= _REMEMBERED:
        remembered.clear()
