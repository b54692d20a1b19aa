"""Every place in which something that somebody sent could lie afterwards, searched for a word in any usual writing."""

import base64
import os
import secrets
import string
import subprocess
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import quote

from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from broker.operating.manifest import DATABASE
from tests import cluster
from tests.integration.audit_support import make_signer

_begin = ["Canary"]


def renew() -> None:
    """Begin all secrets anew: what an earlier test wrote into what the run's tests share is not ours."""
    _begin[0] = "Canary" + "".join(secrets.choice(string.ascii_letters) for _ in range(5))


def begins() -> str:
    """Give how every secret begins."""
    return f"{_begin[0]}!"


def secret(number: int) -> str:
    """Give the secret of an inlet: like a portal password, and like no other text in the world."""
    return f"{begins()}{number:05}Qzyx"


def writings(word: str) -> list[bytes]:
    """Give a word as it may be written down: as it is, in hexadecimal, percent, UTF-16, entities and base64."""
    raw = word.encode()
    # What base64 makes of the letters in the middle, at each of the three places where a word may begin in it.
    shifted = [base64.b64encode(b"x" * shift + raw)[first:-4] for shift, first in ((0, 0), (1, 2), (2, 3))]
    return [raw, raw.hex().encode(), quote(word, safe="").encode(), word.encode("utf-16-le"), *shifted]


def dump() -> bytes:
    """Give the whole database as it lies on the disk, or as PostgreSQL's own tool writes it out for a backup."""
    if connection.vendor == "sqlite":
        folder = Path(str(connection.settings_dict["NAME"])).parent
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    address = cluster.url("postgres", str(connection.settings_dict["NAME"]))
    argv = [str(cluster.BINARIES / "pg_dump"), "--dbname", address]
    return subprocess.run(argv, capture_output=True, check=True).stdout


def write_ahead() -> bytes:
    """Give what PostgreSQL wrote ahead, deleted rows too; of SQLite it lies beside the database already."""
    if connection.vendor == "sqlite":
        return b""
    folder = cluster.DATA / "pg_wal"
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def folders(*more: Path) -> Iterator[tuple[str, bytes]]:
    """Give every file of the run's data, and of these folders."""
    for folder in (Path(os.environ["BROKER_DATA_DIR"]), *more):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path.read_bytes()


def cached() -> bytes:
    """Give what lies in the caches of this process."""
    return b"".join(repr(getattr(each, "_cache", "")).encode() for each in caches.all())


def backed_up(folder: Path) -> list[Path]:
    """Make the backup that an installation makes; give folders with it, of PostgreSQL also as its tool writes it out.

    What is packed in a dump no search would find.
    """
    folder.mkdir()
    owner = cluster.url("broker_owner", str(connection.settings_dict["NAME"])) if connection.vendor != "sqlite" else ""
    make_signer(folder / "signer").close()  # an archive holds the log's public keys
    with override_settings(SIGNER_DIR=folder / "signer", MIGRATE_DATABASE_URL=owner):
        call_command("backup", str(folder), stdout=StringIO())
    (made,) = folder.glob("*.backup")
    if (packed := made / DATABASE["postgresql"]).exists():
        subprocess.run(
            [str(cluster.BINARIES / "pg_restore"), "-f", str(folder / "database.sql"), str(packed)], check=True
        )
    return [folder]


def stores(*more: Path) -> Iterator[tuple[str, bytes]]:
    """Give every store with its name."""
    yield "database", dump()
    yield "write-ahead log", write_ahead()
    yield "cache", cached()
    yield from folders(*more)


def hits(words: Iterable[tuple[str, str]], *more: Path) -> list[str]:
    """Give where these words lie, each named by its inlet and the store; the word itself is not said."""
    held = list(stores(*more))
    cut = writings(begins())
    suspects = [(name, data) for name, data in held if any(each in data for each in cut)]
    found = [
        f"{inlet} in {name}"
        for inlet, word in words
        for name, data in suspects
        if any(written in data for written in writings(word))
    ]
    # Cut, split or half-written ones are found by their beginning.
    found += [f"the beginning of one in {name}" for name, _data in suspects]
    return sorted(set(found))
