"""Names of data keys: every live key of a subject is found by account number, e-mail, name or meter."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from broker.audit import entry, keys, log, query, store
from tests.integration.audit_support import STAFF, SUBJECT, integrate, make_signer, verdict, write

OTHER = uuid.UUID(int=43)


@pytest.fixture(autouse=True)
def fresh(committing: str, settings: Any, tmp_path: Path) -> None:
    """A log of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    log.reset()


def kids(subject: uuid.UUID) -> set[bytes]:
    """The subject's live keys."""
    with connection.cursor() as cursor:
        return set(keys.of_subject(cursor, subject))


def named_in_events(subject: uuid.UUID) -> set[tuple[str, int, str]]:
    """What the subject's key.alias events say, each opened with the key that it points to."""
    with connection.cursor() as cursor:
        held = keys.of_subject(cursor, subject)
    found = set()
    for header, ct in store.rows("SELECT header, ct FROM audit_event WHERE act = 371"):
        head = entry.parse_header(header)
        if head.kid in held:
            body: dict[str, Any] = entry.open_body(header, ct, dek=held[head.kid])
            assert body["kid"] == head.kid.hex()
            found.add((body["kid"], body["field"], body["token"]))
    return found


def rows_of(subject: uuid.UUID) -> set[tuple[str, int, str]]:
    """The subject's alias rows."""
    held = kids(subject)
    rows = store.rows("SELECT kid, field, token FROM audit_alias")
    return {(kid.hex(), field, token.hex()) for kid, field, token in rows if kid in held}


def test_every_key_of_a_subject_gets_the_name_and_an_event_under_itself() -> None:
    write("consent.granted")
    write("parties.read")
    assert len(kids(SUBJECT)) == 2
    log.alias(SUBJECT, "account_number", "510-00042", actor=STAFF)
    log.alias(SUBJECT, "account_number", "51000042", actor=STAFF)  # already there: nothing is written twice
    assert set(keys.kids_of("account_number", "51000042")) == kids(SUBJECT)
    assert named_in_events(SUBJECT) == rows_of(SUBJECT)
    assert len(rows_of(SUBJECT)) == 4


def test_a_later_key_takes_the_names_over() -> None:
    write("consent.granted")
    log.alias(SUBJECT, "email", "pat@member.example", actor=STAFF)
    log.alias(SUBJECT, "name", "Pat Member", actor=STAFF)
    write("consent.granted", subject=OTHER)
    log.alias(OTHER, "name", "pat  member", actor=STAFF)
    write("parties.read")
    assert len(kids(SUBJECT)) == 2
    assert set(keys.kids_of("email", "PAT@member.example")) == kids(SUBJECT)
    assert set(keys.kids_of("name", "Pat Member")) == kids(SUBJECT) | kids(OTHER)
    assert named_in_events(SUBJECT) == rows_of(SUBJECT)
    assert keys.kids_of("meter", "Pat Member") == []


def test_a_name_that_is_rolled_back_leaves_neither_row_nor_event(tmp_path: Path, settings: Any) -> None:
    settings.SIGNER_DIR = tmp_path / "signer"
    write("consent.granted")
    before = named_in_events(SUBJECT)
    with transaction.atomic():
        log.alias(SUBJECT, "meter", "K1-22", actor=STAFF)
        transaction.set_rollback(True)
    assert keys.kids_of("meter", "K1-22") == []
    assert named_in_events(SUBJECT) == before
    desk = make_signer(tmp_path / "signer")
    integrate(desk.answer)
    assert verdict()["ok"]
    desk.close()


def test_the_subjects_events_of_every_class_open_together() -> None:
    write("consent.granted")
    write("parties.read")
    under = log.append_read("log.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="event")
    acts = [each.act for each in query.for_subject(SUBJECT, under=under) if each.act != "key.alias"]
    assert acts == ["log.read", "parties.read", "consent.granted"]
