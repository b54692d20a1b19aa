"""Rows that an owner of the database could delete unseen: the daily verification with keys names each."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker import jobs
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import auditing, banner, log, signer, store, verdict_file
from broker.audit.models import AuditEvent, AuditKey
from broker.console import watch
from broker.console.packs.lifecycle import Redaction
from broker.console.packs.models import PackAccess
from broker.console.watch import DAILY
from broker.jobs import runner, standing
from broker.jobs.models import Job
from broker.terms import SERVICE
from tests.integration.audit_support import integrate, log_world, tamper, verified, write
from tests.integration.holds_support import APPROVER, Records, ask, hold, keep
from tests.packs_world import packs


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine."""
    with log_world(settings, tmp_path) as made:
        yield made


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def a_hold() -> None:
    """A customer's keys, and a hold that each shows."""
    Records()
    hold()
    keep()


def an_approval() -> Approval:
    """An act that one person asked for and another refused."""
    made = ask(subject=uuid.UUID(int=77))
    return decide.refuse(made.id, approver=APPROVER, now=now())


HELD, ASKED = "holds_legalhold", "approvals_approval"


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (HELD, "DELETE FROM holds_legalhold", "A legal hold is gone from the database"),
        (HELD, "UPDATE holds_legalhold SET review_on = '2031-01-01'", "something else than its event about review day"),
        (HELD, "UPDATE holds_legalhold SET scope = 'log'", "something else than its event about scope"),
        (HELD, "UPDATE holds_legalhold SET state = 'placed'", "something else than its event about state"),
        (ASKED, "DELETE FROM approvals_approval", "A two-person act is gone from the database"),
        (ASKED, "UPDATE approvals_approval SET state = 'approved'", "something else than its event about state"),
        (
            ASKED,
            "UPDATE approvals_approval SET approver = '{other}'",
            "its event about who decided",
        ),
        ("audit_key", "UPDATE audit_key SET period = 2001", "A data key of the log says something else"),
        ("audit_key", "UPDATE audit_key SET class = 'x'", "something else than its event about class"),
        ("audit_key", "UPDATE audit_key SET hold = 0 WHERE hold > 0", "its event about number of holds"),
        ("vault_key", "UPDATE vault_key SET hold = hold + 1", "its event about number of holds"),
    ],
)
def test_a_row_that_its_owner_deletes_or_changes_is_named(
    desk: signer.Desk, table: str, statement: str, said: str
) -> None:
    a_hold()
    an_approval()
    assert verified(desk).ok
    tamper(statement.format(other=_id()), table=table)
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert said in found.why
    shown = banner.banner(now())
    assert shown.state == "red"
    assert said in shown.text, "the officer reads it on the home page"
    assert not banner.exports_allowed(now())
    auditing.verify_database()
    after = verdict_file.last()
    assert after is not None
    assert (after.ok, after.why) == (False, found.why), "a verification without keys does not heal it"


def test_a_row_that_no_event_made_is_named(desk: signer.Desk) -> None:
    a_hold()
    an_approval()
    assert verified(desk).ok
    columns = ", ".join(_columns(ASKED, but="id"))
    tamper(f"INSERT INTO {ASKED} (id, {columns}) SELECT '{_id()}', {columns} FROM {ASKED}", table=ASKED)
    found = verified(desk)
    assert "A two-person act stands in the database without an event that made it" in found.why


def test_an_act_put_back_to_what_it_was_is_named(desk: signer.Desk) -> None:
    made = an_approval()
    assert verified(desk).ok
    first = min(AuditEvent.objects.values_list("id", flat=True).filter(act=480))
    tamper(f"UPDATE {ASKED} SET state = 'requested', audit_event_id = {first}", table=ASKED)
    found = verified(desk)
    assert f"A two-person act was put back to what it said before its last event ({made.id})." in found.why


def test_the_note_of_who_sees_a_pack_is_claimed(settings: Any, tmp_path: Path) -> None:
    with packs(settings, tmp_path / "packs") as made:
        pack = made.ready(redaction=Redaction.MASKED)
        assert PackAccess.objects.filter(pack=pack).count() == 1
        assert verified(made.desk).ok
        tamper("DELETE FROM packs_packaccess", table="packs_packaccess")
        found = verified(made.desk)
        assert "A note of who sees an evidence pack is gone from the database" in found.why


def test_a_checkpoint_in_nobodys_hands_does_not_vanish_unseen(
    desk: signer.Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "newest_checkpoint", lambda: 0)  # no event says that it saw one
    for _ in range(3):
        write()
        integrate(desk.answer)
    assert verified(desk).ok
    sizes = {int(size) for (size,) in store.rows("SELECT size FROM audit_checkpoint")}
    first = min(sizes - {0})
    tamper(f"DELETE FROM audit_checkpoint WHERE size = {first}", table="audit_checkpoint")
    auditing.verify_database()
    without = verdict_file.last()
    assert without is not None
    assert without.ok, "without keys nobody sees it"
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert "1 published checkpoints are gone" in found.why


def test_everything_that_fits_raises_no_alarm_after_a_destruction(desk: signer.Desk) -> None:
    """Events whose key was destroyed say nothing any more; their rows are not held against anybody."""
    Records()
    made = ask()
    decide.approve(made.id, approver=APPROVER, now=now())
    assert verified(desk).ok
    assert keep(now() + timedelta(days=8)) > 0
    assert AuditKey.objects.filter(shredded_event__isnull=False).exists()
    assert verified(desk).ok


# --- the verdict itself


def test_the_file_of_an_older_verdict_is_refused(desk: signer.Desk) -> None:
    a_hold()
    assert verified(desk).ok
    older = verdict_file.path().read_bytes()
    tamper("DELETE FROM holds_legalhold", table=HELD)
    assert not verified(desk).ok
    integrate(desk.answer)
    verdict_file.path().write_bytes(older)
    assert verdict_file.last() is not None, "its mark is our own"
    shown = banner.banner(now())
    assert shown.state == "amber"
    assert "an older one put in its place" in shown.text
    assert not banner.exports_allowed(now())
    auditing.verify_database()
    assert not banner.exports_allowed(now()), "a verification that opens no body does not bring it back"
    verdict_file.path().unlink()
    auditing.verify_database()
    assert not banner.exports_allowed(now()), "nor where the file is taken away"
    auditing.verify_database(opener=SERVICE("verification"))
    assert banner.banner(now()).state == "red"


def test_a_verdict_is_told_where_it_changes_and_where_keys_were_used(desk: signer.Desk) -> None:
    write()
    integrate(desk.answer)
    auditing.verify_database()
    auditing.verify_database()
    assert _told() == []
    auditing.verify_database(opener=SERVICE("verification"))
    integrate(desk.answer)
    assert _told() == ["ok"]
    tamper("UPDATE audit_index SET actor = 'x' WHERE act = 301", table="audit_index")
    auditing.verify_database()
    auditing.verify_database()
    integrate(desk.answer)
    assert _told() == ["ok", "error"]


def _told() -> list[str]:
    rows = store.rows("SELECT res FROM audit_index WHERE act = 340 ORDER BY ts")
    return [res for (res,) in rows]


# --- every day


def test_each_day_has_one_verification_with_keys(desk: signer.Desk) -> None:
    write()
    integrate(desk.answer)
    morning = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    assert standing.ensure(morning) >= 1
    assert standing.ensure(morning + timedelta(hours=9)) == 0, "once a day"
    job = Job.objects.get(kind="console.verify")
    assert job.subject_id == DAILY
    assert not runner.run(job.id, now=morning), "what people wait for goes first"
    for day in range(2):
        standing.ensure(morning + timedelta(days=day))
        jobs.run_due(now=morning + timedelta(days=day, hours=1))
    assert Job.objects.filter(kind="console.verify", state="done").count() == 2
    found = verdict_file.last()
    assert found is not None
    assert found.bodies is not None, "also where somebody verified with keys an hour ago"
    assert store.rows("SELECT count(*) FROM audit_event WHERE act = 333")[0][0] == 2


def test_a_log_too_large_for_a_job_is_verified_without_keys(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    integrate(desk.answer)
    monkeypatch.setattr(watch, "WITH_KEYS", 0)
    morning = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    standing.ensure(morning)
    jobs.run_due(now=morning + timedelta(hours=1))
    found = verdict_file.last()
    assert found is not None
    assert (found.ok, found.bodies) == (True, None)
    assert store.rows("SELECT count(*) FROM audit_event WHERE act = 333")[0][0] == 0


def _id() -> str:
    from django.db import connection

    made = uuid.uuid4()
    return str(made) if connection.vendor == "postgresql" else made.hex


def _columns(table: str, *, but: str) -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [each.name for each in found if each.name != but]
