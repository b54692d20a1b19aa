"""What a deployment is asked before it serves: clean as the guide sets it up, else refused by name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import cluster
from tests.environment import ROOT
from tests.install.guide import blocks


def deployed(tmp_path: Path) -> dict[str, str]:
    """The settings of the guide as its own block writes them, with a database that is there."""
    (block,) = [each.text for each in blocks() if each.heading.startswith("7.")]
    written = re.search(r"broker\.env <<TEXT\n(.*?)^TEXT$", block, re.DOTALL | re.MULTILINE)
    assert written is not None
    found = dict(line.split("=", 1) for line in written[1].splitlines() if not line.startswith("$("))
    made = re.compile(r"\$\(openssl rand -hex (\d+)\)")
    found = {name: made.sub(lambda hit: "0123456789abcdef" * (int(hit[1]) // 8), each) for name, each in found.items()}
    values = {name: value.replace("$host", "broker.example.org") for name, value in found.items()}
    values = {name: value.replace("/var/lib/broker", str(tmp_path)) for name, value in values.items()}
    return values | {"DATABASE_URL": cluster.url("broker_app", "template1")}


def check(values: dict[str, str]) -> tuple[int, set[str]]:
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"],
        env={**environ, **values, "PYTHONUTF8": "1"}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, set(re.findall(r"\((\w+\.[EW]\d+)\)", done.stdout + done.stderr))


def test_the_guides_settings_are_clean(tmp_path: Path) -> None:
    assert check(deployed(tmp_path)) == (0, set())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DATABASE_URL": ""}, "operating.E001"),
        ({"PUBLIC_URL": "http://broker.example.org"}, "security.W012"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"METRICS_TOKEN": "guess"}, "operating.E002"),
        ({"EXTRA_AUTHENTICATION_BACKENDS": "broker.parties.rehearsal.UnsafeRehearsalBackend"}, "operating.E003"),
    ],
)
def test_what_is_left_out_is_refused_by_name(tmp_path: Path, change: dict[str, str], code: str) -> None:
    values = {name: value for name, value in {**deployed(tmp_path), **change}.items() if value}
    status, codes = check(values)
    assert (status, code in codes) == (1, True)
