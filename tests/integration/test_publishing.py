"""A profile is changed by two people, with the lines that differ before them; it counts from its commit on."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker import publishing, utilities
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import signer
from broker.parties.models import Role
from broker.publishing import changing, differing
from broker.publishing.changing import CallBack, NotProposed
from broker.publishing.models import ProposedProfile, PublishedProfile
from broker.terms import Actor
from requests_app import grants
from requests_app.decision_lines import answer
from requests_app.models import Decision
from tests.integration.audit_support import log_world, tamper, verified
from tests.integration.console_support import officer
from tests.ladder_world import person
from tests.requests_world import events, world

OBEC = utilities.text("obec")
SYNC = OBEC.index("[channels.nectar_sync]")
SYNC_WORKS = OBEC[:SYNC] + OBEC[SYNC:].replace('answer = "not_yet"', 'answer = "yes"', 1)
NEW_MAIL = OBEC.replace('value = "info@ozarkborder.org"', 'value = "billing@elsewhere.example"')
SLOWER = OBEC.replace("last_days = 10", "last_days = 12")
NOW = timezone.now


def propose(text: str = SLOWER, utility: str = "obec", by: Actor | None = None, **more: Any) -> Approval:
    asks = by or person("officer")
    return changing.propose(utility, text, requester=asks, reason="read on their page", now=NOW(), **more)


def publish(text: str = SLOWER, utility: str = "obec", **more: Any) -> PublishedProfile:
    made = propose(text, utility, **more)
    decide.approve(made.id, approver=person("approver"), now=NOW())
    return PublishedProfile.objects.get(proposal__approval=made.id)


def called() -> CallBack:
    return CallBack(NOW().date(), "A clerk read the new address to us.")


# --- two people ------------------------------------------------------------------------------------------------------


def test_a_version_is_in_force_from_its_approval_on_and_each_step_is_one_event(committing: str) -> None:
    w, before = world(), publishing.working("obec")
    w.post(w.ask())
    made = propose()
    assert publishing.working("obec") == before
    assert publishing.number("obec") == 1
    decide.approve(made.id, approver=person("approver"), now=NOW())
    after = publishing.working("obec")
    assert (before.clock.last_days, after.clock.last_days, publishing.number("obec")) == (10, 12, 2)
    assert after.contacts.email.value == before.contacts.email.value == "billing@coop.example"  # still a rehearsal
    w.post(w.ask())
    old, new = Decision.objects.order_by("decided_at").values_list("profile_version", flat=True)
    assert (old, new) == (before.version, after.version)
    assert old != new
    for act in ("approval.requested", "profile.changed", "approval.given", "approval.executed"):
        assert len(events(act)) == 1, act
    assert PublishedProfile.objects.get().audit_event_id == events("profile.changed")[0].id


def test_whoever_proposes_never_publishes_and_the_database_holds_it(committing: str) -> None:
    asks = person("officer")
    made = propose(by=asks)
    both = Actor("s", asks.id, role="approver")
    with pytest.raises(decide.NotAllowed, match="same_person"):
        decide.approve(made.id, approver=both, now=NOW())
    assert publishing.number("obec") == 1
    row = publish_row(made)
    for wrong in ({}, {"approver": row["proposer"]}, {"number": 1}, {"number": 3}, {"utility": "craighead"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PublishedProfile.objects.create(**{**row, **wrong})
    assert publishing.number("obec") == 1


def publish_row(made: Approval) -> dict[str, Any]:
    proposal = ProposedProfile.objects.get(approval=made.id)
    ids = {"proposer": person("officer").id, "approver": person("approver").id, "audit_event_id": made.audit_event_id}
    return {"utility": "obec", "number": 2, "proposal": proposal, "at": NOW(), **ids}


@pytest.mark.parametrize("role", ["staff", "approver", "operator", "analyst"])
def test_only_an_officer_proposes(sqlite_db: str, role: str) -> None:
    with pytest.raises(decide.NotAllowed, match="role"):
        changing.propose("obec", SLOWER, requester=Actor("s", uuid.uuid4(), role=role), reason="x", now=NOW())
    assert not ProposedProfile.objects.exists()


def test_a_refused_or_withdrawn_proposal_changes_nothing(sqlite_db: str) -> None:
    decide.refuse(propose().id, approver=person("approver"), now=NOW())
    asks = person("officer")
    decide.withdraw(propose(by=asks).id, requester=asks, now=NOW())
    assert (publishing.number("obec"), publishing.offer("obec")) == (1, utilities.offer("obec"))


def test_one_change_waits_at_a_time_and_versions_have_no_gap(sqlite_db: str) -> None:
    propose()
    with pytest.raises(NotProposed, match="already waits"):
        propose(SYNC_WORKS)
    decide.approve(Approval.objects.get().id, approver=person("approver"), now=NOW())
    with pytest.raises(NotProposed, match="no line"):
        propose(SLOWER)
    assert publish(SLOWER.replace("last_days = 12", "last_days = 11")).number == 3
    assert publish(OBEC).number == 4
    assert publishing.offer("obec") == utilities.offer("obec")


def test_versions_and_proposals_are_only_ever_added(committing: str) -> None:
    publish()
    for table in ("publishing_proposedprofile", "publishing_publishedprofile"):
        for statement in (f"UPDATE {table} SET utility = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


# --- where letters and calls go --------------------------------------------------------------------------------------


def test_another_mail_address_needs_a_call_back_to_the_number_in_force(committing: str) -> None:
    with pytest.raises(NotProposed, match="call the co-op back"):
        propose(NEW_MAIL)
    for days in (-2, 31):
        with pytest.raises(NotProposed, match="last 30 days"):
            propose(NEW_MAIL, call_back=CallBack((NOW() - timedelta(days)).date(), "said"))
    made = propose(NEW_MAIL, call_back=called())
    assert made.params["contacts"] is True
    row = ProposedProfile.objects.values().get()
    row |= {"id": uuid.uuid4(), "approval": uuid.uuid4(), "called_back_on": None}
    with pytest.raises(DatabaseError), transaction.atomic():
        ProposedProfile.objects.create(**row)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('value = "(573) 785-4631"', 'value = "(555) 555-0199"'),
        ('value = "https://ozarkborder.smarthub.coop/"', 'value = "https://portal.example/"'),
        ("mail_servers = []", 'mail_servers = ["mx.example"]'),
    ],
)
def test_so_does_each_other_contact(sqlite_db: str, old: str, new: str) -> None:
    with pytest.raises(NotProposed, match="call the co-op back"):
        propose(OBEC.replace(old, new))


# --- what may be proposed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OBEC.replace('certainty = "stated"\n', "", 1), "“certainty” is missing"),
        (OBEC + "\nsurprise = 1\n", "unknown key"),
        ("not a profile = ", "line 1"),
        (OBEC.replace('id = "obec"', 'id = "elsewhere"'), "this is the profile of"),
        (OBEC.replace('short_name = "OBEC"', 'short_name = "The co-op"'), "cannot change short_name"),
        (OBEC.replace('zone = "America/Chicago"', 'zone = "America/Denver"'), "cannot change zone"),
        (
            OBEC.replace('text = "OBEC may charge', 'text = "User: pat Password: hunter2-Blue! OBEC may charge'),
            "portal login",
        ),
        (OBEC + "#" * 200_000, "too long"),
        (OBEC + "# only a remark\n", "no line"),
    ],
)
def test_what_the_loader_refuses_is_never_proposed(sqlite_db: str, text: str, why: str) -> None:
    with pytest.raises(NotProposed, match=why):
        propose(text)
    assert not Approval.objects.exists()


def test_an_unknown_utility_has_no_versions(sqlite_db: str) -> None:
    with pytest.raises(utilities.UnknownUtility):
        propose(OBEC, "elsewhere")


def test_the_differences_name_line_source_and_certainty(sqlite_db: str) -> None:
    made = propose(SYNC_WORKS.replace('note = "Planned by Nectar, not built."', 'note = "Built."', 1))
    found = changing.differences(ProposedProfile.objects.get(approval=made.id))
    assert made.params["lines"] == len(found) == 12
    line = next(each for each in found if each.path == "channels.nectar_sync.carries.bill.answer")
    assert line.before is not None
    assert line.after is not None
    assert (line.before.value, line.after.value) == ("not_yet", "yes")
    assert line.after.source.startswith("OBEC is on Nectar's roadmap")
    assert (line.after.certainty, line.after.document) == ("stated", "guide")
    assert line.rests_on_the_old_sentence
    only_sure = differing.changes(
        utilities.published("obec"),
        utilities.read_text(OBEC.replace('certainty = "likely"', 'certainty = "stated"', 1), "obec"),
    )
    assert not any(each.rests_on_the_old_sentence for each in only_sure)
    assert {each.path for each in only_sure} == {"id", "name", "short_name", "unknown", "place", "zone"}


# --- what follows ----------------------------------------------------------------------------------------------------


def test_the_roadmap_of_nectar_opens_by_a_version_alone(sqlite_db: str) -> None:
    w = world(onward_recipients=["nectar"], data_types=["bill"])
    ask = w.ask(data_types=["bill"], channel="nectar_sync")
    assert w.post(ask).json()["code"] == "channel.not_yet"
    publish(SYNC_WORKS)
    assert w.post(ask).json()["channel"] == "nectar_sync"
    first, second = Decision.objects.order_by("decided_at")
    assert first.codes == ["channel.not_yet"]
    assert second.profile_version.startswith(publishing.working("obec").version)


def test_the_command_for_lines_decides_by_the_file_as_shipped(sqlite_db: str) -> None:
    line = b'{"id":1,"utility":"craighead","consent":null,"ask":{"recipient":"a","purpose":"b","accounts":["1234"],'
    line += b'"data_types":["bill"],"from":"2025-01-01","to":"2025-02-01","channel":"edi"},'
    line += b'"now":"2026-03-02T15:00:00Z"}'
    before, craighead = answer(line), utilities.text("craighead")
    row = craighead[craighead.rindex("[[refused]]") : craighead.index("# --- how sure we must")]
    edi = row.replace("green_button", "edi")
    publish(craighead.replace(row, row + edi), "craighead")
    assert answer(line) == before
    found = grants.offer_of("craighead")
    assert found is not None
    assert found.refused["edi"].code == "channel.not_available.edi"


def test_a_utility_of_which_all_is_known_since_then_is_written_to_by_no_rehearsal(sqlite_db: str) -> None:
    known = OBEC.replace('id = "obec"', 'id = "craighead"')
    known = known.replace('name = "Ozark Border Electric Cooperative"', 'name = "Craighead Electric"')
    known = known.replace('short_name = "OBEC"', 'short_name = "Craighead Electric"')
    publish(known, "craighead", call_back=called())
    assert isinstance(publishing.offer("craighead"), utilities.UtilityProfile)
    assert publishing.profile("craighead") is None


# --- the pages -------------------------------------------------------------------------------------------------------


def test_the_pages_show_every_line_that_differs_to_both_people(sqlite_db: str) -> None:
    boss, second = officer(), officer(Role.APPROVER)
    assert b'value = "info@ozarkborder.org"' in boss.get("/console/profiles/obec/text/").content
    sent = {"file": SimpleUploadedFile("x.toml", SLOWER.encode()), "reason": "They said so."}
    answered = boss.post("/console/profiles/obec/", sent)
    assert answered.status_code == 302, answered.content[:500]
    page = second.get(answered["Location"]).text
    assert "clock.last_days" in page
    assert "within 5-10 business days; fees may apply" in page
    assert "Another value, the same sentence" in page
    assert "1 line, asked" in boss.get("/console/profiles/obec/").text
    assert "publish version" in second.get(f"{answered['Location']}?sure=1").text
    wrong = boss.post("/console/profiles/obec/", {"file": SimpleUploadedFile("x.toml", b"\xff\xfe"), "reason": "x"})
    assert wrong.status_code == 422
    assert boss.get("/console/profiles/").status_code == 200
    assert boss.get("/console/profiles/elsewhere/").status_code == 404
    assert second.get("/console/profiles/obec/").status_code == 404


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine."""
    with log_world(settings, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE publishing_proposedprofile SET text = text || ' '", "publishing_proposedprofile"),
        ("DELETE FROM publishing_publishedprofile", "publishing_publishedprofile"),
        ("UPDATE publishing_publishedprofile SET number = 7", "publishing_publishedprofile"),
    ],
)
def test_the_log_names_a_version_that_was_changed_unseen(desk: signer.Desk, statement: str, table: str) -> None:
    publish()
    assert verified(desk).ok, verified(desk).why
    tamper(statement, table=table)
    assert "profile of a utility" in verified(desk).why
