"""Tiles of 256 hashes and bundles of 256 entries, by C2SP tlog-tiles (rules)."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from broker.audit import merkle

HEIGHT = 8
WIDTH = 256


class Tile(NamedTuple):
    """A tile's place and its hashes, width x 32 bytes."""

    level: int
    number: int
    data: bytes

    @property
    def width(self) -> int:
        """How many hashes stand in it."""
        return len(self.data) // 32


class Address(NamedTuple):
    """Where a tree node is found: a tile, and a node inside it."""

    tile_level: int
    tile_number: int
    level: int
    place: int


def index_path(index: int) -> str:
    """A tile's number as path elements: x001/x234/067."""
    if index < 0:
        raise ValueError("no such tile")
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    return "/".join(parts)


def _partial(width: int) -> str:
    if not 0 <= width < WIDTH:
        raise ValueError("no such width")
    return f".p/{width}" if width else ""


def tile_path(level: int, index: int, partial: int = 0) -> str:
    """Path of a hash tile; `partial` 0 means full."""
    if not 0 <= level < 64:
        raise ValueError("no such level")
    return f"tile/{level}/{index_path(index)}{_partial(partial)}"


def bundle_path(index: int, partial: int = 0) -> str:
    """Path of an entry bundle; `partial` 0 means full."""
    return f"tile/entries/{index_path(index)}{_partial(partial)}"


_INDEX = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LEVEL = re.compile(r"0|[1-9][0-9]?")


def parse_tile_path(level: str, index: str) -> tuple[int, int, int]:
    """Read a tile's level, number and partial width (0 = full) from its two path parts; ValueError if malformed."""
    found = _INDEX.fullmatch(index)
    if _LEVEL.fullmatch(level) is None or found is None or int(level) > 63:
        raise ValueError("not a tile path")
    number, width = int(found[1].replace("x", "").replace("/", "")), int(found[2] or 0)
    if width >= WIDTH or number >= 2**63 or index_path(number) != found[1]:
        raise ValueError("not a tile path")
    return int(level), number, width


def partial_width(level: int, index: int, size: int) -> int:
    """Width of this tile in a tree of `size` leaves: 0 where it is full."""
    at_level = size >> (level * HEIGHT)
    return at_level % WIDTH if index == at_level // WIDTH else 0


def counts(size: int) -> Iterator[tuple[int, int, int]]:
    """Each level of a tree of `size` leaves: level, number of full tiles, width of the partial one (0 = none)."""
    level = 0
    while at_level := size >> (level * HEIGHT):
        yield level, at_level // WIDTH, at_level % WIDTH
        level += 1


def address(level: int, index: int) -> Address:
    """Find a tree node in its tile: the tile's level and number, the node's level and number inside."""
    tile_level, inside = divmod(level, HEIGHT)
    per_tile = 1 << (HEIGHT - inside)
    return Address(tile_level, index // per_tile, inside, index % per_tile)


def reader(read_tile: Callable[[int, int], bytes]) -> merkle.NodeReader:
    """Read tree nodes out of tiles; each tile is asked for once."""
    seen: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        found = address(level, index)
        key = (found.tile_level, found.tile_number)
        if key not in seen:
            seen[key] = read_tile(*key)
        width = 1 << found.level
        data = seen[key][found.place * width * 32 : (found.place + 1) * width * 32]
        if len(data) != width * 32:
            raise merkle.BadProof("a tile is missing or too short")
        return merkle.complete_root(data)

    return node


class TileTree:
    """A growing tree that keeps its partial tiles and says which tiles an append has changed."""

    def __init__(self, size: int = 0, partial: Iterable[bytes] = ()) -> None:
        """Go on at `size` with the partial tile of each level, lowest first (empty bytes where there is none)."""
        self.size = size
        self._levels = [bytearray(data) for data in partial]
        widths = [width for _, _, width in counts(size)]
        if [len(data) // 32 for data in self._levels] != widths:
            raise merkle.BadProof("the partial tiles do not fit the size")
        self._changed: dict[tuple[int, int], bytes] = {}

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self._add(0, self.size, leaf)
        self.size += 1

    def extend(self, leaves: bytes) -> None:
        """Add many leaf hashes that stand one after the other."""
        at = 0
        while at < len(leaves):
            room = (WIDTH - self.size % WIDTH) * 32
            part = leaves[at : at + room]
            self._add(0, self.size, part)
            self.size += len(part) // 32
            at += room

    def _add(self, level: int, position: int, value: bytes) -> None:
        if level == len(self._levels):
            self._levels.append(bytearray())
        tile = self._levels[level]
        tile += value
        index = position // WIDTH
        self._changed[level, index] = bytes(tile) if len(tile) == WIDTH * 32 else b""
        if len(tile) == WIDTH * 32:
            full = self._changed[level, index]
            self._levels[level] = bytearray()
            self._add(level + 1, index, merkle.complete_root(full))

    def root(self) -> bytes:
        """Root of the tree so far."""
        peaks: list[bytes] = []
        for tile in reversed(self._levels):
            peaks.extend(_peaks(bytes(tile)))
        return merkle.fold(peaks)

    def partial(self) -> list[bytes]:
        """The partial tile of each level, lowest first (empty where there is none): what a tree goes on from."""
        return [bytes(tile) for tile in self._levels]

    def take_changed(self) -> list[Tile]:
        """Return the tiles that changed since the last call, as they are now."""
        found = []
        for (level, index), full in self._changed.items():
            found.append(Tile(level, index, full or bytes(self._levels[level])))
        self._changed = {}
        return found


def _peaks(data: bytes) -> Iterator[bytes]:
    """Roots of the complete subtrees inside a partial tile, largest first."""
    begin, width = 0, len(data) // 32
    while begin < width:
        span = 1 << ((width - begin).bit_length() - 1)
        yield merkle.complete_root(data[begin * 32 : (begin + span) * 32])
        begin += span


def bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_bundle(data: bytes) -> list[bytes]:
    """Take a bundle apart; ValueError where a length does not fit."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            raise ValueError("a bundle ends inside an entry")
        entries.append(data[at + 2 : end])
        at = end
    return entries
