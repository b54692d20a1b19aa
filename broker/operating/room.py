"""How much room an archive takes where it is unpacked, asked before anything is written there (rules)."""

import shutil
from collections.abc import Callable
from pathlib import Path

from broker.operating import manifest
from broker.operating.manifest import Manifest

type Free = Callable[[Path], int]  # bytes that may still be written on this path's file system

MARGIN = 64_000_000  # bytes beside the margin by size: what is logged, migrated and verified there
_MARGIN_PART = 5  # and a fifth of the size
_DUMP_GROWS = 5  # times: a compressed dump, where an older archive does not say how large its database was


def free(path: Path) -> int:
    """Ask the file system of a path that is there."""
    return shutil.disk_usage(path).free


def of_files(found: Manifest) -> int:
    """Give the bytes of an archive's sealed files."""
    return found.part(manifest.FILES).size


def of_database(found: Manifest) -> int:
    """Give the bytes of an archive's database, once it is unpacked."""
    if found.engine == "sqlite":
        return found.database().size
    return found.database_bytes or _DUMP_GROWS * found.database().size


def needed(size: int) -> int:
    """Give what must be free for so many bytes, with a margin."""
    return size + size // _MARGIN_PART + MARGIN


def existing(path: Path) -> Path:
    """Give the path, or the folder above it that is there: what is made below it lies on that file system."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
