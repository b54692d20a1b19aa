"""Sealed values are opened under a committed event of their own subject, once, and nothing else opens them."""

import json
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection, connections, transaction

from broker import vault
from broker.audit import log
from broker.terms import SERVICE, EventRef
from broker.vault import keyring, permission
from broker.vault.models import SealedFile, VaultKey
from broker.vault.writing import write_keys
from tests import cluster

JANE, JOHN = uuid.UUID(int=1), uuid.UUID(int=2)


def place(row: int = 9) -> vault.Place:
    return vault.Place("people", "email", uuid.UUID(int=row))


def read(subject: uuid.UUID = JANE, *, obj: str = "customer", res: str = "ok") -> EventRef:
    return log.append_read("data.read", actor=SERVICE("tests"), subject=subject, body={}, obj=obj, res=res, cnt=1)


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


# --- files --------------------------------------------------------------------------------------------------------


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


# --- PostgreSQL's own guard ----------------------------------------------------------------------------------------


def open_key(key: uuid.UUID, event: EventRef) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT open_key(%s, %s)", [key, event.id])
        return bytes(cursor.fetchone()[0])


def refusal(key: uuid.UUID, event: EventRef) -> str | None:
    try:
        open_key(key, event)
    except DatabaseError as error:
        return str(error).splitlines()[0].removeprefix("vault: ")
    return None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT wrapped FROM vault_key",
        "SELECT * FROM vault_key",
        "SELECT id FROM vault_key WHERE wrapped IS NOT NULL",
        "SELECT to_jsonb(v) FROM vault_key v",
        "COPY vault_key TO STDOUT",
        "INSERT INTO vault_key SELECT * FROM vault_key RETURNING wrapped",
        "SELECT * FROM audit_used",
        "INSERT INTO audit_used VALUES (1, gen_random_uuid())",
    ],
)
def test_the_application_cannot_select_a_wrapped_key(postgresql_db: str, statement: str) -> None:
    sealed()
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_itself_refuses_what_the_checker_would_let_through(postgresql_db: str) -> None:
    """The application is not asked: these go straight to the function."""
    key = sealed().key_id
    files = vault.seal_file(b"x", subject=JANE, name="x")
    files_key = SealedFile.objects.get(id=files).vault_key
    refused = {
        "somebody else's": (key, read(JOHN)),
        "another part": (files_key, read(obj="customer")),
        "another object": (key, read(obj="job")),
        "denied": (key, read(res="denied")),
        "no event": (key, EventRef(5)),
        "no key": (uuid.uuid4(), read()),
    }
    said = {what: refusal(wanted, event) for what, (wanted, event) in refused.items()}
    assert said == {
        "somebody else's": "the event is about somebody else",
        "another part": "the event does not open this part",
        "another object": "the event does not open this part",
        "denied": "the event does not open this part",
        "no event": "no such key or event",
        "no key": "no such key or event",
    }


def test_the_database_refuses_its_own_transaction_and_a_second_use(postgresql_db: str) -> None:
    key = sealed().key_id
    with transaction.atomic():
        event = log.append("data.read", actor=SERVICE("tests"), subject=JANE, body={}, obj="customer")
        with pytest.raises(DatabaseError, match="not committed"), transaction.atomic():
            open_key(key, event)
    assert len(open_key(key, event)) == 60
    with pytest.raises(DatabaseError, match="opened this key before"):
        open_key(key, event)


def test_the_database_refuses_an_event_older_than_a_minute(postgresql_db: str) -> None:
    key, event = sealed().key_id, read()
    name = connection.settings_dict["NAME"]
    with cluster.connect("postgres", name) as superuser:
        # Nobody else can age an event; its trigger is lifted here for the moment.
        superuser.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        superuser.execute("UPDATE audit_event SET at = at - %s", [timedelta(seconds=61)])
        superuser.execute("ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ev_audit_event_stays")
    with pytest.raises(DatabaseError, match="last minute"):
        open_key(key, event)


def test_an_opening_that_was_rolled_back_may_be_repeated(postgresql_db: str) -> None:
    value, event = sealed(), read()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _ = vault.open(value, under=event) + str(1 // 0)
    assert vault.open(value, under=event) == "jane@example.org"


def test_no_other_role_may_open_a_key(postgresql_db: str) -> None:
    key, event = sealed().key_id, read()
    name = connection.settings_dict["NAME"]
    for role in ("broker_integrator", "broker_keeper", "broker_reader"):
        with cluster.connect(role, name) as other, pytest.raises(Exception, match="permission denied"):
            other.execute("SELECT open_key(%s, %s)", [key, event.id])


def test_a_key_that_another_connection_has_not_committed_is_not_used(postgresql_db: str) -> None:
    theirs: list[vault.Sealed] = []

    def work() -> None:
        theirs.append(sealed("theirs"))
        connections.close_all()

    with transaction.atomic():
        mine = sealed()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert theirs[0].key_id != mine.key_id
