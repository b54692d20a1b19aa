"""The signer's own operating system user in a rehearsal: made where root plays it, else said to be missing."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

NAME = "broker-signer"
_USERADD = "/usr/sbin/useradd"


def prepare(folder: Path) -> tuple[str, str]:
    """Give the user's name (empty: the signer runs as everything else does) and a line that says which it is.

    The user gets the signer's folder. Nothing here fails the rehearsal: who holds the key and the database at once is
    a matter of the installation, and the line says so.
    """
    if os.geteuid() != 0:
        return "", "The signer runs under this user, which can also read the database (root would give it its own)."
    user = _user()
    if user is None:
        return "", f"The signer runs as root: no user {NAME} could be made (see docs/install-signer.md)."
    for path in [folder, *folder.iterdir()]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return NAME, f"The signer runs under its own user, {NAME}, and can read neither database nor keys."


def command(manage: list[str], env: Mapping[str, str], user: str) -> list[str]:
    """Give the command line of a signer under its own user: it is told nothing but where its files are."""
    told = {
        "PATH": os.defpath,
        "SECRET_KEY": "the signer needs none",
        "PYTHONUNBUFFERED": "1",
        **{name: env[name] for name in ("BROKER_DATA_DIR", "PYTHONPATH", "PYTHONUTF8") if name in env},
    }
    return [_ENV, "-i", *(f"{name}={value}" for name, value in told.items()), *manage, "sign_log", "--user", user]


_ENV = shutil.which("env") or "/usr/bin/env"


def _user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    argv = [
        _USERADD,
        "--system",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
        NAME,
    ]
    try:
        subprocess.run(argv, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
        return pwd.getpwnam(NAME)
    except (OSError, KeyError, subprocess.SubprocessError):
        return None
