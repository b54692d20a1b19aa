"""What the Merkle tree of the log costs beside the bare hash that it is made of."""

from hashlib import sha256

from bench.measure import Result, Row, median
from broker.audit import merkle

LEAVES = [sha256(str(n).encode()).digest() for n in range(4096)]


def run() -> Result:
    """Measure growth and proofs on a tree of 4,096 leaves, each beside the bare hashes of the same number."""
    nodes: dict[tuple[int, int], bytes] = {(0, n): leaf for n, leaf in enumerate(LEAVES)}
    for level in range(1, 13):
        for index in range(len(LEAVES) >> level):
            nodes[level, index] = merkle.node_hash(nodes[level - 1, 2 * index], nodes[level - 1, 2 * index + 1])
    root = nodes[12, 0]
    proof = merkle.inclusion_proof(1000, len(LEAVES), lambda level, index: nodes[level, index])

    def bare(times: int) -> float:
        return median(lambda: [sha256(LEAVES[0] + LEAVES[1]).digest() for _ in range(times)])

    def check() -> None:
        merkle.verify_inclusion(1000, len(LEAVES), LEAVES[1000], proof, root)

    grow = median(lambda: merkle.root_of(LEAVES))
    verify = median(check, times=200)
    return Result(
        "tree",
        [
            Row("grow a tree of 4,096 leaves", grow, bare(len(LEAVES))),
            Row("verify one inclusion proof (12 hashes)", verify, bare(len(proof))),
        ],
    )
