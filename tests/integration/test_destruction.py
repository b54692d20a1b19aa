"""Destroying keys: what was sealed stays, its hashes verify, nobody reads it; each step can be cut short."""

import uuid
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from broker import vault
from broker.audit import keeper, keys, log, query, signer, store
from broker.audit.opening import NotOfSubject, event_keys
from broker.console.holds import keeping, placing, retention
from broker.console.holds.management.commands import rewrap_keys
from broker.console.holds.models import Disposal
from broker.terms import EventRef
from broker.vault import keyring
from tests import clock
from tests.integration.audit_support import (
    STAFF,
    SUBJECT,
    acts,
    headers,
    integrate,
    log_world,
    logged_in_as,
    tamper,
    verdict,
    write,
)
from tests.integration.holds_support import (
    NOW,
    OTHER,
    YEAR,
    Records,
    approve,
    ask,
    bytes_of,
    keep,
    log_keys,
    run,
    vault_keys,
)


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


def test_an_erased_case_is_unreadable_and_the_evidence_stays(desk: signer.Desk) -> None:
    records, other = Records(), Records(OTHER)
    read = write("parties.read")
    before = {head.event_id for head in headers()}
    approve(ask())
    keep()
    log.reset()
    for gone in (
        lambda: vault.open(records.case, under=records.event()),
        lambda: vault.open_file(records.mail, under=records.event()),
    ):
        with pytest.raises(vault.Destroyed):
            gone()
    assert vault.open(records.evidence, under=records.event()) == "a name"
    assert vault.open_file(records.letter, under=records.event()) == b"a letter"
    assert vault.open(other.case, under=other.event()) == "a notice"
    assert not bytes_of(records.mail)
    assert bytes_of(records.letter)
    under = log.append_read("log.read", actor=STAFF, subject=SUBJECT, purpose="support", obj="event", body={})
    opened = [each.act for each in query.for_subject(SUBJECT, under=under)]
    assert "consent.granted" in opened
    assert EventRef(read.id).id not in {each.id for each in query.for_subject(SUBJECT, under=under)}
    with pytest.raises(NotOfSubject):
        event_keys(SUBJECT, [read.id], under=under)
    assert before <= {head.event_id for head in headers()}
    integrate(desk.answer)
    assert verdict()["ok"]


def test_each_destroyed_key_has_its_own_event_and_no_name_left() -> None:
    Records()
    dead = [kid for kid, name, *_ in log_keys() if name == "case"]
    approved = approve(ask())
    keep()
    row = Disposal.objects.get()
    assert row.log_keys == [kid.hex() for kid in dead]
    assert [head.tk for head in headers() if head.act == "key.shred"] == dead
    assert len(row.vault_keys) == [head.act for head in headers()].count("vault.key_shred") == 2
    assert store.rows("SELECT 1 FROM audit_alias WHERE kid = %s", [dead[0]]) == []
    assert set(keys.kids_of("email", f"{SUBJECT.int}@member.example")) == {kid for kid, *_ in log_keys()}
    approved.refresh_from_db()
    assert (row.state, approved.state) == ("finished", "executed")
    assert (row.requester, row.approver) == (approved.requester, approved.approver)
    assert [act for act in acts() if act.startswith(("hold.", "disposal.", "approval."))] == [
        "approval.requested", "approval.given", "disposal.done", "approval.executed", "disposal.finished",
    ]  # fmt: skip


def test_a_key_that_the_databases_owner_moved_is_not_destroyed_by_it_and_opens_nothing() -> None:
    records, approved = Records(), approve(ask())
    tamper("UPDATE vault_key SET class = 'case' WHERE class = 'evidence'", table="vault_key")
    assert keep() == 1
    approved.refresh_from_db()
    assert (approved.state, Disposal.objects.count()) == ("withdrawn", 0)
    assert "alarm.log" in acts()
    assert "key.shred" not in {head.act for head in headers()}, "nothing of the group was destroyed before"
    assert vault.open(records.case, under=records.event()) == "a notice"
    with pytest.raises(vault.WrongKey):
        vault.open(records.evidence, under=records.event())
    tamper("UPDATE vault_key SET period = period + 1", table="vault_key")
    with pytest.raises(vault.WrongKey):
        vault.open(records.case, under=records.event())


def test_an_erasure_does_not_reach_evidence(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "due_on", lambda *_: clock.today(NOW))
    Records()
    with pytest.raises(placing.Refused, match=r"erasure\.evidence"):
        ask(retention="evidence")
    before = {kid for kid, *_ in log_keys()}
    approve(ask(retention="evidence", rule="retention"))
    keep()
    after = {kid: name for kid, name, *_ in log_keys()}
    # The case is there still; that something was destroyed is evidence itself, under a new key.
    assert [after[kid] for kid in after if kid in before] == ["case"]
    assert [after[kid] for kid in after if kid not in before] == ["evidence"]
    assert Disposal.objects.get().retention == "evidence"
    integrate(desk.answer)
    assert verdict()["ok"]


def test_nothing_is_destroyed_without_a_second_person_or_twice() -> None:
    records = Records()
    asked = ask()
    with pytest.raises(placing.Refused, match=r"shred\.asked"):
        ask()
    assert keep() == 0
    assert vault.open(records.case, under=records.event()) == "a notice"
    approve(asked)
    assert keep() == 2
    assert keep() == 0
    assert Disposal.objects.count() == 1


def test_a_key_in_memory_that_was_destroyed_is_not_written_with() -> None:
    records = Records()
    approve(ask())
    keep()
    try:
        write("parties.read")  # another process destroyed the key: the first try finds it out
    except log.LogUnavailable:
        write("parties.read")
    again = vault.seal("new", subject=SUBJECT, place=records.case.place)  # type: ignore[arg-type]
    assert vault.open(again, under=records.event()) == "new"
    assert [count for *_, count in log_keys()] == [True, True]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (keeper, "_destroy_vault_key"),
        (keeping, "_write_down"),
        (keeping.decide, "execute"),
        (keeping.vault, "delete_bytes"),
        (keeping, "_log"),
    ],
    ids=["between keys", "before the record", "before the approval ends", "before a file", "before the last event"],
)
def test_a_keeper_that_is_killed_leaves_a_state_that_the_next_one_finishes(
    desk: signer.Desk, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    records = Records()
    approve(ask())

    def die(*_args: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            keep()
    log.reset()
    dead = [key for key in vault_keys() if key.shredded_event is not None]
    assert len(dead) in (0, 2)  # all or none
    assert len(dead) == 2 * Disposal.objects.count()
    keep()
    assert Disposal.objects.get().state == "finished"
    assert not bytes_of(records.mail)
    integrate(desk.answer)
    assert verdict()["ok"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM holds_disposal",
        "UPDATE holds_disposal SET entries = 0",
        "UPDATE holds_disposal SET state = 'refused'",
        "UPDATE holds_disposal SET rule = 'retention'",
        "DELETE FROM vault_key",
        "UPDATE vault_key SET class = 'evidence'",
        "UPDATE vault_key SET hold = 7",
        "UPDATE vault_key SET shredded_event = NULL",
        "UPDATE vault_key SET kek = 9",
    ],
)
def test_what_was_destroyed_stays_written_down_and_keys_change_by_their_acts_alone(change: str) -> None:
    Records()
    approve(ask())
    keep()
    with logged_in_as("broker_keeper"), pytest.raises(DatabaseError), transaction.atomic():
        run(change)


def test_one_event_destroys_one_key() -> None:
    Records()
    first, second = [kid for kid, *_ in log_keys()]
    log.close_lanes()
    with logged_in_as("broker_keeper"):
        log.reset()
        with pytest.raises(DatabaseError), transaction.atomic():
            destroy_with_one_event(first, second)
        log.close_lanes()
    assert len(log_keys()) == 2


def destroy_with_one_event(*kids: bytes) -> None:
    event = log.append_about_key("key.shred", key=kids[0], actor=STAFF, body={}).id
    for kid in kids:
        run("UPDATE audit_key SET wrapped = NULL, shredded_event = %s WHERE kid = %s", event, kid)


def test_no_file_is_written_down_under_a_destroyed_key() -> None:
    Records()
    approve(ask())
    keep()
    dead = next(key for key in vault_keys() if key.shredded_event is not None)
    columns = "INSERT INTO vault_sealedfile (id, subject, vault_key, size, sha256, created_at)"
    values = [uuid.uuid4(), SUBJECT, dead.id]
    ids = values if connection.vendor == "postgresql" else [each.hex for each in values]
    with pytest.raises(DatabaseError, match="destroyed"), transaction.atomic():
        run(f"{columns} VALUES (%s, %s, %s, 1, %s, %s)", *ids, bytes(32), NOW)


def test_keys_are_wrapped_anew_and_everything_still_opens(
    desk: signer.Desk, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEY_FILE = tmp_path / "own.keys"
    keyring.write_new(settings.KEY_FILE)
    log.reset()
    records = Records()
    log.close_lanes()
    call_command("make_keys", "--rotate", verbosity=0)
    assert keyring.current() == 2
    assert settings.KEY_FILE.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(keeper, "BATCH", 3)
    with logged_in_as("broker_keeper"):
        log.reset()
        told = StringIO()
        monkeypatch.setattr(rewrap_keys, "PROGRESS_EVERY", 2)
        call_command("rewrap_keys", verbosity=0, stderr=told)
        assert len(told.getvalue().splitlines()) > 1  # how far it is, after each batch of three
        assert all(line.endswith(" keys wrapped anew") for line in told.getvalue().splitlines())
        assert keeper.rewrap() == 0
        log.close_lanes()
    log.reset()
    numbers = store.rows("SELECT DISTINCT kek FROM audit_key WHERE class <> 'operations'")
    assert numbers == [(2,)]
    assert {key.kek for key in vault_keys()} == {2}
    assert vault.open(records.case, under=records.event()) == "a notice"
    assert vault.open_file(records.letter, under=records.event()) == b"a letter"
    named = [head.act for head in headers()]
    assert named.count("key.rewrapped") >= 1 < named.count("vault.key_rewrapped")
    integrate(desk.answer)
    assert verdict()["ok"]


def test_what_is_not_asked_for_stays() -> None:
    records = Records()
    approve(ask(period=YEAR - 1))
    keep()
    assert vault.open(records.case, under=records.event()) == "a notice"
    row = Disposal.objects.get()
    assert (row.log_keys, row.vault_keys, row.state) == ([], [], "finished")
