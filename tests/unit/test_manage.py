"""`manage.py` as somebody meets it for the first time: it can be started, and a page says what each command is for."""

import os
import re
import subprocess
import sys

from django.core.management import get_commands

from tests.environment import ROOT

OURS = ("broker", "consents", "requests_app")
PAGE = ROOT / "docs" / "commands.md"


def test_each_command_of_ours_has_its_line_on_the_page_and_no_other_has() -> None:
    rows = re.findall(r"^\| `([a-z_]+)[^`]*` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    names = [name for name, _ in rows]
    assert sorted(names) == sorted(name for name, app in get_commands().items() if str(app).startswith(OURS))
    assert all(len(purpose) > 20 for _, purpose in rows)


def test_readme_and_the_help_of_run_lead_to_the_page() -> None:
    (row,) = [
        row
        for row in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if row.startswith("| `./run manage COMMAND")
    ]
    assert "(docs/commands.md)" in row
    done = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True)
    assert "docs/commands.md" in done.stdout


def test_it_is_a_program() -> None:
    # With the tests' own Python first, as in an environment that was activated.
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    argv = ["./manage.py", "scan_credentials", "-", "-"]
    line = '{"id": 1, "text": "Meter AM51180446", "inlet": "web_form"}\n'
    done = subprocess.run(
        argv, cwd=ROOT, input=line, capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert '"allow"' in done.stdout


def test_a_python_without_our_packages_is_told_where_the_right_one_is() -> None:
    argv = [sys.executable, "-S", "manage.py", "decide", "--help"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("is not installed for this Python. ./run manage takes the one that has it.\n")
