"""The guide for developers: every snippet runs, in its order, against the whole site."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from consents.stopping.models import StopTarget
from requests_app import acceptance
from requests_app.models import ManualRequest, ReceivedFile, Release
from requests_app.receive import receive
from tests.environment import ROOT
from tests.integration.test_release import DAILY, STAFF, revoke
from tests.requests_world import World, coop, reply, run_job, world

GUIDE = ROOT / "docs" / "api-guide.md"
PIECE = re.compile(r"^```(sh|python)\n(.*?)^```$|^<!-- meanwhile: (.*?) -->$", re.M | re.S)
KEPT = ("ASK", "REQUEST", "CONSENT")  # what one snippet leaves to the next


def answered(w: World) -> None:
    manual = ManualRequest.objects.get()
    run_job("manual.send", manual.id)
    receive(reply(manual), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    assert isinstance(acceptance.accept(file, DAILY, actor=STAFF, now=timezone.now()), ReceivedFile)


MEANWHILE: dict[str, Callable[[World], None]] = {"the co-op answers": answered, "the customer stops": revoke}


def in_shell(text: str, folder: Path, env: dict[str, str]) -> None:
    kept = folder / "kept"
    kept.touch()
    leave = f"\ndeclare -p {' '.join(KEPT)} 2>/dev/null > kept || true\n"
    script = f"set -euo pipefail\n. ./kept\n{text}{leave}"
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_every_snippet_of_the_guide_runs(
    site: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, names = world(), dict[str, Any]()
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SITE": site.url,
        "KEY": w.key,
        "HOME": "/none",
    }
    monkeypatch.setenv("SITE", site.url)
    monkeypatch.setenv("KEY", w.key)
    pieces = PIECE.findall(GUIDE.read_text())
    with coop(tmp_path, settings):
        for language, text, meanwhile in pieces:
            if meanwhile:
                MEANWHILE[meanwhile](w)
            elif language == "sh":
                in_shell(text, tmp_path, env)
            else:
                exec(compile(text, GUIDE.name, "exec"), names)
    assert {each for _, _, each in pieces if each} == set(MEANWHILE)
    assert b"Usage Information" in names["released"]
    assert (tmp_path / "readings.csv").read_text().startswith('"account_id"')
    assert ManualRequest.objects.count() == 1, "curl and httpx sent one Idempotency-Key"
    assert Release.objects.count() == 4
    assert StopTarget.objects.get(kind="deletion").state == "done"
