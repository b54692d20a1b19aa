"""A mail that carried a portal login ends by itself when its ten working days are over (decision 0147)."""

import subprocess
import sys
import threading
import uuid
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals.models import Approval
from broker.audit import keeper, log, signer
from broker.console import due
from broker.console.holds import keeping, logins, placing, retention
from broker.console.holds.models import Disposal
from broker.console.holds.times import login_ends
from broker.terms import Actor
from broker.vault.models import SealedFile, VaultKey
from requests_app import worklist, worklist_order
from requests_app.inbound.holding import HOLDER, LOGINS
from requests_app.ladder import open_tasks
from requests_app.models import Message
from tests import clock
from tests.factories import enrol
from tests.integration.audit_support import acts, headers, integrate, logged_in_as, tamper, verdict
from tests.integration.holds_support import (
    APPROVER,
    OFFICER,
    approve,
    bytes_of,
    desk,
    her,
    hold,
    keep,
    kept,
    officer,
    year_of,
)
from tests.integration.mail_support import mail, take
from tests.integration.test_doctor import doctor
from tests.integration.test_keep_keys import ROOT, environment
from tests.requests_world import World

__all__ = ["desk", "environment", "her", "officer"]  # fixtures

WORDS = "her SmartHub password is Rehearsal!Fence7, please look yourself."
LATE = timedelta(days=20)  # longer ago than ten working days, whatever day of the week it is
TITLE = "Mails with a portal login whose ten days are over"
BY_HOLD, WAITS = f"{TITLE}, kept by a legal hold", f"{TITLE}, not destroyed yet"


def arrives(her: World, ago: timedelta = LATE) -> tuple[Message, Any]:
    """A mail on a request of hers that carries a login, some time ago; and the request."""
    manual = her.manual()
    with clock.travel(timezone.now() - ago):
        taken = take(mail(f"About {manual.number}: {WORDS}"))
    assert taken.kind == "credentials"
    return Message.objects.get(id=taken.message), manual


def day_after(file: uuid.UUID, days: int) -> datetime:
    """Noon, so many days after the day on which a mail has to go."""
    came = clock.today(VaultKey.objects.get(id=SealedFile.objects.get(id=file).vault_key).created)
    day = login_ends(came) + timedelta(days=days)
    return datetime.fromisoformat(f"{day.isoformat()}T18:00:00+00:00")


def waiting(title: str, now: datetime | None = None) -> tuple[int, int]:
    """How many the officer's home names under this title, and how many of them are late."""
    return next((each.number, each.late) for each in due.everything(now or timezone.now()) if each.title == title)


def shreddings() -> int:
    return [head.act for head in headers()].count("vault.key_shred")


def test_it_goes_on_its_day_by_the_rule_alone_and_the_log_says_so(her: World, desk: signer.Desk) -> None:
    message, manual = arrives(her)
    assert keep(day_after(message.raw, -1)) == 0
    assert not vault.is_destroyed(message.raw)
    assert waiting(WAITS) == (1, 1)
    assert keep(day_after(message.raw, 0)) == 2  # the key, then the bytes
    log.reset()
    assert vault.is_destroyed(message.raw)
    assert not bytes_of(message.raw)
    with pytest.raises(vault.Destroyed):
        vault.open_file(
            message.raw,
            under=log.append_read(
                "file.read", actor=Actor("s", uuid.uuid4()), subject=LOGINS, purpose="support", body={}
            ),
        )
    row = Disposal.objects.get()
    assert (row.rule, row.subject, row.files, row.state) == ("portal_login", LOGINS, 1, "finished")
    assert (row.approval, row.requester, row.approver) == (None, None, None)
    event = vault.destroyed_by(message.raw)
    assert event is not None
    assert row.first_event == row.last_event == event.id
    assert not Approval.objects.exists()
    assert {"gate.held", "vault.key_shred", "disposal.done", "disposal.finished"} <= set(acts())
    # It waits for nobody, and holds her request back no more.
    assert worklist_order.held_count() == 0
    assert worklist.held() == []
    assert not open_tasks.unread(manual).exists()
    assert waiting(WAITS) == waiting(BY_HOLD) == (0, 0)
    integrate(desk.answer)
    assert verdict()["ok"]


def test_a_second_pass_does_nothing_and_one_that_came_later_stays() -> None:
    old, young = (kept(LOGINS, timedelta(days=n), alone=True) for n in (20, 3))
    assert keep() == 2
    assert keep() == 0
    assert (vault.is_destroyed(old), vault.is_destroyed(young)) == (True, False)
    assert (Disposal.objects.count(), shreddings()) == (1, 1)


def test_each_mail_has_a_destruction_of_its_own_and_no_other_mail_goes_with_it() -> None:
    files = [kept(LOGINS, timedelta(days=n), alone=True) for n in (20, 21)]
    nobodys = kept(HOLDER, LATE, alone=True)
    keep()
    assert [vault.is_destroyed(each) for each in files] == [True, True]
    assert [(row.files, len(row.vault_keys)) for row in Disposal.objects.all()] == [(1, 1), (1, 1)]
    assert not vault.is_destroyed(nobodys)


def doctors() -> tuple[str, str]:
    """How the doctor's line about these mails stands, and what it says."""
    return next((each["state"], each["says"]) for each in doctor()[1]["lines"] if each["name"] == "mails with a login")


def test_the_doctor_fails_while_one_is_overdue_and_not_for_one_that_a_hold_keeps(her: World) -> None:
    well = ("ok", "each goes on its day, or a legal hold keeps it")
    kept(LOGINS, timedelta(days=3), alone=True)
    assert doctors() == well
    message, _manual = arrives(her)
    assert doctors() == ("fail", "1 should have been destroyed after ten working days and were not")
    on_the_day = day_after(message.raw, 0)
    assert [logins.late(each) for each in (on_the_day, on_the_day + timedelta(days=1))] == [0, 1]
    found = hold(LOGINS)
    assert doctors() == well
    keep()
    approve(placing.ask_release(found.id, "The court is done", officer=OFFICER, now=timezone.now()))
    keep()
    assert vault.is_destroyed(message.raw)
    assert doctors() == well


def test_closing_days_of_a_utility_make_it_no_longer() -> None:
    # Christmas is among them: a reader who counts it as no working day sees the mail go earlier, never later.
    assert login_ends(date(2026, 12, 14)) == date(2026, 12, 29)


def test_a_hold_keeps_it_and_the_officers_home_and_page_say_why(her: World, officer: Client) -> None:
    message, _manual = arrives(her)
    hold(LOGINS)
    keep()
    on_the_day = day_after(message.raw, 0)
    assert keep(on_the_day) == 0
    assert not vault.is_destroyed(message.raw)
    assert not Disposal.objects.exists()
    assert waiting(BY_HOLD, on_the_day) == (1, 0)  # late from the day after
    assert waiting(BY_HOLD, on_the_day + timedelta(days=1)) == (1, 1)
    assert waiting(WAITS) == (0, 0)
    assert BY_HOLD in officer.get("/console/").content.decode()
    assert "kept by a hold" in officer.get("/console/retention/").content.decode()


def test_once_the_hold_is_released_it_goes(her: World) -> None:
    message, _manual = arrives(her)
    found = hold(LOGINS)
    keep()
    approve(placing.ask_release(found.id, "The court is done", officer=OFFICER, now=timezone.now()))
    keep()
    assert vault.is_destroyed(message.raw)


def test_a_hold_that_is_placed_while_the_keeper_looks_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(LOGINS, LATE, alone=True)
    found = retention.logins_due(clock.today())
    hold(LOGINS)
    monkeypatch.setattr(retention, "logins_due", lambda _day: found)
    monkeypatch.setattr(keeping, "_logins_are_held", lambda: False)
    keep()
    assert not vault.is_destroyed(file)
    assert not Disposal.objects.exists()


def test_the_page_says_that_it_goes_by_itself_and_asks_nobody(officer: Client) -> None:
    kept(LOGINS, LATE, alone=True)
    (row,) = [each for each in retention.due_until(clock.today()) if each.subject == LOGINS]
    page = " ".join(officer.get("/console/retention/").content.decode().split())
    assert "Mail with a portal login" in page
    assert "goes by itself" in page
    assert "nobody needs to ask" in page
    assert row.code not in page
    assert officer.post("/console/retention/ask/", {"items": [row.code], "reason": "x"}).status_code == 422
    assert not Approval.objects.exists()


def test_its_certificate_names_the_rule_and_no_person(officer: Client, desk: signer.Desk) -> None:
    kept(LOGINS, LATE, alone=True)
    keep()
    log.reset()
    integrate(desk.answer)
    answer = officer.get(f"/console/retention/{Disposal.objects.get().id}/certificate.pdf")
    with pdfplumber.open(BytesIO(answer.content)) as pdf:
        text = " ".join("\n".join(each.extract_text() for each in pdf.pages).split())
    assert "nobody: ten working days were over" in text
    assert "one customer" not in text
    assert "None" not in text
    assert "It carried a portal login" in officer.get("/console/retention/").content.decode()


def test_what_two_people_had_asked_for_before_is_carried_out_once() -> None:
    file = kept(LOGINS, LATE, alone=True)
    until = clock.today() - LATE
    wanted = placing.Wanted(LOGINS, "case", year_of(file), "records", "retention", until)
    enrol(OFFICER, APPROVER)
    approve(placing.ask_destruction(wanted, "Its time is over", officer=OFFICER, now=timezone.now()))
    keep()
    assert keep() == 0
    assert [(row.rule, len(row.vault_keys)) for row in Disposal.objects.all()] == [("retention", 1)]
    assert vault.is_destroyed(file)


def test_two_keepers_at_once_destroy_it_once() -> None:
    file = kept(LOGINS, LATE, alone=True)
    key = SealedFile.objects.get(id=file).vault_key
    log.close_lanes()
    found = retention.logins_due(clock.today())
    both, done = threading.Barrier(2), []

    def destroys() -> None:
        both.wait(timeout=10)
        try:
            done.append(sum(keeping.destroy_login(each, timezone.now()) for each in found))
        finally:
            connection.close()

    with logged_in_as("broker_keeper"):
        log.reset()
        workers = [threading.Thread(target=destroys) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(timeout=60)
        log.close_lanes()
    log.reset()
    assert sorted(done) == [0, 1]
    assert (Disposal.objects.count(), shreddings()) == (1, 1)
    assert VaultKey.objects.get(id=key).shredded_event is not None


@pytest.mark.parametrize("point", ["_write_down", "delete_files"])
def test_a_keeper_that_is_killed_leaves_all_or_nothing_and_the_next_goes_on(
    environment: dict[str, str], point: str, desk: signer.Desk
) -> None:
    file = kept(LOGINS, LATE, alone=True)
    log.close_lanes()
    program = (
        "import os, signal, django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from broker.console.holds import keeping\n"
        f"keeping.{point} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "call_command('keep_keys', '--once')\n"
    )
    facts = {**environment, "DJANGO_SETTINGS_MODULE": "broker.settings"}
    ended = subprocess.run([sys.executable, "-c", program], env=facts, cwd=ROOT, check=False, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()[-2000:]
    before = point == "_write_down"
    assert vault.is_destroyed(file) is not before
    assert Disposal.objects.count() == int(not before)
    assert bytes_of(file)
    assert keep() == 1 + before
    assert vault.is_destroyed(file)
    assert not bytes_of(file)
    assert (Disposal.objects.get().state, shreddings()) == ("finished", 1)
    log.reset()
    integrate(desk.answer)
    assert verdict()["ok"]


def test_a_key_that_was_moved_keeps_no_other_mail_and_is_one_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_alarmed", set())
    good, bad = (kept(LOGINS, timedelta(days=n), alone=True) for n in (20, 21))
    key = SealedFile.objects.get(id=bad).vault_key
    mark = f"'{key}'" if connection.vendor == "postgresql" else f"'{key.hex}'"
    tamper(f"UPDATE vault_key SET period = period - 1 WHERE id = {mark}", table="vault_key")
    keep()
    keep()
    assert (vault.is_destroyed(good), vault.is_destroyed(bad)) == (True, False)
    assert acts().count("alarm.log") == 1
    assert waiting(WAITS) == (1, 1)


@pytest.mark.parametrize(
    "row",
    [
        {"rule": "retention"},
        {"rule": "portal_login", "approval": uuid.UUID(int=7)},
        {"rule": "portal_login", "requester": uuid.UUID(int=7), "approver": uuid.UUID(int=8)},
    ],
    ids=["another rule without two people", "an approval", "two people"],
)
def test_the_register_takes_nothing_else_without_two_people(row: dict[str, Any]) -> None:
    event = log.append("disposal.done", actor=keeper.KEEPER, subject=None, body={}).id
    log.close_lanes()
    facts = {"number": "D-1", "subject": LOGINS, "retention": "case", "period": 2026, "scope": "records"}
    made = Disposal(id=uuid.uuid4(), state="shredded", done_at=timezone.now(), audit_event_id=event, **facts, **row)
    with (
        logged_in_as("broker_keeper"),
        pytest.raises(DatabaseError, match="disposal_by_two_or_by_rule"),
        transaction.atomic(),
    ):
        made.save(force_insert=True)
