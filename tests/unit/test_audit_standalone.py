"""verify.py, as a stranger runs it: packs and exports hold, and one changed byte anywhere is named."""

import ast
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.audit import checkpoint, container, cosignature
from broker.audit.standalone import verify
from tests import memory_log
from tests.memory_log import ORIGIN, RECEIPTS, SIGNER, Fake
from tests.vectors.support import beside, cases, hashes, load, unb64

PROGRAM = Path(verify.__file__)


@pytest.fixture(scope="module")
def log() -> Fake:
    """300 events and one opened act of two parts."""
    made = memory_log.filled()
    made.add(1, grp=b"g" * 16, cnt=1)
    made.add(1, grp=b"g" * 16)
    made.publish()
    return made


@pytest.fixture
def files(log: Fake) -> dict[str, bytes]:
    """A pack of some of its events."""
    return memory_log.pack(log, [0, 2, 4, 137, 299, 300, 301], [0, 137, 301])


def check(path: Path, *arguments: str) -> dict[str, Any]:
    """The verdict, without a process of its own."""
    options = verify.parse([str(path), *arguments])
    return verify.check(str(path), options, lambda line: None)


def run(path: Path, *arguments: str) -> tuple[int, list[str]]:
    """The program as its reader starts it: isolated, in the folder, nothing of ours on the path."""
    argv = [sys.executable, "-I", str(PROGRAM), *arguments]
    done = subprocess.run(argv, cwd=path, capture_output=True, text=True, env={"PATH": "", "HOME": str(path)})
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files into a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def flip(data: bytes, at: int, bit: int = 0) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


def test_a_stranger_reads_complete_and_unchanged(files: dict[str, bytes], tmp_path: Path) -> None:
    code, lines = run(unpack(files, tmp_path), "--list")
    verdict = json.loads(lines[-1])
    assert (code, verdict["ok"], verdict["size"], verdict["kind"]) == (0, True, 302, "ok")
    assert lines[-2].startswith("complete and unchanged as far as the keys in it say. ")
    assert verdict["trust"] == "pack"
    assert "7 events, each proved to stand in the signed log" in lines
    assert "3 events opened with their own keys, 4 left closed" in lines
    assert any(line.endswith('data.read  ok  {"x": 69}') for line in lines)


def test_only_with_both_keys_from_elsewhere_it_is_complete_and_unchanged(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    folder = unpack(files, tmp_path)
    log_key, receipt_key = (files[f"{name}.vkey"].decode().strip() for name in ("log", "receipt"))
    both = ("--log-key", log_key, "--receipt-key", receipt_key)
    code, lines = run(folder, *both)
    assert (code, lines[-2], json.loads(lines[-1])["trust"]) == (0, "Complete and unchanged.", "given")
    for known, other in ((both[:2], receipt_key), (both[2:], log_key), ((), log_key)):
        code, lines = run(folder, *known)
        assert (code, json.loads(lines[-1])["trust"]) == (0, "pack")
        assert "It proves nothing about who made it until you compare these keys" in lines[-2]
        assert lines[-2].endswith(other)
        assert not [key for key in known[1:] if key in lines[-2]]


def test_a_pack_that_somebody_else_signed_anew_is_never_said_to_be_complete(log: Fake, tmp_path: Path) -> None:
    whole = memory_log.pack(log, [1, 2, 3], [])
    known = ("--log-key", whole["log.vkey"].decode().strip())
    forger = checkpoint.Signer.new(f"{ORIGIN}/receipt", bytes(range(7, 39)))
    fewer = {name: data for name, data in whole.items() if not name.endswith(("/2.entry", "/2.tlog-proof"))}
    fewer |= {"receipt.vkey": f"{forger.verifier().encode()}\n".encode(), "letter/letter.pdf": b"%PDF forged"}
    manifest = json.loads(fewer["manifest.json"])
    manifest["files"] = {
        name: hashlib.sha256(data).hexdigest() for name, data in fewer.items() if not name.startswith("manifest.")
    }
    fewer["manifest.json"] = json.dumps(manifest).encode()
    digest = hashlib.sha256(fewer["manifest.json"]).hexdigest()
    fewer["manifest.note"] = checkpoint.sign(f"evidence-pack/v1\n{ORIGIN}\n{digest}\n", [forger]).encode()
    folder = unpack(fewer, tmp_path)
    code, lines = run(folder, *known)
    assert (code, json.loads(lines[-1])["trust"]) == (0, "pack")
    assert lines[-2].endswith(forger.verifier().encode())
    found = check(folder, *known, "--receipt-key", whole["receipt.vkey"].decode().strip())
    assert (found["ok"], found["file"]) == (False, "receipt.vkey")


def test_a_pack_without_events_is_said_to_be_empty(log: Fake, tmp_path: Path) -> None:
    _, lines = run(unpack(memory_log.pack(log, [], []), tmp_path))
    assert "This pack is EMPTY: it holds no event, and proves nothing of any" in lines
    assert not [line for line in lines if line.startswith("0 events")]


def test_the_zip_is_checked_as_it_is(files: dict[str, bytes], tmp_path: Path) -> None:
    container.write(tmp_path / "pack.zip", files)
    code, lines = run(tmp_path, "pack.zip")
    assert (code, json.loads(lines[-1])["kind"]) == (0, "ok")


def test_every_changed_byte_of_the_container_is_found_and_its_file_named(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    path, changed = tmp_path / "pack.zip", tmp_path / "changed.zip"
    container.write(path, files)
    whole = path.read_bytes()
    dice = random.Random(3)
    places = {dice.randrange(len(whole)) for _ in range(400)} | set(range(len(whole) - 90, len(whole)))
    known = {*files, changed.name}
    for at in sorted(places | set(range(60))):
        changed.write_bytes(flip(whole, at, dice.randrange(8)))
        verdict = check(changed)
        assert not verdict["ok"], at
        assert verdict["file"] in known, at
    for other in (whole + b"\0", b"\0" + whole, whole[:-1], whole[:300], b""):
        changed.write_bytes(other)
        assert not check(changed)["ok"]


def test_every_changed_byte_of_a_file_is_found_and_the_file_named(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpack(files, tmp_path)
    dice = random.Random(4)
    tries = [(name, at) for name in files for at in dice.sample(range(len(files[name])), min(14, len(files[name])))]
    assert len(tries) > 350
    for name, at in tries:
        (folder / name).write_bytes(flip(files[name], at, dice.randrange(8)))
        verdict = check(folder)
        # A changed list may also show as the note of that list, and a changed key as what it has signed.
        assert not verdict["ok"], (name, at)
        assert verdict["file"] == name or name in {"manifest.json", "receipt.vkey"}, (name, at, verdict)
        (folder / name).write_bytes(files[name])
    assert check(folder)["ok"]


def test_a_file_too_many_or_too_few_is_named(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpack(files, tmp_path)
    (folder / "letter" / "second.pdf").write_bytes(b"%PDF")
    assert check(folder)["file"] == "letter/second.pdf"
    (folder / "letter" / "second.pdf").unlink()
    for name in files:
        (folder / name).rename(tmp_path.parent / "kept")
        assert check(folder)["file"] == name
        (tmp_path.parent / "kept").rename(folder / name)
    (folder / "letter" / "link.pdf").symlink_to(folder / "letter" / "letter.pdf")
    assert check(folder)["file"] == "letter/link.pdf"


def rebuilt(files: dict[str, bytes], name: str, data: bytes, log: Fake) -> dict[str, bytes]:
    """A pack whose maker changed one file before signing the list."""
    rest = {each: old for each, old in files.items() if not each.startswith("manifest.")}
    return memory_log.signed({**rest, name: data}, 302, log.tree.root())


@pytest.mark.parametrize(
    ("name", "change", "kind", "index"),
    [
        ("entries/137.entry", lambda data: flip(data, -1), "root", 137),
        ("entries/137.entry", lambda data: flip(data, 5), "header", 137),
        ("entries/137.entry", lambda data: data[:-64], "entry", 137),
        ("entries/137.entry", lambda data: data + b"x", "entry", 137),
        ("proofs/137.tlog-proof", lambda data: data.replace(b"index 137", b"index 136"), "tile", 137),
        ("proofs/137.tlog-proof", lambda data: data.replace(b"tlog-proof@v1", b"tlog-proof@v2"), "tile", 137),
        ("keys/137.key", lambda data: b"0" * 64 + b"\n", "key", 137),
        ("keys/137.key", lambda data: data.upper(), "key", None),
        ("keys/2.key", lambda data: b"0" * 64 + b"\n", "key", 2),
        ("keys/3.key", lambda data: b"0" * 64 + b"\n", "key", None),
        ("checkpoints/100", lambda data: data.replace(b"\n100\n", b"\n101\n"), "signature", None),
        ("checkpoints/100.consistency", lambda data: data[45:], "consistency", None),
        ("checkpoint", lambda data: data.replace(b"\n302\n", b"\n303\n"), "signature", None),
        ("anchors/100-1.witness", lambda data: b"nonsense", "signature", None),
        ("anchors/77-1.mail", lambda data: b"a message", "signature", None),
        ("anchors/100-1.tsa", lambda data: b"0\3\2\1\0", "signature", None),
    ],
)
def test_even_the_pack_s_maker_cannot_put_in_what_the_log_does_not_hold(
    files: dict[str, bytes], log: Fake, name: str, change: Callable[[bytes], bytes], kind: str, index: int | None,
    tmp_path: Path,
) -> None:  # fmt: skip
    forged = rebuilt(files, name, change(files.get(name, b"")), log)
    verdict = check(unpack(forged, tmp_path))
    assert (verdict["kind"], verdict["first_bad"]) == (kind, index)


def test_neighbours_of_a_lane_follow_each_other(tmp_path: Path) -> None:
    made = memory_log.filled(4, every=4)
    made.add(1, p=b"x" * 32)
    made.add(2, cp=0)
    made.publish()
    verdict = check(unpack(memory_log.pack(made, [2, 4], []), tmp_path / "a"))
    assert (verdict["kind"], verdict["first_bad"]) == ("lane_link", 4)
    made.add(3, act="lane.dead", tw=2, tn=2)
    made.publish()
    verdict = check(unpack(memory_log.pack(made, [5, 6], []), tmp_path / "b"))
    assert (verdict["kind"], verdict["first_bad"]) == ("lane_gap", 5)


def test_another_key_than_the_one_that_the_reader_knows_fails(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpack(files, tmp_path)
    stranger = checkpoint.Signer.new(ORIGIN, bytes(32)).verifier().encode()
    of_receipts = checkpoint.Signer.new(f"{ORIGIN}/receipt", bytes(32)).verifier().encode()
    assert check(folder, "--log-key", SIGNER.verifier().encode())["ok"]
    assert check(folder, "--receipt-key", RECEIPTS.verifier().encode())["ok"]
    assert check(folder, "--log-key", stranger)["file"] == "log.vkey"
    assert check(folder, "--receipt-key", of_receipts)["file"] == "receipt.vkey"


def test_an_export_of_the_whole_log_is_checked(log: Fake, tmp_path: Path) -> None:
    code, lines = run(memory_log.export(log, tmp_path))
    assert (code, json.loads(lines[-1])["size"]) == (0, 302)
    assert lines[0] == f"Log {ORIGIN}: 302 events read, 5 signed states compared"


def test_every_changed_byte_of_an_export_is_found(log: Fake, tmp_path: Path) -> None:
    folder = memory_log.export(log, tmp_path)
    dice = random.Random(5)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    for turn in range(260):
        name = names[turn % len(names)]
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(flip(data, dice.randrange(len(data)), dice.randrange(8)))
        verdict = check(folder)
        assert not verdict["ok"], name
        if name.startswith("tile/"):
            assert verdict["file"] == name
        (folder / name).write_bytes(data)
    (folder / "tile" / "0" / "001.p" / "47").write_bytes(bytes(32))
    assert check(folder)["kind"] == "tile"


def test_the_words_of_a_lane_are_followed_in_an_export(tmp_path: Path) -> None:
    made = memory_log.filled(10, every=10)
    made.add(3, act="alarm.lane", tw=2, tn=5)
    made.publish()
    assert check(memory_log.export(made, tmp_path / "a"))["kind"] == "lane_quarantined"
    made.add(3, act="alarm.ack", tw=2, tn=5)
    made.publish()
    assert check(memory_log.export(made, tmp_path / "b"))["ok"]
    made.add(1, grp=b"g" * 16, cnt=2)
    made.add(1)
    made.publish()
    assert check(memory_log.export(made, tmp_path / "c"))["first_bad"] == 13


def test_the_seal_is_opened_as_the_library_opens_it() -> None:
    for length in (0, 1, 16, 64, 128, 333):
        key, header, text = os.urandom(32), os.urandom(length + 7), os.urandom(length)
        sealed = AESGCM(key).encrypt(bytes(12), text, header)
        assert verify.aes_gcm_open(key, sealed, header) == text
        for wrong in (flip(sealed, 0), flip(sealed, -1)):
            assert verify.aes_gcm_open(key, wrong, header) is None
        assert verify.aes_gcm_open(key, sealed, header + b"x") is None


# --- anchors, and other people's vectors


def test_a_witness_s_cosignature_is_checked_with_its_key(log: Fake, tmp_path: Path) -> None:
    witness = cosignature.Cosigner("witness.localhost", bytes(range(3, 35)))
    line = witness.line(checkpoint.text_of(log.notes[1][1]), 1_790_000_000)
    key = witness.witness().encode()
    plain = checkpoint.Signer.new("witness.localhost", bytes(range(3, 35))).verifier().encode()
    more = {"anchors/100-1.witness": line.encode(), "anchors/witness.vkey": f"{key}\n".encode()}
    folder = unpack(memory_log.pack(log, [1], [], more), tmp_path / "a")
    code, lines = run(folder)
    assert code == 0
    assert (
        "anchors/100-1.witness: witness witness.localhost (named by the pack) saw state 100 at 2026-09-21 14:13:20 UTC"
        in lines
    )
    assert check(folder, "--witness", plain)["ok"], "published lists carry plain keys"
    more["anchors/100-1.witness"] = witness.line("another\n100\ntext\n", 1_790_000_000).encode()
    assert check(unpack(memory_log.pack(log, [1], [], more), tmp_path / "b"))["file"] == "anchors/100-1.witness"
    del more["anchors/witness.vkey"]
    code, lines = run(unpack(memory_log.pack(log, [1], [], more), tmp_path / "c"))
    assert code == 0
    assert any("is not known here (give its key with --witness)" in line for line in lines)


@beside
def test_a_time_stamp_must_be_of_the_checkpoint(log: Fake, tmp_path: Path) -> None:
    token = unb64(load("rfc3161_timestamps")["cases"][1]["rfc3161_der_b64"][0])
    message = unb64(load("rfc3161_timestamps")["cases"][1]["timestamped_message_b64"])
    imprint, when = verify._imprint(token)
    assert (imprint, when[:2]) == (hashlib.sha256(message).digest(), "20")
    more = {"anchors/100-1.tsa": token}
    assert check(unpack(memory_log.pack(log, [1], [], more), tmp_path))["file"] == "anchors/100-1.tsa"


@beside
def test_ed25519_agrees_with_every_case_of_wycheproof() -> None:
    number = 0
    for group in load("ed25519_wycheproof")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            good = verify.ed25519_verify(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert good == (case["result"] == "valid"), case["tcId"]
            number += 1
    assert number == 151


@beside
@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_proofs_of_others(case: dict[str, Any]) -> None:
    leaf, root = unb64(case["leafHash"]), unb64(case["root"])
    found = verify.inclusion_root(case["leafIdx"], case["treeSize"], leaf, hashes(case["proof"]))
    assert (found == root and len(root) == 32) == (not case["wantErr"])


@beside
@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_proofs_of_others(case: dict[str, Any]) -> None:
    old, new, proof = case["size1"], case["size2"], hashes(case["proof"])
    old_root, new_root = unb64(case["root1"]), unb64(case["root2"])
    if {len(old_root), len(new_root)} != {32}:
        return  # words like "don't care"; a checkpoint's root always has 32 bytes
    # From nothing to anything is consistent (C2SP tlog-witness), which that library refuses.
    from_nothing = old == 0 and not proof and old_root == hashlib.sha256(b"").digest()
    assert verify.is_prefix(old, new, proof, old_root, new_root) == (not case["wantErr"] or from_nothing)


@beside
@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in load("signed_note").get("open", [])])
def test_signed_notes_of_others(case: dict[str, Any]) -> None:
    def opens() -> bool:
        try:
            keys = [verify.parse_key(each) for each in case["verifiers"]]
            verify.check_signatures(*verify.split_note(unb64(case["note_b64"])), keys)
        except (ValueError, UnicodeError):
            return False
        return True

    assert opens() == case["ok"]


@pytest.mark.parametrize("python", ["python3.9", "python3.10", "python3.11", "python3.12"])
def test_it_is_written_for_python_3_9(python: str) -> None:
    version = int(python.partition(".")[2])
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, version))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= set(sys.stdlib_module_names)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]


def test_where_no_pack_lies_nothing_is_called_changed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(500))
    said = {"none.zip": "no such file", "folder": "holds no", "empty.zip": "is empty", "photo.jpg": "no evidence pack"}
    for name, why in said.items():
        code, lines = run(tmp_path, name)
        verdict = json.loads(lines[-1])
        assert (code, verdict["ok"], verdict["kind"], verdict["file"]) == (1, False, "unreadable", name)
        assert why in lines[0]
