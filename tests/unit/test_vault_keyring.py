"""The key file and what it gives."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from broker.vault import keyring
from broker.vault.errors import KeyFileUnsafe, WrongKey


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "broker.keys"
    keyring.write_new(path)
    return path


def test_a_new_key_file_is_its_owners_alone(key_file: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700


def test_a_key_file_is_never_replaced(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(FileExistsError):
        keyring.write_new(key_file)
    assert key_file.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_key_file_that_others_can_touch_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(KeyFileUnsafe, match="600"):
        keyring.FileKeys(key_file)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnsafe, match="make_keys"):
        keyring.FileKeys(tmp_path / "none")


def test_a_link_to_a_key_file_is_refused(key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(key_file)
    with pytest.raises(KeyFileUnsafe):
        keyring.FileKeys(tmp_path / "link")


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnsafe):
        keyring.FileKeys(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"current": 7},
        {"current": None},
        {"root": "c2hvcnQ="},
        {"root": 5},
        {"wrapping": {"1": "not base64!"}},
        {"wrapping": {}},
        {"wrapping": []},
    ],
)
def test_a_key_file_of_another_form_is_refused_without_quoting_it(key_file: Path, change: dict[str, object]) -> None:
    document = json.loads(key_file.read_text())
    key_file.write_text(json.dumps(document | change))
    with pytest.raises(KeyFileUnsafe) as caught:
        keyring.FileKeys(key_file)
    assert document["root"] not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "{}"])
def test_text_that_is_no_key_file_is_refused(key_file: Path, text: str) -> None:
    key_file.write_text(text)
    with pytest.raises(KeyFileUnsafe):
        keyring.FileKeys(key_file)


def test_a_data_key_comes_back_as_it_was(key_file: Path) -> None:
    keys, data_key = keyring.FileKeys(key_file), os.urandom(32)
    wrapped = keys.wrap(data_key, b"whose")
    assert len(wrapped) == 60
    assert data_key not in wrapped
    assert keys.unwrap(wrapped, b"whose", keys.current()) == data_key


def test_a_wrapped_key_opens_only_for_its_owner_number_and_file(key_file: Path, tmp_path: Path) -> None:
    keys = keyring.FileKeys(key_file)
    keyring.write_new(tmp_path / "other")
    wrapped = keys.wrap(os.urandom(32), b"whose")
    with pytest.raises(WrongKey):
        keys.unwrap(wrapped, b"hers", 1)
    with pytest.raises(WrongKey):
        keys.unwrap(wrapped, b"whose", 2)
    with pytest.raises(WrongKey):
        keyring.FileKeys(tmp_path / "other").unwrap(wrapped, b"whose", 1)
    with pytest.raises(WrongKey):
        keys.unwrap(wrapped[:-1], b"whose", 1)
    with pytest.raises(WrongKey):
        keys.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"whose", 1)


def test_only_a_whole_data_key_is_wrapped(key_file: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keyring.FileKeys(key_file).wrap(b"short", b"")


def test_secrets_are_stable_by_name_and_unrelated(key_file: Path) -> None:
    keys = keyring.FileKeys(key_file)
    assert keys.secret("a") == keyring.FileKeys(key_file).secret("a")
    assert len({keys.secret(name) for name in ("a", "b", "a/1", "A")}) == 4
    assert len(keys.secret("a")) == 32
    with pytest.raises(ValueError, match="name"):
        keys.secret("")


def test_secrets_do_not_come_from_the_secret_key(settings: Any) -> None:
    before = keyring.secret("a")
    settings.SECRET_KEY = str(uuid4())
    assert keyring.secret("a") == before


class Elsewhere:
    """Stands for a provider that is no file."""

    def __init__(self, _path: Path) -> None:
        """Need no file."""

    def current(self) -> int:
        return 7

    def wrap(self, _key: bytes, aad: bytes) -> bytes:
        return aad.ljust(60)

    def knows(self, _number: int) -> bool:
        return True

    def unwrap(self, _wrapped: bytes, _aad: bytes, number: int) -> bytes:
        return bytes([number]) * 32

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32)


def test_another_provider_is_named_by_a_setting(settings: Any) -> None:
    settings.KEY_PROVIDER = f"{__name__}.Elsewhere"
    assert keyring.current() == 7
    assert keyring.wrap(b"key", b"whose") == b"whose".ljust(60)
    assert keyring.unwrap(b"", b"") == bytes([7]) * 32
    assert keyring.unwrap(b"", b"", 3) == bytes([3]) * 32
    assert keyring.secret("a") == b"a".ljust(32)
