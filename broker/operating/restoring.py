"""From an archive into an empty place: the database, the sealed files, the log's public keys."""

import re
import shutil
import tarfile
from pathlib import Path

import environ

from broker.operating import archive, manifest, postgresql_tools
from broker.operating.archive import NotWhole, Progress
from broker.operating.manifest import Manifest
from broker.operating.place import Place

_SEALED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}\.sealed")
_STEP = 1_000


def restore(source: Path, found: Manifest, place: Place, progress: Progress) -> None:
    """Restore the parts of an archive that was read whole, and hold the number of its files against its manifest.

    Raises `NotWhole`, OSError; nothing is started there.
    """
    progress("restoring the database")
    _database(source, found, place)
    progress("restoring sealed files")
    count = _files(source / manifest.FILES, place.files, progress)
    if count != found.files:
        raise NotWhole(manifest.FILES, f"holds {count:,} sealed files; the manifest says {found.files:,}")
    place.signer.mkdir(mode=0o711)
    with archive.writing(place.signer / manifest.VKEY) as file:
        file.write((source / manifest.VKEY).read_bytes())
    archive.sync(place.folder)


def _database(source: Path, found: Manifest, place: Place) -> None:
    part = source / found.database().name
    if found.engine == "sqlite":
        target = Path(str(environ.Env.db_url_config(place.database_url)["NAME"]))
        with part.open("rb") as reading, archive.writing(target) as file:
            shutil.copyfileobj(reading, file, archive.CHUNK)
        return
    login = place.owner()
    arguments = ["--no-owner", "--exit-on-error", f"--dbname={login['NAME']}", str(part)]
    try:
        postgresql_tools.run("pg_restore", arguments, login)
    except postgresql_tools.ToolFailed as failed:
        raise NotWhole(part.name, f"pg_restore refused it: {failed}") from None


def _files(part: Path, folder: Path, progress: Progress) -> int:
    """Unpack sealed files alone: a name that is none of ours, a link or a folder in it is no archive of ours."""
    folder.mkdir(mode=0o700)
    count = 0
    try:
        with tarfile.open(part, mode="r|") as tar:
            for entry in tar:
                if not entry.isreg() or not _SEALED.fullmatch(entry.name):
                    raise NotWhole(part.name, "holds something else than sealed files")
                data = tar.extractfile(entry)
                assert data is not None
                target = folder / entry.name
                target.parent.mkdir(mode=0o700, exist_ok=True)
                with target.open("xb") as file:
                    target.chmod(0o600)
                    shutil.copyfileobj(data, file, archive.CHUNK)
                count += 1
                if count % _STEP == 0:
                    progress(f"restoring sealed files: {count:,}")
    except (tarfile.TarError, FileExistsError):
        raise NotWhole(part.name, "cannot be unpacked") from None
    return count
