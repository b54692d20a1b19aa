"""How far a verification has come: everything that it must remember to go on later (rules)."""

import json
from dataclasses import dataclass, field
from typing import Any

from broker.audit import entry, tiles
from broker.audit.chain import Chain
from broker.audit.encoding import b64, unb64
from broker.audit.headers import url64

FORMAT = 2
_FIRST_LINK = url64(entry.FIRST_PREVIOUS)


class Unusable(ValueError):
    """A state that cannot be gone on from: it is dropped, and everything is read again."""


@dataclass
class LaneState(Chain):
    """A lane as far as it has been followed, with its open group and its end."""

    last: int | None = None  # the n at which an event says that this lane ended
    last_seq: int = 0  # where that event stands
    group: str | None = None
    left: int = 0  # parts of the open group still to come
    link: bytes = _FIRST_LINK  # `leaf` as the next header must name it

    def group_after(self, grp: str | None, cnt: int) -> tuple[str | None, int] | None:
        """The open group and its missing parts after the next event; None where that event cannot be next.

        The parts of one act stand side by side in their lane, the parent first; its `cnt` says how many follow.
        """
        if self.left:
            return (grp, self.left - 1) if grp == self.group else None
        if grp is None:
            return None, 0
        return None if grp == self.group else (grp, cnt)


@dataclass
class Progress:
    """The tree's right edge, the lanes, and what was said of lanes and keys so far."""

    tree: tiles.TileTree = field(default_factory=tiles.TileTree)
    lanes: dict[int, LaneState] = field(default_factory=dict)
    alarms: dict[tuple[int, int], int] = field(default_factory=dict)  # lane, last good n -> seq of the alarm
    acknowledged: set[tuple[int, int]] = field(default_factory=set)
    shredded: dict[bytes, int] = field(default_factory=dict)  # data key -> event id of its shredding
    anchored: tuple[int, int] = (0, 0)  # how many anchors there were at the last `log.anchored`, and where it stands
    back: int = 0  # how often a clock went back within a lane
    signed: int = 0  # size of the newest checkpoint that was compared

    def lane(self, number: int) -> LaneState:
        """The state of this lane, a new one where it is not known."""
        return self.lanes.setdefault(number, LaneState())

    def dump(self, origin: str) -> str:
        """As text, to be kept."""
        lanes = [
            [w, s.n, b64(s.leaf), s.cp, s.ts, s.ended, s.last, s.last_seq, s.group, s.left]
            for w, s in self.lanes.items()
        ]  # fmt: skip
        document: dict[str, Any] = {
            "format": FORMAT,
            "origin": origin,
            "size": self.tree.size,
            "root": b64(self.tree.root()),
            "edge": [b64(tile) for tile in self.tree.partial()],
            "lanes": lanes,
            "alarms": [[lane, last, seq] for (lane, last), seq in self.alarms.items()],
            "acknowledged": sorted(self.acknowledged),
            "shredded": [[b64(kid), event] for kid, event in self.shredded.items()],
            "anchored": self.anchored,
            "back": self.back,
            "signed": self.signed,
        }
        return json.dumps(document, separators=(",", ":"), sort_keys=True)


def load(text: str, origin: str) -> Progress:
    """Read a kept state of this log. Raises `Unusable`."""
    try:
        document = json.loads(text)
        if (document["format"], document["origin"]) != (FORMAT, origin):
            raise Unusable("of another log or format")
        edge = [unb64(tile) for tile in document["edge"]]
        found = Progress(tiles.TileTree(int(document["size"]), edge), back=document["back"], signed=document["signed"])
        if b64(found.tree.root()) != document["root"]:
            raise Unusable("its edge and root differ")
        for w, n, leaf, cp, ts, ended, last, last_seq, group, left in document["lanes"]:
            state = LaneState(n, unb64(leaf), cp, ts, ended, last, last_seq, group, left)
            state.link = url64(state.leaf)
            found.lanes[w] = state
        found.alarms = {(lane, last): seq for lane, last, seq in document["alarms"]}
        count, seq = document["anchored"]
        found.anchored = (int(count), int(seq))
        found.acknowledged = {(lane, last) for lane, last in document["acknowledged"]}
        found.shredded = {unb64(kid): event for kid, event in document["shredded"]}
    except Unusable:
        raise
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Unusable(type(error).__name__) from None
    return found
