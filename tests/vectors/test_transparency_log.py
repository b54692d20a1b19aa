"""The published vectors of the formats that the log speaks: what others accept and refuse, so do we."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from broker.audit import canonical, checkpoint, merkle, tiles

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "transparency-log"
pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not beside the project")


def load(name: str) -> Any:
    """Read one file of vectors."""
    path = VECTORS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def cases(name: str) -> list[Any]:
    """The cases of one file, named by their ids."""
    return [pytest.param(case, id=case["id"]) for case in load(name).get("cases", [])]


def unb64(text: str | None) -> bytes:
    """Standard base64 of the vectors; null is nothing."""
    return base64.b64decode(text or "")


def hashes(texts: list[str] | None) -> list[bytes]:
    """A proof of the vectors."""
    return [unb64(text) for text in texts or []]


def test_hashes_and_roots_are_those_of_rfc_6962() -> None:
    vectors = load("rfc6962_hashes")
    empty, *leaves, node = vectors["hasher"]
    assert merkle.EMPTY_ROOT.hex() == empty["want"]
    for case in leaves:
        assert merkle.leaf_hash(case["data_utf8"].encode()).hex() == case["want"]
    assert merkle.node_hash(node["left_utf8"].encode(), node["right_utf8"].encode()).hex() == node["want"]
    inputs = [merkle.leaf_hash(bytes.fromhex(text)) for text in vectors["leaf_inputs_hex"]]
    assert [merkle.root_of(inputs[:size]).hex() for size in range(9)] == vectors["roots_hex"]


def test_every_complete_subtree_is_that_of_rfc_6962() -> None:
    vectors = load("rfc6962_hashes")
    wanted = vectors["node_hashes_hex"]

    def read(level: int, index: int) -> bytes:
        return bytes.fromhex(wanted[level][index])

    for level, nodes in enumerate(wanted):
        for index, node in enumerate(nodes):
            leaves = [read(0, at) for at in range(index << level, (index + 1) << level)]
            assert merkle.root_of(leaves).hex() == node
    assert [merkle.root_at(size, read).hex() for size in range(9)] == vectors["roots_hex"]


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_proofs(case: dict[str, Any]) -> None:
    arguments = case["leafIdx"], case["treeSize"], unb64(case["leafHash"]), hashes(case["proof"]), unb64(case["root"])
    if case["wantErr"]:
        with pytest.raises(merkle.BadProof):
            merkle.verify_inclusion(*arguments)
    else:
        merkle.verify_inclusion(*arguments)


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_proofs(case: dict[str, Any]) -> None:
    old, new, proof = case["size1"], case["size2"], hashes(case["proof"])
    old_root, new_root = unb64(case["root1"]), unb64(case["root2"])
    # The library of these vectors refuses size 0; C2SP tlog-witness accepts it with an empty proof, and so do we.
    from_nothing = old == 0 and new > 0 and not proof and old_root == merkle.EMPTY_ROOT and len(new_root) == 32
    no_hash = {len(old_root), len(new_root)} != {32}  # that library compares words like "don't care" too
    if (case["wantErr"] and not from_nothing) or no_hash:
        with pytest.raises(merkle.BadProof):
            merkle.verify_consistency(old, new, proof, old_root, new_root)
    else:
        merkle.verify_consistency(old, new, proof, old_root, new_root)


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in load("signed_note").get("open", [])])
def test_signed_notes_are_opened(case: dict[str, Any]) -> None:
    keys = [checkpoint.parse_vkey(text) for text in case["verifiers"]]
    if case["ok"]:
        note = checkpoint.open_note(unb64(case["note_b64"]).decode(), keys)
        assert [line.name for line in note.verified] == case["verified"]
        assert [line.name for line in note.unverified] == case["unverified"]
    else:
        with pytest.raises((checkpoint.BadNote, UnicodeDecodeError)):
            checkpoint.open_note(unb64(case["note_b64"]).decode(), keys)


def test_notes_are_signed_to_the_byte() -> None:
    vectors = load("signed_note")
    for case in vectors["sign"]:
        signer = checkpoint.parse_skey(case["skey"])
        assert checkpoint.sign(unb64(case["text_b64"]).decode(), [signer]).encode() == unb64(case["want_note_b64"])
    for case in vectors["sign_errors"]:
        with pytest.raises(checkpoint.BadNote):
            checkpoint.sign(unb64(case["text_b64"]).decode(), [checkpoint.parse_skey(case["skey"])])


def test_keys_are_read_strictly() -> None:
    vectors = load("signed_note")
    for text in vectors["vkeys_valid"]:
        assert checkpoint.parse_vkey(text).encode() == text
        for mangled in _mangled(text):
            with pytest.raises(checkpoint.BadNote):
                checkpoint.parse_vkey(mangled)
    for case in vectors["vkeys_invalid"]:
        with pytest.raises(checkpoint.BadNote):
            checkpoint.parse_vkey(case["vkey"])
    secret = vectors["sign"][0]["skey"]
    assert checkpoint.parse_skey(secret).encode() == secret
    for mangled in _mangled(secret):
        with pytest.raises(checkpoint.BadNote):
            checkpoint.parse_skey(mangled)


def _mangled(text: str) -> list[str]:
    """Every proper substring, and every text with one character raised by one."""
    parts = {text[a:b] for a in range(len(text)) for b in range(a, len(text) + 1)} - {text}
    raised = [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))]
    return [*parts, *raised]


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in load("checkpoint").get("parse", [])])
def test_checkpoint_texts(case: dict[str, Any]) -> None:
    if case["ok"]:
        parsed, rest = checkpoint.parse_loosely(case["text"])
        assert (parsed.origin, parsed.size, parsed.root) == (case["origin"], case["size"], unb64(case["hash_b64"]))
        assert rest == case.get("rest", "")
    else:
        with pytest.raises(checkpoint.BadNote):
            checkpoint.parse_loosely(case["text"])
    with pytest.raises(checkpoint.BadNote):  # no root of these cases has the length of a SHA-256 hash
        checkpoint.parse(case["text"])


def test_checkpoints_of_go_and_c2sp() -> None:
    vectors = load("checkpoint")
    golden = vectors["go_format_tree"]
    made = checkpoint.Checkpoint(golden["origin"], golden["size"], merkle.leaf_hash(golden["record_utf8"].encode()))
    parsed = checkpoint.parse(golden["want"])
    assert parsed.body() == golden["want"]
    assert (made.origin, made.size) == (parsed.origin, parsed.size)
    for text in vectors["go_parse_tree_good_extensions"]:
        assert checkpoint.parse(text, extensions=True).size == golden["size"]
        if not text.endswith(parsed.body()):
            with pytest.raises(checkpoint.BadNote):
                checkpoint.parse(text)
    with pytest.raises(checkpoint.BadNote):
        checkpoint.parse(vectors["go_parse_tree_bad"][1])
    assert checkpoint.parse(vectors["spec_example"]["body"]).size == 20852163


def test_paths_of_tiles_and_bundles() -> None:
    vectors = load("tiles")
    for case in vectors["c2sp_index_path"]:
        assert tiles.index_path(case["n"]) == case["path"]
    for case in vectors["tessera"]["tile_path"]:
        assert tiles.tile_path(case["level"], case["index"], case.get("p", 0)) == case["wantPath"]
    for case in vectors["tessera"]["entries_path"]:
        assert tiles.bundle_path(case["N"], case.get("p", 0)) == case["wantPath"]
    for case in vectors["tessera"]["entries_path_for_log_index"]:
        index = case["seq"] // tiles.WIDTH
        assert tiles.bundle_path(index, tiles.partial_width(0, index, case["logSize"])) == case["wantPath"]
    for case in vectors["tessera"]["parse_tile_path"]:
        if case.get("wantErr"):
            with pytest.raises(ValueError, match="not a tile path"):
                tiles.parse_tile_path(case["pathLevel"], case["pathIndex"])
        else:
            wanted = case["wantLevel"], case["wantIndex"], case["wantP"]
            assert tiles.parse_tile_path(case["pathLevel"], case["pathIndex"]) == wanted


def test_tile_counts_and_addresses() -> None:
    vectors = load("tiles")
    for case in vectors["c2sp_examples"]:
        wanted = [(tile["level"], tile["full"], tile["partial"]) for tile in case["tiles"]]
        assert list(tiles.counts(case["size"])) == wanted
    for case in vectors["tessera"]["node_to_tile"]:
        found = tiles.address(case["treeLevel"], case["treeIndex"])
        assert found == (case["wantTileLevel"], case["wantTileIndex"], case["wantNodeLevel"], case["wantNodeIndex"])


def test_the_log_that_tessera_wrote_is_rebuilt_to_the_byte() -> None:
    vectors = load("tessera_log")
    files = {path: unb64(text) for path, text in vectors["files"].items()}
    key = checkpoint.parse_vkey(vectors["vkey"])
    entries = [text.encode() for text in vectors["entries"]]
    tree = tiles.TileTree()
    for size in range(len(entries) + 1):
        if size:
            tree.append(merkle.leaf_hash(entries[size - 1]))
            (tile,) = tree.take_changed()
            assert tile.data == files[tiles.tile_path(0, 0, size)]
            assert tiles.bundle(entries[:size]) == files[tiles.bundle_path(0, size)]
            assert tiles.split_bundle(files[tiles.bundle_path(0, size)]) == entries[:size]
        signed = checkpoint.open_checkpoint(files[f"checkpoint.{size}"].decode(), [key], origin=vectors["origin"])
        assert (signed.size, signed.root) == (size, tree.root())


def test_proofs_from_tessera_tiles_verify() -> None:
    vectors = load("tessera_log")
    leaves = [merkle.leaf_hash(text.encode()) for text in vectors["entries"]]
    read = tiles.reader(lambda level, index: unb64(vectors["files"][tiles.tile_path(level, index, len(leaves))]))
    for new in range(1, len(leaves) + 1):
        root = merkle.root_of(leaves[:new])
        for index in range(new):
            proof = merkle.inclusion_proof(index, new, read)
            merkle.verify_inclusion(index, new, leaves[index], proof, root)
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, read)
            merkle.verify_consistency(old, new, proof, merkle.root_of(leaves[:old]), root)


@pytest.mark.parametrize("case", cases("rfc8785_jcs"))
def test_canonical_json_is_that_of_rfc_8785(case: dict[str, Any]) -> None:
    value = json.loads(unb64(case["input_b64"]))
    wanted = unb64(case["output_b64"])
    if _has_float(value):  # the restricted profile has no floating-point numbers
        with pytest.raises(canonical.NotCanonical):
            canonical.dumps(value)
    else:
        assert canonical.dumps(value) == wanted
        assert canonical.loads(wanted) == value


def _has_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_float(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_float(item) for item in value)
    return isinstance(value, float)


def test_ed25519_edge_cases_of_wycheproof() -> None:
    for group in load("ed25519_wycheproof")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        key = checkpoint.Verifier("k", checkpoint.key_id("k", public), public)
        for case in group["tests"]:
            good = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert good == (case["result"] == "valid"), case["tcId"]
