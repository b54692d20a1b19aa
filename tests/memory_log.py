"""A small log in memory, for the verifiers' tests, and packs and exports made of it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker.audit import checkpoint, entry, merkle, tiles, verifier
from broker.audit.encoding import b64
from broker.audit.entry import Header
from broker.audit.words import ACTS

ORIGIN = "broker.localhost/audit/unit"
SIGNER = checkpoint.Signer.new(ORIGIN, bytes(range(32)))
RECEIPTS = checkpoint.Signer.new(ORIGIN + "/receipt", bytes(range(1, 33)))
DEK = bytes(32)
NOW = 1_795_000_000_000_000


@dataclass
class Fake:
    """A log in memory: two lanes by turns, a checkpoint now and then."""

    leaves: list[verifier.Leaf] = field(default_factory=list)
    stored: dict[tuple[int, int], bytes] = field(default_factory=dict)
    notes: list[tuple[int, str]] = field(default_factory=list)
    waiting: list[verifier.Waiting] = field(default_factory=list)
    data_keys: list[verifier.KeyRow] = field(default_factory=list)
    cursors: dict[int, int] = field(default_factory=dict)
    lanes: set[int] = field(default_factory=set)
    last_signed: checkpoint.Checkpoint | None = None
    tree: tiles.TileTree = field(default_factory=tiles.TileTree)
    heads: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def header(self, lane: int, **changes: Any) -> Header:
        """The next header of a lane."""
        n, leaf = self.heads.get(lane, (0, entry.FIRST_PREVIOUS))
        head = Header(
            act="data.read",
            actor="s:" + "A" * 22,
            app=None,
            cnt=0,
            cp=self.notes[-1][0] if self.notes else 0,
            grp=None,
            kc=bytes(32),
            kid=b"k" * 16,
            log=ORIGIN,
            n=n + 1,
            obj="customer",
            p=leaf,
            purpose=None,
            res="ok",
            role=None,
            sch=1,
            ts=NOW + len(self.leaves),
            w=lane,
        )
        return head._replace(**changes)

    def seal(self, head: Header) -> entry.SealedEvent:
        """Seal an event with a salt of its own."""
        salt = hashlib.sha256(repr(head).encode()).digest()[:16]
        return entry.seal(head, {"x": head.n}, dek=DEK, salt=salt)

    def add(self, lane: int, **changes: Any) -> None:
        """Seal an event and give it its place in the tree."""
        head = self.header(lane, **changes)
        sealed = self.seal(head)
        number = ACTS[head.act].number
        index = (head.event_id, head.ts, head.actor, head.app, number, head.res, head.obj)
        self.leaves.append(
            verifier.Leaf(self.tree.size, head.event_id, sealed.header, sealed.ct, head.kid, number, *index)
        )
        self.heads[lane] = (head.n, sealed.leaf)
        self.lanes.add(lane)
        self.cursors[lane] = head.n
        self.tree.append(sealed.leaf)
        self.stored.update({(tile.level, tile.number): tile.data for tile in self.tree.take_changed()})

    def wait(self, lane: int, age_us: int, **changes: Any) -> None:
        """Leave an event outside the tree."""
        head = self.header(lane, **changes)
        sealed = self.seal(head)
        now = head.ts + age_us
        self.waiting.append(
            verifier.Waiting(head.event_id, sealed.header, sealed.ct, head.kid, ACTS[head.act].number, now)
        )
        self.heads[lane] = (head.n, sealed.leaf)

    def publish(self) -> None:
        """Sign the tree as it is."""
        signed = checkpoint.Checkpoint(ORIGIN, self.tree.size, self.tree.root())
        self.notes.append((self.tree.size, checkpoint.sign(signed.body(), [SIGNER])))
        self.last_signed = signed

    def log(self) -> verifier.Log:
        """As the verifier reads it."""
        counts: dict[int, int] = {}
        for level, _ in self.stored:
            counts[level] = counts.get(level, 0) + 1
        return verifier.Log(
            origin=ORIGIN,
            keys=[SIGNER.verifier()],
            leaves=lambda begin: iter(self.leaves[begin:]),
            tile=lambda level, index: self.stored.get((level, index), b""),
            notes=lambda begin: ((size, note) for size, note in self.notes if size >= begin),
            last_signed=self.last_signed,
            waiting=lambda: iter(self.waiting),
            lanes=frozenset(self.lanes),
            data_keys=lambda: iter(self.data_keys),
            cursors=self.cursors,
            tile_counts=counts,
        )

    def verdict(self) -> tuple[str, int | None]:
        """The verdict: kind and first bad place."""
        result = verifier.verify(self.log())
        assert result.ok == (result.kind == "ok")
        return result.kind, result.first_bad


def filled(count: int = 300, *, every: int = 100) -> Fake:
    """Events in two lanes by turns, with checkpoints at 0 and after every so many."""
    made = Fake()
    made.publish()
    for at in range(count):
        made.add(1 + at % 2)
        if (at + 1) % every == 0:
            made.publish()
    return made


def export(log: Fake, folder: Path) -> Path:
    """Write the log at its newest signed size as tlog-tiles."""
    size = log.notes[-1][0]
    files = {f"checkpoints/{each}": note.encode() for each, note in log.notes[:-1]}
    files |= {"checkpoint": log.notes[-1][1].encode(), "log.vkey": SIGNER.verifier().encode().encode() + b"\n"}
    for level, full, width in tiles.counts(size):
        for index in range(full + (width > 0)):
            partial = width if index == full else 0
            files[tiles.tile_path(level, index, partial)] = log.stored[level, index][: (partial or 256) * 32]
            if level == 0:
                part = log.leaves[index * 256 : min(size, index * 256 + 256)]
                bundle = tiles.bundle(entry.entry_bytes(leaf.header or b"", leaf.ct or b"") for leaf in part)
                files[tiles.bundle_path(index, partial)] = bundle
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def pack(log: Fake, chosen: list[int], opened: list[int], more: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of an evidence pack over these entries (docs/pack-format.md), signed."""
    size, note = log.notes[-1]
    read = tiles.reader(lambda level, index: log.stored.get((level, index), b""))
    files = {
        "checkpoint": note.encode(),
        "log.vkey": SIGNER.verifier().encode().encode() + b"\n",
        "receipt.vkey": RECEIPTS.verifier().encode().encode() + b"\n",
        "letter/letter.pdf": b"%PDF a letter",
        **(more or {}),
    }
    for earlier, old in log.notes[:-1]:
        files[f"checkpoints/{earlier}"] = old.encode()
        proof = merkle.consistency_proof(earlier, size, read)
        files[f"checkpoints/{earlier}.consistency"] = "".join(b64(each) + "\n" for each in proof).encode()
    for index in chosen:
        leaf = log.leaves[index]
        header, ct = leaf.header or b"", leaf.ct or b""
        proof = merkle.inclusion_proof(index, size, read)
        files[f"entries/{index}.entry"] = entry.entry_bytes(header, ct)
        hashes = "".join(b64(each) + "\n" for each in proof)
        files[f"proofs/{index}.tlog-proof"] = f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}".encode()
        if index in opened:
            key = entry.event_key(DEK, entry.parse_header(header).kid, ct[:16])
            files[f"keys/{index}.key"] = key.hex().encode() + b"\n"
    return signed(files, size, log.tree.root())


def signed(files: dict[str, bytes], size: int, root: bytes) -> dict[str, bytes]:
    """The files with their manifest and its note."""
    manifest = {
        "format": "evidence-pack/v1",
        "origin": ORIGIN,
        "size": size,
        "root": b64(root),
        "made_at": "2026-11-25T00:00:00Z",
        "scope": {"kind": "test"},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    statement = f"evidence-pack/v1\n{ORIGIN}\n{hashlib.sha256(text.encode()).hexdigest()}\n"
    note = checkpoint.sign(statement, [RECEIPTS])
    return {**files, "manifest.json": text.encode(), "manifest.note": note.encode()}
