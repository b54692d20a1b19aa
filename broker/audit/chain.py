"""What the events of one lane must be, one after the other (rules)."""

from dataclasses import dataclass

from broker.audit import entry
from broker.audit.entry import Header, Invalid
from broker.audit.words import ACTS


@dataclass
class Chain:
    """A lane as far as it has been followed."""

    n: int = 0
    leaf: bytes = entry.FIRST_PREVIOUS
    cp: int = 0
    ts: int = 0
    ended: bool = False

    def follow(self, head: Header, leaf: bytes, index: int) -> None:
        """Take the lane's next event, which stands at this index of the tree; raise `Invalid` if it cannot be next."""
        if self.ended or head.n != self.n + 1:
            raise Invalid("lane_gap", "an event after the lane's end, or a number left out")
        if head.p != self.leaf:
            raise Invalid("lane_link", "the event does not follow its predecessor")
        if not self.cp <= head.cp <= index:
            raise Invalid("header", "a checkpoint that this event cannot have seen")
        self.n, self.leaf, self.cp, self.ts = head.n, leaf, head.cp, head.ts
        self.ended = head.act == "lane.close"


def check_columns(head: Header, *, event_id: int, kid: bytes, act: int) -> None:
    """Demand that the columns beside a header say what it says."""
    if head.event_id != event_id or head.kid != kid or ACTS[head.act].number != act:
        raise Invalid("columns", "the columns differ from the header")


def check_origin(head: Header, origin: str) -> None:
    """Demand an entry of this log."""
    if head.log != origin:
        raise Invalid("origin", "an entry of another log")


def read_entry(header: bytes, ct: bytes) -> tuple[Header, bytes]:
    """Check an entry by itself and return its header and leaf hash."""
    if not entry.good_ct(ct):
        raise Invalid("entry", "the sealed body has an impossible length")
    head = entry.parse_header(header)
    try:
        return head, entry.leaf_hash(entry.entry_bytes(header, ct))
    except entry.EntryTooLarge:
        raise Invalid("entry", "the entry is too large") from None
