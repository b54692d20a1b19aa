#!/usr/bin/env python3
"""Checks an evidence pack (ZIP or unpacked folder) or an export of the whole log. Python 3.9 or newer, nothing else.

    python3 -I verify.py [PACK.zip | FOLDER] [--log-key KEY] [--receipt-key KEY] [--witness KEY] [--list]

A KEY is the key's text or the name of a file that holds it, such as one saved from the operator's /log/vkey.

Formats: docs/pack-format.md; C2SP signed-note, tlog-checkpoint, tlog-proof, tlog-tiles; RFC 9162, 8032, 8785, 3161.
It reads, and writes nothing. The last line is JSON; exit code 0 (complete and unchanged, as far as the keys say) or 1;
2 where the arguments are wrong: then nothing was checked, and the pack may well be good.
Without the keys that you know from elsewhere, the keys are those that the pack itself names: whoever makes a pack
of his own names his own.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime
import functools
import hashlib
import json
import mmap
import operator
import os
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple, Optional

MEANING = {
    "ok": "Everything is complete and unchanged.",
    "entry": "What this event says was changed after it was written, or the event is gone.",
    "header": "This event's visible part breaks the log's rules: it was not written by an honest log.",
    "lane_gap": "Events before this one, or after its writer's end, were taken out or put in.",
    "lane_link": "This event does not follow the one before it: one of the two was exchanged.",
    "lane_quarantined": "One writer's events are damaged and no officer has answered for it yet.",
    "tile": "The stored hashes of the tree were changed here.",
    "root": "The events do not add up to what was signed.",
    "signature": "A signature does not fit what it should sign, or a file is not the one that was signed for.",
    "origin": "This belongs to another log.",
    "rollback": "The log is shorter than what was signed before: its newest part was taken away.",
    "consistency": "Two signed states of the log contradict each other.",
    "columns": "The database's tables say something else than the events.",
    "key": "A key is missing, or does not fit the event that it should open.",
    "missing_leaf": "An event that must stand in the tree does not.",
    "unreadable": "Nothing was checked: there is no evidence pack and no export here.",
}


class Bad(Exception):
    """The first thing that is wrong: its kind, where, and in which file."""

    def __init__(self, kind: str, why: str, index: Optional[int] = None, file: str = "") -> None:
        super().__init__(why)
        self.kind, self.why, self.index, self.file = kind, why, index, file


# --- Ed25519, RFC 8032 5.1.7: no cofactor, S < L, canonical A and R

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def _point(data: bytes) -> Optional[Point]:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether this key signed the message."""
    key, base = _point(public), _point(bytes([0x58]) + bytes([0x66]) * 31)
    if key is None or base is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    if s >= L:
        return False
    minus = (P - key[0], key[1], key[2], P - key[3])
    both = _add(base, minus)
    sum_: Point = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        sum_ = _add(sum_, sum_)
        in_s, in_k = s >> bit & 1, k >> bit & 1
        if in_s or in_k:
            sum_ = _add(sum_, both if in_s and in_k else base if in_s else minus)
    inverse = pow(sum_[2], P - 2, P)
    x, y = sum_[0] * inverse % P, sum_[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- AES-256-GCM with the nonce of 12 zero bytes (NIST SP 800-38D), to open what keys/ opens


def _double(x: int) -> int:
    return x << 1 ^ (0x11B if x & 0x80 else 0)


def _make_sbox() -> list[int]:
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= _double(p)
        q ^= q << 1
        q ^= q << 2
        q = (q ^ q << 4) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q * 0x101
        box[p] = (q ^ turned >> 7 ^ turned >> 6 ^ turned >> 5 ^ turned >> 4) & 0xFF ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


SBOX = _make_sbox()


def _round_keys(key: bytes) -> list[list[int]]:
    words, round_constant = [list(key[at : at + 4]) for at in range(0, 32, 4)], 1
    for n in range(8, 60):
        word = list(words[-1])
        if n % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= round_constant
            round_constant = _double(round_constant)
        elif n % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[n - 8], word)])
    return [functools.reduce(operator.iadd, words[at : at + 4], []) for at in range(0, 60, 4)]


def _aes(keys: list[list[int]], block: bytes) -> bytes:
    state = [a ^ b for a, b in zip(block, keys[0])]
    for n in range(1, 15):
        state = [SBOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if n < 14:
            mixed = []
            for at in range(0, 16, 4):
                column = state[at : at + 4]
                every = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ every ^ _double(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys[n])]
    return bytes(state)


def _ghash(h: int, data: bytes) -> int:
    total = 0
    for at in range(0, len(data), 16):
        x, v, total = total ^ int.from_bytes(data[at : at + 16], "big"), h, 0
        for bit in range(127, -1, -1):
            total ^= v if x >> bit & 1 else 0
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    return total


def aes_gcm_open(key: bytes, sealed: bytes, aad: bytes) -> Optional[bytes]:
    """Open a sealed text (16 bytes of tag at its end), or None where the seal is broken."""
    keys, text, tag = _round_keys(key), sealed[:-16], sealed[-16:]
    counted = b"".join(part + bytes(-len(part) % 16) for part in (aad, text)) + struct.pack(
        ">QQ", 8 * len(aad), 8 * len(text)
    )
    hashed = _ghash(int.from_bytes(_aes(keys, bytes(16)), "big"), counted).to_bytes(16, "big")
    if bytes(a ^ b for a, b in zip(hashed, _aes(keys, struct.pack(">QQ", 0, 1)))) != tag:
        return None
    stream = b"".join(_aes(keys, struct.pack(">QQ", 0, n)) for n in range(2, 2 + (len(text) + 15) // 16))
    return bytes(a ^ b for a, b in zip(text, stream))


# --- the tree, RFC 9162 2.1


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha(b"\x01" + left + right)


def inclusion_root(index: int, size: int, leaf: bytes, proof: list[bytes]) -> Optional[bytes]:
    """The root that a proof leads to, or None where it has the wrong length."""
    fn, sn, root = index, size - 1, leaf
    for each in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = _node(each, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = _node(root, each)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 and 0 <= index < size else None


def is_prefix(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether the proof shows that the old tree is the beginning of the new one."""
    if old in (0, new):
        return not proof and old_root == (sha(b"") if old == 0 else new_root)
    path = proof if old & (old - 1) else [old_root, *proof]
    if not 0 < old < new or not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for each in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = _node(each, first), _node(each, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = _node(second, each)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def fold(data: bytes) -> bytes:
    """Root over a power of two of hashes."""
    while len(data) > 32:
        data = b"".join([sha(b"\x01" + data[at : at + 64]) for at in range(0, len(data), 64)])
    return data


# --- keys, notes, checkpoints (C2SP)

DASH = "\u2014 "


class Key(NamedTuple):
    """A verifier key: type 1 signs notes, type 4 cosigns checkpoints."""

    name: str
    identity: bytes
    kind: int
    public: bytes

    def encode(self) -> str:
        """The key as it is published."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.identity.hex()}+{encoded}"


class Checkpoint(NamedTuple):
    """A signed size and root; `text` is what was signed, `lines` all signature lines."""

    text: str
    size: int
    root: bytes
    lines: list[tuple[str, bytes]]


def unb64(text: str) -> bytes:
    """Strict base64; ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not strict base64")
    return data


def parse_key(text: str) -> Key:
    """Read a verifier key; ValueError."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise ValueError("not a key")
    name, identity, encoded = parts
    data = unb64(encoded)
    if len(data) != 33 or data[0] not in (1, 4) or not name or any(each.isspace() for each in name):
        raise ValueError("not a key")
    if sha(name.encode() + b"\n" + data)[:4].hex() != identity:
        raise ValueError("the key's name and number do not fit")
    return Key(name, bytes.fromhex(identity), data[0], data[1:])


def parse_keys(data: bytes, name: str) -> list[Key]:
    """Read a file of keys, one a line, all of this name (empty: any)."""
    lines = data.decode("ascii").split("\n")
    keys = [parse_key(line) for line in lines[:-1]]
    if lines[-1] or not keys or any(name not in ("", key.name) for key in keys):
        raise ValueError("not a list of this log's keys")
    return keys


def split_note(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Take a signed note apart; ValueError."""
    note = data.decode("utf-8")
    if len(data) > 1_000_000 or any(ord(each) < 0x20 and each != "\n" for each in note):
        raise ValueError("not a note")
    cut = note.rfind("\n\n")
    text, tail = note[: cut + 1], note[cut + 2 :]
    if cut < 0 or not tail.endswith("\n") or tail.count("\n") > 100:
        raise ValueError("not a signed note")
    return text, [_signature(line) for line in tail[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line[len(DASH) :].partition(" ")
    data = unb64(encoded)
    if not line.startswith(DASH) or not name or "+" in name or len(data) < 5:
        raise ValueError("not a signature line")
    return name, data


def check_signatures(text: str, lines: list[tuple[str, bytes]], keys: list[Key]) -> int:
    """How many known keys signed; ValueError if a known key's line is bad or there is none."""
    known = {(key.name, key.identity): key for key in keys}
    if len(known) != len(keys):
        raise ValueError("a key is given twice")
    good = set()
    for name, data in lines:
        key = known.get((name, data[:4]))
        if key is not None and (name, data[:4]) not in good:
            signed, signature = text.encode(), data[4:]
            if key.kind == 4:
                signed = b"cosignature/v1\ntime %d\n" % int.from_bytes(data[4:12], "big") + signed
                signature = data[12:]
            if not ed25519_verify(key.public, signed, signature):
                raise ValueError("the signature does not fit")
            good.add((name, data[:4]))
    if not good:
        raise ValueError("no known key has signed")
    return len(good)


def open_checkpoint(data: bytes, keys: list[Key], origin: str, file: str) -> Checkpoint:
    """Open a checkpoint that a key of this log signed."""
    try:
        text, lines = split_note(data)
        check_signatures(text, lines, keys)
        name, size, root, rest = text.split("\n", 3)
        if rest or re.fullmatch("0|[1-9][0-9]{0,18}", size) is None or len(unb64(root)) != 32:
            raise ValueError("not a checkpoint")
    except (ValueError, UnicodeError) as error:
        raise Bad("signature", str(error), None, file) from None
    if name != origin:
        raise Bad("origin", "a checkpoint of " + name, None, file)
    return Checkpoint(text, int(size), unb64(root), lines)


# --- entries

_INT, _WORD, _ACTOR = r"(0|[1-9][0-9]{0,15})", r'(?:null|"[a-z0-9_]+")', r'"[scavxo]:[A-Za-z0-9_-]{22}"'
_16, _32 = r'"([A-Za-z0-9_-]{21}[AQgw])"', r'"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])"'
# The canonical form is the only one: keys in order, no blank. Words are taken by their shape, their tables grow.
HEADER = re.compile(
    r'\{"act":"([a-z]+(?:\.[a-z_]+)+)","actor":' + _ACTOR + r',"app":(?:null|' + _ACTOR + r'),"cnt":' + _INT
    + r',"cp":' + _INT + r',"grp":(?:null|' + _16 + r'),"kc":' + _32 + r',"kid":' + _16
    + r',"log":"([a-z0-9.-]+/audit/[a-z0-9-]{1,32})","n":' + _INT + r',"obj":' + _WORD + r',"p":' + _32
    + r',"purpose":' + _WORD + r',"res":"(ok|denied|error)","role":' + _WORD + r',"sch":' + _INT + r'(?:,"tk":' + _16
    + r')?(?:,"tn":' + _INT + r')?,"ts":' + _INT + r'(?:,"tw":' + _INT + r')?,"v":1,"w":' + _INT + r"\}"
)  # fmt: skip
WITH_KEY = ("key.shred", "key.hold", "key.release")
WITH_TAIL = ("lane.close", "lane.dead", "alarm.lane", "alarm.ack")


class Event(NamedTuple):
    """What the visible part of an entry says, with its leaf hash and its sealed part."""

    act: str
    cnt: int
    cp: int
    grp: Optional[str]
    kc: bytes
    log: str
    n: int
    p: bytes
    res: str
    ts: int
    tw: int
    tn: int
    w: int
    leaf: bytes
    header: bytes
    ct: bytes


def _url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_entry(data: bytes) -> Event:
    """Read an entry strictly; raises Bad."""
    end = 3 + int.from_bytes(data[1:3], "big")
    header, ct = data[3:end], data[end:]
    if data[:1] != b"\x01" or len(data) > 65535 or len(ct) < 96 or len(ct) % 64 != 32:
        raise Bad("entry", "not an entry of a log")
    found = HEADER.fullmatch(header.decode("latin-1")) if len(header) <= 1024 else None
    if found is None:
        raise Bad("header", "the visible part is not in its only possible form")
    act, cnt, cp, grp, kc, _, log, n, p, res, sch, tk, tn, ts, tw, w = found.groups()
    event = Event(act, int(cnt), int(cp), grp, _url(kc), log, int(n), _url(p), res, int(ts), int(tw or 0),
                  int(tn or 0), int(w), sha(b"\0" + data), header, ct)  # fmt: skip
    tail = act in WITH_TAIL
    good = (
        0 < event.w < 2**31
        and 0 < event.n < 2**32
        and max(event.ts, event.cnt, event.cp) < 2**53
        and 0 < int(sch) < 2**53
        and (tk is not None) == (act in WITH_KEY)
        and (tw is not None) == (tn is not None) == tail
        and (not tail or (0 < event.tw < 2**31 and event.tn < 2**32))
        and (act != "lane.close" or (event.tw, event.tn) == (event.w, event.n))
        and (event.n != 1 or event.p == bytes(32))
    )
    if not good:
        raise Bad("header", "a number out of its range, or a key that this act does not have")
    return event


def open_event(event: Event, key: bytes) -> dict[str, Any]:
    """Open a sealed part with its own key; raises Bad."""
    if sha(b"audit/key-commit/v1\0" + key) != event.kc:
        raise Bad("key", "not the key that the event commits to")
    padded = aes_gcm_open(key, event.ct[16:], event.header)
    if padded is None:
        raise Bad("entry", "the seal of the event is broken")
    text = padded.rstrip(b" ")
    body = json.loads(text.decode("utf-8"))
    if len(text) + -len(text) % 64 != len(padded) or not isinstance(body, dict):
        raise Bad("entry", "the sealed part is not in its only possible form")
    return body


# --- where the files come from


class Source:
    """Files by name."""

    names: list[str]

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        raise NotImplementedError


class Folder(Source):
    """An unpacked pack, or an export."""

    def __init__(self, root: str) -> None:
        self.root, self.names = root, []
        for folder, folders, files in os.walk(root):
            for name in files + [each for each in folders if os.path.islink(os.path.join(folder, each))]:
                path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                if not os.path.isfile(os.path.join(folder, name)) or os.path.islink(os.path.join(folder, name)):
                    raise Bad("signature", "not a plain file", None, path)
                self.names.append(path)
        self.names.sort()

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        with open(os.path.join(self.root, *name.split("/")), "rb") as file:
            return file.read()


class Zip(Source):
    """A pack in its container, of which every byte is determined by names and contents."""

    def __init__(self, path: str) -> None:
        self.path, self.names = path, []
        self.places: dict[str, tuple[int, int]] = {}
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        at, central = 0, []
        while self.data[at : at + 4] == b"PK\3\4":
            length, name_length = struct.unpack("<IH", self.data[at + 22 : at + 28].ljust(6, b"\0"))
            raw = self.data[at + 30 : at + 30 + name_length]
            begin = at + 30 + name_length
            content = self.data[begin : begin + length]
            facts = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, binascii.crc32(content), length, length, len(raw), 0)
            name = raw.decode("latin-1")
            if self.data[at:begin] != b"PK\3\4" + facts + raw or len(content) != length:
                raise self._bad(at, name)
            parts = name.split("/")
            if re.fullmatch(r"[!-9;-\[\]-~]+", name) is None or {"", ".", ".."} & set(parts):
                raise self._bad(at, name)
            if self.names and name <= self.names[-1]:
                raise self._bad(at, name)
            central.append(b"PK\1\2\x14\3" + facts + struct.pack("<HHHII", 0, 0, 0, 0o600 << 16, at) + raw)
            self.places[name] = (begin, length)
            self.names.append(name)
            at = begin + length
        start = at
        for name, record in zip(self.names, central):
            if self.data[at : at + len(record)] != record:
                raise self._bad(struct.unpack("<I", record[42:46])[0], name)
            at += len(record)
        end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(central), len(central), at - start, start, 0)
        if self.data[at:] != end:
            raise self._bad(start, os.path.basename(path))

    def _bad(self, at: int, name: str) -> Bad:
        """Name the file whose bytes these are: the local name and that of the list at the end, the manifest decides."""
        names = [name]
        try:
            with zipfile.ZipFile(self.path) as pack:
                names += [each.filename for each in pack.infolist() if each.header_offset == at]
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, struct.error):
            pass
        listed = ("manifest.json", "manifest.note")
        known = [each for each in names if each in listed or self.data.find(f'"{each}":'.encode()) >= 0]
        named = known[0] if known else os.path.basename(self.path)
        return Bad("signature", "the ZIP file was changed at this place", None, named)

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        begin, length = self.places[name]
        return self.data[begin : begin + length]


class Part(Source):
    """What a pack holds of an earlier log, by the names without its folder."""

    def __init__(self, whole: Source, folder: str) -> None:
        self.whole, self.folder = whole, folder
        self.names = [name[len(folder) :] for name in whole.names if name.startswith(folder)]

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return self.whole.read(self.folder + name)


# --- a pack


class Pack:
    """Checks an evidence pack; `lines` are what a person should read."""

    empty = "This pack is EMPTY: it holds no event, and proves nothing of any"

    def __init__(self, source: Source, options: argparse.Namespace) -> None:
        self.source, self.options, self.origin = source, options, ""
        self.lines: list[str] = []
        self.unknown: list[str] = []
        self.trust = "given" if options.log_key and options.receipt_key else "pack"
        self.size, self.root = 0, b""
        self.events: dict[int, Event] = {}
        self.checkpoints: dict[int, Checkpoint] = {}

    def check(self) -> None:
        """Check everything; the first thing wrong is raised as Bad."""
        manifest = self._manifest()
        self.origin = str(manifest["origin"])
        receipt = self._keys("receipt.vkey", self.origin + "/receipt", self.options.receipt_key)
        self._signed_manifest(receipt)
        self._hashes(manifest["files"])
        self.lines.append("{} files, each with the hash that was signed for".format(len(manifest["files"])))
        self.check_log(manifest)
        self._earlier_logs(manifest.get("earlier", []))

    def check_log(self, manifest: dict[str, Any]) -> None:
        """Check one log's signed state and all that leads to it."""
        keys = self._keys("log.vkey", self.origin, self.options.log_key)
        newest = open_checkpoint(self._need("checkpoint"), keys, self.origin, "checkpoint")
        self.size, self.root = newest.size, newest.root
        if (manifest["size"], manifest["root"]) != (newest.size, base64.b64encode(newest.root).decode()):
            raise Bad("consistency", "manifest and checkpoint differ", None, "manifest.json")
        self.lines.append(f"Log {self.origin}, signed with {newest.size} events")
        self._earlier(newest, keys)
        self._entries(newest)
        self._lanes()
        self._opened()
        self._anchors(newest)

    def _earlier_logs(self, listed: Any) -> None:
        """Check what is here of the logs that were declared lost before this one was opened, each by itself."""
        try:
            parts = {each["folder"]: (each["origin"], each["size"], each["root"]) for each in listed}
            names = {str(origin) for origin, _size, _root in parts.values()} - {self.origin}
            if len(names) != len(listed) or not isinstance(listed, list):
                raise ValueError("a log twice")
            if any(re.fullmatch("earlier/[1-9][0-9]*/", folder) is None for folder in parts):
                raise ValueError("another folder")
        except (ValueError, KeyError, TypeError):
            raise Bad("signature", "not the list of an evidence pack", None, "manifest.json") from None
        for name in self._under("earlier/"):
            if not name.startswith(tuple(parts)):
                raise Bad("signature", "it belongs to no log of this pack", None, name)
        for facts in listed:
            self._earlier_log(facts)
        self.trust = "pack" if self.unknown else self.trust

    def _earlier_log(self, facts: dict[str, Any]) -> None:
        name, folder = str(facts["origin"]), str(facts["folder"])
        self.lines.append(f"AN EARLIER LOG exists: {name}, declared lost; what is here of it lies in {folder}")
        given = [key for key in self.options.log_key if key.partition("+")[0] == name]
        part = Pack(Part(self.source, folder), argparse.Namespace(**{**vars(self.options), "log_key": given}))
        part.origin, part.empty = name, "No event of this log with a proof is in this pack"
        try:
            if facts["size"] is not None:
                part.check_log(facts)
            part.check_unproved(alone=facts["size"] is None)
        except Bad as bad:
            file = "manifest.json" if bad.file in ("", "manifest.json") else folder + bad.file
            raise Bad(bad.kind, bad.why, bad.index, file) from None
        finally:
            self.lines += ["  " + line for line in part.lines]
        self.unknown += part.unknown

    def check_unproved(self, alone: bool) -> None:
        """Read the events of a lost log that no signed state of it covers; with `alone` there is nothing else."""
        count = 0
        for name in self.source.names:
            found = re.fullmatch(r"unproved/([1-9][0-9]*)\.(entry|key)", name)
            if found is None:
                if alone or name.startswith("unproved/"):
                    raise Bad("signature", "no signed state of this log is here to which it could belong", None, name)
                continue
            if found[2] == "key":
                continue
            try:
                event, key = read_entry(self.source.read(name)), name[:-5] + "key"
                if event.log != self.origin or event.w << 32 | event.n != int(found[1]):
                    raise Bad("origin", "another event than its name says")
                count, body = count + 1, None
                if key in self.source.names:
                    body = open_event(event, bytes.fromhex(self.source.read(key).decode("latin-1").strip()))
            except (ValueError, RecursionError):
                raise Bad("entry", "the sealed part cannot be read", None, name) from None
            except Bad as bad:
                raise Bad(bad.kind, bad.why, None, name) from None
            if self.options.list:
                said = json.dumps(body, ensure_ascii=True, sort_keys=True) if body is not None else "closed"
                self.lines.append(f"  no place  {_time(event.ts)}  {event.act}  {event.res}  {said}")
        if count:
            self.lines.append(f"{count} events WITHOUT A PROOF: no signed state covers them; the pack's maker vouches")

    def _need(self, name: str) -> bytes:
        if name not in self.source.names:
            raise Bad("signature", "the file is missing", None, name)
        return self.source.read(name)

    def _keys(self, file: str, name: str, given: list[str]) -> list[Key]:
        try:
            keys = parse_keys(self._need(file), name)
            trusted = [parse_key(each) for each in given]
        except ValueError as error:
            raise Bad("signature", str(error), None, file) from None
        for key in keys:
            known = " (as you gave it)" if key in trusted else " (compare it with the published one)"
            self.lines.append(f"Key {key.encode()}{known}")
            if not given:
                self.unknown.append(key.encode())
        if given and not set(trusted) & set(keys):
            raise Bad("signature", "none of these is the key that you gave", None, file)
        # A key that was given for another log signs nothing of this one.
        return [key for key in trusted if key.name == name] or keys

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._need("manifest.json").decode("utf-8"), object_pairs_hook=_once)
            if manifest["format"] != "evidence-pack/v1" or not isinstance(manifest["files"], dict):
                raise ValueError("another format")
            manifest["origin"], manifest["size"], manifest["root"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Bad("signature", "not the list of an evidence pack", None, "manifest.json") from None
        return dict(manifest)

    def _signed_manifest(self, keys: list[Key]) -> None:
        note = self._need("manifest.note")
        try:
            text, lines = split_note(note)
            if len(lines) != 1:
                raise ValueError("exactly one signature is wanted")
            check_signatures(text, lines, keys)
        except (ValueError, UnicodeError) as error:
            raise Bad("signature", str(error), None, "manifest.note") from None
        digest = hashlib.sha256(self._need("manifest.json")).hexdigest()
        if text != f"evidence-pack/v1\n{self.origin}\n{digest}\n":
            raise Bad("signature", "the list of files is not the one that was signed", None, "manifest.json")

    def _hashes(self, files: dict[str, str]) -> None:
        for name in sorted(set(self.source.names) | set(files)):
            if name in ("manifest.json", "manifest.note"):
                continue
            place = re.match(r"(?:earlier/[0-9]+/)?(entries|proofs|keys)/(?:([0-9]+)\.)?", name)
            index = int(place[2]) if place and place[2] else None
            kind = {"entries": "entry", "keys": "key", "proofs": "tile"}[place[1]] if place else "signature"
            if name not in files:
                raise Bad(kind, "the file is not on the signed list", index, name)
            if name not in self.source.names:
                raise Bad(kind, "the file is missing", index, name)
            if hashlib.sha256(self.source.read(name)).hexdigest() != files[name]:
                raise Bad(kind, "the file was changed", index, name)

    def _earlier(self, newest: Checkpoint, keys: list[Key]) -> None:
        self.checkpoints[newest.size] = newest
        proved = 0
        for name in self._under("checkpoints/"):
            size = name[len("checkpoints/") :]
            if size.endswith(".consistency"):
                continue
            found = open_checkpoint(self.source.read(name), keys, self.origin, name)
            if str(found.size) != size or found.size > newest.size:
                raise Bad("consistency", "a checkpoint of another size than its name or the pack's", None, name)
            if found.size == newest.size and found.root != newest.root:
                raise Bad("consistency", "two histories of one size", None, name)
            self.checkpoints.setdefault(found.size, found)
            if name + ".consistency" in self.source.names:
                proof = _hash_lines(self.source.read(name + ".consistency"), name + ".consistency")
                if not is_prefix(found.size, newest.size, proof, found.root, newest.root):
                    raise Bad("consistency", "not the beginning of the newest state", None, name)
                proved += 1
        others = len(self.checkpoints) - 1
        if others:
            self.lines.append(f"{others} earlier signed states, {proved} of them proved to be the log's beginning")

    def _under(self, prefix: str) -> list[str]:
        return [name for name in self.source.names if name.startswith(prefix)]

    def _entries(self, newest: Checkpoint) -> None:
        commitments: dict[bytes, int] = {}
        for name in self._under("entries/"):
            found = re.fullmatch(r"entries/(0|[1-9][0-9]*)\.entry", name)
            if found is None:
                raise Bad("entry", "not the name of an event's file", None, name)
            index = int(found[1])
            try:
                event = read_entry(self.source.read(name))
            except Bad as bad:
                raise Bad(bad.kind, bad.why, index, name) from None
            if event.log != self.origin:
                raise Bad("origin", "an event of another log", index, name)
            if event.cp > index or commitments.setdefault(event.kc, index) != index:
                raise Bad("header", "a state that it cannot have seen, or a key used twice", index, name)
            proof = f"proofs/{index}.tlog-proof"
            if inclusion_root(index, newest.size, event.leaf, self._proof(proof, index)) != newest.root:
                raise Bad("root", "the proof does not lead from this event to the signed state", index, proof)
            self.events[index] = event
        for name in self._under("proofs/"):
            if name.replace("proofs/", "entries/").replace(".tlog-proof", ".entry") not in self.source.names:
                raise Bad("entry", "a proof of an event that is not here", None, name)
        if not self.events:
            self.lines.append(self.empty)
        else:
            self.lines.append(f"{len(self.events)} events, each proved to stand in the signed log")

    def _proof(self, name: str, index: int) -> list[bytes]:
        text = self._need(name).decode("utf-8", "replace")
        head, gap, note = text.partition("\n\n")
        first, _, rest = head.partition("\n")
        number, _, hashes = rest.partition("\n")
        if first != "c2sp.org/tlog-proof@v1" or number != f"index {index}" or not gap:
            raise Bad("tile", "not a proof of this event", index, name)
        if note.encode() != self.source.read("checkpoint"):
            raise Bad("tile", "a proof against another state", index, name)
        return _hash_lines((hashes + "\n").encode() if hashes else b"", name)

    def _lanes(self) -> None:
        ends: dict[int, int] = {}
        groups: dict[str, int] = {}
        for event in self.events.values():
            if event.act in ("lane.close", "lane.dead", "alarm.lane"):
                ends[event.tw] = min(event.tn, ends.get(event.tw, event.tn))
        before: tuple[int, Optional[Event]] = (0, None)
        for index, event in sorted(self.events.items(), key=lambda item: (item[1].w, item[1].n, item[0])):
            file, (place, last) = f"entries/{index}.entry", before
            if event.n > ends.get(event.w, event.n):
                raise Bad("lane_gap", "it stands after its writer's end", index, file)
            if event.grp is not None and groups.setdefault(event.grp, event.w) != event.w:
                raise Bad("header", "parts of one act by two writers", index, file)
            if last is not None and last.w == event.w:
                if event.n == last.n or index < place:
                    raise Bad("lane_gap", "out of its writer's order", index, file)
                if event.n == last.n + 1 and event.p != last.leaf:
                    raise Bad("lane_link", "it does not follow the event before it", index, file)
                if event.cp < last.cp:
                    raise Bad("header", "it saw less of the log than the event before it", index, file)
            before = (index, event)

    def _opened(self) -> None:
        opened: dict[int, dict[str, Any]] = {}
        for name in self._under("keys/"):
            found = re.fullmatch(r"keys/(0|[1-9][0-9]*)\.key", name)
            index = int(found[1]) if found else -1
            text = self.source.read(name).decode("latin-1")
            if index not in self.events or re.fullmatch("[0-9a-f]{64}\n", text) is None:
                raise Bad("key", "not the key of an event in this pack", None, name)
            try:
                opened[index] = open_event(self.events[index], bytes.fromhex(text[:64]))
            except Bad as bad:
                raise Bad(bad.kind, bad.why, index, name) from None
            except (ValueError, RecursionError):
                raise Bad("entry", "the sealed part is no JSON", index, name) from None
        closed = len(self.events) - len(opened)
        if self.events:
            self.lines.append(f"{len(opened)} events opened with their own keys, {closed} left closed")
        for index, event in sorted(self.events.items()) if self.options.list else ():
            body = json.dumps(opened[index], ensure_ascii=True, sort_keys=True) if index in opened else "closed"
            self.lines.append(f"  {index}  {_time(event.ts)}  {event.act}  {event.res}  {body}")

    def _anchors(self, newest: Checkpoint) -> None:
        names = [name for name in self._under("anchors/") if name != "anchors/witness.vkey"]
        witnesses = self._witnesses()
        for name in names:
            found = re.fullmatch(r"anchors/([0-9]+)-[0-9]+\.(witness|tsa|mail|file)", name)
            checkpoint = self.checkpoints.get(int(found[1])) if found else None
            if found is None or checkpoint is None:
                raise Bad("signature", "it belongs to no checkpoint of this pack", None, name)
            data = self.source.read(name)
            if found[2] == "witness":
                self._witness(name, data, checkpoint, witnesses)
            elif found[2] == "tsa":
                file = "checkpoint" if checkpoint is newest else "checkpoints/" + found[1]
                self._stamp(name, data, checkpoint, self.source.read(file))
            else:
                self.lines.append(f"{name}: shows that state {found[1]} was given away; read it, it is not checked")
        if not names:
            self.lines.append("No anchor outside: not provable against the log's own operator")

    def _witnesses(self) -> list[Key]:
        try:
            given = [parse_key(each) for each in self.options.witness]
            name = "anchors/witness.vkey"
            listed = self.source.read(name).decode("ascii").split() if name in self.source.names else []
            # A key of type 6 (ML-DSA-44) is known by its kind; its signatures cannot be checked here.
            known = given or [parse_key(each) for each in listed if unb64(each.split("+", 2)[-1])[:1] != b"\6"]
            return list(dict.fromkeys(_cosigner(key) for key in known))
        except ValueError as error:  # also UnicodeError
            raise Bad("signature", str(error), None, "anchors/witness.vkey") from None

    def _witness(self, name: str, data: bytes, checkpoint: Checkpoint, witnesses: list[Key]) -> None:
        try:
            _, lines = split_note(b"x\n\n" + data)
            known = {(key.name, key.identity) for key in witnesses}
            if any((who, line[:4]) in known for who, line in lines):
                check_signatures(checkpoint.text, lines, witnesses)
        except (ValueError, UnicodeError) as error:
            raise Bad("signature", str(error), None, name) from None
        for who, line in lines:
            if (who, line[:4]) in known:
                seen = _time(int.from_bytes(line[4:12], "big") * 1_000_000)
                source = "given by you" if self.options.witness else "named by the pack"
                self.lines.append(f"{name}: witness {who} ({source}) saw state {checkpoint.size} at {seen}")
            else:
                self.lines.append(f"{name}: witness {who} is not known here (give its key with --witness)")

    def _stamp(self, name: str, data: bytes, checkpoint: Checkpoint, note: bytes) -> None:
        imprint, when = _imprint(data)
        if imprint not in (sha(checkpoint.text.encode()), sha(note)):
            raise Bad("signature", "the time stamp is of something else", None, name)
        bare = "-token_in " if data[_tlv(data, 0)[1]] == 6 else ""  # a token alone, or an authority's whole answer
        command = f"openssl ts -verify -in {name} {bare}-digest {imprint.hex()} -CAfile AUTHORITY.pem"
        self.lines.append(
            f"{name}: stamped {when} for state {checkpoint.size}; who stamped it is checked by: {command}"
            " (AUTHORITY.pem: the root of the time authority; the operator's site has its own at /v/time-root.pem)"
        )


def _cosigner(key: Key) -> Key:
    """The key under which a witness cosigns: a plain key stands for the cosigning key of the same bytes."""
    identity = sha(key.name.encode() + b"\n\x04" + key.public)[:4]
    return Key(key.name, identity, 4, key.public)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _hash_lines(data: bytes, name: str) -> list[bytes]:
    try:
        hashes = [unb64(line) for line in data.decode("ascii").split("\n")[:-1]]
        if (not data.endswith(b"\n") and data) or any(len(each) != 32 for each in hashes) or len(hashes) > 63:
            raise ValueError
    except ValueError:
        raise Bad("tile", "not a proof", None, name) from None
    return hashes


def _time(us: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(us // 1_000_000, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return "?"


def _tlv(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, begin and end of a DER element."""
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[at + 2 : begin], "big")
    if begin + length > len(data):
        raise ValueError("cut off")
    return data[at], begin, begin + length


def _imprint(token: bytes) -> tuple[bytes, str]:
    """The hash that an RFC 3161 token stamps and its time; empty where it cannot be read."""
    try:
        at = token.index(bytes.fromhex("060b2a864886f70d0109100104")) + 13  # id-ct-TSTInfo, then [0], OCTET STRING
        for _ in range(3):
            at = _tlv(token, at)[1]
        for _ in range(2):  # version, policy
            at = _tlv(token, at)[2]
        _, imprint, after = _tlv(token, at)
        _, begin, end = _tlv(token, _tlv(token, imprint)[2])
        _, time, last = _tlv(token, _tlv(token, after)[2])
        return token[begin:end], token[time:last].decode("ascii")
    except (ValueError, IndexError):
        return b"", ""


# --- an export of the whole log


class Lane:
    """One writer's events as far as they were followed."""

    n, cp, ended, group, left = 0, 0, False, "", 0
    leaf = bytes(32)


class Export:
    """Checks a log exported as tlog-tiles, from the first event to the last."""

    def __init__(self, source: Source, options: argparse.Namespace) -> None:
        self.source, self.options = source, options
        self.lines: list[str] = []
        self.unknown: list[str] = []
        self.trust = "given" if options.log_key else "pack"
        self.size, self.root = 0, b""
        self.levels: list[bytearray] = []
        self.lanes: dict[int, Lane] = {}
        self.ends: dict[int, tuple[int, int]] = {}
        self.alarms: dict[tuple[int, int], int] = {}
        self.answered: dict[tuple[int, int], int] = {}
        self.commitments: dict[bytes, int] = {}
        self.stored = b""

    def check(self) -> None:
        """Check everything; the first thing wrong is raised as Bad."""
        try:
            keys = [parse_key(each) for each in self.options.log_key] or parse_keys(self._need("log.vkey"), "")
        except ValueError as error:
            raise Bad("signature", str(error), None, "log.vkey") from None
        # Of the keys of several logs those count that bear the name on the checkpoint: it has to be signed with one.
        claimed = self._need("checkpoint").partition(b"\n")[0].decode("utf-8", "replace")
        keys = [key for key in keys if key.name == claimed] or keys
        self.origin = keys[0].name
        newest = open_checkpoint(self._need("checkpoint"), keys, self.origin, "checkpoint")
        self.size, self.root = newest.size, newest.root
        signed = {newest.size: ("checkpoint", newest)}
        for name in self.source.names:
            if name.startswith("checkpoints/"):
                found = open_checkpoint(self.source.read(name), keys, self.origin, name)
                if name != f"checkpoints/{found.size}" or found.size >= newest.size:
                    raise Bad("consistency", "a checkpoint of another size than its name", None, name)
                signed[found.size] = (name, found)
        self._names()
        self._compare_root(signed, 0)
        for index, file, data in self._read_entries():
            self._one(index, file, data, signed)
            self._compare_root(signed, index + 1)
        for level, tile in enumerate(self.levels):
            if tile:
                self._compare_tile(level, self.size >> 8 * level + 8, bytes(tile))
        self._ends()
        self.lines.append(f"Log {self.origin}: {self.size} events read, {len(signed)} signed states compared")
        for key in keys:
            known = "as you gave it" if self.options.log_key else "compare it with the published one"
            self.lines.append(f"Key {key.encode()} ({known})")
            if not self.options.log_key:
                self.unknown.append(key.encode())
        self.lines.append("An export: how old events without a place in the tree are cannot be seen here")

    def _need(self, name: str) -> bytes:
        if name not in self.source.names:
            raise Bad("missing_leaf" if name.startswith("tile/") else "signature", "the file is missing", None, name)
        return self.source.read(name)

    def _names(self) -> None:
        wanted = {_tile_name(str(level), index, width) for level, index, width in _tiles(self.size)}
        wanted |= {_tile_name("entries", index, width) for level, index, width in _tiles(self.size) if level == 0}
        for name in sorted(wanted ^ {name for name in self.source.names if name.startswith("tile/")}):
            why = "the file is missing" if name in wanted else "the file does not belong to a log of this size"
            raise Bad("missing_leaf" if name in wanted else "tile", why, None, name)

    def _read_entries(self) -> Iterator[tuple[int, str, bytes]]:
        for level, number, width in _tiles(self.size):
            if level:
                return
            file = _tile_name("entries", number, width)
            data, at = self.source.read(file), 0
            for index in range(number * 256, number * 256 + (width or 256)):
                end = at + 2 + int.from_bytes(data[at : at + 2], "big")
                if end > len(data) or end < at + 3:
                    raise Bad("entry", "the file ends inside an event", index, file)
                yield index, file, data[at + 2 : end]
                at = end
            if at != len(data):
                raise Bad("entry", "more in the file than its events", number * 256 + (width or 256) - 1, file)

    def _one(self, index: int, file: str, data: bytes, signed: dict[int, Any]) -> None:
        number, place = divmod(index, 256)
        width = 0 if (number + 1) * 256 <= self.size else self.size % 256
        stored = self.source.read(_tile_name("0", number, width)) if place == 0 else self.stored
        self.stored = stored
        if stored[place * 32 : place * 32 + 32] != sha(b"\0" + data):
            if self._tile_stands(number, width, stored):
                raise Bad("entry", "the event is not the one that was signed", index, file)
            raise Bad("tile", "a hash is not the one that was signed", index, _tile_name("0", number, width))
        try:
            event = read_entry(data)
            if event.log != self.origin:
                raise Bad("origin", "an event of another log")
            if self.commitments.setdefault(event.kc[:16], index) != index:
                raise Bad("entry", "a key used twice")
            if event.cp > index or (event.cp and event.cp not in signed):
                raise Bad("consistency", "a signed state that it names is not here")
            self._follow(event, index)
        except Bad as bad:
            raise Bad(bad.kind, bad.why, index, file) from None
        self._append(0, index, event.leaf)

    def _tile_stands(self, number: int, width: int, stored: bytes) -> bool:
        """Whether the stored hashes lead to what stands above them."""
        if len(stored) != (width or 256) * 32:
            return False
        if width == 0:
            above = [(index, part) for level, index, part in _tiles(self.size) if level == 1 and index == number // 256]
            tile = self.source.read(_tile_name("1", *above[0]))
            return tile[number % 256 * 32 : number % 256 * 32 + 32] == fold(stored)
        tiles = [(level, index, part) for level, index, part in _tiles(self.size) if part]
        data = {level: self.source.read(_tile_name(str(level), index, part)) for level, index, part in tiles}
        return _root([data.get(level, b"") for level in range(max(data) + 1)]) == self.root

    def _append(self, level: int, position: int, value: bytes) -> None:
        if level == len(self.levels):
            self.levels.append(bytearray())
        self.levels[level] += value
        if len(self.levels[level]) == 8192:
            full = bytes(self.levels[level])
            self._compare_tile(level, position // 256, full)
            self.levels[level] = bytearray()
            self._append(level + 1, position // 256, fold(full))

    def _compare_tile(self, level: int, index: int, data: bytes) -> None:
        name = _tile_name(str(level), index, len(data) // 32 % 256)
        if self._need(name) != data:
            raise Bad("tile", "a hash is not the one that the events give", None, name)

    def _compare_root(self, signed: dict[int, tuple[str, Checkpoint]], size: int) -> None:
        if size in signed and signed[size][1].root != _root([bytes(level) for level in self.levels]):
            raise Bad("root", "the events do not add up to it", max(size - 1, 0), signed[size][0])

    def _follow(self, event: Event, index: int) -> None:
        lane = self.lanes.setdefault(event.w, Lane())
        if lane.ended or event.n != lane.n + 1 or event.n > self.ends.get(event.w, (event.n, 0))[0]:
            raise Bad("lane_gap", "not the next event of its writer")
        if event.p != lane.leaf:
            raise Bad("lane_link", "it does not follow the event before it")
        if event.cp < lane.cp:
            raise Bad("header", "it saw less of the log than the event before it")
        if lane.left or (event.grp is not None and event.grp == lane.group):
            if event.grp != lane.group or not lane.left:
                raise Bad("header", "the parts of one act do not stand side by side")
            lane.left -= 1
        else:
            lane.group, lane.left = event.grp or "", event.cnt if event.grp is not None else 0
        lane.n, lane.cp, lane.leaf, lane.ended = event.n, event.cp, event.leaf, event.act == "lane.close"
        tail = (event.tw, event.tn)
        if event.act in ("lane.close", "lane.dead"):
            if event.tw in self.ends or self.lanes.get(event.tw, Lane()).n > event.tn:
                raise Bad("lane_gap", "a writer's end that is none")
            self.ends[event.tw] = (event.tn, index)
        elif event.act == "alarm.lane":
            self.alarms.setdefault(tail, index)
        elif event.act == "alarm.ack":
            self.answered.setdefault(tail, index)

    def _ends(self) -> None:
        for lane, (last, index) in self.ends.items():
            if self.lanes.get(lane, Lane()).n != last:
                raise Bad("lane_gap", f"writer {lane} ended elsewhere than it says", index)
        for (lane, last), index in self.alarms.items():
            if self.lanes.get(lane, Lane()).n > last:
                raise Bad("lane_gap", f"writer {lane} went on after its damage", index)
            if (lane, last) not in self.answered:
                raise Bad("lane_quarantined", f"writer {lane} is damaged after its event {last}", index)
            self.lines.append(f"Writer {lane} was damaged after its event {last}; an officer answered for it")


def _root(levels: list[bytes]) -> bytes:
    """Root over partial tiles, lowest first."""
    peaks: list[bytes] = []
    for tile in reversed(levels):
        at = 0
        while at < len(tile):
            span = 32 << ((len(tile) - at) // 32).bit_length() - 1
            peaks.append(fold(tile[at : at + span]))
            at += span
    root = peaks.pop() if peaks else sha(b"")
    while peaks:
        root = _node(peaks.pop(), root)
    return root


def _tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, index and width (0 = full) of every tile of a log of this size, level by level."""
    level = 0
    while size >> 8 * level:
        full, width = divmod(size >> 8 * level, 256)
        for index in range(full):
            yield level, index, 0
        if width:
            yield level, full, width
        level += 1


def _tile_name(kind: str, index: int, width: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return "tile/{}/{}{}".format(kind, "/".join(parts), f".p/{width}" if width else "")


# --- the program


def _missing(path: str) -> str:
    """Say why there is nothing to check; empty where a pack or an export lies, whole or not."""
    marks = ("manifest.json", "manifest.note", "checkpoint", "log.vkey", "entries")
    try:
        if os.path.isdir(path):
            return "" if set(marks) & set(os.listdir(path)) else "this folder holds no evidence pack and no export"
        if not os.path.isfile(path):
            return "there is no such file or folder"
        if os.path.getsize(path) == 0:
            return "this file is empty"
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return "" if any(data.find(each.encode()) >= 0 for each in marks) else "this file is no evidence pack"
    except (OSError, ValueError) as error:
        return f"it cannot be read ({type(error).__name__})"


def check(path: str, options: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Check a pack or an export, say what was found, and return the last line."""
    job: Any = None
    verdict: dict[str, Any] = {"ok": True, "size": 0, "root": "", "first_bad": None, "kind": "ok", "trust": "pack"}
    if missing := _missing(path):
        verdict.update(ok=False, kind="unreadable", file=os.path.basename(os.path.abspath(path)))
        say(f"NOTHING WAS CHECKED: {missing}.")
        say("What it means: " + MEANING["unreadable"])
        return verdict
    try:
        source: Source = Folder(path) if os.path.isdir(path) else Zip(path)
        is_export = not {"manifest.json", "manifest.note"} & set(source.names)
        job = Export(source, options) if is_export else Pack(source, options)
        job.check()
    except Bad as bad:
        verdict.update(ok=False, kind=bad.kind, first_bad=bad.index)
        if bad.file:
            verdict["file"] = bad.file
        place = (f"event {bad.index}" if bad.index is not None else "") + (f" ({bad.file})" if bad.file else "")
        say(f"NOT complete and unchanged. First found at {place.strip() or 'no single place'}: {bad.why}.")
    except (OSError, ValueError) as error:
        verdict.update(ok=False, kind="signature", file=os.path.basename(path))
        say(f"NOT complete and unchanged: {os.path.basename(path)} cannot be read ({type(error).__name__}).")
    if job is not None:
        for line in job.lines:
            say(line)
        verdict.update(size=job.size, root=base64.b64encode(job.root).decode(), trust=job.trust)
    say(_last(job) if verdict["ok"] else "What it means: " + MEANING[verdict["kind"]])
    return verdict


def _last(job: Any) -> str:
    """The last sentence about what holds: what it proves depends on where the keys came from."""
    if job.trust == "given":
        return "Complete and unchanged."
    keys = " and ".join(job.unknown)
    return (
        "complete and unchanged as far as the keys in it say. Consistent in itself. It proves nothing about who made "
        f"it until you compare these keys with the published ones: {keys}"
    )


LOOK = (
    "A key looks like log.example/audit/main+1a2b3c4d+AbCd...=: one line of a name, eight hex digits and a word of "
    "base64, with + between them"
)
HELP = (
    f"KEY is the key itself, or the name of a file that holds it, one key a line. {LOOK}. Operators publish theirs at "
    "/log/vkey and /log/receipt-vkey on their site: take them from there, or by another way that does not come from "
    "the pack. Keys of other logs in the same file do no harm. The exit code is 0 where everything is complete and "
    "unchanged as far as the keys say, 1 where it is not or there is nothing to check, and 2 where the arguments are "
    "wrong: then nothing was checked."
)
LOG_NAME = "[a-z0-9.-]+/audit/[a-z0-9-]{1,32}"


def _log_keys(text: str) -> list[str]:
    keys = _given(text)
    fit = [key.encode() for key in keys if not re.fullmatch(LOG_NAME + "/receipt", key.name)]
    if not fit:
        raise _usage("this is the key of a log's receipts, which --receipt-key takes")
    return fit


def _receipt_keys(text: str) -> list[str]:
    keys = _given(text)
    fit = [key.encode() for key in keys if not re.fullmatch(LOG_NAME, key.name)]
    if not fit:
        raise _usage("this is the key of a log, which --log-key takes")
    return fit


def _witness_keys(text: str) -> list[str]:
    return [key.encode() for key in _given(text)]


def _given(text: str) -> list[Key]:
    """The key that this is, or those in the file of this name; a mistake here must not look like one of the pack."""
    try:
        return [parse_key(text.strip())]
    except ValueError:
        pass
    try:
        with open(text, "rb") as file:
            data = file.read(1_000_000)
    except (IsADirectoryError, PermissionError) as error:
        raise _usage(f"the file cannot be read ({type(error).__name__})") from None
    except (OSError, ValueError):
        raise _usage("this is neither a key nor the name of a file that is there") from None
    try:
        # However it was saved: some systems write a mark first, or two bytes a letter.
        words = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig").split()
        keys = [parse_key(each) for each in words]
    except ValueError:
        raise _usage("what stands in the file is no key, or not a whole one") from None
    if not keys:
        raise _usage("the file holds no key")
    return keys


def _usage(why: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{why}. {LOOK}.")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; where it is wrong the program ends with exit code 2."""
    parser = argparse.ArgumentParser(description="Check an evidence pack, or an export of a whole log.", epilog=HELP)
    parser.add_argument("path", nargs="?", help="PACK.zip or a folder (default: this one)")
    for option, read, what in (
        ("--log-key", _log_keys, "the log's key, as its operator publishes it, or a file; once for each log"),
        ("--receipt-key", _receipt_keys, "the key of its receipts, likewise"),
        ("--witness", _witness_keys, "the key of a witness, likewise"),
    ):
        parser.add_argument(option, action="append", default=[], type=read, metavar="KEY", help=what)
    parser.add_argument("--list", action="store_true", help="print every event, the opened ones with what they say")
    options = parser.parse_args(arguments)
    for name in ("log_key", "receipt_key", "witness"):
        given = [key for keys in getattr(options, name) for key in keys]
        setattr(options, name, list(dict.fromkeys(given)))  # the same key twice is one key
    return options


def main(arguments: list[str]) -> int:
    """The program; returns the exit code."""
    options = parse(arguments)
    here = os.path.dirname(os.path.abspath(__file__))
    path = options.path or next((each for each in (".", here) if os.path.exists(os.path.join(each, "checkpoint"))), ".")
    verdict = check(path, options, lambda line: print(line.encode("ascii", "backslashreplace").decode()))
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
