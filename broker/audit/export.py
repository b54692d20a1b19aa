"""Writes the log at one size as C2SP tlog-tiles, for other people's verifiers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from broker.audit import checkpoint, entry, log, store, tiles
from broker.audit.encoding import b64

_ENTRIES = """SELECT l.seq, e.header, e.ct FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
    WHERE l.origin = %s AND l.seq < %s AND l.seq >= %s ORDER BY l.seq"""


type Tick = Callable[[int], None]  # told how many entries were written, after each bundle


class CannotExport(Exception):
    """There is no checkpoint of this size, or the folder is not empty."""


class Exported(NamedTuple):
    """What was written; `ok` says whether the entries rebuild the signed root."""

    ok: bool
    size: int
    root: bytes
    origin: str
    vkey: str


def write(folder: Path, size: int | None = None, *, tick: Tick = lambda _done: None) -> Exported:
    """Write tiles, bundles, keys and checkpoints of a signed size (default: the newest) into an empty folder."""
    origin = log.origin_id()
    notes = {each.size: each for each in store.notes(origin)}
    if not notes or (size is not None and size not in notes):
        raise CannotExport("no checkpoint of this size has been published")
    size = max(notes) if size is None else size
    verifiers = store.verifier_keys()
    signed = checkpoint.open_checkpoint(notes[size].note, verifiers, origin=settings.LOG_ORIGIN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise CannotExport(f"the folder cannot be used: {error.strerror}") from None
    if taken:
        raise CannotExport("the folder is not empty")
    tree = _bundles(folder, origin, size, tick)
    same = _tiles(folder, origin, size, tree)
    _put(folder / "log.vkey", "".join(key.encode() + "\n" for key in verifiers).encode())
    for earlier in sorted(each for each in notes if each < size):
        _put(folder / "checkpoints" / str(earlier), store.served_note(origin, earlier).encode())
    (folder / "checkpoints").mkdir(exist_ok=True)
    _put(folder / "checkpoint", store.served_note(origin, size).encode())
    ok = same and tree.size == size and tree.root() == signed.root
    return Exported(ok, size, signed.root, settings.LOG_ORIGIN, verifiers[0].encode())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _bundles(folder: Path, origin: int, size: int, tick: Tick) -> tiles.TileTree:
    """Write the entries, 256 to a bundle, and build the tree over what was written."""
    tree = tiles.TileTree()
    open_bundle: list[bytes] = []
    for seq, header, ct in store.walk(_ENTRIES, [origin, size], 0):
        data = entry.entry_bytes(header, ct)
        tree.append(entry.leaf_hash(data))
        open_bundle.append(data)
        if len(open_bundle) == tiles.WIDTH or seq == size - 1:
            index = seq // tiles.WIDTH
            path = tiles.bundle_path(index, len(open_bundle) % tiles.WIDTH)
            _put(folder / path, tiles.bundle(open_bundle))
            open_bundle = []
            tick(tree.size)
    return tree


def _tiles(folder: Path, origin: int, size: int, tree: tiles.TileTree) -> bool:
    """Write the stored hash tiles as they were at this size; say whether they are those of the entries."""
    wanted = {(tile.level, tile.number): tile.data for tile in tree.take_changed()}
    same = True
    for level, full, width in tiles.counts(size):
        for index in range(full + (width > 0)):
            partial = width if index == full else 0
            data = store.read_tile(origin, level, index)[: (partial or tiles.WIDTH) * 32]
            same = same and wanted.get((level, index)) == data
            _put(folder / tiles.tile_path(level, index, partial), data)
    return same


def last_line(done: Exported) -> dict[str, Any]:
    """The command's last line."""
    return {**done._asdict(), "root": b64(done.root)}
