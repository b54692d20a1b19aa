"""Verifies a whole log without secrets and without I/O: it is given readers and names the first thing that is wrong.

What stands here is everything that a stranger can check; the database's own tables are compared where there is a
database, and left out where there is only an export. An ordinary event is read quickly (`headers`); whatever is
unusual there is read again by the strict reader, which alone says that something is wrong.
"""

import itertools
from array import array
from binascii import b2a_base64
from bisect import bisect_left
from hashlib import sha256

from broker.audit import checkpoint, entry, merkle, tiles
from broker.audit.chain import check_columns, check_origin, read_entry
from broker.audit.encoding import b64url
from broker.audit.entry import Header, Invalid
from broker.audit.headers import ALPHABET, URL, Matcher, url64
from broker.audit.progress import LaneState, Progress
from broker.audit.readings import AnchorCheck, KeyRow, Leaf, LeafRow, Log, Result, Waiting, Wrong
from broker.audit.words import ACTS

__all__ = ["AnchorCheck", "KeyRow", "Leaf", "Log", "Result", "Waiting", "Wrong", "verify"]

GRACE_US = 60_000_000  # an event older than this has its place in the tree
AHEAD_US = 300_000_000  # how far a writer's clock may run before the database's
_TILE_BYTES = tiles.WIDTH * 32
_BEGIN = [b"\x00\x01" + length.to_bytes(2, "big") for length in range(entry.MAX_HEADER + 1)]
_ALONE: tuple[None, int] = (None, 0)
_PARTS = 64  # the commitments are kept in so many parts, so that looking for equal ones takes little memory


def verify(log: Log, start: Progress | None = None) -> Result:
    """Verify everything, or go on from where a verification of this log ended; the first thing wrong ends it.

    Gone on from `start` (which is used up), only what is new is read: entries, the tiles that grew, checkpoints,
    anchors, waiting events, and the tables of lanes and keys as a whole. What lies before is as it was then.
    """
    walk = _Walk(log, start)
    size, root = 0, merkle.EMPTY_ROOT
    try:
        newest = walk.open_notes()
        if newest is not None:
            size, root = newest.size, newest.root
        walk.follow_leaves()
        walk.check_ends()
        walk.check_tables()
    except Wrong as wrong:
        return Result(False, size, root, wrong.seq, wrong.kind, walk.size, tuple(walk.notes))
    return Result(True, size, root, None, "ok", walk.size, tuple(walk.notes), walk.progress)


class _Walk:
    def __init__(self, log: Log, start: Progress | None) -> None:
        self.log = log
        self.progress = start or Progress()
        self.tree = self.progress.tree
        self.notes = list(log.remarks)
        self._begun = self.tree.size  # what lies before was verified earlier
        self._before = self.progress.signed
        self._lanes = self.progress.lanes
        self._matcher = Matcher(log.origin)
        self.size = self._begun  # how many places were read
        self._stop = 0  # the next size at which something is to be compared
        self._open: list[bytes] = []  # leaf hashes that are not yet compared and in the tree, all of one tile
        self._kcs: list[bytes] = []  # their key commitments, as they stand in the headers
        self._commitments = [array("q") for _ in range(_PARTS)]
        self._sizes, self._roots = array("Q"), bytearray()  # of the signed checkpoints
        self._due = 0  # which of them comes next
        self._newest = checkpoint.Checkpoint(log.origin, 0, merkle.EMPTY_ROOT)
        self._tile: tuple[int, bytes] = (-1, b"")

    # --- checkpoints

    def open_notes(self) -> checkpoint.Checkpoint | None:
        """Open every published checkpoint; signatures, names, and growth must hold. Return the newest."""
        found: checkpoint.Checkpoint | None = None
        keys = [key for key in self.log.keys if key.name == self.log.origin]
        for size, note in self.log.notes(self._before):
            try:
                parsed = checkpoint.parse(checkpoint.open_note(note, keys).text)
            except checkpoint.BadNote:
                raise Wrong("signature") from None
            if parsed.origin != self.log.origin:
                raise Wrong("origin")
            if parsed.size != size or (found and size <= found.size):
                raise Wrong("consistency")
            found = parsed
            self._sizes.append(size)
            self._roots += parsed.root
        if self._before and (found is None or self._sizes[0] != self._before):
            raise Wrong("rollback")  # the checkpoint that was the newest then is gone
        if (found.size if found else 0) < self.log.signed_before:
            raise Wrong("rollback")
        self._compare_last_signed(found)
        self._newest = found or self._newest
        return found

    def _compare_last_signed(self, newest: checkpoint.Checkpoint | None) -> None:
        last = self.log.last_signed
        if last is None:
            return
        if last.origin != self.log.origin:
            raise Wrong("origin")
        if (newest.size if newest else -1) < last.size and not (newest is None and last.size == 0):
            raise Wrong("rollback")
        if newest is not None and newest.size == last.size and newest.root != last.root:
            raise Wrong("consistency")

    def _was_signed(self, size: int) -> bool:
        if size < self._before:
            return True  # seen by an earlier verification
        at = bisect_left(self._sizes, size)
        return at < len(self._sizes) and self._sizes[at] == size

    # --- the tree

    def follow_leaves(self) -> None:
        """Rebuild the tree from the entries; tiles and signed roots must agree at every step."""
        while self._due_size() < self._begun:
            self._due += 1
        self._check_edge()
        self._compare_root()
        if self.log.database:
            self._read_quickly()
        else:
            for leaf in self.log.leaves(self._begun):
                self._read_exactly(leaf)
        self._flush()
        if self._due < len(self._sizes):
            raise Wrong("rollback" if self.tree.size == 0 else "missing_leaf", self.tree.size)
        self._check_partial_tiles()
        self._check_commitments()
        self.progress.signed = self._sizes[-1] if self._sizes else self._before

    def _due_size(self) -> int:
        return self._sizes[self._due] if self._due < len(self._sizes) else 2**64

    def _compare_root(self) -> None:
        if self._due_size() == self.tree.size:
            if self._roots[self._due * 32 : self._due * 32 + 32] != self.tree.root():
                raise Wrong("root", max(self.tree.size - 1, 0))
            self._due += 1
        self._stop = min(self._due_size(), (self.tree.size // tiles.WIDTH + 1) * tiles.WIDTH)

    def _check_edge(self) -> None:
        """Where it is gone on from an earlier verification, the stored tiles still begin as they did then."""
        if self.log.size is not None and self.log.size < self._begun:
            raise Wrong("missing_leaf", self.log.size)
        for (level, full, width), known in zip(tiles.counts(self._begun), self.tree.partial(), strict=True):
            if self.log.tile(level, full)[: width * 32] != known:
                raise Wrong("tile", self._begun - 1)

    def _read_quickly(self) -> None:
        """Take ordinary events that are as they must be; leave anything else to the strict reader.

        One loop over local names, because it runs for every event.
        """
        lanes, match, progress, was_signed = self._lanes.get, self._matcher.match, self.progress, self._was_signed
        take, take_kc, begin, at, stop = self._open.append, self._kcs.append, _BEGIN, self.size, self._stop
        for leaf in self.log.leaves(self._begun):
            seq, event_id, header, ct, kid, act, filed, ts, actor, app, filed_act, res, obj = leaf
            lane = lanes(event_id >> 32)
            if (
                lane is not None
                and lane.last is None
                and not lane.ended
                and header is not None
                and ct is not None
                and ts is not None
                and seq == at
                and filed == event_id
                and act == filed_act
                and event_id & 0xFFFFFFFF == lane.n + 1
            ):
                found = match(header, lane.link, event_id, kid, (act, actor, app), ts, res, obj)
                length = len(ct)
                if (
                    found is not None
                    and (lane.cp == found[1] or (lane.cp < found[1] <= at and was_signed(found[1])))
                    and length >= 96
                    and length % 64 == 32
                    and 3 + len(header) + length <= entry.MAX_ENTRY
                ):
                    cnt, cp, grp, kc = found
                    group = lane.group_after(grp, cnt) if grp is not None or lane.group is not None else _ALONE
                    if group is not None:
                        value = sha256(begin[len(header)] + header + ct).digest()
                        if ts < lane.ts:
                            progress.back += 1
                        lane.n += 1
                        lane.leaf = value
                        lane.cp = cp
                        lane.ts = ts
                        lane.link = b2a_base64(value, newline=False).translate(URL)[:43]
                        lane.group, lane.left = group
                        take_kc(kc)
                        take(value)
                        at += 1
                        if at == stop:
                            self.size = at
                            self._flush()
                            self._compare_root()
                            stop = self._stop
                        continue
            self.size = at
            self._read_exactly(leaf)
            at, stop = self.size, self._stop
        self.size = at

    def _read_exactly(self, leaf: LeafRow) -> None:
        self._flush()  # the first bad place is the one that is named
        self._exact(leaf)
        if self.size == self._stop:
            self._flush()
            self._compare_root()

    def _exact(self, leaf: LeafRow) -> None:
        """Take any event, or say what is wrong with it."""
        row, seq = Leaf._make(leaf), self.tree.size
        if row.seq != seq:
            raise Wrong("missing_leaf", seq)
        if row.header is None or row.ct is None:
            raise Wrong("entry", seq)
        try:
            head, value = read_entry(row.header, row.ct)
            if self._stored(seq, 1) != value:
                raise Wrong(self._which_lies(seq), seq)
            check_origin(head, self.log.origin)
            if self.log.database:
                self._compare_columns(head, row)
            lane = self.progress.lane(head.w)
            if head.ts < lane.ts:
                self.progress.back += 1
            lane.follow(head, value, seq)
        except Invalid as wrong:
            raise Wrong(wrong.kind, seq) from None
        lane.link = url64(value)
        if head.cp and not self._was_signed(head.cp):
            raise Wrong("consistency", seq)
        self._meaning(head, lane, seq)
        self._kcs.append(url64(head.kc))
        self._open.append(value)
        self.size = seq + 1

    def _compare_columns(self, head: Header, row: Leaf) -> None:
        check_columns(head, event_id=row.event_id, kid=row.kid or b"", act=row.act or 0)
        number = ACTS[head.act].number
        wanted = (head.event_id, head.ts, head.actor, head.app, number, head.res, head.obj)
        if row[6:] != wanted or (self.log.lanes is not None and head.w not in self.log.lanes):
            raise Invalid("columns", "the index differs from the header")

    # --- tiles

    def _flush(self) -> None:
        """Compare the open leaf hashes with their tile and take them into the tree; the first that differs is named."""
        if not self._open:
            return
        begin, data = self.tree.size, b"".join(self._open)
        if self._stored(begin, len(self._open)) != data or b"".join(self._kcs).translate(None, ALPHABET):
            self._name_first(begin)
        self.tree.extend(data)
        parts = self._commitments
        for number in map(hash, self._kcs):
            parts[number % _PARTS].append(number)
        self._open.clear()
        self._kcs.clear()
        if self.tree.size % tiles.WIDTH == 0:
            self._compare_tiles(self.tree.size - 1)
            self.log.tick(self.tree.size)

    def _name_first(self, begin: int) -> None:
        for seq, (value, kc) in enumerate(zip(self._open, self._kcs, strict=True), begin):
            if kc.translate(None, ALPHABET):
                raise Wrong("header", seq)
            if self._stored(seq, 1) != value:
                raise Wrong(self._which_lies(seq), seq)

    def _stored(self, seq: int, number: int) -> bytes:
        index, inside = divmod(seq, tiles.WIDTH)
        if self._tile[0] != index:
            self._tile = (index, self.log.tile(0, index))
        return self._tile[1][inside * 32 : (inside + number) * 32]

    def _compare_tiles(self, seq: int) -> None:
        for tile in self.tree.take_changed():
            if tile.level and self.log.tile(tile.level, tile.number)[: len(tile.data)] != tile.data:
                raise Wrong("tile", seq)

    def _which_lies(self, seq: int) -> str:
        """An entry differs from its stored leaf hash: say `entry` where the tile agrees with what stands above it."""
        index = seq // tiles.WIDTH
        data = self.log.tile(0, index)
        if len(data) < (seq % tiles.WIDTH + 1) * 32:
            return "tile"  # the hash itself is gone
        try:
            if len(data) == _TILE_BYTES:
                above = tiles.reader(self.log.tile)(tiles.HEIGHT, index)
                whole = merkle.complete_root(data) == above
            else:
                whole = merkle.root_at(self._newest.size, tiles.reader(self.log.tile)) == self._newest.root
        except merkle.BadProof:
            whole = False
        return "entry" if whole else "tile"

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
        twice: set[int] = set()
        for part in self._commitments:
            if len(set(part)) != len(part):
                ordered = sorted(part)
                twice.update(a for a, b in itertools.pairwise(ordered) if a == b)
        if not twice:
            return
        seen: set[bytes] = set()
        for leaf in self.log.leaves(self._begun):
            head = read_entry(leaf[2] or b"", leaf[3] or b"")[0]
            if hash(url64(head.kc)) in twice:
                if head.kc in seen:
                    raise Wrong("entry", leaf[0])
                seen.add(head.kc)

    # --- what the headers say about lanes, groups and keys

    def _meaning(self, head: Header, lane: LaneState, seq: int) -> None:
        group = lane.group_after(None if head.grp is None else b64url(head.grp), head.cnt)
        if group is None:
            raise Wrong("header", seq)
        lane.group, lane.left = group
        if lane.last is not None and head.n > lane.last:
            raise Wrong("lane_gap", seq)
        if head.act == "key.shred" and head.tk is not None:
            self.progress.shredded[head.tk] = head.event_id
        elif head.act == "log.anchored":
            self.progress.anchored = max(self.progress.anchored, (head.cnt, seq))
        elif head.tw is not None and head.tn is not None:
            self._tail(head.act, head.tw, head.tn, seq)

    def _tail(self, act: str, number: int, last: int, seq: int) -> None:
        """An event names the last good number of a lane."""
        if act in ("lane.close", "lane.dead"):
            lane = self.progress.lane(number)
            if lane.last is not None or lane.n > last:
                raise Wrong("lane_gap", seq)
            lane.last, lane.last_seq = last, seq
        elif act == "alarm.lane":
            self.progress.alarms.setdefault((number, last), seq)
        else:
            self.progress.acknowledged.add((number, last))

    def check_ends(self) -> None:
        """Dead lanes end where it was said; bad lanes were acknowledged."""
        for lane in self._lanes.values():
            if lane.last is not None and lane.n != lane.last:
                raise Wrong("lane_gap", lane.last_seq)
        for (number, last), seq in self.progress.alarms.items():
            self.notes.append(f"lane {number} was bad after {last}")
            if number in self._lanes and self._lanes[number].n > last:
                raise Wrong("lane_gap", seq)
            if (number, last) not in self.progress.acknowledged:
                raise Wrong("lane_quarantined", seq)
        if self.progress.back:
            self.notes.append(f"the clock went back {self.progress.back} times within a lane")

    # --- the database around the tree

    def check_tables(self) -> None:
        """Cursors, events without a leaf, shredded keys, and anchors."""
        self._check_anchors()
        if not self.log.database:
            return
        if self.log.cursors is not None and self.log.cursors != {
            w: lane.n for w, lane in self._lanes.items() if lane.n
        }:
            raise Wrong("columns")
        self._check_waiting()
        for seq in self.log.keyless(self._begun):
            raise Wrong("key", seq)
        for _ in self.log.strays():
            raise Wrong("columns")
        for key in self.log.data_keys():
            if key.wrapped == (key.shredded_event is not None):
                raise Wrong("key")
            if not key.wrapped and self.progress.shredded.get(key.kid) != key.shredded_event:
                self._demand_shredding(key)

    def _demand_shredding(self, key: KeyRow) -> None:
        """Demand the event of a destroyed key that stands at none of the places that were read.

        It is on the way into this tree, where it is checked like any, or it stands in another log of the database.
        """
        found = None if key.shredded_event is None else self.log.beyond(key.shredded_event)
        try:
            head = None if found is None else entry.parse_header(found.header)
        except Invalid:
            head = None
        if found is None or head is None:
            raise Wrong("key")
        if (head.act, head.tk, head.event_id) != ("key.shred", key.kid, key.shredded_event):
            raise Wrong("key")
        if found.waits:
            if any(lane == head.w for lane, _ in self.progress.alarms):
                raise Wrong("key")  # nothing of a bad lane counts past its last good event
            self._demand_young(head, found.now_us)
        if found.doubt:
            self.notes.append(f"a key was destroyed by {found.doubt}")

    def _demand_young(self, head: Header, now_us: int) -> None:
        """Demand that an event without a place was written just now; a clock of 0 judges nothing."""
        if now_us and now_us - head.ts > GRACE_US:
            raise Wrong("missing_leaf")
        if now_us and head.ts - now_us > AHEAD_US:
            raise Wrong("header")  # else a forged one would be young for years

    def _check_anchors(self) -> None:
        told, seq = self.progress.anchored
        if self.log.anchor_count is not None and self.log.anchor_count < told:
            raise Wrong("columns", seq)  # an anchor was taken away
        if self.log.anchor_count is not None and self.log.anchor_count > told + self.log.anchored_beyond():
            raise Wrong("columns")  # one was put in
        if self.log.anchors_doubled():
            raise Wrong("columns")
        unknown: dict[str, int] = {}
        for anchor in self.log.anchors(self._before):
            if anchor.wrong or not (anchor.size < self._before or self._was_signed(anchor.size)):
                self.notes.append(f"an anchor ({anchor.kind}) of checkpoint {anchor.size}: {anchor.wrong or 'no such'}")
                raise Wrong("signature")
            if anchor.unknown:
                unknown[anchor.unknown] = unknown.get(anchor.unknown, 0) + 1
        self.notes.extend(f"{number} anchors not judged: {why}" for why, number in unknown.items())

    def _check_waiting(self) -> None:
        """Events not in the tree: young, well formed, and next in their lane (a bad lane's stay outside)."""
        bad = {lane for lane, _ in self.progress.alarms}
        ahead: dict[int, LaneState] = {}
        for event in self.log.waiting():
            number = event.event_id >> 32
            if number in bad:
                continue
            if number not in ahead:
                known = self._lanes.get(number, LaneState())
                ahead[number] = LaneState(known.n, known.leaf, known.cp, known.ts, known.ended, known.last)
            lane = ahead[number]
            try:
                head, value = read_entry(event.header, event.ct)
                check_origin(head, self.log.origin)
                check_columns(head, event_id=event.event_id, kid=event.kid, act=event.act)
                lane.follow(head, value, self.tree.size)
            except Invalid as wrong:
                raise Wrong(wrong.kind) from None
            if lane.last is not None and head.n > lane.last:
                raise Wrong("lane_gap")
            if self.log.lanes is not None and number not in self.log.lanes:
                raise Wrong("columns")  # a lane that nobody has opened
            self._demand_young(head, event.now_us)
