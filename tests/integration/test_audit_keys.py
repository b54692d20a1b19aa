"""Data keys after their making: shredding, holds and re-wrapping, as the tables allow them on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from broker.audit import keys, log, query, signer, store
from tests.integration.audit_support import (
    STAFF,
    SUBJECT,
    integrate,
    logged_in_as,
    make_signer,
    verdict,
    write,
)


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine, with one subject's event."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    write()
    log.close_lanes()
    yield made
    log.reset()
    made.close()


def kid() -> bytes:
    """The subject's data key."""
    found: bytes = store.rows("SELECT kid FROM audit_alias WHERE token = %s", [keys.subject_token(SUBJECT)])[0][0]
    return found


def about(act: str) -> int:
    """Log an act about the subject's key, and name the event for the triggers of PostgreSQL."""
    event = log.append_about_key(act, key=kid(), actor=STAFF, body={"rule": "retention", "approvers": ["x", "y"]}).id
    if connection.vendor == "postgresql":
        store.rows("SELECT set_config('audit.event', %s, true)", [str(event)])
    return event


@pytest.mark.promise("destroyed-is-gone")
def change(assignment: str, *values: store.Value) -> int:
    """Change the key's row."""
    return store._change(f"UPDATE audit_key SET {assignment} WHERE kid = %s", [*values, kid()])


def test_a_shredded_key_is_gone_and_the_log_still_holds(desk: signer.Desk) -> None:
    with logged_in_as("broker_keeper"):
        log.reset()
        with transaction.atomic():
            event = about("key.shred")
            gone = kid()
            assert change("wrapped = NULL, shredded_event = %s", event) == 1
            assert store._change("DELETE FROM audit_alias WHERE kid = %s", [gone]) == 1
        log.close_lanes()
    log.reset()
    integrate(desk.answer)
    assert verdict()["ok"]
    write()
    under = log.append_read("log.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="event")
    acts = [each.act for each in query.for_subject(SUBJECT, under=under)]
    assert [act for act in acts if act != "key.alias"] == ["log.read", "data.read"]
    integrate(desk.answer)
    assert verdict()["ok"]


def test_a_key_is_not_shredded_without_its_event_or_under_a_hold() -> None:
    other = write().id
    with logged_in_as("broker_keeper"):
        log.reset()
        for assignment, values in (
            ("wrapped = NULL", ()),
            ("wrapped = NULL, shredded_event = %s", (other,)),
            ("shredded_event = %s", (other,)),
            ("hold = 2", ()),
            ("class = 'x'", ()),
            ("wrapped = %s", (bytes(60),)),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(assignment, *values)
        with pytest.raises(DatabaseError), transaction.atomic():
            store._change("DELETE FROM audit_alias WHERE kid = %s", [kid()])
        with transaction.atomic():
            about("key.hold")
            assert change("hold = hold + 1") == 1
        with pytest.raises(DatabaseError):
            shred()
        with transaction.atomic():
            about("key.release")
            assert change("hold = hold - 1") == 1
        shred()
        log.close_lanes()


def shred() -> None:
    """Shred the subject's key as its keeper does."""
    with transaction.atomic():
        event = about("key.shred")
        assert change("wrapped = NULL, shredded_event = %s", event) == 1


def test_a_key_is_wrapped_anew_with_another_wrapping_key() -> None:
    with logged_in_as("broker_keeper"):
        log.reset()
        with transaction.atomic():
            event = log.append("key.rewrapped", actor=STAFF, subject=None, body={"kek": 2}, obj="key").id
            if connection.vendor == "postgresql":
                store.rows("SELECT set_config('audit.event', %s, true)", [str(event)])
            assert change("wrapped = %s, kek = 2", bytes(60)) == 1
        log.close_lanes()


def test_nobody_else_touches_a_key() -> None:
    if connection.vendor == "postgresql":
        for role in ("broker_app", "broker_integrator", "broker_reader"):
            with logged_in_as(role):
                log.reset()
                with pytest.raises(DatabaseError), transaction.atomic():
                    store._change("UPDATE audit_key SET hold = 1", [])
        with logged_in_as("broker_integrator"), pytest.raises(DatabaseError), transaction.atomic():
            store.rows("SELECT wrapped FROM audit_key")
    else:
        with pytest.raises(DatabaseError), transaction.atomic():
            store._change("DELETE FROM audit_key", [])


def test_a_cached_key_that_was_shredded_elsewhere_is_not_used_again() -> None:
    write()
    state = log._state
    with logged_in_as("broker_keeper"):
        log.reset()
        shred()
        log.close_lanes()
    log._state = state
    with pytest.raises(log.LogUnavailable):
        write()
    write()
    assert len(store.rows("SELECT kid FROM audit_key WHERE class = 'evidence'")) == 2
