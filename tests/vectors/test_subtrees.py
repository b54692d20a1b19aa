"""The published vectors of subtrees; ranges from 0 cover ordinary proofs of every tree of up to 130 leaves."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from broker.audit import merkle, subtrees
from tests.vectors.support import beside, cases, hashes, load, unb64

pytestmark = beside

SIZE = 130
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(SIZE)]


def read(level: int, index: int) -> bytes:
    """The complete subtrees of the vectors' tree."""
    return merkle.complete_root(b"".join(LEAVES[index << level : (index + 1) << level]))


def wanted(name: str) -> str:
    """The published accumulated value."""
    return next(each["want"] for each in load("subtree_accumulated")["accumulators"] if each["name"] == name)


def accumulated(lines: Iterator[str]) -> str:
    """One SHA-256 over all lines."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def ranges(end: int = SIZE) -> Iterator[tuple[int, int]]:
    """Every subtree of the tree, in the published order."""
    return ((a, b) for b in range(end + 1) for a in range(b + 1) if subtrees.is_subtree(a, b))


def shown(proof: list[bytes]) -> str:
    """A proof as the lines write it."""
    return "".join(f" {each.hex()}" for each in proof)


def test_every_subtree_hash() -> None:
    lines = (f"[{a}, {b}) {subtrees.subtree_hash(a, b, read).hex()}" for a, b in ranges())
    assert accumulated(lines) == wanted("subtree hash")


def test_every_inclusion_proof_is_the_published_one_and_verifies() -> None:
    def lines() -> Iterator[str]:
        for a, b in ranges():
            root = subtrees.subtree_hash(a, b, read)
            for index in range(a, b):
                proof = subtrees.inclusion_proof(index, a, b, read)
                subtrees.verify_inclusion(index, a, b, LEAVES[index], proof, root)
                if a == 0:
                    assert merkle.inclusion_proof(index, b, read) == proof
                yield f"{index} [{a}, {b}){shown(proof)}"

    assert accumulated(lines()) == wanted("subtree inclusion")


def test_every_consistency_proof_is_the_published_one_and_verifies() -> None:
    def lines() -> Iterator[str]:
        for size in range(SIZE + 1):
            root = merkle.root_at(size, read)
            for a, b in ranges(size):
                proof, part = subtrees.consistency_proof(a, b, size, read), subtrees.subtree_hash(a, b, read)
                subtrees.verify_consistency(a, b, size, proof, part, root)
                if a == 0:
                    assert merkle.consistency_proof(b, size, read) == proof
                    merkle.verify_consistency(b, size, proof, part, root)
                yield f"[{a}, {b}) {size}{shown(proof)}"

    assert accumulated(lines()) == wanted("subtree consistency")


def test_every_covering() -> None:
    def lines() -> Iterator[str]:
        for b in range(SIZE + 1):
            for a in range(b + 1):
                start, mid, end = subtrees.covering(a, b)
                yield f"[{start}, {mid}) [{mid}, {end})"

    assert accumulated(lines()) == wanted("subtree covering")


@pytest.mark.parametrize("case", cases("subtree_inclusion"))
def test_inclusion_in_subtrees(case: dict[str, Any]) -> None:
    arguments = case["leafIdx"], case["start"], case["end"]
    proof = unb64(case["leafHash"]), hashes(case["proof"]), unb64(case["root"])
    # That library compares any two equal words as hashes; ours are hashes of 32 bytes (docs/decisions/0040).
    no_hash = len(proof[0]) != 32
    if case["wantErr"] or no_hash:
        with pytest.raises(merkle.BadProof):
            subtrees.verify_inclusion(*arguments, *proof)
    else:
        subtrees.verify_inclusion(*arguments, *proof)


@pytest.mark.parametrize("case", cases("subtree_consistency"))
def test_consistency_of_subtrees(case: dict[str, Any]) -> None:
    arguments = case["start"], case["end"], case["size"], hashes(case["proof"])
    roots = unb64(case["root1"]), unb64(case["root2"])
    no_hash = len(roots[0]) != 32
    if case["wantErr"] or no_hash:
        with pytest.raises(merkle.BadProof):
            subtrees.verify_consistency(*arguments, *roots)
    else:
        subtrees.verify_consistency(*arguments, *roots)
