"""What a day of waiting never stands in for, and what nobody brings about alone: the act's rules and the database's."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.approvals import acts, decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.waits import allowed, claim, waiting
from broker.console.waits.models import Wait
from broker.db import evidence_waits
from broker.duties import bars, people, team
from broker.jobs import job_dead
from broker.notices import sending
from broker.notices.models import Notice
from broker.parties.models import Customer, Role, User
from broker.parties.signin import leaving
from broker.parties.signin.models import Passkey
from consents import copy_returned
from consents.joint.models import JointMember
from consents.models import Suspension
from requests_app.completeness.models import OverDelivery
from requests_app.fees import deciding as fees
from requests_app.fees import quoting
from requests_app.fees.lifecycle import FeeState, SaidBy
from requests_app.fees.models import FeeQuote
from requests_app.ladder import deciding as giving_up
from requests_app.ladder.words import Choice
from requests_app.lifecycle import ManualState
from requests_app.models import ReceivedFile
from tests.authz.hers import signed_in
from tests.clock import travel
from tests.duties_world import actor, person, suspended
from tests.factories import event
from tests.integration.audit_support import headers
from tests.integration.test_separation import ABOUT
from tests.integration.test_waits import AT, DAY, HELD, Small, end, sent, small
from tests.recipients_world import analyst, browser_of
from tests.request_lives import bring, to_decide
from tests.requests_world import events
from tests.rows import row

__all__ = ["small"]

AFTER = DAY + timedelta(seconds=1)


def code(small: Small, approval: Approval, by: User | None = None) -> str:
    """Why no wait begins for it; the try is told."""
    before = len(events("approval.turned_away"))
    with pytest.raises(allowed.NotAllowed) as refused:
        waiting.begin(approval.id, by or small.opa, now=timezone.now())
    assert len(events("approval.turned_away")) == before + 1
    return refused.value.code


@pytest.mark.parametrize("act", sorted(team.MAY_WAIT))
def test_each_act_is_played_through_a_wait_to_its_end(
    committing: str, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one person alone, who is all there is; what each act then does is its own tests' matter."""
    kind, alone = acts.act_of(act), Small(alone=True)
    monkeypatch.setitem(acts._acts, act, TwoPersonAct(act, kind.title, kind.requesters, kind.approvers, kind.life))
    asked = alone.asked(act)
    wait = alone.begun(asked)
    sent(wait)
    end(wait, after=AFTER)
    asked.refresh_from_db()
    assert (asked.state, asked.approver, wait.state) == (Act.APPROVED, wait.id, "done")


def really_asked(small: Small, act: str) -> Approval:
    """Asked for by the product's own ways, about what is there."""
    now, olga = timezone.now(), actor(small.olga)
    made: object
    if act == "file.surplus":
        with transaction.atomic():
            file = ReceivedFile.objects.get(id=ABOUT[HELD](small.w))
            about = row(
                OverDelivery, manual=small.w.manual(), file=file, kinds=["extra_months"], months={}, pages=[]
            ).id
        params = {"disposition": "return", "request": "MR-1"}
        return decide.request(
            act, requester=olga, reason="-", now=now, subject=small.w.customer.id, about=about, params=params
        )
    with transaction.atomic():
        manual = small.w.manual()
    bring(manual, ManualState.WAITING_ON_UTILITY)
    if act == "request.unanswered":
        to_decide(manual)
        made = giving_up.ask(manual, Choice.CLOSE, reason="-", requester=olga, now=now)
    else:
        fee = quoting.quote(manual, Decimal(90), said_by=SaidBy.PHONE, actor=actor(small.opa), now=now)
        assert isinstance(fee, FeeQuote)
        made = fees.ask_second(fee, FeeState.DECLINED, requester=olga, reason="-", now=now)
    assert isinstance(made, Approval)
    return made


@pytest.mark.parametrize("act", ["fee.decline", "file.surplus", "request.unanswered"])
def test_it_is_carried_out_with_the_wait_as_its_second(committing: str, act: str) -> None:
    small = Small(alone=True)
    asked = really_asked(small, act)
    wait = small.begun(asked)
    sent(wait)
    end(wait, after=AFTER)
    asked.refresh_from_db()
    assert (asked.state, asked.approver, wait.state) == (Act.EXECUTED, wait.id, "done")


# --- her no ---------------------------------------------------------------------------------------------------------


def test_after_her_no_the_same_is_for_two_people_alone(small: Small) -> None:
    first = small.asked()
    wait = small.begun(first)
    assert waiting.object_to(wait, now=timezone.now())
    again = small.asked(about=first.about)
    assert code(small, again) == "wait.never"
    assert not allowed.candidates(timezone.now())
    born = {"customer": wait.customer, "begun_by": small.opa.id, "begun_at": timezone.now()}
    with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
        Wait.objects.create(
            approval=again.id, notice=uuid.uuid4(), ends_at=timezone.now() + DAY, **born,
            audit_event_id=event("waits.begun").id,
        )  # fmt: skip
    small.begun(small.asked(about=uuid.uuid4()))  # another matter
    ada = small.one("Ada", Role.APPROVER)
    decide.approve(again.id, approver=actor(ada), now=timezone.now())
    seen = signed_in(wait.customer_id).get(f"/my/waits/{wait.id}/").content.decode()
    assert "two of our people decide" in seen


def test_a_no_in_one_wait_ends_the_other_about_the_same(small: Small) -> None:
    about = uuid.uuid4()
    first, other = (small.begun(small.asked(about=about)) for _ in range(2))
    sent(other)
    assert waiting.object_to(first, now=timezone.now())
    _refused(other)
    end(other, after=AFTER)
    assert (other.state, len(events("approval.given"))) == ("over", 0)


def test_while_she_can_say_no_a_second_yes_waits(small: Small) -> None:
    wait, asked = small.begun(), Approval.objects.get()
    sent(wait)
    ada = small.one("Ada", Role.APPROVER)
    with pytest.raises(decide.NotAllowed, match=r"approval\.held"):
        decide.approve(asked.id, approver=actor(ada), now=timezone.now())
    _refused(wait, by=ada.id)  # nor by the database, around the action
    assert waiting.object_to(wait, now=timezone.now())
    asked.refresh_from_db()
    assert asked.state == Act.WITHDRAWN
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        decide.approve(asked.id, approver=actor(ada), now=timezone.now())


def test_her_no_that_comes_when_it_was_decided_is_told_to_her(small: Small) -> None:
    """After the day, and after a second person's no."""
    hers = signed_in(small.w.customer.id)
    for how, said in (("yes", "Two of our people decided it"), ("no", "Nothing of it is done.")):
        wait = small.begun()
        sent(wait)
        ada = User.objects.filter(full_name="Ada").first() or small.one("Ada", Role.APPROVER)
        User.objects.filter(id=ada.id).update(is_active=True)
        if how == "yes":
            end(wait, after=AFTER)
            decide.approve(wait.approval, approver=actor(ada), now=timezone.now())
        else:
            decide.refuse(wait.approval, approver=actor(ada), now=timezone.now())
        before = len(events("waits.objected"))
        answer = hers.post(f"/my/waits/{wait.id}/")
        assert answer.status_code == 409
        assert "Your no came when the day was over already." in answer.content.decode()
        assert said in answer.content.decode()
        wait.refresh_from_db()
        assert (wait.state, len(events("waits.objected"))) == ("over", before + 1)
        head = next(each for each in reversed(headers()) if each.act == "waits.objected")
        assert (head.res, claim.WAITS.told(head, {})) == ("denied", None)  # the row stays as it was
        User.objects.filter(id=ada.id).delete()


# --- keys -----------------------------------------------------------------------------------------------------------


def test_what_destroys_keys_never_waits(small: Small) -> None:
    params = {"disposition": "destroy", "vault_keys": [str(uuid.uuid4())]}
    asked = small.asked("file.surplus", params=params)
    assert code(small, asked) == "wait.never"
    assert "Nothing that this team has nobody for" in browser_of(small.opa).get(AT).content.decode()
    with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
        _born(small, asked)
    small.begun(small.asked("file.surplus", params={"disposition": "return"}))


# --- one's own affairs ----------------------------------------------------------------------------------------------


def test_nobody_waits_in_the_own_affairs(small: Small) -> None:
    pat = small.one("Pat Member", Role.OPERATOR)  # as her account is billed
    assert code(small, small.asked(), by=pat) == "wait.own"
    User.objects.filter(id=small.olga.id).update(full_name="pat MEMBER")
    assert code(small, small.asked()) == "wait.own"


def test_whose_affairs_it_is_is_looked_at_again_at_the_end(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    User.objects.filter(id=small.olga.id).update(full_name="Pat Member")
    end(wait, after=AFTER)
    assert wait.state == "over"


def test_who_asked_begins_it_only_where_nobody_else_is_there(small: Small) -> None:
    assert code(small, small.asked(), by=small.olga) == "wait.asker"
    again = small.one(" olga", Role.STAFF)
    assert code(small, small.asked(), by=again) == "wait.asker"


# --- too small by one's own hand ------------------------------------------------------------------------------------


def test_nobody_makes_the_team_too_small(small: Small) -> None:
    """Neither by a suspension nor by disabling somebody, whom one officer puts out alone; a lasting loss counts."""
    sam = small.one("Sam", Role.STAFF)
    asked = small.asked()
    assert code(small, asked) == "wait.team"
    bar = suspended(sam, small.olga)
    assert "file.accept_held" not in {each.act for each in allowed.candidates(timezone.now())}
    assert code(small, asked) == "wait.team"
    bars.lift(bar, small.olga, "Fine.", now=timezone.now())
    assert leaving.disable(sam, by=small.olga, reason="He left.", now=timezone.now()) is None
    assert code(small, asked) == "wait.team"


def test_whoever_lost_the_way_in_counts_for_thirty_days(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "is_rehearsal", lambda: False)

    def team_in(days: int) -> set[frozenset[str]]:
        return set(people.lately(timezone.now() + timedelta(days=days)))

    for each in (small.olga, small.opa):
        Passkey.objects.create(
            user=each, name="key", credential_id=each.id.bytes, credential=b"-", created_at=timezone.now()
        )
    assert leaving.disable(small.opa, by=small.olga, reason="-", now=timezone.now()) is not None  # the last one stays
    Passkey.objects.filter(user=small.opa).update(removed_at=timezone.now())
    assert team_in(29) == {frozenset({"officer"}), frozenset({"operator"})}
    assert team_in(31) == {frozenset({"officer"})}
    for name in ("Otto", "Ole"):  # of those who decide a review leaves two; these have no way in yet
        person(name, Role.OFFICER)
    with transaction.atomic():
        bars.suspend(small.olga, bars.Bar.Because.REVIEW, actor=waiting.CLOCK, why="Missed.", now=timezone.now())
    assert team_in(29) == {frozenset({"officer"}), frozenset({"operator"})}
    assert not team_in(31)


@pytest.mark.parametrize("whose", ["olga", "opa"])
@pytest.mark.parametrize("how", ["disabled", "suspended"])
def test_what_somebody_asked_for_or_began_who_is_out_is_not_done(small: Small, whose: str, how: str) -> None:
    wait = small.begun()
    sent(wait)
    who = getattr(small, whose)
    if how == "disabled":
        User.objects.filter(id=who.id).update(is_active=False)
    else:
        for name in ("Otto", "Ole"):  # of those who decide a review leaves two; these have no way in yet
            person(name, Role.OFFICER)
        with transaction.atomic():
            bars.suspend(who, bars.Bar.Because.REVIEW, actor=waiting.CLOCK, why="Missed.", now=timezone.now())
    _refused(wait)
    end(wait, after=AFTER)
    assert (wait.state, Approval.objects.get().state) == ("over", Act.REQUESTED)


# --- whom nobody tells ----------------------------------------------------------------------------------------------


def test_where_another_holder_is_known_two_people_decide(small: Small) -> None:
    with transaction.atomic():
        row(JointMember, consent=small.w.consent, account=small.w.account)
    assert code(small, small.asked()) == "wait.joint"


def test_a_holder_who_becomes_known_meanwhile_ends_the_wait(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    with transaction.atomic():
        row(JointMember, consent=small.w.consent, account=small.w.account)
    end(wait, after=AFTER)
    assert wait.state == "over"


def test_a_mail_that_came_back_told_nobody(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    told = Notice.objects.get(id=wait.notice)
    assert copy_returned.address_in(told.message_id, ["pat@member.example"]) == "pat@member.example"
    assert not copy_returned.address_in(told.message_id, ["somebody@member.example"])
    with transaction.atomic():
        assert copy_returned.came_back(told.message_id)
    end(wait, after=2 * DAY)
    assert (wait.state, Approval.objects.get().state) == ("returned", Act.REQUESTED)
    assert code(small, small.asked()) == "wait.paper"
    assert "the mail to her came back" in browser_of(small.opa).get(AT).content.decode()


def test_whose_copy_came_back_once_is_not_told_by_mail(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    with transaction.atomic():
        row(Suspension, consent=small.w.consent, because="copy_bounced", lifted_at=timezone.now())
    assert code(small, small.asked()) == "wait.paper"
    end(wait, after=AFTER)
    assert wait.state == "over"


@pytest.mark.parametrize("state", ["refused", "unknown"])
def test_where_her_mail_did_not_go_out_the_wait_is_over_at_once(small: Small, state: str) -> None:
    wait, other = small.begun(), small.begun()
    Notice.objects.filter(id__in=[wait.notice, other.notice]).update(state=state)
    view = jobs.JobView(uuid.uuid4(), sending.KIND, wait.notice, 1, 0, timezone.now())
    with transaction.atomic():
        job_dead.send(sender=None, job=view, code="mail.refused")
    wait.refresh_from_db()
    assert wait.state == "over"
    end(other, after=AFTER)
    assert other.state == "over"
    if state == "refused":
        assert code(small, small.asked()) == "wait.paper"


# --- the database's own look ----------------------------------------------------------------------------------------


def _refused(wait: Wait, *, by: uuid.UUID | None = None, of: uuid.UUID | None = None, **more: Any) -> None:
    """The database takes no yes of this wait, or of this person while it stands."""
    said = {"approver": by or wait.id, "state": "approved", "decided_at": wait.begun_at + 2 * DAY, **more}
    with pytest.raises(DatabaseError, match="evidence: what was asked of two people"), transaction.atomic():
        Approval.objects.filter(id=of or wait.approval).update(**said, audit_event_id=event("approval.given").id)


def _born(small: Small, asked: Approval, **more: Any) -> Wait:
    now = timezone.now()
    facts = {"customer": small.w.customer, "begun_by": small.opa.id, "begun_at": now, "ends_at": now + DAY, **more}
    notice = facts.pop("notice", uuid.uuid4())
    return Wait.objects.create(approval=asked.id, notice=notice, **facts, audit_event_id=event("waits.begun").id)


def test_the_database_takes_no_wait_before_the_moment_that_it_names(small: Small) -> None:
    """As it names it: later than a day after her mail, here."""
    now = timezone.now()
    with transaction.atomic():
        told = row(
            Notice, template="wait_begun", subject=small.w.customer.id, state="sent", sent_at=now, created_at=now
        )
        wait = _born(small, small.asked(), begun_at=now, ends_at=now + 2 * DAY, notice=told.id)
    _refused(wait, decided_at=now + 2 * DAY - timedelta(minutes=1))


def test_the_database_takes_no_wait_of_which_she_was_not_told(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    told = Notice.objects.filter(id=wait.notice)
    was = told.values("template", "subject", "created_at", "sent_at").get()
    early = wait.begun_at - timedelta(seconds=1)
    for change in (
        {"template": "receipt"}, {"subject": small.olga.id}, {"created_at": early}, {"sent_at": early},
        {"sent_at": wait.begun_at + DAY + timedelta(hours=1)},
    ):  # fmt: skip
        told.update(**{**was, **change})
        at = wait.begun_at + DAY + timedelta(minutes=1)
        _refused(wait, decided_at=at)
    told.update(**was)
    _refused(wait, of=small.asked().id)  # it is one act's wait
    _refused(wait, decided_at=wait.begun_at + DAY - timedelta(minutes=1))
    with transaction.atomic():  # else it would be taken
        Approval.objects.filter(id=wait.approval).update(
            approver=wait.id,
            state="approved",
            decided_at=wait.begun_at + DAY,
            audit_event_id=event("approval.given").id,
        )
        transaction.set_rollback(True)


def test_the_database_takes_no_wait_of_others_or_beyond_the_acts_end(small: Small) -> None:
    asked, w = small.asked(), small.w
    with transaction.atomic():
        somebody = row(Customer)
    gone = small.one("Gone", Role.OPERATOR)
    User.objects.filter(id=gone.id).update(is_active=False)
    now = timezone.now()
    wrong: list[dict[str, Any]] = [
        {"customer": somebody},
        {"begun_by": analyst(w.organisation).id},
        {"begun_by": gone.id},
        {"begun_by": uuid.uuid4()},
        {"ends_at": asked.expires_at + timedelta(hours=1)},
        {"begun_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=22)},
        {"state": "done", "closed_at": now},
    ]
    for each in wrong:
        with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
            _born(small, asked, **each)
    with transaction.atomic():
        _born(small, asked)


def test_nobody_of_the_recipients_house_begins_it(small: Small) -> None:
    theirs = small.one("Petra Partial", Role.OPERATOR)
    User.objects.filter(id=theirs.id).update(organisation=small.w.organisation)
    theirs.refresh_from_db()
    asked = small.asked()
    wait = waiting.begin(asked.id, theirs, now=timezone.now())
    sent(wait)
    with travel(wait.begun_at + AFTER):
        waiting.end(wait.id, now=timezone.now())
    wait.refresh_from_db()
    assert (wait.state, asked.act) == ("over", HELD)
