"""PostgreSQL guards the wrapped keys itself: the application cannot select them, and `open_key` asks for an event."""

import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from broker import vault
from broker.audit import log
from broker.terms import SERVICE, EventRef
from broker.vault.models import SealedFile
from tests import cluster
from tests.integration.test_vault_open import JANE, JOHN, read, sealed


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
        "DELETE FROM audit_used",
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


def test_wrapped_keys_are_selected_by_the_keeper_and_those_of_the_log_by_its_writers(postgresql_db: str) -> None:
    """A writer of the log wraps and unwraps its own data keys; the vault's it reaches through `open_key` alone."""
    sealed()
    read()
    name = connection.settings_dict["NAME"]
    roles, tables = ("broker_app", "broker_integrator", "broker_keeper", "broker_reader"), ("audit_key", "vault_key")
    assert {(role, table) for role in roles for table in tables if _may_select(role, name, table)} == {
        ("broker_app", "audit_key"),
        ("broker_keeper", "audit_key"),
        ("broker_keeper", "vault_key"),
    }


def _may_select(role: str, name: str, table: str) -> bool:
    with cluster.connect(role, name) as login:
        try:
            return bool(login.execute(f"SELECT wrapped FROM {table}").fetchall())  # type: ignore[arg-type]
        except psycopg.errors.InsufficientPrivilege:
            return False


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
