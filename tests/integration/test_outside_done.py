"""What the word of somebody from outside does where the act needs a world of its own: it is carried out, whole."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.incidents import deciding, telling
from broker.console.incidents.models import Decision, Told
from broker.console.outside import asking
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import Refusal
from consents.joint import dismissing, hearing, mailboxes
from consents.joint.models import Objection
from consents.lifecycle import State
from consents.models import Consent
from tests.duties_world import actor
from tests.duties_world import person as duty
from tests.granted import TWO_NAMES
from tests.integration.audit_support import acts, log_world, say_verified
from tests.integration.grant_support import Desk, desk
from tests.integration.test_both_heard import WHY, written
from tests.integration.test_both_holds import agrees as she_agrees
from tests.integration.test_both_holds import asked
from tests.integration.test_incidents import TELL, begins, begun, listed, tell_all, two_customers
from tests.integration.test_outside import small, through_the_mail
from tests.integration.test_waits import Small
from tests.joint_world import BETTY, objection
from tests.outside_world import NOTE, enrolled, opened, sent, signs_in
from tests.packs_world import Packs, proven_world
from tests.requests_world import ACCOUNT

__all__ = ["desk", "small"]

NOW = timezone.now
DONE, NOTHING = "You agreed, and it is done.", "You declined: nothing of it is done."
BOTH_ANSWERS = pytest.mark.parametrize(("do", "says"), [("approve", DONE), ("decline", NOTHING)])


@BOTH_ANSWERS
def test_an_objection_is_dismissed_and_what_it_paused_is_in_force_again(small: Small, do: str, says: str) -> None:
    w, made = small.w, objection(number=ACCOUNT)
    made.refresh_from_db()
    assert Consent.objects.get(id=w.consent.id).state == State.SUSPENDED
    approval = dismissing.request(made, requester=actor(small.olga), reason="The co-op says no.", now=NOW())
    lena = enrolled(small.opa, small.olga)
    _ask, path = sent(approval, lena, small.opa)
    browser = opened(path)
    page = browser.get(path).content.decode()
    assert f"dismiss objection {made.number}" in page
    assert w.consent.number in page
    assert [each for each in (BETTY, ACCOUNT, "Pat Member") if each in page] == []
    assert says in browser.post(path, {"do": do, "why": "I read what the co-op wrote."}).content.decode()
    approval.refresh_from_db()
    made.refresh_from_db()
    assert approval.approver == lena.id
    if do == "approve":
        assert (approval.state, made.state, made.approval) == (Act.EXECUTED, Objection.State.DISMISSED, approval.id)
        assert Consent.objects.get(id=w.consent.id).state == State.ACTIVE
        assert w.post(w.ask()).status_code == 202
        assert made.reach.get().lifted_at is not None
    else:
        assert (approval.state, made.state) == (Act.REFUSED, Objection.State.STANDING)
        assert Consent.objects.get(id=w.consent.id).state == State.SUSPENDED


@BOTH_ANSWERS
@pytest.mark.granted(TWO_NAMES)
def test_a_second_holders_mailbox_counts_and_she_is_written_to(desk: Desk, do: str, says: str) -> None:
    consent, member = written(desk)
    olga, opa = signs_in("Olga", Role.OFFICER), signs_in("Opa", Role.OPERATOR)
    approval = hearing.request(member, BETTY, requester=actor(olga), reason=WHY, now=NOW())
    lena = enrolled(opa, olga)
    asking.send(approval.id, lena, NOTE, by=opa, now=NOW())
    page, said = through_the_mail(desk, do)
    assert f"record a mailbox for the second holder of permission {consent.number}" in page
    assert "one at member.example" in page
    assert [each for each in (BETTY, WHY, "0042") if each in page] == []
    assert says in said
    approval.refresh_from_db()
    assert approval.approver == lena.id
    desk.work()
    assert Consent.objects.get(id=consent.id).state == State.SUSPENDED  # she decides, and nobody for her
    if do == "approve":
        assert (approval.state, acts().count("joint.heard")) == (Act.EXECUTED, 1)
        assert asked(desk, consent, BETTY)
        she_agrees(desk, consent, BETTY)
        assert Consent.objects.get(id=consent.id).state == State.ACTIVE
    else:
        assert (approval.state, acts().count("joint.heard")) == (Act.REFUSED, 0)
        assert not asked(desk, consent, BETTY)
        member.refresh_from_db()
        assert not mailboxes.may_agree(member)


@BOTH_ANSWERS
def test_of_an_incident_is_decided_and_the_customers_are_told(
    committing: str, settings: Any, tmp_path: Path, do: str, says: str
) -> None:
    with log_world(settings, tmp_path / "log") as signer:
        world = proven_world()
        olga, opa = signs_in("Olga", Role.OFFICER), signs_in("Opa", Role.OPERATOR)
        say_verified()
        made = Packs(world, signer, officer=olga, approver=opa, other=duty("Sam Staff", Role.STAFF))
        incident = begun(made)
        hers, his = two_customers(made)
        affected = listed(made, incident)
        proposal = deciding.propose(incident, TELL, actor=actor(olga), now=NOW())
        assert not isinstance(proposal, Refusal)
        approval = Approval.objects.get(about=proposal.id)
        lena = enrolled(opa, olga)
        _ask, path = sent(approval, lena, opa)
        browser = opened(path)
        page = browser.get(path).content.decode()
        assert incident.number in page
        assert [each for each in ("Pat Member", ACCOUNT, str(hers), TELL.investigation) if each in page] == []
        assert says in browser.post(path, {"do": do, "why": "I read the words to the public."}).content.decode()
        approval.refresh_from_db()
        assert approval.approver == lena.id
        if do == "approve":
            assert (approval.state, Decision.objects.get().approval) == (Act.EXECUTED, approval)
            assert not isinstance(begins(made, incident), Refusal)
            tell_all(made, affected)
            assert set(Told.objects.values_list("customer", flat=True)) == {hers, his}
            assert Notice.objects.filter(template="incident").count() == 2
        else:
            assert (approval.state, Decision.objects.count()) == (Act.REFUSED, 0)
            assert isinstance(telling.begin(incident, actor=actor(olga), now=NOW()), Refusal)
