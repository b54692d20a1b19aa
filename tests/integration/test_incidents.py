"""An incident from the first word to its end: whose data, read out of the log; the clocks; who is told, and by whom."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.due import everything
from broker.console.incidents import deciding, duties, listing, recording, telling
from broker.console.incidents.deciding import Wanted
from broker.console.incidents.duties import Choice, Facts, Ground, Kind
from broker.console.incidents.models import Affected, AffectedList, Decision, Incident, Step, Told
from broker.console.incidents.recording import Seen
from broker.console.packs.approval_views import signed_question
from broker.notices.models import Notice
from broker.operating import gathering
from broker.terms import Actor, Refusal
from tests import clock
from tests.integration.audit_support import integrate, logged_in_as
from tests.joint_world import stranger
from tests.packs_world import Packs, packs
from tests.requests_world import run_job

CENTRAL = ZoneInfo("America/Chicago")

NO_HARM = Wanted(Choice.NO_NOTICE, Ground.NO_HARM, "The person had a reason for each bill; nothing left the house.")
TELL = Wanted(Choice.NOTIFY, Ground.NONE, "Bills were read.", "Bills were opened.", "Se abrieron facturas.")


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def read(desk: Packs, customer: uuid.UUID, act: str = "file.read") -> None:
    """A person of ours opens something of hers."""
    log.append_read(
        act, actor=desk.actor(desk.other), subject=customer, purpose="fulfilment", obj="received_file", body={}, cnt=1
    )


def begun(desk: Packs) -> Incident:
    now = timezone.now()
    seen = Seen("officer", "", "A clerk opened bills.", now - timedelta(hours=2), None, now - timedelta(hours=1))
    made = recording.open_incident(seen, actor=desk.actor(desk.officer), now=now)
    assert isinstance(made, Incident)
    return made


def listed(desk: Packs, incident: Incident, **words: str) -> AffectedList:
    """Compute a list once everything has its place in the tree."""
    integrate(desk.desk.answer)
    made = listing.compute(incident, words, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(made, AffectedList)
    return made


def decided(desk: Packs, incident: Incident, wanted: Wanted) -> Decision:
    """Propose, and let a second person say yes."""
    proposal = deciding.propose(incident, wanted, actor=desk.actor(desk.officer), now=timezone.now())
    assert not isinstance(proposal, Refusal)
    approval = Approval.objects.get(about=proposal.id)
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())
    return Decision.objects.get(proposal=proposal)


def two_customers(desk: Packs) -> tuple[uuid.UUID, uuid.UUID]:
    """Have a person of ours read of two customers, one of them twice."""
    hers, his = desk.world.customer.id, stranger(desk.world).customer_id
    for customer in (hers, hers, his):
        read(desk, customer)
    return hers, his


# --- the clocks (rules) --------------------------------------------------------------------------------------------

KNOWN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_the_clocks_run_from_when_it_was_known() -> None:
    none = Facts(KNOWN, None, None, {})
    assert {each.kind: each.due - KNOWN for each in duties.duties(none)} == {
        Kind.COOP: timedelta(days=1), Kind.LIST: timedelta(days=1), Kind.DECIDE: timedelta(days=10),
        Kind.CUSTOMERS: timedelta(days=30),
    }  # fmt: skip
    moment = timedelta(microseconds=1)
    assert [each.kind for each in duties.late(none, KNOWN + timedelta(days=1))] == []
    assert [each.kind for each in duties.late(none, KNOWN + timedelta(days=1) + moment)] == [Kind.COOP, Kind.LIST]
    assert len(duties.late(none, KNOWN + timedelta(days=31))) == 4
    done = Facts(KNOWN, 2, Choice.NO_NOTICE, dict.fromkeys((Kind.COOP, Kind.LIST, Kind.DECIDE), KNOWN))
    assert duties.late(done, KNOWN + timedelta(days=99)) == []
    late = Facts(KNOWN, 2, None, {Kind.COOP: KNOWN + timedelta(days=2)})
    assert [each.is_late(KNOWN) for each in duties.duties(late)] == [True, False, False, False]


@pytest.mark.parametrize(("count", "more"), [(None, False), (0, False), (1000, False), (1001, True)])
def test_more_than_a_thousand_means_the_attorney_general_and_the_agencies(count: int | None, more: bool) -> None:
    kinds = {each.kind for each in duties.duties(Facts(KNOWN, count, Choice.NOTIFY, {}))}
    assert (Kind.ATTORNEY_GENERAL in kinds, Kind.AGENCIES in kinds) == (more, more)
    nobody = {each.kind for each in duties.duties(Facts(KNOWN, count, Choice.NO_NOTICE, {}))}
    assert not nobody & {Kind.CUSTOMERS, Kind.ATTORNEY_GENERAL, Kind.AGENCIES}


def test_a_ground_belongs_to_no_notice_alone_and_it_is_kept_five_years() -> None:
    assert duties.fits(Choice.NOTIFY, Ground.NONE)
    assert not duties.fits(Choice.NOTIFY, Ground.NO_HARM)
    assert not duties.fits(Choice.NO_NOTICE, Ground.NONE)
    assert duties.fits(Choice.NO_NOTICE, Ground.ENCRYPTED)
    assert duties.kept_until(date(2026, 3, 2)) == date(2031, 3, 2)
    assert duties.kept_until(date(2028, 2, 29)) == date(2033, 3, 1)


# --- whose data ----------------------------------------------------------------------------------------------------


def test_the_affected_are_read_out_of_the_log_and_do_not_change_silently(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = two_customers(desk)
    log.append_read("data.viewed", actor=Actor("c", hers), subject=hers, purpose="own_data", obj="data", body={}, cnt=1)
    made = listed(desk, incident, person=str(desk.other.id))
    rows = {row.customer_id: row for row in made.rows.all()}
    assert {each: row.entries for each, row in rows.items()} == {hers: 2, his: 1}
    assert [act for _who, act in rows[hers].readers] == ["file.read"]
    assert (made.number, made.customers, made.entries, made.unknown) == (1, 2, 3, 0)
    assert listing.stands(made)
    read(desk, his)
    assert listed(desk, incident, person=str(desk.other.id)).number == 2
    assert made.rows.get(customer=his).entries == 1  # the first list is what it was
    # What she read herself is nobody's harm; and another person of ours read nothing.
    assert listed(desk, incident).rows.get(customer=hers).entries == 2
    assert listed(desk, incident, person=str(desk.approver.id)).customers == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        Affected.objects.filter(of=made).update(entries=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.rows.all().delete()


def test_a_list_is_bounded_by_the_time_of_the_incident_and_by_days(desk: Packs) -> None:
    two_customers(desk)
    now = timezone.now()
    seen = Seen("officer", "", "Later.", now, None, now)
    later = recording.open_incident(seen, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(later, Incident)
    assert listed(desk, later).customers == 0
    yesterday = str(clock.today() - timedelta(days=1))
    assert listed(desk, later, since=yesterday).customers == 2
    assert listed(desk, later, since=yesterday, until=yesterday).customers == 0
    assert listed(desk, later, since=yesterday, request=str(uuid.uuid4())).customers == 0
    assert listed(desk, later, since=yesterday, file=str(uuid.uuid4())).customers == 0


def test_times_that_cannot_be_are_refused(desk: Packs) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    for start, end, known in (
        (now, None, now - hour), (now + hour, None, now + hour), (now - hour, now - 2 * hour, now),
        (now - hour, now + hour, now), (now - hour, None, now + hour),
    ):  # fmt: skip
        seen = Seen("officer", "", "x", start, end, known)
        assert isinstance(recording.open_incident(seen, actor=desk.actor(desk.officer), now=now), Refusal)


# --- two people, five years ----------------------------------------------------------------------------------------


def test_no_notice_is_decided_by_two_and_kept_five_years(desk: Packs) -> None:
    incident = begun(desk)
    actor, now = desk.actor(desk.officer), timezone.now()
    assert isinstance(deciding.propose(incident, NO_HARM, actor=actor, now=now), Refusal)  # no list yet
    two_customers(desk)
    listed(desk, incident)
    proposal = deciding.propose(incident, NO_HARM, actor=actor, now=now)
    assert not isinstance(proposal, Refusal)
    assert isinstance(deciding.propose(incident, NO_HARM, actor=actor, now=now), Refusal)  # one at a time
    approval = Approval.objects.get(about=proposal.id)
    with pytest.raises(decide.NotAllowed, match="same_person"):
        decide.approve(approval.id, approver=actor, now=now)
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=now)
    made = Decision.objects.get()
    assert made.kept_until == duties.kept_until(clock.today())
    assert isinstance(telling.begin(incident, actor=actor, now=now), Refusal)  # nobody is told against it
    assert Told.objects.count() == 0
    for change in ("UPDATE incidents_decision SET kept_until = '2026-01-01'", "DELETE FROM incidents_decision"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_the_words_of_a_decision_cannot_be_destroyed_within_five_years(desk: Packs) -> None:
    """Nor by the keeper, who alone destroys keys: on PostgreSQL it logs in as itself."""
    incident = begun(desk)
    listed(desk, incident)
    decided(desk, incident, NO_HARM)
    log.close_lanes()
    with logged_in_as("broker_keeper"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_key WHERE subject = %s AND wrapped IS NOT NULL", [incident.id.hex])
        assert cursor.fetchone()[0] > 0
        with pytest.raises(DatabaseError, match="five years"), transaction.atomic():
            cursor.execute("UPDATE vault_key SET wrapped = NULL WHERE subject = %s", [incident.id.hex])
    log.reset()


def test_the_database_takes_no_decision_of_one_person(desk: Packs) -> None:
    incident = begun(desk)
    listed(desk, incident)
    actor, now = desk.actor(desk.officer), timezone.now()
    proposal = deciding.propose(incident, NO_HARM, actor=actor, now=now)
    assert not isinstance(proposal, Refusal)
    facts: dict[str, Any] = {"proposal": proposal, "approval": Approval.objects.get(about=proposal.id)}
    facts |= {"choice": "no_notice", "token": b"12345678", "decided_at": now, "kept_until": date(2099, 1, 1)}

    def alone() -> None:
        with transaction.atomic():
            ref = recording.entry("incident.decided", incident, actor)
            Decision.objects.create(incident=incident, audit_event_id=ref.id, **facts)

    with pytest.raises(DatabaseError, match="two people"):
        alone()


# --- telling -------------------------------------------------------------------------------------------------------


def test_each_customer_is_told_once_at_the_proven_address(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = two_customers(desk)
    made = listed(desk, incident)
    decided(desk, incident, TELL)
    assert not isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=timezone.now()), Refusal)
    assert isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=timezone.now()), Refusal)
    assert Kind.CUSTOMERS not in recording.facts(incident).done  # begun is not done
    for row in made.rows.all():
        integrate(desk.desk.answer)
        assert run_job(telling.TELL, row.id) == "done"
        telling.tell(row, now=timezone.now())
    assert set(Told.objects.values_list("customer", flat=True)) == {hers, his}
    assert Notice.objects.filter(template="incident").count() == 2
    assert Kind.CUSTOMERS in recording.facts(incident).done


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_customer_reads_the_officers_words_in_her_own_language(desk: Packs, language: str) -> None:
    hers = desk.world.customer
    with transaction.atomic():
        hers.audit_event_id = log.append("parties.changed", actor=Actor("c", hers.id), subject=hers.id, body={}).id
        hers.language = language
        hers.save()
    incident = begun(desk)
    read(desk, hers.id)
    made = listed(desk, incident)
    decided(desk, incident, TELL)
    assert isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=timezone.now()), Step)
    telling.tell(made.rows.get(), now=timezone.now())
    body: dict[str, Any] = {"fields": ["content"]}
    ref = log.append_read(
        "file.read", actor=desk.actor(desk.other), subject=hers.id, purpose="fulfilment", obj="mail", body=body, cnt=1
    )
    words = vault.open(Notice.objects.get(template="incident").content, under=ref)
    assert (TELL.said_en in words, TELL.said_es in words) == (language == "en", language == "es")


def test_the_co_op_is_told_at_the_address_of_its_profile_and_by_no_name(desk: Packs) -> None:
    incident = begun(desk)
    two_customers(desk)
    listed(desk, incident)
    words = telling.letter(incident)
    assert "Members concerned, as far as our log says now: 2" in words
    assert "Pat" not in words
    step = telling.tell_coop(incident, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(step, Step)
    assert Notice.objects.get(id=step.notice).template == "coop_incident"
    again = telling.tell_coop(incident, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(again, Refusal)


# --- what two decided, no one undoes -------------------------------------------------------------------------------

NOBODY = {"since": "2001-01-01", "until": "2001-01-02"}  # matches nothing


def begins(desk: Packs, incident: Incident) -> Step | Refusal:
    return telling.begin(incident, actor=desk.actor(desk.officer), now=timezone.now())


def tell_all(desk: Packs, made: AffectedList) -> None:
    for row in made.rows.all():
        integrate(desk.desk.answer)
        assert run_job(telling.TELL, row.id) == "done"


def closes(desk: Packs, incident: Incident) -> bool:
    for kind in ("coop", "closed"):
        now = timezone.now()
        done = recording.note(incident, kind, "By phone.", at=now, actor=desk.actor(desk.officer), now=now)
    return isinstance(done, Step)


def test_an_officer_alone_swaps_no_list_that_two_decided_on(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = two_customers(desk)
    first = listed(desk, incident)
    decided(desk, incident, TELL)
    assert listed(desk, incident, **NOBODY).customers == 0
    page = signed_in(desk.officer).get(f"/console/incidents/{incident.id}/").content.decode()
    assert "customers now<" not in page
    assert "Two people decided on list 1. List 2 is newer" in page
    signed_in(desk.officer).post(f"/console/incidents/{incident.id}/customers/")
    assert isinstance(begins(desk, incident), Refusal)
    facts = recording.facts(incident)
    assert (facts.count, facts.choice) == (2, None)
    assert not {Kind.DECIDE, Kind.CUSTOMERS} & set(facts.done)
    assert not closes(desk, incident)
    # Two decide anew, on a list that has them again: they are told.
    third = listed(desk, incident)
    decided(desk, incident, TELL)
    assert isinstance(begins(desk, incident), Step)
    assert first.id != third.id
    tell_all(desk, third)
    assert set(Told.objects.values_list("customer", flat=True)) == {hers, his}
    assert closes(desk, incident)
    again = listing.compute(incident, {}, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(again, Refusal)  # it is closed


def test_a_larger_list_is_told_once_two_decided_on_it(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = desk.world.customer.id, stranger(desk.world).customer_id
    read(desk, hers)
    first = listed(desk, incident)
    decided(desk, incident, TELL)
    assert isinstance(begins(desk, incident), Step)
    tell_all(desk, first)
    assert Kind.CUSTOMERS in recording.facts(incident).done
    read(desk, his)
    second = listed(desk, incident)
    assert second.customers == 2
    assert isinstance(begins(desk, incident), Refusal)  # nobody decided on it
    decided(desk, incident, TELL)
    assert Kind.CUSTOMERS not in recording.facts(incident).done
    assert isinstance(begins(desk, incident), Step)
    assert isinstance(begins(desk, incident), Refusal)
    tell_all(desk, second)
    assert sorted(Told.objects.values_list("customer", flat=True)) == sorted([hers, his])  # each once
    assert Kind.CUSTOMERS in recording.facts(incident).done
    assert closes(desk, incident)


def test_whom_an_earlier_list_told_counts_for_the_thousand(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = desk.world.customer.id, stranger(desk.world).customer_id
    read(desk, hers)
    first = listed(desk, incident)
    decided(desk, incident, TELL)
    assert isinstance(begins(desk, incident), Step)
    tell_all(desk, first)
    read(desk, his, act="letter.read")
    second = listed(desk, incident, act="letter.read")
    assert [row.customer_id for row in second.rows.all()] == [his]
    decided(desk, incident, TELL)
    assert recording.facts(incident).count == 2


def test_the_database_begins_notices_for_the_newest_list_alone_and_only_as_two_decided(desk: Packs) -> None:
    incident = begun(desk)
    two_customers(desk)
    first = listed(desk, incident)
    actor, now = desk.actor(desk.officer), timezone.now()

    def alone(made: AffectedList | None) -> None:
        with transaction.atomic():
            ref = recording.entry("incident.step", incident, actor)
            Step.objects.create(
                incident=incident, kind="customers", list=made, at=now, by=actor.id, noted_at=now, audit_event_id=ref.id
            )

    refused = "begun for the list on which two people decided"
    with pytest.raises(DatabaseError, match=refused):
        alone(first)  # nobody decided
    decided(desk, incident, TELL)
    with pytest.raises(DatabaseError, match=refused):
        alone(None)
    second = listed(desk, incident, **NOBODY)
    for made in (first, second):
        with pytest.raises(DatabaseError, match=refused):
            alone(made)
    decided(desk, incident, NO_HARM)
    with pytest.raises(DatabaseError, match=refused):
        alone(second)


# --- the pages -----------------------------------------------------------------------------------------------------


def test_an_officer_leads_an_incident_to_its_end_on_the_pages(desk: Packs) -> None:
    officer = signed_in(desk.officer)
    began = timezone.localtime(timezone.now() - timedelta(days=3), CENTRAL)
    facts = {"source": "complaint", "reference": "Q-2026-0007", "words": "A clerk opened bills."}
    facts |= dict.fromkeys(("happened_from", "known_at"), f"{began:%Y-%m-%dT%H:%M}")
    assert officer.post("/console/incidents/new/", {**facts, "known_at": "2020-01-01T00:00"}).status_code == 422
    at = officer.post("/console/incidents/new/", facts)["Location"]
    late = next(each for each in everything(timezone.now()) if each.title == "Incidents of data open")
    assert (late.number, late.late, late.path) == (1, 1, "/console/incidents/")
    assert gathering.gather(now=timezone.now()).late_incidents == 1  # the doctor says it too
    assert "The co-op is told" in officer.get("/console/incidents/").content.decode()
    two_customers(desk)
    integrate(desk.desk.answer)
    sent = {"filter-person": str(desk.other.id)}
    assert officer.post(f"{at}list/", {"filter-nonsense": "1"}).status_code == 422
    assert officer.post(f"{at}list/", sent).status_code == 302
    page = officer.get(at).content.decode()
    assert "2 customers" in page
    assert "more than 1000" in page
    assert "(late)" in page
    assert officer.post(f"{at}proposal/", {"choice": "no_notice", "ground": ""}).status_code == 422
    wanted = {"choice": "no_notice", "ground": "no_harm", "investigation": "Looked into it."}
    assert officer.post(f"{at}proposal/", wanted).status_code == 302
    now = {"kind": "closed", "at": f"{timezone.localtime(timezone.now(), CENTRAL):%Y-%m-%dT%H:%M}"}
    officer.post(f"{at}step/", now)
    assert not Step.objects.exists()  # something is left to be done
    approval, approver = Approval.objects.get(act=deciding.ACT), signed_in(desk.approver)
    told = approver.get(f"/console/approvals/{approval.id}/").content.decode()
    assert "no harm to anybody is likely" in told
    assert Incident.objects.get().number in told
    confirmed = signed_question(approval, desk.approver)
    yes = {"decision": "approve", "confirmed": confirmed}
    assert approver.post(f"/console/approvals/{approval.id}/decide/", yes).status_code == 302
    assert officer.post(f"{at}coop/").status_code == 302
    officer.post(f"{at}step/", now)
    assert set(Step.objects.values_list("kind", flat=True)) == {"coop", "closed"}
    assert "Kept until" in officer.get(at).content.decode()


def test_who_is_no_officer_finds_nothing(desk: Packs) -> None:
    incident = begun(desk)
    for path in ("", "new/", f"{incident.id}/"):
        assert signed_in(desk.approver).get(f"/console/incidents/{path}").status_code == 404
        assert Client().get(f"/console/incidents/{path}").status_code == 302


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
