"""Sealed values are opened under a committed event of their own subject, once, and nothing else opens them."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from broker import vault
from broker.audit import log
from broker.terms import SERVICE, EventRef
from broker.vault import keyring, permission
from broker.vault.models import VaultKey
from broker.vault.writing import write_keys

JANE, JOHN = uuid.UUID(int=1), uuid.UUID(int=2)


def place(row: int = 9) -> vault.Place:
    return vault.Place("people", "email", uuid.UUID(int=row))


def read(subject: uuid.UUID = JANE, *, obj: str = "customer", res: str = "ok") -> EventRef:
    return log.append_read(
        "data.read", actor=SERVICE("tests"), subject=subject, purpose="support", body={}, obj=obj, res=res, cnt=1
    )


def sealed(text: str = "jane@example.org", subject: uuid.UUID = JANE) -> vault.Sealed:
    return vault.seal(text, subject=subject, place=place())


def test_a_value_comes_back_under_an_event_of_its_subject(committing: str) -> None:
    value = sealed()
    assert vault.open(value, under=read()) == "jane@example.org"


def test_another_process_opens_it_too(committing: str) -> None:
    value = sealed()
    write_keys.forget()
    again = sealed("second")
    assert value.key_id != again.key_id  # a wrapped key cannot be read without an event, so it makes its own
    assert vault.open_all([value, again, value], under=read()) == ["jane@example.org", "second", "jane@example.org"]


def test_no_event_no_opening(committing: str) -> None:
    with pytest.raises(vault.NotPermitted):
        vault.open(sealed(), under=EventRef(2**32 + 1))


def test_an_event_opens_a_key_once(committing: str) -> None:
    value, event = sealed(), read()
    vault.open(value, under=event)
    with pytest.raises(vault.NotPermitted):
        vault.open(value, under=event)


def test_somebody_elses_event_opens_nothing(committing: str) -> None:
    with pytest.raises(vault.NotPermitted):
        vault.open(sealed(), under=read(JOHN))


def test_one_event_opens_values_of_one_subject(committing: str) -> None:
    values = [sealed(), sealed("john@example.org", JOHN)]
    with pytest.raises(vault.NotPermitted, match="one subject"):
        vault.open_all(values, under=read())


def test_an_event_that_is_not_committed_opens_nothing(committing: str) -> None:
    value = sealed()
    with transaction.atomic():
        event = log.append("data.read", actor=SERVICE("tests"), subject=JANE, body={}, obj="customer")
        with pytest.raises(vault.NotPermitted), transaction.atomic():
            vault.open(value, under=event)


def test_a_refusal_opens_nothing(committing: str) -> None:
    with pytest.raises(vault.NotPermitted):
        vault.open(sealed(), under=read(res="denied"))


@pytest.mark.parametrize("obj", ["job", "key"])
def test_an_event_about_something_else_opens_nothing(committing: str, obj: str) -> None:
    with pytest.raises(vault.NotPermitted):
        vault.open(sealed(), under=read(obj=obj))


def test_an_event_that_opens_fields_opens_no_files(committing: str) -> None:
    file_id = vault.seal_file(b"%PDF", subject=JANE, name="a.pdf")
    with pytest.raises(vault.NotPermitted):
        vault.open_file(file_id, under=read(obj="customer"))
    assert vault.open_file(file_id, under=read(obj="file")) == b"%PDF"


def test_without_a_log_nothing_opens(committing: str) -> None:
    value, event, before = sealed(), read(), permission._checker
    vault.install_checker(None)
    try:
        with pytest.raises(vault.NotPermitted):
            vault.open(value, under=event)
    finally:
        vault.install_checker(before)


def test_a_swapped_cell_is_refused(committing: str) -> None:
    hers = vault.seal("hers", subject=JANE, place=place(10))
    with pytest.raises(vault.MovedValue):
        vault.open(hers.at(place()), under=read())
    with pytest.raises(vault.MovedValue):
        vault.open(vault.Sealed(hers.data), under=read())


def test_a_cut_value_and_an_unknown_key_are_refused(committing: str) -> None:
    value = sealed()
    with pytest.raises(vault.BrokenValue):
        vault.open(vault.Sealed(value.data[:40], place()), under=read())
    stranger = value.data[:1] + uuid.uuid4().bytes + value.data[17:]
    with pytest.raises(vault.WrongKey):
        vault.open(vault.Sealed(stranger, place()), under=read())


def test_another_wrapping_key_opens_nothing(committing: str, settings: Any, tmp_path: Path) -> None:
    value, event = sealed(), read()
    keyring.write_new(tmp_path / "fresh.keys")
    fresh, ours = (json.loads(path.read_text()) for path in (tmp_path / "fresh.keys", settings.KEY_FILE))
    (tmp_path / "fresh.keys").write_text(json.dumps(ours | {"wrapping": fresh["wrapping"]}))
    settings.KEY_FILE = tmp_path / "fresh.keys"
    with pytest.raises(vault.WrongKey) as caught:
        vault.open(value, under=event)
    assert "jane" not in str(caught.value)


def test_a_key_of_a_transaction_that_was_rolled_back_is_not_used_again(committing: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        vault.seal(str(1 // 0 if sealed() else 0), subject=JANE, place=place())
    assert VaultKey.objects.count() == 0
    value = sealed()
    assert VaultKey.objects.get().id == value.key_id
    assert vault.open(value, under=read()) == "jane@example.org"


def test_keys_are_never_changed_or_removed(committing: str) -> None:
    sealed()
    for change in (
        lambda: VaultKey.objects.update(kek=2),
        lambda: VaultKey.objects.all().delete(),
        lambda: VaultKey.objects.get().save(),
    ):
        with pytest.raises(DatabaseError):
            change()


def test_a_model_never_loads_a_wrapped_key(committing: str) -> None:
    sealed()
    assert VaultKey.objects.get().wrapped is None
    assert list(VaultKey.objects.values_list("wrapped", flat=True)) == [None]
