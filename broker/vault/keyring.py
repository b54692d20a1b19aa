"""The keys outside the database: a provider that wraps data keys and gives the secrets of this installation.

The one provider so far reads a file. Another one (a KMS, an HSM) is a class with the same five methods, named by
the setting KEY_PROVIDER.
"""

import base64
import binascii
import json
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.module_loading import import_string

from broker.vault.errors import KeyFileUnsafe, WrongKey

KEY_BYTES, NONCE_BYTES, WRAPPED_BYTES = 32, 12, 60
FORMAT = 1


class KeyProvider(Protocol):
    """Whatever holds the wrapping keys; a data key enters and leaves it, a wrapping key never does."""

    def current(self) -> int:
        """Give the number of the key that wraps now."""

    def knows(self, number: int) -> bool:
        """Say whether the key of this number is here."""

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Wrap a 32-byte data key into 60 bytes that open only with the same `aad`."""

    def unwrap(self, wrapped: bytes, aad: bytes, number: int) -> bytes:
        """Give the data key back, or raise WrongKey."""

    def secret(self, name: str) -> bytes:
        """Give the 32-byte secret of this name; another name gives an unrelated one."""


class FileKeys:
    """Keys from a file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        document = _read(path)
        try:
            self._current = int(document["current"])
            self._wrapping = {int(number): _key(text) for number, text in document["wrapping"].items()}
            self._root = _key(document["root"])
            self._secrets: dict[str, bytes] = {}  # derived from it, by name
            if document["format"] != FORMAT or self._current not in self._wrapping:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            # `from None`: the cause may quote the file's content
            raise KeyFileUnsafe("the key file is not of the expected form") from None

    def current(self) -> int:
        """Give the number of the key that wraps now."""
        return self._current

    def knows(self, number: int) -> bool:
        """Say whether the key of this number is in the file as it was read."""
        return number in self._wrapping

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Give nonce, ciphertext and tag of AES-256-GCM: 60 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError("a data key has 32 bytes")
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._wrapping[self._current]).encrypt(nonce, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes, number: int) -> bytes:
        """Give the data key back, or raise WrongKey."""
        if len(wrapped) != WRAPPED_BYTES:
            raise WrongKey("a wrapped key is not whole")
        key = self._wrapping.get(number)
        if key is None:
            raise WrongKey(f"wrapping key {number} is not in the key file")
        try:
            return AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad)
        except InvalidTag:
            raise WrongKey(f"wrapping key {number} does not fit this data key") from None

    def secret(self, name: str) -> bytes:
        """Derive the secret of this name from the file's root secret."""
        if not name:
            raise ValueError("a secret has a name")
        made = self._secrets.get(name)
        if made is None:
            how = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"broker/secret/v1\x00" + name.encode())
            made = self._secrets[name] = how.derive(self._root)
        return made


def write_new(path: Path) -> None:
    """Make a key file with fresh random keys; FileExistsError where there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = {"format": FORMAT, "current": 1, "wrapping": {"1": _fresh()}, "root": _fresh()}
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(json.dumps(document, indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def rotate(path: Path) -> int:
    """Add a fresh wrapping key to the key file and make it the current one; give its number. The old ones stay.

    Running processes wrap with the old key until they start again; they find the new one when they meet its number.
    """
    document = _read(path)
    FileKeys(path)  # refuses a file of another form
    number = max(int(each) for each in document["wrapping"]) + 1
    document["wrapping"][str(number)], document["current"] = _fresh(), number
    beside = path.with_name(f"{path.name}.new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(json.dumps(document, indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)  # whole or not at all
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    _provider.cache_clear()
    return number


def provider() -> KeyProvider:
    """Give this installation's key provider."""
    return _provider(getattr(settings, "KEY_PROVIDER", "broker.vault.keyring.FileKeys"), settings.KEY_FILE)


@lru_cache(maxsize=4)
def _provider(dotted: str, path: Path | str) -> KeyProvider:
    made: KeyProvider = import_string(dotted)(Path(path))
    return made


def current() -> int:
    """Give the number of the wrapping key in use; it is stored beside what `wrap` returns."""
    return provider().current()


def wrap(key: bytes, aad: bytes) -> bytes:
    """Wrap a data key with the current wrapping key: 60 bytes."""
    return provider().wrap(key, aad)


def unwrap(wrapped: bytes, aad: bytes, number: int | None = None) -> bytes:
    """Unwrap with the wrapping key of this number, else the current one; WrongKey where it does not fit."""
    held = provider()
    if number is not None and not held.knows(number):
        _provider.cache_clear()  # the file may have got a new key since it was read
        held = provider()
    return held.unwrap(bytes(wrapped), aad, held.current() if number is None else number)


def secret(name: str) -> bytes:
    """Give this installation's 32-byte secret of a name: `secret("blind-index/email")`."""
    return provider().secret(name)


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


def _read(path: Path) -> dict[str, Any]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileUnsafe(f"the key file cannot be opened ({error.strerror}); `make_keys` makes one") from None
    try:
        facts = os.fstat(file)
        if not stat.S_ISREG(facts.st_mode):
            raise KeyFileUnsafe("the key file is not a plain file")
        if facts.st_mode & 0o077:
            raise KeyFileUnsafe("the key file can be read by others; its mode must be 600")
        if facts.st_uid not in (0, os.geteuid()):
            raise KeyFileUnsafe("the key file belongs to somebody else")
        with os.fdopen(file, "rb", closefd=False) as stream:
            document = json.load(stream)
    except ValueError:
        raise KeyFileUnsafe("the key file is not of the expected form") from None
    finally:
        os.close(file)
    if not isinstance(document, dict):
        raise KeyFileUnsafe("the key file is not of the expected form")
    return document
