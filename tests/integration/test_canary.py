"""The canary: whatever touches her record is one alarm, and nothing else is."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker import vault
from broker.audit import log, signer
from broker.console import canary as monitor
from broker.console.models import CanaryAlarm
from broker.jobs.models import Job
from broker.parties import canary
from broker.parties.models import Customer, UtilityAccount
from broker.terms import SERVICE
from tests.completeness.watch import E, Watch
from tests.integration.audit_support import integrate
from tests.integration.console_support import desk, officer, w
from tests.requests_world import World, events, run_job

__all__ = ["desk", "w"]

THIEF = SERVICE("tests")
ALARM = E("alarm.canary", "service", obj="event", res="error", body={"event": "{event}", "act": "{act}"})
LOOKS = {
    "canary alarm": (ALARM,),
    "canary quiet": (),
    "canary opened": (E(**{**vars(ALARM), "body": {"opened": True}}),),
}


@pytest.fixture
def watch(w: World) -> Watch:
    assert canary.plant("obec", now=timezone.now())
    return Watch(LOOKS, prefix="canary")


def touch(watch: Watch, act: str = "parties.read", *, obj: str = "customer", **more: Any) -> Any:
    facts = {"actor": THIEF, "subject": canary.subject(), "purpose": "support", "obj": obj, "body": {}, **more}
    ref = log.append_read(act, **facts)
    watch.names.update(event=ref.id, act=act)
    return ref


def look() -> int:
    return monitor.look(timezone.now())


def test_she_looks_like_a_customer_and_is_planted_once(watch: Watch) -> None:
    hers = Customer.objects.get(id=canary.subject())
    assert UtilityAccount.objects.get(customer=hers).utility == "obec"
    assert not canary.plant("obec", now=timezone.now())
    assert Customer.objects.filter(id=hers.id).count() == 1
    with connection.cursor() as cursor:
        for table in ("jobs_job", "console_canaryalarm"):
            cursor.execute(f"SELECT * FROM {table}")
            assert hers.id.hex not in str(cursor.fetchall()).replace("-", "")


def test_opening_her_address_is_exactly_one_alarm(watch: Watch) -> None:
    row = Customer.objects.get(id=canary.subject())
    assert vault.open(row.email, under=touch(watch)).endswith("@canary.invalid")
    assert watch.step("alarm", look) == 1
    watch.step("quiet", look)
    assert CanaryAlarm.objects.get().event == watch.names["event"]
    page = officer().get("/console/").text
    assert f"/console/alarms/{events('alarm.canary')[0].id}/" in page


@pytest.mark.parametrize("act", ["log.listed", "data.read", "log.searched", "file.read"])
def test_an_entry_about_her_is_one_alarm_whatever_it_says(watch: Watch, desk: signer.Desk, act: str) -> None:
    touch(watch, act, res="denied")
    integrate(desk.answer)  # an entry in the tree counts like one that waits
    watch.step("alarm", look)
    watch.step("quiet", look)
    touch(watch, act)
    watch.step("alarm", look)


def test_nothing_else_is_an_alarm(watch: Watch, w: World, desk: signer.Desk) -> None:
    watch.step("quiet", look)
    her = log.append_read(
        "parties.read", actor=THIEF, subject=w.customer.id, purpose="support", obj="customer", body={}, cnt=1
    )
    vault.open(Customer.objects.get(id=w.customer.id).email, under=her)
    w.requested()
    officer().get("/console/log/")
    officer().post("/console/search/", {"field": "account_number", "values": "1\n2"})
    integrate(desk.answer)
    call_command("verify_log", stdout=StringIO())
    watch.step("quiet", look)
    assert events("alarm.canary") == []


def test_what_planted_her_excuses_nobody_else(watch: Watch) -> None:
    touch(watch, canary.PLANTED)
    watch.step("alarm", look)


def test_the_databases_own_list_of_openings_says_that_she_was_opened(postgresql_db: str) -> None:
    canary.plant("obec", now=timezone.now())
    watch = Watch(LOOKS, prefix="canary")
    row = Customer.objects.get(id=canary.subject())
    touch(watch, "data.read")
    key = row.email.key_id
    with connection.cursor() as cursor:  # as a thief would, past the application
        cursor.execute("SELECT open_key(%s, %s)", [key, watch.names["event"]])
    watch.step("opened", look)


def test_the_watch_comes_again_and_a_second_report_is_refused_by_the_database(watch: Watch) -> None:
    assert run_job(canary.WATCH, canary.PLANTER.id, now=timezone.now() + canary.FIRST_LOOK) == "done"
    assert Job.objects.get(kind=canary.WATCH, state="queued").due_at > timezone.now()
    touch(watch)
    look()
    with transaction.atomic():
        ref = log.append("alarm.canary", actor=THIEF, subject=None, body={})
        with pytest.raises(DatabaseError), transaction.atomic():
            CanaryAlarm.objects.create(event=watch.names["event"], raised_at=timezone.now(), audit_event_id=ref.id)


def test_the_command_plants_once_and_names_no_id(committing: str) -> None:
    said = StringIO()
    call_command("plant_canary", "obec", stdout=said)
    call_command("plant_canary", "obec", stdout=said)
    assert said.getvalue().splitlines() == ["The canary is planted and watched.", "There is a canary already."]
    assert str(canary.subject()) not in said.getvalue()
    with pytest.raises(CommandError):
        call_command("plant_canary", "no-such-co-op", stdout=said)
