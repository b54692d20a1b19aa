"""The kept state of a verification: a file that nobody without the installation's secret can edit unnoticed."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from broker.audit import marked, progress
from broker.audit.progress import Progress
from broker.vault import VaultError

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
        marked.save(path, SECRET, f"{full_at.astimezone(UTC).isoformat()}\n{reached.dump(origin)}")
    except (OSError, VaultError):
        journal.warning("the verification's state could not be kept: the next one reads everything again")


def load(path: Path, origin: str) -> Kept | None:
    """The kept state of this log; None where there is none, or where it is not as `save` left it."""
    try:
        at, _, state = marked.load(path, SECRET).partition("\n")
        return Kept(datetime.fromisoformat(at), progress.load(state, origin))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, VaultError):
        journal.warning("the kept state of the verification was refused: everything is read again")
        return None
