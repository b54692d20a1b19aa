"""Verifies a whole log without secrets and without I/O: it is given readers and names the first thing that is wrong.

What stands here is everything that a stranger can check; the database's own tables (`Tables`) are compared where
there is a database, and left out where there is only an export.
"""

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from broker.audit import checkpoint, merkle, tiles
from broker.audit.chain import Chain, check_columns, check_origin, read_entry
from broker.audit.entry import Header, Invalid
from broker.audit.words import ACTS

GRACE_US = 60_000_000  # an event older than this has its place in the tree


class Leaf(NamedTuple):
    """One place of the tree, with the event that stands there (None: the row is gone) and the index row beside it."""

    seq: int
    event_id: int
    header: bytes | None
    ct: bytes | None
    kid: bytes | None
    act: int | None
    filed: tuple[object, ...] | None  #  event_id, ts, actor, app, act, res, obj


class Waiting(NamedTuple):
    """An event that is not in the tree yet; `age_us` by the database's clock."""

    event_id: int
    header: bytes
    ct: bytes
    kid: bytes
    act: int
    now_us: int


class KeyRow(NamedTuple):
    """What the database says of a data key."""

    kid: bytes
    wrapped: bool
    shredded_event: int | None


class Result(NamedTuple):
    """The verdict: the signed size and root, and the first bad place with what is wrong there."""

    ok: bool
    size: int
    root: bytes
    first_bad: int | None
    kind: str
    leaves: int = 0
    notes: tuple[str, ...] = ()


class Wrong(Exception):
    """Something is wrong at this place (None: at no single place)."""

    def __init__(self, kind: str, seq: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.seq = seq


def _none[T]() -> Iterator[T]:
    return iter(())


@dataclass(frozen=True)
class Log:
    """Everything that is verified."""

    origin: str
    keys: Sequence[checkpoint.Verifier]
    leaves: Callable[[], Iterable[Leaf]]  # in order of seq, without a place left out
    tile: Callable[[int, int], bytes]  # level, index -> hashes; empty where there is none
    notes: Sequence[tuple[int, str]]  # published checkpoints: size, note
    last_signed: checkpoint.Checkpoint | None = None  # the signer's lock file, where it can be seen
    waiting: Callable[[], Iterable[Waiting]] = field(default=_none)
    lanes: frozenset[int] | None = None  # lanes that the database knows
    data_keys: Callable[[], Iterable[KeyRow]] = field(default=_none)
    cursors: dict[int, int] | None = None
    tile_counts: dict[int, int] | None = None  # level -> how many tiles are stored
    keyless: Callable[[], Iterable[int]] = field(default=_none)  # places whose data key's row is gone
    strays: Callable[[], Iterable[int]] = field(default=_none)  # index rows of events that are not in the tree
    database: bool = True  # whether columns, index and keys are there to be compared


@dataclass
class _Group:
    """The open group of a lane: its name and how many parts are still to come."""

    name: bytes
    left: int


def verify(log: Log) -> Result:
    """Verify everything; the first thing wrong ends it."""
    walk = _Walk(log)
    size, root = 0, merkle.EMPTY_ROOT
    try:
        signed = walk.open_notes()
        if signed:
            size, root = signed[-1].size, signed[-1].root
        walk.follow_leaves(signed)
        walk.check_ends()
        walk.check_tables()
    except Wrong as wrong:
        return Result(False, size, root, wrong.seq, wrong.kind, walk.tree.size, tuple(walk.notes))
    return Result(True, size, root, None, "ok", walk.tree.size, tuple(walk.notes))


class _Walk:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.tree = tiles.TileTree()
        self.notes: list[str] = []
        self._chains: dict[int, Chain] = {}
        self._groups: dict[int, _Group] = {}
        self._ends: dict[int, tuple[int, int]] = {}  # lane -> last n, seq of the event that says so
        self._alarms: dict[tuple[int, int], int] = {}  # lane, last good n -> seq of the alarm
        self._acknowledged: set[tuple[int, int]] = set()
        self._shredded: dict[bytes, int] = {}  # data key -> event id of its shredding
        self._commitments = array("Q")
        self._seen_sizes: frozenset[int] = frozenset()
        self._newest = checkpoint.Checkpoint(log.origin, 0, merkle.EMPTY_ROOT)
        self._tile: tuple[int, bytes] = (-1, b"")
        self._back = 0

    # --- checkpoints

    def open_notes(self) -> list[checkpoint.Checkpoint]:
        """Open every published checkpoint; signatures, names, and growth must hold."""
        found: list[checkpoint.Checkpoint] = []
        for size, note in self.log.notes:
            try:
                opened = checkpoint.open_note(note, [key for key in self.log.keys if key.name == self.log.origin])
                parsed = checkpoint.parse(opened.text)
            except checkpoint.BadNote:
                raise Wrong("signature") from None
            if parsed.origin != self.log.origin:
                raise Wrong("origin")
            if parsed.size != size or (found and size <= found[-1].size):
                raise Wrong("consistency")
            found.append(parsed)
        last = self.log.last_signed
        if last is not None:
            newest = found[-1] if found else None
            if last.origin != self.log.origin:
                raise Wrong("origin")
            if (newest.size if newest else -1) < last.size and not (newest is None and last.size == 0):
                raise Wrong("rollback")
            if newest is not None and newest.size == last.size and newest.root != last.root:
                raise Wrong("consistency")
        self._seen_sizes = frozenset(each.size for each in found)
        self._newest = found[-1] if found else self._newest
        return found

    # --- the tree

    def follow_leaves(self, signed: Sequence[checkpoint.Checkpoint]) -> None:
        """Rebuild the tree from the entries; tiles and signed roots must agree at every step."""
        ahead = iter(signed)
        due = next(ahead, None)
        due = self._compare(due, ahead)
        for leaf in self.log.leaves():
            self._one(leaf)
            due = self._compare(due, ahead)
        if due is not None:
            raise Wrong("rollback" if self.tree.size == 0 else "missing_leaf", self.tree.size)
        self._check_partial_tiles()
        self._check_commitments()

    def _compare(
        self, due: checkpoint.Checkpoint | None, ahead: Iterator[checkpoint.Checkpoint]
    ) -> checkpoint.Checkpoint | None:
        if due is not None and due.size == self.tree.size:
            if due.root != self.tree.root():
                raise Wrong("root", max(due.size - 1, 0))
            return next(ahead, None)
        return due

    def _one(self, leaf: Leaf) -> None:
        seq = self.tree.size
        if leaf.seq != seq:
            raise Wrong("missing_leaf", seq)
        if leaf.header is None or leaf.ct is None:
            raise Wrong("entry", seq)
        try:
            head, value = read_entry(leaf.header, leaf.ct)
            if self._stored(seq) != value:
                raise Wrong(self._which_lies(seq), seq)
            check_origin(head, self.log.origin)
            if self.log.database:
                self._compare_columns(head, leaf)
            self._chains.setdefault(head.w, Chain())
            if head.ts < self._chains[head.w].ts:
                self._back += 1
            self._chains[head.w].follow(head, value, seq)
        except Invalid as wrong:
            raise Wrong(wrong.kind, seq) from None
        if head.cp and head.cp not in self._seen_sizes:
            raise Wrong("consistency", seq)
        self._meaning(head, seq)
        self._commitments.append(int.from_bytes(head.kc[:8], "big"))
        self.tree.append(value)
        if self.tree.size % tiles.WIDTH == 0:
            self._compare_tiles(seq)

    def _compare_tiles(self, seq: int) -> None:
        for tile in self.tree.take_changed():
            if self.log.tile(tile.level, tile.number)[: len(tile.data)] != tile.data:
                raise Wrong("tile", seq)

    def _which_lies(self, seq: int) -> str:
        """An entry differs from its stored leaf hash: say `entry` where the tile agrees with what stands above it."""
        index = seq // tiles.WIDTH
        data = self.log.tile(0, index)
        try:
            if len(data) == tiles.WIDTH * 32:
                above = tiles.reader(self.log.tile)(tiles.HEIGHT, index)
                whole = merkle.complete_root(data) == above
            else:
                whole = merkle.root_at(self._newest.size, tiles.reader(self.log.tile)) == self._newest.root
        except merkle.BadProof:
            whole = False
        return "entry" if whole else "tile"

    def _stored(self, seq: int) -> bytes:
        index, inside = divmod(seq, tiles.WIDTH)
        if self._tile[0] != index:
            self._tile = (index, self.log.tile(0, index))
        return self._tile[1][inside * 32 : inside * 32 + 32]

    def _compare_columns(self, head: Header, leaf: Leaf) -> None:
        check_columns(head, event_id=leaf.event_id, kid=leaf.kid or b"", act=leaf.act or 0)
        number = ACTS[head.act].number
        wanted = (head.event_id, head.ts, head.actor, head.app, number, head.res, head.obj)
        if leaf.filed != wanted or (self.log.lanes is not None and head.w not in self.log.lanes):
            raise Invalid("columns", "the index differs from the header")

    def _check_partial_tiles(self) -> None:
        """No tile may hold more than the tree."""
        self._compare_tiles(max(self.tree.size - 1, 0))
        for level, full, width in tiles.counts(self.tree.size):
            if len(self.log.tile(level, full)) != width * 32:
                raise Wrong("tile", self.tree.size)
        if self.log.tile_counts is not None:
            wanted = {level: full + (width > 0) for level, full, width in tiles.counts(self.tree.size)}
            if self.log.tile_counts != {level: number for level, number in wanted.items() if number}:
                raise Wrong("tile")

    def _check_commitments(self) -> None:
        """No two entries share a key commitment (first by 8 bytes, which fit into memory; then exactly)."""
        ordered = sorted(self._commitments)
        twice = {a for a, b in itertools.pairwise(ordered) if a == b}
        if not twice:
            return
        seen: set[bytes] = set()
        for leaf in self.log.leaves():
            head = read_entry(leaf.header or b"", leaf.ct or b"")[0]
            if int.from_bytes(head.kc[:8], "big") in twice:
                if head.kc in seen:
                    raise Wrong("entry", leaf.seq)
                seen.add(head.kc)

    # --- what the headers say about lanes, groups and keys

    def _meaning(self, head: Header, seq: int) -> None:
        self._follow_group(head, seq)
        ended = self._ends.get(head.w)
        if ended is not None and head.n > ended[0]:
            raise Wrong("lane_gap", seq)
        if head.act in ("lane.close", "lane.dead") and head.tw is not None and head.tn is not None:
            if head.tw in self._ends or self._chains.get(head.tw, Chain()).n > head.tn:
                raise Wrong("lane_gap", seq)
            self._ends[head.tw] = (head.tn, seq)
        elif head.act == "alarm.lane" and head.tw is not None and head.tn is not None:
            self._alarms.setdefault((head.tw, head.tn), seq)
        elif head.act == "alarm.ack" and head.tw is not None and head.tn is not None:
            self._acknowledged.add((head.tw, head.tn))
        elif head.act == "key.shred" and head.tk is not None:
            self._shredded[head.tk] = head.event_id

    def _follow_group(self, head: Header, seq: int) -> None:
        """The parts of one act stand side by side in their lane, the parent first; its `cnt` says how many follow."""
        group = self._groups.get(head.w)
        if group is not None and group.left:
            if head.grp != group.name:
                raise Wrong("header", seq)
            group.left -= 1
        elif head.grp is not None:
            if group is not None and head.grp == group.name:
                raise Wrong("header", seq)
            self._groups[head.w] = _Group(head.grp, head.cnt)
        else:
            self._groups.pop(head.w, None)

    def check_ends(self) -> None:
        """Dead lanes end where it was said; bad lanes were acknowledged."""
        for lane, (last, seq) in self._ends.items():
            if self._chains.get(lane, Chain()).n != last:
                raise Wrong("lane_gap", seq)
        for (lane, last), seq in self._alarms.items():
            self.notes.append(f"lane {lane} was bad after {last}")
            if self._chains.get(lane, Chain()).n > last:
                raise Wrong("lane_gap", seq)
            if (lane, last) not in self._acknowledged:
                raise Wrong("lane_quarantined", seq)
        if self._back:
            self.notes.append(f"the clock went back {self._back} times within a lane")

    # --- the database around the tree

    def check_tables(self) -> None:
        """Cursors, events without a leaf, and shredded keys."""
        if not self.log.database:
            self.notes.append("an export: how old events without a leaf are was not checked")
            return
        if self.log.cursors is not None:
            reached = {lane: chain.n for lane, chain in self._chains.items()}
            if any(reached.get(lane) != n for lane, n in self.log.cursors.items()) or reached.keys() - self.log.cursors:
                raise Wrong("columns")
        self._check_waiting()
        for seq in self.log.keyless():
            raise Wrong("key", seq)
        for _ in self.log.strays():
            raise Wrong("columns")
        for key in self.log.data_keys():
            if key.wrapped == (key.shredded_event is not None):
                raise Wrong("key")
            if not key.wrapped and self._shredded.get(key.kid) != key.shredded_event:
                raise Wrong("key")

    def _check_waiting(self) -> None:
        """Events not in the tree: young, well formed, and next in their lane (a bad lane's stay outside)."""
        bad = {lane for lane, _ in self._alarms}
        for event in self.log.waiting():
            lane = event.event_id >> 32
            if lane in bad:
                continue
            try:
                head, value = read_entry(event.header, event.ct)
                check_origin(head, self.log.origin)
                check_columns(head, event_id=event.event_id, kid=event.kid, act=event.act)
                self._chains.setdefault(lane, Chain()).follow(head, value, self.tree.size)
            except Invalid as wrong:
                raise Wrong(wrong.kind) from None
            if lane in self._ends and head.n > self._ends[lane][0]:
                raise Wrong("lane_gap")
            if event.now_us - head.ts > GRACE_US:
                raise Wrong("missing_leaf")
