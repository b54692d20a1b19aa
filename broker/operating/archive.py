"""An archive on disk: a folder that appears whole or not at all, and whose every byte is held against its manifest."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from broker.operating import manifest
from broker.operating.manifest import Manifest, Part

CHUNK = 1 << 20
UNFINISHED = ".unfinished"
UNLOCKED_SECONDS = 3600.0  # after which a folder without its lock was left by a run that is dead
_LOCK = "lock"

type Progress = Callable[[str], None]


class NotWhole(Exception):
    """An archive that must not be relied on: `part` names which file of it, the message why."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part


class Hashed:
    """Writes a file and knows size and SHA-256 of what went into it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """Write all of it."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def part(self, name: str) -> Part:
        """What was written, as a part of the archive."""
        return Part(name, self.size, self._hash.hexdigest())


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Give a folder beside the target to fill; what is left of earlier runs that were killed is cleared away.

    `publish` gives it its name. Whatever else ends the block removes it. Raises FileExistsError where the target is.
    """
    if target.exists() or target.is_symlink():
        raise FileExistsError(target)
    _clear(target.parent)
    folder = target.with_name(f".{target.name}.{os.getpid()}{UNFINISHED}")
    folder.mkdir(mode=0o700)
    try:
        with (folder / _LOCK).open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # nothing is left of it once it has its name


def publish(folder: Path, target: Path) -> None:
    """Give a filled folder its name, in one step that stays. Raises FileExistsError, OSError."""
    (folder / _LOCK).unlink()
    sync(folder)
    if target.exists() or target.is_symlink():
        raise FileExistsError(target)
    folder.rename(target)  # onto a folder that came meanwhile this fails, unless it is empty
    sync(target.parent)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Write a new file that its owner alone may read; at the end it is on the disk."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_text(folder: Path, name: str, text: str) -> Part:
    """Write a small part."""
    with writing(folder / name) as file:
        hashed = Hashed(file)
        hashed.write(text.encode())
    return hashed.part(name)


def measured(folder: Path, name: str) -> Part:
    """Read a part that another program wrote, and make sure that it stays on the disk."""
    path = folder / name
    path.chmod(0o600)
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    return Part(name, size, digest.hexdigest())


def read(path: Path, progress: Progress) -> Manifest:
    """Give an archive's manifest once every part of it was held against it. Raises `NotWhole`, naming the part."""
    if path.name.endswith(UNFINISHED):
        raise NotWhole(path.name, "is what an interrupted backup left, no archive")
    try:
        text, listed = _manifest(path)
        found = manifest.read(text.decode())
    except FileNotFoundError:
        raise NotWhole(manifest.NAME, "is missing: this is no archive, or one whose making was interrupted") from None
    except (OSError, UnicodeDecodeError, manifest.Malformed) as wrong:
        raise NotWhole(manifest.NAME, f"cannot be read ({wrong})") from None
    itself = Part(manifest.NAME, len(text), hashlib.sha256(text).hexdigest())
    if listed != manifest.sums(itself, found.parts):
        raise NotWhole(manifest.SUMS, "is damaged: it does not list the parts of the manifest")
    for part in found.parts:
        progress(f"checking {part.name}")
        try:
            lying = _look(path / part.name)
        except OSError:
            raise NotWhole(part.name, "is missing or cannot be read") from None
        if lying != (part.size, part.sha256):
            raise NotWhole(part.name, "is damaged: it is not what the manifest says")
    return found


def _manifest(path: Path) -> tuple[bytes, str]:
    with (path / manifest.NAME).open("rb") as file:
        text = file.read(manifest.LARGEST + 1)
    if len(text) > manifest.LARGEST:
        raise NotWhole(manifest.NAME, "is larger than a manifest is")
    try:
        listed = (path / manifest.SUMS).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise NotWhole(manifest.SUMS, "is missing or cannot be read") from None
    if f"{hashlib.sha256(text).hexdigest()}  {manifest.NAME}\n" not in listed.splitlines(keepends=True):
        raise NotWhole(manifest.NAME, f"is damaged: it is not what {manifest.SUMS} says")
    return text, listed


def sync(folder: Path) -> None:
    """Make sure that the names in a folder stay."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _look(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _clear(folder: Path) -> None:
    """Remove what killed runs left: a folder of ours whose lock nobody holds any more, or has none for an hour.

    It has none for a moment before it gets its name: who is killed just then leaves a whole copy of the database.
    """
    for left in folder.glob(f".*{UNFINISHED}"):
        try:
            with (left / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            continue  # still being filled
        except FileNotFoundError:
            with suppress(FileNotFoundError):  # it got its name meanwhile
                if time.time() - left.stat().st_mtime > UNLOCKED_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)
