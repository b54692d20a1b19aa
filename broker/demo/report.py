"""What a rehearsal says while it plays, and the record that it leaves."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


class StepFailed(Exception):
    """A step of the play did not hold; the play ends there."""


@dataclass
class Report:
    """Steps with their times, and the ids, paths and addresses that others look at afterwards."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    log: dict[str, Any] = field(default_factory=lambda: {"ok": False, "size": 0, "root": None})
    urls: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step, say how it went, and end the play when it failed."""
        start = time.monotonic()
        try:
            yield
        except Exception as error:
            self._note(name, ok=False, start=start)
            raise StepFailed(f"{name}: {type(error).__name__}: {error}") from error
        self._note(name, ok=True, start=start)

    def say(self, text: str) -> None:
        """Say something between steps."""
        print(text, file=self.out, flush=True)

    @property
    def held(self) -> bool:
        """Whether there was a play, every step of it held, and the log verified."""
        return bool(self.steps) and all(step["ok"] for step in self.steps) and bool(self.log["ok"])

    def write(self, path: Path) -> None:
        """Write the record as one JSON document."""
        names = ("ids", "paths", "log", "steps", "urls")
        document = {name: getattr(self, name) for name in names}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def _note(self, name: str, *, ok: bool, start: float) -> None:
        spent = round((time.monotonic() - start) * 1000)
        self.steps.append({"name": name, "ok": ok, "ms": spent})
        self.say(f"  {'ok  ' if ok else 'FAIL'} {name}  ({spent} ms)")
