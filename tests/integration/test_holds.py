"""A legal hold beats everything: retention, erasure, clean-up, raw SQL; its release needs two people."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from broker import vault
from broker.approvals import decide
from broker.audit import log, signer
from broker.audit.keys import subject_token
from broker.console.holds import placing
from broker.console.holds.models import Disposal, LegalHold
from broker.terms import Actor
from broker.vault.models import VaultKey
from tests.integration.audit_support import (
    SUBJECT,
    acts,
    headers,
    integrate,
    log_world,
    logged_in_as,
    verdict,
    write,
)
from tests.integration.holds_support import (
    NOW,
    OFFICER,
    OTHER,
    YEAR,
    Records,
    approve,
    ask,
    hold,
    keep,
    log_keys,
    run,
    vault_keys,
)
from tests.requests_world import world


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


def test_a_hold_is_placed_at_once_and_every_key_shows_it_with_its_event(desk: signer.Desk) -> None:
    Records()
    made = hold()
    assert made.number == f"H-{YEAR}-0001"
    keep()
    assert {count for _, _, count, _ in log_keys()} == {1}
    assert {key.hold for key in vault_keys()} == {1}
    names = [head.act for head in headers()]
    assert names.count("key.hold") == len(log_keys())
    assert names.count("vault.key_hold") == len(vault_keys()) == 4
    assert {head.tk for head in headers() if head.act == "key.hold"} == {kid for kid, *_ in log_keys()}
    assert keep() == 0
    integrate(desk.answer)
    assert verdict()["ok"]


def test_keys_of_a_held_customer_are_born_held(desk: signer.Desk) -> None:
    write("consent.granted")
    hold()
    keep()
    log.reset()
    write("parties.read")  # a class that had no key yet
    Records(OTHER)
    vault.seal_file(b"later", subject=SUBJECT, name="x")
    assert [count for *_, count, _ in log_keys()] == [1, 1]
    assert {key.hold for key in vault_keys()} == {1}
    assert {key.hold for key in vault_keys(OTHER)} == {0}
    token = subject_token(SUBJECT)
    wrapped, key = bytes(60), uuid.uuid4()
    columns = "(id, subject, part, token, class, period, wrapped, kek, created, hold)"
    new = (key.hex, SUBJECT.hex, "files", token, "case", YEAR, wrapped, 1, "2026-01-01", 0)
    with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
        run(f"INSERT INTO vault_key {columns} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", *new)
    with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
        insert_log_key(token)


def insert_log_key(token: bytes) -> None:
    """Make a key of the log that shows no hold."""
    kid = uuid.uuid4().bytes
    columns = "INSERT INTO audit_key (kid, wrapped, kek, class, period, hold)"
    run(f"{columns} VALUES (%s, %s, 1, 'case', %s, 0)", kid, bytes(60), YEAR)
    run("INSERT INTO audit_alias (field, epoch, token, kid) VALUES (0, 1, %s, %s)", token, kid)


def test_s61_a_hold_refuses_to_ask_and_to_carry_out_and_both_are_logged(desk: signer.Desk) -> None:
    records = Records()
    approved = approve(ask())
    hold()
    keep()
    assert Disposal.objects.get().state == "refused"
    assert keep() == 0  # tried again, and not logged again
    with pytest.raises(placing.Refused, match=r"hold\.in_force"):
        ask(rule="retention")
    assert acts().count("hold.refused") == 2
    assert vault.open(records.case, under=records.event()) == "a notice"
    approved.refresh_from_db()
    assert approved.state == "approved"


def test_a_released_hold_lets_the_approved_destruction_go_on(desk: signer.Desk) -> None:
    Records()
    approve(ask())
    made = hold()
    keep()
    approve(placing.ask_release(made.id, "The court is done", officer=OFFICER, now=NOW))
    keep()
    row = Disposal.objects.get()
    assert (row.state, row.files) == ("finished", 1)
    made.refresh_from_db()
    assert made.state == "released"
    assert {count for *_, count, _ in log_keys()} == {0}
    assert {key.hold for key in vault_keys()} == {0}
    integrate(desk.answer)
    assert verdict()["ok"]


def test_a_release_needs_two_people_and_a_hold_in_force() -> None:
    Records()
    made = hold()
    with pytest.raises(placing.Refused, match=r"hold\.not_in_force"):
        placing.ask_release(made.id, "x", officer=OFFICER, now=NOW)
    keep()
    asked = placing.ask_release(made.id, "x", officer=OFFICER, now=NOW)
    with pytest.raises(placing.Refused, match=r"hold\.asked"):
        placing.ask_release(made.id, "x", officer=OFFICER, now=NOW)
    same = Actor("s", OFFICER.id, role="approver")
    with pytest.raises(decide.NotAllowed, match=r"approval\.same_person"):
        decide.approve(asked.id, approver=same, now=NOW)
    assert keep() == 0
    made.refresh_from_db()
    assert made.state == "held"


def test_two_holds_are_counted_and_one_release_leaves_the_other() -> None:
    Records()
    first, second = hold(), hold()
    keep()
    assert {count for *_, count, _ in log_keys()} == {2}
    approve(placing.ask_release(first.id, "x", officer=OFFICER, now=NOW))
    keep()
    assert {count for *_, count, _ in log_keys()} == {1}
    with pytest.raises(placing.Refused):
        ask()
    second.refresh_from_db()
    assert second.state == "held"


def test_a_hold_on_the_log_alone_keeps_the_log_alone() -> None:
    records = Records()
    hold(scope="log")
    keep()
    assert {count for *_, count, _ in log_keys()} == {1}
    assert {key.hold for key in vault_keys()} == {0}
    approve(ask(scope="records"))
    keep()
    with pytest.raises(vault.Destroyed):
        vault.open(records.case, under=records.event())
    assert len(log_keys()) == 2


def test_reviews_and_openings_of_the_reason_are_events_and_none_is_under_her_keys() -> None:
    Records()
    made = hold()
    placing.review(made.id, date(YEAR + 2, 1, 1), officer=OFFICER)
    found = LegalHold.objects.get(id=made.id)
    assert found.review_on == date(YEAR + 2, 1, 1)
    assert placing.read_reason(found, officer=OFFICER) == "A court asked for it"
    keep()
    ours = [act for act in acts() if act.startswith("hold.")]
    assert ours == ["hold.placed", "hold.reviewed", "hold.read", "hold.applied"]
    hers = {kid for kid, *_ in log_keys()}
    assert not [head.act for head in headers() if head.act.startswith("hold.") and head.kid in hers]


# --- the database itself ------------------------------------------------------------------------------------------


def shred_log_key() -> None:
    """Do what the keeper does, without asking anybody."""
    kid = log_keys()[0][0]
    event = log.append_about_key("key.shred", key=kid, actor=OFFICER, body={}).id
    run("UPDATE audit_key SET wrapped = NULL, shredded_event = %s WHERE kid = %s", event, kid)


def shred_vault_key() -> None:
    """The same for a key of the vault."""
    event = log.append("vault.key_shred", actor=OFFICER, subject=None, obj="key", body={}).id
    VaultKey.objects.filter(id=vault_keys()[0].id).update(wrapped=None, shredded_event=event)


def drop_hold_of_log_key() -> None:
    kid = log_keys()[0][0]
    event = log.append_about_key("key.release", key=kid, actor=OFFICER, body={}).id
    name_event(event)
    run("UPDATE audit_key SET hold = hold - 1 WHERE kid = %s", kid)


def drop_hold_of_vault_key() -> None:
    name_event(log.append("vault.key_release", actor=OFFICER, subject=None, obj="key", body={}).id)
    VaultKey.objects.filter(id=vault_keys()[0].id).update(hold=0)


def release_alone() -> None:
    event = log.append("hold.released", actor=OFFICER, subject=SUBJECT, obj="hold", body={}).id
    approval = uuid.uuid4()
    LegalHold.objects.update(state="released", released_at=NOW, approval=approval, audit_event_id=event)


def name_event(event: int) -> None:
    if connection.vendor == "postgresql":
        run("SELECT set_config('audit.event', %s, true)", str(event))


@pytest.mark.parametrize(
    "attempt", [shred_log_key, shred_vault_key, drop_hold_of_log_key, drop_hold_of_vault_key, release_alone]
)
@pytest.mark.parametrize("kept", [False, True], ids=["placed", "in force"])
def test_the_database_refuses_to_destroy_what_is_held(attempt: Any, kept: bool) -> None:
    Records()
    hold()
    if kept:
        keep()
    log.close_lanes()
    with logged_in_as("broker_keeper"):
        log.reset()
        with pytest.raises(DatabaseError, match=r"evidence|constraint|CHECK"), transaction.atomic():
            attempt()
        log.close_lanes()
    assert len(log_keys()) == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE holds_legalhold SET scope = 'log'",
        "UPDATE holds_legalhold SET subject = '00000000000000000000000000000001'",
        "UPDATE holds_legalhold SET state = 'placed'",
        "DELETE FROM holds_legalhold",
    ],
)
def test_a_hold_is_not_edited_or_deleted(change: str) -> None:
    Records()
    hold()
    keep()
    for role in ("broker_app", "broker_keeper"):
        with logged_in_as(role), pytest.raises(DatabaseError), transaction.atomic():
            run(change)


def test_rows_and_drafts_of_a_held_customer_are_not_deleted() -> None:
    customer = world().customer
    hold(customer.id)
    for table in ("parties_customer", "parties_utilityaccount", "consents_consentaccount"):
        # The accounts of a consent stay even without a hold; on PostgreSQL that rule speaks first.
        with pytest.raises(DatabaseError, match=r"legal hold|accounts of a consent"), transaction.atomic():
            delete_all(table)


def delete_all(table: str) -> None:
    """Delete every row, with an event as the rules demand."""
    name_event(log.append("parties.removed", actor=OFFICER, subject=None, body={}).id)
    run(f"DELETE FROM {table}")


def test_the_bytes_of_a_file_are_not_deleted_while_its_key_lives() -> None:
    records = Records()
    with pytest.raises(ValueError, match="after its key"):
        vault.delete_bytes(records.mail)


def test_approvals_end_in_time_and_then_nothing_is_destroyed() -> None:
    records = Records()
    approve(ask())
    keep(NOW + timedelta(days=15))
    assert not Disposal.objects.exists()
    assert vault.open(records.case, under=records.event()) == "a notice"
