"""A proof of inclusion as C2SP tlog-proof text: written, read strictly, verified (rules)."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from broker.audit import checkpoint, merkle
from broker.audit.checkpoint import Checkpoint, Verifier
from broker.audit.encoding import b64, unb64

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63  # a tree of 2^63 leaves needs no more
MAX_TEXT = 200_000  # characters; a note with a hundred long cosignatures stays below
_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


class BadTlogProof(ValueError):
    """A malformed proof."""


class TlogProof(NamedTuple):
    """One entry's place: its index, the hashes from leaf to root, and the signed checkpoint they lead to."""

    index: int  # type: ignore[assignment]  # the field hides a method of tuples that nobody calls
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def encode(self) -> str:
        """The proof as text."""
        extra = [] if self.extra is None else [f"extra {b64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(b64, self.hashes), ""]
        return "".join(line + "\n" for line in lines) + self.note


def parse(text: str) -> TlogProof:
    """Read a proof strictly; its note is taken as it stands. Raises `BadTlogProof`."""
    head, divider, note = text.partition("\n\n")
    if len(text) > MAX_TEXT or not divider or not note.endswith("\n"):
        raise BadTlogProof("malformed proof")
    first, *lines = head.split("\n")
    if first != HEADER:
        raise BadTlogProof("not a tlog-proof")
    extra = _decoded(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise BadTlogProof("no index")
    number = lines.pop(0).removeprefix("index ")
    if _NUMBER.fullmatch(number) is None:
        raise BadTlogProof("malformed index")
    hashes = tuple(map(_decoded, lines))
    if len(hashes) > MAX_HASHES or any(len(each) != 32 for each in hashes):
        raise BadTlogProof("not a proof of SHA-256 hashes")
    return TlogProof(int(number), hashes, note, extra)


def _decoded(text: str) -> bytes:
    try:
        return unb64(text)
    except ValueError:
        raise BadTlogProof("malformed base64") from None


def verify(proof: TlogProof, leaf: bytes, verifiers: Sequence[Verifier], *, origin: str) -> Checkpoint:
    """Demand that this leaf hash stands in a tree that this log has signed; return the checkpoint.

    Raises `checkpoint.BadNote` for a note that is not this log's, `merkle.BadProof` for a proof that leads elsewhere.
    """
    signed = checkpoint.open_checkpoint(proof.note, verifiers, origin=origin)
    merkle.verify_inclusion(proof.index, signed.size, leaf, proof.hashes, signed.root)
    return signed
