"""The tree against its definition, and tiles against the tree."""

import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.audit import merkle, tiles


def leaves(size: int) -> list[bytes]:
    """As many different leaf hashes."""
    return [merkle.leaf_hash(at.to_bytes(4, "big")) for at in range(size)]


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(hashes[:k]) + by_definition(hashes[k:])).digest()


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 700))
def test_all_ways_to_a_root_agree(size: int) -> None:
    hashes = leaves(size)
    tree = tiles.TileTree()
    for value in hashes:
        tree.append(value)
    assert merkle.root_of(hashes) == tree.root() == by_definition(hashes)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1500), st.integers(0, 1500), st.data())
def test_proofs_out_of_tiles_verify(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    hashes = leaves(new)
    tree = tiles.TileTree()
    for value in hashes:
        tree.append(value)
    stored = {(tile.level, tile.number): tile.data for tile in tree.take_changed()}
    read = tiles.reader(lambda level, index: stored[level, index])
    root = tree.root()
    proof = merkle.consistency_proof(old, new, read)
    merkle.verify_consistency(old, new, proof, merkle.root_of(hashes[:old]), root)
    assert merkle.root_at(old, read) == merkle.root_of(hashes[:old])
    if new:
        index = data.draw(st.integers(0, new - 1))
        path = merkle.inclusion_proof(index, new, read)
        merkle.verify_inclusion(index, new, hashes[index], path, root)
        with pytest.raises(merkle.BadProof):
            merkle.verify_inclusion(index, new, merkle.leaf_hash(b"other"), path, root)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 900), st.integers(0, 900))
def test_a_tree_goes_on_where_it_was_left(first: int, more: int) -> None:
    tree, stored = tiles.TileTree(), dict[tuple[int, int], bytes]()
    hashes = leaves(first + more)
    for value in hashes[:first]:
        tree.append(value)
    stored.update({(tile.level, tile.number): tile.data for tile in tree.take_changed()})
    partial = [stored.get((level, full), b"")[: width * 32] for level, full, width in tiles.counts(first)]
    again = tiles.TileTree(first, partial)
    for value in hashes[first:]:
        again.append(value)
    for tile in again.take_changed():
        before = stored.get((tile.level, tile.number), b"")
        assert tile.data.startswith(before)
        assert len(tile.data) > len(before)
        stored[tile.level, tile.number] = tile.data
    assert again.root() == merkle.root_of(hashes)
    widths = {place: len(data) // 32 for place, data in stored.items()}
    wanted = {
        (level, index): 256 if index < full else width
        for level, full, width in tiles.counts(first + more)
        for index in range(full + (width > 0))
    }
    assert widths == wanted


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 600), max_size=4))
def test_many_leaves_at_once_are_the_same_tree_as_one_after_the_other(parts: list[int]) -> None:
    hashes = leaves(sum(parts))
    one, other = tiles.TileTree(), tiles.TileTree()
    for value in hashes:
        one.append(value)
    for begin, count in zip(itertools.accumulate(parts, initial=0), parts, strict=False):
        other.extend(b"".join(hashes[begin : begin + count]))
    assert (other.size, other.root(), other.partial()) == (one.size, one.root(), one.partial())
    assert sorted(other.take_changed()) == sorted(one.take_changed())


def test_a_tree_that_ends_with_a_full_tile_has_changed_no_empty_one() -> None:
    tree = tiles.TileTree()
    tree.extend(b"")
    assert (tree.root(), tree.take_changed(), tree.partial()) == (merkle.EMPTY_ROOT, [], [])
    tree.extend(b"".join(leaves(256)))
    assert [(tile.level, tile.number, tile.width) for tile in tree.take_changed()] == [(0, 0, 256), (1, 0, 1)]


def test_partial_tiles_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(merkle.BadProof):
        tiles.TileTree(3, [bytes(64)])


def test_an_empty_tree_has_no_inclusion_and_no_other_past() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_proof(0, 0, lambda level, index: b"")
    with pytest.raises(ValueError, match="no such tree"):
        merkle.consistency_proof(2, 1, lambda level, index: b"")
    merkle.verify_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    with pytest.raises(merkle.BadProof):
        merkle.verify_consistency(0, 0, [], bytes(32), bytes(32))


def test_bundles_come_apart_again() -> None:
    entries = [b"one", b"", b"x" * 65_535]
    assert tiles.split_bundle(tiles.bundle(entries)) == entries
    with pytest.raises(ValueError, match="inside an entry"):
        tiles.split_bundle(b"\x00\x05abc")


LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(4)]


def node(level: int, index: int) -> bytes:
    return merkle.complete_root(b"".join(LEAVES[index << level : (index + 1) << level]))


@pytest.mark.parametrize("index", [-1, 4, 5])
def test_a_leaf_beside_the_tree_has_no_proof(index: int) -> None:
    proof = merkle.inclusion_proof(3, 4, node)
    with pytest.raises(merkle.BadProof, match="out of range"):
        merkle.root_from_inclusion(index, 4, LEAVES[3], proof)
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_proof(index, 4, node)


@pytest.mark.parametrize("hash_", [b"", bytes(31), bytes(33)])
def test_a_hash_of_another_length_proves_nothing(hash_: bytes) -> None:
    proof = merkle.inclusion_proof(1, 4, node)
    for leaf, path in ((hash_, proof), (LEAVES[1], [hash_, *proof[1:]])):
        with pytest.raises(merkle.BadProof, match="out of range"):
            merkle.root_from_inclusion(1, 4, leaf, path)
    old, new = merkle.root_at(3, node), merkle.root_at(4, node)
    path = merkle.consistency_proof(3, 4, node)
    for first, second, third in ((hash_, new, path), (old, hash_, path), (old, new, [hash_, *path[1:]])):
        with pytest.raises(merkle.BadProof, match="out of range"):
            merkle.verify_consistency(3, 4, third, first, second)


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4)])
def test_there_is_no_way_from_a_tree_that_there_is_not(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no such tree"):
        merkle.consistency_proof(old, new, node)
    with pytest.raises(merkle.BadProof, match="out of range"):
        merkle.verify_consistency(old, new, [], bytes(32), bytes(32))


def test_a_proof_is_neither_too_long_nor_too_short() -> None:
    proof, path = merkle.inclusion_proof(2, 4, node), merkle.consistency_proof(3, 4, node)
    old, new = merkle.root_at(3, node), merkle.root_at(4, node)
    assert merkle.root_from_inclusion(2, 4, LEAVES[2], proof) == new
    merkle.verify_consistency(3, 4, path, old, new)
    with pytest.raises(merkle.BadProof, match="too long"):
        merkle.root_from_inclusion(2, 4, LEAVES[2], [*proof, new])
    with pytest.raises(merkle.BadProof, match="too short"):
        merkle.root_from_inclusion(2, 4, LEAVES[2], proof[:-1])
    with pytest.raises(merkle.BadProof, match="too long"):
        merkle.verify_consistency(3, 4, [*path, new], old, new)
    with pytest.raises(merkle.BadProof):
        merkle.verify_consistency(3, 4, path[:-1], old, new)
    with pytest.raises(merkle.BadProof, match="too short"):
        merkle.verify_consistency(3, 4, [], old, new)


def test_trees_of_one_size_are_one_tree_and_every_tree_begins_empty() -> None:
    root = merkle.root_at(4, node)
    merkle.verify_consistency(4, 4, [], root, root)
    merkle.verify_consistency(0, 4, [], merkle.EMPTY_ROOT, root)
    merkle.verify_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    for old, new, proof, first, second in (
        (4, 4, [], bytes(32), root),
        (4, 4, [root], root, root),
        (0, 4, [], root, root),
        (0, 4, [root], merkle.EMPTY_ROOT, root),
        (0, 0, [], merkle.EMPTY_ROOT, root),
    ):
        with pytest.raises(merkle.BadProof, match="differ"):
            merkle.verify_consistency(old, new, proof, first, second)


def test_a_tile_lies_where_its_level_number_and_width_say() -> None:
    assert [tiles.index_path(index) for index in (0, 999, 1000, 1_234_067)] == [
        "000", "999", "x001/000", "x001/x234/067",
    ]  # fmt: skip
    assert [tiles.tile_path(0, 67), tiles.tile_path(63, 1067, 255)] == ["tile/0/067", "tile/63/x001/067.p/255"]
    assert [tiles.bundle_path(67), tiles.bundle_path(67, 1)] == ["tile/entries/067", "tile/entries/067.p/1"]
    assert tiles.Tile(0, 0, bytes(96)).width == 3


@pytest.mark.parametrize(("level", "index", "partial"), [(-1, 0, 0), (64, 0, 0), (0, -1, 0), (0, 0, -1), (0, 0, 256)])
def test_there_is_no_tile_beside_the_tree(level: int, index: int, partial: int) -> None:
    with pytest.raises(ValueError, match="no such"):
        tiles.tile_path(level, index, partial)


def test_the_path_of_a_tile_is_read_and_written_the_same() -> None:
    for level, index, partial in ((0, 0, 0), (63, 2**63 - 1, 255), (8, 1000, 1)):
        _tile, written, *rest = tiles.tile_path(level, index, partial).split("/")
        assert tiles.parse_tile_path(written, "/".join(rest)) == (level, index, partial)


@pytest.mark.parametrize(
    ("level", "index"),
    [
        ("64", "000"),
        ("00", "000"),
        ("-1", "000"),
        ("0", "00"),
        ("0", "000.p/0"),
        ("0", "000.p/256"),
        ("0", "x000/001"),
        ("0", tiles.index_path(2**63)),
    ],
)
def test_another_path_is_none(level: str, index: str) -> None:
    with pytest.raises(ValueError, match="not a tile path"):
        tiles.parse_tile_path(level, index)


def test_the_last_tile_of_a_level_has_the_width_that_the_size_says() -> None:
    size = 3 * 65536 + 2 * 256 + 5
    widths = {(0, 770): 5, (0, 769): 0, (1, 3): 2, (1, 2): 0, (2, 0): 3}
    assert {place: tiles.partial_width(*place, size) for place in widths} == widths


def test_a_node_of_a_tile_that_is_missing_or_too_short_is_not_read() -> None:
    read = tiles.reader(lambda _level, index: [bytes(96), b""][index])
    assert read(0, 2) == bytes(32)
    for level, index in ((0, 3), (1, 1), (0, 256)):
        with pytest.raises(merkle.BadProof, match="missing or too short"):
            read(level, index)


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\2a", b"\0\1a\0"])
def test_a_bundle_does_not_end_inside_an_entry(data: bytes) -> None:
    assert tiles.split_bundle(b"\0\0\0\2ab") == [b"", b"ab"]
    with pytest.raises(ValueError, match="ends inside an entry"):
        tiles.split_bundle(data)
