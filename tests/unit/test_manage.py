"""`manage.py` as somebody meets it for the first time: it can be started, and a page says what each command is for."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.core.management import get_commands

from tests.environment import ROOT

OURS = ("broker", "consents", "requests_app")
PAGE = ROOT / "docs" / "commands.md"
# Each costs every command and every test that starts one 0.03 to 0.2 s, and few of them use it.
LATE = (
    "aiohttp",
    "boto3",
    "pdfminer",
    "pdfplumber",
    "pikepdf",
    "pyhanko",
    "pyhanko_certvalidator",
    "pypdfium2",
    "svix",
    "weasyprint",
)
START = """
import sys, django
django.setup()
from django.urls import get_resolver
assert get_resolver().url_patterns
print(*sorted(name for name in sys.modules if "." not in name))
"""
LEFT_OPEN = """
import atexit, pathlib, threading, django, manage
atexit.register(manage.look_for_garbage_once)
django.setup()
from django.db import connection
def write():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_open (a)")
    print(pathlib.Path(connection.settings_dict["NAME"] + "-wal").exists())
thread = threading.Thread(target=write)
thread.start()
thread.join()
"""


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


def test_what_few_commands_use_is_not_loaded_at_the_start_of_all() -> None:
    # In a Python of its own: in ours some test has long loaded all of it.
    done = subprocess.run([sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"django", "broker", "consents", "requests_app"} <= loaded
    assert not loaded & set(LATE)


def test_a_command_ends_without_further_searches_for_garbage() -> None:
    # Registered first, so it is asked last.
    script = (
        "import atexit, gc, runpy, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0));"
        "sys.argv = ['manage.py', 'help']; runpy.run_path('manage.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_what_a_thread_left_open_is_closed_at_the_end(tmp_path: Path) -> None:
    # A SQLite file that nobody closed has its last rows in a file beside it, and a copy of it would lack them.
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/left.sqlite3"}
    done = subprocess.run(
        [sys.executable, "-c", LEFT_OPEN], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "True\n")
    assert (tmp_path / "left.sqlite3").exists()
    assert not (tmp_path / "left.sqlite3-wal").exists()
