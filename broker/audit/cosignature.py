"""C2SP tlog-cosignature: a witness's key, the message it signs, the line it adds, and its check (rules)."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from broker.audit import checkpoint
from broker.audit.checkpoint import BadNote, Signature
from broker.audit.encoding import b64, unb64

ED25519, COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06
LENGTHS = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}  # bytes of a public key
SIGNATURE_LENGTHS = {COSIGNATURE: 8 + 64, ML_DSA_44: 8 + 2420}  # a time in eight bytes stands before the signature
LATEST = 2**63 - 1


class Witness(NamedTuple):
    """A key that may cosign. An ML-DSA-44 key is recognised, but its signatures are not checked: no library yet."""

    name: str
    key_id: int
    algorithm: int
    public: bytes

    def encode(self) -> str:
        """The key as a vkey."""
        return f"{self.name}+{self.key_id:08x}+{b64(bytes([self.algorithm]) + self.public)}"


class Cosignature(NamedTuple):
    """A verified cosignature: whose, and when the witness says that it was made (seconds since 1970)."""

    witness: Witness
    timestamp: int
    line: Signature

    def encode(self) -> str:
        """The signature line."""
        return encode_line(self.line.name, self.line.key_id, self.line.signature)


class Cosigner(NamedTuple):
    """A witness's private key."""

    name: str
    seed: bytes

    def witness(self) -> Witness:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return Witness(self.name, key_id(self.name, COSIGNATURE, public), COSIGNATURE, public)

    def line(self, text: str, timestamp: int) -> str:
        """The line that this witness adds to a checkpoint with this text at this time."""
        signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message(text, timestamp))
        return encode_line(self.name, self.witness().key_id, timestamp.to_bytes(8, "big") + signed)


def key_id(name: str, algorithm: int, public: bytes) -> int:
    """The key id: SHA-256(name || newline || algorithm || key), first four bytes."""
    return int.from_bytes(hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4], "big")


def parse_vkey(text: str) -> Witness:
    """Read a witness's vkey strictly. A plain Ed25519 key (0x01) stands for the cosignature key of the same bytes.

    Go's library reads it so, and the published lists of witnesses carry it. Raises `BadNote`.
    """
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        data = unb64(encoded)
    except ValueError:
        raise BadNote("malformed key") from None
    if not checkpoint.good_name(name) or re.fullmatch("[0-9a-f]{8}", identity) is None or not data:
        raise BadNote("malformed key")
    algorithm, public = data[0], data[1:]
    if LENGTHS.get(algorithm) != len(public):
        raise BadNote("unknown algorithm or key length")
    # The published ML-DSA-44 key bears an id that no rule gives (docs/decisions/0040); nothing is checked with it.
    if key_id(name, algorithm, public) != int(identity, 16) and algorithm != ML_DSA_44:
        raise BadNote("key id does not match")
    shown = COSIGNATURE if algorithm == ED25519 else algorithm
    return Witness(name, key_id(name, shown, public), shown, public)


def message(text: str, timestamp: int) -> bytes:
    """What an Ed25519 witness signs: the header, the time, and the whole text with its extension lines."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def timestamp_of(signature: bytes) -> int:
    """The time in a cosignature (after the key id): seconds since 1970. Raises `BadNote` for another signature."""
    if len(signature) not in SIGNATURE_LENGTHS.values():
        raise BadNote("not a cosignature")
    timestamp = int.from_bytes(signature[:8], "big")
    if timestamp > LATEST:
        raise BadNote("impossible time")
    return timestamp


def encode_line(name: str, identity: int, signature: bytes) -> str:
    """One signature line."""
    return f"\u2014 {name} {b64(identity.to_bytes(4, 'big') + signature)}\n"


def whose(line: str) -> tuple[str, int]:
    """The name and key id on a signature line that was verified before it was stored."""
    _dash, name, encoded = line.split(" ")
    return name, int.from_bytes(unb64(encoded.rstrip("\n"))[:4], "big")


def verify(text: str, line: Signature, witness: Witness) -> Cosignature:
    """Check one cosignature over a checkpoint's text. Raises `BadNote`."""
    timestamp = timestamp_of(line.signature)
    if (line.name, line.key_id) != (witness.name, witness.key_id) or witness.algorithm != COSIGNATURE:
        raise BadNote("a cosignature of another key, or of a kind that is not checked")
    try:
        key = Ed25519PublicKey.from_public_bytes(witness.public)
        key.verify(line.signature[8:], message(text, timestamp))
    except InvalidSignature:
        raise checkpoint.BadSignature("a known witness's cosignature is bad") from None
    return Cosignature(witness, timestamp, line)


def cosignatures(note: str, witnesses: Iterable[Witness]) -> list[Cosignature]:
    """The cosignatures of known witnesses on a note, one for each; a bad one raises, unknown keys are passed over."""
    text, lines = checkpoint.signature_lines(note)
    return _found(text, lines, witnesses)


def from_answer(text: str, body: str, witnesses: Iterable[Witness]) -> list[Cosignature]:
    """The cosignatures in a witness's answer: signature lines alone. Raises `BadNote` where it holds anything else."""
    text_again, lines = checkpoint.signature_lines(text + "\n" + body)
    if text_again != text:
        raise BadNote("an answer with more than signature lines")
    return _found(text, lines, witnesses)


def _found(text: str, lines: Sequence[Signature], witnesses: Iterable[Witness]) -> list[Cosignature]:
    known = {(each.name, each.key_id): each for each in witnesses if each.algorithm == COSIGNATURE}
    found: dict[tuple[str, int], Cosignature] = {}
    for line in lines:
        place = (line.name, line.key_id)
        if place in known and place not in found:
            found[place] = verify(text, line, known[place])
    return list(found.values())
