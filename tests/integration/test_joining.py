"""An organisation asks to be enrolled: a proven mailbox first, two different people, and only then a way in."""

import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.notices.models import Notice
from broker.parties import links
from broker.parties.directory import enrol_organisation
from broker.parties.models import EmailLink, Enrolment, Organisation, Role, User
from broker.terms import SERVICE
from requests_app.recipients import joining
from requests_app.recipients.models import SignUp
from requests_app.recipients.said import said_hash
from tests.completeness.test_joint_walk import CODE, TOKEN, known_secrets
from tests.integration.audit_support import log_world, tamper, verified
from tests.joint_world import person
from tests.recipients_world import browser_of
from tests.requests_world import events, run_job
from tests.rows import row as row_of
from tests.statements import captured

NOW = timezone.now
MAIL = "ana@prairie.example"
APPLY = {
    "legal_name": "Prairie Books LLC",
    "address": "5 Example Street, Example, MO 00000",
    "about": "We keep the books of farms.",
    "phone": "(555) 010-0100",
    "contact_name": "Ana Example",
    "purposes": ["rate_comparison", "billing_review"],
}


@pytest.fixture
def browser(committing: str) -> Client:
    return Client()


def proven(browser: Client, email: str = MAIL) -> EmailLink:
    with patch("broker.parties.links._new_code", return_value=CODE):
        assert browser.post("/join/", {"email": email}).status_code == 302
    assert browser.post("/join/code/", {"code": CODE}).url == "/join/apply/"
    return EmailLink.objects.order_by("-created_at")[0]


def asked(browser: Client) -> SignUp:
    proven(browser)
    assert browser.post("/join/apply/", APPLY).url == "/join/sent/"
    return SignUp.objects.order_by("-asked_at")[0]


def proposed(row: SignUp, answer: str = "enrol", role: Role = Role.OFFICER) -> tuple[Approval, Any]:
    _user, actor = person(role)
    made = joining.propose(row, answer, "prairie", requester=actor, reason="Looked it up.", now=NOW())
    return made, actor


def mail(template: str) -> str:
    notice = Notice.objects.get(template=template)
    event = log.append_read(
        "parties.read",
        actor=SERVICE("tests"),
        subject=notice.subject,
        purpose="operations",
        obj="notice",
        body={},
        cnt=1,
    )
    return vault.open(notice.content, under=event)


def test_two_people_enrol_an_organisation_and_its_contact_signs_in(browser: Client) -> None:
    row = asked(browser)
    assert not Organisation.objects.exists()
    approval, _ = proposed(row)
    _user, approver = person(Role.APPROVER)
    decide.approve(approval.id, approver=approver, now=NOW())
    assert run_job(joining.CARRY_OUT, approval.id) == "done"
    made = Organisation.objects.get()
    assert (made.legal_name, made.contact_email, made.slug) == ("Prairie Books LLC", MAIL, "prairie")
    row.refresh_from_db()
    approval.refresh_from_db()
    assert (row.state, row.organisation, approval.state) == ("enrolled", made, "executed")
    contact = User.objects.get(organisation=made)
    assert (contact.role, contact.has_usable_password()) == (Role.ANALYST, False)
    text = mail("join_enrolled")
    assert "/developers/" in text
    path = next(part for part in text.replace("\\n", " ").split() if "/enrol/" in part).partition("/enrol/")[2]
    own = Client()
    word = "four plain words here"
    saved = own.post(f"/enrol/{path}", {"password": word, "again": word}, follow=True).content.decode()
    assert "Your password is saved. Sign in now." in saved
    assert "Sign in for staff and organisations" in saved
    assert own.post("/login/", {"username": "prairie", "password": word}).url == "/after-login/"
    assert own.get("/recipient/").status_code == 200
    assert len(events("recipient.answered")) == 1


def test_whoever_decides_sees_what_is_proposed_of_whom_and_is_asked_before_a_no_too(browser: Client) -> None:
    row = asked(browser)
    approval, _ = proposed(row)
    user, _approver = person(Role.APPROVER)
    second = Client()
    second.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert ": Prairie Books LLC</a>" in second.get("/console/approvals/").content.decode()
    where = f"/console/approvals/{approval.id}/"
    page = second.get(where).content.decode()
    assert "The proposal: enrol Prairie Books LLC." in page
    assert f'href="/console/organisations/{row.id}/"' in page
    assert f'href="{where}?refuse=1"' in page
    sure = second.get(f"{where}?refuse=1").content.decode()
    assert "You are about to refuse this proposal: enrol Prairie Books LLC." in sure
    assert 'value="refuse"' in sure
    assert "one person has answered, another one decides" in second.get("/console/organisations/").content.decode()
    second.post(f"{where}decide/", {"decision": "refuse"})
    approval.refresh_from_db()
    assert approval.state == "refused"


def test_an_officer_sees_at_home_that_an_organisation_waits_until_one_of_us_proposed(browser: Client) -> None:
    row = asked(browser)
    officer = browser_of(person(Role.OFFICER)[0])
    assert waiting(officer) == 1
    approval, _ = proposed(row)
    assert waiting(officer) == 0, "it is among the acts that wait for a second person"
    decide.refuse(approval.id, approver=person(Role.APPROVER)[1], now=NOW())
    assert waiting(officer) == 1


def test_however_many_ask_they_are_counted_and_listed_by_as_many_queries(committing: str) -> None:
    (user, officer), counted = person(Role.OFFICER), []
    for number in (2, 20):
        for each in range(SignUp.objects.count(), number):
            made = applied(f"ana-{each}@prairie.example")
            if each % 2:
                joining.propose(made, "enrol", f"prairie-{each}", requester=officer, reason="x", now=NOW())
        with captured() as counts:
            assert joining.unanswered() == number / 2
        browser = browser_of(user)
        with captured() as lists:
            page = browser.get("/console/organisations/").content.decode()
        assert page.count("one person has answered, another one decides") == number / 2
        counted.append((len(counts), len(lists)))
    assert counted[0] == counted[1]
    assert counted[0][0] == 1


def applied(email: str) -> SignUp:
    """Have an organisation ask, without the pages."""
    link = links.begin(email, EmailLink.Purpose.JOIN, organisation=None, language="en", now=NOW())
    with transaction.atomic():
        made: SignUp = row_of(SignUp, link=link, legal_name="Prairie Books LLC")
    return made


def waiting(officer: Client) -> int:
    due = {each.title: each for each in officer.get("/console/").context["due"]}
    mine = due["Organisations that ask to be enrolled"]
    assert mine.path == "/console/organisations/"
    return int(mine.number)


def test_an_enrolment_link_that_is_over_sends_nobody_to_a_console_of_ours(sqlite_db: str) -> None:
    page = Client().get("/enrol/nothing/").content.decode()
    assert "Ask whoever sent it to you" in page


def test_the_same_person_decides_nothing(browser: Client) -> None:
    approval, officer = proposed(asked(browser))
    with pytest.raises(decide.NotAllowed, match=r"approval\.same_person"):
        decide.approve(approval.id, approver=officer, now=NOW())
    _user, staff = person(Role.STAFF)
    with pytest.raises(decide.NotAllowed, match=r"approval\.role"):
        decide.approve(approval.id, approver=staff, now=NOW())
    assert not Organisation.objects.exists()


def test_two_people_refuse_and_the_contact_is_told(browser: Client) -> None:
    row = asked(browser)
    approval, _ = proposed(row, "refuse")
    _user, approver = person(Role.APPROVER)
    decide.approve(approval.id, approver=approver, now=NOW())
    run_job(joining.CARRY_OUT, approval.id)
    row.refresh_from_db()
    assert row.state == "refused"
    assert not Organisation.objects.exists()
    assert not User.objects.filter(role=Role.ANALYST).exists()
    assert "did not enrol" in mail("join_refused")


def test_a_no_to_a_proposal_leaves_it_open_for_another(browser: Client) -> None:
    row = asked(browser)
    approval, _ = proposed(row)
    with pytest.raises(decide.NotAllowed):
        proposed(row)  # one at a time
    _user, approver = person(Role.APPROVER)
    decide.refuse(approval.id, approver=approver, now=NOW())
    assert proposed(row, "refuse")[0].state == "requested"


def test_nothing_is_kept_of_who_did_not_prove_the_mailbox(browser: Client) -> None:
    assert browser.post("/join/apply/", APPLY).url == "/join/"
    with known_secrets():
        browser.post("/join/", {"email": MAIL})
    assert browser.post("/join/apply/", APPLY).url == "/join/"
    assert browser.post("/join/code/", {"code": "654321"}).status_code in (200, 422)
    assert browser.post("/join/apply/", APPLY).url == "/join/"
    assert not SignUp.objects.exists()


def test_a_link_for_something_else_opens_no_application(browser: Client) -> None:
    with known_secrets():
        browser.post("/my/sign-in/", {"email": MAIL})
    assert browser.get(f"/join/open/{TOKEN}/").status_code == 410
    assert browser.get("/join/code/").status_code == 410
    with pytest.raises(ValueError, match="proven mailbox"):
        joining.ask(EmailLink.objects.get(), joining.Asked("A", "B", "C", "", (), "D"), language="en", now=NOW())


def test_sent_twice_it_counts_once_and_a_mailbox_asks_three_times_a_day(browser: Client) -> None:
    asked(browser)
    browser.post("/join/apply/", APPLY)
    assert SignUp.objects.count() == 1
    for _ in range(3):
        proven(browser)
        last = browser.post("/join/apply/", APPLY)
    assert last.status_code == 429
    assert SignUp.objects.count() == 3


def test_eight_presses_at_once_are_one_application_and_one_try(browser: Client) -> None:
    link = proven(browser)
    start, found, lock = threading.Barrier(8), [], threading.Lock()

    def send() -> None:
        own = Client()
        own.cookies = browser.cookies
        start.wait()
        answer = own.post("/join/apply/", APPLY)
        with lock:
            found.append((answer.status_code, answer.get("Location")))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [(302, "/join/sent/")] * 8
    assert SignUp.objects.get().link == link
    assert len(events("recipient.applied")) == 1
    for _ in range(2):  # two more of the day's three
        proven(browser)
        assert browser.post("/join/apply/", APPLY).status_code == 302


@pytest.mark.parametrize("field", ["about", "about_es"])
def test_a_portal_login_is_turned_away(browser: Client, field: str) -> None:
    proven(browser)
    assert browser.post("/join/apply/", {**APPLY, field: "smarthub password: hunter2-hunter2"}).status_code == 403
    assert not SignUp.objects.exists()


def test_what_an_organisation_says_of_itself_in_spanish_is_read_on_spanish_pages(browser: Client) -> None:
    proven(browser)
    words = "Llevamos los libros de granjas."
    assert browser.post("/join/apply/", {**APPLY, "about_es": words}).url == "/join/sent/"
    row = SignUp.objects.get()
    assert row.about_es == words
    boss, _actor = person(Role.OFFICER)
    assert words in browser_of(boss).get(f"/console/organisations/{row.id}/").content.decode()
    approval, _ = proposed(row)
    _user, approver = person(Role.APPROVER)
    decide.approve(approval.id, approver=approver, now=NOW())
    run_job(joining.CARRY_OUT, approval.id)
    slug = Organisation.objects.get(sign_up=row).slug
    for path in ("/", f"/share/with/{slug}/"):
        english, spanish = (browser.get(path, headers={"accept-language": each}).text for each in ("en", "es"))
        assert f'<p lang="en">{APPLY["about"]}</p>' in english
        assert words not in english
        assert f"<p>{words}</p>" in spanish
        assert str(APPLY["about"]) not in spanish
    enrol_organisation("farm-rates", "Farm Rates (test)", actor=SERVICE("tests"), now=NOW(), about="Compares rates.")
    for path in ("/", "/share/with/farm-rates/"):
        assert '<p lang="en">Compares rates.</p>' in browser.get(path, headers={"accept-language": "es"}).text


def test_without_spanish_words_an_entry_says_the_hash_that_it_always_said() -> None:
    said = "Prairie Books LLC", "5 Example Street", "We keep books.", "", ["billing_review"]
    assert said_hash(*said, "") == said_hash(*said)
    assert said_hash(*said, "Llevamos libros.") != said_hash(*said)


def test_a_form_that_lacks_something_says_so(browser: Client) -> None:
    proven(browser)
    for missing in ("legal_name", "address", "about", "contact_name", "purposes"):
        answer = browser.post("/join/apply/", {k: v for k, v in APPLY.items() if k != missing})
        assert answer.status_code == 422
    assert browser.post("/join/apply/", {**APPLY, "purposes": ["marketing"]}).status_code == 422
    assert not SignUp.objects.exists()


def test_in_spanish_the_purposes_are_spanish_too(browser: Client) -> None:
    proven(browser)
    page = browser.get("/join/apply/", headers={"Accept-Language": "es"}).content.decode()
    assert '<html lang="es">' in page
    assert "To check bills for mistakes" not in page


def test_the_contact_is_sealed_and_opened_under_an_entry(browser: Client) -> None:
    row = asked(browser)
    assert MAIL not in str(row.contact_email)
    user, _actor = person(Role.OFFICER)
    before = len(events("parties.read"))
    page = browser_of(user).get(f"/console/organisations/{row.id}/").content.decode()
    assert MAIL in page
    assert len(events("parties.read")) == before + 1


def test_a_short_name_that_somebody_took_meanwhile_is_another(browser: Client) -> None:
    row = asked(browser)
    approval, _ = proposed(row)
    User.objects.create_user("prairie", full_name="Somebody", role=Role.STAFF)
    _user, approver = person(Role.APPROVER)
    decide.approve(approval.id, approver=approver, now=NOW())
    run_job(joining.CARRY_OUT, approval.id)
    assert Organisation.objects.get().slug == f"prairie-{approval.id.hex[:6]}"


def test_a_new_link_ends_the_older_one(browser: Client) -> None:
    row = asked(browser)
    approval, _ = proposed(row)
    _user, approver = person(Role.APPROVER)
    decide.approve(approval.id, approver=approver, now=NOW())
    run_job(joining.CARRY_OUT, approval.id)
    officer, _actor = person(Role.OFFICER)
    assert browser_of(officer).post(f"/console/organisations/{row.id}/link/").status_code == 302
    assert Enrolment.objects.filter(used_at=None).count() == 1
    assert Notice.objects.filter(template="join_enrolled").count() == 2


def test_the_database_keeps_an_answer_of_two_people(browser: Client) -> None:
    row = asked(browser)
    with pytest.raises(DatabaseError), transaction.atomic():
        SignUp.objects.filter(id=row.id).update(state="enrolled")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM recipients_signup", "A sign-up of an organisation is gone from the database"),
        ("UPDATE recipients_signup SET legal_name = 'Other Books LLC'", "its event about what it said"),
        ("UPDATE recipients_signup SET about_es = 'Otra cosa'", "its event about what it said"),
        ("UPDATE recipients_signup SET approval = link_id", "its event about approval"),
    ],
)
def test_a_sign_up_is_claimed_by_its_events(
    browser: Client, settings: Any, tmp_path: Path, statement: str, said: str
) -> None:
    with log_world(settings, tmp_path) as desk:
        row = asked(browser)
        made, _actor = proposed(row, "refuse")
        decide.approve(made.id, approver=person(Role.APPROVER)[1], now=NOW())
        run_job(joining.CARRY_OUT, made.id)
        assert verified(desk).ok, verified(desk).why
        tamper(statement, table="recipients_signup")
        assert said in verified(desk).why
