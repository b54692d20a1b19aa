"""A proof as text (C2SP tlog-proof): how long each part may be, and what is missing where it is refused."""

import pytest

from broker.audit import tlogproof
from broker.audit.encoding import b64
from broker.audit.tlogproof import BadTlogProof, TlogProof

NOTE = "log.example/audit/1\n7\n\n- log.example/audit/1 AAAA\n"


def test_a_tree_of_all_that_a_number_counts_needs_sixty_three_hashes_and_no_proof_has_more() -> None:
    longest = TlogProof(0, tuple(bytes([at]) * 32 for at in range(63)), NOTE)
    assert tlogproof.parse(longest.encode()) == longest
    with pytest.raises(BadTlogProof, match="not a proof of SHA-256 hashes"):
        tlogproof.parse(longest._replace(hashes=(*longest.hashes, bytes(32))).encode())


@pytest.mark.parametrize("length", [31, 33])
def test_each_hash_has_thirty_two_bytes(length: int) -> None:
    with pytest.raises(BadTlogProof, match="not a proof of SHA-256 hashes"):
        tlogproof.parse(TlogProof(0, (bytes(32), bytes(length)), NOTE).encode())


def test_two_hundred_thousand_characters_are_read_and_not_one_more() -> None:
    short = TlogProof(3, (), "").encode()
    note = "n" * (200_000 - len(short) - 1) + "\n"
    assert tlogproof.parse(short + note) == TlogProof(3, (), note)
    with pytest.raises(BadTlogProof, match="malformed proof"):
        tlogproof.parse(short + "n" + note)


@pytest.mark.parametrize(
    "text",
    [
        "c2sp.org/tlog-proof@v1\nindex 0\n",  # no empty line, so no note
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",  # nothing after it
        "c2sp.org/tlog-proof@v1\nindex 0\n\nthe note's last line does not end",
    ],
)
def test_without_a_note_it_is_no_proof(text: str) -> None:
    with pytest.raises(BadTlogProof, match="malformed proof"):
        tlogproof.parse(text)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("c2sp.org/tlog-proof@v2\nindex 0", "not a tlog-proof"),
        ("c2sp.org/tlog-proof@v1", "no index"),
        (f"c2sp.org/tlog-proof@v1\n{b64(bytes(32))}\nindex 0", "no index"),
        (f"c2sp.org/tlog-proof@v1\nindex 0\nextra {b64(b'x')}", "malformed base64"),
        ("c2sp.org/tlog-proof@v1\nextra ?\nindex 0", "malformed base64"),
        ("c2sp.org/tlog-proof@v1\nindex 00", "malformed index"),
        ("c2sp.org/tlog-proof@v1\nindex -1", "malformed index"),
        ("c2sp.org/tlog-proof@v1\nindex 10000000000000000000", "malformed index"),
    ],
)
def test_what_is_wrong_in_its_head_is_named(head: str, why: str) -> None:
    with pytest.raises(BadTlogProof, match=why):
        tlogproof.parse(f"{head}\n\n{NOTE}")


def test_what_is_extra_stands_before_the_index_and_may_be_empty() -> None:
    for extra in (b"", b"a word"):
        proof = TlogProof(5, (bytes(32),), NOTE, extra)
        assert proof.encode().split("\n")[1:3] == [f"extra {b64(extra)}", "index 5"]
        assert tlogproof.parse(proof.encode()) == proof
