"""C2SP signed notes and checkpoints: keys, signing, opening, parsing (rules)."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from broker.audit.encoding import b64, unb64

ALGORITHM = 1  # Ed25519 signed note
MAX_SIGNATURES = 100
MAX_NOTE = 1_000_000
_DASH = "\u2014 "


class BadNote(ValueError):
    """A malformed note or key, or one that no known key has signed."""


class BadSignature(BadNote):
    """A signature line of a known key that does not verify."""


class Verifier(NamedTuple):
    """A public key by name (a `vkey`)."""

    name: str
    key_id: int
    public: bytes

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Say whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def encode(self) -> str:
        """The vkey as text."""
        return f"{self.name}+{self.key_id:08x}+{b64(bytes([ALGORITHM]) + self.public)}"


class Signer(NamedTuple):
    """A private key by name."""

    name: str
    key_id: int
    seed: bytes

    @classmethod
    def new(cls, name: str, seed: bytes) -> "Signer":
        """A signer from 32 random bytes."""
        if not good_name(name):
            raise BadNote("bad key name")
        return cls(name, key_id(name, _public(seed)), seed)

    def sign(self, text: bytes) -> bytes:
        """Sign the text of a note."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)

    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.key_id, _public(self.seed))

    def encode(self) -> str:
        """The private key as text; it goes into the signer's key file alone."""
        return f"PRIVATE+KEY+{self.name}+{self.key_id:08x}+{b64(bytes([ALGORITHM]) + self.seed)}"


class Signature(NamedTuple):
    """One signature line."""

    name: str
    key_id: int
    signature: bytes


class Note(NamedTuple):
    """An opened note: its text, the lines that known keys signed, and the lines of unknown keys."""

    text: str
    verified: tuple[Signature, ...]
    unverified: tuple[Signature, ...]


class Checkpoint(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def key_id(name: str, public: bytes) -> int:
    """The key id: SHA-256(name || newline || algorithm || key), first four bytes."""
    digest = hashlib.sha256(name.encode() + b"\n" + bytes([ALGORITHM]) + public).digest()
    return int.from_bytes(digest[:4], "big")


def good_name(name: str) -> bool:
    """Say whether a key may have this name."""
    return bool(name) and "+" not in name and not any(each.isspace() for each in name)


def _key_parts(text: str) -> tuple[str, int, bytes]:
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    if not good_name(name) or re.fullmatch("[0-9a-f]{8}", identity) is None:
        raise BadNote("malformed key")
    try:
        data = unb64(encoded)
    except ValueError:
        raise BadNote("malformed key") from None
    if len(data) != 33 or data[0] != ALGORITHM:
        raise BadNote("unknown algorithm or key length")
    return name, int(identity, 16), data[1:]


def parse_vkey(text: str) -> Verifier:
    """Read a verifier key strictly."""
    name, identity, public = _key_parts(text)
    if key_id(name, public) != identity:
        raise BadNote("key id does not match")
    return Verifier(name, identity, public)


def parse_skey(text: str) -> Signer:
    """Read a signing key strictly."""
    prefix = "PRIVATE+KEY+"
    if not text.startswith(prefix):
        raise BadNote("malformed key")
    name, identity, seed = _key_parts(text.removeprefix(prefix))
    if key_id(name, _public(seed)) != identity:
        raise BadNote("key id does not match")
    return Signer(name, identity, seed)


def sign(text: str, signers: Iterable[Signer]) -> str:
    """Sign a text that ends in a newline, one line per key."""
    if not text.endswith("\n") or any(ord(each) < 0x20 and each != "\n" for each in text):
        raise BadNote("malformed text")
    return text + "\n" + "".join(signature_line(text, signer) for signer in signers)


def signature_line(text: str, signer: Signer) -> str:
    """One signature line for this text."""
    return f"{_DASH}{signer.name} {b64(signer.key_id.to_bytes(4, 'big') + signer.sign(text.encode()))}\n"


def _lines(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE or any(ord(each) < 0x20 and each != "\n" for each in note) or "\ufffd" in note:
        raise BadNote("malformed note")
    cut = note.rfind("\n\n")
    text, tail = note[: cut + 1], note[cut + 2 :]
    if cut < 0 or not tail.endswith("\n"):
        raise BadNote("malformed note")
    found = []
    for line in tail[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            data = unb64(encoded)
        except ValueError:
            raise BadNote("malformed signature") from None
        if not line.startswith(_DASH) or not good_name(name) or len(data) < 5:
            raise BadNote("malformed signature")
        found.append((name, data))
    if len(found) > MAX_SIGNATURES:
        raise BadNote("too many signatures")
    return text, found


def open_note(note: str, verifiers: Sequence[Verifier]) -> Note:
    """Open a note: every line of a known key must verify, at least one must; unknown keys are listed."""
    known: dict[tuple[str, int], Verifier] = {}
    for each in verifiers:
        if (each.name, each.key_id) in known:
            raise BadNote("ambiguous key")
        known[each.name, each.key_id] = each
    text, lines = _lines(note)
    verified: dict[tuple[str, int], Signature] = {}
    unverified: list[Signature] = []
    for name, data in lines:
        line = Signature(name, int.from_bytes(data[:4], "big"), data[4:])
        key = known.get((name, line.key_id))
        if key is None:
            if line not in unverified:
                unverified.append(line)
        elif (name, line.key_id) not in verified:
            if not key.verify(text.encode(), line.signature):
                raise BadSignature("a known key's signature is bad")
            verified[name, line.key_id] = line
    if not verified:
        raise BadNote("no known key has signed")
    return Note(text, tuple(verified.values()), tuple(unverified))


def signature_lines(note: str) -> tuple[str, list[Signature]]:
    """The text of a note and its signature lines, none of them checked; raises `BadNote` for a malformed note."""
    text, lines = _lines(note)
    return text, [Signature(name, int.from_bytes(data[:4], "big"), data[4:]) for name, data in lines]


def text_of(note: str) -> str:
    """The text of a note whose signatures nobody has checked."""
    return _lines(note)[0]


def key_ids(note: str, name: str) -> list[int]:
    """The ids of the keys of this name on a note's signature lines, which nobody has checked."""
    return [int.from_bytes(data[:4], "big") for signer, data in _lines(note)[1] if signer == name]


def parse(text: str, *, extensions: bool = False) -> Checkpoint:
    """Read a checkpoint's text strictly: origin, size, root of 32 bytes; no extension lines unless allowed."""
    checkpoint, rest = parse_loosely(text)
    if (rest and not extensions) or len(checkpoint.root) != 32:
        raise BadNote("not a checkpoint of a SHA-256 log")
    return checkpoint


def parse_loosely(text: str) -> tuple[Checkpoint, str]:
    """Read the three lines of any checkpoint, and return what follows them."""
    lines = text.split("\n", 3)
    if len(lines) != 4 or not lines[0]:
        raise BadNote("malformed checkpoint")
    origin, size, encoded, rest = lines
    if re.fullmatch("0|[1-9][0-9]*", size) is None or int(size) >= 2**64:
        raise BadNote("malformed size")
    try:
        root = unb64(encoded)
    except ValueError:
        raise BadNote("malformed root") from None
    return Checkpoint(origin, int(size), root), rest


def open_checkpoint(note: str, verifiers: Sequence[Verifier], *, origin: str) -> Checkpoint:
    """Open a signed checkpoint of this log; its key bears the log's name."""
    opened = open_note(note, [each for each in verifiers if each.name == origin])
    checkpoint = parse(opened.text)
    if checkpoint.origin != origin:
        raise BadNote("a checkpoint of another log")
    return checkpoint
