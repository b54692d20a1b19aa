"""Code of an earlier commit serves while today's `migrate` runs under it, goes on, and makes way for today's code.

Played by the same clients as a history, and judged like one. Nobody is killed.
"""

import json
import subprocess
import tarfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg

from tests.environment import ROOT, RUN
from tests.faults.history import honest, judging
from tests.faults.history.playing import CLIENTS, Play, figures
from tests.faults.history.standing import Installation

LEAST = 2  # so many of each kind of call are acknowledged in each part of it
OF_A_PART, IN_ALL = (
    4,
    56,
)  # consents that a recipient asks for in a part at first, and in all: in an hour it may ask for 60
CONSENTS = 120
LONG_FOR_A_GRANT = 10.0  # seconds after which one more may be asked for
PATIENCE = 1200.0  # seconds after which a part has come to nothing
BEFORE, MEANWHILE, OLD, CHANGE, NEW = "old code", "migrate", "old code on the new tables", "restart", "new code"
_WITHOUT_ACKNOWLEDGEMENT = (MEANWHILE, CHANGE)  # they last as long as what is done, whatever is answered in it


def before_the_newest_migration() -> str:
    """Give the commit before the newest one that added a migration."""
    found = git("log", "-1", "--diff-filter=A", "--format=%H^", "--", ":(glob)**/migrations/0*.py")
    return git("rev-parse", "--verify", found)


def git(*arguments: str) -> str:
    """Ask git about this tree; raises what it says where it cannot tell, as in a shallow clone."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def unpack(commit: str) -> Path:
    """Put the code of a commit into a folder of the run, with the style sheets of this tree."""
    if git("diff", "--name-only", commit, "HEAD", "--", "requirements/run.txt"):
        raise RuntimeError(f"{commit} ran with other packages (requirements/run.txt): name a later commit")
    folder = RUN / f"tree-{uuid.uuid4().hex}"
    packed = subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE)
    assert packed.stdout is not None
    with tarfile.open(fileobj=packed.stdout, mode="r|") as tar:
        tar.extractall(folder, filter="data")
    packed.stdout.close()
    assert packed.wait() == 0
    (folder / "broker" / "static").mkdir(exist_ok=True)
    (folder / "var").mkdir(exist_ok=True)
    (folder / "var" / "uswds").symlink_to(ROOT / "var" / "uswds")
    return folder


class Older(Installation):
    """An installation that begins with the code of an earlier commit, on tables that this code has made."""

    def __init__(self, commit: str) -> None:
        super().__init__(CONSENTS, unpack(commit))

    def _fill(self) -> None:
        self.server.create()
        self.migrate()
        self._once("manage.py", "collectstatic", "--noinput", "-v", "0")

    def migrate(self) -> None:
        """Run `migrate` of the code that stands there now, as the owner of the tables."""
        owner = {"MIGRATE_DATABASE_URL": self.server.url("broker_owner")}
        self._once("manage.py", "migrate", "--no-input", "--skip-checks", "-v", "0", **owner)

    def replace(self) -> None:
        """Put today's code in the place of the old, and start its processes."""
        self.close()
        self._end("signer")
        self.tree = ROOT
        for name in ("signer", "integrator", "worker", "web"):
            self.start(name)
        self.wait()

    def starts(self) -> str:
        """Say what code that stands there now is told at its start; nothing where it may serve."""
        try:
            self._once("-c", _START)
        except RuntimeError as refused:
            return str(refused).strip().splitlines()[-1]
        return ""

    def pids(self) -> dict[str, list[int]]:
        """Give its processes and those under them."""
        return {name: [each.pid, *self.children(name)] for name, each in self.running.items()}

    def migrations(self) -> set[str]:
        """Name the migrations that its tables have gone through."""
        return {f"{app}.{name}" for app, name in self._rows("SELECT app, name FROM django_migrations")}

    def checkpoint(self) -> tuple[int, str]:
        """Give the newest checkpoint, its size and its text."""
        size, note = self._rows("SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1")[0]
        return int(size), str(note)

    def kept(self, size: int) -> dict[str, str]:
        """Give what today's code finds at that size: the checkpoint's text and root, and the root of the leaves."""
        found: dict[str, str] = json.loads(self._once("-m", "tests.faults.history.root", str(size)))
        return found

    def _rows(self, statement: str) -> list[Any]:
        with psycopg.connect(self.server.url("broker_app")) as line:
            return line.execute(statement).fetchall()


_START = "import django; django.setup(); from broker.db import evidence; evidence.assert_intact()"


class Upgrade(Play):
    """The clients of a history, and instead of the killer somebody who brings an installation forward."""

    patience = 120.0  # nobody is killed: an answer comes, once the tables are free again

    def __init__(self, place: Older, seed: int) -> None:
        super().__init__(place, seed, every=1.0)
        self.older = place
        self._kept, self._fresh = self._fresh, []
        self._left, self.grants = IN_ALL, 0
        self.parts: dict[str, dict[str, Any]] = {}

    def upgraded(self) -> dict[str, Any]:
        """Do it while the clients play, and give what was found on the way."""
        clients = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        try:
            return self._steps()
        finally:
            self._over.set()
            for each in clients:
                each.join()

    def _steps(self) -> dict[str, Any]:
        place = self.older
        self._part(BEFORE)
        old, processes, applied = place.tree, place.pids(), place.migrations()
        (size, note) = place.checkpoint()
        place.tree = ROOT  # what is run now is today's; what runs is not touched
        self._part(MEANWHILE, place.migrate)
        self._part(OLD)
        assert place.pids() == processes, "a process of the old code ended, or another began"
        signed = place.checkpoint()[0]
        place.tree = old
        told = place.starts()
        self._part(CHANGE, place.replace)
        self._part(NEW)
        return {
            "migrations": sorted(place.migrations() - applied),
            "before": (size, note),
            "signed_by_old_code": signed,
            "old_code_that_starts_is_told": told,
            "parts": self.parts,
        }

    def _part(self, name: str, act: Callable[[], None] = lambda: None) -> None:
        """Let the clients play while something is done, and until each kind of call was acknowledged since."""
        began = asked = self._may_ask(OF_A_PART)
        with ThreadPoolExecutor(1) as beside:
            done = beside.submit(act)
            while not done.done() or (name not in _WITHOUT_ACKNOWLEDGEMENT and self._lacks(began)):
                assert time.monotonic() - began < PATIENCE, (name, self._lacks(began), figures(self._since(began)))
                with self._lock:
                    if self._kept and len(self._fresh) < 6:  # a few at a time: some are stopped in each part
                        self._fresh.append(self._kept.pop())
                time.sleep(0.2)
                if judging.GRANT in self._lacks(began) and time.monotonic() - asked > LONG_FOR_A_GRANT:
                    asked = self._may_ask(1)
            done.result()
        self.parts[name] = {"seconds": round(time.monotonic() - began, 1), "answers": figures(self._since(began))}

    def _may_ask(self, more: int) -> float:
        """Let the clients ask for so many consents more; give the time."""
        with self._lock:
            self.grants = max(0, self.grants) + min(more, self._left)
            self._left -= min(more, self._left)
        return time.monotonic()

    def _since(self, began: float) -> list[judging.Call]:
        with self._lock:
            return [each for each in self.calls if each.begun >= began]

    def _lacks(self, began: float) -> list[str]:
        return judging.too_few(self._since(began), LEAST)


def played(seed: int, commit: str) -> dict[str, Any]:
    """Bring an installation from the code of a commit to today's while it is used; give what was found."""
    place = Older(commit)
    try:
        play = Upgrade(place, seed)
        found = play.upgraded()
        place.wait()
        kept, said = place.kept(found["before"][0]), place.facts()
    finally:
        place.end()
    size, note = found.pop("before")
    return {
        "from": commit,
        **found,
        "clients": CLIENTS,
        "calls": len(play.calls),
        "stops_answered": sum(each.kind == judging.STOP and each.acknowledged for each in play.calls),
        "stale_reads": len(judging.stale(play.calls)),
        "signed_before": size,
        "checkpoint_unchanged": kept["note"] == note,
        "root_unchanged": kept["root"] == kept["of_leaves"],
        "events": said["events"],
        "violations": judging.violations(play.calls, honest.judged_by(place, play.calls, said))[:50],
    }
