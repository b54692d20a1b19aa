"""Sealed values: whole, in their place, or refused."""

import os
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from broker.vault.errors import BrokenValue, MovedValue
from broker.vault.sealing import MASK, Place, Sealed, lock, unlock

KEY, KEY_ID, ROW = os.urandom(32), uuid4(), uuid4()
PLACE = Place("customers", "email", ROW)


@pytest.fixture
def data() -> bytes:
    return lock(b"jane@example.org", KEY, KEY_ID, PLACE.aad())


def test_what_was_sealed_opens_in_its_place(data: bytes) -> None:
    assert unlock(data, KEY, PLACE.aad()) == b"jane@example.org"


def test_the_layout_is_version_key_id_nonce_ciphertext_tag(data: bytes) -> None:
    assert data[0] == 1
    assert UUID(bytes=data[1:17]) == KEY_ID
    assert len(data) == 1 + 16 + 12 + len(b"jane@example.org") + 16
    assert b"jane" not in data


def test_equal_values_look_different(data: bytes) -> None:
    assert lock(b"jane@example.org", KEY, KEY_ID, PLACE.aad()) != data


@pytest.mark.parametrize(
    "elsewhere",
    [replace(PLACE, table="accounts"), replace(PLACE, column="name"), replace(PLACE, row=uuid4())],
    ids=["table", "column", "row"],
)
def test_a_value_in_another_place_is_refused(data: bytes, elsewhere: Place) -> None:
    with pytest.raises(MovedValue):
        unlock(data, KEY, elsewhere.aad())


def test_every_changed_byte_is_noticed(data: bytes) -> None:
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(BrokenValue):
            unlock(changed, KEY, PLACE.aad())


def test_every_cut_is_noticed(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(BrokenValue):
            unlock(data[:length], KEY, PLACE.aad())


def test_another_key_opens_nothing_and_the_error_says_nothing(data: bytes) -> None:
    with pytest.raises(MovedValue) as caught:
        unlock(data, os.urandom(32), PLACE.aad())
    assert "jane" not in str(caught.value)


def test_an_unknown_algorithm_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenValue, match="algorithm"):
        _ = Sealed(b"\x02" + data[1:]).key_id


def test_a_sealed_value_shows_a_mask(data: bytes) -> None:
    sealed = Sealed(data, PLACE)
    assert str(sealed) == f"{sealed}" == MASK
    assert data.hex() not in repr(sealed)
    assert "data" not in repr(sealed)


def test_an_empty_text_can_be_sealed() -> None:
    assert unlock(lock(b"", KEY, KEY_ID, PLACE.aad()), KEY, PLACE.aad()) == b""
