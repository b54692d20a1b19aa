"""A day of waiting in the place of a second person: for some acts, told to the customer, ended by her no."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.due import everything
from broker.console.waits import allowed, waiting
from broker.console.waits.models import Wait
from broker.console.waits.words import WHAT
from broker.db import evidence_waits
from broker.duties import team
from broker.notices.models import Notice
from broker.parties.models import Customer, Role, User
from broker.parties.signin.step_up import LISTED
from consents import electronic
from tests.authz.hers import signed_in
from tests.clock import travel
from tests.duties_world import actor, person
from tests.factories import event
from tests.integration.test_separation import ABOUT
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World, events, world
from tests.rows import row

PASSWORD = "a long rehearsal password"
AT = "/duties/waits/"
HELD = "file.accept_held"
DAY = timedelta(hours=24)


class Small:
    """An officer and an operator, and nobody who could be the officer's second person for a file."""

    def __init__(self, *, alone: bool = False) -> None:
        self.w: World = world()
        self.olga = self.one("Olga", Role.OFFICER)
        self.opa = self.olga if alone else self.one("Opa", Role.OPERATOR)

    @staticmethod
    def one(name: str, role: Role) -> User:
        made = person(name, role)
        made.set_password(PASSWORD)  # in a rehearsal as good as a passkey
        made.save()
        return made

    def asked(self, act: str = HELD, **more: Any) -> Approval:
        with transaction.atomic():
            about = ABOUT[act](self.w) if act in ABOUT else uuid.uuid4()
        facts = {"subject": self.w.customer.id, "about": about, **more}
        by = facts.pop("by", self.olga)
        return decide.request(act, requester=actor(by), reason="Needed.", now=timezone.now(), **facts)

    def begun(self, approval: Approval | None = None) -> Wait:
        return waiting.begin((approval or self.asked()).id, self.opa, now=timezone.now())


@pytest.fixture
def small(committing: str) -> Small:
    return Small()


def sent(wait: Wait, at: datetime | None = None) -> None:
    Notice.objects.filter(id=wait.notice).update(state="sent", sent_at=at or wait.begun_at)


def end(wait: Wait, *, after: timedelta) -> None:
    with travel(wait.begun_at + after):
        waiting.end(wait.id, now=timezone.now())
    wait.refresh_from_db()


def test_she_is_told_and_after_a_day_it_is_done(small: Small) -> None:
    asked = small.asked()
    theirs = browser_of(small.opa)
    page = theirs.get(AT).content.decode()
    assert "Accept a file whose sender nobody proved" in page
    assert "a day of waiting can stand in" in theirs.get("/duties/team/").content.decode()
    assert next(each.number for each in everything(timezone.now()) if each.path == AT) == 1
    theirs.post(f"{AT}{asked.id}/begin/")
    wait = Wait.objects.get()
    for at in ("/my/", "/my/access/"):
        assert f"/my/waits/{wait.id}/" in signed_in(wait.customer_id).get(at).content.decode()
    assert Notice.objects.get(id=wait.notice).template == "wait_begun"
    assert (
        "We do not know for sure who sent it"
        in signed_in(wait.customer_id).get(f"/my/waits/{wait.id}/").content.decode()
    )
    sent(wait)
    with pytest.raises(jobs.Held):
        end(wait, after=DAY - timedelta(seconds=1))
    end(wait, after=DAY + timedelta(seconds=1))
    asked.refresh_from_db()
    assert (asked.state, asked.approver, wait.state) == (Act.APPROVED, wait.id, "done")
    assert "It was done." in signed_in(wait.customer_id).get(f"/my/waits/{wait.id}/").content.decode()
    assert "a day went by" in theirs.get(AT).content.decode()
    seen = signed_in(wait.customer_id).get("/my/access/").content.decode()
    assert "Something about you waits for a day" in seen
    assert "that two people approved" not in seen
    assert "after a day of waiting" in browser_of(small.olga).get(f"/console/approvals/{asked.id}/").content.decode()
    assert "duties-wait-begin" in LISTED


def test_her_no_ends_it(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    hers = signed_in(wait.customer_id)
    hers.post(f"/my/waits/{wait.id}/")
    assert "Nothing of it is done." in hers.get(f"/my/waits/{wait.id}/").content.decode()
    assert "You can say no" not in hers.get("/my/").content.decode()
    end(wait, after=2 * DAY)
    assert (wait.state, Approval.objects.get().state) == ("objected", "withdrawn")
    assert len(events("waits.objected")) == 1
    assert not events("approval.given")
    assert not waiting.object_to(wait, now=timezone.now())


def test_the_day_runs_from_when_her_mail_went_out(small: Small) -> None:
    wait = small.begun()
    for told in (None, wait.begun_at + timedelta(hours=20)):
        if told:
            sent(wait, told)
        with pytest.raises(jobs.Held):
            end(wait, after=timedelta(hours=43))
    end(wait, after=timedelta(hours=44, seconds=1))
    assert wait.state == "done"


def test_a_second_person_who_comes_meanwhile_decides(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    ada = small.one("Ada", Role.APPROVER)
    end(wait, after=2 * DAY)
    asked = Approval.objects.get()
    assert (wait.state, asked.state) == ("over", Act.REQUESTED)
    decide.approve(asked.id, approver=actor(ada), now=timezone.now())


def test_what_never_waits_and_who_may_not_begin(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(approval: Approval, by: User | None = None) -> str:
        before = len(events("approval.turned_away"))
        with pytest.raises(allowed.NotAllowed) as refused:
            waiting.begin(approval.id, by or small.opa, now=timezone.now())
        assert len(events("approval.turned_away")) == before + 1
        return refused.value.code

    paid = ("fee.accept", "fee.her_yes")  # by the recipient, who would not hear of it; by her alone
    for act in (*paid, "key.release", "key.shred", "incident.decide", "objection.dismiss", "pack.export"):
        by = small.opa if act == "fee.her_yes" else small.olga
        assert code(small.asked(act, by=by), small.olga) == "wait.never", act
    asked = small.asked()
    assert code(asked, analyst(small.w.organisation)) == "wait.role"
    monkeypatch.setattr(electronic, "on_paper", lambda *_args, **_more: True)
    assert code(asked) == "wait.paper"
    monkeypatch.undo()
    small.begun(asked)
    assert code(asked) == "wait.over"
    assert code(small.asked(subject=None)) == "wait.never"
    late = small.asked()
    with pytest.raises(allowed.NotAllowed, match=r"wait\.over"):
        waiting.begin(late.id, small.opa, now=late.expires_at - DAY)
    small.one("Ada", Role.APPROVER)
    assert code(small.asked()) == "wait.team"


def test_the_database_takes_no_wait_that_is_short_untold_or_for_another_act(small: Small) -> None:
    wait, asked = small.begun(), Approval.objects.get()

    def refused(at: datetime, of: Approval, by: uuid.UUID) -> None:
        said = {"approver": by, "state": "approved", "decided_at": at}
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
            Approval.objects.filter(id=of.id).update(**said, audit_event_id=event("approval.given").id)

    later = wait.begun_at + 2 * DAY
    refused(later, asked, wait.id)  # her mail did not go out
    sent(wait)
    refused(wait.begun_at + DAY - timedelta(minutes=1), asked, wait.id)
    refused(later, asked, uuid.uuid4())
    other = small.asked("key.release")
    refused(later, other, wait.id)
    for change in (
        {"ends_at": wait.begun_at + timedelta(hours=1)},
        {"approval": other.id},
        {"state": "done", "closed_at": later},
    ):
        with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
            Wait.objects.filter(id=wait.id).update(**change, audit_event_id=event("waits.ended").id)
    with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
        Wait.objects.all().delete()
    born = {"customer": wait.customer, "begun_by": small.opa.id, "begun_at": wait.begun_at}
    for of, lasts in ((other, DAY), (small.asked(), DAY - timedelta(minutes=1))):
        with pytest.raises(DatabaseError, match=evidence_waits.TEXT), transaction.atomic():
            Wait.objects.create(
                approval=of.id, notice=uuid.uuid4(), ends_at=wait.begun_at + lasts, **born,
                audit_event_id=event("waits.begun").id,
            )  # fmt: skip
    with transaction.atomic():
        ref = event("waits.objected").id
        Wait.objects.filter(id=wait.id).update(state="objected", closed_at=timezone.now(), audit_event_id=ref)
    refused(later, asked, wait.id)


def test_one_list_says_what_may_wait() -> None:
    assert set(WHAT) == set(evidence_waits.MAY_WAIT) == team.MAY_WAIT
    assert not team.MAY_WAIT & team.OURS_ALONE


def test_another_customers_wait_is_not_there(small: Small) -> None:
    wait = small.begun()
    with transaction.atomic():
        other = row(Customer)
    assert signed_in(other.id).post(f"/my/waits/{wait.id}/").status_code == 404
    wait.refresh_from_db()
    assert wait.state == "waiting"
