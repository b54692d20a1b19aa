"""Every way to tamper with the log that the specification names, each at every place, with what must be found."""

from collections.abc import Callable
from dataclasses import dataclass

from broker.audit import checkpoint, entry, tiles
from broker.audit.checkpoint import Checkpoint
from broker.audit.encoding import b64
from tests.faults.tamper_world import Owner, Spot, flipped, rebuilt_leaf, tile_with

EVERYWHERE = ("first", "middle", "last", "after")
SIGNED = ("first", "middle", "last")


@dataclass(frozen=True)
class Case:
    """One tampering: what is done, where it makes sense, what the verifier may call it, whether it names the place."""

    name: str
    act: Callable[[Owner, Spot], None]
    kinds: frozenset[str]
    places: tuple[str, ...] = EVERYWHERE
    names_place: bool = True
    unsigned: bool = False  # no signature covers the place yet: found by the integrator, which holds the lanes' keys


def _row(owner: Owner, event: int) -> tuple[bytes, bytes]:
    found = owner.rows("SELECT header, ct FROM audit_event WHERE id = %s", event)[0]
    return bytes(found[0]), bytes(found[1])


def change_header(owner: Owner, spot: Spot) -> None:
    """Say that somebody else did it: still a well-formed header."""
    header = _row(owner, spot.event)[0]
    at = header.index(b'"actor":"') + 12
    changed = header[:at] + (b"B" if header[at : at + 1] != b"B" else b"C") + header[at + 1 :]
    owner.run("UPDATE audit_event SET header = %s WHERE id = %s", changed, spot.event)
    # Whoever edits well edits the index too.
    actor = entry.parse_header(changed).actor
    owner.run("UPDATE audit_index SET actor = %s WHERE event_id = %s", actor, spot.event)


def change_clock(owner: Owner, spot: Spot) -> None:
    """Move the event by an hour."""
    header = _row(owner, spot.event)[0]
    head = entry.parse_header(header)
    changed = header.replace(f'"ts":{head.ts}'.encode(), f'"ts":{head.ts - 3_600_000_000}'.encode())
    owner.run("UPDATE audit_event SET header = %s WHERE id = %s", changed, spot.event)
    owner.run("UPDATE audit_index SET ts = %s WHERE event_id = %s", head.ts - 3_600_000_000, spot.event)


def change_body(owner: Owner, spot: Spot) -> None:
    """Spoil the ciphertext."""
    ct = _row(owner, spot.event)[1]
    owner.run("UPDATE audit_event SET ct = %s WHERE id = %s", flipped(ct, 40), spot.event)


def change_key_column(owner: Owner, spot: Spot) -> None:
    """File the event under another subject's key."""
    other = owner.one("SELECT kid FROM audit_key WHERE kid <> (SELECT kid FROM audit_event WHERE id = %s)", spot.event)
    owner.run("UPDATE audit_event SET kid = %s WHERE id = %s", other, spot.event)


def change_act_column(owner: Owner, spot: Spot) -> None:
    """Call it something else in the column that lists are made from."""
    owner.run("UPDATE audit_event SET act = 330 WHERE id = %s", spot.event)


def change_index(owner: Owner, spot: Spot) -> None:
    """Hide it from the console's filter."""
    owner.run("UPDATE audit_index SET res = 'denied' WHERE event_id = %s", spot.event)


def change_with_leaf(owner: Owner, spot: Spot) -> None:
    """Change an entry and its leaf hash in the tile: consistent below, not above."""
    change_header(owner, spot)
    index, inside = divmod(spot.seq, tiles.WIDTH)
    leaf = rebuilt_leaf(*_row(owner, spot.event))
    data = owner.one("SELECT data FROM audit_tile WHERE level = 0 AND idx = %s", index)
    owner.run("UPDATE audit_tile SET data = %s WHERE level = 0 AND idx = %s", tile_with(data, inside, leaf), index)


def change_tile(owner: Owner, spot: Spot) -> None:
    """Spoil a stored hash."""
    index, inside = divmod(spot.seq, tiles.WIDTH)
    data = owner.one("SELECT data FROM audit_tile WHERE level = 0 AND idx = %s", index)
    owner.run("UPDATE audit_tile SET data = %s WHERE level = 0 AND idx = %s", flipped(data, inside * 32), index)


def delete_event(owner: Owner, spot: Spot) -> None:
    """Remove the row."""
    owner.run("DELETE FROM audit_event WHERE id = %s", spot.event)


def delete_event_and_leaf(owner: Owner, spot: Spot) -> None:
    """Remove the row and its place."""
    delete_event(owner, spot)
    owner.run("DELETE FROM audit_leaf WHERE seq = %s", spot.seq)
    owner.run("DELETE FROM audit_index WHERE event_id = %s", spot.event)


def delete_leaf(owner: Owner, spot: Spot) -> None:
    """Remove the place alone."""
    owner.run("DELETE FROM audit_leaf WHERE seq = %s", spot.seq)


def delete_index(owner: Owner, spot: Spot) -> None:
    """Remove the row that the console filters by."""
    owner.run("DELETE FROM audit_index WHERE event_id = %s", spot.event)


def delete_tile(owner: Owner, spot: Spot) -> None:
    """Remove the hashes around it."""
    owner.run("DELETE FROM audit_tile WHERE level = 0 AND idx = %s", spot.seq // tiles.WIDTH)


def delete_lane(owner: Owner, spot: Spot) -> None:
    """Remove the lane's opening."""
    owner.run("DELETE FROM audit_lane WHERE id = %s", spot.event >> 32)


def delete_key(owner: Owner, spot: Spot) -> None:
    """Remove the data key's row, which would make its events unreadable without a shredding."""
    kid = owner.one("SELECT kid FROM audit_event WHERE id = %s", spot.event)
    owner.run("DELETE FROM audit_alias WHERE kid = %s", kid)
    owner.run("DELETE FROM audit_key WHERE kid = %s", kid)


def empty_key(owner: Owner, spot: Spot) -> None:
    """Shred a key without the event that says so."""
    kid = owner.one("SELECT kid FROM audit_event WHERE id = %s", spot.event)
    sql = "UPDATE audit_key SET wrapped = NULL, shredded_event = %s WHERE kid = %s"
    owner.run(sql, spot.event, kid)


def delete_cursor(owner: Owner, spot: Spot) -> None:
    """Let the integrator read the lane again."""
    owner.run("DELETE FROM audit_cursor WHERE lane = %s", spot.event >> 32)


def insert_leaf(owner: Owner, spot: Spot) -> None:
    """Give an event a second place by moving all that follow."""
    top = owner.one("SELECT max(seq) FROM audit_leaf")
    for seq in range(top, spot.seq, -1):
        owner.run("UPDATE audit_leaf SET seq = %s WHERE seq = %s", seq + 1, seq)


def insert_event(owner: Owner, spot: Spot) -> None:
    """Slip an event in behind the end of a lane that is closed."""
    last, header, ct, mac, kid, _act = owner.rows(
        "SELECT id, header, ct, mac, kid, act FROM audit_event WHERE id >= %s AND id < %s ORDER BY id DESC",
        (spot.event >> 32) << 32,
        ((spot.event >> 32) + 1) << 32,
    )[0]
    head = entry.parse_header(bytes(header))
    leaf = rebuilt_leaf(bytes(header), bytes(ct))
    forged = head._replace(n=head.n + 1, p=leaf, act="data.read", tw=None, tn=None, obj="data")
    owner.run(
        "INSERT INTO audit_event (id, header, ct, mac, kid, act) VALUES (%s, %s, %s, %s, %s, %s)",
        last + 1, entry.encode_header(forged), bytes(ct), bytes(mac), bytes(kid), 301,
    )  # fmt: skip


def swap_events(owner: Owner, spot: Spot) -> None:
    """Exchange what two rows hold."""
    other = _neighbour(owner, spot)
    one, two = _row(owner, spot.event), _row(owner, other)
    owner.run("UPDATE audit_event SET header = %s, ct = %s WHERE id = %s", *two, spot.event)
    owner.run("UPDATE audit_event SET header = %s, ct = %s WHERE id = %s", *one, other)


def swap_places(owner: Owner, spot: Spot) -> None:
    """Exchange two places of the tree."""
    other = _neighbour(owner, spot)
    seq = owner.one("SELECT seq FROM audit_leaf WHERE event_id = %s", other)
    owner.run("UPDATE audit_leaf SET seq = 1000000 WHERE event_id = %s", spot.event)
    owner.run("UPDATE audit_leaf SET seq = %s WHERE event_id = %s", spot.seq, other)
    owner.run("UPDATE audit_leaf SET seq = %s WHERE event_id = %s", seq, spot.event)


def _neighbour(owner: Owner, spot: Spot) -> int:
    """The event before this one, or after the first."""
    other = spot.seq - 1 if spot.seq else 1
    found: int = owner.one("SELECT event_id FROM audit_leaf WHERE seq = %s", other)
    return found


def truncate(owner: Owner, spot: Spot) -> None:
    """Cut off everything from here on, with tiles and checkpoints that fit what is left."""
    gone = [event for (event,) in owner.rows("SELECT event_id FROM audit_leaf WHERE seq >= %s", spot.seq)]
    owner.run("DELETE FROM audit_anchor WHERE size > %s", spot.seq)
    owner.run("DELETE FROM audit_checkpoint WHERE size > %s", spot.seq)
    owner.run("DELETE FROM audit_leaf WHERE seq >= %s", spot.seq)
    for event in gone:
        owner.run("DELETE FROM audit_index WHERE event_id = %s", event)
        owner.run("DELETE FROM audit_event WHERE id = %s", event)
    _fit(owner, spot.seq)


def _fit(owner: Owner, size: int) -> None:
    """Cut tiles and cursors to a size."""
    for level, index, width, data in owner.rows("SELECT level, idx, width, data FROM audit_tile"):
        wanted = max(min((size >> (8 * level)) - index * tiles.WIDTH, tiles.WIDTH), 0)
        if wanted == 0:
            owner.run("DELETE FROM audit_tile WHERE level = %s AND idx = %s", level, index)
        elif wanted < width:
            sql = "UPDATE audit_tile SET width = %s, data = %s WHERE level = %s AND idx = %s"
            owner.run(sql, wanted, bytes(data)[: wanted * 32], level, index)
    for (lane,) in owner.rows("SELECT lane FROM audit_cursor"):
        reached = owner.one("SELECT max(id) FROM audit_event WHERE id < %s", (lane + 1) << 32)
        if reached is None or reached >> 32 != lane:
            owner.run("DELETE FROM audit_cursor WHERE lane = %s", lane)
        else:
            owner.run("UPDATE audit_cursor SET n = %s WHERE lane = %s", reached & 0xFFFFFFFF, lane)


def wipe(owner: Owner, spot: Spot) -> None:
    """Begin again with an empty log."""
    for table in ("anchor", "checkpoint", "leaf", "index", "tile", "cursor", "alias", "event", "key", "lane"):
        owner.run(f"DELETE FROM audit_{table}")


def fork(owner: Owner, spot: Spot) -> None:
    """Write another history from here on: change, then rebuild lanes' links, leaves and tiles; no key to sign it."""
    change_header(owner, spot)
    rebuild(owner)


def rebuild(owner: Owner) -> None:
    """Make links, tiles and the newest checkpoint's root fit whatever the rows say now."""
    tree, heads = tiles.TileTree(), dict[int, bytes]()
    for (event,) in owner.rows("SELECT event_id FROM audit_leaf ORDER BY seq"):
        header, ct = _row(owner, event)
        head = entry.parse_header(header)
        previous = heads.get(head.w, entry.FIRST_PREVIOUS)
        if head.p != previous:
            header = entry.encode_header(head._replace(p=previous))
            owner.run("UPDATE audit_event SET header = %s WHERE id = %s", header, event)
        heads[head.w] = rebuilt_leaf(header, ct)
        tree.append(heads[head.w])
    for tile in tree.take_changed():
        sql = "UPDATE audit_tile SET data = %s WHERE level = %s AND idx = %s"
        owner.run(sql, tile.data, tile.level, tile.number)


def fork_with_own_key(owner: Owner, spot: Spot) -> None:
    """The same, signed by a key of the attacker's."""
    fork(owner, spot)
    stranger = checkpoint.Signer.new(_origin(owner), bytes(range(32)))
    for size, _note in owner.rows("SELECT size, note FROM audit_checkpoint"):
        body = Checkpoint(_origin(owner), size, bytes(32)).body()
        owner.run("UPDATE audit_checkpoint SET note = %s WHERE size = %s", checkpoint.sign(body, [stranger]), size)


def _origin(owner: Owner) -> str:
    found: str = owner.one("SELECT name FROM audit_origin")
    return found


def forge_checkpoint(owner: Owner, spot: Spot) -> None:
    """Change the root in a signed note."""
    size = owner.one("SELECT min(size) FROM audit_checkpoint WHERE size > %s", min(spot.seq, _newest(owner) - 1))
    note = owner.one("SELECT note FROM audit_checkpoint WHERE size = %s", size)
    lines = note.split("\n")
    lines[2] = b64(bytes(32))
    owner.run("UPDATE audit_checkpoint SET note = %s WHERE size = %s", "\n".join(lines), size)


def add_checkpoint(owner: Owner, spot: Spot) -> None:
    """Publish a size that nobody signed."""
    note = owner.one("SELECT note FROM audit_checkpoint WHERE size = %s", _newest(owner))
    lines = note.split("\n")
    lines[1] = str(_newest(owner) + 1)
    sql = "INSERT INTO audit_checkpoint (origin, size, note, created_us) VALUES (1, %s, %s, 0)"
    owner.run(sql, _newest(owner) + 1, "\n".join(lines))


def delete_newest_checkpoint(owner: Owner, spot: Spot) -> None:
    """Hide the last signature."""
    owner.run("DELETE FROM audit_checkpoint WHERE size = %s", _newest(owner))


def delete_anchor(owner: Owner, spot: Spot) -> None:
    """Take away a proof that is in other hands: the first, one in the middle, the last."""
    known = [each for (each,) in owner.rows("SELECT id FROM audit_anchor ORDER BY id")]
    chosen = {"first": known[0], "middle": known[len(known) // 2], "last": known[-1]}[spot.name]
    owner.run("DELETE FROM audit_anchor WHERE id = %s", chosen)


def _newest(owner: Owner) -> int:
    found: int = owner.one("SELECT max(size) FROM audit_checkpoint")
    return found


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


CASES: tuple[Case, ...] = (
    Case("change an entry's header", change_header, _kinds("entry")),
    Case("edit the clock", change_clock, _kinds("entry")),
    Case("edit the ciphertext", change_body, _kinds("entry")),
    Case("edit the key id", change_key_column, _kinds("columns")),
    Case("edit the act", change_act_column, _kinds("columns")),
    Case("edit the console's index", change_index, _kinds("columns")),
    Case("change an entry and its hash", change_with_leaf, _kinds("tile root lane_link"), SIGNED, names_place=False),
    Case("change an unsigned entry and its hash", change_with_leaf, _kinds(""), ("after",), unsigned=True),
    Case("fork the unsigned rest", fork, _kinds(""), ("after",), unsigned=True),
    Case("edit a stored hash", change_tile, _kinds("tile"), places=SIGNED),
    Case("edit the last stored hash", change_tile, _kinds("tile entry"), places=("after",)),
    Case("delete an event", delete_event, _kinds("entry")),
    Case("delete an event and its place", delete_event_and_leaf, _kinds("missing_leaf tile columns")),
    Case("delete a place", delete_leaf, _kinds("missing_leaf tile columns")),
    Case("delete an index row", delete_index, _kinds("columns")),
    Case("delete a tile", delete_tile, _kinds("tile"), names_place=False),
    Case("delete a lane", delete_lane, _kinds("columns"), names_place=False),
    Case("delete a key", delete_key, _kinds("key columns"), names_place=False),
    Case("destroy a key without its event", empty_key, _kinds("key"), names_place=False),
    Case("delete a cursor", delete_cursor, _kinds("columns"), names_place=False),
    Case("insert a place", insert_leaf, _kinds("missing_leaf"), places=("first", "middle", "last"), names_place=False),
    Case("insert an event", insert_event, _kinds("lane_gap"), names_place=False),
    Case("swap two events", swap_events, _kinds("entry tile columns"), names_place=False),
    Case("swap two places", swap_places, _kinds("entry tile"), names_place=False),
    Case("truncate", truncate, _kinds("rollback missing_leaf lane_gap tile"), places=SIGNED, names_place=False),
    Case("begin again", wipe, _kinds("rollback"), places=("first",), names_place=False),
    Case("fork", fork, _kinds("root"), places=SIGNED, names_place=False),
    Case("fork with another key", fork_with_own_key, _kinds("signature"), places=SIGNED, names_place=False),
    Case("forge a checkpoint", forge_checkpoint, _kinds("signature"), places=SIGNED, names_place=False),
    Case("add a checkpoint", add_checkpoint, _kinds("signature"), places=("after",), names_place=False),
    Case("remove an anchor", delete_anchor, _kinds("columns"), places=SIGNED, names_place=False),
    Case(
        "delete the newest checkpoint",
        delete_newest_checkpoint,
        _kinds("rollback"),
        places=("last",),
        names_place=False,
    ),
)
