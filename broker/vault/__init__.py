"""The vault: personal data sealed under each subject's own keys, opened only under an event of the log.

`seal`, `open`, `open_all`, `seal_file`, `open_file`, `file_facts`, `files_of`, `delete_bytes`, `blind_index`,
`SealedField`, `install_checker`.
"""

from typing import TYPE_CHECKING

from broker.vault.blind import blind_index, subject_token
from broker.vault.errors import BrokenValue, Destroyed, KeyFileUnsafe, MovedValue, NotPermitted, VaultError, WrongKey
from broker.vault.fields import SealedField
from broker.vault.permission import install_checker
from broker.vault.retention import CASE, EVIDENCE
from broker.vault.sealing import Place, Sealed

if TYPE_CHECKING:
    from broker.vault.files import (
        FileFacts,
        delete_bytes,
        destroyed_by,
        file_facts,
        files_of,
        is_destroyed,
        is_gone,
        keys_alone,
        open_file,
        open_files,
        seal_file,
    )
    from broker.vault.opening import open, open_all
    from broker.vault.writing import seal

__all__ = [
    "CASE",
    "EVIDENCE",
    "BrokenValue",
    "Destroyed",
    "FileFacts",
    "KeyFileUnsafe",
    "MovedValue",
    "NotPermitted",
    "Place",
    "Sealed",
    "SealedField",
    "VaultError",
    "WrongKey",
    "blind_index",
    "delete_bytes",
    "destroyed_by",
    "file_facts",
    "files_of",
    "install_checker",
    "is_destroyed",
    "is_gone",
    "keys_alone",
    "open",
    "open_all",
    "open_file",
    "open_files",
    "seal",
    "seal_file",
    "subject_token",
]

_NEEDS_TABLES = {
    "seal": "writing",
    "open": "opening",
    "open_all": "opening",
    "seal_file": "files",
    "open_file": "files",
    "delete_bytes": "files",
    "open_files": "files",
    "file_facts": "files",
    "files_of": "files",
    "destroyed_by": "files",
    "is_destroyed": "files",
    "is_gone": "files",
    "keys_alone": "files",
    "FileFacts": "files",
}


def __getattr__(name: str) -> object:
    """Load what needs the key table only when asked: models import this package before they are ready."""
    if name not in _NEEDS_TABLES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"broker.vault.{_NEEDS_TABLES[name]}"), name)
