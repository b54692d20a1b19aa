"""Somebody from outside is the second person of what two alone cannot do: by a mailed link, a code and one answer."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import acts, decide
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.audit.encoding import opaque
from broker.audit.entry import parse_header
from broker.console.due import everything
from broker.console.outside import allowed, asking, codes, enrolling
from broker.console.outside.models import Approver, Ask
from broker.console.packs import requesting
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope
from broker.console.packs.requesting import Ask as PackAsk
from broker.db import evidence_outside
from broker.duties import team
from broker.inlets.logs import redact
from broker.notices.models import Notice
from broker.parties.models import Organisation, Role, User
from broker.parties.signin import workbox
from broker.parties.signin.step_up import LISTED
from consents.joint import dismissing, ending_both, hearing
from consents.joint.models import CoApproval, HolderMailbox, JointMember, Objection
from consents.models import Consent
from consents.paper import printing
from consents.paper.models import PaperLetter
from requests_app.recipients import joining, widening
from tests import clock
from tests.clock import travel
from tests.duties_world import actor
from tests.duties_world import person as duty
from tests.factories import event
from tests.integration import test_joining, test_publishing
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.test_both_ended import both
from tests.integration.test_paper import entered
from tests.integration.test_waits import Small
from tests.joint_world import BETTY, path_in
from tests.outside_world import LENA, NOTE, code, enrolled, opened, sent, signs_in, wanted
from tests.recipients_world import browser_of
from tests.requests_world import events
from tests.rows import row

__all__ = ["desk"]

AT = "/duties/outside/"
NOW = timezone.now


@pytest.fixture
def small(committing: str) -> Small:
    """An officer and an operator."""
    return Small()


# --- each act, as its own code asks for it --------------------------------------------------------------------------


def _enrol(small: Small) -> Approval:
    made = test_joining.asked(Client())
    return joining.propose(made, "enrol", "prairie", requester=actor(small.olga), reason="Looked it up.", now=NOW())


def purposes(small: Small) -> Approval:
    purposes = ["billing_review"]
    return widening.propose(small.w.organisation, purposes, requester=actor(small.olga), reason="Its mail.", now=NOW())


def _pack(small: Small) -> Approval:
    wanted = PackAsk(
        Scope.CONSENT, Redaction.HEADERS, Contents(letters=True), Basis.COMPLAINT, "A secret purpose.",
        "Counsel of the commission", scope_id=small.w.consent.id,
    )  # fmt: skip
    made = requesting.ask(wanted, requester=actor(small.olga), now=NOW())
    assert made.approval is not None
    return made.approval


def _profile(small: Small) -> Approval:
    return test_publishing.propose(by=actor(small.olga))


def _paper(small: Small) -> Approval:
    made = printing.make(small.w.organisation, answers=None, language="en", actor=None, now=NOW())
    assert made is not None
    return Approval.objects.get(id=entered(PaperLetter.objects.get(code=made.code), actor(small.opa)).approval)


def _objection(small: Small) -> Approval:
    with transaction.atomic():
        made = row(Objection, state="received", number="OB-1", last_four="0017")
        Objection.objects.filter(id=made.id).update(state="standing")
        made.refresh_from_db()
    return dismissing.request(made, requester=actor(small.olga), reason="The co-op says no.", now=NOW())


def _end_both(small: Small) -> Approval:
    account = small.w.account
    with transaction.atomic():
        made = row(
            CoApproval, account=account, utility=account.utility, number_index=bytes(account.number_index), since=NOW()
        )
    return ending_both.request(made, requester=actor(small.olga), reason="Both wrote.", now=NOW())


def _mailbox(small: Small) -> Approval:
    with transaction.atomic():
        member = row(JointMember, consent=small.w.consent)
        facts = {"subject": member.id, "about": member.id}
        made = decide.request(hearing.NAME, requester=actor(small.olga), reason=BETTY, now=NOW(), **facts)
        place = vault.Place("joint_holdermailbox", "email", uuid.uuid4())
        email = vault.seal(BETTY, subject=member.id, place=place)
        row(HolderMailbox, id=place.row, member=member, approval=made.id, email=email)
    return made


def _incident(small: Small) -> Approval:
    return small.asked("incident.decide", subject=uuid.uuid4(), about=uuid.uuid4())


EACH: dict[str, Callable[[Small], Approval]] = {
    "incident.decide": _incident,
    "joint.end_both": _end_both,
    "joint.mailbox": _mailbox,
    "objection.dismiss": _objection,
    "organisation.enrol": _enrol,
    "organisation.purposes": purposes,
    "pack.export": _pack,
    "paper.consent": _paper,
    "profile.change": _profile,
}
HERS = ("0017", "40900017", "Pat Q Member", "2 Example Road", "betty@", "A secret purpose", "Rosa Paper", "0033")


def test_one_list_says_what_may_go_outside() -> None:
    assert set(EACH) == set(evidence_outside.FROM_OUTSIDE) == team.FROM_OUTSIDE
    assert not team.FROM_OUTSIDE & (team.OURS_ALONE | team.MAY_WAIT)
    assert {each.name for each in acts.registered()} > team.FROM_OUTSIDE


# What is done after a yes takes a whole world of its own: test_outside_done.py looks at that.
BARE = {"incident.decide", "objection.dismiss", "joint.mailbox"}


@pytest.mark.parametrize("act", sorted(EACH))
@pytest.mark.parametrize("agrees", [True, False], ids=["agrees", "declines"])
def test_each_act_is_shown_and_answered_from_outside(
    small: Small, act: str, agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval, lena, by = EACH[act](small), enrolled(small.opa, small.olga), small.opa
    if act == "paper.consent":  # which the operator typed: another one enrols and sends
        by, lena = small.olga, enrolled(small.olga, small.one("Ada", Role.APPROVER), email="mara@law.example")
    kind = acts.act_of(act)
    if act in BARE:
        bare = acts.TwoPersonAct(act, kind.title, kind.requesters, kind.approvers, kind.life)
        monkeypatch.setitem(acts._acts, act, bare)
    assert approval.id in {each.id for each in allowed.candidates(NOW())}
    ask, path = sent(approval, lena, by)
    assert approval.id not in {each.id for each in allowed.candidates(NOW())}
    browser = opened(path)
    page = browser.get(path).content.decode()
    assert NOTE in page
    assert kind.title in page
    assert [each for each in HERS if each in page] == []
    digits = {"digits": "0033"} if act == "paper.consent" else {}
    said = browser.post(path, {"do": "approve" if agrees else "decline", "why": "I looked at it.", **digits})
    assert "Thank you" in said.content.decode()
    approval.refresh_from_db()
    ask.refresh_from_db()
    assert approval.state in ((Act.APPROVED, Act.EXECUTED) if agrees else (Act.REFUSED,))
    assert (approval.approver, ask.state) == (lena.id, "approved" if agrees else "declined")
    given = parse_header(bytes(events("approval.given" if agrees else "approval.refused")[-1].header))
    assert given.actor == opaque("o", lena.id)
    assert "It was answered already" in Client().get(path).content.decode()
    if act != "paper.consent":  # whose page is another one
        who = browser_of(small.olga).get(f"/console/approvals/{approval.id}/").content.decode()
        assert "Lena Lawyer of Example Law Office, from outside" in who


# --- through the wires -----------------------------------------------------------------------------------------------


def through_the_mail(desk: Desk, answer: str, **more: str) -> tuple[str, str]:
    """Follow the mailed link: a code by mail, the proposal, the answer. Gives both pages."""
    path = path_in(desk.mail("A decision that needs you", LENA), "/decide/")
    lena = desk.visitor()
    assert "Mail me a code" in lena.get(path).text
    lena.submit(path, {"do": "code"})
    page = lena.submit(path, {"do": "confirm", "code": desk.mail("Your code for our question", LENA)["codes"][0]}).text
    return page, lena.submit(path, {"do": answer, "why": "I read the letters of both.", **more}).text


def test_both_must_agree_ends_by_the_word_of_a_lawyer_outside(desk: Desk) -> None:
    both(desk)
    olga, opa = signs_in("Olga", Role.OFFICER), signs_in("Opa", Role.OPERATOR)
    asks = browser_of(opa)
    form = {"full_name": "Lena Lawyer", "house": "Example Law Office", "email": LENA, "why": "The co-op's lawyer."}
    assert asks.post(f"{AT}enrol/", {**form, "until": wanted().until.isoformat()}).status_code == 302
    agrees, waits = browser_of(olga), Approval.objects.get(act="outside.enrol")
    assert "enrol Lena Lawyer of Example Law Office" in agrees.get(f"/console/approvals/{waits.id}/").content.decode()
    assert LENA in agrees.post(f"/console/approvals/{waits.id}/reason/").content.decode()
    decide.approve(waits.id, approver=actor(olga), now=NOW())
    ends = ending_both.request(CoApproval.objects.get(), requester=actor(olga), reason="Both wrote.", now=NOW())
    assert "Lena Lawyer" in asks.get(AT).content.decode()
    number = next(each.number for each in everything(NOW()) if each.path == AT)
    assert number == 1
    lena = Approver.objects.get()
    assert asks.post(f"{AT}send/{ends.id}/", {"outside": lena.id, "note": NOTE}).status_code == 302
    page, said = through_the_mail(desk, "approve")
    assert "as both asked for" in page
    assert "0042" not in page
    assert "You agreed, and it is done." in said
    ends.refresh_from_db()
    assert (ends.state, ends.approver) == (Act.EXECUTED, lena.id)
    for to in (EMAIL, BETTY):
        assert desk.mail("One holder alone may share again", to)
    assert "agreed" in asks.get(AT).content.decode()
    assert {"duties-outside-enrol", "duties-outside-send"} <= set(LISTED)
    assert "somebody from outside can be the second person" in asks.get("/duties/team/").content.decode()


def test_a_letter_on_paper_is_taken_by_whoever_holds_it_in_the_hand(desk: Desk) -> None:
    made = printing.make(desk.organisation, answers=None, language="en", actor=None, now=NOW())
    assert made is not None
    olga, opa = signs_in("Olga", Role.OFFICER), signs_in("Opa", Role.OPERATOR)
    entry = entered(PaperLetter.objects.get(code=made.code), actor(opa))
    his = enrolled(opa, olga, email="opa.himself@freemail.example")
    for by, to in ((olga, his), (opa, his)):  # he typed the letter: a mailbox that he named decides nothing of it
        with pytest.raises(allowed.NotAllowed, match=r"outside\.alone"):
            asking.send(entry.approval, to, NOTE, by=by, now=NOW())
    lena = enrolled(olga, signs_in("Ada", Role.APPROVER))
    with pytest.raises(allowed.NotAllowed, match=r"outside\.alone"):
        asking.send(entry.approval, lena, NOTE, by=opa, now=NOW())
    asking.send(entry.approval, lena, NOTE, by=olga, now=NOW())
    path = path_in(desk.mail("A decision that needs you", LENA), "/decide/")
    page, again = through_the_mail_wrong_then_right(desk, path)
    assert "Have the signed letter shown to you" in page
    assert "These digits are not those of the letter" in again
    consent = Consent.objects.get()
    entry.refresh_from_db()
    assert (entry.state, consent.recipient) == ("approved", desk.organisation)
    desk.work()
    consent.refresh_from_db()
    assert consent.state == "active"


def through_the_mail_wrong_then_right(desk: Desk, path: str) -> tuple[str, str]:
    lena = desk.visitor()
    lena.get(path)
    lena.submit(path, {"do": "code"})
    page = lena.submit(path, {"do": "confirm", "code": desk.mail("Your code for our question", LENA)["codes"][0]}).text
    wrong = lena.submit(path, {"do": "approve", "why": "I compared it.", "digits": "9999"}, expect=422).text
    assert not Consent.objects.exists()
    lena.submit(path, {"do": "approve", "why": "I compared it.", "digits": "0033"})
    return page, wrong


# --- nobody gets past it ---------------------------------------------------------------------------------------------


def refused(path: str, browser: Client, says: str) -> None:
    answer = browser.post(path, {"do": "approve", "why": "Yes."})
    assert answer.status_code == 410
    assert says in answer.content.decode()


def ready(small: Small) -> tuple[Approval, Approver, Ask, str, Client]:
    """An ask whose page is open in a browser."""
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    ask, path = sent(approval, lena, small.opa)
    return approval, lena, ask, path, opened(path)


def state(approval: Approval) -> str:
    approval.refresh_from_db()
    return approval.state


def test_a_mail_scanner_that_follows_every_link_decides_nothing_and_sees_nothing(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    ask, path = sent(approval, lena, small.opa)
    scanner = Client()
    for at in (path, f"{path}?code=1", f"{path}?do=approve&why=x"):
        page = scanner.get(at)
        assert page.status_code == 200
        assert NOTE not in page.content.decode()
        assert scanner.head(at).status_code == 200
    for do in ("approve", "decline"):  # and without a code a form decides nothing either
        assert "Mail me a code" in scanner.post(path, {"do": do, "why": "x"}).content.decode()
    assert not Notice.objects.filter(template="outside_code").exists()
    assert state(approval) == Act.REQUESTED
    ask.refresh_from_db()
    assert (ask.state, ask.confirmed_at) == ("waiting", None)
    token = path.split("/")[2]
    assert token.encode() not in bytes(ask.token_hash)
    assert token not in redact(f"GET {path} 200")


def test_a_link_is_one_answer_and_another_browser_needs_its_own_code(small: Small) -> None:
    approval, _lena, _ask, path, browser = ready(small)
    assert "Mail me a code" in Client().get(path).content.decode()
    browser.post(path, {"do": "decline", "why": "Not needed."})
    assert state(approval) == Act.REFUSED
    for each in (browser, Client()):
        refused(path, each, "It was answered already")
    assert len(events("outside.answered")) == 1


def test_wrong_codes_and_old_ones_open_nothing(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    ask, path = sent(approval, lena, small.opa)
    browser = Client()
    browser.post(path, {"do": "code"})
    first = code()
    wrong = f"{(int(first) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert browser.post(path, {"do": "confirm", "code": wrong}).status_code == 422
    assert browser.post(path, {"do": "confirm", "code": first}).status_code == 422
    assert len(events("code.failed")) == 5
    browser.post(path, {"do": "code"})
    second = code()
    with travel(NOW() + timedelta(minutes=11)):
        assert "used up or too old" in browser.post(path, {"do": "confirm", "code": second}).content.decode()
    for _ in range(4):
        browser.post(path, {"do": "code"})
    assert browser.post(path, {"do": "code"}).status_code == 429
    assert isinstance(codes.confirm(ask, code(), now=NOW()), codes.Code)


def test_half_an_hour_after_its_code_the_page_is_closed_and_after_seven_days_the_link(small: Small) -> None:
    approval, _lena, ask, path, browser = ready(small)
    with travel(NOW() + timedelta(minutes=31)):
        assert "Mail me a code" in browser.post(path, {"do": "approve", "why": "Yes."}).content.decode()
    with travel(ask.expires_at + timedelta(seconds=1)):
        refused(path, browser, "too old")
    assert state(approval) == Act.REQUESTED


def test_what_is_proposed_may_not_change_on_the_way(small: Small) -> None:
    approval, _lena, ask, path, browser = ready(small)
    with transaction.atomic():  # its name is part of what was read
        Organisation.objects.filter(id=small.w.organisation.id).update(
            legal_name="Another Name LLC", audit_event_id=event("parties.changed").id
        )
    refused(path, browser, "What was proposed has changed")
    ask.refresh_from_db()
    assert (state(approval), ask.state) == (Act.REQUESTED, "changed")
    again, way = sent(approval, Approver.objects.get(), small.opa)
    assert again.id != ask.id
    assert opened(way).get(way).status_code == 200


def test_whoever_is_ended_or_called_back_decides_nothing(small: Small) -> None:
    approval, lena, ask, path, browser = ready(small)
    theirs = browser_of(small.opa)
    theirs.post(f"{AT}asks/{ask.id}/recall/")
    refused(path, browser, "called back")
    _again, path = sent(approval, lena, small.opa)
    browser = opened(path)
    theirs.post(f"{AT}people/{lena.id}/end/")
    refused(path, browser, "called back")
    with pytest.raises(allowed.NotAllowed, match=r"outside\.ended"):
        sent(approval, lena, small.opa)
    assert state(approval) == Act.REQUESTED
    assert "Nobody yet." in theirs.get(AT).content.decode()


def test_once_the_team_has_two_people_nobody_from_outside_decides(small: Small) -> None:
    approval, lena, _ask, path, browser = ready(small)
    ada = small.one("Ada", Role.APPROVER)
    refused(path, browser, "somebody there can decide it now")
    with pytest.raises(allowed.NotAllowed, match=r"outside\.team"):
        sent(approval, lena, small.opa)
    User.objects.filter(id=ada.id).update(is_active=False)  # who is put out counts as there for thirty days
    refused(path, browser, "somebody there can decide it now")
    assert state(approval) == Act.REQUESTED


@pytest.mark.parametrize("act", sorted({each.name for each in acts.registered()} - team.FROM_OUTSIDE))
def test_no_other_act_goes_outside(small: Small, act: str) -> None:
    lena = enrolled(small.opa, small.olga)
    kind = acts.act_of(act)
    by = small.olga if "officer" in kind.requesters else small.opa
    facts = {"beneficiary": small.one("Nora", Role.STAFF).id} if act in ("people.link", "people.enable") else {}
    approval = small.asked(act, by=by, **facts)
    with pytest.raises(allowed.NotAllowed, match=r"outside\.never"):
        sent(approval, lena, small.opa)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        Approval.objects.filter(id=approval.id).update(
            approver=lena.id, state="approved", decided_at=NOW(), audit_event_id=event("approval.given").id
        )


def test_a_pack_under_a_gag_is_told_to_nobody_outside(small: Small) -> None:
    approval, lena = _pack(small), enrolled(small.opa, small.olga)
    with patch.object(allowed, "is_silenced", return_value=True):
        assert approval not in allowed.candidates(NOW())
        with pytest.raises(allowed.NotAllowed, match=r"outside\.never"):
            sent(approval, lena, small.opa)


OURS: dict[str, dict[str, str]] = {
    "one of us": {"full_name": " olga "},
    "one of a recipient": {"full_name": "Petra Partial"},
    "a recipient's house": {"house": "Acme Advisors"},
    "a recipient's mailbox": {"email": "inbox@acme.example"},
    "another of that house": {"email": "lena@acme.example"},
    "a customer": {"email": "pat@member.example"},
    "a customer, with a mark": {"email": "pat+law@member.example"},
    "our own work mailbox": {"email": "opa@work.example"},
    "the same, written otherwise": {"email": "Opa+x@work.example"},
}


@pytest.mark.parametrize("who", sorted(OURS))
def test_nobody_of_ours_of_a_recipient_or_of_the_customers_is_enrolled(small: Small, who: str) -> None:
    person_of(small)
    with pytest.raises(decide.NotAllowed, match=r"outside\.ours"):
        enrolling.request(wanted(**OURS[who]), requester=actor(small.opa), reason="x", now=NOW())
    assert not Approver.objects.exists()


def person_of(small: Small) -> None:
    """Somebody who works for the recipient, and the work mailbox of one of ours."""
    duty("Petra Partial", Role.ANALYST, small.w.organisation)
    with patch("broker.parties.signin.workbox.secrets.randbelow", return_value=123456):
        workbox.begin(small.opa, "opa@work.example", language="en", now=NOW())
    assert workbox.confirm(small.opa, "123456", now=NOW()) is None


def test_whoever_becomes_ours_later_decides_nothing(small: Small) -> None:
    approval, _lena, _ask, path, browser = ready(small)
    small.one("Lena Lawyer", Role.STAFF)
    refused(path, browser, "called back")
    assert state(approval) == Act.REQUESTED


def test_the_asker_enrols_nobody_alone_and_the_day_has_an_end(small: Small) -> None:
    made = enrolling.request(wanted(), requester=actor(small.olga), reason="x", now=NOW())
    with pytest.raises(decide.NotAllowed, match=r"approval\.same_person"):
        decide.approve(made.id, approver=actor(small.olga), now=NOW())
    for until in (clock.today() - timedelta(days=1), clock.today() + timedelta(days=400)):
        with pytest.raises(decide.NotAllowed, match=r"outside\.invalid"):
            enrolling.request(wanted(until=until), requester=actor(small.olga), reason="x", now=NOW())
    lena = Approver.objects.get()
    with pytest.raises(allowed.NotAllowed, match=r"outside\.ended"):
        sent(purposes(small), lena, small.opa)


def test_the_database_takes_nobody_from_outside_who_was_not_asked_this(small: Small) -> None:
    approval, lena, ask, _path, _browser = ready(small)

    def no(write: Callable[[], object]) -> None:
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
            write()

    def decides(of: Approval, at: datetime) -> Callable[[], object]:
        facts = {"approver": lena.id, "state": "approved", "decided_at": at}
        return lambda: Approval.objects.filter(id=of.id).update(**facts, audit_event_id=event("approval.given").id)

    def changes(rows: Any, **facts: Any) -> Callable[[], object]:
        return lambda: rows.update(**facts, audit_event_id=event("outside.over").id)

    other = _enrol(small)
    no(decides(other, NOW()))  # another act than the one that was sent
    no(decides(approval, NOW() + timedelta(hours=2)))  # the code came back too long ago
    no(decides(approval, ask.expires_at + timedelta(hours=1)))
    mine, hers = Ask.objects.filter(id=ask.id), Approver.objects.filter(id=lena.id)
    no(changes(mine, digest=b"x" * 32))
    no(changes(mine, approval=other.id))
    no(changes(mine, expires_at=ask.expires_at + timedelta(days=1)))
    no(changes(mine, state="approved", closed_at=NOW()))
    no(changes(hers, full_name="Somebody Else"))
    no(changes(hers, ends_at=lena.ends_at + timedelta(days=1)))
    no(changes(hers, enrolled_at=NOW() + timedelta(days=1)))
    no(lambda: mine._raw_delete(mine.db))
    no(lambda: hers._raw_delete(hers.db))
    facts: dict[str, Any] = {
        "outside": lena, "sent_by": small.opa.id, "sent_at": NOW(), "digest": b"d" * 32,
    }  # fmt: skip
    for of, lasts in ((small.asked("key.release"), 1), (other, 8)):
        ends, at = min(NOW() + timedelta(days=lasts), of.expires_at), b"t" * 32
        no(lambda of=of, ends=ends, at=at: row(Ask, approval=of.id, token_hash=at, expires_at=ends, **facts))
    with transaction.atomic():
        changes(hers, ended_at=NOW())()
    no(decides(approval, NOW()))
    no(lambda: row(Approver, full_name="Olga", house="Another", approval=other.id))
