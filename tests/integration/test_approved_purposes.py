"""What two people approved as an organisation was enrolled is what it may ask for, by every way."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Organisation, Role
from broker.parties.purposes import approved
from broker.terms import PURPOSES, Actor
from consents.asking import acts
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.paper.models import PaperLetter
from requests_app.models import DataRequest
from requests_app.recipients import joining, widening
from tests.completeness.watch import opened
from tests.integration.asking_support import body, code, make
from tests.integration.grant_support import ACCOUNT, DATA, Desk, desk, last_day
from tests.integration.test_joining import asked, proposed
from tests.integration.test_paper import jpeg, paper_form, signed_in
from tests.integration.test_recipient_many import form
from tests.joint_world import person
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACTOR, World, events, run_job, world

__all__ = ["desk"]


@pytest.fixture
def w(committing: str) -> World:
    """A world whose recipient may compare rates and check bills."""
    made = world()
    only(made.organisation, "rate_comparison", "billing_review")
    return made


def only(organisation: Organisation, *purposes: str) -> None:
    """Have two people approve these purposes for an organisation, and no others."""
    now, officer = timezone.now(), person(Role.OFFICER)[1]
    made = widening.propose(organisation, purposes, requester=officer, reason="Its mail of today.", now=now)
    decide.approve(made.id, approver=person(Role.APPROVER)[1], now=now)
    organisation.refresh_from_db()


def test_what_two_people_approved_is_what_the_organisation_may_ask_for(committing: str) -> None:
    row = asked(Client())
    approval, _ = proposed(row)
    decide.approve(approval.id, approver=person(Role.APPROVER)[1], now=timezone.now())
    assert run_job(joining.CARRY_OUT, approval.id) == "done"
    made = Organisation.objects.get()
    assert list(approved(made)) == ["rate_comparison", "billing_review"]
    assert made.purposes == sorted(row.purposes)


def test_a_program_is_refused_another_purpose_in_requests_decisions_and_asks(w: World) -> None:
    for answer in (w.post(w.ask(purpose="research")), w.call("post", "decisions/check", w.ask(purpose="research"))):
        assert (answer.status_code, answer.json()["code"]) == (403, "purpose.not_approved")
    assert len(events("pull.refused")) == 2
    assert not DataRequest.objects.exists()
    headers = {"Authorization": f"Bearer {w.key}", "Idempotency-Key": "k"}
    answer = w.call("post", "consent-asks", body(purpose="research"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose.not_approved")
    assert not ConsentAsk.objects.exists()
    assert w.post(w.ask()).status_code == 202
    assert w.post(w.ask(purpose="billing_review")).json()["code"] == "purpose.mismatch"
    assert w.post(w.ask(purpose="marketing")).json()["code"] == "purpose.mismatch"


def test_people_are_offered_what_was_approved_and_nothing_else_is_taken(w: World) -> None:
    user = analyst(w.organisation)
    ana = browser_of(user)
    for page in ("/recipient/asks/new/", "/recipient/requests/many/"):
        shown = ana.get(page).content.decode()
        assert 'value="billing_review"' in shown
        assert 'value="research"' not in shown
    assert ana.post("/recipient/requests/many/", form(["40900017"], purpose="research")).status_code == 422
    refused = acts.ask(Asker.person(user), body(purpose="research"), idempotency_key="k", now=timezone.now())
    assert code(refused) == "purpose.not_approved"


def test_an_organisation_whose_enrolment_named_none_may_ask_for_any(committing: str) -> None:
    w = world()
    assert approved(w.organisation) == PURPOSES
    for purpose in PURPOSES:
        make(Asker.app(w.application), purpose, purpose=purpose, email=...)


def test_a_customer_is_offered_what_was_approved_and_signs_nothing_else(desk: Desk) -> None:
    only(desk.organisation, "rate_comparison")
    she = desk.visitor()
    desk.enter(she)
    she.submit("/share/account/", ACCOUNT)
    she.submit("/share/data/", DATA)
    page = she.get("/share/purpose/").text
    assert ('value="rate_comparison"' in page, 'value="research"' in page) == (True, False)
    she.submit("/share/purpose/", {"purpose": "research", "last_day": last_day()}, expect=422)
    she.submit("/share/purpose/", {"purpose": "rate_comparison", "last_day": last_day()})


def test_the_command_names_purposes_that_there_are(committing: str) -> None:
    said = {"name": "Acme", "address": "1 Example Street", "email": "data@acme.example"}
    call_command("enrol_organisation", "acme", purpose=["research"], **said)
    assert Organisation.objects.get().purposes == ["research"]
    with pytest.raises((CommandError, ValueError)):
        call_command("enrol_organisation", "other", "--purpose", "marketing", **said)


def test_a_signed_original_with_another_purpose_is_not_entered(w: World) -> None:
    Client().post(f"/share/paper/{w.organisation.slug}/letter.pdf")
    entered = {**paper_form(PaperLetter.objects.get().code), "purpose": "research"}
    answer = signed_in(Role.STAFF).post(
        "/admin/paper/enter/", {**entered, "scan": SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg")}
    )
    assert answer.status_code == 422
    assert "was not approved to ask for this purpose" in answer.text


def test_two_people_change_what_an_organisation_may_ask_for(w: World) -> None:
    (officer, _), (approver, _) = person(Role.OFFICER), person(Role.APPROVER)
    desk, of_it = browser_of(officer), f"/console/organisations/{w.organisation.id}/purposes/"
    assert f'href="{of_it}"' in desk.get("/console/organisations/").content.decode()
    assert w.post(w.ask(purpose="research")).json()["code"] == "purpose.not_approved"
    said = {"purposes": ["rate_comparison", "billing_review", "research"], "reason": "Called back on Monday."}
    assert desk.post(of_it, said).status_code == 302
    assert "waits for another person" in desk.post(of_it, said).content.decode()
    w.organisation.refresh_from_db()
    assert "research" not in approved(w.organisation)
    asked = Approval.objects.get(act=widening.NAME, state="requested")
    page = browser_of(approver).get(f"/console/approvals/{asked.id}/").content.decode()
    assert PURPOSES["research"] in page
    with pytest.raises(decide.NotAllowed, match=r"approval\.same_person"):
        decide.approve(asked.id, approver=Actor("s", officer.id, role="officer"), now=timezone.now())
    decide.approve(asked.id, approver=Actor("s", approver.id, role="approver"), now=timezone.now())
    w.organisation.refresh_from_db()
    assert list(approved(w.organisation)) == [each for each in PURPOSES if each in said["purposes"]]
    changed = opened(events("recipient.purposes_changed")[-1].id)
    assert (changed["before"], changed["purposes"]) == (["billing_review", "rate_comparison"], sorted(said["purposes"]))


@pytest.mark.parametrize("purposes", [[], ["marketing"], ["rate_comparison", "billing_review"]])
def test_a_change_that_is_none_is_not_proposed(w: World, purposes: list[str]) -> None:
    desk = browser_of(person(Role.OFFICER)[0])
    said = {"purposes": purposes, "reason": "Called back on Monday."}
    assert desk.post(f"/console/organisations/{w.organisation.id}/purposes/", said).status_code == 422
    assert Approval.objects.filter(act=widening.NAME, state="requested").count() == 0


@pytest.mark.parametrize("purposes", [["research"], None, []])
def test_the_database_itself_refuses_a_change_by_nobody(w: World, purposes: list[str] | None) -> None:
    with pytest.raises(DatabaseError, match="changed by two people"):
        _write(w.organisation, purposes)


def _write(organisation: Organisation, purposes: list[str] | None) -> None:
    with transaction.atomic():
        ref = log.append("parties.changed", actor=ACTOR, subject=None, body={"organisation": str(organisation.id)})
        Organisation.objects.filter(id=organisation.id).update(purposes=purposes, audit_event_id=ref.id)
