"""The part of the tree that is not signed yet: nothing but the lanes' MACs protects it from the database's owner."""

import hmac

from broker.audit import entry, keys, store, tiles
from broker.audit.chain import read_entry
from broker.audit.entry import Invalid

_TAIL = """SELECT l.seq, e.header, e.ct, e.mac, n.id, n.mac_key FROM audit_leaf l
    LEFT JOIN audit_event e ON e.id = l.event_id LEFT JOIN audit_lane n ON n.id = l.event_id / 4294967296
    WHERE l.origin = %s AND l.seq >= %s ORDER BY l.seq"""


def altered(origin: int, signed: int) -> int | None:
    """Give the first place from this signed size on whose entry is not what its writer sealed; None where all are.

    An integrator that begins reads the tree from the database: without this it would have a history signed that
    somebody changed between its integration and its signature.
    """
    tile: tuple[int, bytes] = (-1, b"")
    for seq, header, ct, mac, lane, mac_key in store.rows(_TAIL, [origin, signed]):
        index, inside = divmod(seq, tiles.WIDTH)
        if tile[0] != index:
            tile = (index, store.read_tile(origin, 0, index))
        stored = tile[1][inside * 32 : inside * 32 + 32]
        if header is None or lane is None or not _sealed_by_its_writer(header, ct, mac, lane, mac_key, stored):
            return int(seq)
    return None


def _sealed_by_its_writer(header: bytes, ct: bytes, mac: bytes, lane: int, mac_key: int, stored: bytes) -> bool:
    try:
        head, leaf = read_entry(header, ct)
    except Invalid:
        return False
    key = entry.lane_key(keys.lane_secret(mac_key), lane)
    return head.w == lane and leaf == stored and hmac.compare_digest(entry.lane_mac(key, leaf), mac)
