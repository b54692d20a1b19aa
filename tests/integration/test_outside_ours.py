"""Who is nobody from outside: the same person twice in one act, and whoever a mailbox shows to have a stake in it."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit.encoding import opaque
from broker.audit.entry import parse_header
from broker.console.outside import allowed, answering, enrolling, knowing, showing
from broker.console.outside.models import Approver, Ask
from broker.console.packs import requesting
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope
from broker.console.packs.requesting import Ask as PackAsk
from broker.notices.models import Notice
from broker.parties.mailbox import mailbox_of
from broker.parties.models import Customer, EmailLink, Organisation, Role, User
from broker.parties.signin import workbox
from consents.joint.models import CoApproval, JointMember, Objection
from requests_app.recipients import joining
from tests.duties_world import actor
from tests.factories import event
from tests.integration import test_joining
from tests.integration.test_outside import purposes
from tests.integration.test_waits import Small
from tests.outside_world import LENA, enrolled, newest, opened, sent, wanted
from tests.recipients_world import browser_of
from tests.requests_world import events
from tests.rows import row

NOW = timezone.now


@pytest.fixture
def small(committing: str) -> Small:
    """An officer and an operator."""
    return Small()


# --- one person alone is never both people of an act ----------------------------------------------------------------


def alone(approval: Approval, outside: Approver, by: User) -> None:
    with pytest.raises(allowed.NotAllowed, match=r"outside\.alone"):
        sent(approval, outside, by)
    assert not Ask.objects.exists()


def test_whoever_asks_for_an_act_sends_no_link_to_it(small: Small) -> None:
    lena, again = enrolled(small.opa, small.olga), small.one(" olga ", Role.OPERATOR)
    alone(purposes(small), lena, small.olga)
    alone(Approval.objects.get(act="organisation.purposes"), lena, again)  # another account of the same person


def test_whoever_proposed_the_enrolment_asks_for_no_act_that_is_decided_there(small: Small) -> None:
    small.one("Ada", Role.STAFF)
    hers = enrolled(small.olga, small.one("Otto", Role.OFFICER))
    User.objects.filter(full_name="Otto").update(role=Role.STAFF)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allowed, "lacking", lambda _now: frozenset({"organisation.purposes"}))
        alone(purposes(small), hers, small.opa)


def test_the_other_one_of_two_sends_it(small: Small) -> None:
    approval = purposes(small)
    _ask, path = sent(approval, enrolled(small.opa, small.olga), small.opa)
    opened(path).post(path, {"do": "approve", "why": "I read it."})
    approval.refresh_from_db()
    assert approval.state == "executed"


def test_the_database_takes_no_answer_by_which_one_person_were_both(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    hers = enrolled(small.olga, small.one("Otto", Role.OFFICER), email="mara@law.example")
    facts: dict[str, Any] = {
        "approval": approval.id, "sent_at": NOW(), "digest": b"d" * 32, "token_hash": b"t" * 32,
        "expires_at": NOW() + timedelta(days=1),
    }  # fmt: skip

    def no(write: Callable[[], object]) -> None:
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
            write()

    no(lambda: row(Ask, outside=lena, sent_by=small.olga.id, **facts))
    no(lambda: row(Ask, outside=hers, sent_by=small.opa.id, **facts))
    with transaction.atomic():
        row(Ask, outside=lena, sent_by=small.opa.id, **facts)
        Ask.objects.update(confirmed_at=NOW(), audit_event_id=event("outside.confirmed").id)
    User.objects.filter(id=small.opa.id).update(full_name=" olga ")
    said = {"approver": lena.id, "state": "approved", "decided_at": NOW()}
    no(lambda: Approval.objects.filter(id=approval.id).update(**said, audit_event_id=event("approval.given").id))


# --- a mailbox that somebody proved, and one that somebody only typed -----------------------------------------------


def _index(email: str) -> bytes:
    return vault.blind_index("email", email)


def _holder(small: Small, email: str, **more: Any) -> None:
    place = vault.Place("joint_jointmember", "email", uuid.uuid4())
    sealed = vault.seal(email, subject=place.row, place=place)
    row(JointMember, id=place.row, consent=small.w.consent, email=sealed, email_index=_index(email))
    if more:
        JointMember.objects.filter(id=place.row).update(**more, audit_event_id=event("consent.confirmed").id)


def _applicant(_small: Small, email: str, **more: Any) -> None:
    row(EmailLink, purpose="join", email_index=_index(email), **more)


def _objector(_small: Small, email: str) -> None:
    boxes = {"email_index": _index(email), "mailbox_index": _index(mailbox_of(email))}
    row(Objection, state="received", number="OB-1", last_four="0017", **boxes)


def _asked_for_both(small: Small, email: str) -> None:
    account = small.w.account
    number = {"utility": account.utility, "number_index": bytes(account.number_index)}
    row(CoApproval, account=account, since=NOW(), by_holder=True, mailbox_index=_index(email), **number)


PROVEN: dict[str, Callable[[Small, str], None]] = {
    "a holder who agreed": lambda small, email: _holder(small, email, told_at=NOW(), agreed_at=NOW()),
    "a holder for whom both must agree": _asked_for_both,
    "an applicant with the code": lambda small, email: _applicant(small, email, code_used_at=NOW()),
    "whoever objected": _objector,
    "whoever objected, with a mark": lambda small, _email: _objector(small, "lena+bills@law.example"),
}
TYPED: dict[str, Callable[[Small, str], None]] = {
    "a holder whom somebody named": _holder,
    "an applicant without the code": _applicant,
    "a work mailbox without the code": lambda small, email: _begun(small, email),
}


def _begun(small: Small, email: str) -> None:
    workbox.begin(small.opa, email, language="en", now=NOW())


@pytest.mark.parametrize("who", sorted(PROVEN))
def test_whoever_proved_the_mailbox_here_is_not_from_outside(small: Small, who: str) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    with transaction.atomic():
        PROVEN[who](small, LENA)
    with pytest.raises(allowed.NotAllowed, match=r"outside\.ours"):
        sent(approval, lena, small.opa)
    with pytest.raises(decide.NotAllowed, match=r"outside\.ours"):
        enrolling.request(wanted(), requester=actor(small.opa), reason="x", now=NOW())
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        row(Approver, full_name="Lena", house="Law", email_index=_index(LENA), mailbox_index=_index(LENA))


@pytest.mark.parametrize("who", sorted(TYPED))
def test_an_address_that_somebody_typed_puts_nobody_out(small: Small, who: str) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    with transaction.atomic():
        TYPED[who](small, LENA)
    _ask, path = sent(approval, lena, small.opa)
    opened(path).post(path, {"do": "approve", "why": "I read it."})
    approval.refresh_from_db()
    assert (approval.state, approval.approver) == ("executed", lena.id)


# --- who has a stake in it, which is seen once it is opened ---------------------------------------------------------


def pack(small: Small, recipient: str) -> Approval:
    wanted = PackAsk(
        Scope.CONSENT, Redaction.HEADERS, Contents(letters=True), Basis.COMPLAINT, "A purpose.", recipient,
        scope_id=small.w.consent.id,
    )  # fmt: skip
    made = requesting.ask(wanted, requester=actor(small.olga), now=NOW())
    assert made.approval is not None
    return made.approval


RECEIVES = {
    "by name": "To Ms LENA  Lawyer, in person",
    "by name, turned round": "Lawyer, Lena",
    "by house": "Example Law Office, LLC",
    "by mailbox": "By mail to Lena+case@law.example.",
    "by another mailbox of the house": "clerk@law.example",
    "by what stands behind the @": "The people of law.example",
}


@pytest.mark.parametrize("how", sorted(RECEIVES))
def test_whoever_receives_a_pack_does_not_approve_it(small: Small, how: str) -> None:
    with pytest.raises(allowed.NotAllowed, match=r"outside\.own"):
        sent(pack(small, RECEIVES[how]), enrolled(small.opa, small.olga), small.opa)


def test_an_authority_does_not_approve_the_pack_that_it_demands(small: Small) -> None:
    approval, lena = pack(small, "Counsel of the commission"), enrolled(small.opa, small.olga)
    _ask, path = sent(approval, lena, small.opa)
    hers = opened(path)
    with patch.object(showing, "_authorities", return_value=("The Example Law Office of the State",)):
        assert "about somebody of your name" in hers.get(path).content.decode()
        assert hers.post(path, {"do": "approve", "why": "Yes."}).status_code == 410
    approval.refresh_from_db()
    assert approval.state == "requested"


def test_the_house_of_an_applicant_does_not_decide_on_it(small: Small) -> None:
    made = test_joining.asked(Client())
    approval = joining.propose(made, "enrol", "prairie", requester=actor(small.olga), reason="x", now=NOW())
    lena = enrolled(small.opa, small.olga, email="lena@prairie.example")
    with pytest.raises(allowed.NotAllowed, match=r"outside\.ours"):
        sent(approval, lena, small.opa)


def test_a_recipient_of_the_same_house_that_came_later_is_seen_when_it_is_read(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    _ask, path = sent(approval, lena, small.opa)
    hers = opened(path)
    with transaction.atomic():
        row(Organisation, slug="later", legal_name="Later LLC", address="1 Road", contact_email="us@law.example")
    assert hers.get(path).status_code == 410


def test_a_mark_in_an_address_hides_nobody_whom_it_concerns(small: Small) -> None:
    approval, lena = pack(small, "Counsel"), enrolled(small.opa, small.olga, email="pat.q@law.example")
    place = vault.Place("parties_customer", "email", uuid.uuid4())
    sealed = vault.seal("Pat.Q+bills@law.example", subject=place.row, place=place)
    with transaction.atomic():
        row(Customer, id=place.row, email=sealed)
    hers = Approval(act="paper.consent", subject=place.row)
    assert knowing.is_of_a_customer(hers, "pat.q@law.example")
    assert not knowing.is_of_a_customer(hers, LENA)
    with transaction.atomic():
        _holder(small, "pat.q+bills@law.example")
    with pytest.raises(allowed.NotAllowed, match=r"outside\.own"):
        sent(approval, lena, small.opa)


# --- our own people hear of it, and answer nothing themselves -------------------------------------------------------


def reads_mail(person: User, email: str) -> None:
    with patch("broker.parties.signin.workbox.secrets.randbelow", return_value=123456):
        workbox.begin(person, email, language="en", now=NOW())
    assert workbox.confirm(person, "123456", now=NOW()) is None


def told() -> list[uuid.UUID]:
    return list(Notice.objects.filter(template="outside_told").values_list("subject", flat=True))


def test_those_who_decide_here_hear_what_was_asked_and_what_was_answered(small: Small) -> None:
    reads_mail(small.olga, "olga@work.example")
    reads_mail(small.opa, "opa@work.example")  # who decides nothing here
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    _ask, path = sent(approval, lena, small.opa)
    assert told() == [small.olga.id]
    text = newest("outside_told")
    assert "Lena Lawyer, Example Law Office, an approver from outside, was asked" in text
    assert "/duties/outside/" in text
    opened(path).post(path, {"do": "decline", "why": "I know them."})
    assert told() == [small.olga.id] * 2
    assert "an approver from outside, declined" in newest("outside_told")


def test_a_browser_of_ours_answers_nothing(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    _ask, path = sent(approval, lena, small.opa)
    hers = opened(path)
    hers.force_login(small.opa, backend="django.contrib.auth.backends.ModelBackend")
    for answer in (hers.get(path), hers.post(path, {"do": "code"}), hers.post(path, {"do": "approve", "why": "x"})):
        assert answer.status_code == 410
        assert "you are signed in with us" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.state == "requested"


# --- what is looked at once more, and what a look leaves as it is ---------------------------------------------------


def test_whoever_is_ended_between_the_look_and_the_answer_decides_nothing(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    ask, path = sent(approval, lena, small.opa)
    hers, read = opened(path), answering.read

    def ended_meanwhile(*given: Any, **more: Any) -> Any:
        shown = read(*given, **more)
        enrolling.end(lena, actor=actor(small.olga), now=NOW())
        return shown

    with patch.object(answering, "read", ended_meanwhile):
        assert hers.post(path, {"do": "approve", "why": "Yes."}).status_code == 410
    for each in (approval, ask):
        each.refresh_from_db()
    assert (approval.state, ask.state) == ("requested", "waiting")
    assert not events("outside.answered")
    assert len(events("approval.turned_away")) == 1


def test_a_look_ends_no_ask_whose_proposal_has_changed(small: Small) -> None:
    approval, lena = purposes(small), enrolled(small.opa, small.olga)
    ask, path = sent(approval, lena, small.opa)
    hers = opened(path)
    with transaction.atomic():
        Organisation.objects.filter(id=small.w.organisation.id).update(
            legal_name="Another Name LLC", audit_event_id=event("parties.changed").id
        )
    assert "What was proposed has changed" in hers.get(path).content.decode()
    ask.refresh_from_db()
    assert ask.state == "waiting"
    assert "What was proposed has changed" in hers.post(path, {"do": "approve", "why": "x"}).content.decode()
    ask.refresh_from_db()
    assert ask.state == "changed"


# --- enrolling: each try is told, and there are not many ------------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"full_name": "Olga"}, "outside.ours"),
    ({"email": "pat@member.example"}, "outside.ours"),
    ({"email": "us@acme.example"}, "outside.ours"),
    ({"until": date.max}, "outside.invalid"),
    ({"until": date.min}, "outside.invalid"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED)
def test_a_refused_try_to_enrol_is_an_entry(small: Small, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(decide.NotAllowed, match=code):
        enrolling.request(wanted(**changes), requester=actor(small.opa), reason="x", now=NOW())
    (denied,) = events("approval.turned_away")
    head = parse_header(bytes(denied.header))
    assert (head.res, head.actor) == ("denied", opaque("s", small.opa.id))


def test_nobody_tries_out_who_is_known_here(small: Small) -> None:
    for _ in range(10):
        with pytest.raises(decide.NotAllowed, match=r"outside\.ours"):
            enrolling.request(wanted(full_name="Olga"), requester=actor(small.opa), reason="x", now=NOW())
    with pytest.raises(decide.NotAllowed, match=r"outside\.often"):
        enrolling.request(wanted(), requester=actor(small.opa), reason="x", now=NOW())


def test_what_a_pack_holds_is_shown_to_those_who_ask_for_packs_or_decide_on_them(small: Small) -> None:
    pack(small, "Counsel")
    for each, sees in ((small.olga, True), (small.opa, False)):
        page = browser_of(each).get("/duties/outside/").content.decode()
        assert ("The proposal:" in page) is sees
        assert "Hand over an evidence pack" in page


def test_a_link_that_is_not_sent_leaves_what_was_typed_in_the_form(small: Small) -> None:
    approval, lena, theirs = purposes(small), enrolled(small.opa, small.olga), browser_of(small.olga)
    form = {"outside": str(lena.id), "note": "We called the co-op about it."}
    answer = theirs.post(f"/duties/outside/send/{approval.id}/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "neither sends the link" in page
    assert "We called the co-op about it.</textarea>" in page
    assert not Ask.objects.exists()
