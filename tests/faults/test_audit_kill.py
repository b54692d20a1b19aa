"""Processes of the log killed at any moment: no gap, no fork, nothing acknowledged lost, no size with two roots."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from broker.audit import integrator, lanes, log, signer, store
from tests.environment import ROOT
from tests.integration.audit_support import (
    ORIGIN,
    integrate,
    integrate_burying,
    lanes_have_no_gap,
    verdict,
    write,
)

PATIENCE = 60.0

WRITER = """
import sys, threading, uuid
import django
django.setup()
from django.db import connection, transaction
from broker.audit import log
from tests.integration.audit_support import write
out = threading.Lock()
def work(number):
    subject = uuid.uuid4()
    while True:
        with transaction.atomic():
            refs = [write(subject=subject) for _ in range(3)]
        with out:
            print(*(ref.id for ref in refs), flush=True)
for number in range(2):
    threading.Thread(target=work, args=(number,)).start()
"""
SIGNER = """
import os, sys
import django
django.setup()
from pathlib import Path
from broker.audit import signer
step = int(sys.argv[2])
count = 0
def counted(real):
    def call(*args, **options):
        global count
        count += 1
        if count == step:
            os.kill(os.getpid(), 9)
        return real(*args, **options)
    return call
desk = signer.Desk(Path(sys.argv[1]))
for name in ("open", "fsync", "fdopen", "close"):
    setattr(os, name, counted(getattr(os, name)))
Path.rename = counted(Path.rename)
signer.checkpoint.sign = counted(signer.checkpoint.sign)
with signer.listen(Path(sys.argv[1]) / "s") as server:
    print("ready", flush=True)
    signer.serve(desk, server, lambda: False)
"""


@pytest.fixture(autouse=True)
def place(committing: str, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A signer's folder and a folder for locks, over a database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    signer.make_key(tmp_path / "signer", ORIGIN)
    log.reset()
    yield tmp_path
    log.reset()


def environment(place: Path, role: str = "broker_app") -> dict[str, str]:
    """What a process of this installation finds in its environment."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        from tests import cluster

        url = cluster.url(role, name)
    else:
        url = f"sqlite:///{name}"
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"SIGNER_DIR": str(place / "signer"), "SIGNER_SOCKET": str(place / "s")}
    return {**os.environ, **own, "PYTHONPATH": paths, "DATABASE_URL": url, "BROKER_DATA_DIR": str(place)}


@contextmanager
def running(place: Path, *arguments: str, role: str = "broker_app") -> Iterator[subprocess.Popen[str]]:
    """A Python process of this installation, gone at the end whatever happens."""
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment(place, role), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def lines(process: subprocess.Popen[str], number: int) -> list[str]:
    """That many lines of its output."""
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(number)]


def rest(process: subprocess.Popen[str]) -> list[str]:
    """What it had still said; a line that was cut off was not acknowledged."""
    assert process.stdout is not None
    return [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]


def test_killed_writers_leave_no_gap_and_lose_nothing(place: Path) -> None:
    chance = random.Random(7)
    acknowledged: set[int] = set()
    for _ in range(3):
        with running(place, "-c", WRITER) as one, running(place, "-c", WRITER) as other:
            said = lines(one, chance.randrange(5, 40)) + lines(other, chance.randrange(5, 40))
            one.kill()
            other.kill()
            said += rest(one) + rest(other)
        acknowledged |= {int(event) for line in said for event in line.split()}
    stored = {event for (event,) in store.rows("SELECT id FROM audit_event WHERE act = 301")}
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= 3 * 2 * 2 * 3  # commits whose answer the kill has swallowed
    assert len(stored) % 3 == 0
    assert lanes_have_no_gap()
    written = {event >> 32 for event in stored}
    desk = signer.Desk(place / "signer")
    dead = integrate_burying(desk.answer, len(written))
    desk.close()
    assert sorted(head.tw or 0 for head in dead) == sorted(written)
    assert verdict()["ok"]


def test_a_killed_integrator_is_followed_by_another(place: Path) -> None:
    desk = signer.Desk(place / "signer")
    chance = random.Random(11)

    class Killed(Exception):
        """Stands for the moment of the kill."""

    def at_random(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if chance.random() < 0.2:
                raise Killed
            return real(*args, **options)

        return call

    for _ in range(12):
        with pytest.MonkeyPatch.context() as patch:
            for name in ("add_leaves", "add_index", "save_tiles", "save_cursors", "add_checkpoint"):
                patch.setattr(store, name, at_random(getattr(store, name)))
            for _ in range(40):
                write()
            try:
                integrate(at_random(desk.answer))
            except Killed:
                connection.close()
    integrate(desk.answer)
    sizes = [each.size for each in store.notes(1)]
    assert sizes[-1] == store.tree_size(1)
    assert verdict()["ok"]
    desk.close()


@pytest.mark.parametrize("step", range(1, 9))
def test_a_signer_killed_at_any_step_goes_on_with_one_history(place: Path, step: int) -> None:
    if connection.vendor == "postgresql":
        return  # the signer knows no database: once is enough
    folder, path = place / "signer", place / "signer" / "s"
    asker: integrator.Asker = lambda request: signer.ask(path, request)  # noqa: E731
    roots: dict[int, str] = {}
    with running(place, "-c", SIGNER, str(folder), str(step)) as process:
        assert lines(process, 1) == ["ready\n"]
        write()
        with suppress(OSError, integrator.Diverged):
            integrate(asker)
        roots.update({each.size: each.note.split("\n")[2] for each in store.notes(1)})
    desk = signer.Desk(folder)
    write()
    integrate(desk.answer)
    again = {each.size: each.note.split("\n")[2] for each in store.notes(1)}
    assert roots.items() <= again.items()
    assert verdict()["ok"]
    desk.close()


def test_signer_and_integrator_run_as_commands_and_end_in_order(place: Path) -> None:
    manage = str(ROOT / "manage.py")
    with (
        running(place, manage, "sign_log") as signing,
        running(place, manage, "integrate", role="broker_integrator") as integrating,
    ):
        assert lines(signing, 1) == ["signer ready at size 0\n"]
        assert lines(integrating, 1) == ["integrator ready\n"]
        for _ in range(5):
            write()
        wait_for(lambda: store.tree_size(1) >= 5)
        assert integrating.poll() is None
        write("consent.granted")
        integrating.send_signal(signal.SIGTERM)
        write("consent.viewed")  # our lane is open: the integrator waits for us
        assert integrating.poll() is None
        log.close_lanes()
        assert integrating.wait(PATIENCE) == 0
        assert "integrated and signed up to" in "".join(rest(integrating))
        signing.send_signal(signal.SIGTERM)
        assert signing.wait(PATIENCE) == 0
    assert store.rows("SELECT count(*) FROM audit_event")[0][0] == store.tree_size(1)
    assert store.notes(1)[-1].size == store.tree_size(1)
    assert not (place / "s").exists()
    assert not any(lanes.lock_dir().iterdir())
    assert verdict()["ok"]


def wait_for(condition: Any) -> None:
    """Wait until something holds; only a process that hangs fails here."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_integrator_waits_for_a_signer_that_is_away(place: Path) -> None:
    manage = str(ROOT / "manage.py")
    write()
    log.close_lanes()
    with running(place, manage, "integrate", role="broker_integrator") as integrating:
        assert lines(integrating, 1) == ["integrator ready\n"]
        wait_for(lambda: store.tree_size(1) == store.rows("SELECT count(*) FROM audit_event")[0][0])
        assert store.notes(1) == []
        with running(place, manage, "sign_log") as signing:
            assert lines(signing, 1) == ["signer ready at size 0\n"]
            wait_for(lambda: store.newest_note(1) is not None and store.notes(1)[-1].size == store.tree_size(1))
    assert verdict()["ok"]
