"""An empty place into which an archive is restored, and what keeps it apart from the live installation."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

_LEFT_SECONDS = 86_400.0
_SAME = ("NAME", "HOST", "PORT")


class Unfit(Exception):
    """The place is not empty, not complete, or the live one; nothing was done there."""


@dataclass(frozen=True)
class Place:
    """A folder and a database of its own; `owner_url` logs in as the owner of the tables (PostgreSQL)."""

    folder: Path
    database_url: str
    owner_url: str
    key_file: Path
    origin: str = ""

    @property
    def files(self) -> Path:
        """Where sealed files lie."""
        return self.folder / "files"

    @property
    def signer(self) -> Path:
        """Where the log's public keys lie; there is no signer here, and no key that signs."""
        return self.folder / "signer"

    def owner(self) -> dict[str, object]:
        """The login of the tables' owner, as Django has it."""
        return dict(environ.Env.db_url_config(self.owner_url or self.database_url))

    def environment(self, **more: str) -> dict[str, str]:
        """What a process needs to work on this place and on nothing else: it can reach no other machine."""
        ours = {
            "BROKER_DATA_DIR": self.folder,
            "DATABASE_URL": self.database_url,
            "MIGRATE_DATABASE_URL": self.owner_url,
            "SEALED_FILES_DIR": self.files,
            "BROKER_KEY_FILE": self.key_file,
            "SIGNER_DIR": self.signer,
            "SIGNER_SOCKET": self.folder / "no-signer",
            "LOG_ORIGIN": self.origin or settings.LOG_ORIGIN,
            "SECRET_KEY": secrets.token_urlsafe(48),  # its own: no session of the live one is one here
            "SEAL_KEY_FILE": self.folder / "no-seal-key",
            "SEAL_CERT_FILE": settings.SEAL_CERT_FILE,
            "SEAL_ROOT_FILE": settings.SEAL_ROOT_FILE,
            "TIMESTAMP_ROOT_FILE": settings.TIMESTAMP_ROOT_FILE,
            "HOME_UTILITY": settings.HOME_UTILITY,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "broker.settings",
            **dict.fromkeys(
                ("ALLOWED_EGRESS", "WEBHOOK_EGRESS", "TIMESTAMP_URLS", "NECTAR_API_KEY", "IMAP_SERVER", "LOG_WITNESSES",
                 "LOG_MAIL_TO", "CLAMD_SOCKET", "EXTRA_AUTHENTICATION_BACKENDS", "UTILITY_MAIL_SERVER",
                 "DNS_RESOLVER", "METRICS_TOKEN", "SEALED_FILES_S3"), ""
            ),
            "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        return {**os.environ, **{name: str(value) for name, value in ours.items()}, **more}

    def run(self, arguments: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Run Python in this place and wait for its end."""
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def temporary(engine: str, key_file: Path, *, admin_url: str) -> Iterator[Place]:
    """Make a place that is gone afterwards: a folder, and on PostgreSQL a database by a login that may make one.

    Raises `Unfit`.
    """
    # Not under /tmp: that is memory on many machines, and all sealed files are unpacked here.
    data = Path(settings.DATA_DIR)
    for left in data.glob("drill-*"):  # of a drill that was killed; none lasts a day
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=data) as made:
        folder = Path(made)
        if engine == "sqlite":
            yield Place(folder, f"sqlite:///{folder / 'broker.sqlite3'}", "", key_file)
            return
        if not admin_url:
            raise Unfit("PostgreSQL needs --admin-url, a login that may make a database, or --into and --database-url")
        name = f"broker_drill_{secrets.token_hex(6)}"
        with _admin(admin_url) as admin:
            try:
                admin.execute(sql.SQL(_CREATE).format(sql.Identifier(name)))
            except psycopg.Error as error:
                raise Unfit(f"no database could be made: {error.diag.message_primary}") from None
            try:
                yield Place(folder, _named(connection.settings_dict, name), _owner_named(name), key_file)
            finally:
                with suppress(psycopg.Error):
                    admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


_CREATE = (
    "CREATE DATABASE {} OWNER broker_owner ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
    "TEMPLATE template0"
)


def given(engine: str, folder: Path, key_file: Path, *, database_url: str, owner_url: str) -> Place:
    """Take the place that somebody has made for it, which stays afterwards. Raises `Unfit`."""
    url = database_url or f"sqlite:///{folder / 'broker.sqlite3'}"
    if _engine(url) != engine:
        raise Unfit(f"the archive is of {engine}; the database that was given is not")
    if engine == "postgresql" and not owner_url:
        raise Unfit("PostgreSQL needs --owner-url, the login of the tables' owner, beside --database-url")
    place = Place(folder, url, owner_url, key_file)
    demand_empty(place)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def demand_empty(place: Place) -> None:
    """Refuse a place that holds anything, or that belongs to the live installation. Raises `Unfit`."""
    wanted = environ.Env.db_url_config(place.database_url)
    live = connection.settings_dict
    if all(_told(wanted.get(key)) == _told(live.get(key)) for key in _SAME):
        raise Unfit("this is the live database; a drill never touches it")
    folder = place.folder.resolve()
    storages: Any = settings.STORAGES
    sealed = storages["sealed"].get("OPTIONS", {})
    for path in (settings.DATA_DIR, settings.SIGNER_DIR, sealed.get("location")):
        if path and (folder == Path(path).resolve() or folder in Path(path).resolve().parents):
            raise Unfit("this folder is the live installation's; a drill never touches it")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Unfit(f"{folder} is not empty")
    if _engine(place.database_url) == "sqlite":
        if Path(str(wanted["NAME"])).exists():
            raise Unfit("the database file is there already")
    elif _tables(place.owner()):
        raise Unfit("the database is not empty")


def database_disk(engine: str, folder: Path, database_url: str, login_url: str) -> Path | None:
    """Give a path on the disk where a restored database will lie; None where this machine or login cannot tell."""
    if engine == "sqlite":
        return Path(str(environ.Env.db_url_config(database_url)["NAME"])).parent if database_url else folder
    if not login_url:
        return None  # what comes next says that it is missing
    try:
        with psycopg.connect(login_url, autocommit=True) as asked:
            found = asked.execute(_DATA_DIRECTORY).fetchone()
    except psycopg.Error:
        return None  # not everybody may ask; who cannot log in at all is told so by what comes next
    return Path(found[0]) if found and found[1] and os.access(found[0], os.F_OK) else None


# Both ends of a connection have one address, or none, on the machine whose disk this is.
_DATA_DIRECTORY = "SELECT current_setting('data_directory'), inet_server_addr() IS NOT DISTINCT FROM inet_client_addr()"


def applied(place: Place) -> tuple[str, ...]:
    """Name the migrations that the restored database has gone through, asked without any code of the product."""
    statement = "SELECT app || '.' || name FROM django_migrations"
    if _engine(place.database_url) == "sqlite":
        path = environ.Env.db_url_config(place.database_url)["NAME"]
        with closing(sqlite3.connect(path)) as opened:
            return tuple(sorted(each for (each,) in opened.execute(statement)))
    with _login(place.owner()) as logged_in:
        return tuple(sorted(str(each) for (each,) in logged_in.execute(statement)))


def leave(place: Place) -> None:
    """Take back what a restore that failed has written into a folder that was given."""
    for path in (place.files, place.signer):
        shutil.rmtree(path, ignore_errors=True)


def _tables(login: dict[str, object]) -> int:
    try:
        with _login(login) as opened:
            found = opened.execute(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
            ).fetchone()
    except psycopg.Error:
        raise Unfit("the database that was given cannot be reached as its owner") from None
    return 0 if found is None else int(found[0])


def _login(login: dict[str, object]) -> psycopg.Connection:
    return psycopg.connect(
        dbname=str(login["NAME"]), user=str(login["USER"]), password=str(login.get("PASSWORD") or ""),
        host=str(login.get("HOST") or ""), port=str(login.get("PORT") or "") or None, autocommit=True,
    )  # fmt: skip


def _admin(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.Error:
        raise Unfit("nobody could log in at --admin-url") from None


def _owner_named(name: str) -> str:
    if not settings.MIGRATE_DATABASE_URL:
        raise Unfit("set MIGRATE_DATABASE_URL, the login of the tables' owner")
    return _named(environ.Env.db_url_config(settings.MIGRATE_DATABASE_URL), name)


def _named(login: dict[str, object], name: str) -> str:
    """A login as an address, with another database's name."""
    from urllib.parse import quote

    who = quote(str(login["USER"]), safe="")
    word = f":{quote(str(login['PASSWORD']), safe='')}" if login.get("PASSWORD") else ""
    port = f":{login['PORT']}" if login.get("PORT") else ""
    return f"postgresql://{who}{word}@{login.get('HOST') or 'localhost'}{port}/{name}"


def _engine(url: str) -> str:
    return "sqlite" if url.startswith("sqlite:") else "postgresql"


def _told(value: object) -> str:
    return "" if value is None else str(value)
