"""Subtrees and their proofs against their definition; the published vectors are in tests/vectors."""

import pytest

from broker.audit import merkle, subtrees
from broker.audit.merkle import BadProof

SIZE = 21
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(SIZE)]
EACH = [(a, b) for b in range(SIZE + 1) for a in range(b + 1) if subtrees.is_subtree(a, b)]
NONE = [(2, 5), (1, 3), (4, 9), (-1, -1), (-4, 0), (-1, 1), (3, 2)]


def read(level: int, index: int) -> bytes:
    """The complete subtrees of the tree."""
    return merkle.complete_root(b"".join(LEAVES[index << level : (index + 1) << level]))


def other(hash_: bytes) -> bytes:
    """A hash that differs in a bit."""
    return bytes([hash_[0] ^ 1]) + hash_[1:]


@pytest.mark.parametrize(
    ("start", "end"), [(0, 0), (5, 5), (0, 1), (6, 7), (0, 13), (4, 6), (4, 8), (8, 13), (2**62, 2**63 - 1)]
)
def test_a_range_that_begins_at_a_multiple_of_the_power_that_holds_it_is_one(start: int, end: int) -> None:
    assert subtrees.is_subtree(start, end)


@pytest.mark.parametrize(("start", "end"), [*NONE, (0, 2**63), (2**63, 2**63)])
def test_any_other_range_is_none(start: int, end: int) -> None:
    assert not subtrees.is_subtree(start, end)


@pytest.mark.parametrize(("start", "end"), NONE)
def test_there_is_no_proof_of_what_is_no_subtree(start: int, end: int) -> None:
    hash_ = bytes(32)
    with pytest.raises(BadProof, match="not a subtree"):
        subtrees.inclusion_proof(start, start, end, read)
    with pytest.raises(BadProof, match="not a subtree"):
        subtrees.verify_inclusion(start, start, end, hash_, [], hash_)
    with pytest.raises(BadProof, match="not a subtree"):
        subtrees.consistency_proof(start, end, SIZE, read)
    with pytest.raises(BadProof, match="not a subtree"):
        subtrees.verify_consistency(start, end, SIZE, [], hash_, hash_)


def test_the_hash_of_a_subtree_is_that_of_the_tree_of_its_leaves() -> None:
    for start, end in EACH:
        assert subtrees.subtree_hash(start, end, read) == merkle.root_of(LEAVES[start:end])


def test_each_leaf_is_in_its_subtree_and_no_other_is() -> None:
    for start, end in EACH:
        root = merkle.root_of(LEAVES[start:end])
        for index in range(start, end):
            proof = subtrees.inclusion_proof(index, start, end, read)
            subtrees.verify_inclusion(index, start, end, LEAVES[index], proof, root)
            for leaf, path in ((other(LEAVES[index]), proof), (LEAVES[index], [*proof, root])):
                with pytest.raises(BadProof):
                    subtrees.verify_inclusion(index, start, end, leaf, path, root)
        for index in (start - 1, end):
            with pytest.raises(ValueError, match="no such leaf"):
                subtrees.inclusion_proof(index, start, end, read)


def test_each_subtree_belongs_to_each_tree_that_holds_it() -> None:
    for size in range(SIZE + 1):
        root = merkle.root_of(LEAVES[:size])
        for start, end in [each for each in EACH if each[1] <= size]:
            proof, part = subtrees.consistency_proof(start, end, size, read), merkle.root_of(LEAVES[start:end])
            subtrees.verify_consistency(start, end, size, proof, part, root)
            wrong = [([*proof, part], part, root), (proof, other(part), root)]
            if start < end:  # an empty one belongs to any tree
                wrong += [(proof, part, other(root)), *([(proof[1:], part, root)] if proof else [])]
            wrong += [([*proof[:at], other(proof[at]), *proof[at + 1 :]], part, root) for at in range(len(proof))]
            for path, subtree, tree in wrong:
                with pytest.raises(BadProof):
                    subtrees.verify_consistency(start, end, size, path, subtree, tree)


def test_a_subtree_is_not_of_a_tree_that_ends_before_it() -> None:
    part = merkle.root_of(LEAVES[4:8])
    with pytest.raises(ValueError, match="no such tree"):
        subtrees.consistency_proof(4, 8, 7, read)
    with pytest.raises(BadProof, match="out of range"):
        subtrees.verify_consistency(4, 8, 7, [], part, part)
    subtrees.verify_consistency(0, 8, 8, [], read(3, 0), read(3, 0))


@pytest.mark.parametrize("length", [31, 33])
def test_a_hash_of_another_length_proves_nothing(length: int) -> None:
    root, part = merkle.root_of(LEAVES[:8]), read(2, 1)
    for proof, subtree in (([bytes(length)], part), ([read(2, 0)], bytes(length))):
        with pytest.raises(BadProof, match="hash length out of range"):
            subtrees.verify_consistency(4, 8, 8, proof, subtree, root)


def test_two_subtrees_cover_a_range_and_the_second_begins_where_the_first_ends() -> None:
    for start in range(SIZE):
        for end in range(start + 1, SIZE + 1):
            begin, middle, last = subtrees.covering(start, end)
            assert begin <= start < middle <= last == end
            assert subtrees.is_subtree(begin, middle)
            assert subtrees.is_subtree(middle, last)
            assert 2 * (end - start) > middle - begin  # it begins no earlier than it has to
    assert subtrees.covering(5, 5) == (5, 5, 5)
    assert subtrees.covering(5, 6) == (5, 6, 6)
    assert subtrees.covering(5, 13) == (4, 8, 13)
