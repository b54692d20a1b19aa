"""One case: a flow in a process of its own that is cut at a point, then a restart, and all is held against it."""

import contextlib
import json
import os
import shutil
import signal
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections
from django.test import override_settings

from broker.audit import log, signer
from broker.audit.models import Audited
from broker.parties import keys
from tests import harness
from tests.environment import RUN
from tests.faults import invariants
from tests.faults.points.flow import Flow, Said, next_request
from tests.faults.points.injecting import Injector
from tests.integration.audit_support import ORIGIN

PATIENCE = 90.0  # seconds until a case counts as hanging


@dataclass(frozen=True)
class Ended:
    """How the process that was cut ended: what it had acknowledged, which points it passed, and what failed in it."""

    said: Said
    passed: list[str]
    happened: bool
    failed: str
    killed: bool


class Stage:
    """A flow on one engine: its world is made once, and each case begins with a copy of it."""

    def __init__(self, flow: Flow, engine: str, settings: Any) -> None:
        self.flow, self.engine, self.settings = flow, engine, settings
        self.place = RUN / "points" / uuid.uuid4().hex
        self.clean: Counter[str] = Counter()

    def begin(self) -> list[str]:
        """Make the world, run the flow once without a fault, and give the points that it passes."""
        folder = self.place / "begun"
        folder.mkdir(parents=True)
        with harness.clone(self.engine) as config:
            signer.make_key(folder / "signer", ORIGIN)
            self._lay_out(folder)
            self.flow.prepare(folder)
            log.close_lanes()
            connections.close_all()
            self.database = harness.CLONES[self.engine].keep(config)
        self.mails_before = list(self.flow.mails.taken)
        with self._begun():
            ended = self._cut("", "")
            assert not ended.failed, ended.failed
            wrong = self._judged(ended, first=True)
            assert not wrong, wrong
        return [each for each in ended.passed if not each.rpartition(" #")[0].endswith(" test")]

    def case(self, point: str, fault: str) -> list[str]:
        """Give what is wrong after this fault at this point."""
        with self._begun():
            ended = self._cut(point, fault)
            wrong = [] if ended.happened or ended.killed else ["the point was never passed"]
            if ended.failed:
                wrong.append(f"the process did not go on: {ended.failed}")
            return wrong + self._judged(ended)

    @contextlib.contextmanager
    def _begun(self) -> Iterator[None]:
        folder = self.place / uuid.uuid4().hex
        shutil.copytree(self.place / "begun", folder)
        self.flow.mails.taken[:] = self.mails_before
        # Each case has its own settings: what one sets is gone after it.
        with override_settings(), harness.clone(self.engine, of=self.database), self.flow.each(folder):
            self._lay_out(folder)
            try:
                yield
            finally:
                log.reset()
                shutil.rmtree(folder)

    def _lay_out(self, folder: Path) -> None:
        self.folder = folder
        self.settings.DATA_DIR, self.settings.SIGNER_DIR = folder, folder / "signer"
        self.settings.SIGNER_SOCKET = folder / "s"

    def _cut(self, point: str, fault: str) -> Ended:
        connections.close_all()
        harness.forget()
        keys._noted.clear()
        at = self.folder / "said.json"
        child = os.fork()
        if child == 0:
            _be_cut(self.flow, at, point, fault)
        status = _waited(child)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = json.loads(at.read_text()) if at.exists() else _nothing()
        if not killed and not at.exists():
            told["failed"] = f"it ended with status {status}"
        at.unlink(missing_ok=True)
        return Ended(**told, killed=killed)

    def _judged(self, ended: Ended, *, first: bool = False) -> list[str]:
        """Be the process that starts after it."""
        harness.forget()
        keys._noted.clear()
        wrong: list[str] = []
        for what, step in (
            ("what was acknowledged is not there", lambda: self.flow.kept(ended.said)),
            ("who tried again failed", self.flow.again),
            ("it did not happen once in effect", lambda: self.flow.judge(ended.said)),
        ):
            with _Noting() as noted:
                step()
            if noted.error is not None:
                wrong.append(f"{what}: {_short(noted.error)}")
            next_request()
        if first:
            self.clean = _rows()
        else:
            wrong += [
                f"{table}: {count} rows, without a fault {self.clean[table]}"
                for table, count in _rows().items()
                if count != self.clean[table] and table not in self.flow.may_differ
            ]
        desk = signer.Desk(Path(self.settings.SIGNER_DIR))  # of the log that is open now
        try:
            mails = [(to, id_) for to, id_, _ in self.flow.mails.taken]
            wrong += invariants.violations(desk, self.flow.words, mails, with_keys=self.flow.with_keys)
        finally:
            desk.close()
        return wrong


class _Noting:
    """Keeps whatever was raised: it is a finding, and what follows is looked at all the same."""

    error: BaseException | None = None

    def __enter__(self) -> "_Noting":
        return self

    def __exit__(self, _kind: Any, error: BaseException | None, _traceback: Any) -> bool:
        self.error = error
        return True


def _be_cut(flow: Flow, at: Path, point: str, fault: str) -> None:
    """Run the flow in this forked process and never come back."""
    told = _nothing()
    with _Noting() as noted:
        injector = Injector(point, fault)
        injector.arm()
        # What the caller sees of a fault is no answer; without one there is none to be seen.
        with contextlib.suppress(Exception) if point else contextlib.nullcontext():
            told["said"] = flow.act()
        injector.calm()
        told |= {"passed": list(injector.passed), "happened": injector.happened}
        next_request()
        if point:
            flow.again()
    if noted.error is not None:
        told["failed"] = _short(noted.error)
    at.write_text(json.dumps(told))
    os._exit(0)


def _nothing() -> dict[str, Any]:
    return {"said": {}, "passed": [], "happened": False, "failed": ""}


def _waited(child: int) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.005)
    os.kill(child, signal.SIGTERM)
    return os.waitpid(child, 0)[1]


def _short(error: BaseException) -> str:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "site-packages" not in each.filename]
    places = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames[-4:]))
    return f"{type(error).__name__}: {str(error)[:300]} ({places})"


def _rows() -> Counter[str]:
    """Count the rows of every audited table."""
    found = [model for model in apps.get_models() if issubclass(model, Audited)]
    return Counter({model._meta.label: model._default_manager.count() for model in found})
