"""A restore drill: an archive restored into an empty place, verified, opened, served, and held against the live log."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.migrations.loader import MigrationLoader

from broker.audit import checkpoint, log, store
from broker.audit.encoding import b64
from broker.operating import archive, backing_up, manifest, place, restoring, room
from broker.operating.archive import NotWhole, Progress
from broker.operating.manifest import Manifest
from broker.operating.place import Place
from broker.operating.room import Free
from broker.terms import SERVICE
from broker.vault import VaultError, keyring

DRILL = SERVICE("drill")
LISTENS_WITHIN = 60.0  # seconds until the web server names its port
OPENED = 50  # the newest files, and values of a tenth as many rows of each table, unless all are opened


class Failed(Exception):
    """The drill did not succeed; `step` says where, the message what was found."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(why)
        self.step = step


@dataclass
class Drill:
    """What a drill found so far."""

    source: Path
    everything: bool = False  # open all that is sealed
    steps: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, progress: Progress) -> Iterator[None]:
        """Do one step; what goes wrong in it is named by it."""
        progress(name)
        began = time.monotonic()
        try:
            yield
        except (NotWhole, VaultError, place.Unfit, OSError, Failed) as wrong:
            self.steps.append({"name": name, "ok": False, "ms": _ms(began)})
            raise Failed(name, str(wrong)) from None
        except Exception as wrong:  # noqa: BLE001 - whatever it is, the drill did not hold; a message may say anything
            self.steps.append({"name": name, "ok": False, "ms": _ms(began)})
            raise Failed(name, f"something unforeseen: {type(wrong).__name__}") from None
        self.steps.append({"name": name, "ok": True, "ms": _ms(began)})


@dataclass(frozen=True)
class Where:
    """Into which place: a folder and addresses that somebody gave, or one made for the moment (`folder` None)."""

    folder: Path | None = None
    database_url: str = ""
    owner_url: str = ""
    admin_url: str = ""


def run(
    source: Path,
    where: Where,
    key_file: Path,
    *,
    now: datetime,
    progress: Progress,
    free: Free = room.free,
    everything: bool = False,
) -> dict[str, Any]:
    """Drill, and write one entry into the live log, where there is one; give the result with its `ok`.

    Whatever goes wrong is a drill that failed. The live installation is only asked for the root of its log. `now` in
    UTC; `free` says how many bytes the file system of a path still takes; with `everything` each sealed file and value
    is opened, else some. Raises `log.LogUnavailable` where the entry cannot be written.
    """
    drill, began = Drill(source, everything), time.monotonic()
    failed: Failed | None = None
    try:
        _all_steps(drill, where, key_file, progress, free)
    except Failed as wrong:
        failed = wrong
    except Exception as wrong:  # noqa: BLE001 - between two steps, or as the place is taken away
        failed = Failed("place taken away", f"something unforeseen: {type(wrong).__name__}")
    result = {
        "ok": failed is None,
        "archive": source.name,
        **drill.facts,
        "failed": None if failed is None else failed.step,
        "why": "" if failed is None else str(failed),
        "seconds": round(time.monotonic() - began),
        "at": now.isoformat(timespec="seconds"),
    }
    if _is_there():
        log.append(
            "admin.drill", actor=DRILL, subject=None, obj="log", body=result, res="ok" if failed is None else "error"
        )
    return {**result, "steps": drill.steps}


def _all_steps(drill: Drill, where: Where, key_file: Path, progress: Progress, free: Free) -> None:
    with drill.step("archive whole", progress):
        found = archive.read(drill.source, progress)
        drill.facts |= {
            "made_at": found.made_at,
            "engine": found.engine,
            "size": found.log.size,
            "root": found.log.root,
        }
    with drill.step("same log as the live one", progress):
        drill.facts["live"] = _compare_with_live(found)
    with drill.step("keys", progress):
        _demand_keys(found, key_file)
    with drill.step("enough room", progress):
        demand_room(found, where, free)
    with ExitStack() as stack:
        with drill.step("empty place", progress):
            target = stack.enter_context(_place(found, where, key_file))
        with drill.step("restored", progress):
            restoring.restore(drill.source, found, target, progress)
            if found.lost:
                raise Failed("", f"{found.lost:,} sealed files were lost when it was made: see docs/operating.md")
        with drill.step("schema", progress):
            drill.facts["migrated"] = _migrate(found, target)
        with drill.step("log verified", progress):
            _verify(found, target, drill)
        with drill.step("sealed data opens", progress):
            opened = _inside(target, "open", "all" if drill.everything else str(OPENED))
            if not opened["ok"]:
                raise Failed("", opened["why"])
            drill.facts |= {"files": opened["files"], "values": opened["values"], "all": drill.everything}
        with drill.step("served", progress):
            _serve(target, drill)


@contextmanager
def _place(found: Manifest, where: Where, key_file: Path) -> Iterator[Place]:
    if where.folder is None:
        with place.temporary(found.engine, key_file, admin_url=where.admin_url) as made:
            yield replace(made, origin=found.log.origin)
        return
    made = place.given(found.engine, where.folder, key_file, database_url=where.database_url, owner_url=where.owner_url)
    yield replace(made, origin=found.log.origin)


def _compare_with_live(found: Manifest) -> str:
    """Hold the archive's checkpoint against the live log: `same root`, or why there is nothing to compare."""
    if not _is_there():
        return "no live database"
    origin = store.origin_of(found.log.origin)
    if origin is None:
        raise Failed("", f"the archive is of the log {found.log.origin}, which the live database does not know")
    if found.log.size == 0:
        return "nothing was signed yet"
    if not store.has_checkpoint(origin, found.log.size):
        newest = store.newest_note(origin)
        if newest is None or newest.size < found.log.size:
            raise Failed("", "the archive holds more of the log than the live database: see docs/operating.md")
        raise Failed("", "the live log has no checkpoint of the archive's size")
    note = next(each.note for each in store.notes(origin) if each.size == found.log.size)
    live = checkpoint.parse(checkpoint.text_of(note))
    if b64(live.root) != found.log.root:
        raise Failed("", "the live log had another root at this size: one of the two was changed")
    return "same root"


def _demand_keys(found: Manifest, key_file: Path) -> None:
    """Try each wrapping key that the archive needs, before anything is restored."""
    keys = keyring.FileKeys(key_file)
    for number, sample in found.keys.items():
        if not keys.knows(int(number)):
            raise Failed("", f"wrapping key {number} is not in {key_file}: what it wraps can never be read without it")
        if sample is not None:
            keys.unwrap(bytes.fromhex(sample[1]), bytes.fromhex(sample[0]), int(number))
    if backing_up.root_check(keys.secret(backing_up.ROOT_CHECK)) != found.root_check:
        raise Failed("", f"the root secret in {key_file} is another one than the archive's")


def demand_room(found: Manifest, where: Where, free: Free) -> None:
    """Refuse, before anything is made, a place whose file systems have too little room for what the archive declares.

    Where the database's own disk cannot be seen from here (another machine), only the files' is asked.
    """
    folder = room.existing(where.folder or Path(settings.DATA_DIR))
    login = where.owner_url if where.folder else where.admin_url
    database = place.database_disk(found.engine, folder, where.database_url, login)
    wanted: dict[int, tuple[Path, int]] = {}
    for path, size in ((folder, room.of_files(found)), (database, room.of_database(found))):
        if path is not None:
            there = room.existing(path)
            disk = there.stat().st_dev
            first, sum_so_far = wanted.get(disk, (there, 0))
            wanted[disk] = (first, sum_so_far + size)
    for path, size in wanted.values():
        if (left := free(path)) < room.needed(size):
            raise Failed(
                "",
                f"too little room: to unpack this archive takes {_megabytes(room.needed(size))} at {path}, where "
                f"{_megabytes(left)} are free. Nothing was begun: make room, or name a folder on another disk (--into)",
            )


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,} MB"


def _migrate(found: Manifest, target: Place) -> list[str]:
    """Demand the archive's own schema; then bring it to that of this code and name what was added."""
    applied = place.applied(target)
    if other := manifest.without(found, applied):
        raise Failed("", f"the restored schema is not the archive's: {', '.join(other[:5])}")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(applied) - known):
        raise Failed("", f"made by a newer version than this one ({', '.join(newer[:5])}): install that first")
    done = target.run(["manage.py", "migrate", "--no-input", "--skip-checks", "-v", "0"])
    if done.returncode:
        raise Failed("", f"migrate failed: {_last_line(done.stderr)}")
    return sorted(set(place.applied(target)) - set(applied))


def _verify(found: Manifest, target: Place, drill: Drill) -> None:
    line = _inside(target, "verify")
    drill.facts["entries"] = line["leaves"]
    if not line["ok"]:
        raise Failed("", line["why"])
    if (line["size"], line["root"]) != (found.log.size, found.log.root):
        raise Failed("", "the restored log has another size or root than the manifest says")


def _serve(target: Place, drill: Drill) -> None:
    with _web(target) as url:
        seen = _inside(target, "visit", url, ALLOWED_EGRESS=url.removeprefix("http://"))
    drill.facts["letter"] = seen["letter"]
    if seen["home"] != 200:
        raise Failed("", f"the home page answered {seen['home']}")
    if seen["letter"] not in ("exact", "none"):
        raise Failed("", f"a letter that was delivered is {seen['letter']}")


@contextmanager
def _web(target: Place) -> Iterator[str]:
    """The product's own web server over the restored place, on a port of this machine that is free."""
    said = target.folder / "web.log"
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:broker.demo.gunicorn_conf", "--bind", "127.0.0.1:0"]
    with said.open("w") as file:
        server = subprocess.Popen(  # noqa: S603 - our own program
            [*argv, "broker.wsgi:application"],
            cwd=settings.BASE_DIR,
            env=target.environment(WEB_WORKERS="1", PUBLIC_URL="http://127.0.0.1", PYTHONUNBUFFERED="1"),
            stdout=file,
            stderr=file,
        )
    try:
        yield _address(server, said)
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=30)
        server.kill()
        server.wait()


def _address(server: "subprocess.Popen[bytes]", said: Path) -> str:
    end = time.monotonic() + LISTENS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        words = said.read_text(errors="replace").partition("Listening at: ")[2]
        if url := words.partition(" ")[0]:
            return url
        time.sleep(0.1)
    raise Failed("", f"the web server did not start: {_last_line(said.read_text(errors='replace'))}")


def _inside(target: Place, *what: str, **more: str) -> dict[str, Any]:
    done = target.run(["-m", "broker.operating.inside", *what], **more)
    if done.returncode:
        raise Failed("", _last_line(done.stderr))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _is_there() -> bool:
    """Say whether there is a live database with a log: on a new machine there may be none."""
    try:
        return bool(store.origins())
    except DatabaseError:
        return False


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no word"


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
