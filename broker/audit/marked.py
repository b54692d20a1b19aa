"""Files of ours that nobody without the installation's secret can edit unnoticed: a MAC, and what it is over."""

import hmac
import os
from pathlib import Path

from broker.vault import keyring


class Unauthentic(ValueError):
    """The file is not as we left it."""


def save(path: Path, secret: str, body: str) -> None:
    """Put this text (ASCII) in place of what was there before; whatever interrupts it leaves one of the two whole.

    `secret` names what the file is, so that none passes for another. Raises OSError, `VaultError`.
    """
    mark = _mac(secret, body)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with new.open("w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{mark}\n{body}")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def load(path: Path, secret: str) -> str:
    """The text as `save` left it. Raises FileNotFoundError, OSError, ValueError (`Unauthentic`), `VaultError`."""
    mark, _, body = path.read_text("ascii").partition("\n")
    if not hmac.compare_digest(mark, _mac(secret, body)):
        raise Unauthentic("not as it was left")
    return body


def _mac(secret: str, body: str) -> str:
    return hmac.digest(keyring.secret(secret), body.encode("ascii"), "sha256").hex()
