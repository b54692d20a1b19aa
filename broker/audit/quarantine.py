"""Bad lanes: which are quarantined, which of them nobody has acknowledged, and how their writers leave them."""

import hmac
from collections.abc import Collection

from broker.audit import entry, keys, lanes, store
from broker.audit.entry import Header, Invalid


def alarms(origin: int) -> dict[int, int]:
    """Give every quarantined lane with the number of its last good event.

    An alarm counts from its commit on, also before it has its place in the tree: an integrator that starts in between
    raises no second one. What waits is believed only with the MAC of its lane, as the tree would.
    """
    return {head.tw: head.tn for head in events_of(origin, "alarm.lane") if head.tw is not None and head.tn is not None}


def unacknowledged(origin: int) -> dict[int, int]:
    """Give the quarantined lanes that nobody has acknowledged: what `verify_log` exits 1 for."""
    done = {(head.tw, head.tn) for head in events_of(origin, "alarm.ack")}
    return {lane: last for lane, last in alarms(origin).items() if (lane, last) not in done}


def leave(numbers: Collection[int]) -> None:
    """Have this process write no more into these lanes: nothing of them would be integrated.

    Whoever works in one of them at this moment finds it ended at the next event.
    """
    pool = lanes.pool()
    for lane in [each for each in pool.all if each.id in numbers]:
        pool.give_up(lane)


def leave_bad_lanes(origin: int) -> None:
    """Leave every lane of this process whose alarm stands in the tree."""
    if lanes.pool().all:
        leave({head.tw for head in store.headers_by_act("alarm.lane", origin) if head.tw is not None})


def events_of(origin: int, act: str) -> list[Header]:
    """Give the headers of one act of the log's own housekeeping, those of the tree before those that wait."""
    return [*store.headers_by_act(act, origin), *_waiting(origin, act)]


def events_since(origin: int, act: str, seq: int) -> list[Header]:
    """Give those of one act from this place of the tree on, and those that wait."""
    return [*store.headers_since(origin, act, seq), *_waiting(origin, act)]


def _waiting(origin: int, act: str) -> list[Header]:
    found = []
    for lane, mac_key, header, ct, mac in store.waiting_of(origin, act):
        try:
            head = entry.parse_header(header)
            leaf = entry.leaf_hash(entry.entry_bytes(header, ct))
        except (Invalid, entry.EntryTooLarge):
            continue
        right = entry.lane_mac(entry.lane_key(keys.lane_secret(mac_key), lane), leaf)
        if head.act == act and head.w == lane and hmac.compare_digest(right, mac):
            found.append(head)
    return found
