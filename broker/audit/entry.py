"""The bytes of an event: header, body, seal, entry, leaf and lane MAC (rules; the format is final)."""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.audit import canonical
from broker.audit.encoding import b64url, unb64url
from broker.audit.words import ACTS, OBJ, PURPOSES, RES, ROLES

VERSION = 1
MAX_HEADER = 1024
MAX_ENTRY = 65_535
MAX_LANE = 2**31
MAX_N = 2**32
FIRST_PREVIOUS = bytes(32)
SHRED_ACTS = frozenset({"key.shred", "key.hold", "key.release"})  # carry tk, the key meant
TAIL_ACTS = frozenset({"lane.close", "lane.dead", "alarm.lane", "alarm.ack"})  # carry tw and tn, the lane's tail

_NONCE = bytes(12)  # safe: a key of its own per event


class Invalid(ValueError):
    """Bytes that are no entry of this log; `kind` is what the verifier calls it."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class EntryTooLarge(ValueError):
    """A body that does not fit an entry: put the large value into a sealed file and name its hash."""


class Header(NamedTuple):
    """The plaintext part of an event: opaque ids, codes and numbers only."""

    act: str
    actor: str
    app: str | None
    cnt: int
    cp: int
    grp: bytes | None
    kc: bytes
    kid: bytes
    log: str
    n: int
    obj: str | None
    p: bytes
    purpose: str | None
    res: str
    role: str | None
    sch: int
    ts: int
    w: int
    tk: bytes | None = None
    tn: int | None = None
    tw: int | None = None

    @property
    def event_id(self) -> int:
        """The event's id in the database."""
        return event_id(self.w, self.n)


_INT = r"(0|[1-9][0-9]{0,15})"
_WORD = r'(?:null|"([a-z0-9_]+)")'
_ACTOR = r"[scavxo]:[A-Za-z0-9_-]{22}"
# Canonical form has one byte string per header, so one expression is the whole parser: keys in order, no blanks.
_HEADER = re.compile(
    r'\{"act":"([a-z]+(?:\.[a-z_]++)+)","actor":"(' + _ACTOR + r')","app":(?:null|"(' + _ACTOR + r')"),'
    r'"cnt":' + _INT + r',"cp":' + _INT + r',"grp":(?:null|"([A-Za-z0-9_-]{21}[AQgw])"),'
    r'"kc":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])","kid":"([A-Za-z0-9_-]{21}[AQgw])",'
    r'"log":"([a-z0-9.-]+/audit/[a-z0-9-]{1,32})","n":' + _INT + r',"obj":' + _WORD + r","
    r'"p":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])","purpose":' + _WORD + r',"res":"([a-z]+)","role":' + _WORD + r","
    r'"sch":' + _INT + r'(?:,"tk":"([A-Za-z0-9_-]{21}[AQgw])")?(?:,"tn":' + _INT + r')?,"ts":' + _INT + r""
    r'(?:,"tw":' + _INT + r')?,"v":1,"w":' + _INT + r"\}"
)
_ORIGIN = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,62}+(?<!-)\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/audit/[a-z0-9-]{1,32}")


def is_origin(name: str) -> bool:
    """Say whether this names a log: `<host>/audit/<id>`, the host a lower-case DNS name without a port."""
    return _ORIGIN.fullmatch(name) is not None and len(name.partition("/")[0]) <= 253


def event_id(lane: int, n: int) -> int:
    """The id of the n-th event of a lane."""
    return (lane << 32) + n


def _text(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def encode_header(head: Header) -> bytes:
    """Return the canonical bytes; a header that the strict reader would refuse is refused here too."""
    if head.tk is not None or head.tw is not None or head.tn is not None:
        return _read_back(head)
    before, log, obj, words = _frame(
        head.act, head.actor, head.app, head.log, head.obj, head.purpose, head.res, head.role
    )
    _check_values(head)
    grp = "null" if head.grp is None else f'"{b64url(head.grp)}"'
    data = (
        f'{before}{head.cnt},"cp":{head.cp},"grp":{grp},"kc":"{b64url(head.kc)}","kid":"{b64url(head.kid)}"{log}{head.n}'
        f'{obj}{b64url(head.p)}{words}{head.sch},"ts":{head.ts},"v":1,"w":{head.w}}}'
    ).encode()
    if len(data) > MAX_HEADER:
        raise Invalid("header", "header too long")
    return data


_SAMPLE = Header("", "", None, 0, 0, None, bytes(32), bytes(16), "", 1, None, FIRST_PREVIOUS, None, "", None, 1, 0, 1)
_GAPS = re.compile(
    r'(.*"cnt":)0,"cp":0,"grp":null,"kc":"A{43}","kid":"A{22}"(.*"n":)1(.*"p":")A{43}(.*"sch":)1,"ts":0.*'
)


@lru_cache(maxsize=4096)
def _frame(
    act: str, actor: str, app: str | None, log: str, obj: str | None, purpose: str | None, res: str, role: str | None
) -> tuple[str, str, str, str]:
    """The four parts of a header that are words: the strict reader has read them, around other numbers and hashes."""
    sample = _SAMPLE._replace(act=act, actor=actor, app=app, log=log, obj=obj, purpose=purpose, res=res, role=role)
    found = _GAPS.fullmatch(_read_back(sample).decode())
    assert found is not None
    return found[1], found[2], found[3], found[4]


def _read_back(head: Header) -> bytes:
    """Write a header and demand that the strict reader reads it as it was."""
    grp = _text(None if head.grp is None else b64url(head.grp))
    more_k = "" if head.tk is None else f'"tk":"{b64url(head.tk)}",'
    more_n = "" if head.tn is None else f'"tn":{head.tn},'
    more_w = "" if head.tw is None else f'"tw":{head.tw},'
    data = (
        f'{{"act":"{head.act}","actor":"{head.actor}","app":{_text(head.app)},"cnt":{head.cnt},"cp":{head.cp},'
        f'"grp":{grp},"kc":"{b64url(head.kc)}","kid":"{b64url(head.kid)}","log":"{head.log}","n":{head.n},'
        f'"obj":{_text(head.obj)},"p":"{b64url(head.p)}","purpose":{_text(head.purpose)},"res":"{head.res}",'
        f'"role":{_text(head.role)},"sch":{head.sch},{more_k}{more_n}"ts":{head.ts},{more_w}"v":1,"w":{head.w}}}'
    ).encode()
    if parse_header(data) != head:
        raise Invalid("header", "header does not read back as itself")
    return data


def _check_values(head: Header) -> None:
    """Demand of numbers and byte strings what the strict reader would."""
    limit = canonical.LIMIT
    numbers = head.cnt, head.cp, head.n, head.sch, head.ts, head.w
    good = (
        set(map(type, numbers)) == {int}
        and 0 <= head.cnt < limit
        and 0 <= head.cp < limit
        and 0 < head.n < MAX_N
        and 0 < head.sch < limit
        and 0 <= head.ts < limit
        and 0 < head.w < MAX_LANE
        and len(head.kc) == len(head.p) == 32
        and len(head.kid) == 16
        and (head.grp is None or len(head.grp) == 16)
        and (head.n != 1 or head.p == FIRST_PREVIOUS)
    )
    if not good:
        raise Invalid("header", "a value out of its range")


def match_header(data: bytes) -> tuple[Any, ...] | None:
    """The members of a header as text, in canonical order, or None where its form is not canonical.

    Words and ranges are not looked at: `parse_header` does.
    """
    if len(data) > MAX_HEADER or not data.isascii():
        return None
    found = _HEADER.fullmatch(data.decode("ascii"))
    return None if found is None else found.groups()


def parse_header(data: bytes) -> Header:
    """Read a header strictly: any byte that differs from its own canonical form makes it invalid."""
    found = match_header(data)
    if found is None:
        raise Invalid("header", "not a canonical header")
    (act, actor, app, cnt, cp, grp, kc, kid, log, n, obj, p, purpose, res, role, sch, tk, tn, ts, tw, w) = found
    head = Header(
        act,
        actor,
        app,
        int(cnt),
        int(cp),
        None if grp is None else unb64url(grp),
        unb64url(kc),
        unb64url(kid),
        log,
        int(n),
        obj,
        unb64url(p),
        purpose,
        res,
        role,
        int(sch),
        int(ts),
        int(w),
        None if tk is None else unb64url(tk),
        None if tn is None else int(tn),
        None if tw is None else int(tw),
    )
    _check(head)
    return head


def _check(head: Header) -> None:
    """Demand words of the tables, numbers in range, and the extra keys in exactly the acts that have them."""
    known = (
        head.act in ACTS
        and head.res in RES
        and (head.obj is None or head.obj in OBJ)
        and (head.purpose is None or head.purpose in PURPOSES)
        and (head.role is None or head.role in ROLES)
    )
    if not known:
        raise Invalid("header", "a word that is in no table")
    limit = canonical.LIMIT
    tail = head.act in TAIL_ACTS
    good = (
        0 < head.w < MAX_LANE
        and 0 < head.n < MAX_N
        and head.ts < limit
        and head.cnt < limit
        and head.cp < limit
        and 0 < head.sch < limit
        and (head.tk is not None) == (head.act in SHRED_ACTS)
        and (head.tw is not None) == tail
        and (head.tn is not None) == tail
        and (head.tw is None or 0 < head.tw < MAX_LANE)
        and (head.tn is None or head.tn < MAX_N)
        and (head.act != "lane.close" or (head.tw == head.w and head.tn == head.n))
        and (head.n != 1 or head.p == FIRST_PREVIOUS)
    )
    if not good:
        raise Invalid("header", "a value out of its range")


def pad_body(body: canonical.Json) -> bytes:
    """Return the canonical body with the fewest spaces that make a positive multiple of 64."""
    data = canonical.dumps(body)
    return data + b" " * (-len(data) % 64)


def event_key(dek: bytes, kid: bytes, salt: bytes) -> bytes:
    """The key of one event (K_e): to open one to a court leaves the others closed."""
    return hmac.digest(dek, b"audit/event-key/v1\x00" + kid + salt, "sha256")


def commitment(key: bytes) -> bytes:
    """What the header says of K_e, because GCM alone does not commit to its key."""
    return hashlib.sha256(b"audit/key-commit/v1\x00" + key).digest()


def encrypt(key: bytes, salt: bytes, header: bytes, padded: bytes) -> bytes:
    """Seal a padded body under K_e, bound to its header; K_e is used once."""
    return salt + AESGCM(key).encrypt(_NONCE, padded, header)


def decrypt(key: bytes, header: bytes, ct: bytes) -> dict[str, canonical.Json]:
    """Open a body with K_e; the commitment, the seal, the padding and the canonical form must all hold."""
    if commitment(key) != parse_header(header).kc:
        raise Invalid("key", "not the key that the header commits to")
    try:
        padded = AESGCM(key).decrypt(_NONCE, ct[16:], header)
    except InvalidTag:
        raise Invalid("entry", "the body's seal is broken") from None
    data = padded.rstrip(b" ")
    if len(data) + (-len(data) % 64) != len(padded) or not padded:
        raise Invalid("entry", "wrong padding")
    body = canonical.loads(data)
    if not isinstance(body, dict):
        raise Invalid("entry", "the body is no object")
    return body


def entry_bytes(header: bytes, ct: bytes) -> bytes:
    """The entry as it stands in the tree and in a bundle."""
    entry = b"\x01" + len(header).to_bytes(2, "big") + header + ct
    if len(entry) > MAX_ENTRY:
        raise EntryTooLarge("the entry is larger than 65,535 bytes")
    return entry


def split_entry(entry: bytes) -> tuple[bytes, bytes]:
    """Take an entry apart into header and ct; anything of another shape is refused."""
    if not 3 < len(entry) <= MAX_ENTRY or entry[0] != VERSION:
        raise Invalid("entry", "not an entry")
    end = 3 + int.from_bytes(entry[1:3], "big")
    header, ct = entry[3:end], entry[end:]
    if not good_ct(ct) or len(header) != end - 3:
        raise Invalid("entry", "wrong length")
    return header, ct


def good_ct(ct: bytes) -> bool:
    """Say whether the sealed body has a possible length: 32 + 64k."""
    return len(ct) >= 96 and len(ct) % 64 == 32


def leaf_hash(entry: bytes) -> bytes:
    """The leaf of the tree for this entry (RFC 9162 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def lane_key(k_mac: bytes, lane: int) -> bytes:
    """The MAC key of one lane."""
    return hmac.digest(k_mac, b"audit/lane-mac/v1\x00" + lane.to_bytes(4, "big"), "sha256")


def lane_mac(key: bytes, leaf: bytes) -> bytes:
    """The MAC that shows an altered row before it is in the tree."""
    return hmac.digest(key, leaf, "sha256")


class SealedEvent(NamedTuple):
    """What one INSERT writes."""

    header: bytes
    ct: bytes
    leaf: bytes


def seal(head: Header, body: canonical.Json, *, dek: bytes, salt: bytes) -> SealedEvent:
    """Seal an event; `head.kc` is filled in here."""
    key = event_key(dek, head.kid, salt)
    header = encode_header(head._replace(kc=commitment(key)))
    ct = encrypt(key, salt, header, pad_body(body))
    return SealedEvent(header, ct, leaf_hash(entry_bytes(header, ct)))


def open_body(header: bytes, ct: bytes, *, dek: bytes) -> dict[str, canonical.Json]:
    """Open a body with the data key of its subject."""
    return decrypt(event_key(dek, parse_header(header).kid, ct[:16]), header, ct)
