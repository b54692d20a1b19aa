"""What the integrator demands of a lane's next event before it takes it into the tree (rules).

A header has one canonical form, and an integrator sees the same few words again and again: what was read once by the
strict reader is remembered as text, and only numbers and hashes are looked at each time. Whatever is unusual, or
wrong, is decided by the strict reader of `entry` and by `Chain`.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from broker.audit import canonical, entry
from broker.audit.chain import Chain, check_columns, check_origin, read_entry
from broker.audit.encoding import b64url
from broker.audit.entry import Invalid
from broker.audit.words import ACTS

_REMEMBERED = 4096  # then all are forgotten and learnt again
_UNUSUAL = entry.SHRED_ACTS | entry.TAIL_ACTS


class Row(NamedTuple):
    """One event as the database holds it."""

    event_id: int
    header: bytes
    ct: bytes
    mac: bytes
    kid: bytes
    act: int


class Good(NamedTuple):
    """One event that has passed every check, as the console's index has it."""

    event_id: int
    ts: int
    actor: str
    app: str | None
    act: int
    res: str
    obj: str | None


class Taken(NamedTuple):
    """A good event, its leaf hash, and the lane that it declares dead."""

    good: Good
    leaf: bytes
    dead: int | None = None


type Words = tuple[str | None, ...]


class Intake:
    """Checks the events of one log, lane by lane."""

    def __init__(self, origin: str, secret: Callable[[int], bytes]) -> None:
        """Take the log's name; `secret` gives K_mac of a generation."""
        self._origin = origin
        self._secret = secret
        self._keys: dict[tuple[int, int], bytes] = {}
        self._words: dict[Words, int] = {}  # actor and app are left out: their form is all that is asked of them

    def take(self, row: Row, lane: int, mac_key: int, chain: Chain, index: int) -> Taken:
        """Check the event that would stand at this index of the tree and advance its lane; `Invalid` if it is bad."""
        key = self._keys.get((lane, mac_key))
        if key is None:
            key = self._keys[lane, mac_key] = entry.lane_key(self._secret(mac_key), lane)
        return self._quickly(row, lane, key, chain, index) or self._strictly(row, lane, key, chain, index)

    def _strictly(self, row: Row, lane: int, key: bytes, chain: Chain, index: int) -> Taken:
        head, leaf = read_entry(row.header, row.ct)
        check_origin(head, self._origin)
        check_columns(head, event_id=row.event_id, kid=row.kid, act=row.act)
        if head.w != lane or not hmac.compare_digest(entry.lane_mac(key, leaf), row.mac):
            raise Invalid("entry", "the lane's MAC does not fit")
        chain.follow(head, leaf, index)
        self._remember(head)
        good = Good(head.event_id, head.ts, head.actor, head.app, row.act, head.res, head.obj)
        return Taken(good, leaf, head.tw if head.act == "lane.dead" else None)

    def _remember(self, head: entry.Header) -> None:
        if head.act in _UNUSUAL:
            return
        if len(self._words) >= _REMEMBERED:
            self._words.clear()
        words = (head.act, head.log, head.obj, head.purpose, head.res, head.role, str(head.sch))
        self._words[words] = ACTS[head.act].number

    def _quickly(self, row: Row, lane: int, key: bytes, chain: Chain, index: int) -> Taken | None:
        """Take an event of known words; None where anything is not as it should be."""
        event_id, header, ct, mac, kid, number = row
        groups = entry.match_header(header)
        if groups is None or not entry.good_ct(ct) or chain.ended:
            return None
        act, actor, app, cnt, cp, _grp, _kc, kid_text, log, n, obj, p, purpose, res, role, sch, tk, tn, ts, tw, w = (
            groups
        )
        whole = b"\x00\x01%b%b%b" % (len(header).to_bytes(2, "big"), header, ct)
        leaf = sha256(whole).digest()
        place, seen, time, limit = chain.n + 1, int(cp), int(ts), canonical.LIMIT
        right = (
            self._words.get((act, log, obj, purpose, res, role, sch)) == number
            and tk is None and tn is None and tw is None
            and int(w) == lane and int(n) == place and event_id == (lane << 32) + place
            and kid_text == b64url(kid) and p == b64url(chain.leaf)
            and chain.cp <= seen <= index and seen < limit and time < limit and int(cnt) < limit
            and len(whole) <= entry.MAX_ENTRY + 1
            and hmac.compare_digest(hmac.digest(key, leaf, "sha256"), mac)
        )  # fmt: skip
        if not right:
            return None
        chain.n, chain.leaf, chain.cp, chain.ts = place, leaf, seen, time
        return Taken(Good(event_id, time, actor, app, number, res, obj), leaf)
