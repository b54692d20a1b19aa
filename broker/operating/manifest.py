"""What an archive says of itself: its parts, each by size and SHA-256, and the state that they hold (rules).

The manifest is written last: an archive without one is not whole, whatever else lies there.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = 1
NAME, SUMS = "manifest.json", "SHA256SUMS"
ENGINES = ("sqlite", "postgresql")
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
FILES, CHECKPOINT, VKEY = "files.tar", "checkpoint", "log.vkey"
LARGEST = 4 * 1024 * 1024  # of a manifest, in bytes

_HASH = re.compile(r"[0-9a-f]{64}")


class Malformed(ValueError):
    """Not a manifest of ours; the message says what is wrong with it."""


@dataclass(frozen=True)
class Part:
    """One file of an archive."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class LogState:
    """The log as it lies in the archive: its newest checkpoint, and how many events the database holds."""

    origin: str
    size: int
    root: str
    events: int


@dataclass(frozen=True)
class Manifest:
    """All that an archive says of itself.

    `keys` maps the number of each wrapping key that the archive needs to one data key wrapped by it (`kid`, `wrapped`,
    hexadecimal; None: none was there to show); `lost` counts those of the files `without_bytes` that nobody ended (an
    older archive does not say); `database_bytes` is how large the database was before it was dumped (0: not said);
    `root_check` tells another installation's key file from this one's.
    """

    made_at: str
    version: str
    engine: str
    mode: str
    log: LogState
    migrations: tuple[str, ...]
    files: int
    without_bytes: int
    keys: Mapping[str, tuple[str, str] | None]
    root_check: str
    parts: tuple[Part, ...]
    lost: int = 0
    database_bytes: int = 0

    def part(self, name: str) -> Part:
        """Give a part by its name; KeyError where the archive has none of this name."""
        return {each.name: each for each in self.parts}[name]

    def database(self) -> Part:
        """Give the part that holds the database."""
        return self.part(DATABASE[self.engine])


def write(manifest: Manifest) -> str:
    """Put a manifest into words; `read` gives it back."""
    facts = {
        "format": FORMAT,
        "made_at": manifest.made_at,
        "version": manifest.version,
        "engine": manifest.engine,
        "mode": manifest.mode,
        "log": vars(manifest.log),
        "files": {"count": manifest.files, "without_bytes": manifest.without_bytes, "lost": manifest.lost},
        "database_bytes": manifest.database_bytes,
        "keys": {number: None if each is None else list(each) for number, each in manifest.keys.items()},
        "root_check": manifest.root_check,
        "parts": [vars(each) for each in manifest.parts],
        "migrations": list(manifest.migrations),
    }
    return json.dumps(facts, indent=1) + "\n"


def sums(manifest: Part, parts: tuple[Part, ...]) -> str:
    """List every file as `sha256sum --check` reads it, the manifest itself too."""
    return "".join(f"{each.sha256}  {each.name}\n" for each in (manifest, *parts))


def read(text: str) -> Manifest:
    """Read a manifest strictly. Raises `Malformed`."""
    try:
        facts = json.loads(text)
        if facts["format"] != FORMAT:
            raise Malformed(f"format {facts['format']!r}; this version reads {FORMAT}")
        manifest = Manifest(
            made_at=_text(facts["made_at"]),
            version=_text(facts["version"]),
            engine=_text(facts["engine"]),
            mode=_text(facts["mode"]),
            log=_log(facts["log"]),
            migrations=tuple(_text(each) for each in facts["migrations"]),
            files=_count(facts["files"]["count"]),
            without_bytes=_count(facts["files"]["without_bytes"]),
            keys={str(int(number)): _sample(each) for number, each in facts["keys"].items()},
            root_check=_text(facts["root_check"]),
            parts=tuple(_part(each) for each in facts["parts"]),
            lost=_count(facts["files"].get("lost", 0)),
            database_bytes=_count(facts.get("database_bytes", 0)),
        )
    except Malformed:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as wrong:
        raise Malformed(f"{type(wrong).__name__} in it") from None
    names = [each.name for each in manifest.parts]
    if manifest.engine not in ENGINES:
        raise Malformed("an unknown database engine")
    if sorted(names) != sorted([DATABASE[manifest.engine], FILES, CHECKPOINT, VKEY]):
        raise Malformed("it does not list exactly the parts of an archive")
    return manifest


def without(have: Manifest, applied: tuple[str, ...]) -> list[str]:
    """Name the migrations of an archive that a restored database has not, and those that only that one has."""
    return sorted(set(have.migrations) ^ set(applied))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _log(facts: Any) -> LogState:
    return LogState(_text(facts["origin"]), _count(facts["size"]), _text(facts["root"]), _count(facts["events"]))


def _part(facts: Any) -> Part:
    if not _HASH.fullmatch(_text(facts["sha256"])):
        raise Malformed("a hash that is none")
    return Part(_text(facts["name"]), _count(facts["size"]), facts["sha256"])


def _sample(facts: Any) -> tuple[str, str] | None:
    if facts is None:
        return None
    kid, wrapped = facts
    return bytes.fromhex(kid).hex(), bytes.fromhex(wrapped).hex()
