"""PostgreSQL's own programs for a copy of a database and back."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_USUAL = Path("/usr/lib/postgresql/17/bin")


class ToolFailed(Exception):
    """A program of PostgreSQL ended with an error, or is not installed; the message is its own last line."""


def run(program: str, arguments: Sequence[str], login: Mapping[str, object]) -> None:
    """Run one of its programs as this login (NAME, USER, PASSWORD, HOST, PORT); the password is on no command line."""
    found = shutil.which(program) or str(_USUAL / program)
    who = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    more = {variable: str(login[key]) for variable, key in who.items() if login.get(key)}
    try:
        done = subprocess.run(  # noqa: S603 - a program of the server's own, its arguments are ours
            [found, "--no-password", *arguments],
            env={**os.environ, **more, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise ToolFailed(f"{program} is not installed (apt-get install postgresql-client-17)") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ToolFailed(said[0] if said else f"{program} ended with {done.returncode}")
