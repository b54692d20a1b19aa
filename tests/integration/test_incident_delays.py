"""Notice of an incident waits where law enforcement asks for it; an incident is opened from what was noticed."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.groups import ALARMS
from broker.console.incidents import delaying, duties, recording, telling
from broker.console.incidents.delaying import Asked
from broker.console.incidents.duties import Choice, Facts, Kind, Pause
from broker.console.incidents.models import Delay, Incident
from broker.inlets.models import Incident as Refusals
from broker.terms import SERVICE, Refusal
from tests import clock
from tests.completeness.test_pack_walk import signed_in
from tests.integration.test_incidents import KNOWN, TELL, begun, decided, listed, two_customers
from tests.packs_world import Packs, packs

DAY = timedelta(days=1)
AGENCY = "Ozark County Sheriff"


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def asked(desk: Packs, incident: Incident, until: date, **more: Any) -> Approval | Refusal:
    facts = {"agency": AGENCY, "written_on": clock.today(), "until": until, "words": "Deputy Doe, by letter.", **more}
    return delaying.ask(incident, Asked(**facts), actor=desk.actor(desk.officer), now=timezone.now())


def delayed(desk: Packs, incident: Incident, until: date) -> Delay:
    approval = asked(desk, incident, until)
    assert isinstance(approval, Approval)
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    return Delay.objects.get(approval=approval)


def test_the_clock_of_notice_stands_still_and_goes_on_after() -> None:
    def due(*pauses: Pause) -> dict[Kind, Any]:
        facts = Facts(KNOWN, 1001, Choice.NOTIFY, {}, pauses)
        return {each.kind: each.due - KNOWN for each in duties.duties(facts)}

    at = [KNOWN + number * DAY for number in range(100)]
    plain, one = due(), due(Pause(at[5], at[15]))
    for kind in (Kind.CUSTOMERS, Kind.ATTORNEY_GENERAL, Kind.AGENCIES):
        assert (plain[kind], one[kind]) == (30 * DAY, 40 * DAY)
    assert [one[kind] for kind in (Kind.COOP, Kind.LIST, Kind.DECIDE)] == [DAY, DAY, 10 * DAY]
    assert due(Pause(at[5], at[15]), Pause(at[10], at[20]))[Kind.CUSTOMERS] == 45 * DAY  # one after the other
    assert due(Pause(at[5], at[15]), Pause(at[8], at[8]))[Kind.CUSTOMERS] == 33 * DAY  # ended earlier
    assert due(Pause(at[5], at[4]))[Kind.CUSTOMERS] == 30 * DAY
    assert due(Pause(at[31], at[60]))[Kind.CUSTOMERS] == 30 * DAY  # what was late stays late
    pauses = [Pause(at[5], at[15])]
    assert [duties.is_delayed(pauses, at[number]) for number in (4, 5, 14, 15)] == [False, True, True, False]
    assert not duties.is_delayed([*pauses, Pause(at[8], at[8])], at[9])


def test_two_people_decide_on_a_delay_and_nobody_is_told_while_it_stands(desk: Packs) -> None:
    incident, today = begun(desk), clock.today()
    two_customers(desk)
    made = listed(desk, incident)
    decided(desk, incident, TELL)
    officer, now = desk.actor(desk.officer), timezone.now()
    waiting = asked(desk, incident, today + 5 * DAY)
    assert isinstance(waiting, Approval)
    assert not Delay.objects.exists()
    assert isinstance(asked(desk, incident, today + 6 * DAY), Refusal)  # one waits
    with pytest.raises(decide.NotAllowed):
        decide.approve(waiting.id, approver=officer, now=now)
    decide.approve(waiting.id, approver=desk.actor(desk.approver), now=now)
    row = Delay.objects.get()
    assert (row.agency, row.written_on, row.until, row.recorder) == (AGENCY, today, today + 5 * DAY, desk.officer.id)
    assert isinstance(telling.begin(incident, actor=officer, now=timezone.now()), Refusal)
    page = signed_in(desk.officer).get(f"/console/incidents/{incident.id}/").content.decode()
    assert "delayed until" in page
    assert AGENCY in page
    assert "Tell the 2 customers now" not in page
    delayed(desk, incident, today)  # the agency lets go earlier
    assert not isinstance(telling.begin(incident, actor=officer, now=timezone.now()), Refusal)
    delayed(desk, incident, today + 3 * DAY)  # what has begun waits too
    with pytest.raises(jobs.Held):
        telling.tell(made.rows.all()[0], now=timezone.now())
    assert not incident.told.exists()


def test_days_that_cannot_be_are_refused(desk: Packs) -> None:
    incident, today = begun(desk), clock.today()
    for until, more in (
        (today - DAY, {}),
        (today + 367 * DAY, {}),
        (today + DAY, {"written_on": today + DAY}),
        (today + DAY, {"written_on": today - 30 * DAY}),
        (today + DAY, {"agency": " "}),
        (today + DAY, {"words": ""}),
    ):
        refused = asked(desk, incident, until, **more)
        assert isinstance(refused, Refusal), (until, more)
        assert refused.code == "ask.invalid"
    assert not Approval.objects.filter(act=delaying.ACT).exists()


def test_the_database_takes_no_delay_of_one_person_and_changes_none(desk: Packs) -> None:
    incident, today = begun(desk), clock.today()
    approval = asked(desk, incident, today + DAY)
    assert isinstance(approval, Approval)

    def written(**facts: Any) -> None:
        with transaction.atomic():
            ref = recording.entry("incident.delayed", incident, desk.actor(desk.officer))
            Delay.objects.create(
                incident=incident, approval=approval, agency=AGENCY, written_on=today, until=today + DAY,
                recorder=desk.officer.id, decided_at=timezone.now(), audit_event_id=ref.id, **facts,
            )  # fmt: skip

    with pytest.raises(DatabaseError, match="two people"):
        written()
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Delay.objects.update(until=today + 9 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Delay.objects.all().delete()


def test_an_incident_is_opened_from_what_the_gate_refused_and_from_an_alarm(desk: Packs) -> None:
    officer, now = signed_in(desk.officer), timezone.now()
    with transaction.atomic():
        ref = log.append("gate.incident", actor=SERVICE("tests"), subject=None, body={})
        gate = Refusals.objects.create(
            id=uuid.uuid4(), inlet="api_json", count=3, first_at=now - 2 * DAY, last_at=now - DAY, audit_event_id=ref.id
        )
    assert f"?gate={gate.id}" in officer.get("/console/gate/").content.decode()
    page = officer.get(f"/console/incidents/new/?gate={gate.id}")
    first = page.context["form"].initial
    assert (first["source"], first["reference"]) == ("gate", str(gate.id))
    assert "refused 3" in page.content.decode()
    sent = {name: f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "hour") else value for name, value in first.items()}
    assert officer.post(f"/console/incidents/new/?gate={gate.id}", sent).status_code == 302
    assert Incident.objects.get().reference == str(gate.id)
    act = sorted(ALARMS)[0]
    alarm = log.append(act, actor=SERVICE("tests"), subject=None, body={})
    first = officer.get(f"/console/incidents/new/?alarm={alarm.id}").context["form"].initial
    assert (first["source"], first["reference"]) == ("verify", str(alarm.id))
    other = log.append("auth.login", actor=SERVICE("tests"), subject=None, body={})
    for bad in (f"gate={uuid.uuid4()}", "gate=x", f"alarm={other.id}", "alarm=x", "alarm=99999999999999999999"):
        assert officer.get(f"/console/incidents/new/?{bad}").status_code == 404, bad
