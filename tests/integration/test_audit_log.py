"""Writing the log: an event stands or falls with its change, whatever becomes of transactions, threads and forks."""

import fcntl
import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from broker import jobs
from broker.audit import entry, keys, lanes, log, permit, query, store, words
from broker.terms import Actor, EventRef
from tests.integration.audit_support import STAFF, SUBJECT, acts, headers, lanes_have_no_gap, write


@pytest.fixture(autouse=True)
def place(committing: str, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A folder of the test's own for lane locks, over a database of its own on each engine."""
    settings.DATA_DIR = tmp_path
    log.reset()
    yield
    log.reset()


class Stop(Exception):
    """Ends a transaction on purpose."""


@contextmanager
def undone() -> Iterator[None]:
    """A transaction, or a savepoint, that is rolled back at its end."""
    with suppress(Stop), transaction.atomic():
        yield
        raise Stop


def test_an_event_is_sealed_and_says_only_codes() -> None:
    ref = write(purpose="research", body={"account": "1234567890", "why": "asked"}, cnt=3)
    ((header, ct, act),) = store.rows("SELECT header, ct, act FROM audit_event WHERE id = %s", [ref.id])
    head = entry.parse_header(header)
    assert (head.act, head.purpose, head.obj, head.cnt, head.role) == ("data.read", "research", "customer", 3, "staff")
    assert act == words.ACTS["data.read"].number
    assert b"1234567890" not in header + ct
    assert head.event_id == ref.id


def test_it_is_part_of_the_transaction() -> None:
    with transaction.atomic():
        write("consent.granted")
        write("consent.changed")
    with undone():
        write("consent.revoked")
    write("consent.viewed")
    assert acts() == ["consent.granted", "consent.changed", "consent.viewed"]
    assert lanes_have_no_gap()
    assert {head.w for head in headers()} == {headers()[0].w}


def test_even_the_first_event_of_a_lane_may_be_rolled_back() -> None:
    with undone():
        write("consent.granted")
    assert headers() == []
    write("consent.viewed")
    assert acts() == ["consent.viewed"]
    assert lanes_have_no_gap()


def test_the_number_of_a_lane_that_was_rolled_back_may_become_another_threads() -> None:
    """SQLite gives it again; whose it was before takes another lane, and neither is refused."""
    failed: list[BaseException] = []

    def other() -> None:
        try:
            write("consent.changed")
        except log.LogUnavailable as error:
            failed.append(error)
        finally:
            connection.close()

    with undone():
        write("consent.granted")
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    write("consent.viewed")
    assert not failed
    assert acts() == ["consent.changed", "consent.viewed"]
    assert lanes_have_no_gap()


def test_a_savepoint_takes_its_events_and_keys_with_it() -> None:
    other = uuid.uuid4()
    with transaction.atomic():
        write("consent.granted")
        with undone():
            write("consent.changed", subject=other)
            write("consent.changed", subject=other)
        write("consent.viewed", subject=other)
        with transaction.atomic():
            write("consent.revoked")
    with undone(), transaction.atomic():
        write("consent.expired")
    write("consent.superseded", subject=other)
    assert acts() == ["consent.granted", "consent.viewed", "consent.revoked", "consent.superseded"]
    assert lanes_have_no_gap()


def test_an_earlier_hook_that_raises_does_no_harm() -> None:
    def fail() -> None:
        raise Stop

    with suppress(Stop), transaction.atomic():
        transaction.on_commit(fail)
        write("consent.granted")
    write("consent.viewed")
    assert acts() == ["consent.granted", "consent.viewed"]
    assert lanes_have_no_gap()


def test_an_earlier_hook_that_appends_does_no_harm() -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: write("consent.changed"))
        write("consent.granted")
        transaction.on_commit(lambda: write("consent.reminded"))
    write("consent.viewed")
    assert acts() == ["consent.granted", "consent.changed", "consent.reminded", "consent.viewed"]
    assert lanes_have_no_gap()
    assert len({head.w for head in headers()}) == 1


def test_django_keeps_what_the_lane_looks_for_in_its_hooks() -> None:
    """`run_on_commit` is not documented: this pins the shape that the lane reads."""
    with transaction.atomic():
        write()
        assert all(len(hook) == 3 for hook in connection.run_on_commit)
        assert any(isinstance(hook[1], lanes.Advance) for hook in connection.run_on_commit)


def test_each_thread_has_a_lane_and_an_ended_thread_leaves_its_own_to_the_next() -> None:
    def work() -> None:
        for _ in range(5):
            with transaction.atomic():
                write()
        connection.close()

    write()
    for _ in range(2):
        several = [threading.Thread(target=work) for _ in range(4)]
        for thread in several:
            thread.start()
        for thread in several:
            thread.join()
    assert acts() == ["data.read"] * 41
    assert lanes_have_no_gap()
    assert len({head.w for head in headers()}) <= 6


def test_a_forked_child_begins_lanes_of_its_own() -> None:
    write()
    connection.close()
    child = os.fork()
    if child == 0:  # the child must not return into pytest
        code = 1
        try:
            write("consent.viewed")
            connection.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    write()
    boots = store.rows("SELECT DISTINCT boot FROM audit_lane")
    assert len(boots) == 2
    assert acts().count("consent.viewed") == 1
    assert lanes_have_no_gap()
    ours, theirs = lanes.pool().boot, next(boot for (boot,) in boots if boot != lanes.pool().boot)
    assert not lanes.is_dead(ours)
    assert lanes.is_dead(theirs)


def test_threads_that_write_for_the_first_time_at_once_share_one_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, failed = fcntl.flock, []

    def slowly(fd: int, how: int) -> None:
        time.sleep(0.05)
        lock(fd, how)

    def first() -> None:
        together.wait()
        try:
            write()
        except log.LogUnavailable as error:
            failed.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(lanes.fcntl, "flock", slowly)
    together = threading.Barrier(4)
    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(acts()) == 4


def test_a_read_is_committed_before_anything_is_opened() -> None:
    with pytest.raises(log.ReadInsideTransaction), transaction.atomic():
        log.append_read("data.read", actor=STAFF, subject=SUBJECT, purpose="support", body={})
    ref = log.append_read("data.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="customer")
    assert permit.committed(ref) is not None


@pytest.mark.parametrize("purpose", ["", None])
def test_a_read_that_does_not_say_what_it_is_for_is_refused(purpose: Any) -> None:
    known = len(headers())
    with pytest.raises(ValueError, match="what the read was for"):
        log.append_read("data.read", actor=STAFF, subject=SUBJECT, purpose=purpose, body={})
    nameless: log.Act = {"act": "log.read", "actor": STAFF, "subject": SUBJECT, "body": {}}
    with pytest.raises(ValueError, match="what the read was for"):
        log.append_group({**nameless, "purpose": "support"}, [nameless], read=True)
    assert len(headers()) == known


def test_an_act_on_several_is_one_parent_and_a_child_each() -> None:
    several = [uuid.uuid4() for _ in range(3)]
    parent: log.Act = {"act": "log.listed", "actor": STAFF, "subject": None, "purpose": "support", "body": {}}
    children: list[log.Act] = [{**parent, "act": "log.read", "subject": one} for one in several]
    refs = log.append_group(parent, children, read=True)
    parts = [head for head in headers() if head.event_id in [ref.id for ref in refs]]
    assert [part.act for part in parts] == ["log.listed", "log.read", "log.read", "log.read"]
    assert [part.n - parts[0].n for part in parts] == [0, 1, 2, 3]
    assert len({part.grp for part in parts}) == 1
    assert parts[0].cnt == 3
    assert len({part.kid for part in parts}) == 4


def test_whatever_goes_wrong_the_log_is_unavailable_and_the_change_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    with pytest.raises(log.LogUnavailable), transaction.atomic():
        write("no.such_act")
    with pytest.raises(log.LogUnavailable):
        write(body={"x": object()})
    with pytest.raises(log.LogUnavailable):
        write(body={"x": "y" * 70_000})
    monkeypatch.setattr(entry, "lane_mac", lambda *_: 1 / 0)
    with pytest.raises(log.LogUnavailable):
        write()
    monkeypatch.undo()
    write("consent.viewed")
    assert acts() == ["data.read", "consent.viewed"]
    assert lanes_have_no_gap()


def test_a_lane_whose_tail_was_taken_is_never_written_again() -> None:
    ref = write("consent.granted")
    lane = lanes.pool().mine
    assert lane is not None
    lane.head = lane.head._replace(mac=bytes(32), n=lane.head.n + 1)  # as if the last event had been deleted
    with pytest.raises(log.LogUnavailable):
        write("consent.viewed")
    later = write("consent.revoked")
    assert later.id >> 32 != ref.id >> 32


def test_a_lane_that_reads_a_foreign_tail_is_given_up() -> None:
    ref = write("consent.granted")
    lane = lanes.pool().mine
    assert lane is not None
    lane.head, lane.dirty = lane.head._replace(mac=bytes(32)), True  # as if another had written the last event
    with pytest.raises(log.LogUnavailable):
        write("consent.viewed")
    assert write("consent.revoked").id >> 32 != ref.id >> 32


def test_a_dead_job_is_an_alarm_in_the_transaction_that_buries_it() -> None:
    job = SimpleNamespace(id=uuid.uuid4(), kind="test.kind", subject_id=uuid.uuid4(), attempt=5)
    with undone():
        jobs.job_dead.send(sender=None, job=job, code="test.code")
    assert acts() == []
    with transaction.atomic():
        jobs.job_dead.send(sender=None, job=job, code="test.code")
    assert acts() == ["alarm.job"]


def test_the_first_event_of_a_subject_makes_and_logs_its_key() -> None:
    other = uuid.uuid4()
    write()
    write(subject=other)
    write()
    made = [head.act for head in headers()]
    assert made[:5] == ["key.created", "key.alias", "key.created", "key.alias", "data.read"]
    assert made[5:] == ["key.created", "key.alias", "data.read", "data.read"]
    assert store.rows("SELECT count(*) FROM audit_key")[0][0] == 3
    ((token, kid),) = store.rows("SELECT token, kid FROM audit_alias WHERE token = %s", [keys.subject_token(other)])
    assert len(token) == 8
    assert [head.kid for head in headers()].count(kid) == 2


def test_a_new_process_finds_the_keys_of_the_last() -> None:
    write()
    log.reset()
    write()
    assert store.rows("SELECT count(*) FROM audit_key")[0][0] == 2


def test_lanes_are_closed_at_the_end_and_begun_anew() -> None:
    write()
    boot = lanes.pool().boot
    assert (lanes.lock_dir() / boot.hex()).exists()
    assert log.close_lanes() == 0
    assert headers()[-1].act == "lane.close"
    assert not (lanes.lock_dir() / boot.hex()).exists()
    write()
    assert len({head.w for head in headers()}) == 2
    log.close_lanes(for_good=True)
    with pytest.raises(log.LogUnavailable):
        write()


def test_a_database_of_another_log_is_refused(settings: Any) -> None:
    settings.LOG_ORIGIN = "broker.localhost/audit/other"
    with pytest.raises(log.LogUnavailable):
        write()


def test_events_of_a_subject_are_opened_under_an_event_of_this_subject_alone() -> None:
    write("consent.granted", body={"consent": "c1"})
    write("consent.granted", subject=uuid.uuid4(), body={"consent": "c2"})
    under = log.append_read(
        "log.read", actor=STAFF, subject=SUBJECT, purpose="support", body={"page": "x"}, obj="event"
    )
    found = query.for_subject(SUBJECT, under=under)
    acts = [event.act for event in found]
    assert [act for act in acts if act != "key.alias"] == ["log.read", "consent.granted"]
    assert acts.count("key.alias") == 2  # one for each retention class
    found = [event for event in found if event.act != "key.alias"]
    assert found[1].body == {"consent": "c1"}
    assert found[1].actor == Actor("s", STAFF.id, role="staff")
    for wrong in (
        write(),
        EventRef(12345),
        log.append_read("log.read", actor=STAFF, subject=None, purpose="support", body={}),
    ):
        with pytest.raises(query.NotPermitted):
            query.for_subject(SUBJECT, under=wrong)


def test_an_event_permits_its_own_subject_and_part_while_it_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    key = uuid.uuid4()
    ref = write(obj="draft")
    assert permit.permits(ref, subject=SUBJECT, part="fields", key_id=key)
    assert not permit.permits(ref, subject=SUBJECT, part="files", key_id=key)
    assert not permit.permits(ref, subject=uuid.uuid4(), part="fields", key_id=key)
    assert not permit.permits(write(obj=None), subject=SUBJECT, part="fields", key_id=key)
    assert not permit.permits(write(res="denied"), subject=SUBJECT, part="fields", key_id=key)
    with transaction.atomic():
        own = write()
        assert not permit.permits(own, subject=SUBJECT, part="fields", key_id=key)
        assert permit.permits(ref, subject=SUBJECT, part="fields", key_id=key)
    monkeypatch.setattr(permit, "MAX_AGE_US", 0)
    assert not permit.permits(ref, subject=SUBJECT, part="fields", key_id=key)


def test_lists_show_headers_and_filters() -> None:
    write("consent.granted")
    write("consent.revoked", subject=uuid.uuid4())
    rows = query.newest(limit=10, subject=SUBJECT)
    assert [row.act for row in rows] == ["consent.granted", "key.alias"]
    assert rows[0].seq is None
    assert rows[0].who.startswith("staff ")
    assert [row.act for row in query.newest(act="consent.revoked")] == ["consent.revoked"]
    assert query.newest(act="no.such_act") == []
    assert query.newest(subject=uuid.uuid4()) == []
    assert query.proof_note(EventRef(rows[0].id)) is None
    assert query.banner().state == "amber"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET act = 1",
        "DELETE FROM audit_event",
        "UPDATE audit_lane SET mac_key = 2",
        "DELETE FROM audit_lane",
        "UPDATE audit_origin SET name = 'x'",
        "DELETE FROM audit_origin",
        "UPDATE audit_key SET hold = 5",
        "UPDATE audit_key SET wrapped = NULL",
        "DELETE FROM audit_key",
        "UPDATE audit_alias SET epoch = 2",
        "DELETE FROM audit_alias",
    ],
)
def test_the_database_refuses_to_change_evidence(statement: str) -> None:
    write()
    with pytest.raises(DatabaseError), transaction.atomic():
        store._change(statement, [])
    assert len(headers()) == 5


@pytest.mark.parametrize("how", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
def test_sqlite_does_not_replace_evidence(how: str) -> None:
    if connection.vendor != "sqlite":
        with pytest.raises(DatabaseError), transaction.atomic():
            store._change("TRUNCATE audit_event CASCADE", [])
        return
    write()
    before = store.rows("SELECT * FROM audit_event ORDER BY id")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
    with pytest.raises(DatabaseError):
        store._change(f"{how} INTO audit_event SELECT id, header, ct, mac, kid, 1 FROM audit_event", [])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = ON")
    assert store.rows("SELECT * FROM audit_event ORDER BY id") == before


def test_two_writers_of_one_lane_never_fork_it() -> None:
    write()
    lane = lanes.pool().mine
    assert lane is not None
    stale = lane.head
    write("consent.granted")
    lane.head = stale
    with pytest.raises(log.LogUnavailable):
        write("consent.revoked")
    assert lanes_have_no_gap()
