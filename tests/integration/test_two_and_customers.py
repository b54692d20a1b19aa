"""Two people with four accounts, and customers: what comes from outside is worked on by these two to its end.

As in `test_two_at_work.py` Olga is officer and operator, Sam approver and staff. Customers, second holders and
objectors use the site's own pages, too.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker.approvals.models import Approval
from broker.console.incidents import telling
from broker.console.incidents.models import AffectedList, Incident, Step, Told
from broker.demo.visitor import Visitor
from broker.parties import staff
from broker.parties.models import Role, User
from broker.terms import SERVICE, Actor
from consents import electronic
from consents.joint import members, reach
from consents.joint.models import CoApproval, JointMember, Objection
from consents.lifecycle import State
from consents.models import Complaint, Consent, PaperNotice
from consents.paper import granting
from consents.paper.models import PaperEntry, PaperLetter
from requests_app.fees.models import FeeQuote, Question, WrittenYes
from tests import clock
from tests.granted import TWO_NAMES
from tests.integration.audit_support import integrate
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.sign_in_support import Person
from tests.integration.test_both_holds import agrees, asked, both, state
from tests.integration.test_paper import jpeg, paper_form
from tests.integration.test_two_at_the_desk import offers
from tests.integration.test_two_at_work import CENTRAL, House, house, nobody_else, went
from tests.integration.test_yes_on_paper import form
from tests.joint_world import BETTY, grant, object_by_page, proven, signed_in
from tests.requests_world import coop, run_job

__all__ = ["desk", "house"]

PAT = "pat@member.example"
WORDS = "Who looked at my bills, and why?"
REPLY = "It was looked at for your own question of Monday. Nothing left the house."


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> None:
    """Keep the verdict on the log beside everything else of the desk."""
    settings.DATA_DIR = tmp_path


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- two holders, and whoever objects -----------------------------------------------------------------------------


@pytest.mark.granted(TWO_NAMES)
def test_both_must_agree_is_ended_on_the_word_of_both_holders(desk: Desk, folder: None) -> None:
    first = both(desk)
    house, row = House(desk.signer), CoApproval.objects.get()
    at = f"/admin/both/{row.id}/"
    assert at in house.staff.get("/admin/both/").content.decode()
    offers(house, at, "Ask a second person to end it")
    went(house.staff.post(at, {"reason": "Letters of both, of March 2."}))
    assert house.agreed(house.officer).state == "executed"
    assert not reach.stands(row)
    assert at not in house.staff.get("/admin/both/").content.decode()
    for to in (EMAIL, BETTY):
        assert "0042" in desk.mail("One holder alone may share again", to)["text"]
    assert state(grant(desk)) == State.ACTIVE
    assert state(first) == State.SUSPENDED  # what was signed before waits for the other holder
    agrees(desk, first, BETTY)
    assert state(first) == State.ACTIVE
    assert nobody_else()


@pytest.mark.granted(TWO_NAMES)
def test_a_second_holder_whom_a_letter_reached_gets_a_say(desk: Desk, folder: None) -> None:
    consent = grant(desk)
    proven(consent)
    desk.work()
    house, letter = House(desk.signer), PaperNotice.objects.get()
    assert house.staff.post(f"/admin/paper/post/{letter.id}/")["Content-Type"] == "application/pdf"
    went(house.staff.post(f"/admin/paper/post/{letter.id}/done/"))
    member = JointMember.objects.get(consent=consent)
    desk.visitor().submit(f"/holder/{members.token(member.id)}/", {"answer": "both"})
    desk.work()
    at = f"/admin/both/mailbox/{member.id}/"
    assert at in house.staff.get("/admin/both/").content.decode()
    offers(house, at, "Ask a second person to record it")
    said = {"email": BETTY, "reason": "Her call."}
    assert "Your role may not ask for this." in house.operator.post(at, said).content.decode()
    went(house.staff.post(at, {"email": BETTY, "reason": "Her call of March 2; she read the letter to me."}))
    waits = f"/console/approvals/{Approval.objects.get().id}/"
    assert BETTY in house.officer.post(f"{waits}reason/").content.decode()
    assert house.agreed(house.officer).state == "executed"
    desk.work()
    assert state(consent) == State.SUSPENDED
    assert asked(desk, consent, BETTY)
    agrees(desk, consent, BETTY)
    assert state(consent) == State.ACTIVE
    assert nobody_else()


@pytest.mark.granted(TWO_NAMES)
def test_an_objection_is_dismissed_and_what_it_paused_goes_on(desk: Desk, folder: None) -> None:
    consent, house = grant(desk), House(desk.signer)
    object_by_page(desk)
    desk.work()
    assert state(consent) == State.SUSPENDED
    made = Objection.objects.get()
    at = f"/admin/objections/{made.id}/"
    assert at in house.staff.get("/admin/objections/").content.decode()
    assert "Betty Smith" in house.staff.post(f"{at}reveal/").content.decode()
    offers(house, at, "Ask a second person to dismiss it")
    went(house.staff.post(at, {"reason": "The co-op says that she is no holder."}))
    assert house.agreed(house.officer).state == "executed"
    made.refresh_from_db()
    assert made.state == Objection.State.DISMISSED
    assert state(consent) == State.ACTIVE
    assert made.number in desk.mail(made.number, BETTY)["subject"]
    assert nobody_else()


# --- paper --------------------------------------------------------------------------------------------------------


def entered(by: Client, letter: PaperLetter) -> PaperEntry:
    scan = SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg")
    went(by.post("/admin/paper/enter/", {**paper_form(letter.code), "scan": scan}))
    return PaperEntry.objects.get(letter=letter, state="waiting")


@pytest.fixture
def letter(house: House) -> PaperLetter:
    """One that a customer printed, signed and posted."""
    assert Client().post(f"/share/paper/{house.w.organisation.slug}/letter.pdf").status_code == 200
    return PaperLetter.objects.get()


def taken(house: House, entry: PaperEntry) -> Consent:
    """Olga compares what Sam entered; her letter is posted to the customer."""
    at = f"/admin/paper/{entry.id}/"
    assert at in house.operator.get("/admin/paper/").content.decode()
    assert "Rosa Paper" in house.operator.get(at).content.decode()
    assert house.operator.post(f"{at}scan/").content == jpeg()
    went(house.operator.post(at, {"decision": "approve"}))
    entry.refresh_from_db()
    assert entry.state == "approved"
    consent = Consent.objects.get(on_paper__entry=entry)
    assert run_job(granting.DELIVER, consent.id) == "done"
    notice = PaperNotice.objects.get(consent=consent)
    assert house.staff.post(f"/admin/paper/post/{notice.id}/")["Content-Type"] == "application/pdf"
    went(house.staff.post(f"/admin/paper/post/{notice.id}/done/"))
    notice.refresh_from_db()
    assert notice.posted_at is not None
    consent.refresh_from_db()
    return consent


def test_a_letter_signed_on_paper_is_entered_compared_and_answered_by_post(
    house: House, letter: PaperLetter, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path / "coop", settings):
        assert taken(house, entered(house.staff, letter)).state == State.ACTIVE
    assert nobody_else()


def test_what_the_only_operator_entered_is_taken_back_and_entered_by_the_other_one(
    house: House, letter: PaperLetter, tmp_path: Path, settings: Any
) -> None:
    hers = entered(house.operator, letter)
    at = f"/admin/paper/{hers.id}/"
    for nobody in (house.operator, house.staff):
        went(nobody.post(at, {"decision": "approve"}))
        hers.refresh_from_db()
        assert hers.state == "waiting"
    went(house.staff.post(at, {"decision": "take_back"}))
    assert Approval.objects.get().state == "requested"
    assert "Take it back" not in house.staff.get(at).content.decode()
    assert "Take it back" in house.operator.get(at).content.decode()
    went(house.operator.post(at, {"decision": "take_back"}))
    hers.refresh_from_db()
    assert hers.state == "refused"
    assert Approval.objects.get().state == "withdrawn"
    with coop(tmp_path / "coop", settings):
        assert taken(house, entered(house.staff, letter)).state == State.ACTIVE
    assert nobody_else()


def test_a_yes_to_a_fee_that_the_only_operator_wrote_down_is_taken_back_and_written_by_the_other_one(
    house: House, tmp_path: Path, settings: Any
) -> None:
    assert electronic.withdraw(house.w.customer, actor=Actor("c", house.w.customer.id), now=timezone.now())
    with coop(tmp_path / "coop", settings):
        manual = house.w.manual()
        assert run_job("manual.send", manual.id) == "done"
        acts = f"/admin/requests/{manual.id}/acts/"
        went(house.staff.post(f"{acts}quote/", {"amount": "35.00", "said_by": "phone"}))
        went(house.staff.post(f"{acts}ask/", {"asks": "fee", "words": ""}))
        yes = f"/admin/requests/{manual.id}/yes/"
        went(house.operator.post(yes, form(Question.objects.get())))
        hers = f"/admin/yes/{WrittenYes.objects.get().id}/"
        for nobody in (house.staff, house.officer, house.approver):
            nobody.post(hers, {"decision": "take_back"})
            assert Approval.objects.get().state == "requested"
        assert "Take it back" in house.operator.get(hers).content.decode()
        went(house.operator.post(hers, {"decision": "take_back"}))
        assert Approval.objects.get().state == "withdrawn"
        went(house.staff.post(yes, form(Question.objects.get())))
        went(house.operator.post(f"/admin/yes/{WrittenYes.objects.latest('written_at').id}/", {"decision": "approve"}))
        assert FeeQuote.objects.get(manual=manual).payer == "customer"
    assert nobody_else()


# --- an incident that waits ---------------------------------------------------------------------------------------


def test_notice_of_an_incident_waits_for_law_enforcement_and_then_goes_out(house: House) -> None:
    began, today = timezone.localtime(timezone.now() - timedelta(hours=3), CENTRAL), clock.today()
    facts = {"source": "complaint", "reference": "Q-2026-0007", "words": "A clerk opened bills."}
    facts |= dict.fromkeys(("happened_from", "known_at"), f"{began:%Y-%m-%dT%H:%M}")
    glass = went(house.officer.post("/console/glass/break/", {"sought": PAT, "reason": "A fire.", "hours": "2"}))
    assert PAT in house.officer.post(f"{glass}read/").content.decode()
    at = went(house.officer.post("/console/incidents/new/", facts))
    integrate(house.desk.answer)
    went(house.officer.post(f"{at}list/", {"filter-person": str(house.two.olga["officer"].id)}))
    wanted = {"choice": "notify", "ground": "", "investigation": "Asked.", "said_en": "Bills.", "said_es": "Facturas."}
    went(house.officer.post(f"{at}proposal/", wanted))
    house.agreed(house.approver)
    letter = {"agency": "Ozark County Sheriff", "written_on": today, "words": "Deputy Doe, by letter."}
    for until in (today + timedelta(days=5), today):  # the second letter lets go earlier
        went(house.officer.post(f"{at}delay/", {**letter, "until": until}))
        assert house.agreed(house.approver).state == "executed"
        went(house.officer.post(f"{at}customers/"))
        assert Step.objects.filter(kind="customers").exists() is (until == today)
    integrate(house.desk.answer)
    for row in AffectedList.objects.get().rows.all():
        assert run_job(telling.TELL, row.id) == "done"
    assert set(Told.objects.values_list("customer", flat=True)) == {house.w.customer.id}
    went(house.officer.post(f"{at}coop/"))
    closed = {"kind": "closed", "at": f"{timezone.localtime(timezone.now(), CENTRAL):%Y-%m-%dT%H:%M}"}
    went(house.officer.post(f"{at}step/", closed))
    assert set(Incident.objects.get().steps.values_list("kind", flat=True)) == {"customers", "coop", "closed"}
    assert nobody_else()


# --- a passkey that was lost --------------------------------------------------------------------------------------


def by_passkey(user: User) -> Person:
    """Give somebody who has made a first passkey behind a link, and has signed in with it."""
    person = Person(user.username)
    assert person.enrol(f"/enrol/{staff.renew_enrolment(user, now=timezone.now())}/").status_code == 302
    assert person.sign_in().status_code == 302
    return person


@pytest.fixture
def people(house: House) -> dict[str, Person]:
    """The two as they sign in where passwords open nothing: each account has its passkey."""
    found = {role: by_passkey(user) for role, user in (house.two.olga | house.two.sam).items()}
    house.officer, house.operator = found["officer"].browser, found["operator"].browser
    house.approver, house.staff = found["approver"].browser, found["staff"].browser
    return found


@pytest.fixture
def analyst(people: dict[str, Person], house: House) -> Person:
    """Somebody of a recipient, who signs in by passkey."""
    staff.create_user(
        "ana", "Ana Example", Role.ANALYST, password=None, actor=SERVICE("tests"), organisation=house.w.organisation
    )
    return by_passkey(User.objects.get(username="ana"))


def link_for(house: House, username: str) -> Callable[[], str]:
    """Ask for a new link and agree to it; gives what has it shown."""
    went(house.operator.post("/sign-in/people/ask/", {"username": username, "reason": "The laptop burned."}))
    made = house.agreed(house.approver)
    assert f"Show the link for {username}" in house.operator.get("/sign-in/people/").content.decode()
    return lambda: house.operator.post(f"/sign-in/people/link/{made.id}/", follow=True).content.decode()


def test_whoever_lost_the_passkey_gets_a_new_link(house: House, analyst: Person) -> None:
    shown = re.search(r"/enrol/[\w-]+/", link_for(house, "ana")())
    assert shown
    assert analyst.browser.get("/recipient/").status_code == 302
    assert analyst.sign_in().status_code == 400  # whoever found it
    again = Person("ana")
    assert again.enrol(shown[0]).status_code == 302
    assert again.sign_in().status_code == 302
    assert again.browser.get("/recipient/").status_code == 200
    assert nobody_else()


def test_a_passkey_that_was_found_again_and_then_lost_is_no_dead_end(house: House, analyst: Person) -> None:
    show = link_for(house, "ana")
    assert analyst.sign_in().status_code == 302
    assert "it is not lost" in show()
    assert Approval.objects.latest("requested_at").state == "withdrawn"
    assert "Show the link for ana" not in house.operator.get("/sign-in/people/").content.decode()
    assert re.search(r"/enrol/[\w-]+/", link_for(house, "ana")())  # and now it is


@pytest.mark.usefixtures("people")
def test_one_of_the_two_comes_back_by_a_code_of_the_own_for_neither_lets_the_other_in(house: House) -> None:
    codes = re.findall(r"\d+-(?:[A-Z0-9]{4}-){3}[A-Z0-9]{4}", house.approver.post("/sign-in/codes/").content.decode())
    assert codes
    went(house.operator.post("/sign-in/people/ask/", {"username": "sam-approver", "reason": "Sam's laptop burned."}))
    at = f"/console/approvals/{Approval.objects.get().id}/"
    answer = house.approver.post(f"{at}decide/", {"decision": "approve"}, follow=True)
    assert "You asked for it yourself, or it is for you" in text(answer)
    answer = house.officer.post(f"{at}decide/", {"decision": "approve"}, follow=True)
    assert "You asked for it yourself, or it is for you" in text(answer)
    assert Approval.objects.get().state == "requested"
    back = Person("sam-approver")
    went_on = back.browser.post("/sign-in/recover/", {"username": back.username, "code": codes[0]})
    assert back.enrol(went(went_on)).status_code == 302
    assert back.sign_in().status_code == 302
    house.approver = back.browser
    went(house.staff.post("/duties/stop/", {"why": "Look first."}))
    went(house.operator.post("/duties/stop/resume/", {"why": "Looked."}))
    assert house.agreed(house.approver).state == "executed"
    assert nobody_else()


# --- what a customer asks -----------------------------------------------------------------------------------------


def asks(her: Visitor, what: str) -> Complaint:
    """Find the newest line of her list that says this, and ask about it on its page."""
    page = her.get("/my/access/").text
    line = next(each for each in page.split("<tr")[1:] if what in each)
    found = re.search(r"/my/access/\d+/ask/", line)
    assert found
    assert WORDS in her.submit(found[0], {"words": WORDS}).text
    return Complaint.objects.latest("opened_at")


def ends(desk: Desk, her: Visitor, made: Complaint, by: Client) -> None:
    """Answer it, have the mail go out, and close it; she reads the reply in her mail and on her page."""
    at = f"/console/complaints/{made.id}/"
    assert made.number in by.get("/console/complaints/").content.decode()
    assert WORDS in by.get(at).content.decode()
    went(by.post(f"{at}answer/", {"reply": REPLY}))
    assert REPLY in " ".join(desk.mail(made.number, PAT)["text"].split())
    assert REPLY in her.get(f"/my/access/questions/{made.id}/").text
    went(by.post(f"{at}close/"))
    made.refresh_from_db()
    assert made.state == "closed"


def test_a_customers_question_is_owned_answered_and_closed(desk: Desk, folder: None) -> None:
    house = House(desk.signer)
    assert house.w.post(house.w.ask()).status_code == 202
    her = signed_in(desk, PAT)
    made = asks(her, "Asked for your data")
    assert made.owner == house.two.olga["officer"]
    assert house.approver.get(f"/console/complaints/{made.id}/").status_code == 404
    assert "Nobody else here may answer it." in text(house.officer.get(f"/console/complaints/{made.id}/"))
    ends(desk, her, made, house.officer)
    assert nobody_else()


def test_a_question_about_the_officers_own_act_is_answered_by_the_approver(desk: Desk, folder: None) -> None:
    house = House(desk.signer)
    went(house.officer.post("/console/glass/break/", {"sought": PAT, "reason": "A house burns.", "hours": "2"}))
    her = signed_in(desk, PAT)
    made = asks(her, "An officer opened your sealed data")
    assert made.owner == house.two.sam["approver"]
    at = f"/console/complaints/{made.id}/"
    assert "Nobody answers for an act of their own" in text(house.officer.get(at))
    went(house.officer.post(f"{at}answer/", {"reply": REPLY}))
    made.refresh_from_db()
    assert made.state == "received"
    ends(desk, her, made, house.approver)
    assert nobody_else()
