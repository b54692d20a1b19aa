"""Notice of an incident waits where law enforcement asks for it; an incident is opened from what was noticed."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
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
from broker.console.incidents.delaying import Asked, begins
from broker.console.incidents.duties import Choice, Facts, Kind, Pause
from broker.console.incidents.models import AffectedList, Delay, Incident, Step, Told
from broker.inlets.models import Incident as Refusals
from broker.notices import sending
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import SERVICE, Actor, Refusal
from broker.transport import smtp
from broker.transport.smtp import Delivery
from consents import electronic
from consents.models import PaperNotice
from tests import clock
from tests.completeness.test_desk_walk import signed_in as staff
from tests.completeness.test_pack_walk import signed_in
from tests.integration.test_incidents import KNOWN, NO_HARM, TELL, begun, decided, listed, read, two_customers
from tests.packs_world import Packs, packs
from tests.requests_world import events, run_job

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
    # What two people decided holds whoever began before, too: a clock that was read earlier counts for nothing.
    assert [duties.is_delayed(pauses, at[number]) for number in (4, 5, 14, 15)] == [True, True, True, False]
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


def test_a_form_that_cannot_be_so_comes_back_with_what_was_typed(desk: Packs) -> None:
    incident, today, officer = begun(desk), clock.today(), signed_in(desk.officer)
    read(desk, desk.world.customer.id)
    listed(desk, incident)
    at = f"/console/incidents/{incident.id}/"
    late = {"agency": AGENCY, "written_on": today, "until": today + 500 * DAY, "words": "A deputy called."}
    untold = {"choice": "notify", "ground": "", "investigation": "Asked the clerk.", "said_en": "", "said_es": ""}
    ahead = {"kind": "agencies", "how": "by their form", "at": f"{timezone.now() + 2 * DAY:%Y-%m-%dT%H:%M}"}
    for path, form, says, typed in (
        ("delay/", late, "for a year at most", "A deputy called.</textarea>"),
        ("proposal/", untold, "words in both languages", "Asked the clerk.</textarea>"),
        ("step/", ahead, "not in the future", 'value="by their form"'),
        ("delay/", {**late, "agency": ""}, "This field is required", "A deputy called.</textarea>"),
        ("list/", {"filter-since": "2026-01-01", "file": "x"}, "Something needs another look", 'value="2026-01-01"'),
    ):
        answer = officer.post(at + path, form)
        page = answer.content.decode()
        assert answer.status_code == 422, path
        assert says in page, path
        assert typed in page, path
        assert '<details class="more" open>' in page, path
    assert not Approval.objects.filter(act=delaying.ACT).exists()


def test_who_decides_reads_the_days_of_a_delay_in_words(desk: Packs) -> None:
    until = date(2026, 3, 9)
    row = Approval(params={"number": "I-1", "agency": AGENCY, "written_on": "2026-03-02", "until": until.isoformat()})
    facts, sentence = delaying.words_of(row)
    assert ("Day of its letter", "March 2, 2026") in facts
    assert sentence == f"let notice of incident I-1 wait until March 9, 2026, as {AGENCY} asks."


def test_the_database_takes_no_delay_of_one_person_and_changes_none(desk: Packs) -> None:
    incident, today = begun(desk), clock.today()
    approval = asked(desk, incident, today + DAY)
    assert isinstance(approval, Approval)

    said: dict[str, Any] = {"agency": AGENCY, "written_on": today, "until": today + DAY, "ends_at": begins(today + DAY)}

    def written(**facts: Any) -> None:
        with transaction.atomic():
            ref = recording.entry("incident.delayed", incident, desk.actor(desk.officer))
            more = {"recorder": desk.officer.id, "decided_at": timezone.now(), **said, **facts}
            Delay.objects.create(incident=incident, approval=approval, audit_event_id=ref.id, **more)

    with pytest.raises(DatabaseError, match="two people"):
        written()
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Delay.objects.update(until=today + 9 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Delay.objects.all().delete()


def test_the_database_takes_a_delay_as_two_people_decided_it_and_in_no_other_words(
    desk: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident, today = begun(desk), clock.today()
    approval = asked(desk, incident, today + DAY)
    assert isinstance(approval, Approval)
    write, wrong = Delay.objects.create, {}

    def written(**facts: Any) -> Delay:
        return write(**facts | wrong)

    monkeypatch.setattr(Delay.objects, "create", written)
    for change in (
        {"until": today + 9 * DAY, "ends_at": begins(today + 9 * DAY)},
        {"ends_at": begins(today + 9 * DAY)},
        {"written_on": today - DAY},
        {"agency": "Somebody else"},
        {"decided_at": timezone.now() + DAY},
    ):
        wrong = change
        with pytest.raises(DatabaseError, match="two people"):
            decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    assert not Delay.objects.exists()
    wrong = {}
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    assert recording.pauses(incident)[0].until == begins(today + DAY)


# --- nobody is told while it stands, whoever began before ------------------------------------------------------------


def told_list(desk: Packs) -> tuple[Incident, AffectedList]:
    """An incident with two customers, whose notices were begun."""
    incident = begun(desk)
    two_customers(desk)
    made = listed(desk, incident)
    decided(desk, incident, TELL)
    assert not isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=timezone.now()), Refusal)
    return incident, made


def test_a_delay_that_is_decided_while_her_address_is_opened_holds_the_notice(
    desk: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident, made = told_list(desk)
    open_address = electronic.address

    def meanwhile(*args: Any, **more: Any) -> Any:
        delayed(desk, incident, clock.today() + DAY)
        return open_address(*args, **more)

    monkeypatch.setattr(electronic, "address", meanwhile)
    with pytest.raises(jobs.Held):
        telling.tell(made.rows.all()[0], now=timezone.now())
    assert not incident.told.exists()
    assert not Notice.objects.filter(template="incident").exists()


def test_a_decision_that_is_made_while_her_address_is_opened_ends_the_notice(
    desk: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident, made = told_list(desk)
    open_address = electronic.address

    def meanwhile(*args: Any, **more: Any) -> Any:
        decided(desk, incident, NO_HARM)
        return open_address(*args, **more)

    monkeypatch.setattr(electronic, "address", meanwhile)
    with pytest.raises(jobs.GiveUp):
        telling.tell(made.rows.all()[0], now=timezone.now())
    assert not incident.told.exists()


def test_who_began_before_the_delay_was_decided_is_held_by_it(desk: Packs) -> None:
    incident, before = begun(desk), timezone.now()
    two_customers(desk)
    listed(desk, incident)
    decided(desk, incident, TELL)
    delayed(desk, incident, clock.today() + DAY)
    assert isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=before), Refusal)


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_mail_that_is_written_already_waits_as_long_as_the_delay_stands(
    desk: Packs, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    incident, made = told_list(desk)
    telling.tell(made.rows.all()[0], now=timezone.now())
    notice, left = Notice.objects.get(template="incident"), []
    monkeypatch.setattr(
        smtp, "send", lambda *_args, **_more: left.append(1) or Delivery("accepted_by_destination", "mx", "250")
    )
    open_mail = sending._opened

    def meanwhile(*args: Any) -> Any:
        delayed(desk, incident, clock.today() + DAY)
        return open_mail(*args)

    if moment == "before":
        delayed(desk, incident, clock.today() + DAY)
        reads = len(events("mail.read"))
        assert run_job(sending.KIND, notice.id) == "queued"
        assert len(events("mail.read")) == reads  # nothing is opened for a mail that waits
    else:
        with monkeypatch.context() as patch:
            patch.setattr(sending, "_opened", meanwhile)
            assert run_job(sending.KIND, notice.id) == "queued"
    notice.refresh_from_db()
    assert (notice.state, left) == ("queued", [])
    co_op = telling.tell_coop(incident, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(co_op, Step)
    assert co_op.notice is not None
    assert run_job(sending.KIND, co_op.notice) == "done"  # a delay does not hold the word to the co-op
    delayed(desk, incident, clock.today())  # the agency lets go
    assert run_job(sending.KIND, notice.id, now=timezone.now() + 2 * telling.LOOK_AGAIN) == "done"
    assert len(left) == 2


def test_a_letter_that_waits_for_the_post_is_not_printed_while_a_delay_stands(desk: Packs) -> None:
    incident, made = told_list(desk)
    hers = desk.world.customer
    electronic.withdraw(hers, actor=Actor("c", hers.id), now=timezone.now())
    telling.tell(made.rows.get(customer=hers), now=timezone.now())
    letter = PaperNotice.objects.get(template="incident")
    delayed(desk, incident, clock.today() + DAY)
    reads = len(events("mail.read"))
    page = staff(Role.STAFF).post(f"/admin/paper/post/{letter.id}/", follow=True)
    assert "may not be posted now" in page.content.decode()
    assert len(events("mail.read")) == reads


def test_the_database_takes_no_step_and_nobody_as_told_while_a_delay_stands(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = two_customers(desk)
    made = listed(desk, incident)
    decided(desk, incident, TELL)
    actor, now = desk.actor(desk.officer), timezone.now()

    def step() -> None:
        with transaction.atomic():
            ref = recording.entry("incident.step", incident, actor)
            facts = {"at": now, "by": actor.id, "noted_at": now, "audit_event_id": ref.id}
            Step.objects.create(incident=incident, kind="customers", list=made, **facts)

    def told() -> None:
        with transaction.atomic():
            ref = recording.entry("incident.told", incident, actor)
            facts = {"notice": uuid.uuid4(), "at": now, "audit_event_id": ref.id}
            Told.objects.create(incident=incident, customer_id=hers, **facts)

    delayed(desk, incident, clock.today() + DAY)
    for write in (step, told):
        with pytest.raises(DatabaseError, match="while a delay stands"):
            write()
    delayed(desk, incident, clock.today())
    step()
    told()
    other = begun(desk)  # a delay of one incident holds no other
    delayed(desk, other, clock.today() + DAY)
    with transaction.atomic():
        ref = recording.entry("incident.told", incident, actor)
        facts = {"notice": uuid.uuid4(), "at": now, "audit_event_id": ref.id}
        Told.objects.create(incident=incident, customer_id=his, **facts)


def test_an_incident_is_opened_from_what_the_gate_refused_and_from_an_alarm(desk: Packs) -> None:
    officer, now = signed_in(desk.officer), timezone.now()
    gate = refusals("api_json", now - 2 * DAY, now - DAY)
    assert f"?gate={gate.id}" in officer.get("/console/gate/").content.decode()
    page = officer.get(f"/console/incidents/new/?gate={gate.id}")
    first = page.context["form"].initial
    assert (first["source"], first["reference"]) == ("gate", str(gate.id))
    assert "refused 3" in page.content.decode()
    assert "Nothing was kept." in first["words"]
    sent = {name: f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "hour") else value for name, value in first.items()}
    assert officer.post(f"/console/incidents/new/?gate={gate.id}", sent).status_code == 302
    assert Incident.objects.get().reference == str(gate.id)
    mail = refusals("email_reply", now - 2 * DAY, now - DAY)
    words = officer.get(f"/console/incidents/new/?gate={mail.id}").context["form"].initial["words"]
    assert "Nothing was kept" not in words  # a mail with a login in it is kept, sealed
    assert "sealed" in words
    act = sorted(ALARMS)[0]
    alarm = log.append(act, actor=SERVICE("tests"), subject=None, body={})
    first = officer.get(f"/console/incidents/new/?alarm={alarm.id}").context["form"].initial
    assert (first["source"], first["reference"]) == ("verify", str(alarm.id))
    # When it began and ended no alarm says: a list of the affected would be bounded by its one minute.
    assert {"known_at"} == first.keys() - {"source", "reference", "words"}
    other = log.append("auth.login", actor=SERVICE("tests"), subject=None, body={})
    for bad in (f"gate={uuid.uuid4()}", "gate=x", f"alarm={other.id}", "alarm=x", "alarm=99999999999999999999"):
        assert officer.get(f"/console/incidents/new/?{bad}").status_code == 404, bad


@pytest.mark.parametrize(("last", "opened"), [("07:40", "07:45"), ("07:40", "15:00"), ("06:40", "06:45")])
def test_in_the_hour_that_comes_twice_the_time_of_an_incident_holds_all_of_it(
    desk: Packs, last: str, opened: str
) -> None:
    """On 1 November 2026 the clocks show 1:00 to 2:00 from 6:00 UTC, and again from 7:00 UTC."""
    day = "2026-11-01"
    began, ended = (datetime.fromisoformat(f"{day}T{each}:20+00:00") for each in ("06:30", last))
    gate = refusals("api_json", began, ended)
    with clock.travel(datetime.fromisoformat(f"{day}T{opened}:00+00:00")):
        officer = signed_in(desk.officer)
        path = f"/console/incidents/new/?gate={gate.id}"
        first = officer.get(path).context["form"].initial
        sent = {name: f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "hour") else value for name, value in first.items()}
        assert officer.post(path, sent).status_code == 302
    made = Incident.objects.get()
    assert made.happened_from <= began
    assert made.known_at <= began
    assert made.happened_to is not None
    assert made.happened_to >= ended


def refusals(inlet: str, first: datetime, last: datetime) -> Refusals:
    """Three things that the gate refused at one inlet."""
    with transaction.atomic():
        ref = log.append("gate.incident", actor=SERVICE("tests"), subject=None, body={})
        return Refusals.objects.create(
            id=uuid.uuid4(), inlet=inlet, sender=inlet, count=3, first_at=first, last_at=last, audit_event_id=ref.id
        )
