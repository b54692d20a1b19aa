"""Sealed files: the bytes in the store are of no use to anybody, and no file stands in for another."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from broker import vault
from broker.vault.models import SealedFile
from tests.integration.test_vault_open import JANE, read


def test_a_file_comes_back_and_its_facts_need_no_opening(committing: str) -> None:
    data = bytes(range(256)) * 4096
    file_id = vault.seal_file(data, subject=JANE, name="usage.csv")
    assert vault.file_facts(file_id).size == len(data)
    with storages["sealed"].open(f"{file_id.hex[:2]}/{file_id.hex}.sealed") as stored:
        assert data[:64] not in stored.read()
    assert vault.open_file(file_id, under=read(obj="file")) == data


def test_files_that_were_exchanged_are_refused(committing: str) -> None:
    one, other = (vault.seal_file(text, subject=JANE, name="x") for text in (b"one", b"two"))
    paths = [f"{each.hex[:2]}/{each.hex}.sealed" for each in (one, other)]
    storage = storages["sealed"]
    bodies = [storage.open(path).read() for path in paths]
    for path, body in zip(paths, reversed(bodies), strict=True):
        storage.delete(path)
        storage.save(path, ContentFile(body))
    with pytest.raises(vault.MovedValue):
        vault.open_file(one, under=read(obj="file"))


def test_a_file_that_is_gone_or_cut_is_named_so(committing: str) -> None:
    file_id = vault.seal_file(b"body", subject=JANE, name="x")
    path = f"{file_id.hex[:2]}/{file_id.hex}.sealed"
    storages["sealed"].delete(path)
    with pytest.raises(vault.BrokenValue, match="gone"):
        vault.open_file(file_id, under=read(obj="file"))
    storages["sealed"].save(path, ContentFile(b"short"))
    with pytest.raises(vault.BrokenValue):
        vault.open_file(file_id, under=read(obj="file"))


def test_a_file_that_is_too_large_is_not_sealed(committing: str) -> None:
    with pytest.raises(ValueError, match="larger"):
        vault.seal_file(bytes(26 * 1024 * 1024 + 1), subject=JANE, name="jane.pdf")
    assert SealedFile.objects.count() == 0
