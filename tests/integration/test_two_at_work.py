"""Two people with four accounts do the work of the house on its pages, from its beginning to its end, with nobody else.

As in `test_two_people.py` Olga is officer and operator, Sam approver and staff. Nothing is called but the site.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import jobs, publishing, vault
from broker.approvals.models import Approval
from broker.audit import log, signer
from broker.console.holds import retention
from broker.console.holds.models import Disposal, LegalHold
from broker.console.incidents.models import Incident, Step
from broker.console.outside import enrolling
from broker.console.packs import requesting
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.console.rights.models import Item, Review
from broker.duties import bars
from broker.duties.models import Glass
from broker.jobs.models import Job
from broker.parties.models import Organisation, User
from broker.terms import Actor
from consents import electronic
from requests_app.fees.models import FeeQuote, Question, WrittenYes
from requests_app.recipients import joining
from tests import clock
from tests.integration.audit_support import integrate, log_world, say_verified
from tests.integration.desk_support import drawn
from tests.integration.holds_support import keep
from tests.integration.test_joining import asked as sign_up
from tests.integration.test_packs_pages import SCOPE, WHY, walk
from tests.integration.test_publishing import SLOWER
from tests.integration.test_retention_pages import revoke
from tests.integration.test_two_people import Two
from tests.integration.test_yes_on_paper import form
from tests.packs_world import confirmed
from tests.recipients_world import browser_of
from tests.requests_world import ACCOUNT, coop, run_job

CENTRAL = ZoneInfo("America/Chicago")


class House:
    """The two, each of their accounts in a browser of its own, and a log that is signed on demand."""

    def __init__(self, desk: signer.Desk) -> None:
        self.two, self.desk = Two(), desk
        self.w = self.two.w
        self.signed_in()

    def signed_in(self) -> None:
        """They begin their day: each account signs in, and the log was verified."""
        accounts = {**self.two.olga, **self.two.sam}
        self.officer, self.operator, self.approver, self.staff = (
            browser_of(accounts[role]) for role in ("officer", "operator", "approver", "staff")
        )
        say_verified()

    def agreed(self, by: Client) -> Approval:
        """The other person reads what was asked for last, is asked once more, and says yes."""
        asked = Approval.objects.latest("requested_at")
        at = f"/console/approvals/{asked.id}/"
        assert by.get(at).status_code == 200
        answer = by.post(f"{at}decide/", confirmed(by, at))
        assert answer.status_code == 302, answer.content.decode()
        asked.refresh_from_db()
        return asked


@pytest.fixture
def house(committing: str, settings: Any, tmp_path: Path) -> Iterator[House]:
    with log_world(settings, tmp_path) as desk:
        yield House(desk)
        log.close_lanes()


def went(answer: Any) -> str:
    """The page that follows; what was sent was taken."""
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return str(answer["Location"])


def nobody_else() -> bool:
    """Whoever works here is one of the two."""
    ours = User.objects.exclude(role="analyst").filter(is_active=True)
    return {each.full_name for each in ours} == {"Olga Two", "Sam Two"}


def test_a_hold_is_placed_and_released(house: House) -> None:
    day = (clock.today() + timedelta(days=90)).isoformat()
    facts = {"customer": str(house.w.customer.id), "scope": "everything", "reason": "A court.", "review_on": day}
    went(house.officer.post("/console/holds/place/", facts))
    hold = LegalHold.objects.get()
    keep()
    went(house.officer.post(f"/console/holds/{hold.id}/release/", {"reason": "The court is done."}))
    house.agreed(house.approver)
    keep()
    hold.refresh_from_db()
    assert hold.state == "released"
    assert nobody_else()


def test_keys_whose_time_is_over_are_destroyed(house: House) -> None:
    vault.seal_file(b"a mail", subject=house.w.customer.id, name="mail.eml")
    revoke(house.w, timedelta(days=31))
    (due,) = [row for row in retention.due_until(clock.today()) if row.scope == "records"]
    went(house.officer.post("/console/retention/ask/", {"items": [due.code], "reason": "Its time is over."}))
    house.agreed(house.approver)
    keep()
    assert Disposal.objects.get().state == "finished"


def test_a_demand_of_an_authority_is_answered_by_a_pack(house: House) -> None:
    today = clock.today()
    facts = {
        "authority": "A court", "kind": "subpoena", "reference": "CV-1", "asked": "All", "received_on": str(today),
        "due_on": str(today + timedelta(days=9)), "gag_reference": "", "gag_last_day": "",
    }  # fmt: skip
    went(house.officer.post("/console/demands/new/", facts))
    demand = LegalDemand.objects.get()
    why = {**WHY, "basis": "legal_demand", "demand": demand.number}
    went(walk(house.officer, SCOPE, {"redaction": "masked"}, why))
    house.agreed(house.approver)
    pack = EvidencePack.objects.get()
    for _ in range(6):
        for job in Job.objects.filter(subject_id=pack.id, kind=requesting.BUILD, state="queued"):
            jobs.run(job.id, now=job.due_at)
        integrate(house.desk.answer)
    out = house.officer.post(f"/console/packs/{pack.id}/download/")
    assert out.headers["Content-Disposition"].endswith('.zip"')


def test_an_incident_is_led_to_its_end(house: House) -> None:
    began = timezone.localtime(timezone.now() - timedelta(hours=3), CENTRAL)
    facts = {"source": "complaint", "reference": "Q-2026-0007", "words": "A clerk opened bills."}
    facts |= dict.fromkeys(("happened_from", "known_at"), f"{began:%Y-%m-%dT%H:%M}")
    at = went(house.officer.post("/console/incidents/new/", facts))
    integrate(house.desk.answer)
    went(house.officer.post(f"{at}list/", {"filter-person": str(house.two.sam["staff"].id)}))
    wanted = {"choice": "no_notice", "ground": "no_harm", "investigation": "Looked into it."}
    went(house.officer.post(f"{at}proposal/", wanted))
    house.agreed(house.approver)
    went(house.officer.post(f"{at}coop/"))
    closed = {"kind": "closed", "at": f"{timezone.localtime(timezone.now(), CENTRAL):%Y-%m-%dT%H:%M}"}
    went(house.officer.post(f"{at}step/", closed))
    assert set(Step.objects.values_list("kind", flat=True)) == {"coop", "closed"}
    assert Incident.objects.count() == 1


def test_glass_that_the_officer_broke_is_judged_by_the_other_one(house: House) -> None:
    at = went(
        house.officer.post("/console/glass/break/", {"sought": ACCOUNT, "reason": "A house burns.", "hours": "2"})
    )
    assert "pat@member.example" in house.officer.post(f"{at}read/").content.decode()
    went(house.officer.post(f"{at}end/"))
    went(house.approver.post(f"{at}review/", {"verdict": "right", "note": "It burned."}))
    assert Glass.objects.get().reviewed_by == house.two.sam["approver"].id


def test_what_was_stopped_and_suspended_goes_on(house: House) -> None:
    went(house.staff.post("/duties/stop/", {"why": "Look first."}))
    assert bars.stop_now() is not None
    went(house.operator.post("/duties/stop/resume/", {"why": "Looked."}))
    house.agreed(house.approver)
    assert bars.stop_now() is None
    said = {"whom": f"organisation:{house.w.organisation.id}", "why": "A complaint."}
    went(house.officer.post("/duties/suspensions/new/", said))
    (bar,) = bars.suspensions()
    went(house.approver.post(f"/duties/suspensions/{bar.id}/lift/", {"why": "It was answered."}))
    assert list(bars.suspensions()) == []


def test_each_right_is_reviewed_by_the_other_one(house: House) -> None:
    went(house.officer.post("/console/rights/begin/"))
    review = Review.objects.get()
    for item in Item.objects.filter(review=review).select_related("person"):
        hers = item.person is not None and item.person.full_name == "Olga Two"
        by = house.approver if hers else house.officer
        went(by.post(f"/console/rights/{item.id}/decide/", {"verdict": "keep", "why": "Needed."}))
    assert set(Item.objects.values_list("state", flat=True)) == {Item.State.KEPT}


def test_the_profile_and_the_purposes_of_a_recipient_are_changed(house: House) -> None:
    sent = {"file": SimpleUploadedFile("x.toml", SLOWER.encode()), "reason": "They said so."}
    went(house.officer.post("/console/profiles/obec/", sent))
    assert house.agreed(house.approver).state == "executed"
    assert "within 5-10 business days" in publishing.text_in_force("obec")
    said = {"purposes": ["rate_comparison", "billing_review", "research"], "reason": "Called back on Monday."}
    went(house.officer.post(f"/console/organisations/{house.w.organisation.id}/purposes/", said))
    house.agreed(house.approver)
    house.w.organisation.refresh_from_db()
    assert "research" in house.w.organisation.purposes


def test_a_third_person_is_invited_suspended_disabled_and_let_in_again(house: House) -> None:
    new = {"username": "nora", "full_name": "Nora Newcomer", "role": "approver", "reason": "Begins on Monday."}
    went(house.operator.post("/sign-in/people/ask/", new))
    asked = house.agreed(house.approver)
    shown = house.operator.post(f"/sign-in/people/link/{asked.id}/").content.decode()
    assert re.search(r"/enrol/[\w-]+/", shown)
    nora = User.objects.get(username="nora")
    went(house.officer.post(f"/sign-in/left/{nora.id}/disable/", {"reason": "Left."}))
    house.agreed(house.approver)
    nora.refresh_from_db()
    assert not nora.is_active
    went(house.officer.post(f"/sign-in/left/{nora.id}/enable/", {"reason": "Came back."}))
    house.agreed(house.approver)
    nora.refresh_from_db()
    assert nora.is_active


def test_fees_are_accepted_declined_and_said_yes_to_by_herself(house: House, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path / "coop", settings):
        for answer in ("accepted", "declined"):
            manual = house.w.manual()
            assert run_job("manual.send", manual.id) == "done"
            acts = f"/admin/requests/{manual.id}/acts/"
            went(house.staff.post(f"{acts}quote/", {"amount": "95.00", "said_by": "phone"}))
            said = {"answer": answer, "reason": "It called.", **drawn(manual, "second")}
            went(house.staff.post(f"{acts}second/", said))
            house.agreed(house.officer)
            assert FeeQuote.objects.get(manual=manual).state == answer
        assert electronic.withdraw(house.w.customer, actor=Actor("c", house.w.customer.id), now=timezone.now())
        manual = house.w.manual()
        assert run_job("manual.send", manual.id) == "done"
        acts = f"/admin/requests/{manual.id}/acts/"
        went(house.staff.post(f"{acts}quote/", {"amount": "35.00", "said_by": "phone"}))
        went(house.staff.post(f"{acts}ask/", {"asks": "fee", "words": ""}))
        went(house.staff.post(f"/admin/requests/{manual.id}/yes/", form(Question.objects.get())))
        at = f"/admin/yes/{WrittenYes.objects.get().id}/"
        went(house.operator.post(at, {"decision": "approve"}))
        assert FeeQuote.objects.get(manual=manual).payer == "customer"


def test_an_organisation_is_enrolled_and_somebody_from_outside_for_a_day(house: House) -> None:
    row = sign_up(Client())
    said = {"answer": "enrol", "slug": "prairie", "reason": "Looked it up."}
    went(house.officer.post(f"/console/organisations/{row.id}/propose/", said))
    asked = house.agreed(house.approver)
    assert run_job(joining.CARRY_OUT, asked.id) == "done"
    assert Organisation.objects.filter(slug="prairie").exists()
    lena = {"full_name": "Lena Lawyer", "house": "Example Law Office", "email": "lena@law.example"}
    until = (clock.today() + timedelta(days=90)).isoformat()
    went(house.operator.post("/duties/outside/enrol/", {**lena, "why": "The co-op's lawyer.", "until": until}))
    house.agreed(house.approver)
    assert len(enrolling.standing(timezone.now())) == 1
