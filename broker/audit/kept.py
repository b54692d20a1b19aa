"""The kept state of a verification: a file that nobody without the installation's secret can edit unnoticed."""

import hmac
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from broker.audit import progress
from broker.audit.progress import Progress
from broker.vault import VaultError, keyring

journal = logging.getLogger(__name__)

SECRET = "verify-state/1"  # noqa: S105 (a name)


class Kept(NamedTuple):
    """A state that a verification left, and when everything was read last."""

    full_at: datetime
    progress: Progress


def save(path: Path, origin: str, reached: Progress, *, full_at: datetime) -> None:
    """Keep this state in place of the one before; whatever interrupts it leaves one of the two whole.

    Where it cannot be kept (no secret, no disk), the next verification reads everything again.
    """
    try:
        body = f"{full_at.astimezone(UTC).isoformat()}\n{reached.dump(origin)}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with new.open("w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(f"{_mac(body)}\n{body}")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except (OSError, VaultError):
        journal.warning("the verification's state could not be kept: the next one reads everything again")


def load(path: Path, origin: str) -> Kept | None:
    """The kept state of this log; None where there is none, or where it is not as `save` left it."""
    try:
        mac, _, body = path.read_text("ascii").partition("\n")
        if not hmac.compare_digest(mac, _mac(body)):
            raise progress.Unusable("not as it was left")
        at, _, state = body.partition("\n")
        return Kept(datetime.fromisoformat(at), progress.load(state, origin))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, VaultError):
        journal.warning("the kept state of the verification was refused: everything is read again")
        return None


def _mac(body: str) -> str:
    return hmac.digest(keyring.secret(SECRET), body.encode("ascii"), "sha256").hex()
