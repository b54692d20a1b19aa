"""The Merkle tree of RFC 9162 section 2.1: roots, proofs and their verification (rules)."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

# Gives the hash of the complete subtree number `index` of 2^level leaves.
type NodeReader = Callable[[int, int], bytes]


class BadProof(ValueError):
    """A proof that does not show what it should."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def complete_root(data: bytes) -> bytes:
    """Root over a power of two of hashes that stand one after the other."""
    hash_two = sha256
    while len(data) > 32:
        data = b"".join([hash_two(b"\x01" + data[at : at + 64]).digest() for at in range(0, len(data), 64)])
    return data


class Frontier:
    """The right edge of a growing tree: enough to go on hashing and to know the root at any moment."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # complete subtrees, largest first

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = sha256(b"\x01" + self._peaks.pop() + node).digest()
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree so far."""
        return fold(self._peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """Root over the complete subtrees of a tree, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def range_hash(begin: int, end: int, read: NodeReader) -> bytes:
    """Hash of the leaves begin..end-1, a subtree as the proofs of RFC 9162 cut them."""
    size = end - begin
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return read(level, begin >> level)
    middle = begin + _split(size)
    return node_hash(range_hash(begin, middle, read), range_hash(middle, end, read))


def root_at(size: int, read: NodeReader) -> bytes:
    """Root of the first `size` leaves."""
    return range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """Proof that leaf `index` is in the tree of `size` leaves (RFC 9162 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    return _path(index, 0, size, read)


def _path(index: int, begin: int, end: int, read: NodeReader) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, read), range_hash(middle, end, read)]
    return [*_path(index, middle, end, read), range_hash(begin, middle, read)]


def consistency_proof(old: int, new: int, read: NodeReader) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of the tree of `new` (RFC 9162 2.1.4.1); empty from size 0."""
    if not 0 <= old <= new:
        raise ValueError("no such tree")
    return [] if old in (0, new) else _subproof(old, 0, new, read, whole=True)


def _subproof(old: int, begin: int, end: int, read: NodeReader, *, whole: bool) -> list[bytes]:
    if old == end - begin:
        return [] if whole else [range_hash(begin, end, read)]
    half = _split(end - begin)
    middle = begin + half
    if old <= half:
        return [*_subproof(old, begin, middle, read, whole=whole), range_hash(middle, end, read)]
    return [*_subproof(old - half, middle, end, read, whole=False), range_hash(begin, middle, read)]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that this proof leads to (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or any(len(each) != 32 for each in (leaf, *proof)):
        raise BadProof("leaf index or hash length out of range")
    fn, sn, root = index, size - 1, leaf
    for each in proof:
        if sn == 0:
            raise BadProof("proof too long")
        if fn & 1 or fn == sn:
            root = node_hash(each, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, each)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise BadProof("proof too short")
    return root


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `BadProof` unless this leaf is in the tree of this size and root."""
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise BadProof("the proof leads to another root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise `BadProof` unless the old tree is a prefix of the new one (RFC 9162 2.1.4.2; 0 by C2SP tlog-witness)."""
    if not 0 <= old <= new or any(len(each) != 32 for each in (old_root, new_root, *proof)):
        raise BadProof("sizes or hash length out of range")
    if old in (0, new):
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
            raise BadProof("two trees of one size differ")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise BadProof("proof too short")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for each in path[1:]:
        if sn == 0:
            raise BadProof("proof too long")
        if fn & 1 or fn == sn:
            first, second = node_hash(each, first), node_hash(each, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, each)
        fn, sn = fn >> 1, sn >> 1
    if sn or first != old_root or second != new_root:
        raise BadProof("the proof leads to another root")
