"""Subtrees of a Merkle tree and their proofs, by draft-ietf-plants-merkle-tree-certs (rules).

A range [start, end) is a subtree where it starts at a multiple of the power of two that holds it. Our log issues none
of these proofs; a newer kind of cosignature (ML-DSA-44) speaks of subtrees, and a range from 0 is an ordinary tree.
"""

from collections.abc import Sequence

from broker.audit import merkle
from broker.audit.merkle import EMPTY_ROOT, BadProof, NodeReader, node_hash


def is_subtree(start: int, end: int) -> bool:
    """Say whether this range is a subtree; an empty one is."""
    in_range = 0 <= start <= end < 2**63
    return in_range and (start == end or start % (1 << (end - start - 1).bit_length()) == 0)


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree_hash(start: int, end: int, read: NodeReader) -> bytes:
    """The hash of a subtree."""
    return merkle.range_hash(start, end, read) if start < end else EMPTY_ROOT


def inclusion_proof(index: int, start: int, end: int, read: NodeReader) -> list[bytes]:
    """The proof that a leaf stands in a subtree: that of the tree whose first leaf is the subtree's."""
    _demand(start, end)
    return merkle.inclusion_proof(index - start, end - start, _shifted(start, read))


def _shifted(start: int, read: NodeReader) -> NodeReader:
    return lambda level, index: read(level, index + (start >> level))


def verify_inclusion(index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `BadProof` unless this leaf is in the subtree with this hash."""
    _demand(start, end)
    merkle.verify_inclusion(index - start, end - start, leaf, proof, root)


def consistency_proof(start: int, end: int, size: int, read: NodeReader) -> list[bytes]:
    """The proof that a subtree belongs to the tree of `size` leaves; empty for an empty subtree."""
    _demand(start, end)
    if end > size:
        raise ValueError("no such tree")
    return [] if start == end else _proof(start, end, 0, size, read, whole=True)


def _proof(start: int, end: int, base: int, size: int, read: NodeReader, *, whole: bool) -> list[bytes]:
    """`start` and `end` count from `base`, where the part of the tree begins that is looked at."""
    if start == 0 and end == size:
        return [] if whole else [merkle.range_hash(base, base + size, read)]
    half = _split(size)
    left, right = (base, base + half), (base + half, base + size)
    if end <= half:
        return [*_proof(start, end, base, half, read, whole=whole), merkle.range_hash(*right, read)]
    inner = max(start - half, 0)
    whole = whole and start >= half
    return [*_proof(inner, end - half, base + half, size - half, read, whole=whole), merkle.range_hash(*left, read)]


def verify_consistency(start: int, end: int, size: int, proof: Sequence[bytes], subtree: bytes, root: bytes) -> None:
    """Raise `BadProof` unless the subtree with this hash belongs to the tree of this size and root."""
    _demand(start, end)
    if end > size or any(len(each) != 32 for each in (subtree, *proof)):
        raise BadProof("sizes or hash length out of range")
    if start == end:
        if proof or subtree != EMPTY_ROOT:
            raise BadProof("an empty subtree has one hash and no proof")
        return
    rest = list(proof)
    try:
        found = _roots(start, end, size, subtree, rest, whole=True)
    except IndexError:
        raise BadProof("proof too short") from None
    if rest or found != (subtree, root):
        raise BadProof("proof too long, or it leads to another root")


def _roots(start: int, end: int, size: int, subtree: bytes, rest: list[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """The hashes of the subtree and of the tree, as the proof gives them; its last hash is the outermost."""
    if start == 0 and end == size:
        found = subtree if whole else rest.pop()
        return found, found
    half, other = _split(size), rest.pop()
    if end <= half:
        part, all_of_it = _roots(start, end, half, subtree, rest, whole=whole)
        return part, node_hash(all_of_it, other)
    inner = max(start - half, 0)
    part, all_of_it = _roots(inner, end - half, size - half, subtree, rest, whole=whole and start >= half)
    return part if start >= half else node_hash(other, part), node_hash(other, all_of_it)


def covering(start: int, end: int) -> tuple[int, int, int]:
    """The two subtrees [s, mid) and [mid, e) that together hold a range; the first may begin before it."""
    if end - start <= 1:
        return start, end, end
    last = end - 1
    mask = (1 << ((start ^ last).bit_length() - 1)) - 1
    mid = last & ~mask
    return start & ~((1 << (~start & mask).bit_length()) - 1), mid, end


def _demand(start: int, end: int) -> None:
    if not is_subtree(start, end):
        raise BadProof("not a subtree")
